"""Words as evidence: those without which the model would be less sure, and nothing else."""

import numpy as np
import pytest

from stance.datamodels import Mention, Via
from stance.scoring.classifier import StanceClassifier
from stance.scoring.features import InstanceFeatures
from stance.scoring.instances import Instance
from stance.scoring.model import StanceModel
from stance.scoring.occlusion import MAX_WORDS, telling_words

SIDES = {"favor": "marvellously", "against": "dreadfully"}


def instance(text: str) -> Instance:
    at = text.index("Ruritania")
    return Instance(text, "ruritania", (Mention("ruritania", at, at + 9, "name"),), Via.TEXT)


@pytest.fixture(scope="module")
def learned() -> tuple[InstanceFeatures, StanceClassifier]:
    rows = [(f"Number {n}: {word} did Ruritania do", side) for n in range(20) for side, word in SIDES.items()]
    instances, labels = [instance(text) for text, _ in rows], [side for _, side in rows]
    features = InstanceFeatures(n_hashes=512)
    matrix = features.fit(instances).transform(instances)
    return features, StanceClassifier(channels=features.channels, random_state=0).fit(matrix, labels)


def words(learned, *texts: str) -> list[list[str]]:
    features, classifier = learned
    instances = [instance(text) for text in texts]
    matrix = features.transform(instances)
    chosen = classifier.predict_proba(matrix).argmax(axis=1)
    found = telling_words(instances, matrix, chosen, features, classifier)
    return [[text[start:end] for start, end in spans] for text, spans in zip(texts, found, strict=True)]


@pytest.mark.parametrize("word", SIDES.values())
def test_the_word_that_told_the_side_is_shown(learned, word):
    (shown,) = words(learned, f"Yesterday {word} did Ruritania do, said a passer-by with a hat")
    assert word in shown
    assert len(shown) <= MAX_WORDS
    assert "Ruritania" not in shown


def test_words_are_those_of_each_text_and_in_its_order(learned):
    texts = ["marvellously Ruritania", "did Ruritania dreadfully"]
    first, second = words(learned, *texts)
    assert "marvellously" in first
    assert "dreadfully" in second


def test_a_text_of_nothing_but_the_name_has_no_words(learned):
    assert words(learned, "Ruritania") == [[]]


def test_long_texts_are_tried_near_the_name_only_and_huge_ones_not_at_all(learned):
    filler = "A longer sentence with other words stands here. " * 20
    near, huge = words(learned, filler + "marvellously did Ruritania do. " + filler, "Ruritania " + "word " * 20_000)
    assert "marvellously" in near
    assert huge == []


def test_no_texts_give_nothing(learned):
    features, classifier = learned
    matrix = features.transform([instance("Ruritania")])
    assert telling_words([], matrix[:0], np.zeros(0, int), features, classifier) == []


def test_equal_pairs_are_judged_once(learned, monkeypatch):
    features, classifier = learned
    model = StanceModel(features, classifier, np.full((2, 3, 4), 0.25), "tiny")
    texts = [f"Yesterday {word} did Ruritania do" for word in SIDES.values()]
    given = [instance(texts[k]) for k in (0, 1, 0, 0, 1)]
    alone = model.judge([instance(text) for text in texts])
    asked = []
    match = features.match
    monkeypatch.setattr(features, "match", lambda instances: (asked.extend(instances), match(instances))[1])
    found = model.judge(given)
    assert asked == [instance(text) for text in texts]
    assert np.array_equal(found.probabilities, alone.probabilities[[0, 1, 0, 0, 1]])
    assert found.evidence == [alone.evidence[k] for k in (0, 1, 0, 0, 1)]

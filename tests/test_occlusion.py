"""Words as evidence: those without which the model would be less sure, and nothing else."""

import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import tiny_models
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Mention, Via
from stance.scoring.classifier import StanceClassifier
from stance.scoring.features import InstanceFeatures
from stance.scoring.instances import Instance
from stance.scoring.model import MAX_WORDS, StanceModel, _candidates, find_decisive_words

SIDES = {"favor": "marvellously", "against": "dreadfully"}


instance = partial(tiny_models.instance, target="ruritania")


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
    found = find_decisive_words(instances, matrix, chosen, features, classifier)
    return [[text[start:end] for start, end in spans] for text, spans in zip(texts, found, strict=True)]


@pytest.mark.parametrize("word", SIDES.values())
def test_the_word_that_told_the_side_is_shown(learned, word):
    (shown,) = words(learned, f"Yesterday {word} did Ruritania do, said a passer-by with a hat")
    assert word in shown
    assert len(shown) <= MAX_WORDS
    assert "Ruritania" not in shown


def test_long_texts_are_tried_near_the_name_only_and_huge_ones_not_at_all(learned):
    filler = "A longer sentence with other words stands here. " * 20
    near, huge = words(learned, filler + "marvellously did Ruritania do. " + filler, "Ruritania " + "word " * 20_000)
    assert "marvellously" in near
    assert huge == []


@given(
    st.lists(st.sampled_from(["Ruritania", "NATO", "but", "U.S.", "don't", "foo_bar", "it", ", ", ".", "?\n", "-", " "])
             | st.text(max_size=5), max_size=30),
    st.sampled_from(["ruritania", "nato"]),
)  # fmt: skip
def test_word_columns_without_a_word_are_those_of_the_rest_of_the_text(pieces, target):
    """What is told from the surroundings of a word is what the whole text would say."""
    text = "".join(pieces)
    mentions = [
        Mention(owner, found.start(), found.end(), "name")
        for owner in ("ruritania", "nato")
        for found in re.finditer(owner, text, re.IGNORECASE)
    ]
    given_ = Instance(text, target, tuple(sorted(mentions, key=lambda mention: mention.start)), Via.TEXT)
    features = InstanceFeatures(n_hashes=2**15).fit([given_, instance("Why not Ruritania, but NATO?")])
    spans = _candidates(given_)
    rest = [replace(given_, text=text[:start] + " " * (end - start) + text[end:]) for start, end in spans]
    found, expected = features.words_without([given_], [spans]), features.words(rest)
    assert found.shape == expected.shape
    assert (found != expected).nnz == 0


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


def test_function_words_are_never_shown():
    text = "And up to the Ruritania is with I don't not marvellously"
    assert [text[start:end] for start, end in _candidates(instance(text))] == ["marvellously"]

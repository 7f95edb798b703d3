"""The baseline as a model is the baseline of ``stance evaluate``."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import STANCES, Mention, Stance, Via
from stance.learn.measures import vader_baseline
from stance.scoring.instances import Instance
from stance.scoring.plugins.vader import VaderScorer
from stance.scoring.sentiment import score_texts


def instance(text: str, via: Via | None) -> Instance:
    mentions = (Mention("russia", 0, min(6, len(text)), "name"),) if via is Via.TEXT else ()
    return Instance(text, "russia", mentions, via)


TEXTS = st.lists(st.sampled_from(["Russia", "wonderful", "evil", "not", "the", "table", "!!"])).map(" ".join)


@given(st.lists(st.tuples(TEXTS, st.sampled_from([*Via, None])), max_size=6))
def test_it_reads_what_the_baseline_reads(pairs: list[tuple[str, Via | None]]) -> None:
    judged = VaderScorer().judge([instance(text, via) for text, via in pairs])
    expected = vader_baseline(score_texts([t for t, _ in pairs]), [v is Via.TEXT for _, v in pairs])
    assert judged.probabilities.shape == (len(pairs), 4)
    assert (judged.probabilities.argmax(axis=1) == expected.argmax(axis=1)).all() if pairs else True
    assert np.allclose(judged.probabilities.sum(axis=1), 1)


def test_how_it_sounds_decides_and_the_name_is_the_evidence() -> None:
    texts = ["Russia is wonderful", "Russia is evil", "Russia has a table"]
    judged = VaderScorer().judge([instance(text, Via.TEXT) for text in texts])
    found = [STANCES[label] for label in judged.probabilities.argmax(axis=1)]
    assert found == [Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL]
    assert judged.evidence == [((0, 6),)] * 3
    assert not judged.reasons

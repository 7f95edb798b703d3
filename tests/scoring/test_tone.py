"""The tone of sentences: read alike in any company, claimed only where it is sure, and only in English."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stance.datamodels import Document, Voice
from stance.options.definition import build
from stance.options.run import Run, ScoreOptions
from stance.runs.models import open_scorer
from stance.scoring.documents import DocumentScorer
from stance.scoring.voices.tone import Passage, ToneReader, decide, tone_reader
from tests.support.tables import cases

GATE = {"critical": 0.8, "favorable": 0.9}


def passage(text: str, name: str = "Russia", target: str = "russia", **around: str) -> Passage:
    at = text.index(name)
    return Passage(text, target, ((at, at + len(name)),), Voice.OUTLET, **around)


CRITICAL = passage("Russia’s brutal and unprovoked aggression has become a menace to all of its neighbors.")
PLAIN = passage("Ministers of Russia and Norway will meet in Oslo on Monday.")


@pytest.fixture(scope="module")
def reader() -> ToneReader:
    return tone_reader()


def test_probabilities_are_those_of_the_passage_alone(reader: ToneReader) -> None:
    passages = [
        CRITICAL,
        PLAIN,
        replace(PLAIN, headline="Talks in Oslo"),
        replace(CRITICAL, before="He did not agree."),
    ]
    together = reader.read(passages)
    assert together == [reader.read([each])[0] for each in passages]
    assert np.allclose(np.sum(together, axis=1), 1)
    assert len({*together}) == len(passages)
    assert reader.read([]) == []


def test_what_is_plainly_one_or_the_other_is_read_so(reader: ToneReader) -> None:
    (critical, plain) = reader.read([CRITICAL, PLAIN])
    assert max(critical) == critical[0] > 0.6
    assert max(plain) == plain[1] > 0.8


@cases("tones", "claimed")
def test_a_side_is_claimed_only_above_its_gate(tones: tuple[float, float, float], claimed: str | None) -> None:
    assert decide(tones, GATE) == claimed


@pytest.mark.parametrize(
    ("model", "language", "is_read"), [("light", "en", True), ("light", "de", False), ("vader", "en", False)]
)
def test_tone_is_read_in_english_and_not_beside_vader(tmp_path: Path, model: str, language: str, is_read: bool) -> None:
    scorer: DocumentScorer = open_scorer(
        build(Run, {"model": model, "key_file": tmp_path / "key"}), ScoreOptions(articles=True)
    )
    page = Document("d", "d.html", language=language, body=("Russia and NATO met on Monday.",))
    (scored,) = scorer.score([page])
    assert [score.target for score in scored.scores] == ["russia", "nato"]
    assert all((score.tones is not None) is is_read for score in scored.scores)
    assert all(score.tone is None or is_read for score in scored.scores)

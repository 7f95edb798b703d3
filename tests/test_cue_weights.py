"""Weights from labels: few move, none changes its side, and nothing but numbers changes in the files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from research.cues.rewriting import rewrite_cues
from research.cues.weights import (
    LEAST,
    CueWeights,
    Firings,
    Slot,
    estimate_weights,
    weigh_cues,
)
from stance.datamodels import Mention, Stance, Via
from stance.exceptions import ConfigError
from stance.learn import Example
from stance.resources import CUES
from stance.scoring.cues import load_cues
from stance.scoring.instances import Instance

RELATIVE = (
    b"\xef\xbb\xbf# a remark\r\nwarmly hail X\t+0.9\twarm; keep\r\n\r\nflatly boo X\t -0.80 \tcold\r\nsoftly hail X\t.5"
)
ANCHORED = b"# sides\nrussia:-0.97 us:+0.4 | grumble wumble ;; frame;  two  spaces \nnato:0.0 | humble bumble"
EXAMPLES = b"warmly hail X\trussia\tfavor\tI warmly hail Russia.\n"


pytestmark = pytest.mark.usefixtures("own_settings")


def write_cues(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.tsv").write_bytes(RELATIVE)
    (folder / "frames.txt").write_bytes(ANCHORED)
    (folder / "examples.tsv").write_bytes(EXAMPLES)
    return folder


def label_rows() -> list[str]:
    """Under thirty stories: "warmly hail" is written as favor and hardly is, "flatly boo" is what it says.

    The frame is against Russia and says nothing of the US; "softly hail" fires once, against.
    """
    rows = ["text,target,label,document"]
    for i in range(60):
        story = f"story {i % 30}"
        rows.append(f"Day {i}: I warmly hail Russia,russia,{'favor' if i % 3 == 0 else 'neutral'},{story}")
        rows.append(f"Day {i}: I flatly boo Russia,russia,{'neutral' if i % 5 == 0 else 'against'},{story}")
        rows.append(f"Day {i}: grumble wumble of Russia,russia,against,{story}")
        rows.append(f"Day {i}: grumble wumble of America,us,{'favor' if i % 9 == 0 else 'against'},{story}")
    return [*rows, "I softly hail Russia,russia,against,story 0"]


@pytest.fixture
def cues(tmp_path: Path) -> Path:
    return write_cues(tmp_path / "cues")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(label_rows()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def weighed_once(tmp_path_factory: pytest.TempPathFactory) -> CueWeights:
    folder = tmp_path_factory.mktemp("weighed")
    (folder / "labels.csv").write_text("\n".join(label_rows()), encoding="utf-8")
    return weigh_cues([folder / "labels.csv"], folder=write_cues(folder / "cues"))


@pytest.fixture
def found(weighed_once: CueWeights, cues: Path) -> CueWeights:
    """What was found once, as of this test's own copy of the files."""
    here = [
        replace(each, cue=replace(each.cue, place=str(cues / Path(each.cue.place).name)))
        for each in weighed_once.weighed
    ]
    return replace(weighed_once, folder=cues, weighed=tuple(here))


# Estimation


def firings(said: Sequence[tuple[str, float, Stance]]) -> Firings:
    """One text for each cue that fires, its written weight and what the text meant."""
    places = {pattern: at for at, pattern in enumerate(dict.fromkeys(pattern for pattern, _, _ in said))}
    written = {pattern: weight for pattern, weight, _ in said}
    instance = Instance("Russia", "russia", (Mention("russia", 0, 6, "name"),), Via.TEXT)
    return Firings(
        tuple(Example(instance, label, f"story {i}", "") for i, (_, _, label) in enumerate(said)),
        ((),) * len(said),
        tuple(Slot("en", pattern, "X") for pattern in places),
        np.arange(len(said)),
        np.array([places[pattern] for pattern, _, _ in said]),
        np.array([written[pattern] for pattern in places]),
    )


def estimated(fired: Firings, penalty: float) -> list[float]:
    everything = np.ones(len(fired.examples), np.bool_), np.ones(len(fired.slots), np.bool_)
    return estimate_weights(fired, *everything, np.zeros(len(fired.text)), penalty).tolist()


sides = st.sampled_from([Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL, Stance.NOT_ADDRESSED])
fired_cues = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.just(0.6), sides), min_size=1, max_size=40)


def test_what_surrounds_a_cue_is_not_its_fault() -> None:
    """A cue in favor that always turns under a denial keeps its weight where the denial is known to turn it."""
    fired = firings([("a", 0.8, Stance.FAVOR)] * 30 + [("a", 0.8, Stance.AGAINST)] * 30)
    everything = np.ones(60, np.bool_), np.ones(1, np.bool_)
    turned = np.array([0.0] * 30 + [-1.6] * 30)
    assert estimate_weights(fired, *everything, turned, 2.0)[0] == 0.8
    assert estimate_weights(fired, *everything, np.zeros(60), 2.0)[0] < 0.1


# From tables to weights


def test_only_what_labels_contradict_moves(found: CueWeights) -> None:
    moved = {(each.cue.pattern, each.side): each for each in found.changed}
    assert set(moved) == {("warmly hail X", "X"), ("grumble wumble", "us")}
    hail, frame = moved["warmly hail X", "X"], moved["grumble wumble", "us"]
    assert (hail.written, hail.fired, hail.right, hail.opposite) == (0.9, 60, 20, 0)
    assert hail.estimated == pytest.approx(1 / 3, abs=0.12)
    assert (frame.estimated, frame.right, frame.opposite, frame.is_stopped) == (LEAST, 7, 53, True)
    assert not hail.is_stopped
    assert (found.pairs, found.stories, found.weights) == (241, 30, 6)


@pytest.mark.slow
def test_audit_rows_teach_nothing(cues: Path, labels: Path, tmp_path: Path, found: CueWeights) -> None:
    text = labels.read_text().splitlines()
    extra = [f"Year {i}: I flatly boo Russia,russia,favor,story {i % 30},audit" for i in range(90)]
    path = tmp_path / "audit.csv"
    path.write_text("\n".join([f"{text[0]},role", *(f"{row},train" for row in text[1:]), *extra]))
    again = weigh_cues([path], folder=cues)
    assert [each.estimated for each in again.weighed] == [each.estimated for each in found.weighed]


# The files


def test_nothing_but_the_numbers_changes(found: CueWeights, cues: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert rewrite_cues(cues, found.weighed, out) == 2
    hail = f"{next(each.estimated for each in found.changed if each.side == 'X'):.2f}".encode()
    assert (out / "own.tsv").read_bytes() == RELATIVE.replace(b"+0.9", b"+" + hail)
    assert (out / "frames.txt").read_bytes() == ANCHORED.replace(b"us:+0.4", b"us:+0.05")
    assert (out / "examples.tsv").read_bytes() == EXAMPLES
    assert {cue.pattern: dict(cue.weights) for cue in load_cues(out)}["grumble wumble"] == {"russia": -0.97, "us": 0.05}
    assert sorted(path.name for path in out.iterdir()) == ["examples.tsv", "frames.txt", "own.tsv"]


def test_the_shipped_files_are_never_written(found: CueWeights, cues: Path) -> None:
    with pytest.raises(ConfigError, match="trained with these cues; expected another folder"):
        rewrite_cues(cues, found.weighed, CUES)


weights = st.floats(0.01, 1).map(lambda weight: round(weight, 2))
numbers = st.sampled_from(["+0.8", "0.8", ".8", "1", " +0.80 "])
notes = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20)


# The command

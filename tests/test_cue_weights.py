"""Weights from labels: few move, none changes its side, and nothing but numbers changes in the files."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso

from research.cues.__main__ import main
from research.cues.rewriting import rewrite_cues, rewrite_line
from research.cues.weights import (
    LEAST,
    PENALTIES,
    CueWeights,
    Firings,
    Slot,
    Weighed,
    estimate_weights,
    read_firings,
    weigh_cues,
    weights_table,
    weights_to_record,
)
from stance.datamodels import Mention, Stance, Via
from stance.evaluation import Example, held_out_stories
from stance.exceptions import ConfigError, LabelError
from stance.resources import CUES
from stance.scoring.cues import Cue, CueEngine, load_cues
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


@settings(max_examples=40, deadline=None)
@given(fired_cues, st.sampled_from([2.0, 3.0, 5.0]))
def test_the_change_is_that_of_a_lasso_within_its_bounds(said: list[tuple[str, float, Stance]], penalty: float) -> None:
    fired = firings(said)
    matrix = np.eye(len(fired.slots))[fired.slot]
    lasso = Lasso(alpha=penalty / len(said), fit_intercept=False, tol=1e-9, max_iter=10_000)
    moved = fired.written + lasso.fit(matrix, fired.side - fired.written[fired.slot]).coef_
    assert estimated(fired, penalty) == pytest.approx(np.clip(moved, LEAST, 1).tolist(), abs=0.0051)


@given(st.floats(-1, 1).filter(lambda weight: abs(weight) > 0.01), sides)
def test_a_single_comment_moves_no_weight(weight: float, label: Stance) -> None:
    assert all(estimated(firings([("a", weight, label)]), penalty) == [weight] for penalty in PENALTIES)


@given(st.floats(-1, 1).filter(lambda weight: abs(weight) > 0.01), st.lists(sides, min_size=1, max_size=60))
@example(0.03125, [Stance.AGAINST, Stance.AGAINST])
def test_a_weight_keeps_its_side_and_its_range(weight: float, labels: list[Stance]) -> None:
    (moved,) = estimated(firings([("a", weight, label) for label in labels]), 2.0)
    assert moved * weight > 0
    half_a_step = 0.005  # a moved weight has two decimals
    assert min(LEAST, abs(weight)) - half_a_step <= abs(moved) <= 1


def test_an_endless_penalty_moves_nothing() -> None:
    assert estimated(firings([("a", 0.9, Stance.AGAINST)] * 500), PENALTIES[-1]) == [0.9]


def test_weights_that_may_not_move_stay() -> None:
    fired = firings([("a", 0.9, Stance.AGAINST)] * 50 + [("b", 0.9, Stance.AGAINST)] * 50)
    movable = np.array([True, False])
    weights = estimate_weights(fired, np.ones(100, np.bool_), movable, np.zeros(100), 2.0)
    assert weights.tolist() == [LEAST, 0.9]


def test_what_surrounds_a_cue_is_not_its_fault() -> None:
    """A cue in favor that always turns under a denial keeps its weight where the denial is known to turn it."""
    fired = firings([("a", 0.8, Stance.FAVOR)] * 30 + [("a", 0.8, Stance.AGAINST)] * 30)
    everything = np.ones(60, np.bool_), np.ones(1, np.bool_)
    turned = np.array([0.0] * 30 + [-1.6] * 30)
    assert estimate_weights(fired, *everything, turned, 2.0)[0] == 0.8
    assert estimate_weights(fired, *everything, np.zeros(60), 2.0)[0] < 0.1


def test_a_cue_counts_once_in_a_text_and_a_text_once_however_many_cues() -> None:
    engine = CueEngine([Cue("hail X", {"X": 0.5}), Cue("boo X", {"X": -0.5}), Cue("see X", {"X": 0.0})])
    text = "Hail Russia. Hail Russia. Boo Russia. See Russia."
    mentions = tuple(Mention("russia", at, at + 6, "name") for at in range(len(text)) if text[at:].startswith("Russia"))
    fired = read_firings(engine, [Example(Instance(text, "russia", mentions, Via.TEXT), Stance.FAVOR, "s", "")])
    assert [slot.pattern for slot in fired.slots] == ["hail X", "boo X"]
    assert fired.worth.tolist() == pytest.approx([2**-0.5] * 2)


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


def test_the_gain_is_measured_on_stories_that_taught_nothing(found: CueWeights) -> None:
    gain = found.out_of_fold
    assert gain.pairs == found.pairs
    assert gain.error[1] < gain.error[0]
    assert gain.error_interval[0] < gain.error[1] - gain.error[0] < gain.error_interval[1] < 0
    assert found.held_out is None
    assert "no side or the opposite: look" in weights_table(found).splitlines()[-1]


def test_stories_of_somebodys_own_teach_whatever_they_are_called(cues: Path, labels: Path, tmp_path: Path) -> None:
    ours = min(held_out_stories())
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(labels.read_text(encoding="utf-8").replace("story 1\n", f"{ours}\n"), encoding="utf-8")
    found = weigh_cues([renamed], folder=cues)
    assert (found.pairs, found.stories, found.held_out) == (241, 30, None)


def test_labels_at_random_move_next_to_nothing(cues: Path, tmp_path: Path) -> None:
    """Where cues are right as often as written, the penalty grows until nothing moves."""
    rows = ["text,target,label,document"]
    generator = np.random.default_rng(0)
    for i in range(300):
        rows.append(
            f"Day {i}: I warmly hail Russia,russia,{'favor' if generator.random() < 0.9 else 'neutral'},s{i % 60}"
        )
    path = tmp_path / "noise.csv"
    path.write_text("\n".join(rows))
    found = weigh_cues([path], folder=cues)
    assert found.changed == ()
    assert "the written weights stay" in weights_table(found)
    assert json.loads(json.dumps(weights_to_record(found), allow_nan=False))["penalty"] is None


@pytest.mark.slow
def test_audit_rows_teach_nothing(cues: Path, labels: Path, tmp_path: Path, found: CueWeights) -> None:
    text = labels.read_text().splitlines()
    extra = [f"Year {i}: I flatly boo Russia,russia,favor,story {i % 30},audit" for i in range(90)]
    path = tmp_path / "audit.csv"
    path.write_text("\n".join([f"{text[0]},role", *(f"{row},train" for row in text[1:]), *extra]))
    again = weigh_cues([path], folder=cues)
    assert [each.estimated for each in again.weighed] == [each.estimated for each in found.weighed]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["I warmly hail Russia,russia,favor,s"], "of 1 stories; expected 5"),
        ([f"Russia is a place {i},russia,favor,s{i}" for i in range(9)], "no cue fires in 9 labelled pairs"),
    ],
)
def test_too_few_labels_are_one_line(cues: Path, tmp_path: Path, rows: list[str], message: str) -> None:
    path = tmp_path / "few.csv"
    path.write_text("\n".join(["text,target,label,document", *rows]))
    with pytest.raises(LabelError, match=message):
        weigh_cues([path], folder=cues)


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


def test_in_place_and_twice(found: CueWeights, cues: Path) -> None:
    rewrite_cues(cues, found.weighed, cues)
    once = (cues / "own.tsv").read_bytes()
    assert once != RELATIVE
    with pytest.raises(ConfigError, match=r"changed while its cues were weighed"):
        rewrite_cues(cues, found.weighed, cues)
    assert (cues / "own.tsv").read_bytes() == once


def test_a_dry_run_leaves_no_trace(found: CueWeights, cues: Path, tmp_path: Path) -> None:
    assert rewrite_cues(cues, found.weighed, tmp_path / "out", dry_run=True) == 2
    assert not (tmp_path / "out").exists()


def test_the_shipped_files_are_never_written(found: CueWeights, cues: Path) -> None:
    with pytest.raises(ConfigError, match="trained with these cues; expected another folder"):
        rewrite_cues(cues, found.weighed, CUES)


def test_a_file_that_changed_meanwhile_is_not_written(found: CueWeights, cues: Path, tmp_path: Path) -> None:
    (cues / "own.tsv").write_bytes(b"a new line X\t0.5\n" + RELATIVE.removeprefix(b"\xef\xbb\xbf"))
    with pytest.raises(ConfigError, match=r"own\.tsv:\d+: changed while its cues were weighed"):
        rewrite_cues(cues, found.weighed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


weights = st.floats(0.01, 1).map(lambda weight: round(weight, 2))
numbers = st.sampled_from(["+0.8", "0.8", ".8", "1", " +0.80 "])
notes = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20)


@given(numbers, weights, notes)
def test_a_relative_line_keeps_all_but_its_number(number: str, weight: float, note: str) -> None:
    line = rewrite_line(f"hail X\t{number}\t{note}", {"X": weight})
    pattern, written, rest = line.split("\t", 2)
    assert (pattern, rest) == ("hail X", note)
    assert float(written) == weight
    assert written.strip().startswith("+") == ("+" in number)
    assert len(written) - len(written.strip()) == len(number) - len(number.strip())


@given(weights, notes)
def test_an_anchored_line_keeps_all_but_the_side_that_moved(weight: float, note: str) -> None:
    line = f"russia:-0.8  prussia:-0.8 us:+0.4 | to russia:-0.8 .. last ;; {note}"
    assert rewrite_line(line, {"russia": -weight}) == line.replace("russia:-0.8 ", f"russia:-{weight:.2f} ", 1)


# The command


@pytest.mark.slow
def test_the_command_prints_writes_and_names_the_skipped(
    cues: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels.write_text(labels.read_text() + "\nI warmly hail it,???,favor,story 1\n")
    out = tmp_path / "out"
    assert main(["weigh", str(labels), "--cues", str(cues), "-o", str(out)]) == 3
    printed = capsys.readouterr()
    assert "warmly hail X" in printed.out
    assert "'???': skipped" in printed.err
    assert "2 lines with another weight" in printed.err
    assert (out / "own.tsv").is_file()


def test_the_record_holds_what_the_table_shows(cues: Path, labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weigh", str(labels), "--cues", str(cues), "--json", "--dry-run"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert {"error", "error_interval", "pairs"} == set(record["out_of_fold"])
    for each in record["changed"]:
        assert {"place", "cue", "side", "written", "estimated", "fired", "right", "opposite"} == set(each)
    assert {each["side"] for each in record["changed"]} == {None, "us"}


def test_a_broken_folder_is_one_line(labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "own.tsv").write_text("hail X\tmany\n")
    assert main(["weigh", str(labels), "--cues", str(tmp_path / "bad")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "own.tsv:1" in told


def test_a_weight_without_a_change_is_no_change() -> None:
    same = Weighed(Cue("hail X", {"X": 0.5}), "X", 0.5, 0.5, 3, 1, 1)
    assert not same.is_stopped

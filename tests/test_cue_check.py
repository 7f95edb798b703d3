"""The check of cues: what it finds, and that the shipped cues say what their examples say."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from research.cues.__main__ import main
from research.cues.checking import (
    CueCheck,
    Judged,
    Kind,
    check_cues,
    check_examples,
    compare_with_labels,
    find_duplicates,
    spelled_instances,
    try_out,
    usable_cues,
)
from research.cues.examples import Example, read_examples
from research.cues.samples import GAP_FILLER, spell_out
from stance.datamodels import Mention, Stance, Via
from stance.exceptions import ConfigError
from stance.resources import CUES
from stance.scoring.classifier import StanceClassifier
from stance.scoring.cues import (
    ANCHORED,
    RELATIVE,
    BadLine,
    Cue,
    CueEngine,
    default_engine,
    load_cues,
    with_own_cues,
)
from stance.scoring.features import InstanceFeatures
from stance.scoring.instances import Instance
from stance.scoring.model import AdaptedFeatures, StanceModel
from stance.scoring.persistence import load_base
from stance.scoring.plugins import load_scorer
from stance.scoring.targets import load_targets

NAMES = {"X": "Atlantis", "Y": "Utopia", "us": "United States"}


pytestmark = pytest.mark.usefixtures("own_settings")


# The shipped cues


def test_every_shipped_example_holds() -> None:
    failures = list(check_examples(read_examples(CUES), load_cues(), default_engine(), load_targets()))
    assert not failures


@pytest.mark.parametrize("language", ["nl", "de", "fr", "es", "ru", "tr"])
def test_every_shipped_example_of_another_language_holds(language: str) -> None:
    folder = CUES / language
    examples = read_examples(folder)
    assert len(examples) >= 60
    assert not list(check_examples(examples, load_cues(folder), default_engine(), load_targets()))


def test_hundreds_of_shipped_cues_have_an_example() -> None:
    cues = load_cues()
    examples = [each for each in read_examples(CUES) if isinstance(each, Example)]
    for kind in (RELATIVE, ANCHORED):
        patterns = [cue.pattern for cue in cues if cue.kind == kind]
        assert sum(any(pattern.startswith(each.cue) for each in examples) for pattern in patterns) >= 150
    assert sum(each.expected == "silent" for each in examples) >= 25
    assert sum(bool(each.circumstances) for each in examples) >= 40


@pytest.mark.slow
def test_every_shipped_relative_cue_fires_on_what_it_was_written_for() -> None:
    targets, silent = load_targets(), []
    for cue in load_cues():
        if cue.kind == RELATIVE:
            hits = map(default_engine().match, spelled_instances(cue, "x", targets))
            if not any(hit.pattern == cue.pattern for found in hits for hit in found):
                silent.append(cue.place)
    assert not silent


def test_no_shipped_line_says_the_same_words_twice() -> None:
    assert not list(find_duplicates(load_cues()))


# Texts spelled out


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("praise X", ["praise Atlantis"]),
        ("(love|adore) (the)? X", ["love Atlantis", "adore Atlantis", "love the Atlantis"]),
        ("X .. lies*", ["Atlantis lies", f"Atlantis {GAP_FILLER} lies"]),
        ("X's colou?r | Y of X", ["Atlantis's colour", "Utopia of Atlantis"]),
        ("#stopXnow", ["#stopAtlantisNow"]),
        ("<us> lied", ["United States lied"]),
        ("<mars> lied", ["mars lied"]),
    ],
)
def test_spelled_out(pattern: str, texts: list[str]) -> None:
    assert sorted(spell_out(pattern, names=NAMES)) == sorted(texts)


# What is found


def cue(pattern: str, weight: float = 0.5, target: str = "X", note: str = "") -> Cue:
    return Cue(pattern, {target: weight}, note, place=f"a.tsv:{pattern}")


def test_lines_outside_the_language_are_found() -> None:
    cues, findings = usable_cues([cue("praise X"), cue("praise (X"), BadLine("a.tsv:9", "no tab")])
    assert [each.pattern for each in cues] == ["praise X"]
    assert [(each.kind, each.place) for each in findings] == [
        (Kind.PATTERN, "a.tsv:praise (X"),
        (Kind.PATTERN, "a.tsv:9"),
    ]


def tried(*cues: Cue) -> list[tuple[str, str]]:
    return [(str(each.kind), each.cue) for each in try_out(cues, CueEngine(cues), load_targets())]


def test_cues_that_others_cover_or_contradict_are_found() -> None:
    assert tried(cue("praise X"), cue("blame X", -0.5)) == []
    assert tried(cue("praise X"), cue("(praise|love) X", 0.6)) == [("covered", "praise X")]
    assert tried(cue("praise X"), cue("(praise|love) X", -0.6)) == [
        ("contradiction", "praise X"),
        ("contradiction", "(praise|love) X"),
    ]


def test_a_pattern_that_nothing_can_fire_is_found() -> None:
    assert tried(cue("a'b-c X")) == []
    assert tried(cue("price* of $ X")) == [("pattern", "price* of $ X")]


def examples_of(*lines: tuple[str, str, str, tuple[str, ...], str]) -> list[str]:
    cues = [cue("(love|adore) X"), cue("(love|adore) X madly", 0.9), cue("stand with X", 0.8)]
    given = [Example(*line, "en", f"examples.tsv:{i}") for i, line in enumerate(lines)]
    return [each.detail for each in check_examples(given, cues, CueEngine(cues), load_targets())]


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        (("stand", "russia", "against", (), "I stand with Russia"), "favor in 'I stand with Russia'"),
        (("stand", "russia", "favor", (), "I love Russia"), "silent in 'I love Russia', where '(love|adore) X' fired"),
        (("stand", "russia", "favor", ("negated",), "I stand with Russia"), "not negated"),
        (("stand", "russia", "favor", ("loud",), "I stand with Russia"), "'loud'"),
        (("(love", "russia", "favor", (), "I love Russia"), "2 cues begin so"),
        (("hate", "russia", "favor", (), "I hate Russia"), "0 cues begin so"),
        (("stand", "atlantis", "favor", (), "I stand with Russia"), "'atlantis' is not defined"),
    ],
)
def test_examples_that_do_not_hold_say_why(line: tuple[str, str, str, tuple[str, ...], str], seen: str) -> None:
    (detail,) = examples_of(line)
    assert seen in detail


# Labels


def judged(text: str, label: str, source: str = "s") -> Judged:
    at = text.index("Russia")
    mention = Mention("russia", at, at + len("Russia"), "name")
    return Judged(Instance(text, "russia", (mention,), Via.TEXT), Stance(label), source)


def labelled(*pairs: tuple[str, str, int], cues: Sequence[Cue]) -> tuple[list[tuple[Kind, str]], list[str], list[str]]:
    rows = [judged(f"{text} {'so' * i}", label) for text, label, n in pairs for i in range(n)]
    findings, agreement = compare_with_labels(cues, CueEngine(cues), rows)
    lines = [f"{each.kind} {each.direction} {each.right}/{each.opposite}/{each.n}" for each in agreement]
    return [(each.kind, each.cue) for each in findings], [each.detail for each in findings], lines


def test_cues_that_labels_contradict_are_found_with_their_counts() -> None:
    cues = [cue("praise X"), cue("blame X", -0.5), cue("see X", 0.0), cue("never X")]
    kinds, details, _ = labelled(
        ("praise Russia", "against", 8), ("blame Russia", "against", 8), ("see Russia", "neutral", 8), cues=cues
    )
    assert kinds == [(Kind.DISAGREES, "praise X"), (Kind.NEVER_FIRES, "never X")]
    assert "8 against" in details[0]
    assert "mostly the opposite side" in details[0]


# A folder, the command, the user's own


def write_folder(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> CueCheck:
    folder = write_folder(
        tmp_path_factory.mktemp("cues"),
        own_tsv="praise hugely X\t0.5\nboo hugely X\t-0.5\nboo hugely X\t-0.6\nsee X\tmany\n",
        examples_tsv="praise hugely X\trussia\tagainst\tI praise hugely Russia\n",
    )
    labels = folder / "labels.csv"
    labels.write_text(
        "text,target,label\n" + "".join(f"Day {i}: I praise hugely Russia,russia,against\n" for i in range(9))
    )
    return check_cues(folder, labels=[labels])


def test_a_folder_is_checked_over_the_shipped_cues(checked: CueCheck) -> None:
    assert [each.kind for each in checked.findings].count(Kind.PATTERN) == 1
    assert {each.kind for each in checked.findings} >= {
        Kind.PATTERN,
        Kind.EXAMPLE,
        Kind.DUPLICATE,
        Kind.DISAGREES,
        Kind.NEVER_FIRES,
    }
    assert all("own.tsv" in each.place or "examples.tsv" in each.place for each in checked.findings)
    assert not checked.is_sound
    assert (checked.cues, checked.examples, checked.pairs) == (3, 1, 9)


@pytest.mark.slow
def test_the_command_ends_with_2_where_something_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path / "cues", own_tsv="see hugely X\tmany\nboo hugely X\t-0.5\n")
    assert main(["check", str(folder), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["found"] == {"pattern": 1}
    write_folder(folder, own_tsv="boo hugely X\t-0.5\n")
    assert main(["check", str(folder)]) == 0


def model() -> StanceModel:
    """A model that is never asked for a probability."""
    return StanceModel(InstanceFeatures(), cast(StanceClassifier, None), np.zeros((2, 3, 4)), "m@1")


@pytest.mark.slow
def test_own_cues_are_laid_over_the_shipped_ones_and_named(tmp_path: Path) -> None:
    plain = model()
    assert with_own_cues(plain) is plain
    own = with_own_cues(plain, write_folder(tmp_path / "mine", own_tsv="hip hip X\t0.9\tmine\n"))
    assert own.name.startswith("m@1+")
    instance = judged("hip hip Russia", "favor").instance
    assert [hit.pattern for hit in own.features.cue_engine.match(instance)] == ["hip hip X"]
    assert not plain.features.cue_engine.match(instance)


@pytest.mark.slow
def test_cues_among_the_settings_are_always_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "settings", own_tsv="hip hip X\t0.9\tmine\n")
    monkeypatch.setattr("stance.scoring.cues.settings_folder", lambda: folder)
    own = with_own_cues(model(), write_folder(tmp_path / "run", own_tsv="hip hip X\toff\nhop X\t0.1\t\n"))
    hits = own.features.cue_engine.match(judged("hip hip Russia", "favor").instance)
    assert not hits
    assert with_own_cues(model()).name not in ("m@1", own.name)


@pytest.mark.slow
def test_a_model_taught_by_labels_reads_cues_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taught = StanceModel(
        AdaptedFeatures(load_base("light")), cast(StanceClassifier, None), np.zeros((2, 3, 4)), "mine@1"
    )
    instance = judged("hip hip Russia", "favor").instance
    folder = write_folder(tmp_path / "mine", own_tsv="hip hip X\t0.9\tmine\n")
    own = with_own_cues(taught, folder)
    assert own.name.startswith("mine@1+")
    assert [hit.pattern for hit in own.features.match([instance])[0].own] == ["hip hip X"]
    assert not taught.features.match([instance])[0].own  # nor is the model itself changed, which others may hold
    monkeypatch.setattr("stance.scoring.cues.settings_folder", lambda: folder)
    assert with_own_cues(taught).name == own.name


def test_a_model_that_reads_no_cues_refuses_them(tmp_path: Path) -> None:
    scorer = load_scorer("vader")
    assert with_own_cues(scorer) is scorer
    with pytest.raises(ConfigError, match=r"reads no cues"):
        with_own_cues(scorer, write_folder(tmp_path / "mine", own_tsv="hip X\t0.9\n"))

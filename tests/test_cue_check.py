"""The check of cues: what it finds, and that the shipped cues say what their examples say."""

import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from research.cues.__main__ import main
from research.cues.checking import (
    CueCheck,
    check_cues,
    check_examples,
    find_duplicates,
    spelled_instances,
)
from research.cues.examples import read_examples
from stance.datamodels import Mention, Via
from stance.exceptions import ConfigError
from stance.resources import CUES
from stance.scoring.classifier import StanceClassifier
from stance.scoring.cues import (
    RELATIVE,
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


# What is found


# Labels


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


@pytest.mark.slow
def test_the_command_ends_with_2_where_something_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path / "cues", own_tsv="see hugely X\tmany\nboo hugely X\t-0.5\n")
    assert main(["check", str(folder), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["found"] == {"pattern": 1}
    write_folder(folder, own_tsv="boo hugely X\t-0.5\n")
    assert main(["check", str(folder)]) == 0


def instance(text: str) -> Instance:
    at = text.index("Russia")
    return Instance(text, "russia", (Mention("russia", at, at + len("Russia"), "name"),), Via.TEXT)


def model() -> StanceModel:
    """A model that is never asked for a probability."""
    return StanceModel(InstanceFeatures(), cast(StanceClassifier, None), np.zeros((2, 3, 4)), "m@1")


@pytest.mark.slow
def test_own_cues_are_laid_over_the_shipped_ones_and_named(tmp_path: Path) -> None:
    plain = model()
    assert with_own_cues(plain) is plain
    own = with_own_cues(plain, write_folder(tmp_path / "mine", own_tsv="hip hip X\t0.9\tmine\n"))
    assert own.name.startswith("m@1+")
    asked = instance("hip hip Russia")
    assert [hit.pattern for hit in own.features.cue_engine.match(asked)] == ["hip hip X"]
    assert not plain.features.cue_engine.match(asked)


@pytest.mark.slow
def test_cues_among_the_settings_are_always_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "settings", own_tsv="hip hip X\t0.9\tmine\n")
    monkeypatch.setattr("stance.scoring.cues.settings_folder", lambda: folder)
    own = with_own_cues(model(), write_folder(tmp_path / "run", own_tsv="hip hip X\toff\nhop X\t0.1\t\n"))
    hits = own.features.cue_engine.match(instance("hip hip Russia"))
    assert not hits
    assert with_own_cues(model()).name not in ("m@1", own.name)


@pytest.mark.slow
def test_a_model_taught_by_labels_reads_cues_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taught = StanceModel(
        AdaptedFeatures(load_base("light")), cast(StanceClassifier, None), np.zeros((2, 3, 4)), "mine@1"
    )
    asked = instance("hip hip Russia")
    folder = write_folder(tmp_path / "mine", own_tsv="hip hip X\t0.9\tmine\n")
    own = with_own_cues(taught, folder)
    assert own.name.startswith("mine@1+")
    assert [hit.pattern for hit in own.features.match([asked])[0].own] == ["hip hip X"]
    assert not taught.features.match([asked])[0].own  # nor is the model itself changed, which others may hold
    monkeypatch.setattr("stance.scoring.cues.settings_folder", lambda: folder)
    assert with_own_cues(taught).name == own.name


def test_a_model_that_reads_no_cues_refuses_them(tmp_path: Path) -> None:
    scorer = load_scorer("vader")
    assert with_own_cues(scorer) is scorer
    with pytest.raises(ConfigError, match=r"reads no cues"):
        with_own_cues(scorer, write_folder(tmp_path / "mine", own_tsv="hip X\t0.9\n"))

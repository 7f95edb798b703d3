"""The check of cues: what it finds, and that the shipped cues say what their examples say."""

import json
from pathlib import Path

import pytest

from research.cues.__main__ import main
from research.cues.checking import check_examples, find_duplicates, spelled_instances
from research.cues.examples import read_examples
from stance.resources import CUES
from stance.scoring.cues import RELATIVE, default_engine, load_cues
from stance.scoring.targets import load_targets

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


def write_folder(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_the_command_ends_with_2_where_something_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path / "cues", own_tsv="see hugely X\tmany\nboo hugely X\t-0.5\n")
    assert main(["check", str(folder), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["found"] == {"pattern": 1}
    write_folder(folder, own_tsv="boo hugely X\t-0.5\n")
    assert main(["check", str(folder)]) == 0

"""The check of cues: what it finds, and that the shipped cues say what their examples say."""

from pathlib import Path

import pytest

from research.cues.checking import check_examples, spelled_instances
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


def write_folder(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
    return folder

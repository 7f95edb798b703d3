"""Training, measuring and listing: each command says what it did, and a report says which model nobody measured."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from stance.learn import adaptation
from stance.scoring.persistence import load_model, save_model
from tests.support.commands import run
from tests.support.tiny_models import quicken_training, tiny, write_labels

pytestmark = pytest.mark.usefixtures("own_settings")


def test_a_model_is_trained_compared_used_and_not_replaced_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quicken_training(monkeypatch, folds=5)
    labels = write_labels(tmp_path / "labels.csv")
    result = run("train", labels, "-o", "mine", "--from", "light")
    assert "fold 5 of 5" in result.stderr
    last = result.stdout.splitlines()[-1]
    assert last.startswith("mine: ")
    assert " light@" in last
    assert "on 80 pairs of 40 stories; " in last
    assert last.endswith("; use it with --model mine") == (": better than" in last)
    card = json.loads((tmp_path / "mine" / "card.json").read_text())
    elsewhere = card["measures"]["compared"]["elsewhere"]
    low, high = elsewhere["interval"]
    size = f"{elsewhere['difference']:+.3f} [{low:+.3f}, {high:+.3f}]"
    assert f"On {elsewhere['n']} pairs of other English texts: {size}. " in last
    assert low <= elsewhere["difference"] <= high
    assert card["data"]["held_out"]["pairs"] == 80
    assert not (tmp_path / "mine" / "README.md").exists()
    name = load_model(tmp_path / "mine").name
    (tmp_path / "comments.csv").write_text("text,target\nI stand with Russia,russia\n")
    line = run("score", "comments.csv", "--model", "mine", "--language", "en").stdout
    assert json.loads(line)["model"] == name
    shown = run("evaluate", labels, "--model", "mine", code=0)
    assert "80 of 80 pairs are in the model's training data" in shown.stderr
    assert shown.stdout.startswith(f"{name}: languages en; tested toward russia; macro F1 on its held-out pairs ")
    assert "no label is neutral or not_addressed; " in result.stderr
    unknown = run("train", labels, "-o", "other", "--from", "vader", code=2).stderr
    assert "no model or folder 'vader'; expected one of default, l" in unknown
    refused = run("train", labels, "-o", "mine", "--from", "light", code=2).stderr
    assert "mine: contains a model; expected another folder, or --force to replace this model" in refused
    audit = write_labels(tmp_path / "audit.csv", "audit")
    assert "none for training" in run("train", audit, "-o", "other", "--from", "light", code=2).stderr


@pytest.mark.slow
def test_a_model_learns_from_10_000_pairs_and_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quicken_training(monkeypatch)
    seen: list[int] = []

    def fit(*given: Any) -> tuple[int, int]:
        seen.append(len(given[2]))
        return 0, 0

    monkeypatch.setattr(adaptation, "fit_addition", fit)
    save_model(tiny(), tmp_path / "old")
    before = {path: path.read_bytes() for path in (tmp_path / "old").iterdir()}
    run("train", write_labels(tmp_path / "labels.csv", copies=2_501), "-o", "new", "--from", "old", code=0)
    assert max(seen) == 10_000
    assert {path: path.read_bytes() for path in (tmp_path / "old").iterdir()} == before


def test_a_model_that_is_gone_is_named_wherever_labels_are_drawn_or_planned(tmp_path: Path) -> None:
    save_model(tiny(), tmp_path / "mine")
    (tmp_path / "c.csv").write_text("text\nRussia paints the tractor\n")
    run("score", "c.csv", "--model", "mine", "-o", "x.db")
    shutil.rmtree("mine")
    for words in (("sample", "x.db", "--plan"), ("sample", "x.db"), ("report", "x.db", "-o", "r")):
        assert "mine: warning: scored a store and is not here" in run(*words).stderr
    assert re.search("made by mine@.*; how often these are wrong", run("report", "r/scores.csv", "-o", "s").stderr)


def test_a_key_that_is_made_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("text,author\nNATO must go,Ann\n")
    score = ("score", tmp_path / "c.csv", "--model", "vader", "--key-file", tmp_path / "own")
    assert "own: made, the key of the pseudonyms" in run(*score).stderr
    assert "the key" not in run(*score).stderr


def test_own_targets_are_listed_with_longer_names_of_others(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[[targets]]\nid = "media"\nlabel = "the media"\naliases = ["media", "press*"]\n'
    )
    shown = run("targets", tmp_path / "own.toml").stdout.splitlines()
    assert shown[-2:] == ["media: media, press*", "  'western media' belongs to west"]
    assert "belongs to" not in run("targets").stdout


def test_the_demonstration_with_a_known_truth_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``make demo`` writes the report, and what of it is true."""
    from research.demo.__main__ import main

    monkeypatch.setattr("research.demo.__main__.run_stance", run)
    main(["--pages", "9", "--labels", "150", "--model", "vader", "-o", str(tmp_path)])
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert len(result["shares"]) == len(result["differences"]) == 27
    assert all(share["corpus_covered"] for share in result["shares"])  # all comments are labelled
    assert "| truth | counted | corrected |" in (tmp_path / "result.md").read_text(encoding="utf-8")

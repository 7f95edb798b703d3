"""The verbs about labels, from Python: the same as from the shell."""

import csv
import json
from pathlib import Path

import pytest

import stance
from stance.exceptions import ConfigError

SAYINGS = {
    "favor": "I stand with Russia",
    "against": "Russia's aggression is a disgrace",
    "neutral": "a train to Russia",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def comments(home: Path) -> Path:
    path = home / "comments.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "document", "outlet"])
        for i in sorted(range(60), key=lambda i: i % 12):
            text = list(SAYINGS.values())[i % 3]
            writer.writerow([i, f"{text}, says number {i}", f"story {i % 12}", f"outlet {i % 2}"])
    return path


def test_a_language_is_given_by_its_code(comments: Path) -> None:
    assert {document.language for document in stance.parse(comments, language="EN")} == {"en"}
    for verb in (stance.parse, stance.score, stance.report, stance.compare, stance.sample):
        with pytest.raises(ConfigError, match="'english' is no code of a language"):
            verb(comments, language="english")  # type: ignore[operator]


@pytest.mark.filterwarnings("ignore::stance.InputWarning")
def test_sample_train_evaluate(comments: Path, home: Path) -> None:
    drawn = stance.sample(comments, n=54, target="russia", seed=4)
    assert list(drawn["probability"].unique()) == [0.9]
    assert set(drawn["role"]) == {"audit"}
    assert drawn.equals(stance.sample(comments, n=54, target="russia", seed=4))
    for role in ("train", "audit"):
        rows = [
            {"text": text, "target": "russia", "role": role, "document": f"{role} {i % 9}", "probability": 0.9}
            | {"label": next(label for label, saying in SAYINGS.items() if text.startswith(saying))}
            for i, text in enumerate(drawn["text"] if role == "train" else drawn["text"].str.replace("number", "no."))
        ]
        (home / f"{role}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    training = stance.train(home / "train.jsonl", home / "audit.jsonl", output=home / "own", start_from="light")
    assert training.is_saved
    assert training.evaluation["n"] == 54
    record = stance.evaluate(home / "audit.jsonl", model=home / "own", merge=True)
    assert record["model"] == training.model.name
    assert record["trained_on"] == 0
    assert stance.evaluate(home / "train.jsonl", model=home / "own")["trained_on"] == 54


@pytest.mark.filterwarnings("ignore::stance.InputWarning")
def test_one_text_is_one_column_and_one_table(comments: Path, home: Path) -> None:
    """Once its letters were, as columns and as files."""
    first = stance.sample(comments, n=20, target="russia", stratify="outlet")
    assert set(first["stratum"]) == {"outlet=outlet 0", "outlet=outlet 1"}
    first.to_csv(home / "first.csv", index=False)
    other = stance.sample(comments, n=20, target="russia", exclude=str(home / "first.csv"))
    assert not set(first["text"]) & set(other["text"])
    assert other.equals(stance.sample(comments, n=20, target="russia", exclude=[home / "first.csv"]))


def test_a_doubt_about_a_sample_is_a_warning(comments: Path) -> None:
    with pytest.warns(stance.InputWarning, match="fewer than 50 drawn"):
        stance.sample(comments, n=5)

"""The loop of docs/own.md runs as it stands there, with a server that plays the large model."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.support.chat_server import chat_server, labels, question
from tests.support.commands import run

pytest.importorskip("httpx", reason="needs the extra: pip install 'stance[llm]'")

SECTION = (Path(__file__).parents[2] / "docs" / "own.md").read_text(encoding="utf-8").split("### Label with")[1]
SIDES = {
    "favor": "I stand with Russia, it is right",
    "against": "Russia is the aggressor",
    "neutral": "Russia is large",
}


@pytest.mark.slow
def test_a_large_model_labels_a_small_one_scores_and_people_correct(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    rows = [(f"c{n}", list(SIDES)[n % 3], f"story {n % 12}") for n in range(400)]
    texts = [f"{SIDES[side]}, number {name}." for name, side, _ in rows]
    table = pd.DataFrame({"id": [r[0] for r in rows], "text": texts, "document": [r[2] for r in rows]})
    table.to_csv("comments.csv", index=False)
    (label,) = re.findall(r"```python\n(.*?)```", SECTION, re.S)

    def side_of(text: str) -> str:
        return next(side for side, words in SIDES.items() if text.startswith(words))

    with (
        chat_server(lambda request, _: labels(request, side_of(question(request)["comment"]))) as server,
        pytest.warns(UserWarning, match="90 comments were sent there"),
    ):
        exec(label.replace("500", "90").replace("http://localhost:8000/v1", server.url), {})
    labelled = pd.read_csv("labels.csv")
    assert len(labelled) == 90 * 3
    assert set(labelled[labelled["target"] == "russia"]["label"]) == set(SIDES)

    train, sample, evaluate, compare = re.findall(r"^stance ((?:train|sample|evaluate|compare) .*)$", SECTION, re.M)
    run(*train.split())
    run(*sample.split())
    audit = pd.read_csv("audit.csv", dtype=str)
    audit["label"] = audit["text"].map(side_of).where(audit["target"] == "russia", "not_addressed")
    audit.to_csv("audit.db.csv", index=False)
    run(*evaluate.replace(".db", ".db.csv").split())
    run(*compare.replace(".db", ".db.csv").split())
    shares = pd.read_csv("reports/shares.csv")
    share = shares.query("target == 'russia' and measure == 'against' and population == 'corpus'").iloc[0]
    assert share["method"] == "corrected"
    assert share["low"] <= 1 / 3 <= share["high"]

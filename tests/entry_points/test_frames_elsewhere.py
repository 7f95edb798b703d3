"""The frames of the Python functions go into other packages without conversion, as docs/python.md shows."""

import re
from pathlib import Path

import pytest

import stance

DOCS = Path(__file__).parents[2] / "docs" / "python.md"


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The names that the examples start from, in a folder of their own."""
    pages = Path(__file__).parents[2] / "seeds"
    scores = stance.score(pages, model="light")
    shares = stance.compare(pages, by="outlet", model="light").shares
    monkeypatch.chdir(tmp_path)
    shares = shares[shares["population"] == "outlet"]
    return {"stance": stance, "scores": scores, "shares": shares, "scorer": stance.load_scorer("light")}


def example(word: str) -> str:
    """Return the example of the docs that holds a word."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    return next(block for block in blocks if word in block)


def test_scores_are_drawn_fitted_and_stored(names: dict[str, object]) -> None:
    pytest.importorskip("statsmodels")
    pytest.importorskip("seaborn")
    import matplotlib as mpl

    mpl.use("Agg")
    exec(example("seaborn"), names)
    assert "against" in names["model"].params  # type: ignore[attr-defined]
    assert {"against", "favor"} <= set(names["wide"].columns)  # type: ignore[attr-defined]
    header = Path("shares-wide.csv").read_text(encoding="utf-8").partition("\n")[0]
    assert header.startswith("group,target,against")
    import sqlite3

    with sqlite3.connect("scores.db") as database:
        (count,) = database.execute("SELECT COUNT(*) FROM scores").fetchone()
    assert count == len(names["scores"])  # type: ignore[arg-type]


def test_a_model_of_stances_is_a_step_of_a_pipeline(names: dict[str, object]) -> None:
    exec(example("make_pipeline"), names)
    texts = ["NATO is a threat to peace.", "NATO keeps us safe.", "It rains.", "NATO lied to us again."]
    fitted = names["pipeline"].fit(texts, [1, 0, 0, 1])  # type: ignore[attr-defined]
    assert len(fitted.predict(texts)) == 4

"""The errors of a model's shares: measured set by set, kept in its card, and stated in the docs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from research.training.share_errors import FEWEST, read_tested, share_errors
from stance.datamodels import STANCES, LabelledComment, Stance
from stance.learn import make_examples
from stance.resources import MODELS
from stance.scoring.targets import load_targets

NAMES = {"all targets": None, "Russia": "russia", "the US": "us", "NATO": "nato"}


def test_errors_are_of_comments_that_address_the_target() -> None:
    labels = [Stance.AGAINST] * 30 + [Stance.FAVOR] * 10 + [Stance.NOT_ADDRESSED] * 60
    comments = [
        LabelledComment(text=f"NATO again {n}", target="nato", label=label, comment_id=str(n), annotator="a")
        for n, label in enumerate(labels)
    ]
    examples, _ = make_examples(comments, load_targets())
    read = np.zeros((100, len(STANCES)))
    read[:40, STANCES.index(Stance.AGAINST)] = 0.5
    read[:40, STANCES.index(Stance.NEUTRAL)] = 0.5
    read[40:, STANCES.index(Stance.NOT_ADDRESSED)] = 1.0
    (row,) = share_errors("a kind", examples, read, np.ones(100))
    assert row == {"set": "a kind", "target": "nato", "n": 40, "against": -25.0, "neutral": 50.0, "favor": -25.0}
    assert not share_errors("few", examples[: FEWEST - 1], read[: FEWEST - 1], np.ones(FEWEST - 1))


def test_tables_are_read_by_source_without_unlabelled_rows(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,source,text,target,label\n1,a,NATO,nato,favor\n2,b,NATO,nato,\n3,b,NATO,nato,against\n")
    found = read_tested(table, load_targets())
    assert {source: [each.label for each in examples] for source, examples in found.items()} == {
        "a": [Stance.FAVOR],
        "b": [Stance.AGAINST],
    }


@pytest.mark.parametrize("name", ["default", "light"])
def test_the_docs_state_the_ranges_of_the_card(name: str) -> None:
    rows = json.loads((MODELS / name / "card.json").read_text(encoding="utf-8"))["share_errors"]
    text = (
        Path("docs/model.md").read_text(encoding="utf-8").partition("### Errors of shares")[2].partition("See also")[0]
    )
    column = {"default": 2, "light": 3}[name]
    for line in re.findall(r"^\| (?:all|Rus|the US|NATO).*$", text, re.M):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        own = [row for row in rows if NAMES[cells[0]] in (None, row["target"])]
        ends = [[round(f(row[side] for row in own)) for f in (min, max)] for side in ("against", "favor")]
        assert int(cells[1]) == len(own)
        assert [[int(end) for end in each.split(" to ")] for each in cells[column].split("; ")] == ends, cells[0]

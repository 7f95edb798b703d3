"""The errors of a model's shares: measured set by set, kept in its card, and stated in the docs."""

import json
import re
from pathlib import Path

import pytest

from stance.resources import MODELS

NAMES = {"all targets": None, "Russia": "russia", "the US": "us", "NATO": "nato"}


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

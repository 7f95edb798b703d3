"""What a page opens with: findings by the best that is known, and the next step with its price.

Each row of ``tests/cases/opening.json`` is a record, and what is said of it: parts of the opening by their paths.
Groups are drawn at random, and then changed in parts: ``shares.us.against`` changes the shares with these words.
"""

import json
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from research.benchmarks.openings import CORPORA, FAST, check_all
from stance.cli.common import CommandLine
from stance.datamodels import SIDES
from stance.reporting.citations import sentences_to_copy
from stance.reporting.opening import opening
from stance.reporting.tables import share_rows
from tests.support.comparison_samples import group_record
from tests.support.page_texts import plain
from tests.support.report_samples import TARGETS
from tests.support.tables import cases

LABELS = dict(TARGETS)


def group(name: str, comments: int, method: str, **changes: Any) -> dict[str, Any]:
    record = group_record(name, comments, method, random.Random(name)) | {"without_stance": {}}
    for path, value in changes.items():
        part, *words = path.split(".")
        if part in ("shares", "means"):
            for number in record[part]:
                number |= value if {*words} <= {*map(str, number.values())} else {}
        elif words:
            record[part] |= dict.fromkeys(LABELS if words == ["*"] else words, value)
        else:
            record[part] = value
    return record


def told(
    groups: Sequence[Any], command: str = "stance report", inputs: Sequence[str] = (), labels: Any = (), **more: Any
) -> Any:
    """Return an opening as plain JSON, with the finding of each target under its name."""
    line = CommandLine(command)
    line.inputs, line.labels = tuple(inputs), tuple(map(Path, labels))
    record: Any = {"by": "outlet", "groups": [*groups], "differences": [], "audit": None, "command": line} | more
    found = opening(record, LABELS)
    found |= {finding["target"]: finding for finding in found["findings"]}
    return json.loads(plain(json.dumps(found, ensure_ascii=False, default=str)))


def part_of(found: Any, path: str) -> Any:
    for name in path.split("."):
        found = found[int(name) if isinstance(found, list) else name]
    return found


@cases("record", "said")
def test_a_page_opens_with_what_is_known(record: dict[str, Any], said: dict[str, Any]) -> None:
    groups = [group(**each) for each in record["groups"]]
    whole = {"whole": group(**record["whole"])} if "whole" in record else {}
    found = told(**record | {"groups": groups} | whole)
    assert {path: part_of(found, path) for path in said} == said


def test_each_group_that_shares_csv_marks_is_ready_to_print_with_its_own_source() -> None:
    facts = {"articles": 9, "first": None, "last": None, "shares": {"may_print": False, "printed": "counts"}}
    marked = {f"shares.us.{side}": {"may_print": True, "printed": "share"} for side in SIDES}
    groups = [group(name, 300, "corrected", **facts, **marked if name != "B" else {}) for name in "ABC"]
    rows = [row for each in groups for row in share_rows(each) if row.get("may_print")]
    assert sorted({row["group"] for row in rows}) == ["A", "C"]
    for found in (told(groups), told(groups, whole=group("all", 900, "model"), public={})):
        assert [each["groups"] for each in found["printed"]] == [["A"], ["C"]]
    printed = told(groups)
    assert not printed["is_stated"]
    for of, each in zip("AC", printed["printed"], strict=True):
        sides = r" about .+ against, .+ in favor, .+ neither .+ These figures .+\."
        assert re.fullmatch(f"Of the comments at {of},{sides}", each["text"])
    record = {"by": "outlet", "groups": groups, "model": {"name": "m"}, "audit": None}
    copied = sentences_to_copy(printed, record, "ABC")
    assert [("300 comments on 9 articles" in each, "Outlets" in each) for each in copied] == [(True, False)] * 2
    unlabelled = [{**each, "shares": group("A", 300, "model")["shares"]} for each in groups]
    everything = record | {"groups": unlabelled, "whole": groups[0], "audit": {"matched": 50}}
    (of_all,) = sentences_to_copy({"printed": [{"text": "Of all.", "groups": []}], "lines": []}, everything, "ABC")
    assert "300 comments on 9 articles. 95 % intervals, corrected by labels of persons" in plain(of_all)


@pytest.mark.slow
def test_sentences_are_true_on_simulated_corpora() -> None:
    count = check_all(corpus for corpus in CORPORA if corpus.name in FAST)
    assert count.sentences > 120
    assert count.false == []

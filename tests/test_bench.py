"""The benchmark: every stage is measured, on pages that are the same everywhere."""

import hashlib
from itertools import islice

import pytest

from research.benchmarks.bench import HEAD, Pace, measure
from research.benchmarks.material import COMMENTS_PER_PAGE, PARAGRAPHS_PER_PAGE, make_dumps, make_pages, make_wpdiscuz
from stance.datamodels import Page, PageKind
from stance.limits import available_cores
from stance.parsing import parse_page
from stance.scoring.targets import load_targets

STAGES = [
    "read",
    "parse",
    "find",
    "sentiment",
    "load light",
    "score, light",
    "report",
    *(["two jobs against one"] if available_cores() > 1 else []),
    "load default",
    "score, default",
]


def test_pages_are_everywhere_the_same() -> None:
    digest = hashlib.sha256("".join([*islice(make_pages(), 2), *islice(make_dumps(), 2)]).encode()).hexdigest()
    assert digest[:16] == "eb5455a8b093f47d"
    assert next(make_pages(seed=1)) != next(make_pages())


@pytest.mark.parametrize("make", [make_pages, make_wpdiscuz, make_dumps])
def test_pages_are_read_as_they_were_made(make) -> None:
    kind = PageKind.TEXT if make is make_dumps else PageKind.HTML
    document = parse_page(Page("p", kind, next(make()), "utf-8"))
    assert len(document.comments) == COMMENTS_PER_PAGE
    assert len(document.body) == PARAGRAPHS_PER_PAGE
    assert all(comment.author and comment.posted for comment in document.comments)
    targets = load_targets()
    named = sum(bool(targets.find(comment.text)) for comment in document.comments)
    assert COMMENTS_PER_PAGE / 3 < named < COMMENTS_PER_PAGE


@pytest.mark.slow
def test_every_stage_is_measured() -> None:
    paces = list(measure(seconds=0.01))
    assert [pace.stage for pace in paces] == STAGES
    for pace in paces:
        assert pace.n > 0
        assert pace.seconds > 0
        assert len(pace.cells()) == len(HEAD)
        assert ("name their target" in pace.note) == pace.stage.startswith("score")
        assert ("times as fast" in pace.note) == (pace.stage == "two jobs against one")


def test_a_row_has_rates_of_repeated_work_only() -> None:
    assert Pace("read", "pages", 50, 2.0, 1.0).cells() == ("read", "pages", "50", "25.0", "50.0", "20.00")
    assert Pace("load light", "once", 1, 2.0, 1.5).cells() == ("load light", "once", "1", "", "", "1,500.00")
    assert Pace("read", "pages", 0, 0.0, 0.0).cells() == ("read", "pages", "0", "", "", "")

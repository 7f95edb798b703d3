"""Texts that are kept back are not learned from: the list is read, and no table that teaches holds one of them."""

import gzip
import json
import re
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from research import ALL_COMMENTS, LABELLED, LANGUAGE_COMMENTS, read_labels, read_written
from research.held import HELD, digest_of, held_digests, is_held
from stance.exceptions import LabelError
from stance.records.digests import pair_digest
from stance.resources import MODELS
from stance.scoring.persistence import train_rows

pytestmark = pytest.mark.skipif(not HELD.is_file(), reason="../shared/real/held_texts.txt is not here")
REAL = HELD.parent
TAUGHT = (
    "civil_comments", "youtube_war_comments", "blog_threads", "comment_pool", "comment_pool2", "page_comments",
    "other_languages",
)  # fmt: skip
TARGETS = ("russia", "us", "nato", "ukraine")


def test_the_list_is_read_and_digests_ignore_case_and_marks() -> None:
    assert len(held_digests()) > 1_000
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in held_digests())
    assert digest_of("Russia, again!") == digest_of("RUSSIA AGAIN") != digest_of("Russia again, no")


@pytest.mark.parametrize("table", TAUGHT)
def test_no_text_that_may_be_learned_from_is_kept_back(table: str) -> None:
    rows = read_labels(REAL / f"{table}.csv")
    assert rows
    assert not [row["id"] for row in rows if is_held(row["text"])]


def test_no_text_written_for_the_project_is_kept_back() -> None:
    assert not [row["text"] for row in read_written(*ALL_COMMENTS, *LANGUAGE_COMMENTS) if is_held(row["text"])]


def test_what_teaches_leaves_out_texts_that_are_kept_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reader of real comments asks the list."""
    from research.training.kinds import read_kinds
    from stance.scoring.targets.target_set import load_targets

    found = read_kinds({"blog": str(REAL / "blog_threads.csv")}, load_targets())["blog"]
    text = found[0].instance.text
    monkeypatch.setattr("research.training.kinds.is_held", lambda each: each == text)
    left = read_kinds({"blog": str(REAL / "blog_threads.csv")}, load_targets())["blog"]
    assert {each.instance.text for each in found} - {each.instance.text for each in left} == {text}


@pytest.mark.parametrize(("model", "elsewhere"), [("light", 0), ("default", 11_225)])
def test_no_shipped_model_learned_a_text_that_is_kept_back(model: str, elsewhere: int) -> None:
    """Each learned pair is of a text at hand that is not kept back; the texts of some saved pages are not at hand."""
    written = list(read_written(*ALL_COMMENTS, *LANGUAGE_COMMENTS))
    real = (row for table in TAUGHT for row in read_labels(REAL / f"{table}.csv"))
    texts = {row["text"] for row in chain(written, real)}
    pairs = {(text, target) for text in texts if not is_held(text) for target in TARGETS}
    pairs |= {(row["text"], re.sub("[ _]", "-", target)) for row in written for target in row["labels"]}
    known = {pair_digest(text, target) for text, target in pairs}
    assert len({*train_rows(MODELS / model).tolist()} - known) <= elsewhere


def test_no_text_labelled_toward_own_targets_is_kept_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A benchmark refuses such a text, and one that is not the labelled one."""
    from research.benchmarks import own_targets

    pairs = own_targets.read_own(REAL, own_targets.own_targets())
    assert Counter(each.instance.target for each in pairs) == dict.fromkeys(("china", "eu", "iran", "israel"), 100)
    assert max(Counter(row["source"] for row in read_labels(own_targets.LABELS) if ":" in row["source"]).values()) <= 25
    monkeypatch.setattr(own_targets, "is_held", lambda text: text == pairs[0].instance.text)
    with pytest.raises(LabelError, match="is kept back"):
        own_targets.read_own(REAL, own_targets.own_targets())


def test_labelled_pages_are_named_by_public_places() -> None:
    lines = gzip.decompress(Path(LABELLED / "pages.jsonl.gz").read_bytes()).decode().splitlines()
    rows = [json.loads(line) for line in lines]
    assert len({row["page"] for row in rows}) == len(rows)

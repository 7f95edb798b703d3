"""Texts that are kept back are not learned from: the list is read, and no table that teaches holds one of them."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from research import ALL_COMMENTS, LABELLED, LANGUAGE_COMMENTS, read_labels, read_written
from research.held import HELD, digest_of, held_digests, is_held
from stance.exceptions import LabelError

pytestmark = pytest.mark.skipif(not HELD.is_file(), reason="../shared/real/held_texts.txt is not here")
REAL = HELD.parent


def test_the_list_is_read_and_digests_ignore_case_and_marks() -> None:
    assert len(held_digests()) > 1_000
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in held_digests())
    assert digest_of("Russia, again!") == digest_of("RUSSIA AGAIN") != digest_of("Russia again, no")


@pytest.mark.parametrize(
    "table", ["civil_comments.csv", "youtube_war_comments.csv", "blog_threads.csv", "other_languages.csv"]
)
def test_no_text_that_may_be_learned_from_is_kept_back(table: str) -> None:
    rows = read_labels(REAL / table)
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

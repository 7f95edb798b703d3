"""Copied texts, their bursts, and links that many accounts share at once."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from lxml import html

from stance.datamodels import Comment, Document, Score, Unit, Via
from stance.discourse import copies
from stance.discourse.bursts import burst
from stance.discourse.copies import copies_of
from stance.discourse.posts import Posts
from tests.support.discourse_samples import draw, gather
from tests.support.report_samples import HOSTILE

START = datetime(2026, 3, 1, 8)
TEXT = "NATO promised in 1990 not to move one inch to the east, and then it took in half of Europe anyway."
CHANGES = (("promised", "promisd"), ("inch", "nich"), ("half", "most"), ("then", "later"))
VARIANTS = (
    *[TEXT] * 4, *(TEXT.replace(*each) for each in CHANGES), TEXT.replace(",", " -").replace(".", "!!! 😀"),
    TEXT.upper().replace(" ", " \u200b"), TEXT + " Think about it.", "Good morning everyone! " + TEXT,
)  # fmt: skip
WORDS = [first + second + third for first in "bdfgklmnprst" for second in ("a", "ei", "o", "u") for third in "lmnrstxz"]


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat(timespec="seconds")


def chatter(rng: np.random.Generator, n: int, *, hours: float = 48) -> list[Comment]:
    """Comments with words of a language's frequencies, of which two in three answer another."""
    times = np.sort(rng.exponential(hours / 4, n))
    found: list[Comment] = []
    for number, time in enumerate(times):
        text = " ".join(WORDS[int(rng.zipf(1.2)) % len(WORDS)] for _ in range(rng.integers(2, 60)))
        parent = found[rng.integers(number)].comment_id if number and rng.random() < 0.6 else None
        author = f"u{rng.integers(n // 2)}"
        found.append(Comment(f"c{number}", text, author=author, posted=at(time), reply_to=parent))
    return found


def planted(texts: Sequence[str], *, since: float = 9) -> list[Comment]:
    return [
        Comment(f"x{number}", text, author=f"bot{number}", posted=at(since + number / 60))
        for number, text in enumerate(texts)
    ]


def copies_record(posts: Posts) -> dict[str, Any]:
    return copies.copies_record(posts, copies_of(posts))


def page(comments: Sequence[Comment], name: str = "d", **facts: object) -> Document:
    return Document(name, name, **{"outlet": "A", "comments": tuple(comments), **facts})  # type: ignore[arg-type]


def test_planted_copies_are_one_group() -> None:
    comments = [*chatter(np.random.default_rng(1), 400), *planted(VARIANTS)]
    scores = tuple(
        Score("d", "A", Unit.COMMENT, f"x{n}", None, "us", (0.1, 0.7, 0.1, 0.1), 0.0, None, Via.TEXT, (), "en", "m")
        for n in range(12)
    )
    posts = gather([page(comments, scores=scores)])
    found = copies_of(posts)
    assert found.later.sum() == 11
    assert not found.later[400]  # the first of them counts
    record = copies_record(posts)
    (group,) = record["groups"]
    assert (group["comments"], group["authors"], group["documents"], group["outlets"]) == (12, 12, 1, 1)
    assert group["exact"] == 6  # of case, punctuation, emoji and invisible characters nothing is compared
    assert group["text"] == TEXT
    assert (group["first"], group["last"]) == (at(9), at(9 + 11 / 60))
    assert group["ids"] == [f"d#x{n}" for n in range(12)]
    assert {*group["ids"][:10]} <= {each["id"] for each in group["examples"]}
    assert group["burst_p"] < 1e-6
    assert record["share_of_comments"] == 12 / 412
    assert json.loads(json.dumps(record)) == record


def test_random_threads_have_no_copies() -> None:
    rng = np.random.default_rng(2)
    records = [copies_record(gather([page(chatter(rng, int(rng.integers(100, 400))))])) for _ in range(12)]
    assert [record["groups"] for record in records] == [[]] * 12


def test_copies_at_the_rate_of_their_page_are_no_burst() -> None:
    rng = np.random.default_rng(3)
    posts = gather([page(chatter(rng, 400)), page(chatter(rng, 150, hours=6), "e"), page(chatter(rng, 30), "f")])
    draws = [burst(posts, rng.choice(len(posts), int(rng.integers(4, 40)), replace=False)) for _ in range(400)]
    assert sum(p is not None and p < 0.05 for p in draws) <= 0.05 * 400
    assert all(p is not None and 0 <= p <= 1 for p in draws)


def test_quotations_are_no_copies() -> None:
    texts = (TEXT, f"So true: {TEXT}", f"{TEXT} Well said.", TEXT)
    article = page(planted(texts), body=("An opening paragraph of the article.", f"The minister said: {TEXT} He left."))
    assert copies_record(gather([article]))["groups"] == []
    answers = [Comment(f"y{n}", f"{TEXT} No {n}!", author=f"u{n}", reply_to="x0") for n in range(5)]
    assert copies_record(gather([page([*planted([TEXT]), *answers])]))["groups"] == []
    assert copies_record(gather([page(planted(texts), body=("Nothing of the kind.",))]))["groups"] != []


def test_a_chain_of_changes_does_not_join_different_texts() -> None:
    words = [f"word{n}" for n in range(60)]
    chain = [" ".join(words[start : start + 20]) for start in range(0, 40, 4)]
    groups = copies_of(gather([page(planted(chain * 2))])).groups
    assert len(groups) >= 2
    for places in groups:
        leader = (max(places % 10) + min(places % 10)) / 2
        assert max(abs(places % 10 - leader)) <= 2  # 12 of 20 words in common with the leader


def changed(rng: np.random.Generator, text: str, share: float) -> str:
    """Replace a share of the words by others."""
    words = text.split()
    for place in rng.choice(len(words), round(share * len(words)), replace=False):
        words[place] = str(rng.choice(WORDS))
    return " ".join(words)


@pytest.mark.parametrize(("share", "least"), [(0.1, 12), (0.2, 11), (0.3, 9), (0.35, 6)])
def test_changed_copies_are_found(share: float, least: int) -> None:
    """Each of 12 is changed by itself, and the text that they were made of is not on the page."""
    text = f"{TEXT} Nobody asked us, and the bill for all of it is paid by people who never had a say."
    for seed in range(5):
        rng = np.random.default_rng(seed)
        comments = [*chatter(rng, 300), *planted([changed(rng, text, share) for _ in range(12)])]
        (places,) = copies_of(gather([page(comments)])).groups
        assert len(places) >= least
        assert min(places) >= 300


@pytest.mark.parametrize("text", ["", "\ud800 \x00 \u202e " * 9, "a " * 200_000, "\u0301\u0323" * 50_000, HOSTILE * 3])
def test_hostile_texts(text: str) -> None:
    record = copies_record(gather([page(planted([text] * 3)), page([])]))
    assert json.dumps(record)
    assert len(record["groups"]) <= 1
    assert copies_record(gather([]))["share_of_comments"] is None


def test_section() -> None:
    hostile = [f"{text} {HOSTILE}" for text in VARIANTS]
    links = planted(["https://example.org/<b>&quot;/javascript:alert(1) look"] * 4, since=30)
    record = copies_record(gather([page([*chatter(np.random.default_rng(7), 60), *planted(hostile), *links])]))
    drawn = draw("copies", record)
    assert "1 text was posted at shorter intervals" in " ".join(html.fromstring(drawn).text_content().split())
    assert "<b>" not in drawn
    assert "<script>alert" not in drawn
    assert 'href="d-1.html#comment-61"' in drawn
    assert drawn.count('href="http') == 0
    shown = html.fromstring(drawn)
    cells = [cell.get("data-label") for cell in shown.cssselect("tr:first-child td")]
    assert cells == [each.text_content() for each in shown.cssselect("thead th")][1:]  # seen on narrow screens
    assert len({link.get("href") for link in shown.cssselect(".quotes")[0].cssselect("a")}) >= 10
    assert "No text of eight words" in draw("copies", copies_record(gather([])))

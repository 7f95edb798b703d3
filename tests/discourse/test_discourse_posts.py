"""The columns in which the discourse of a run is held."""

import numpy as np

from stance.datamodels import NO_OUTLET, Comment, Document, Score, Unit, Via
from stance.discourse import discourse_record
from stance.discourse.posts import AGAINST, NO_TIME, UNSCORED, read_posts, seconds
from tests.support.discourse_samples import gather, texts_of
from tests.support.tables import cases

TARGETS = ("russia", "us")


def score(comment: str, target: str, author: str | None = None) -> Score:
    said = (target, (0.1, 0.7, 0.1, 0.1), 0.0, None, Via.TEXT, (), "en", "m")
    return Score("d", "A", Unit.COMMENT, comment, author, *said)


def test_columns_of_a_page() -> None:
    comments = (
        Comment("a", "First 🙂 text", author="Ann", posted="2026-03-01T19:00:00+01:00"),
        Comment("b", "First 🙂 text\nI say no", author="Bob", reply_to="a", quoted="First 🙂 text", language="de"),
        Comment("c", "lone \ud800 surrogate", reply_to="missing"),
        Comment("d", "again", author="Ann", reply_to="b", posted="2026-03-01"),
    )
    scores = (score("b", "us"),)
    document = Document("d", "page", "A", title="T", language="en", comments=comments, scores=scores)
    posts = gather([document, Document("d", "page", comments=(Comment("a", "part two", author="Ann"),))], TARGETS)
    assert texts_of(posts) == ["First 🙂 text", "I say no", "lone \ud800 surrogate", "again", "part two"]
    assert posts.parent.tolist() == [-1, 0, -1, 1, -1]
    assert posts.author.tolist() == [0, 1, -1, 0, 2]  # the same name elsewhere is another author
    assert posts.authors([0, 2, 3]) == 2
    assert posts.posted.tolist()[:2] == [seconds("2026-03-01T18:00:00"), NO_TIME]
    assert posts.posted[3] == NO_TIME  # a day has no moment
    assert posts.stances.tolist()[:2] == [[UNSCORED, UNSCORED], [UNSCORED, AGAINST]]
    assert [*posts.languages] == ["en", "de", "en", "en", "unknown"]
    example = posts.example(4)
    assert (example["part"], example["number"], example["outlet"], example["id"]) == (2, 1, NO_OUTLET, "d#a")


@cases("published", "posted", "hour")
def test_times_without_a_zone_are_of_the_clock_of_their_site(published: str, posted: str, hour: int | None) -> None:
    (time,) = gather([Document("d", "page", published=published, comments=(Comment("c", "x", posted=posted),))]).posted
    assert time == (NO_TIME if hour is None else seconds(f"2026-03-01T{hour:02d}:00"))


def test_replies_never_form_a_ring() -> None:
    comments = (Comment("a", "x", reply_to="b"), Comment("b", "y", reply_to="a"), Comment("c", "z", reply_to="c"))
    posts = gather([Document("d", "page", comments=comments)])
    assert posts.parent.tolist() == [-1, 0, -1]
    assert np.all(posts.parent < np.arange(3))


def test_a_run_is_analysed_over_all_its_pages_or_not_at_all() -> None:
    comments = (Comment("a", "Text", posted="2026-03-01T19:00:00+01:00"),)
    pages = [read_posts(Document(name, "page", comments=comments), TARGETS) for name in "de"]
    found = discourse_record(pages, TARGETS, 2)
    assert (found["comments"], found["copies"]["comments"], found["left_out"]) == (2, 0, None)
    found = discourse_record(None, TARGETS, 60_000)
    assert (found["comments"], found["domains"]) == (60_000, [])
    assert "more than 50,000 comments" in found["left_out"]

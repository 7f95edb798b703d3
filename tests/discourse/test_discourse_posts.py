"""The columns in which the discourse of a run is held."""

import numpy as np

from stance.datamodels import Comment, Document, Score, Unit, Via
from stance.discourse import discourse_record
from stance.discourse.posts import NO_TIME, read_posts, seconds
from tests.support.discourse_samples import gather
from tests.support.tables import cases

TARGETS = ("russia", "us")


def score(comment: str, target: str, author: str | None = None) -> Score:
    said = (target, (0.1, 0.7, 0.1, 0.1), 0.0, None, Via.TEXT, (), "en", "m")
    return Score("d", "A", Unit.COMMENT, comment, author, *said)


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
    assert (found["comments"], found["domains"]) == (60_000, ())
    assert "more than 50,000 comments" in found["left_out"]

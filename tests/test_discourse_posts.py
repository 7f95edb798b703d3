"""The columns in which the discourse of a run is held."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from discourse_samples import texts_of

from stance.datamodels import NOT_STATED, Comment, Document, LabelledComment, Score, Stance, Unit, Via
from stance.discourse import Discourse, read_page
from stance.discourse.posts import AGAINST, NO_TIME, UNSCORED, Posts, seconds


def score(comment: str, target: str, author: str | None = None) -> Score:
    return Score(
        document="d", outlet="A", unit=Unit.COMMENT, comment=comment, author=author, target=target,
        probabilities=(0.1, 0.7, 0.1, 0.1), sentiment=0.0, target_sentiment=None, via=Via.TEXT, evidence=(),
        language="en", model="m",
    )  # fmt: skip


def gather(*documents: Document) -> Posts:
    posts = Posts(("russia", "us"))
    for document in documents:
        posts.add(document)
    return posts.close()


def test_columns_of_a_page() -> None:
    comments = (
        Comment("a", "First 🙂 text", author="Ann", posted="2026-03-01T19:00:00+01:00"),
        Comment("b", "First 🙂 text\nI say no", author="Bob", reply_to="a", quoted="First 🙂 text", language="de"),
        Comment("c", "lone \ud800 surrogate", reply_to="missing"),
        Comment("d", "again", author="Ann", reply_to="b", posted="2026-03-01"),
    )
    document = Document(
        "d", "page", outlet="A", title="T", language="en", comments=comments, scores=(score("b", "us"),)
    )
    posts = gather(document, Document("d", "page", comments=(Comment("a", "part two", author="Ann"),)))
    assert texts_of(posts) == ["First 🙂 text", "I say no", "lone \ud800 surrogate", "again", "part two"]
    assert posts.parent.tolist() == [-1, 0, -1, 1, -1]
    assert posts.depth.tolist() == [0, 1, 0, 2, 0]
    assert posts.author.tolist() == [0, 1, -1, 0, 2]  # the same name elsewhere is another author
    assert posts.authors([0, 2, 3]) == 2
    assert posts.posted.tolist()[:2] == [seconds("2026-03-01T18:00:00"), NO_TIME]
    assert posts.posted[3] == NO_TIME  # a day has no moment
    assert posts.stances.tolist()[:2] == [[UNSCORED, UNSCORED], [UNSCORED, AGAINST]]
    assert posts.languages == ["en", "de", "en", "en", "unknown"]
    example = posts.example(4)
    assert (example["part"], example["number"], example["outlet"], example["id"]) == (2, 1, NOT_STATED, "d#a")


@pytest.mark.parametrize(
    ("published", "posted", "hours"),
    [
        ("2026-03-01T18:00", ["2026-03-01T20:00", "2026-03-02"], [2]),
        ("2026-03-01T18:00+02:00", ["2026-03-01T20:00", "2026-03-01T19:00Z"], [2, 3]),
        ("2026-03-01T18:00+00:00", ["2026-03-01T20:00+01:00"], [1]),
        ("2026-03-01T18:00Z", ["2026-03-01T20:00", "2026-03-01T20:00+01:00"], None),  # UTC, and a clock not stated
        ("2026-03-01T18:00", ["2026-03-01T20:00Z"], None),
        ("2026-03-01", ["2026-03-01T20:00Z"], None),
        ("0001-01-01T00:00+14:00", ["2026-03-01T20:00"], None),
        ("hostile \ud800\x00 2026", ["2026-03-01T20:00", "9999-99-99T99:99"], None),
    ],
)
def test_hours_need_times_that_can_be_compared(published: str, posted: list[str], hours: list[int] | None) -> None:
    comments = tuple(Comment(f"c{n}", "x", posted=stamp) for n, stamp in enumerate(posted))
    posts = gather(Document("d", "page", published=published, comments=comments))
    start = posts.sources[0].published
    assert (start == NO_TIME) == (hours is None)
    if hours is not None:
        assert [(time - start) / 3600 for time in posts.posted if time != NO_TIME] == hours


def test_texts_that_lie_in_a_file_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stance.discourse.posts.MOST_IN_MEMORY", 1_000)
    texts = [f"{n} é🙂\ud800\0" * (n % 50) for n in range(500)]
    posts = gather(Document("d", "page", comments=tuple(Comment(f"c{n}", text) for n, text in enumerate(texts))))
    assert texts_of(posts) == texts
    assert (posts.text(7), posts.text(499), posts.text(3), posts.name(499)) == (
        texts[7],
        texts[499],
        texts[3],
        "d#c499",
    )


def test_labels_and_inherited_targets_are_beside_the_stances() -> None:
    label = LabelledComment("x", "us", Stance.FAVOR, "b")
    scores = (replace(score("b", "us"), via=Via.PARENT), score("a", "russia"), score("unknown", "us"))
    posts = Posts(("russia", "us"), lambda each: label if each.target == "us" else None)
    posts.add(Document("d", "page", comments=(Comment("a", "x"), Comment("b", "y", reply_to="a")), scores=scores))
    posts.close()
    assert posts.via_parent.tolist() == [[False, False], [False, True]]
    assert posts.stances.tolist() == [[AGAINST, UNSCORED], [UNSCORED, AGAINST]]
    assert posts.labels == {1: {"us": label}}


def test_replies_never_form_a_ring() -> None:
    comments = (Comment("a", "x", reply_to="b"), Comment("b", "y", reply_to="a"), Comment("c", "z", reply_to="c"))
    posts = gather(Document("d", "page", comments=comments))
    assert posts.parent.tolist() == [-1, 0, -1]
    assert np.all(posts.parent < np.arange(3))


def test_pages_that_were_read_before_and_pickled_give_the_same_columns() -> None:
    label = LabelledComment("x", "us", Stance.FAVOR, "b")
    said = "You moron, the proxy war is on www.example.org and nobody here says so"
    comments = (
        Comment("a", said, author="Ann", posted="2026-03-01T19:00:00+01:00"),
        Comment("b", "short 🙂", author="Bob", reply_to="a"),
        Comment("c", f"{said} \ud800", reply_to="b", language="en"),
    )
    documents = [
        Document("d", "page", outlet="A", title="T", comments=comments, scores=(score("b", "us"),), language="en"),
        Document("d", "page", outlet="A", comments=comments[1:]),  # another part of it
        Document("e", "page", outlet="B", comments=comments, scores=(score("c", "russia"),)),
    ]
    whole, joined = (Posts(("russia", "us"), lambda each: label) for _ in range(2))
    for document in documents:
        whole.add(document)
        page = Posts(("russia", "us"))
        page.add(document)
        page.close().marked("length", lambda place, page=page: len(page.text(place)))
        joined.extend(pickle.loads(pickle.dumps(page)), document)
    whole.close(), joined.close()
    for name in (
        "source",
        "author",
        "parent",
        "depth",
        "posted",
        "days",
        "stances",
        "expected",
        "via_parent",
        "digests",
    ):
        np.testing.assert_array_equal(getattr(joined, name), getattr(whole, name), err_msg=name)
    places = np.flatnonzero(whole.digests)
    for one, other in zip(joined.coded(places), whole.coded(places), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (joined.sources, joined.labels, joined.names) == (whole.sources, whole.labels, whole.names)
    assert texts_of(joined) == texts_of(whole)
    assert [joined.name(place) for place in range(8)] == [whole.name(place) for place in range(8)]
    read_again: list[int] = []
    lengths = joined.marked("length", read_again.append)
    assert not read_again
    assert lengths == {place: len(text) for place, text in enumerate(texts_of(whole))}


def test_a_run_is_analysed_over_all_its_pages_or_not_at_all() -> None:
    documents = [
        Document(name, "page", comments=(Comment("a", "Text", posted="2026-03-01T19:00:00+01:00"),)) for name in "de"
    ]
    for most, analysed in ((2, 2), (1, 0)):
        discourse = Discourse(("us",), most=most)
        for document in documents:
            discourse.add(document, read_page(document, ("us",)))
        found = discourse.record()
        assert found["comments"] == 2
        assert [each["comments"] for each in found["activity"][:1]] == [analysed] * bool(analysed)
        assert bool(found["left_out"]) is (analysed == 0)

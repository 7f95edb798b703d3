"""The page of one document: each section shows what the comments hold, and says so where they hold too little."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from document_samples import LONG, long_thread, page_summaries
from lxml import html
from report_samples import HOSTILE, IDS, MODEL, TARGETS, cover, hostile, sample, score, silent

from stance.aggregation import CORRECTED
from stance.datamodels import Comment, Document, Stance, Via
from stance.discourse import page_record, read_posts
from stance.reporting import ReportWriter
from stance.reporting.pages import LONGEST_EXCERPT
from stance.reporting.rendering import shorten
from stance.reporting.summary import (
    ScoredComment,
    document_record,
    evidence_record,
    scored_comments,
    votes_record,
    weight,
)


def analyse(document: Document) -> dict[str, Any]:
    return page_record(read_posts(document, IDS))


def said(
    number: int, side: Stance | None = None, *, target: str = "us", via: Via = Via.TEXT, **rest: Any
) -> ScoredComment:
    """A comment that takes a side, or none."""
    comment = Comment(f"c{number}", "words", **rest)
    rows = {target: score("d", f"c{number}", target, side, via=via)} if side else {}
    return ScoredComment(number, comment, comment.author, rows, {target: side} if side else {})


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    documents = [long_thread(), sample(), hostile(), silent()]
    with ReportWriter(folder, targets=TARGETS, model=MODEL) as writer:
        for document in documents:
            writer.add(document, page_summaries(document), analyse(document), cover(document))
        writer.finish(page_summaries(documents[0]), [])
    return folder


@pytest.fixture(scope="module")
def page(report: Path) -> Any:
    return html.fromstring((report / f"{LONG}.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def record(report: Path) -> Any:
    return json.loads((report / "summary.json").read_text(encoding="utf-8"))["documents"][0]


def text(node: Any) -> str:
    return " ".join(node.text_content().split())


def section(page: Any, name: str) -> Any:
    return next(page.get_element_by_id(f"{name}-title").iterancestors("section"))


# Votes ----------------------------------------------------------------------------------------------------------------


def test_votes_weigh_and_negative_ones_do_not() -> None:
    voted = [said(1, Stance.FAVOR, votes=15), *(said(n, Stance.AGAINST, votes=-3) for n in range(2, 6)), said(6)]
    found = votes_record(voted, ["us"])
    assert found is not None
    assert (found["comments"], found["negative"]) == (5, 4)
    own = found["targets"]["us"]
    assert own["weight"] == 20
    for name, weights in {"unweighted": (1, 1, 1, 1, 1), "weighted": (16, 1, 1, 1, 1)}.items():
        chances = [each.scores["us"].probabilities or () for each in voted[:5]]
        sums = [sum(w * each[at] for w, each in zip(weights, chances, strict=True)) for at in range(3)]
        shares = [own[name][stance] for stance in ("favor", "against", "neutral")]
        assert shares == pytest.approx([each / sum(sums) for each in sums])


@pytest.mark.parametrize("votes", [None, 0])
def test_no_votes_are_no_check(votes: int | None) -> None:
    assert votes_record([said(n, Stance.FAVOR, votes=votes) for n in range(9)], ["us"]) is None


def test_one_absurd_number_of_votes_is_bounded() -> None:
    assert weight(10**400) == 1 + 10**9


# Evidence -------------------------------------------------------------------------------------------------------------


def test_evidence_is_drawn_among_the_surest_third() -> None:
    scored = long_thread()
    found = scored_comments(scored, scored.scores)
    drawn = evidence_record(found, LONG, "russia")
    assert drawn is not None
    for side in ("favor", "against"):
        every = sorted(
            max(each.scores["russia"].probabilities or ()) for each in found if each.sides.get("russia") == side
        )
        assert (drawn[side]["of"], drawn[side]["pool"]) == (20, 7)
        assert len(drawn[side]["drawn"]) == 3
        assert all(each["probability"] >= every[-7] for each in drawn[side]["drawn"])
    assert len(drawn["uncertain"]) == 3


def test_the_draw_is_the_same_each_time_and_another_elsewhere() -> None:
    scored = long_thread(300)
    found = scored_comments(scored, scored.scores)
    picks = [json.dumps(evidence_record(found, name, "russia")) for name in (LONG, LONG, "another")]
    assert picks[0] == picks[1] != picks[2]


def test_the_draw_favors_no_place() -> None:
    every = [said(n, Stance.FAVOR) for n in range(1, 31)]  # equally sure: the first ten are the pool
    counts = Counter(
        each["number"]
        for page in range(400)
        for each in (evidence_record(every, f"page {page}", "us") or {})["favor"]["drawn"]
    )
    assert set(counts) == set(range(1, 11))
    assert max(counts.values()) < 2 * min(counts.values())


def test_the_least_sure_are_those_whose_two_likeliest_lie_closest() -> None:
    torn = replace(said(9, Stance.FAVOR).scores["us"], probabilities=(0.41, 0.4, 0.1, 0.09))
    every = [*(said(n, Stance.AGAINST) for n in range(1, 9)), said(9, Stance.FAVOR)._replace(scores={"us": torn})]
    every += [said(n, Stance.FAVOR) for n in range(10, 20)]
    found = evidence_record(every, "d", "us")
    assert found is not None
    assert 9 in [each["number"] for each in found["uncertain"]]


def test_comments_that_share_an_id_keep_their_own_scores() -> None:
    comments = (Comment("c", "one"), Comment("c", "two"), Comment("c", "three"))
    rows = [score("d", "c", "us", Stance.FAVOR), score("d", "c", "us", Stance.AGAINST)]
    found = scored_comments(Document("d", "p", comments=comments), rows)
    assert [each.sides.get("us") for each in found] == [Stance.FAVOR, Stance.AGAINST, None]


# The page -------------------------------------------------------------------------------------------------------------


def test_every_section_says_what_it_shows(page: Any) -> None:
    said_of = {
        "funnel": "The page states 80; 60 (75 %) stand in the saved copy",
        "stance": "Counts, as the model labels: too few comments for shares.",
        "evidence": "3 at random of the 7 surest among 20.",
        "article": "2 sentences name it: 2 in the article’s own voice, 0 quoted.",
        "replies": "named authors wrote 48 comments",
        "votes": "60 comments show votes",
        "absent": "Distinctive words: they are compared where ten authors are in favor and ten against",
    }
    for name, words in said_of.items():
        assert words in text(section(page, name)), name
    assert "Their tone was not read" in text(section(page, "article"))
    assert len(section(page, "absent").cssselect("li")) == 1
    assert not page.cssselect("#copies")  # nothing was found


def test_shares_stand_with_intervals_from_sixty_comments_on(tmp_path: Path) -> None:
    scored = long_thread(90)
    with ReportWriter(tmp_path, targets=TARGETS, model=MODEL) as writer:
        writer.add(scored, page_summaries(scored))
        writer.finish(page_summaries(scored), [])
    shown = text(section(html.fromstring((tmp_path / f"{LONG}.html").read_text(encoding="utf-8")), "stance"))
    share = r"\d+ % \(\d+–\d+ %\)"
    assert re.search(f"Among the 75 comments here that address it, {share} against, {share} neutral", shown)
    assert "clustered by author; sampling error only" in shown


def test_counts_stand_where_shares_cannot(page: Any) -> None:
    panel = page.get_element_by_id("target-1").getparent()
    assert len(panel.cssselect("svg.bar")) == 1
    assert [text(row) for row in panel.cssselect("tbody tr")] == ["▼ against20", "● neutral10", "▲ in favor20"]
    assert "%" not in text(panel)


def test_an_article_that_does_not_name_a_target_is_said_not_to(page: Any) -> None:
    _, us, nato = section(page, "article").cssselect("article.panel")
    for panel in (us, nato):
        assert "No sentence names it." in text(panel)
        assert not panel.cssselect(".quotes")
    assert "3 comments address it: 3 in favor" in text(us)
    assert "No comment addresses it." in text(nato)


def test_links_to_evidence_lead_to_comments_of_that_side(page: Any) -> None:
    links = section(page, "evidence").cssselect(".quotes a")
    assert len(links) == 9
    for link in links:
        assert page.cssselect(link.get("href"))
    for link in links[:3]:
        assert "0:against" in page.cssselect(link.get("href"))[0].get("data-choices")


def test_every_number_of_the_long_page_stands_in_its_record(page: Any, report: Path) -> None:
    summary = json.loads((report / "summary.json").read_text(encoding="utf-8"))
    known: set[float] = set()
    stack: list[Any] = [summary]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack += item.values()
        elif isinstance(item, list):
            known.add(len(item))
            stack += item
        elif isinstance(item, int | float):
            known.add(float(item))
    shown = {float(each.get("value")) for each in page.cssselect("data")}
    assert len(shown) > 30
    assert shown <= known


def test_a_small_page_says_what_it_is_too_small_for(report: Path) -> None:
    small = html.fromstring((report / "3f9c00aa11bb22cc.html").read_text(encoding="utf-8"))
    absent = text(section(small, "absent"))
    assert "Distinctive words" in absent
    assert not small.cssselect("#words-title")
    smaller = html.fromstring((report / f"{hostile().document_id}.html").read_text(encoding="utf-8"))
    assert "Replies and authors: they need ten comments with a name" in text(section(smaller, "absent"))
    assert not smaller.cssselect("#replies-title")


def test_a_page_without_comments_has_none_of_it(report: Path) -> None:
    still = html.fromstring((report / "51e27000000000ab.html").read_text(encoding="utf-8"))
    assert [each.get("id") for each in still.cssselect("h2")] == [
        "article-title",
        "funnel-title",
        "text-title",
        "limits-title",
    ]
    assert not still.cssselect("script, .filter")


def test_no_name_and_no_word_of_one_person_is_in_the_record(record: Any) -> None:
    said_there = json.dumps(record)
    assert "Busy" not in said_there
    assert "Voice" not in said_there
    assert "reader-" not in said_there


def test_a_corrected_page_shows_both_shares(tmp_path: Path) -> None:
    scored = long_thread()
    changed = tuple(
        replace(
            summary,
            shares=tuple(
                replace(each, estimate=1 / 3, method="ppi", labelled=60, note=CORRECTED) for each in summary.shares
            ),
        )
        for summary in page_summaries(scored)
    )
    with ReportWriter(tmp_path, targets=TARGETS, model=MODEL) as writer:
        writer.add(scored, changed)
        writer.finish(changed, [])
    panel = (
        html.fromstring((tmp_path / f"{LONG}.html").read_text(encoding="utf-8"))
        .get_element_by_id("target-1")
        .getparent()
    )
    assert [text(cell) for cell in panel.cssselect("tbody tr")[0]][1:4] == ["20", "40 %", "33 %"]
    assert len(panel.cssselect("svg.bar")) == 2
    assert text(panel.find("h3")) == "Russia 50 comments address it, as the model counted"
    assert re.search(r"also those the model missed, 33 % \(\d+–\d+ %\) against", text(panel))
    assert "corrected by 60 audit labels of this page" in text(panel)
    assert "classifier error not included" not in text(panel)


def test_hostile_words_stay_words_in_every_section(tmp_path: Path) -> None:
    scored = long_thread()
    comments = tuple(replace(each, text=f"{HOSTILE} {each.text}", author=HOSTILE) for each in scored.comments)
    bad = replace(replace(scored, comments=comments), scores=scored.scores)
    with ReportWriter(tmp_path, targets=TARGETS, model=MODEL) as writer:
        writer.add(bad, page_summaries(bad), analyse(bad))
        writer.finish(page_summaries(bad), [])
    tree = html.fromstring((tmp_path / f"{LONG}.html").read_text(encoding="utf-8"))
    assert len(tree.cssselect("script")) == 1
    assert not tree.cssselect("img, .quotes svg, .text svg")
    choices = [each.get("data-choices") for each in tree.cssselect(".comment")]
    assert all(re.fullmatch(r"(\d+:[a-z]+ ?)+|nothing|none", each) for each in choices)


class Counting(tuple[Any, ...]):
    """Counts how often it is walked through."""

    passes = 0

    def __iter__(self) -> Any:
        Counting.passes += 1
        return super().__iter__()


def test_the_passes_over_all_comments_do_not_grow_with_them() -> None:
    passes = []
    for size in (200, 2000):
        scored = long_thread(size)
        document = replace(scored, comments=Counting(scored.comments))
        before = Counting.passes
        document_record(replace(document, scores=Counting(scored.scores)), page_summaries(scored), "p.html")
        passes.append(Counting.passes - before)
    assert passes[0] == passes[1] > 0


def test_words_that_tell_the_sides_apart_are_named(tmp_path: Path) -> None:
    scored = long_thread(400)
    authors = {each.comment_id: f"Author{number}" for number, each in enumerate(scored.comments)}
    named = tuple(replace(each, author=authors[each.comment_id]) for each in scored.comments)
    scores = tuple(replace(each, author=authors.get(each.comment)) for each in scored.scores)
    long = replace(replace(scored, comments=named), scores=scores)
    with ReportWriter(tmp_path, targets=TARGETS, model=MODEL) as writer:
        writer.add(long, page_summaries(long), analyse(long))
        writer.finish(page_summaries(long), [])
    tree = html.fromstring((tmp_path / f"{LONG}.html").read_text(encoding="utf-8"))
    found = text(section(tree, "words"))
    assert re.search(r"differ significantly between the sides; in favor: [^;]*trust[^;]*; against: [^.]*menace", found)


@pytest.mark.parametrize(("words", "expected"), [("short", "short"), ("a" * 300, "a" * 180 + " …"), ("ab " * 90, None)])
def test_excerpts_end_where_a_word_does(words: str, expected: str | None) -> None:
    cut = shorten(words, LONGEST_EXCERPT)
    assert len(cut) <= 182
    assert cut == expected or (expected is None and cut.endswith("ab …"))


def test_copies_are_named_and_not_drawn_to_be_read(tmp_path: Path) -> None:
    scored = long_thread(60)
    copy = "Nobody ever asked the people of this town whether they want any of that."
    copied = [each for each in scored.comments if each.author != "Busy Bee" and each.author][:12]
    comments = tuple(replace(each, text=copy) if each in copied else each for each in scored.comments)
    with ReportWriter(tmp_path, targets=TARGETS, model=MODEL) as writer:
        copied_out = replace(scored, comments=comments)
        writer.add(copied_out, page_summaries(scored), analyse(copied_out))
        writer.finish(page_summaries(scored), [])
    tree = html.fromstring((tmp_path / f"{LONG}.html").read_text(encoding="utf-8"))
    assert "1 text of eight words or more was posted at least three times" in text(tree.get_element_by_id("copies"))
    assert text(section(tree, "evidence")).count("Nobody ever asked") <= 1

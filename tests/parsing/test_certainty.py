"""How sure it is that the comments of a page, or their absence, and its other parts were read right."""

import json
from pathlib import Path
from typing import Any

from stance.api import parse
from stance.datamodels import Comment, Document, Page, PageKind
from stance.parsing import make_document, parse_page
from stance.parsing.certainty import certainty_model, judge_certainty
from stance.parsing.counts import StatedCount
from stance.parsing.thread import Method, PageCounts, Thread
from stance.records.document_records import document_from_record, document_to_record
from stance.store.rows import document_row, read_document
from tests.support.commands import invoke
from tests.support.tables import cases, table, write_rows

NAMES = ("Ada Lind", "Ben Okafor", "Carla Ruiz", "Dov Stein", "Elif Kaya", "Finn Berg")
SAID = tuple(table("certainty", "cases")["SAID"])
COMMENTS = tuple(
    Comment(f"c{i}", text, author=name, posted=f"2024-05-{i + 10}T10:00:00")
    for i, (text, name) in enumerate(zip(SAID, NAMES, strict=True))
)
SOUND = Thread(COMMENTS, Method.NAMES, stated=StatedCount(6), is_html=True, page=PageCounts(named=1.0))
ARTICLE = "\n".join(f"Paragraph {i} of the story on the bridge says so much, and then a little more." for i in "abc")
EMPTY = f"The bridge is closed\n{ARTICLE}\n25 comments\n"


def test_a_sound_thread_is_certain_and_has_no_doubts() -> None:
    share, doubts = judge_certainty(SOUND)
    assert share > 0.8
    assert doubts == ()


def test_headlines_without_names_or_dates_are_doubted_with_reasons() -> None:
    headlines = tuple(
        Comment(f"c{i}", f"{name} opens a new bridge", author="Read more") for i, name in enumerate(NAMES)
    )
    counts = PageCounts(unsure_texts=0.9, odd_headers=1.0, likely=40.0)
    share, doubts = judge_certainty(Thread(headlines, Method.FORM, is_html=True, page=counts))
    assert share < 0.5
    assert doubts
    assert doubts[0] == "one person wrote them all, as on a profile"
    assert set(doubts[1:]) <= set(certainty_model("html").doubts.values())


def test_a_page_that_states_comments_and_holds_none_says_so() -> None:
    found = parse_page(Page("page.txt", PageKind.TEXT, EMPTY, "utf-8"))
    assert not found.comments
    assert found.doubts == ("the page states 25 comments; the file has none; open the comments before saving",)


PAGE = """<html><head><title>TITLE</title><meta property="article:published_time" content="DATE">
<meta property="og:site_name" content="SITE"><link rel="canonical" href="https://harbour-news.example/a"></head><body>
<article><h1>TITLE</h1>BODY</article><ol class="comment-list">COMMENTS</ol></body></html>"""


FORM = '<li class="comment"><cite class="fn">{}</cite> <time datetime="{}">May</time><p>{}</p></li>'
THREAD = "".join(FORM.format(each.author, each.posted, each.text) for each in COMMENTS)
BODY = "".join(f"<p>{said} The bridge was closed again by the council after the storm.</p>" for said in SAID)


@cases("changes", "doubts")
def test_parts_of_the_frame_that_may_be_wrong_are_doubted(changes: dict[str, str], doubts: list[str]) -> None:
    body = BODY + "<p>harbour pilots watched currents, merchants counted losses, families waited."
    body += " Schools opened later, ferries carried hundreds police directed heavy traffic.</p>"
    parts = {"DATE": "2024-05-01", "SITE": "Harbour News", "TITLE": "Bridge closed again by the council", "BODY": body}
    text = PAGE
    for part, value in {**parts, "COMMENTS": THREAD, **changes}.items():
        text = text.replace(part, value)
    found = make_document(Page("page.html", PageKind.HTML, text, "utf-8"))
    assert isinstance(found, Document)
    assert list(found.doubts) == doubts
    assert (found.certainty >= 0.9) is not bool(doubts)
    assert (found.sure_date is None) is ("DATE" in changes)


def test_records_and_stores_keep_certainty_and_doubts() -> None:
    found = parse_page(Page("page.txt", PageKind.TEXT, EMPTY, "utf-8"))
    record = document_to_record(found)
    assert (record["certainty"], record["doubts"]) == (found.certainty, list(found.doubts))
    assert record["certainties"] == found.certainties._asdict()
    assert document_from_record(json.loads(json.dumps(record))) == found
    assert read_document(document_row(found), ()) == found


def test_pages_below_the_least_certainty_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [{"id": str(i), "source": f"{i}.html", "certainty": i / 4, "doubts": ["odd"] * (i < 2)} for i in range(4)]
    rows = [row | {"language": "en", "layout": "none", "body": [f"Story {row['id']}."], "comments": []} for row in rows]
    pages = write_rows(tmp_path / "pages.jsonl", rows)
    every = invoke("parse", pages)
    assert len(every.stdout.splitlines()) == 4
    assert "check 2 pages, of which 2 may be misread; reports list all, such as 0.html: odd" in every.stderr
    some = invoke("parse", pages, "--least-certainty", "0.5", code=0)
    assert len(some.stdout.splitlines()) == 2
    assert "2 of 4 pages left out by --least-certainty" in some.stderr


HEAD = "<head><title>{}</title><meta property='og:title' content='{}'></head>"


def parsed(tmp_path: Path, head: str, thread: str = THREAD) -> dict[str, Any]:
    """Parse a page by the command."""
    page = tmp_path / "page.html"
    title = "<h1>Bridge closed again by the council</h1>"
    page.write_text(
        f"<html>{head}<body><article>{title}{BODY}</article><ol class='comment-list'>{thread}</ol></body></html>"
    )
    document: dict[str, Any] = json.loads(invoke("parse", page).stdout)
    return document


def test_each_part_has_a_certainty_and_what_the_page_has_not_has_none(tmp_path: Path) -> None:
    title = "Bridge closed again by the council"
    found = parsed(tmp_path, HEAD.format(title, title))
    certainties = found["certainties"]
    assert certainties["comments"] == found["certainty"]
    assert all(certainties[part] >= 0.9 for part in ("authors", "dates", "title"))
    assert (certainties["votes"], certainties["replies"], certainties["author"]) == (None, None, None)
    assert found["doubts"] == []


def test_a_headline_that_nobody_states_is_doubted(tmp_path: Path) -> None:
    other = "Weather for the weekend in the mountains"
    found = parsed(tmp_path, HEAD.format(other, other))
    assert found["title"] != other
    assert found["certainties"]["title"] < 0.5
    assert [doubt.partition(":")[0] for doubt in found["doubts"]] == ["title"]
    assert found["certainty"] < 0.9 <= found["certainties"]["authors"]


def test_a_title_that_the_user_states_is_sure(tmp_path: Path) -> None:
    other = "Weather for the weekend in the mountains"
    parsed(tmp_path, HEAD.format(other, other))
    (tmp_path / "pages.csv").write_text("file,title\npage.html,Bridge closed\n")
    (document,) = parse(tmp_path)
    assert (document.title, document.certainties.title, document.doubts) == ("Bridge closed", 1.0, ())
    assert document.unsure == ()

"""Comments of HTML pages that stand one after the other, without a box around each."""

import pytest

from stance.datamodels import Document, Page, PageKind
from stance.parsing import parse_page

ARTICLE = "<h1>Ferry stays</h1>" + "<p>The council met on Tuesday and agreed on many things at length.</p>" * 8
SAID = [
    ("Ann Lee", "3 May 2024, 10:15", ("I have taken it for years and it never broke down.",)),
    ("mo77", "3 May 2024, 11:00", ("Then sell it to them!", "It sank on 12 June 1999", "Did you forget?")),
    ("Bo Ek", "4 May 2024, 07:30", ("Why should we sell it at all?",)),
]
WRITTEN = {
    "headings": ("<h4>{name}</h4><p>{date}</p>", "<p>{line}</p>"),
    "times": ("<h5><a href='/user/7'>{name}</a></h5><time>{date}</time>", "<p>{line}</p>"),
    "bold": ("<p><b>{name}</b></p><p>am {date}</p>", "<p>{line}</p>"),
    "classes": ("<p class=n>{name}</p><p class=d>{date}</p>", "<p class=t>{line}</p>"),
    "rules": ("<hr><strong>{name}</strong><small>{date}</small>", "<p>{line}</p>"),
}
AROUND = {
    "section": "<article>{article}</article><div id=comments><h3>3 Comments</h3>{runs}</div>",
    "heading": "<article>{article}</article><h2>Leserkommentare</h2>{runs}",
    "beside the article": "<main>{article}<h2>Comments</h2>{runs}<h2>More stories</h2><p>Bridge closed</p></main>",
    "form below": "<article>{article}</article><div id=comments>{runs}<form><p>Your name</p></form></div>",
}


def parse(source: str) -> Document:
    return parse_page(Page("page.html", PageKind.HTML, f"<html><body>{source}</body></html>", "utf-8"))


def runs(form: str) -> str:
    head, line = WRITTEN[form]
    return "".join(
        head.format(name=name, date=date) + "".join(line.format(line=each) for each in lines)
        for name, date, lines in SAID
    )


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("place", AROUND)
def test_runs_of_name_date_and_text_are_comments(form, place):
    document = parse(AROUND[place].format(article=ARTICLE, runs=runs(form)))
    assert [(c.author, c.text) for c in document.comments] == [(name, "\n".join(lines)) for name, _, lines in SAID]
    assert [c.posted for c in document.comments] == ["2024-05-03T10:15", "2024-05-03T11:00", "2024-05-04T07:30"]
    assert "sell it" not in " ".join(document.body)


STORIES = "".join(
    f"<h3><a href='/stories/{i}'>{title}</a></h3><p>{i} May 2024</p><p>What the writer says of it, at some length.</p>"
    for i, title in enumerate(("Ferries must go at last", "We now need a bridge", "Ann Lee on tall tides"), 1)
)
PORTS = "".join(
    f"<h3>{name}</h3><p>{date}</p><p>{lines[0]}</p>"
    for (_, date, lines), name in zip(SAID, ("First ferry", "New hull", "Last trip"), strict=True)
)


@pytest.mark.parametrize(
    "source",
    [f"<section class=comment><h2>Comment</h2>{STORIES}</section>", f"<section><h2>History</h2>{PORTS}</section>"],
    ids=["opinion pieces", "not below comments"],
)
def test_stories_are_no_runs_of_comments(source):
    assert parse(f"<article>{ARTICLE}</article>{source}").comments == ()

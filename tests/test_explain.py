import re
from pathlib import Path

import pytest
import typer.testing
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from stance.cli import app
from stance.datamodels import Page, PageKind, Role
from stance.exceptions import InputError
from stance.parsing import parse_page
from stance.parsing.explain import explain_page
from stance.reading import read
from stance.reporting import explanation_lines, explanation_page

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))


def page_of(path: Path) -> Page:
    (page,) = read([path], skip=print)
    assert isinstance(page, Page)
    return page


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_every_line_of_a_dump_became_something(seeds: Path) -> None:
    page = page_of(next(seeds.glob("000_*")))
    document = parse_page(page)
    blocks = explain_page(page, document).blocks
    assert [block.text for block in blocks] == [
        " ".join(line.split()) for line in page.text.split("\n") if line.strip()
    ]
    owners = [block.comment for block in blocks if block.role is Role.COMMENT]
    assert list(dict.fromkeys(owners)) == [f"c{n}" for n in range(1, 16)]
    assert {block.text for block in blocks if block.role is Role.TITLE} == {document.title}
    assert tuple(block.text for block in blocks if block.role is Role.BODY) == document.body
    assert all(block.rule for block in blocks)
    rules = {block.text: block.rule for block in blocks}
    assert rules["George King"] == "the name of a commenter"
    assert "caption" in rules["Photo: RIA/Aleksey Davichev"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_blocks_of_html_hold_the_document(path: Path) -> None:
    page = page_of(path)
    document = parse_page(page)
    blocks = explain_page(page, document).blocks
    named = {block.comment for block in blocks if block.comment}
    if document.layout != "json-ld":  # those comments stand in a script, which no reader sees
        assert named == {comment.comment_id for comment in document.comments}
    body = words(" ".join(block.text for block in blocks if block.role is Role.BODY))
    assert set(words(" ".join(document.body))) <= set(body) | set(words(document.title or ""))


def test_breadcrumbs_and_headline_are_not_of_the_body() -> None:
    headline, said = "Council agrees on a new bridge", "The council agreed on Monday, after two years of talks. "
    title = f'<title>{headline} - The Paper</title><meta property="og:title" content="{headline} - The Paper">'
    trail = f'<div><a href="/">Home</a>><a href="/news">News</a>>{headline}</div>'
    body = f"{trail}<article><h1>{headline}</h1><p>{said * 3}</p><p>{said * 4}</p></article>"
    page = Page("page.html", PageKind.HTML, f"<html><head>{title}</head><body>{body}</body></html>", "utf-8")
    roles = {block.text[:12]: block.role for block in explain_page(page, parse_page(page)).blocks}
    assert roles == {"Home>News>Co": Role.LEFT_OUT, "Council agre": Role.TITLE, "The council ": Role.BODY}


@given(st.text(st.sampled_from("ab <>/pdivbr\n&;"), max_size=200))
def test_any_html_is_explained_or_refused(text: str) -> None:
    page = Page("page.html", PageKind.HTML, text, "utf-8")
    try:
        document = parse_page(page)
    except InputError:
        return
    assert explain_page(page, document).document is document


@given(st.text(max_size=300))
def test_any_dump_is_explained(text: str) -> None:
    page = Page("page.txt", PageKind.TEXT, text, "utf-8")
    shown = [block.text for block in explain_page(page, parse_page(page)).blocks]
    assert len(shown) <= len(text.splitlines())


def test_the_overlay_is_inert() -> None:
    text = "Title of it\n\n<script>alert(1)</script> {{ 7 * 7 }}\n"
    page = Page("<img src=x onerror=alert(1)>.txt", PageKind.TEXT, text, "utf-8")
    drawn = "".join(explanation_page([explain_page(page, parse_page(page))]))
    tree = html.fromstring(drawn)
    assert not tree.xpath("//script | //img | //@onerror")
    assert "<script>alert(1)</script> {{ 7 * 7 }}" in tree.text_content()


def test_what_is_doubtful_comes_first() -> None:
    source = "<h2>12 Comments</h2><div id='disqus_thread'></div><p>The council met on Tuesday.</p>"
    page = Page("page.html", PageKind.HTML, f"<html><body>{source}</body></html>", "utf-8")
    explanation = explain_page(page, parse_page(page))
    (warning,) = explanation.document.warnings
    lines = list(explanation_lines(explanation))
    assert lines[1] == f"  warning: {warning}"
    drawn = "".join(explanation_page([explanation]))
    assert drawn.index(warning) < drawn.index('class="blocks"')


def test_a_terminal_is_not_moved() -> None:
    page = Page("page.txt", PageKind.TEXT, "a\x1b[2Jb \x9b31m c", "utf-8")
    assert all(line.isprintable() for line in explanation_lines(explain_page(page, parse_page(page))))


def test_the_command_explains(seeds: Path, tmp_path: Path) -> None:
    runner = typer.testing.CliRunner()
    page = str(next(seeds.glob("004_*")))
    shown = runner.invoke(app, ["parse", "--explain", page])
    assert shown.exit_code == 0
    assert "where it comes from" in shown.stdout
    drawn = tmp_path / "page.html"
    assert runner.invoke(app, ["parse", "--explain", page, "-o", str(drawn)]).exit_code == 0
    assert len(html.parse(str(drawn)).xpath("//li[@class='role body']")) == 20
    (tmp_path / "t.csv").write_text("text\nhello there\n")
    assert runner.invoke(app, ["parse", "--explain", str(tmp_path / "t.csv")]).exit_code == 1

"""Layout rows of the user's own: read from a file, and learned from one comment of a page."""

import re
from html import unescape
from pathlib import Path

import pytest

from stance.app.lessons import Choice, Lesson
from stance.app.teaching import linked_words
from stance.datamodels import Document
from stance.exceptions import ConfigError, InputError
from stance.log import Log
from stance.options.reading import ReadingOptions
from stance.parsing.html.comments import find_by_own_rows
from stance.parsing.html.learning import Shown, learn_row
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import Element
from stance.parsing.html.tree import page_tree
from stance.parsing.layouts import load_own_layouts, own_layout
from stance.runs.documents import read_documents
from tests.support.commands import invoke
from tests.support.fixing_pages import HOSTILE, SAID, fixing, page_of, write_site
from tests.support.labelling_pages import Visitor, come_in
from tests.support.tables import cases

ROW = '["paper.example"]\nsites = "paper.example"\ncomment = ".opinion-row"\ntext = ".opinion-words"\n'


def parsed(path: Path, layouts: Path | None = None) -> Document:
    [document] = read_documents([path], ReadingOptions(layouts=layouts), log=Log())
    return document


def said(document: Document) -> list[tuple[str | None, str]]:
    return [(each.author, each.text) for each in document.comments]


def number(index: Index, words: str) -> str:
    """Return the number of the element that directly holds some words."""
    return next(str(n) for n, each in enumerate(index.elements) if words in (each.text or ""))


def lesson_and_choice(path: Path, file: Path) -> tuple[Lesson, Choice]:
    lesson = Lesson.open(path, file)
    return lesson, Choice(*(number(lesson.index, words) for words in (SAID[1][2], SAID[1][0], SAID[1][1])))


def test_a_row_holds_for_its_sites_only(tmp_path):
    write_site(tmp_path)
    file = tmp_path / "rows.toml"
    file.write_text(ROW)
    assert parsed(tmp_path / "two.html", file).layout == "rows:own:paper.example"
    assert "own" not in parsed(tmp_path / "other.html", file).layout
    file.write_text(ROW.replace('sites = "paper.example"\n', ""))
    assert parsed(tmp_path / "other.html", file).layout == "rows:own:paper.example"
    file.write_text(ROW.replace('sites = "paper.example"', 'sites = "aper.example"'))
    assert "own" not in parsed(tmp_path / "two.html", file).layout


@cases(
    "content",
    "reason",
    more=[
        (f"[a]\ncomment = '{'a ' * 5_000}'", "a selector of 9,999 characters"),
        ("[a]\ncomment = '.x'\n#" + "x" * 1_000_000, "more than 1,000,000 bytes"),
    ],
)
def test_a_wrong_row_gets_one_line(tmp_path, content, reason):
    file = tmp_path / "rows.toml"
    file.write_text(content)
    with pytest.raises(ConfigError) as error:
        load_own_layouts(file)
    assert str(file) in str(error.value)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def learned(source: str, *words: str) -> list[tuple[str | None, str | None, str]]:
    from stance.datamodels import Page, PageKind

    index = Index(page_tree(Page("page.html", PageKind.HTML, source, "utf-8")))
    parts: list[Element | None] = [index.elements[int(number(index, each))] for each in words]
    row = learn_row(index, Shown(*parts))
    found = find_by_own_rows(index, [own_layout("x", row, "x")])
    assert found is not None
    return [(each.author, each.posted, each.text) for each in found.comments]


@pytest.mark.parametrize("shown", range(4))
@cases("row")
def test_rows_of_many_makes_are_learned(row, shown):
    rows = "".join(row.format(n=n, who=who, when=when, text=text) for n, (who, when, text) in enumerate(SAID, 1))
    source = page_of(()).replace("</section>", f"<ul class='talk'>{rows}</ul></section>")
    found = learned(source, SAID[shown][2], SAID[shown][0])
    assert [author for author, _, _ in found] == [author for author, _, _ in SAID]
    assert all(text.startswith(given) for (_, _, text), (_, _, given) in zip(found, SAID, strict=True))


def test_what_stands_in_no_box_is_refused():
    with pytest.raises(InputError, match="holds all chosen parts"):
        learned("<html><body>Only words</body></html>", "Only words")


def test_a_row_is_learned_saved_and_used(tmp_path):
    path, file = write_site(tmp_path), tmp_path / "rows.toml"
    file.write_text("# mine\n[first]\ncomment = '.nothing'\n")
    lesson, choice = lesson_and_choice(path, file)
    with fixing(path, file) as sessions:
        visitor = come_in(sessions.invite("me"), Visitor)
        page = visitor.ask("GET", choice.address("/")).text
        assert "<strong>4 comments</strong> on this page, 4 with an author, 4 with a date" in page
        token = re.search(r'name="form_token" value="([^"]+)"', page)
        assert token
        answer = visitor.post("/save", {"form_token": token[1], **choice._asdict()})
        assert answer.status == 303
        assert "Saved in" in visitor.ask("GET", answer.headers["location"].removeprefix(".")).text
        assert visitor.post("/save", {"form_token": token[1], **choice._asdict()}).status == 303
    assert file.read_text().startswith("# mine\n[first]\n")
    assert [each.name for each in load_own_layouts(file)] == ["own:first", "own:paper.example"]
    assert said(parsed(tmp_path / "three.html", file)) == [(author, text) for author, _, text in SAID[1:]]
    assert lesson.saved_as(lesson.learn(choice).row) == "paper.example"


def test_nothing_of_a_hostile_page_but_its_words_reaches_the_browser(tmp_path):
    path, file = write_site(tmp_path, more=HOSTILE), tmp_path / "rows.toml"
    with fixing(path, file) as sessions:
        visitor = come_in(sessions.invite("me"), Visitor)
        for address in ("/page", "/page?text=7", "/page?text=7&author=none&posted=none"):
            answer = visitor.ask("GET", address)
            words = answer.text.split('<main class="words" dir="auto">')[1].split("</main>")[0]
            tags = set(re.findall(r"<(/?\w+)", words))
            assert tags <= {"div", "/div", "a", "/a", "span", "/span", "h1", "/h1"}
            assert set(re.findall(r'\s([a-z]+)="?', re.sub(r">[^<]*<", "><", words))) <= {
                "id",
                "class",
                "target",
                "href",
            }
            assert all(link.startswith(("./?", "#e")) for link in map(unescape, re.findall(r'href="([^"]*)"', words)))
            assert "Click &lt;me&gt;" in words
            assert "owned" not in words
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script-src" not in policy
            assert "sandbox allow-same-origin" in policy
            assert "allow-scripts" not in policy
        shown = visitor.ask("GET", "/")
        assert "script" not in shown.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
        assert "<script" not in shown.text


@cases("query")
def test_wrong_choices_are_answered_calmly(tmp_path, query):
    path = write_site(tmp_path)
    with fixing(path, tmp_path / "rows.toml") as sessions:
        visitor = come_in(sessions.invite("me"), Visitor)
        assert visitor.ask("GET", f"/?{query}"[:190]).status == 200
        assert visitor.ask("GET", f"/page?{query}"[:190]).status == 200


def test_only_the_visitor_who_came_in_by_the_link_may_look_or_save(tmp_path):
    path, file = write_site(tmp_path), tmp_path / "rows.toml"
    _, choice = lesson_and_choice(path, file)
    with fixing(path, file) as sessions:
        visitor = come_in(sessions.invite("me"), Visitor)
        assert visitor.ask("GET", "/page", headers={"Cookie": None}).status == 403
        assert visitor.ask("GET", "/page", headers={"Host": "paper.example"}).status == 403
        assert visitor.post("/save", choice._asdict()).status == 403
        assert visitor.ask("GET", "/save").status == 405
    assert not file.exists()


def test_a_page_with_endless_pieces_is_cut(monkeypatch, tmp_path):
    monkeypatch.setattr("stance.app.teaching.MOST_SHOWN", 5)
    lesson = Lesson.open(write_site(tmp_path), tmp_path / "rows.toml")
    words = linked_words(lesson.index, (), Choice())
    assert words.count("<a ") == 5
    assert "the rest is not shown" in words


@cases("name", "content", "reason")
def test_other_inputs_get_one_line(tmp_path, name, content, reason):
    if content is not None:
        (tmp_path / name).write_text(content)
    done = invoke("fix", tmp_path / name, "--no-browser", code=1)
    assert reason in done.stderr
    assert done.stderr.strip().count("\n") == 0

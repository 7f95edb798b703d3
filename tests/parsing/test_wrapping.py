"""Hard-wrapped dumps: rejoined where a program has cut them, untouched where none has."""

import textwrap
from pathlib import Path

import pytest

from stance.datamodels import Document, Page, PageKind
from stance.parsing import parse_page
from stance.parsing.dump.text_lines import read_lines
from stance.parsing.lines import split_lines
from tests.support.parsed import PAGES
from tests.support.parsed import parse_dump as parse
from tests.support.tables import table

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))

PARAGRAPHS = tuple(table("wrapping", "cases")["PARAGRAPHS"])
TALK = tuple(map(tuple, table("wrapping", "cases")["TALK"]))

DUMPS = sorted((Path(__file__).parents[1] / "dumps").glob("*.txt"))
"""Pages of ``pages/`` as lynx, w3m and html2text print them at 80 columns: ``page.program.txt``."""


def fill(text: str, width: int, indent: str = "", first: str | None = None) -> str:
    lead = indent if first is None else first
    return textwrap.fill(text, width, initial_indent=lead, subsequent_indent=indent, break_long_words=False)


def dump(width: int, indent: str = "", reply: str = "Reply") -> str:
    body = "\n\n".join(fill(paragraph, width, indent) for paragraph in PARAGRAPHS)
    talk = "\n\n".join(
        f"{indent}{name} says:\n{indent}May {day}, 2021 at 8:25 am\n\n{fill(words, width, indent)}\n\n{indent}{reply}"
        for day, (name, words) in enumerate(TALK, 3)
    )
    return (
        f"{indent}Old ferry stays for another year\n\n{body}\n\n{indent}3 Comments\n\n{talk}\n\n{indent}Leave a Reply\n"
    )


def check(document: Document) -> None:
    assert [(comment.author, comment.text) for comment in document.comments] == list(TALK)
    assert document.body == PARAGRAPHS
    assert document.title == "Old ferry stays for another year"


@pytest.mark.parametrize("width", [64, 72, 76, 80, 120])
@pytest.mark.parametrize("indent", ["", "   "])
def test_cut_lines_are_joined(width: int, indent: str) -> None:
    page = dump(width, indent)
    check(parse(page))
    for comment in parse(page).comments:
        assert " ".join(page[comment.start : comment.end].split()) == comment.text


def test_numbers_of_links_and_their_list_are_left_out() -> None:
    addresses = "\n".join(f"   {n}. https://harbour.example/reply/{n}" for n in range(1, 7))
    page = dump(80, "   ", "[4]Reply").replace("May 3", "[2]May 3").replace("Ann Lee says", "[3]Ann Lee says")
    check(parse(f"{page}\nReferences\n\n{addresses}\n"))


def test_markdown_is_read_as_its_text() -> None:
    page = dump(78, "", "[Reply](https://harbour.example/reply/1)")
    page = page.replace("Old ferry stays", "# Old ferry stays", 1).replace("3 Comments", "## 3 Comments")
    page = page.replace("Ann Lee says", "**[Ann Lee](https://ann.example/)** says")
    page = f"  * [Home](https://harbour.example/)\n  * [Sports](/sports)\n\n![A ferry](/ferry.jpg)\n\n{page}"
    check(parse(page))


def plain(text: str) -> str:
    return " ".join(text.replace("> ", "").split())


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.stem)
def test_dump_of_a_program_says_what_its_page_says(path: Path) -> None:
    source = PAGES / f"{path.name.split('.')[0]}.html"
    page = parse_page(Page(source.name, PageKind.HTML, source.read_text(encoding="utf-8"), "utf-8"))
    dump = parse(path.read_text(encoding="utf-8"))
    assert page.comments
    assert [(c.author, plain(c.text)) for c in dump.comments] == [(c.author, plain(c.text)) for c in page.comments]
    assert dump.title == page.title


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem[:3])
def test_page_that_nothing_has_cut_is_untouched(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert read_lines(text) == split_lines(text)

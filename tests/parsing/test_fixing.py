"""Layout rows of the user's own: read from a file, and learned from one comment of a page."""

from pathlib import Path
from typing import Any

import pytest

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
from tests.support.fixing_pages import HOSTILE, SAID, page_of, write_site
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


def fix(page: Path, text: str = SAID[1][2], **words: str | Path) -> Any:
    options = [each for name, value in words.items() for each in (f"--{name}", value)]
    return invoke("fix", page, "--text", text, *options, code=None)


def test_a_row_is_learned_saved_and_used(tmp_path):
    path, file = write_site(tmp_path), tmp_path / "rows.toml"
    file.write_text("# mine\n[first]\ncomment = '.nothing'\n")
    author, posted, text = SAID[1]
    for _ in range(2):  # the same row is saved once
        done = fix(path, text[:30], author=author, posted=posted, layouts=file)
        assert "row paper.example finds 4 comments;" in done.stderr
        assert [line.split(" | ")[::2] for line in done.stdout.splitlines()] == [[who, text] for who, _, text in SAID]
    assert file.read_text().startswith("# mine\n[first]\n")
    assert [each.name for each in load_own_layouts(file)] == ["own:first", "own:paper.example"]
    assert said(parsed(tmp_path / "three.html", file)) == [(author, text) for author, _, text in SAID[1:]]


def test_words_are_asked_for_in_a_terminal_alone(tmp_path, monkeypatch):
    path, file = write_site(tmp_path), tmp_path / "rows.toml"
    bare = "fix", path, "--layouts", file
    done = invoke(*bare, stdin=SAID[1][2], code=2)
    assert (done.stderr.count("\n"), "no --text" in done.stderr, file.exists()) == (1, True, False), done.stderr
    monkeypatch.setattr("typer.testing._NamedTextIOWrapper.isatty", lambda _: True)
    done = invoke(*bare, stdin=f"{SAID[1][2]}\n", code=0)
    assert "row paper.example finds 4 comments;" in done.stderr
    assert done.stdout.count(" | ") == 8


def test_an_author_is_the_nearest_one_of_the_name(tmp_path):
    teaser = "<p>Bo and Cleo North wrote to us on 4 May 2024, 09:05.</p>"
    path, file = write_site(tmp_path, more=teaser), tmp_path / "rows.toml"
    done = fix(path, author="Bo", layouts=file)
    assert [line.split(" | ")[0] for line in done.stdout.splitlines()] == [author for author, _, _ in SAID]


@cases("words", "reason")
def test_words_that_show_no_comment_get_one_line(tmp_path, words, reason):
    file = tmp_path / "rows.toml"
    done = fix(write_site(tmp_path, more=f"{HOSTILE}<p>Twice</p><p>Twice</p>"), **words, layouts=file)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.stderr
    assert reason in done.stderr
    assert not file.exists()


def test_a_hostile_page_moves_no_cursor(tmp_path):
    path = write_site(tmp_path)
    path.write_text(path.read_text().replace("It was the river", "It was \x1b[2J\u202ethe river"))
    done = fix(path, "Look at the old photographs", layouts=tmp_path / "rows.toml")
    assert "Look at the old photographs" in done.stdout
    assert not {"\x1b", "\u202e"} & {*done.stdout}


@cases("name", "content", "reason")
def test_other_inputs_get_one_line(tmp_path, name, content, reason):
    if content is not None:
        (tmp_path / name).write_text(content)
    done = invoke("fix", tmp_path / name, "--text", "words", code=1)
    assert reason in done.stderr
    assert done.stderr.strip().count("\n") == 0

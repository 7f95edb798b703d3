"""A language is one file and a comment system one table: made-up ones are read as those that ship are."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stance.exceptions import ConfigError
from stance.parsing.layouts import load_layouts
from stance.parsing.lines import line_key
from stance.parsing.phrases import read_lists, read_tables
from stance.resources import LANGUAGES, LAYOUTS
from tests.support.tables import cases, table

CODES = sorted(path.stem for path in LANGUAGES.glob("*.toml"))
LOOKED_UP_AS_LINES = re.compile(
    r"section\.(?!paging).*|comment\.(actions|own_actions|cards|avatars)|article\.(related|ends|furniture|tickers|prompts)"
)

PARSE = """
import sys
from pathlib import Path
from stance import resources
resources.LANGUAGES, resources.LAYOUTS = Path(sys.argv[1], "languages"), Path(sys.argv[1], "layouts")
from stance.datamodels import Page, PageKind
from stance.parsing import parse_page
document = parse_page(Page("page", PageKind[sys.argv[2]], sys.stdin.read(), "utf-8"))
print(document.layout, [(comment.author, comment.text) for comment in document.comments])
"""

DUMP, LANGUAGE = table("made_up_language").values()

PAGE = "<html><body><h1>The old ferry stays</h1><p>The council voted to keep it.</p>{}</body></html>".format(
    "".join(
        f'<div class="zq"><i class="zq-w">{name}</i><i class="zq-d">{day} May 2024</i>'
        f'<div class="zq-t">{words}</div></div>'
        for name, day, words in (("Ann Lee", 3, "I have taken it for years."), ("mo77", 4, "Then sell it to them!"))
    )
)
SYSTEM = """
[zorgel]
comment = ".zq"
text = ".zq-t"
author = ".zq-w"
posted = ".zq-d"
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for folder in (LANGUAGES, LAYOUTS):
        (tmp_path / folder.name).mkdir()
        for path in folder.glob("*.toml"):
            shutil.copy(path, tmp_path / folder.name)
    return tmp_path


def parsed(data: Path, kind: str, page: str) -> str:
    command = [sys.executable, "-c", PARSE, str(data), kind]
    return subprocess.run(command, input=page, capture_output=True, encoding="utf-8", check=True).stdout.strip()


def test_new_language_is_one_file(data: Path) -> None:
    assert parsed(data, "TEXT", DUMP).endswith(" []")
    (data / "languages" / "xx.toml").write_text(LANGUAGE)
    comments = [("Ann Lee", "Ik nim hum al yoren, nit brok ee kut."), ("mo77", "Vurkop hum dun!")]
    assert parsed(data, "TEXT", DUMP) == f"lines {comments}"


def test_new_comment_system_is_one_table(data: Path) -> None:
    path = data / "layouts" / "html.toml"
    path.write_text(path.read_text(encoding="utf-8") + SYSTEM, encoding="utf-8")
    comments = [("Ann Lee", "I have taken it for years."), ("mo77", "Then sell it to them!")]
    assert parsed(data, "HTML", PAGE) == f"rows:zorgel {comments}"


@pytest.mark.parametrize("code", CODES)
def test_phrases_are_keys_of_lines_and_stand_once(code: str) -> None:
    for name, phrases in read_lists(LANGUAGES / f"{code}.toml").items():
        assert len(set(phrases)) == len(phrases), name
        for phrase in phrases:
            if LOOKED_UP_AS_LINES.fullmatch(name):
                words = phrase.replace("#", "12").replace("*", "")
                assert line_key(words) == words.strip(), (name, phrase)
                assert not (phrase.startswith("*") and phrase.endswith("#")), (name, phrase)
            if name not in ("comment.deleted", "date.uncounted"):
                assert phrase == phrase.lower(), (name, phrase)


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_lists_of_the_kinds_of_english(code: str) -> None:
    english = read_tables(LANGUAGES / "en.toml")
    for section, entries in read_tables(LANGUAGES / f"{code}.toml").items():
        assert {name: type(value) for name, value in entries.items()}.items() <= {
            name: type(value) for name, value in english[section].items()
        }.items(), (code, section)


def test_months_have_twelve_names_that_no_two_share() -> None:
    months = [lists["date.months"] for lists in map(read_lists, LANGUAGES.glob("*.toml")) if "date.months" in lists]
    assert {len(each) for each in months} == {12}
    named = {
        (name, number) for each in months for number, names in enumerate(each) for name in names.casefold().split()
    }
    assert len(named) == len({name for name, _ in named})


@cases("text", "reason")
def test_layout_of_another_form_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "html.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        load_layouts(path)


def test_three_dots_stand_for_the_common_entries(tmp_path: Path) -> None:
    path = tmp_path / "html.toml"
    path.write_text("[common]\ntext = '.a, .b'\n[one]\ntext = '.c, ...'\n[two]\ncomment = '.d'\n[three]\ntext = ''")
    assert [layout.text for layout in load_layouts(path)] == [(".c", ".a", ".b"), (".a", ".b"), ()]

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance import score
from stance.exceptions import ConfigError
from stance.page_layouts import TABLE_LAYOUT
from stance.pseudonyms import (
    Pseudonyms,
    find_key_file,
    folded,
    is_pseudonym,
    load_key,
    person,
    pseudonym,
    settings_folder,
)
from tests.support.tables import cases

KEY = bytes(range(32))


@cases("one", "other", "is_same")
def test_names_that_look_alike_are_one_person_and_letters_of_scripts_stay(one: str, other: str, is_same: bool) -> None:
    shown = {pseudonym(name, outlet, key=KEY) for name, outlet in ((one, "Post"), (other, " POST"))}
    assert len(shown) == (1 if is_same else 2)


def test_a_name_has_a_pseudonym_in_each_outlet_and_one_where_none_is_told() -> None:
    shown = {pseudonym("George King", outlet, key=KEY) for outlet in ("Post", "Herald", None)}
    assert len(shown) == 3
    assert pseudonym("George King", None, key=KEY) == pseudonym("George King", " ", key=KEY)


@given(st.text(), st.text(), st.text(), st.text())
def test_outlet_and_name_are_never_taken_for_each_other(name: str, outlet: str, other: str, elsewhere: str) -> None:
    same = (folded(name), folded(outlet)) == (folded(other), folded(elsewhere))
    assert (pseudonym(name, outlet, key=KEY) == pseudonym(other, elsewhere, key=KEY)) == same
    assert is_pseudonym(pseudonym(name, outlet, key=KEY))


def test_a_pseudonym_that_comes_back_in_a_table_stays_itself() -> None:
    """It got a pseudonym in turn: tables did not join, and who is to be forgotten by the first was not found."""
    naming = Pseudonyms(KEY)
    shown = naming("Ann", "Post")
    assert naming(shown, "Post", TABLE_LAYOUT) == shown
    assert naming(shown, "Post") != shown  # a name on a page that looks like a pseudonym
    assert naming("reader-of-books", "Post") != "reader-of-books"
    assert naming("Reader-0123456789", "Post") != "Reader-0123456789"


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "settings" / "pseudonyms.key"
    key = load_key(path)
    assert load_key(path) == key
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["pseudonyms.key"]


@pytest.mark.parametrize("text", ["", "word", "abcd", "0" * 30, "é" * 64])
def test_a_bad_key_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="key"):
        load_key(path)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without settings, at work in an empty folder."""
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("STANCE_KEY_FILE", raising=False)
    (tmp_path / "project" / "pages").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "home"


def test_the_key_lies_with_the_nearest_settings_of_a_project(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Path.cwd()
    (project / "stance.toml").touch()
    monkeypatch.chdir("pages")
    assert find_key_file().path == project / ".stance.key"


def test_a_key_of_an_earlier_release_is_used_and_named_until_the_project_has_one(home: Path) -> None:
    former = settings_folder() / "pseudonyms.key"
    load_key(former)
    assert home in former.parents
    place = find_key_file()
    assert place.path == former
    assert place.doubt
    assert f"move it to {Path.cwd() / '.stance.key'}" in place.doubt
    load_key(Path(".stance.key"))
    assert find_key_file().path == Path.cwd() / ".stance.key"


def test_where_the_project_cannot_be_written_the_key_lies_among_the_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    place = find_key_file()
    assert home in place.path.parents
    assert place.doubt
    assert "cannot be written" in place.doubt


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_key_that_others_can_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_key(path)
    assert find_key_file(path).doubt is None
    path.chmod(0o640)
    assert "other users can read" in (find_key_file(path).doubt or "")
    path.write_text("a page, not a key")  # that is said by whoever loads it
    assert find_key_file(path).doubt is None


@cases("name")
def test_names_that_many_persons_have_are_no_person(name: str) -> None:
    assert person(name) is None
    assert Pseudonyms(b"k" * 32)(name, "A") is None


def test_numbered_pseudonyms_of_a_table_are_persons() -> None:
    for name in ("user0", "User 12", "guest_12", "anon7"):
        assert person(name) is None
        assert person(name, TABLE_LAYOUT) == name
        assert Pseudonyms(KEY)(name, "Post", TABLE_LAYOUT)
    assert person("Guest", TABLE_LAYOUT) is None


@pytest.mark.filterwarnings("ignore:.*almost all comments have the author 'guest 1'")
@pytest.mark.parametrize(("rows", "named"), [([f"user{row % 9}" for row in range(30)], 9), (["guest 1"] * 30, 0)])
def test_a_numbered_name_that_almost_all_rows_of_a_table_share_is_no_name(
    tmp_path: Path, rows: list[str], named: int
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("text,author\n" + "".join(f"NATO must go {row}.,{row}\n" for row in rows), encoding="utf-8")
    assert score(table, model="vader")["author"].nunique() == named


@cases("name")
def test_other_names_are_persons(name: str) -> None:
    assert person(name) == name

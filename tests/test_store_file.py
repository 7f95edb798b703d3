"""The file of a store can be copied and read anywhere, and is refused in one line if it is not as stance wrote it."""

import multiprocessing
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from store_samples import page, stored, update, write
from typer.testing import CliRunner

from stance.aggregation import summarise
from stance.cli import app
from stance.datamodels import side_shares
from stance.exceptions import InputError, StoreError
from stance.store import Store, file
from stance.store.file import MAGIC


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "russia.db"
    update([write(tmp_path / "pages.jsonl", page("north"), page("south"))], path)
    return path


def change(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(script)


def read_as_another_user(path: Path, results: Any) -> None:
    os.setuid(65534)
    with Store.read(path) as store:
        results.put(len(list(store.documents(store.choose_run()))))
    try:
        Store.write(path)
    except StoreError as error:
        results.put(str(error))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs another user")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_folder_that_cannot_be_written_is_read(path: Path) -> None:
    folder = path.parent / "shared"
    folder.mkdir()
    shutil.copy(path, folder / "copy.db")
    (folder / "copy.db").chmod(0o444)
    folder.chmod(0o555)
    for each in path.parents:
        if tempfile.gettempdir() in (str(each.parent), *map(str, each.parent.parents)):
            each.chmod(0o755)
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    process = fork.Process(target=read_as_another_user, args=(folder / "copy.db", results))
    process.start()
    assert results.get(timeout=60) == 2
    assert str(results.get(timeout=60)).startswith(f"{folder / 'copy.db'}: ")
    process.join()
    assert [each.name for each in folder.iterdir()] == ["copy.db"]


def test_a_copy_of_the_file_alone_is_whole(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(path, tmp_path / "elsewhere" / "copy.db")
    assert [document.source for document in stored(tmp_path / "elsewhere" / "copy.db")] == ["north.html", "south.html"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON comments BEGIN DELETE FROM scores; END", "trigger 't' is not of a store"),
        ("DROP VIEW labels; CREATE VIEW labels AS SELECT 1 AS text", "tables that differ"),
        ("ALTER TABLE comments ADD COLUMN evil TEXT", "tables that differ"),
        ("DROP TABLE comments", "tables that differ"),
        ("PRAGMA user_version = 99", "version 99 of the store; this stance reads versions 1 to 3"),
        ("PRAGMA user_version = 0", "version 0 of the store"),
        ("PRAGMA application_id = 7", "a database, but no store"),
    ],
)
def test_files_of_others_are_refused(path: Path, script: str, reason: str) -> None:
    change(path, script)
    before = path.read_bytes()
    for opened in (Store.read, Store.write):
        with pytest.raises(StoreError, match=reason) as error:
            opened(path)
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)
    assert path.read_bytes() == before


def test_tables_and_views_of_users_are_left_alone_and_not_run(path: Path) -> None:
    change(
        path,
        "CREATE TABLE notes (note TEXT); CREATE VIEW endless AS WITH RECURSIVE n(i) AS"
        " (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n; INSERT INTO notes VALUES ('mine')",
    )
    assert len(stored(path)) == 2
    assert update([path.parent / "pages.jsonl"], path, force=True).documents == 2
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT note FROM notes").fetchone() == ("mine",)


@pytest.mark.parametrize("damage", ["cut", "overwritten", "no database"])
def test_damaged_files_are_refused_in_one_line(path: Path, damage: str) -> None:
    whole = path.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096
    found = {
        "cut": whole[:middle],
        "overwritten": whole[:8192] + os.urandom(len(whole) - 8192),
        "no database": MAGIC + b"dear",
    }
    path.write_bytes(found[damage])
    for arguments in (["report", str(path), "-o", str(path.parent / "r")], ["score", "x.html", "-o", str(path)]):
        done = CliRunner().invoke(app, [*arguments, "--model", "vader", "--key-file", str(path.parent / "key.db")])
        is_input = arguments[0] == "report" and damage == "no database"  # one that cannot be read, among others
        assert (done.exit_code, done.stderr.count("\n")) == (1 if is_input else 2, 1), done.stderr
    assert path.read_bytes() == found[damage]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE scores SET favor = 7", "probabilities is"),
        ("UPDATE scores SET sentiment = 9e9", "sentiment is"),
        ("UPDATE scores SET evidence = '[[5, 1]]'", "evidence is"),
        ("UPDATE scores SET via = 'magic'", "via is 'magic'"),
        ("UPDATE documents SET body = '{}'", "a list of texts is"),
        ("UPDATE documents SET warnings = '[1]'", "a list of texts is"),
        ("UPDATE comments SET extra = '[' || hex(zeroblob(5000))", "extra is"),
        ("UPDATE runs SET settings = '[]'", "settings of a run are"),
    ],
)
def test_values_that_no_command_writes_are_refused(path: Path, statement: str, reason: str) -> None:
    change(path, statement)
    with pytest.raises((StoreError, InputError), match=reason) as error:
        stored(path)
    assert len(str(error.value)) < 300


def test_documents_with_too_many_comments_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stance.store.documents.MOST_COMMENTS", 2)
    with pytest.raises(InputError, match="a document with more than 2 comments"):
        stored(path)


@pytest.mark.parametrize("ending", ["-journal", "-wal", "-shm"])
def test_links_beside_the_file_are_not_followed(path: Path, ending: str) -> None:
    victim = path.with_name("victim.txt")
    victim.write_text("mine")
    path.with_name(path.name + ending).symlink_to(victim)
    for opened in (Store.read, Store.write):
        with pytest.raises(StoreError, match="not a regular file"):
            opened(path)
    assert victim.read_text() == "mine"


def test_journals_that_name_another_file_are_refused(path: Path) -> None:
    path.with_name(f"{path.name}-journal").write_bytes(b"x" * 512 + b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
    with pytest.raises(StoreError, match="names another file"):
        Store.read(path)


def test_a_file_that_is_replaced_while_it_is_open_is_not_written(path: Path) -> None:
    with Store.write(path) as store:
        path.rename(path.with_name("moved.db"))
        with pytest.raises(StoreError, match="moved, deleted or replaced"), store.transaction():
            pass


def test_a_full_disk_is_one_line_and_loses_nothing(path: Path) -> None:
    with Store.write(path) as store:
        before = store.value("SELECT count(*) FROM comments")
        pages = store.value("PRAGMA page_count")
        list(store.rows(f"PRAGMA max_page_count = {pages}"))
        with (
            pytest.raises(StoreError, match=rf"{path.name}: database or disk is full"),
            store.transaction() as database,
        ):
            database.execute("INSERT INTO settings VALUES ('x', hex(zeroblob(100000)))")
    with Store.read(path) as store:
        assert store.value("SELECT count(*) FROM comments") == before
        assert not list(store.problems())


def test_files_of_earlier_versions_are_brought_up_to_date_by_writers(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = file._SCHEMA.read_text(encoding="utf-8") + "CREATE TABLE added (value TEXT NOT NULL) STRICT;\n"
    path.with_name("schema.sql").write_text(schema, encoding="utf-8")
    monkeypatch.setattr(file, "_SCHEMA", path.with_name("schema.sql"))
    monkeypatch.setattr(file, "VERSION", 4)
    monkeypatch.setattr(file, "MIGRATIONS", ("", "", "CREATE TABLE added (value TEXT NOT NULL) STRICT;\n"))
    file._own_definitions.cache_clear()
    try:
        with pytest.raises(StoreError, match="version 3 of the store; commands that write bring it to 4"):
            Store.read(path)
        Store.write(path).close()
        with Store.read(path) as store:
            assert store.value("PRAGMA user_version") == 4
            assert len(list(store.documents(store.choose_run()))) == 2
    finally:
        file._own_definitions.cache_clear()


def test_comments_and_titles_are_found_by_their_words(path: Path) -> None:
    with Store.read(path) as store:
        query = (
            "SELECT count(*) FROM comment_search JOIN comments ON comment_search.rowid = comment"
            " WHERE comment_search MATCH 'defends'"
        )
        assert store.value(query) == 2
        assert store.value("SELECT count(*) FROM title_search WHERE title_search MATCH 'north'") == 1
    update([write(path.parent / "pages.jsonl", page("west"))], path)
    with Store.read(path) as store:
        assert store.value("SELECT count(*) FROM title_search WHERE title_search MATCH 'north'") == 0
        assert store.value("SELECT count(*) FROM comment_search WHERE comment_search MATCH 'north'") == 0


def test_shares_of_outlets_are_those_of_the_report(path: Path) -> None:
    with Store.read(path) as store:
        run = store.choose_run()
        scores = [score for document in store.documents(run) for score in document.scores]
        query = "SELECT target, stance, comments, percent FROM outlet_shares WHERE run = ?"
        found = {(target, stance): (n, percent) for target, stance, n, percent in store.rows(query, run.number)}
    assert {score.outlet for score in scores} == {"The Paper"}
    for summary in summarise(scores, ["nato", "russia", "us"]):
        for side, share in side_shares(summary.expected).items():
            assert found.pop((summary.target, side)) == (summary.counts[side], pytest.approx(100 * share))
    assert not found


def test_stores_of_the_first_version_get_the_view_of_probabilities(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "DROP VIEW outlet_shares; CREATE VIEW outlet_shares AS SELECT 1; PRAGMA user_version = 1;"
            "ALTER TABLE documents DROP COLUMN certainty; ALTER TABLE documents DROP COLUMN doubts"
        )
    with pytest.raises(StoreError, match="version 1 of the store; commands that write bring it to 3"):
        Store.read(path)
    Store.write(path).close()
    with Store.read(path) as store:
        assert store.value("SELECT count(*) FROM outlet_shares WHERE percent > 0")
        assert {document.doubts for document in store.documents(store.choose_run())} == {()}

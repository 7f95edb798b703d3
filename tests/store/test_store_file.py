"""The file of a store can be copied and read anywhere, and is refused in one line if it is not as stance wrote it."""

import os
import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stance.exceptions import InputError, StanceError, StoreError
from stance.log import Log
from stance.resources.databases import MAGIC
from stance.store import Store
from stance.store.merge import Project
from tests.support.commands import refused, run
from tests.support.faults import limit_files, run_apart
from tests.support.labelled_stores import make_labelled_store
from tests.support.store_samples import alter, change, page, query, stored, update, write
from tests.support.tables import cases


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of two pages, `russia.db`, and one with labels, `labels.db`."""
    folder = tmp_path_factory.mktemp("stores")
    update([write(folder / "pages.jsonl", page("north"), page("south"))], folder / "russia.db")
    make_labelled_store(folder, pages=2, comments=4, labels=6).rename(folder / "labels.db")
    return folder


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    shutil.copy(made / "key.db", tmp_path)
    return Path(shutil.copy(made / "russia.db", tmp_path))


@pytest.fixture
def labelled(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made / "labels.db", tmp_path))


def read_as_another_user(path: Path) -> None:
    os.setuid(65534)
    assert len(stored(path)) == 2
    with pytest.raises(StoreError, match=f"^{path}: "):
        Store.write(path)


@cases("statement", "code", "said")
def test_values_of_others_reach_no_output(path: Path, tmp_path: Path, statement: str, code: int, said: str) -> None:
    """In a store of others, who made its checksums anew."""
    alter(path, f"PRAGMA foreign_keys = ON; {statement}")
    output = tmp_path / "out.csv"
    assert said in run("export", path, "-o", output, code=code).stderr
    text = output.read_text() if output.exists() else ""
    assert not any(each in text for each in ("\x1b", "2500", "<b>"))


@pytest.mark.skipif(os.name == "nt", reason="a limit on sizes of files stands for a full disk")
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_store_on_a_full_disk_is_read_and_makes_no_file(path: Path, mode: str) -> None:
    assert query(path, f"PRAGMA journal_mode = {mode}") == [(mode,)]  # as a copy of a file that was being written
    before = path.read_bytes()

    def read() -> None:
        limit_files(0)
        assert len(stored(path)) == 2

    run_apart(read)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.glob("russia.db*")] == ["russia.db"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs another user")
def test_a_folder_that_cannot_be_written_is_read(path: Path) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o555)
    for folder in path.parents[1:]:
        if folder.is_relative_to(tempfile.gettempdir()) and folder != Path(tempfile.gettempdir()):
            folder.chmod(0o755)
    names = {each.name for each in path.parent.iterdir()}
    run_apart(lambda: read_as_another_user(path))
    assert {each.name for each in path.parent.iterdir()} == names


@cases("script", "reason")
def test_files_of_others_are_refused(path: Path, script: str, reason: str) -> None:
    change(path, script)
    before = path.read_bytes()
    for opened in (Store.read, Store.write):
        with pytest.raises(StoreError, match=reason) as error:
            opened(path)
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "overwritten", "no database"])
def test_damaged_files_are_refused_in_one_line(path: Path, damage: str) -> None:
    whole = path.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096
    damaged = {
        "cut": whole[:middle],
        "overwritten": whole[:8192] + os.urandom(len(whole) - 8192),
        "no database": MAGIC + b"dear",
    }
    path.write_bytes(damaged[damage])
    named = ("--model", "vader", "--key-file", path.parent / "key.db")
    refused("report", path, "-o", path.parent / "r", *named, code=1)
    refused("score", "x.html", "-o", path, *named, code=2 if damage == "no database" else 1)
    assert path.read_bytes() == damaged[damage]


def test_a_store_of_a_command_that_was_killed_at_once_is_named_and_completed(tmp_path: Path) -> None:
    path = tmp_path / "begun.db"
    path.touch()
    assert "no tables; expected a store: run the command" in refused("store", "verify", path, code=1)
    Store.write(path, settings={}).close()
    run("store", "verify", path)


@cases("statement", "reason")
def test_values_that_no_command_writes_are_refused(path: Path, statement: str, reason: str) -> None:
    alter(path, statement)
    with pytest.raises((StoreError, InputError), match=reason) as error:
        stored(path)
    assert len(str(error.value)) < 300


def test_journals_that_name_another_file_are_refused(path: Path) -> None:
    path.with_name(f"{path.name}-journal").write_bytes(b"x" * 512 + b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
    with pytest.raises(StoreError, match="belongs to another file"):
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
        refused = pytest.raises(StoreError, match=rf"{path.name}: database or disk is full")
        with refused, store.transaction() as database:
            database.execute("INSERT INTO settings VALUES ('x', hex(zeroblob(100000)))")
    with Store.read(path) as store:
        assert store.value("SELECT count(*) FROM comments") == before
        assert not list(store.problems())


def readings(path: Path) -> tuple[Any, list[Any]]:
    """All that a run and its labels say, and each damaged part that was left out."""
    log = Log()
    with Project.read(path) as store:
        run = store.open_run(None, log)
        found = [each.document for each in store.stored(run, log.skip)], store.skips(run, log.skip)
        return (*found, list(store.label_rows(log.skip))), log.skipped


def test_no_flipped_bit_changes_data_without_a_word(labelled: Path) -> None:
    path = labelled
    whole, damage = readings(path)
    assert not damage
    data, draw, ends = path.read_bytes(), random.Random(4), Counter[str]()
    for bit in (draw.randrange(8 * len(data)) for _ in range(120)):
        path.write_bytes(data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :])
        try:
            found, damage = readings(path)
        except StanceError:
            ends["refused"] += 1
            continue
        assert damage or found == whole
        ends["named" if damage else "the same"] += 1
        if damage:
            with Store.read(path) as store:
                assert list(store.problems())
    assert ends["named"] + ends["the same"] > ends["refused"]  # most damage is tied to a part, and the rest is read


@cases("statement")
def test_verify_finds_what_was_changed_without_its_checksum(labelled: Path, statement: str) -> None:
    with Store.read(labelled) as store:
        assert not list(store.problems())
    rules = query(labelled, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    dropped = [f"DROP TRIGGER {name}" for name, _ in rules]
    change(labelled, ";\n".join([*dropped, statement, *(rule for _, rule in rules)]))
    done = run("store", "verify", labelled, code=1)
    assert f"stance: {labelled}: " in done.stderr

"""What somebody tries who means harm: to the labelling page, to the file of labels, to a registry of models.

Each of these was tried against a page that really ran; those that once succeeded say so.
"""

import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest
from labelling_pages import TARGETS, make_store

from stance.datamodels import Stance
from stance.exceptions import LabelError
from stance.labelling.desks import Names, take_seats
from stance.labels import load_labels
from stance.labels.store import Answer, LabelStore, read_store

ALL = tuple(Answer(target, Stance.FAVOR) for target in TARGETS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_store(tmp_path / "labels.db")


def change(path: Path, *statements: str) -> None:
    """Do to a file of labels what its owner would not."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


# A file of labels from elsewhere --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sqlitexstat_eaten", "sqlite-stat1", "eaten"])
def test_no_trigger_passes_for_a_table_of_sqlite(path: Path, name: str) -> None:
    """Once a trigger with a name like those of SQLite's statistics passed, and ate labels that the page called saved."""
    change(path, f'CREATE TRIGGER "{name}" BEFORE INSERT ON answers BEGIN SELECT RAISE(IGNORE); END')
    for use in (lambda: LabelStore.open(path), lambda: list(read_store(path))):
        with pytest.raises(LabelError, match="tables other than ours"):
            use()


def test_statistics_of_sqlite_are_no_stranger(path: Path) -> None:
    change(path, "ANALYZE")
    with LabelStore.open(path) as store:
        store.record("ann", store.next_item("ann") or 0, ALL)
        assert len(list(store.export())) == len(TARGETS)


def super_journal(path: Path, victim: Path) -> bytes:
    """Make a journal that says: when you have rolled back, delete the file of this name."""
    magic, name, page = bytes.fromhex("d9d505f920a163d7"), os.fsencode(victim), 4096
    head = magic + struct.pack(">IIIII", 0, 0, path.stat().st_size // page, 512, page)
    checked = sum(byte - 256 if byte > 127 else byte for byte in name) & 0xFFFFFFFF
    tail = struct.pack(">I", 2**30 // page + 1) + name + struct.pack(">II", len(name), checked) + magic
    return head.ljust(512, b"\0") + tail


def test_a_journal_beside_the_file_deletes_no_other_file(path: Path, tmp_path: Path) -> None:
    """Once it did: SQLite rolls a journal back as soon as a file is read, and deletes the super-journal it names."""
    victim = tmp_path / "thesis.txt"
    victim.write_text("years of work")
    change(path, "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode = DELETE")
    journal = path.with_name("labels.db-journal")
    journal.write_bytes(super_journal(path, victim))
    for use in (lambda: LabelStore.open(path), lambda: load_labels([path]), lambda: load_labels([tmp_path])):
        with pytest.raises(LabelError, match=r"labels\.db-journal: names a further file"):
            use()
    assert victim.read_text() == "years of work"
    journal.unlink()
    with LabelStore.open(path) as store:
        assert store.next_item("ann")


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("what", ["link", "pipe", "folder"])
def test_what_lies_beside_the_file_is_not_written_through(path: Path, tmp_path: Path, ending: str, what: str) -> None:
    victim, beside = tmp_path / "thesis.txt", path.with_name(path.name + ending)
    victim.write_text("years of work")
    beside.unlink(missing_ok=True)
    match what:
        case "link":
            beside.symlink_to(victim)
        case "pipe":
            os.mkfifo(beside)
        case "folder":
            beside.mkdir()
    for use in (lambda: LabelStore.open(path), lambda: list(read_store(path))):
        with pytest.raises(LabelError, match=f"labels.db{ending}: not a plain file"):
            use()
    assert victim.read_text() == "years of work"


@pytest.mark.parametrize(
    ("name", "value"), [("seed", "abc"), ("seed", "9" * 5000), ("overlap", "nan"), ("overlap", "1e308"), ("overlap", "x")]
)
def test_settings_that_are_no_numbers_are_one_line(path: Path, name: str, value: str) -> None:
    change(path, f"UPDATE settings SET value = '{value}' WHERE name = '{name}'")
    with LabelStore.open(path) as store, pytest.raises(LabelError, match=r"seed '.*expected a whole number") as error:
        take_seats(store, [], Names("ann", None))
    assert len(str(error.value)) < 300

"""Make the tables of a store, and check those of a file.

A store may come from anyone. Its tables must be those of ``schema.sql`` and no others, so that nothing that the file
defines calls functions.
"""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from pathlib import Path

from stance.datamodels import Strings
from stance.exceptions import DamageError, StoreError
from stance.store.units import WITHOUT_NUMBER, write_checksum

APPLICATION = 0x5354_4E43  # "STNC"

VERSION = 7

_SCHEMA = Path(__file__).with_name("schema.sql")


def create_tables(path: Path, connection: sqlite3.Connection, settings: Mapping[str, str]) -> None:
    """Make the tables in an empty file; of two commands that do so at once, the second finds those of the first."""
    script = _SCHEMA.read_text("utf-8")
    identity = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"
    with connection:
        connection.executescript(f"BEGIN IMMEDIATE; {script} {identity}")
        connection.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", settings.items())
        for unit in WITHOUT_NUMBER:
            write_checksum(connection, unit)


def check_file(path: Path, connection: sqlite3.Connection) -> Strings:
    """Refuse a file that is no store of this version, or defines tables otherwise.

    :return: Damage of its pages, of which none leads to more rows than the file has pages for.
    :raises DamageError: If it is damaged so much that reading it would not end.
    """
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        if not definitions_in(connection):  # the command that made it was killed
            raise DamageError(f"{path}: no tables; expected a store: run the command that writes it again")
        raise StoreError(f"{path}: a database, but no store; expected one written by stance score -o FILE.db")
    if (version := connection.execute("PRAGMA user_version").fetchone()[0]) != VERSION:
        older, newer = "score again; the stance that wrote it exports its labels", "install the stance that wrote it"
        remedy = older if version < VERSION else newer
        raise StoreError(f"{path}: version {version} of the store; this stance reads version {VERSION}: {remedy}")
    expected = _own_definitions()
    if differing := definitions_in(connection) ^ expected:
        kind, name, *_ = min(differing)
        differs = "differs from that" if (kind, name) in {definition[:2] for definition in expected} else "is not"
        raise DamageError(f"{path}: {kind} {name[:40]!r} {differs} of a store; expected a file as stance wrote it")
    most = 100  # damaged places where the rest is still read
    checked = connection.execute(f"PRAGMA integrity_check({most})")
    faults = [" ".join(str(fault).split())[:100] for (fault,) in checked]
    if len(faults) == most or any("2nd reference" in fault for fault in faults):
        raise DamageError(f"{path}: damaged ({faults[0]}); expected a whole file")
    return () if faults == ["ok"] else tuple(f"damaged ({fault})" for fault in faults)


def definitions_in(connection: sqlite3.Connection) -> set[Strings]:
    """Return kind, name, table and SQL of each table, index, view and trigger."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' OR name NOT GLOB 'sqlite_*'"
    return set(connection.execute(query))


@cache
def long_query(name: str) -> str:
    """Return a query of ``queries.sql``."""
    text = Path(__file__).with_name("queries.sql").read_text("utf-8")
    return dict(re.findall(r"^-- (\w+)\n(.*?);$", text, re.M | re.S))[name]


@cache
def _own_definitions() -> set[Strings]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
        return definitions_in(connection)

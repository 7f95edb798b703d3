"""What somebody tries who means harm: to the labelling page, to the file of labels, to a model folder.

Each of these was tried against a page that really ran; those that once succeeded say so.
"""

import hashlib
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from stance.app import server
from stance.app.guard import HOST, MAX_BODY
from stance.app.labelling import read_guide
from stance.cli.learn import card_line, evaluation_table
from stance.datamodels import Skip, Stance
from stance.exceptions import LabelError, ModelError, StoreError
from stance.labels.tables import load_labels, read_records
from stance.scoring.persistence import load_model, model_digest, save_model, train_rows
from stance.store.items import MAX_TARGETS, Answer, items_of_rows
from stance.store.labels import LabelStore, open_queues
from tests.support.growth import grows_linearly
from tests.support.labelling_pages import TARGETS, Running, Visitor, labels_in, make_store, serving
from tests.support.store_samples import alter, change
from tests.support.tables import cases
from tests.support.tiny_models import edit_json, tiny

ALL = tuple(Answer(target, Stance.FAVOR) for target in TARGETS)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    store = make_store(tmp_path_factory.mktemp("attack") / "labels.db", items=300)
    with serving(store, timeout=0.5) as running:
        yield running


@pytest.fixture(scope="module")
def visitor(page: Running) -> Visitor:
    return page.visitor()


def head(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, *headers, "", ""]).encode("latin-1")


@pytest.mark.parametrize("undone", ["%C2%B2", "-1", "x", "9" * 400, "%FF", "%00", "1%200"])
def test_a_number_that_is_none_is_no_failure(page: Running, visitor: Visitor, undone: str) -> None:
    """Once a superscript two, which Python calls a digit and not a number, made the page fail."""
    assert visitor.ask("GET", f"/item/1?undone={undone}").status == 200
    assert page.told == []


def test_silent_connections_do_not_keep_the_annotator_out(page: Running, visitor: Visitor) -> None:
    """Once a hundred of them did, opened by any page or program and held for as long as it liked."""
    with ExitStack() as opened:
        for number in range(server.MAX_CONNECTIONS + 60):
            silent = opened.enter_context(socket.create_connection((HOST, page.sessions.port)))
            if number % 2:
                silent.sendall(b"GET / HT")
        assert visitor.ask("GET", "/").status == 200
        action, token = visitor.form()
        assert visitor.post(action + "/skip", {"form_token": token}).status == 303


@cases("begun")
def test_half_a_request_is_not_waited_for(page: Running, monkeypatch: pytest.MonkeyPatch, begun: str) -> None:
    monkeypatch.setattr(server, "TIMEOUT", 0.3)
    with socket.create_connection((HOST, page.sessions.port), timeout=60) as connection:
        connection.sendall(begun.encode())
        connection.settimeout(0.1)
        for _ in range(600):  # a minute in which nothing comes
            try:
                if not connection.recv(65_536):
                    break
                connection.send(b"x" if begun.endswith("\n") else b"")
            except ConnectionError:
                break  # closed too, with bytes of ours unread
            except TimeoutError:
                with suppress(OSError):
                    connection.send(b"x" if "Length" in begun else b"")
        else:
            pytest.fail("waited for")


def send_without_reading(page: Running, opened: ExitStack, requests: int, *last: str) -> socket.socket:
    """Send requests and read no answer: what the system does not hold of the answers waits in the server."""
    connection = opened.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    connection.settimeout(60)
    connection.connect((HOST, page.sessions.port))
    host = f"Host: {HOST}:{page.sessions.port}"
    one = head("GET /static/label.js HTTP/1.1", host)
    connection.sendall(one * (requests - 1) + head("GET / HTTP/1.1", host, *last))
    return connection


def connections_left(page: Running, most: int, seconds: float = 20.0) -> int:
    """Count the connections of the server, once they are few enough or the time is over."""
    end = time.monotonic() + seconds
    while len(page.server.server_state.connections) > most and time.monotonic() < end:
        time.sleep(0.02)
    return len(page.server.server_state.connections)


@pytest.mark.parametrize("requests", [1, 1_000])
@pytest.mark.parametrize("last", [(), ("Connection: close",)])
def test_a_client_that_does_not_read_is_not_waited_for(
    page: Running, monkeypatch: pytest.MonkeyPatch, requests: int, last: tuple[str, ...]
) -> None:
    """Whether the server waits to write more, or has written all and waits to close."""
    monkeypatch.setattr(server, "TIMEOUT", 0.3)
    with ExitStack() as opened:
        connection = send_without_reading(page, opened, requests, *last)
        assert connections_left(page, 0) == 0
        received = b""
        with suppress(ConnectionError):
            while part := connection.recv(65_536):
                received += part
        assert received.count(b"HTTP/1.1 403") <= requests


def test_a_client_that_reads_slowly_gets_all(page: Running, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "TIMEOUT", 0.5)
    with ExitStack() as opened:
        connection = send_without_reading(page, opened, 600, "Connection: close")
        received = b""
        while part := connection.recv(4_096):
            received += part
            time.sleep(0.001)
        assert received.count(b"HTTP/1.1 403") == 600


def test_two_hundred_write_at_once_and_all_are_saved(tmp_path: Path) -> None:
    """Once half of them were told that the service was unavailable."""
    path = make_store(tmp_path / "labels.db", items=200)
    with serving(path) as running:
        _, token = (visitor := running.visitor()).form()
        seen: list[int] = []

        def write(number: int) -> None:
            fields = {"form_token": token, "label-0": "favor", "label-1": "against", "label-2": "neutral"}
            seen.append(visitor.post(f"/item/{number}", fields).status)

        many = [threading.Thread(target=write, args=(number,)) for number in range(1, 201)]
        for one in many:
            one.start()
        for one in many:
            one.join()
    assert Counter(seen) == {303: 200}
    assert len(labels_in(path)) == 200 * len(TARGETS)


@pytest.mark.parametrize("name", ["sqlitexstat_eaten", "sqlite-stat1", "eaten", "sqlite_eaten"])
def test_no_trigger_passes_for_a_table_of_sqlite(path: Path, name: str) -> None:
    """Once one passed whose name was like those of SQLite's statistics, and ate labels that the page called saved.

    SQLite refuses to make one with a name that it reserves, and runs one that was written into its schema.
    """
    made = f'CREATE TRIGGER "{name}" BEFORE INSERT ON answers BEGIN SELECT RAISE(IGNORE); END'
    row = f"('trigger', '{name}', 'answers', 0, '{made}')"
    change(path, f"PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES {row}")
    refuse_uses(path, f"trigger '{name}' is not of a store")


def refuse_uses(path: Path, message: str) -> None:
    """Check that a file of labels is neither written nor read."""
    for use in (lambda: LabelStore.write(path, is_shared=True), lambda: labels_in(path)):
        with pytest.raises(StoreError, match=message):
            use()


def test_statistics_of_sqlite_are_no_stranger(path: Path) -> None:
    change(path, "ANALYZE")
    with LabelStore.write(path, is_shared=True) as store:
        store.record("ann", store.next_item("ann") or 0, ALL)
    assert len(labels_in(path)) == len(TARGETS)


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
    refuse_uses(path, f"labels.db{ending}: not a regular file")
    assert victim.read_text() == "years of work"


@cases("name", "value", more=[("seed", "9" * 5000)])
def test_settings_that_are_no_numbers_are_one_line(path: Path, name: str, value: str) -> None:
    alter(path, f"UPDATE settings SET value = '{value}' WHERE name = '{name}'")
    with (
        LabelStore.write(path, is_shared=True) as store,
        pytest.raises(LabelError, match=r"seed '.*expected a whole number") as error,
    ):
        open_queues(store, [], "ann")
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("what", ["pipe", "link"])
def test_a_folder_of_tables_leads_nowhere_else(tmp_path: Path, what: str) -> None:
    """Once a pipe in a folder was waited on for ever, and a link was read."""
    folder, outside = tmp_path / "tables", tmp_path / "secret.csv"
    folder.mkdir()
    outside.write_text("text,target,label\nnot yours,us,favor\n")
    (folder / "b.csv").write_text("text,target,label\nhello there,us,favor\n")
    if what == "pipe":
        os.mkfifo(folder / "a.csv")
    else:
        (folder / "a.csv").symlink_to(outside)
    found = load_labels([folder])
    assert [row.text for row in found.comments] == ["hello there"]
    assert [(skip.source, skip.reason) for skip in found.skipped] == [
        (str(folder / "a.csv"), "not a regular file; expected only regular files in a folder of label tables")
    ]


def test_thousands_of_targets_of_one_comment_cost_next_to_nothing(tmp_path: Path) -> None:
    """Once 30,000 rows of one comment took two and a half minutes: each row looked through all before it."""
    table, told = tmp_path / "many.csv", list[Skip]()
    table.write_text("id,text,target,label\n" + "".join(f"1,hello there,t{n},\n" for n in range(20_000)))
    rows = list(read_records([table], skip=told.append))
    assert grows_linearly(lambda count: list(items_of_rows(rows[:count], told.append)), len(rows))
    told.clear()
    (item,) = items_of_rows(rows, told.append)
    assert [pair.target for pair in item.pairs] == [f"t{n}" for n in range(MAX_TARGETS)]
    (one,) = told
    assert "more than 200 targets" in one.reason


def test_the_form_of_the_most_targets_is_small_enough_to_be_read() -> None:
    said = "".join(f"&label-{place}=not_addressed&unsure-{place}=1" for place in range(MAX_TARGETS))
    assert len(said) + len("&note=") + 9 * 2_000 < MAX_BODY


def test_a_guide_of_many_lines_is_read_once_through() -> None:
    """Once 50,000 list entries took eleven seconds: each copied all before it."""
    ((_, lines),) = read_guide("- a\n" * 50_000)
    assert len(lines) == 50_000
    assert grows_linearly(lambda count: read_guide("- a\n" * count), 50_000)


ROW = '"n":1,"accuracy":0.5,"favg":null,"ece":0.1,"macro_f1":'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Save a model, to be damaged."""
    save_model(tiny(), tmp_path / "evil")
    return tmp_path / "evil"


@cases("card")
def test_a_card_of_other_kinds_is_one_line(folder: Path, card: str) -> None:
    """Once each of these ended in a traceback, where the card was shown or stood in a report."""
    edit_json(folder / "card.json", **json.loads(card.replace("ROW", ROW)))
    with pytest.raises(ModelError, match=r"card\.json: .*expected") as error:
        load_model(folder)
    assert "\n" not in str(error.value)


def test_a_card_can_be_shown_and_written_whatever_it_says(folder: Path) -> None:
    """Once escapes of a card reached the terminal, and numbers that are none ended in a traceback."""
    said = '"\\u001b[2J\\ud800\\u202e<script>"'
    card = (
        '{"targets_tested": [SAID], "x": {SAID: 1e999, "y": NaN}, "measures": {ROW NaN, "targets": {SAID: {ROW 0.5}},'
        ' "learning_curve": 3, "agreement": [SAID]}}'.replace("ROW", ROW).replace("SAID", said)
    )
    edit_json(folder / "card.json", **json.loads(card))
    model = load_model(folder)
    shown = card_line(model) + evaluation_table({**model.card["measures"], "model": model.name})
    assert "<script>" in shown
    assert all(character.isprintable() or character == "\n" for character in shown)
    json.dumps(dict(model.card), allow_nan=False, ensure_ascii=False).encode()


def test_arrays_beyond_all_bounds_are_refused(folder: Path) -> None:
    """Once a file of holes was read whole."""
    with (folder / "model.safetensors").open("wb") as file:
        file.truncate(2**31)
    for use in (load_model, train_rows):
        with pytest.raises(ModelError, match=r"model\.safetensors: more than 200000000 bytes"):
            use(folder)


def test_a_model_within_itself_is_read_once(folder: Path) -> None:
    (folder / "others").symlink_to(".")
    model = load_model(folder)
    assert model.others is not None
    assert model.others.others is None
    assert model.name == f"evil@{model_digest(folder)[:4]}"
    assert len(train_rows(folder)) == 0


@pytest.mark.parametrize("rows", [np.zeros(3), np.zeros((2, 2), np.uint64)])
def test_rows_that_are_no_digests_are_one_line(folder: Path, rows: np.ndarray) -> None:
    content = save(load((folder / "model.safetensors").read_bytes()) | {"rows": rows})
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.safetensors: its digest"):
        train_rows(folder)
    edit_json(folder / "card.json", sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ModelError, match=r"model\.safetensors: .*expected digests of pairs"):
        train_rows(folder)

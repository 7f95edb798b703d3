"""What somebody tries who means harm: to the labelling page, to the file of labels, to a model folder.

Each of these was tried against a page that really ran; those that once succeeded say so.
"""

import csv
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
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
from stance.labels.adjudication import check_labels, check_table
from stance.labels.formats import write_labels
from stance.labels.tables import load_labels, read_records
from stance.scoring.persistence import load_model, model_digest, save_model, train_rows
from stance.store.documents import refuse_damage
from stance.store.items import MAX_TARGETS, Answer, Guess, items_of_rows
from stance.store.labels import LabelStore, open_queues
from tests.support.growth import grows_linearly
from tests.support.labelling_pages import TARGETS, Running, Visitor, labels_in, make_item, make_store, serving
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


def send(page: Running, data: bytes, seconds: float = 1.0) -> bytes:
    """Send bytes as they are; give all that comes back until the server closes, or so long."""
    received = b""
    with socket.create_connection((HOST, page.sessions.port), timeout=seconds) as connection:
        connection.sendall(data)
        try:
            while part := connection.recv(65_536):
                received += part
        except (TimeoutError, ConnectionError):
            pass
    return received


def head(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, *headers, "", ""]).encode("latin-1")


def test_the_host_in_the_request_line_counts_for_nothing(page: Running, visitor: Visitor) -> None:
    ours, cookie = f"Host: {HOST}:{page.sessions.port}", f"Cookie: {visitor.cookie}"
    for line, host in (
        (f"GET http://{HOST}:{page.sessions.port}/ HTTP/1.1", "Host: evil.example"),
        ("GET http://evil.example/ HTTP/1.1", ours),
        ("GET / HTTP/1.0", "X-Host: none"),
        ("GET / HTTP/1.1", f"{ours}\r\nHost: evil.example"),
        ("GET / HTTP/1.1", f"Host: [::1]:{page.sessions.port}"),
        ("GET / HTTP/1.1", f"Host: 2130706433:{page.sessions.port}"),
    ):
        answer = send(page, head(line, host, cookie, "Connection: close"))
        assert answer.split()[1] in (b"400", b"403", b"404"), line
        assert b"form_token" not in answer


def test_what_follows_a_body_is_one_more_request_and_nothing_else(page: Running, visitor: Visitor) -> None:
    """Two lengths, or a request within a refused body, must not be taken for a request of the annotator."""
    usual = (f"Host: {HOST}:{page.sessions.port}", f"Cookie: {visitor.cookie}", f"Origin: {page.sessions.origin}")
    inside = head("GET /guide HTTP/1.1", *usual)
    two = head("POST /undo HTTP/1.1", *usual, "Content-Length: 1", "Content-Length: 2")
    assert send(page, two + b"ab").startswith(b"HTTP/1.1 400")
    hidden = head("POST /undo HTTP/1.1", usual[0], f"Content-Length: {len(inside)}") + inside
    answer = send(page, hidden)
    assert answer.startswith(b"HTTP/1.1 403")
    assert answer.count(b"HTTP/1.1") == 1


def test_headers_without_an_end_are_refused(page: Running) -> None:
    flood = head("GET / HTTP/1.1", *(f"X-{number}: y" for number in range(20_000)))
    assert send(page, flood).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("undone", ["%C2%B2", "-1", "x", "9" * 400, "%FF", "%00", "1%200"])
def test_a_number_that_is_none_is_no_failure(page: Running, visitor: Visitor, undone: str) -> None:
    """Once a superscript two, which Python calls a digit and not a number, made the page fail."""
    assert visitor.ask("GET", f"/item/1?undone={undone}").status == 200
    assert page.told == []


def test_of_many_who_use_one_link_at_once_one_comes_in(page: Running) -> None:
    entry = page.sessions.invite("ann").partition(page.sessions.origin)[2]
    seen: list[int] = []
    many = [
        threading.Thread(target=lambda: seen.append(Visitor(page.sessions.port).ask("GET", entry).status))
        for _ in range(20)
    ]
    for one in many:
        one.start()
    for one in many:
        one.join()
    assert Counter(seen) == {303: 1, 403: 19}


LIVE = "<script>x()</script>\"'><img src=x onerror=x()>{{8191*8191}}"


def test_no_field_of_a_sample_comes_alive(tmp_path: Path) -> None:
    given = make_item(0)
    pairs = tuple(
        replace(pair, target=f"{LIVE}{n}", guess=Guess(Stance.FAVOR, 0.5, LIVE)) for n, pair in enumerate(given.pairs)
    )
    fields = dict.fromkeys(
        ("identifier", "text", "document", "outlet", "author", "parent", "title", "lead", "language", "stratum"), LIVE
    )
    path = tmp_path / "<script>x.db"
    with LabelStore.write(path, settings={"seed": "0", "overlap": "1"}, is_shared=True) as store:
        open_queues(store, [replace(given, **fields, pairs=pairs)], None, ("<script>ann", "ben"))
    pages: list[str] = []
    with serving(path) as running:
        for name, label in (("<script>ann", "favor"), ("ben", "against")):
            visitor = running.visitor(name)
            action, token = visitor.form()
            pages.append(visitor.ask("GET", "/").text)
            said = {"form_token": token, "note": LIVE, "label-0": label}
            pages.append(visitor.post(action, said).text)
            assert visitor.post(action, said | {"label-1": label, "label-2": label}).status == 303
            pages.append(visitor.ask("GET", "/").text)
    for page in pages:
        assert "script&gt;" in page
        assert "<script>" not in page
        assert "<img" not in page
        assert "67092481" not in page.replace("{{8191*8191}}", "")


def test_no_cell_of_exported_labels_is_a_formula(tmp_path: Path) -> None:
    path = make_store(tmp_path / "labels.db", items=1)
    columns = ("text", "title", "lead", "outlet", "author", "parent", "document", "identifier")
    values = ", ".join(f"{name} = '{start}cmd'" for name, start in zip(columns, "=+-@=+-@", strict=True))
    alter(path, f"UPDATE items SET {values}")
    with LabelStore.write(path, is_shared=True) as store:
        store.record("ann", 1, ALL, note="=HYPERLINK()")
    write_labels(read_records([path], skip=lambda skip: None), tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert sum("cmd" in cell or "HYPERLINK" in cell for cell in cells) == 3 * (len(columns) + 1)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    (*_, last) = load_labels([tmp_path / "labels.csv"]).comments
    assert (last.text, last.note) == ("=cmd", "=HYPERLINK()")


def test_a_clock_that_goes_back_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LabelStore.write(path, is_shared=True) as store:
        number = store.next_item("ann") or 0
        store.record("ann", number, ALL)
        monkeypatch.setattr("stance.store.labels.time_now", lambda: "1999-01-01T00:00:00.000+00:00")
        store.record("ann", number, tuple(Answer(target, Stance.AGAINST) for target in TARGETS))
        assert {row["label"] for row in store.label_rows(refuse_damage)} == {"against", None}
        store.undo("ann")
        assert {row["label"] for row in store.label_rows(refuse_damage)} == {"favor", None}


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


def test_clients_that_do_not_read_do_not_keep_the_annotator_out(
    page: Running, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once 220 of them did, for as long as they liked: a response that nobody reads was waited for."""
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 20)
    with ExitStack() as opened:
        for _ in range(40):
            send_without_reading(page, opened, 500)
        assert visitor.ask("GET", "/").status == 200
        action, token = visitor.form()
        assert visitor.post(action + "/skip", {"form_token": token}).status == 303
        assert connections_left(page, 21) <= 21


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


def test_no_value_of_the_file_moves_the_cursor_of_who_reads_it(path: Path) -> None:
    """Once names of annotators came out of a file as they were, and went to the terminal so."""
    with LabelStore.write(path, is_shared=True) as store:
        store.record("ann", store.next_item("ann") or 0, ALL, note="one\x1b[2Jtwo")
    with closing(sqlite3.connect(path)) as database:
        rule = database.execute("SELECT sql FROM sqlite_schema WHERE name = 'events_are_never_changed'").fetchone()[0]
    evil = "char(27) || '[2Jann' || char(155)"
    statements = (
        "DROP TRIGGER events_are_never_changed",
        f"UPDATE annotators SET annotator = {evil} WHERE annotator = 'ann'",
        f"UPDATE events SET annotator = {evil}",
        f"UPDATE items SET language = {evil}, outlet = {evil}, document = {evil}",
    )
    alter(path, ";\n".join((*statements, rule)))
    table = path.with_name("table.jsonl")
    row = {"text": "hello", "target": "us", "label": "favor", "annotator": "\x1b[2Ja\u202en\x9b", "lang": "e\u2066n"}
    table.write_text(json.dumps(row))
    for source in (path, table):
        shown = check_table(check_labels(load_labels([source]).comments, {}, 0, 0)[0])
        assert "2Ja" in shown
        assert all(character.isprintable() or character == "\n" for character in shown)
    for comment in load_labels([path]).comments:
        assert not any("\x1b" in (value or "") for value in (comment.outlet, comment.document, comment.note))


@pytest.mark.parametrize("what", ["pipe", "link", "device"])
def test_a_folder_of_tables_leads_nowhere_else(tmp_path: Path, what: str) -> None:
    """Once a pipe in a folder was waited on for ever, and a link was read."""
    folder, outside = tmp_path / "tables", tmp_path / "secret.csv"
    folder.mkdir()
    outside.write_text("text,target,label\nnot yours,us,favor\n")
    (folder / "b.csv").write_text("text,target,label\nhello there,us,favor\n")
    match what:
        case "pipe":
            os.mkfifo(folder / "a.csv")
        case "link":
            (folder / "a.csv").symlink_to(outside)
        case "device":
            (folder / "a.csv").symlink_to("/dev/zero")
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


def test_languages_of_a_model_do_not_move_the_cursor(folder: Path) -> None:
    edit_json(folder / "card.json", languages=["\x1b[2J"])
    model = load_model(folder)
    assert all(language.isprintable() for language in model.languages)
    edit_json(folder / "card.json", languages=["\x1b[2Jen" * 5])
    with pytest.raises(ModelError, match="languages") as error:
        load_model(folder)
    assert str(error.value).isprintable()


def test_arrays_beyond_all_bounds_are_refused(folder: Path) -> None:
    """Once a file of holes was read whole."""
    with (folder / "model.safetensors").open("wb") as file:
        file.truncate(2**31)
    for use in (load_model, train_rows):
        with pytest.raises(ModelError, match=r"model\.safetensors: more than 200000000 bytes"):
            use(folder)


@pytest.mark.parametrize("how", ["link", "deep"])
def test_a_model_within_itself_is_read_once(folder: Path, how: str) -> None:
    if how == "link":
        (folder / "others").symlink_to(".")
    else:
        inside = folder
        for _ in range(300):
            shutil.copytree(folder, inside / "others", ignore=lambda *_: ["others"])
            inside /= "others"
    model = load_model(folder)
    assert model.others is not None
    assert model.others.others is None
    assert model.name == f"evil@{model_digest(folder)[:4]}"
    assert len(train_rows(folder)) == 0


@pytest.mark.parametrize(
    "rows", [np.zeros(3), np.zeros((2, 2), np.uint64), np.zeros(3, np.int64), np.zeros((), np.uint64)]
)
def test_rows_that_are_no_digests_are_one_line(folder: Path, rows: np.ndarray) -> None:
    content = save(load((folder / "model.safetensors").read_bytes()) | {"rows": rows})
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.safetensors: its digest"):
        train_rows(folder)
    edit_json(folder / "card.json", sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ModelError, match=r"model\.safetensors: .*expected digests of pairs"):
        train_rows(folder)

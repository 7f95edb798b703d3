"""Two people label on two computers: through a tunnel to one page, or in copies of a store that are merged."""

import http.client
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from labelling_pages import Visitor, labels_in, make_store, serving
from typer.testing import CliRunner

from stance.app.guard import HOST
from stance.cli import app

OTHER = "127.0.0.2"
"""A second loopback address, in place of a second computer."""


@contextmanager
def tunnel(port: int) -> Iterator[None]:
    """Forward connections to a port of the other address to the same port here, as ``ssh -L`` does."""
    try:
        listening = socket.create_server((OTHER, port))
    except OSError:
        pytest.skip("this system has one loopback address")

    def run() -> None:
        with suppress(OSError):  # the test has ended
            while True:
                client, _ = listening.accept()
                with client, socket.create_connection((HOST, port)) as server:
                    server.sendall(client.recv(65_536))
                    while data := server.recv(65_536):
                        client.sendall(data)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        listening.shutdown(socket.SHUT_RDWR)  # wakes the thread
        thread.join()
        listening.close()


def ask(port: int, path: str, host: str) -> int:
    connection = http.client.HTTPConnection(OTHER, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host, "Connection": "close"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_tunnel_of_the_same_port_is_let_in_and_another_name_is_not(tmp_path: Path) -> None:
    with serving(make_store(tmp_path / "labels.db")) as page, tunnel(page.sessions.port):
        port, link = page.sessions.port, urlsplit(page.sessions.invite("ann"))
        entry = f"{link.path}?{link.query}"
        for host in (f"{OTHER}:{port}", f"localhost:{port}", f"lab.example:{port}", f"{HOST}:{port + 1}"):
            assert ask(port, entry, host) == 403, host
        assert ask(port, entry, f"{HOST}:{port}") == 303


def test_a_page_is_not_reached_at_another_address(tmp_path: Path) -> None:
    with serving(make_store(tmp_path / "labels.db")) as page, pytest.raises(OSError, match="refused"):
        ask(page.sessions.port, "/", f"{OTHER}:{page.sessions.port}")


def label_all(visitor: Visitor, label: str) -> None:
    while 'action="/item/' in visitor.ask("GET", "/").text:
        action, token = visitor.form()
        answers = {f"label-{row}": label for row in range(3)}
        assert visitor.post(action, {"form_token": token} | answers).status == 303


def test_copies_of_a_store_are_merged_with_the_labels_of_both(tmp_path: Path) -> None:
    places = {"ann": tmp_path / "ann.db", "ben": tmp_path / "ben.db"}
    make_store(places["ann"], annotators="ann,ben", overlap=0.5)
    shutil.copy(places["ann"], places["ben"])
    for (annotator, place), label in zip(places.items(), ("favor", "against"), strict=True):
        with serving(place) as page:
            label_all(page.visitor(annotator), label)
    done = CliRunner().invoke(app, ["store", "merge", *map(str, places.values()), "-o", str(tmp_path / "all.db")])
    assert done.exit_code == 0, done.stderr
    found = [(each.annotator, each.text, str(each.label)) for each in labels_in(tmp_path / "all.db")]
    before = [(each.annotator, each.text, str(each.label)) for place in places.values() for each in labels_in(place)]
    assert sorted(found) == sorted(before)
    assert {(annotator, label) for annotator, _, label in found} == {("ann", "favor"), ("ben", "against")}

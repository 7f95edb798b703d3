import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stance.app.guard import HOST, MAX_BODY, MAX_FIELDS
from tests.support.labelling_pages import Running, Visitor, make_store, serving
from tests.support.tables import cases


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(make_store(tmp_path_factory.mktemp("guards") / "labels.db"), timeout=0.5) as running:
        yield running


@pytest.fixture(scope="module")
def visitor(page: Running) -> Visitor:
    return page.visitor()


def entry_of(page: Running) -> str:
    return page.sessions.invite("ann").removeprefix(page.sessions.origin)


def answers(token: str) -> dict[str, str]:
    return {"form_token": token, "label-0": "favor", "label-1": "against", "label-2": "neutral"}


def events(page: Running) -> int:
    with sqlite3.connect(page.store.path) as database:
        return int(database.execute("SELECT count(*) FROM events").fetchone()[0])


def test_without_a_session_nothing_is_shown(page: Running) -> None:
    port = page.sessions.port
    for cookie in (None, "stance-1=x", f"stance-{port}=guess", f"stance-{port}=", ";;=;", "=" * 2000, f"stance-{port}"):
        for path in ("/", "/item/1", "/guide", "/static/label.js", "/none"):
            reply = Visitor(port, cookie).ask("GET", path)
            assert reply.status == 403, (cookie, path)
            assert "<" not in reply.text


@pytest.mark.parametrize("query", ["", "?token=", "?token=guess", "?token=" + "a" * 43, "?Token=x", "?token=%ff"])
def test_a_guessed_token_is_refused(page: Running, query: str) -> None:
    reply = Visitor(page.sessions.port).ask("GET", f"/enter{query}")
    assert reply.status == 403
    assert "set-cookie" not in reply.headers


def test_a_link_works_once(page: Running) -> None:
    stranger, entry = Visitor(page.sessions.port), entry_of(page)
    first = stranger.ask("GET", entry)
    assert (first.status, first.headers["location"]) == (303, "/")
    replayed = stranger.ask("GET", entry)
    assert replayed.status == 403
    assert "set-cookie" not in replayed.headers


def test_the_cookie_is_for_this_site_and_not_for_scripts(page: Running) -> None:
    cookie = Visitor(page.sessions.port).ask("GET", entry_of(page)).headers["set-cookie"]
    assert cookie.startswith(f"stance-{page.sessions.port}=")
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {"httponly", "path=/", "samesite=strict"}


@pytest.mark.parametrize("way", [("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch"}), ("GET", {"Purpose": "prefetch"})])
def test_looking_ahead_does_not_use_a_link_up(page: Running, visitor: Visitor, way: tuple[str, dict[str, str]]) -> None:
    stranger, entry = Visitor(page.sessions.port), entry_of(page)
    for who in (stranger, visitor):
        assert who.ask(way[0], entry, headers=way[1]).status == 403
    assert stranger.ask("GET", entry).status == 303


def refuse_write(page: Running, visitor: Visitor, header: dict[str, str | None], path: str = "", **token: str) -> None:
    """Check that a form that would be saved without this header, or with this token, changes nothing."""
    action, our_token = visitor.form()
    before = events(page)
    assert visitor.post(path or action, answers(our_token) | token, header).status in (400, 403)
    assert events(page) == before


@cases("host")
def test_another_host_is_refused_before_anything_else(page: Running, visitor: Visitor, host: str | None) -> None:
    header = {"Host": host and host.format(port=page.sessions.port)}
    # Without any Host the server itself refuses.
    assert visitor.ask("GET", "/", headers=header).status == (400 if host is None else 403)
    refuse_write(page, visitor, header)


@cases("name", "value")
def test_another_site_is_refused(page: Running, visitor: Visitor, name: str, value: str) -> None:
    header: dict[str, str | None] = {name: value.format(port=page.sessions.port)}
    assert visitor.ask("GET", "/", headers=header).status == 403
    refuse_write(page, visitor, header)


@pytest.mark.parametrize("path", ["/item/1", "/item/1/skip", "/undo"])
@pytest.mark.parametrize("token", ["", "guess", "ü", "\x00", "of another session"])
def test_a_write_without_an_origin_or_the_token_of_our_form_is_refused(
    page: Running, visitor: Visitor, path: str, token: str
) -> None:
    refuse_write(page, visitor, {"Origin": None}, path)
    assert visitor.post(path, {"label-0": "favor"}).status == 403
    other = page.visitor("ann").form()[1] if token == "of another session" else token
    refuse_write(page, visitor, {}, path, form_token=other)


@pytest.mark.parametrize("kind", [None, "text/plain", "multipart/form-data; boundary=x", "application/json"])
def test_only_plain_forms_are_read(visitor: Visitor, kind: str | None) -> None:
    action, token = visitor.form()
    assert visitor.post(action, answers(token), {"Content-Type": kind}).status == 415


def test_other_methods_and_paths_are_refused(visitor: Visitor) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"):
        reply = visitor.ask(method, "/")
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, POST")
    _, token = visitor.form()
    for path in ("/", "/guide"):
        assert visitor.post(path, answers(token)).status == 405
    for path in ("/undo", "/item/1/skip"):
        assert visitor.ask("GET", path).status == 405


@pytest.mark.parametrize(("length", "statuses"), [(60_000, (200,)), (65_600, (400, 431)), (70_000, (400, 431))])
def test_headers_beyond_the_limit_are_refused(visitor: Visitor, length: int, statuses: tuple[int, ...]) -> None:
    assert visitor.ask("GET", "/", headers={"X-Long": "x" * length}).status in statuses


def test_a_large_body_is_refused(visitor: Visitor) -> None:
    action, _ = visitor.form()
    assert visitor.ask("POST", action, "a=" + "x" * MAX_BODY).status == 413
    chunk = b"%x\r\n%s\r\n" % (MAX_BODY + 1, b"a" * (MAX_BODY + 1))
    headers = {"Content-Length": None, "Transfer-Encoding": "chunked"}
    assert visitor.ask("POST", action, chunk + b"0\r\n\r\n", headers).status == 413
    for length in ("9" * 400, "-1", "1e3", "+5", "٣"):
        headers = {"Content-Length": length.encode().decode("latin-1")}
        assert visitor.ask("POST", action, "a=b", headers).status in (400, 413)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a", b"&".join([b"a=1"] * (MAX_FIELDS + 1)), b"a=%ff"])
def test_what_is_no_form_is_refused(visitor: Visitor, body: bytes) -> None:
    action, _ = visitor.form()
    assert visitor.ask("POST", action, body).status in (400, 403)


def test_a_body_that_comes_too_slowly_is_cut(page: Running, visitor: Visitor) -> None:
    head = (
        f"POST /undo HTTP/1.1\r\nHost: {HOST}:{page.sessions.port}\r\nOrigin: {page.sessions.origin}\r\n"
        f"Cookie: {visitor.cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na="
    )
    with socket.create_connection((HOST, page.sessions.port), timeout=60) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("path", ["/", "/guide", "/static/label.css", "/none", "/item/999", "/enter?token=x"])
def test_every_answer_carries_the_headers(visitor: Visitor, path: str) -> None:
    headers = visitor.ask("GET", path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy.pop("default-src") == "'none'"
    assert policy.pop("frame-ancestors") == "'none'"
    assert policy.pop("base-uri") == "'none'"
    assert set(policy.values()) == {"'self'"}
    assert set(policy) == {"style-src", "script-src", "img-src", "form-action"}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


@cases("path", more=["/item/" + "9" * 150, "/item/" + "9" * 9000])
def test_no_path_leads_to_a_file(visitor: Visitor, path: str) -> None:
    reply = visitor.ask("GET", path)
    assert reply.status == 404
    assert "Page not found" in reply.text


def test_a_failure_tells_the_client_nothing(page: Running, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret of the program")

    monkeypatch.setattr("stance.app.labelling.read_guide", broken)
    reply = visitor.ask("GET", "/guide")
    assert reply.status == 500
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text
    deadline = time.monotonic() + 60  # the terminal is told behind the client
    while not page.told and time.monotonic() < deadline:
        time.sleep(0.01)
    assert page.told == ["the page failed: RuntimeError: secret of the program"]
    page.told.clear()


def test_the_server_listens_on_the_loopback_address_alone(page: Running, tmp_path: Path) -> None:
    from stance.app.server import bind
    from stance.exceptions import ConfigError

    listening = bind(0)
    assert listening.getsockname()[0] == "127.0.0.1"
    with pytest.raises(ConfigError, match=rf"--port {listening.getsockname()[1]}: .*expected a free port"):
        bind(listening.getsockname()[1])
    listening.close()

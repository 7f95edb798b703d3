"""Compiled templates: kept where they can be, made anew where they are old, and never in the way."""

import os
import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from stance.reporting.bytecode import TemplateBytecode
from stance.reporting.pages import _ENVIRONMENT


@pytest.fixture(autouse=True)
def _writes_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text("Hello {{ name }}", encoding="utf-8")
    return tmp_path


def rendered(templates: Path) -> str:
    environment = Environment(
        loader=FileSystemLoader(templates), bytecode_cache=TemplateBytecode(templates), autoescape=True
    )
    return environment.get_template("page.html").render(name="<b>")


def kept(templates: Path) -> list[Path]:
    return sorted((templates / "__pycache__").glob("*"))


def test_a_template_is_compiled_once(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rendered(templates)
    monkeypatch.setattr(Environment, "_compile", lambda *_: pytest.fail("compiled again"))
    assert rendered(templates) == before == "Hello &lt;b&gt;"
    assert len(kept(templates)) == 1


def test_a_changed_template_is_compiled_anew(templates: Path) -> None:
    rendered(templates)
    (templates / "page.html").write_text("Bye {{ name }}", encoding="utf-8")
    assert rendered(templates) == "Bye &lt;b&gt;"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\0" * 100])
def test_a_broken_file_counts_as_none(templates: Path, content: bytes) -> None:
    rendered(templates)
    kept(templates)[0].write_bytes(content)
    assert rendered(templates) == "Hello &lt;b&gt;"


def test_half_a_file_counts_as_none(templates: Path) -> None:
    rendered(templates)
    whole = kept(templates)[0].read_bytes()
    for length in range(0, len(whole), 7):
        kept(templates)[0].write_bytes(whole[:length])
        assert rendered(templates) == "Hello &lt;b&gt;"


def test_a_flipped_bit_counts_as_none_and_nothing_of_it_is_read(
    templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(templates)
    whole = kept(templates)[0].read_bytes()
    monkeypatch.setattr("marshal.loads", lambda _: pytest.fail("damaged code was read"))
    for place in range(0, len(whole), 5):
        kept(templates)[0].write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert rendered(templates) == "Hello &lt;b&gt;"


def test_nobody_else_may_write_what_is_kept(templates: Path) -> None:
    mask = os.umask(0)
    try:
        rendered(templates)
    finally:
        os.umask(mask)
    assert [path.stat().st_mode & 0o022 for path in (templates / "__pycache__", *kept(templates))] == [0, 0]


def test_a_link_in_the_place_of_a_draft_is_not_written_through(templates: Path, tmp_path: Path) -> None:
    rendered(templates)
    (place,) = kept(templates)
    place.unlink()
    other = tmp_path / "other"
    other.write_text("kept")
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    draft.symlink_to(other)
    rendered(templates)
    assert other.read_text() == "kept"
    assert kept(templates) == [place]


def test_where_nothing_can_be_written_nothing_is_kept(templates: Path) -> None:
    (templates / "__pycache__").write_text("a file, so no folder")
    assert rendered(templates) == "Hello &lt;b&gt;"


def test_where_there_is_no_room_nothing_is_left(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert rendered(templates) == "Hello &lt;b&gt;"
    assert kept(templates) == []


@pytest.mark.parametrize(("name", "value"), [("dont_write_bytecode", True), ("pycache_prefix", "/elsewhere")])
def test_nothing_is_kept_where_python_keeps_nothing(
    templates: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(sys, name, value)
    assert rendered(templates) == "Hello &lt;b&gt;"
    assert kept(templates) == []


def test_reports_keep_theirs() -> None:
    assert isinstance(_ENVIRONMENT.bytecode_cache, TemplateBytecode)

"""Compiled templates: kept where they can be, made anew where they are old, and never in the way."""

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


def test_where_nothing_can_be_written_nothing_is_kept(templates: Path) -> None:
    (templates / "__pycache__").write_text("a file, so no folder")
    assert rendered(templates) == "Hello &lt;b&gt;"


def test_where_there_is_no_room_nothing_is_left(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert rendered(templates) == "Hello &lt;b&gt;"
    assert kept(templates) == []


def test_nothing_is_kept_where_python_keeps_nothing(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(templates) == "Hello &lt;b&gt;"
    assert kept(templates) == []


def test_reports_keep_theirs() -> None:
    assert isinstance(_ENVIRONMENT.bytecode_cache, TemplateBytecode)

"""Machines that lack what one expects: a home, a locale, a network, room on the disk, a clock that is right."""

import ctypes
import errno
import json
import os
import pwd
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from stance.resources.files import open_file
from stance.resources.folders import open_folder, replace_folder, temporary_folder
from tests.support.commands import run
from tests.support.faults import contents

OFFLINE = Path(__file__).parents[1] / "offline"
PAGE = "Bridge\n\nThe council met with NATO.\n\nComments\n\nZoë\n2 hours ago\nRussia is right – as ever.\nReply\n"
QUIET = ("--model", "vader", "--quiet")
VERBS: dict[str, tuple[str, ...]] = {
    "parse": ("parse", "page.txt", "-o", "documents.jsonl", "--quiet"),
    "score": ("score", "page.txt", "-o", "scores.csv", *QUIET),
    "store": ("score", "page.txt", "-o", "store.db", *QUIET),
    "report": ("report", "page.txt", "-o", "report", *QUIET),
    "compare": ("compare", "page.txt", "--by", "outlet", "-o", "comparison", *QUIET),
    "sample": ("sample", "page.txt", "-o", "sample.csv", "-n", "1", "--model", "vader", "--quiet"),
    "targets": ("targets",),
}
MADE = {"documents.jsonl", "scores.csv", "store.db", "report", "comparison", "sample.csv"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a page."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    return tmp_path


def start(words: Sequence[str], folder: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    # -B: Python itself would write compiled modules that are cut off where files may not grow.
    command = [sys.executable, "-B", "-m", "stance", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120, **options)


@pytest.fixture
def homeless(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As in a container that runs under a number nobody gave a name."""

    def unknown(_: object) -> Any:
        raise KeyError("no such user")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    named = ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    for name in [*named, *(name for name in os.environ if name.startswith("STANCE_"))]:
        monkeypatch.delenv(name, raising=False)
    return folder


def test_without_a_home_all_that_needs_none_works(homeless: Path) -> None:
    for words in VERBS.values():
        run(*words)
    assert {path.name for path in homeless.iterdir()} == {*MADE, "page.txt", ".stance.key"}


def test_without_a_locale_output_is_what_it_always_is(folder: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    parsed = start(("parse", "page.txt", "--quiet"), folder, env=bare)
    assert (parsed.returncode, parsed.stderr) == (0, b"")
    assert "Zoë" in parsed.stdout.decode("utf-8")
    assert "right – as ever" in json.loads(parsed.stdout)["comments"][0]["text"]


def test_a_wrong_clock_changes_no_result(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*VERBS["score"])
    right = (folder / "scores.csv").read_bytes()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    os.utime(folder / "page.txt", (0, 0))
    run(*VERBS["score"])
    assert (folder / "scores.csv").read_bytes() == right


def test_nothing_asks_the_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **_: object) -> Any:
        pytest.fail(f"the network was asked: {arguments}")

    for name in ("connect", "connect_ex", "bind", "sendto", "sendmsg"):
        monkeypatch.setattr(socket, "socket", type("Blocked", (socket.socket,), {name: refuse}))
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    for words in VERBS.values():
        run(*words)


def test_no_library_of_ours_calls_home_or_notes_who_it_works_for(folder: Path) -> None:
    """ONNX Runtime keeps events of its users in their cache folder and sends them, unless it is told not to."""
    # The default model loads all that others load.
    done = start(("score", "page.txt", "-o", "scores.csv", "--model", "default", "--quiet"), folder, env=alone(folder))
    assert (done.returncode, done.stderr) == (0, b"")
    assert not list((folder / "home").rglob("*"))


def alone(folder: Path) -> dict[str, str]:
    """Give an environment without a network, with an empty home; nothing in it says that this is a test."""
    (folder / "home").mkdir()
    return {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "PYTHONPATH": str(OFFLINE)}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device without room")
@pytest.mark.parametrize("words", [VERBS["targets"], ("parse", "page.txt", "--quiet"), ("--help",)], ids=" ".join)
def test_output_to_a_full_disk_is_one_line(words: tuple[str, ...], folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "stance", *words], cwd=folder, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "stance: output: No space left on device; expected a folder with free space, writable by you\n"
    )


@pytest.mark.parametrize("verb", [verb for verb, words in VERBS.items() if "-o" in words and verb != "store"])
def test_a_folder_that_cannot_be_written_is_one_line(verb: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "own.key").write_text("0" * 64)
    monkeypatch.setenv("STANCE_KEY_FILE", str(folder / "own.key"))

    def refuse(*_: object, **__: object) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for name in ("mkdir", "replace", "rename", "link"):
        monkeypatch.setattr(os, name, refuse)
    real = os.open
    monkeypatch.setattr(
        os, "open", lambda path, flags, *more, **o: (refuse if flags & os.O_CREAT else real)(path, flags, *more, **o)
    )
    refused = run(*VERBS[verb], code=2)
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert "Read-only file system" in refused.stderr


def test_the_second_run_into_a_report_says_so_and_stops(folder: Path) -> None:
    (folder / "report").mkdir()
    with open_folder(folder / "report"):
        for verb in ("report", "compare"):
            words = [word if word != "comparison" else "report" for word in VERBS[verb]]
            said = "stance: report: another stance command is writing here; try again when it has ended\n"
            assert run(*words, code=2).stderr == said
    run(*VERBS["report"])


def test_what_another_run_is_writing_is_no_leftover(tmp_path: Path) -> None:
    with open_file(tmp_path / "scores.csv") as mine:
        mine.write("mine")
        with open_file(tmp_path / "scores.csv") as other:
            other.write("other")
        assert len(contents(tmp_path)) == 2
    assert contents(tmp_path) == {"scores.csv": b"mine"}
    with temporary_folder(tmp_path, ".mine-") as first, temporary_folder(tmp_path, ".mine-") as second:
        assert first.is_dir() and second.is_dir()  # noqa: PT018


def test_what_a_killed_run_left_goes_with_the_next(tmp_path: Path) -> None:
    (tmp_path / ".scores.csv.abcd1234.draft").write_text("half")
    (tmp_path / ".mine-abcd1234").mkdir()
    (tmp_path / ".scores.csv.mine").write_text("of somebody else")
    with open_file(tmp_path / "labels.csv"), temporary_folder(tmp_path, ".mine-"):
        pass
    assert set(contents(tmp_path)) == {"labels.csv", ".scores.csv.mine"}


def test_links_are_no_leftovers(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / ".a.abcd1234.draft").symlink_to(tmp_path / "precious")
    with open_file(tmp_path / "b"):
        pass
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.parametrize("can_swap", [True, False])
def test_readers_of_a_model_that_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_swap: bool) -> None:
    """Where the system swaps folders, a reader finds the old or the new at every moment."""
    if not can_swap:
        monkeypatch.setattr("stance.resources.folders._exchange", lambda first, second: False)
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "old").write_text("")
    with temporary_folder(tmp_path, ".place-") as new:
        (new / "new").mkdir()
        (new / "new" / "fresh").write_text("")
        replace_folder(new / "new", tmp_path / "place")
    assert set(contents(tmp_path)) == {"place", "place/fresh"}
    if can_swap and sys.platform == "linux":
        assert hasattr(ctypes.CDLL(None), "renameat2")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_as_empty_ones(closed: str) -> None:
    command = f"{sys.executable} -m stance parse - {closed}"
    done = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr in (b"", b"stance: -: skipped: empty file; expected a page or a table\n")

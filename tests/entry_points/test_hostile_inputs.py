"""Inputs that are broken, or made to break something: each kind alone, and beside a good page.

The right exit code, each line on standard error about the file, the good page read, nothing executed, and nothing
written but the output.
"""

import gzip
import json
import os
import pickle
import random
import re
import socket
import sqlite3
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
import typer.testing

from tests.support.commands import invoke as run
from tests.support.tables import repeated, table

GOOD = """Bridge stays closed

The council met on Tuesday evening to speak about the bridge, which has been closed since the flood of last year.

It decided that the bridge stays closed until the spring of next year, since the pillars need new stones first.
"""
WORDS = b"The council met on Tuesday to speak about the bridge. "

NOTHING, USAGE, SOME = 1, 2, 3
Make = Callable[[Path], None]


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("STANCE_") and name != "STANCE_KEY_FILE"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def data(content: bytes | str) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return make


def bomb(path: Path) -> None:
    path.write_bytes(gzip.compress(bytes(50_000_000), mtime=0))


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.html", GOOD)


def record(length: str, body: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + WORDS) -> bytes:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %s\r\n\r\n"
    return head % (length.encode() or b"%d" % len(body)) + body + b"\r\n\r\n"


def tarred(path: Path, form: int = tarfile.GNU_FORMAT, how: Literal["w", "w:gz"] = "w:gz") -> None:
    """Pages that are long beside what stands between them."""
    with tarfile.open(path, how, format=form) as archive:
        for name in ("one.html", "two.html"):
            member = tarfile.TarInfo(name)
            member.size = len(GOOD) * 400
            archive.addfile(member, BytesIO(GOOD.encode() * 400))


def database(path: Path) -> None:
    with sqlite3.connect(path) as opened:
        opened.execute("CREATE TABLE t (x)")


def packed(count: int) -> bytes:
    content = GOOD.encode()
    for _ in range(count):
        content = gzip.compress(content, mtime=0)
    return content


RANDOM = random.Random(7).randbytes(30_000)
CASES = table("hostile_inputs", "cases")


def described(kind: str) -> list[tuple[str, Make, str]]:
    """Return the files of a kind in ``tests/cases/``: name, content as texts with their repetitions, what is said."""
    return [(name, data(repeated(parts)), words) for name, parts, words in CASES[kind]]


# What nothing can be read of: name, content, what is said.
USELESS: list[tuple[str, Make, str]] = [
    *described("USELESS"),
    ("noise.txt", data(RANDOM), "binary"),
    ("paper.html", data(b"%PDF-1.7\n" + RANDOM), "PDF"),
    ("pages.html.gz", tarred, "a tar archive; expected an unpacked folder"),
    ("old.txt", partial(tarred, form=tarfile.USTAR_FORMAT, how="w"), "a tar archive"),
    ("pages.zip", zipped, r"zip archive|are not read"),
    ("labels.txt", database, "SQLite"),
    ("bomb.html.gz", bomb, "expands to more than 200 times"),
    ("cut.html.gz", data(packed(1)[:-12]), "truncated gzip"),
    ("wrong.html.gz", data(packed(1)[:-8] + bytes(8)), "incorrect data check"),
    ("five.txt.gz", data(packed(5)), "packed more than 3 times"),
    ("nothing.txt.gz", data(gzip.compress(b"")), "empty file"),
    ("cut.txt.zst", data(b"\x28\xb5\x2f\xfd" + bytes(20)), "zstd"),
    ("lies.warc", data(record("-5")), "Content-Length"),
    ("longer.warc", data(record("900000")), "Content-Length"),
    ("false.parquet", data(b"PAR1" + RANDOM + struct.pack("<I", 2**31 - 1) + b"PAR1"), "damaged Parquet|pyarrow"),
]

# Sound tables that have not the columns that are needed.
MISFITS = described("MISFITS")

# Part of which can be read.
PARTLY: list[tuple[str, Make, str]] = [
    *described("PARTLY"),
    ("second.warc", data(record("") + record("-1") + record("")), "record 2"),
    ("cut.jsonl.gz", data(gzip.compress(b"".join(b'{"text": "%d"}\n' % n for n in range(5_000)))[:-99]), "gzip"),
]


def files() -> list[str]:
    """Name what lies in the folder of the test, which nothing but an output may be added to."""
    return sorted(path.name for path in Path().iterdir())


def said_of(path: Path, result: typer.testing.Result, words: str) -> str:
    """Check that all that was said is lines about one file, and return them."""
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    lines = [line for line in result.stderr.splitlines() if "nothing could be read" not in line]
    assert lines
    assert all(line.startswith("stance: ") and path.name in line and len(line) < 500 for line in lines), lines
    assert re.search(words, lines[0]), lines[0]
    return result.stderr


def cases(*kinds: tuple[str, Make, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("name", "make", "words"), kinds, ids=[name for name, _, _ in kinds])


@cases(*USELESS, *MISFITS)
def test_beside_a_good_page_it_costs_itself_alone(tmp_path: Path, name: str, make: Make, words: str) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    make(folder / name)
    result = run("parse", folder / name, "-o", "out.jsonl", code=USAGE if (name, make, words) in MISFITS else NOTHING)
    said_of(folder / name, result, words)
    assert files() == ["pages"]
    assert run("parse", folder / name, "missing.txt").exit_code == NOTHING  # which has another reason
    (folder / "good.txt").write_text(GOOD)
    result = run("parse", folder, "-o", "out.jsonl", code=SOME)
    said_of(folder / name, result, words)
    [document] = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert document["source"] == str(folder / "good.txt")
    assert files() == ["out.jsonl", "pages"]


@cases(*PARTLY)
def test_of_what_is_partly_broken_the_rest_is_read(tmp_path: Path, name: str, make: Make, words: str) -> None:
    make(tmp_path / name)
    result = run("parse", name, "-o", "out.jsonl", code=SOME)
    said_of(tmp_path / name, result, words)
    documents = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert documents
    assert all(document["comments"] or document["body"] for document in documents)
    assert "\\u0000" not in (tmp_path / "out.jsonl").read_text()


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link(to: str) -> Make:
    return lambda path: path.symlink_to(to)


@pytest.fixture
def bound(tmp_path: Path) -> Iterator[Path]:
    """A socket that somebody listens on; its path must be short, so it is bound by its name alone."""
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("s.txt")
        yield tmp_path / "s.txt"


SPECIAL: list[tuple[str, Make, str]] = [
    ("pipe.txt", fifo, "not a regular file"),
    ("zero.txt", link("/dev/zero"), "a link out of the folder|not a regular file"),
    ("passwd.txt", link("/etc/passwd"), "a link out of the folder"),
    ("up.txt", link("../secret.txt"), "a link out of the folder"),
    ("gone.txt", link("nowhere.txt"), "no such file"),
    ("self.txt", link("self.txt"), "symbolic|loop|no such file"),
]


@cases(*SPECIAL)
def test_a_folder_is_read_without_what_is_no_file_of_it(tmp_path: Path, name: str, make: Make, words: str) -> None:
    (tmp_path / "secret.txt").write_text("root " + GOOD)
    folder = tmp_path / "pages"
    folder.mkdir()
    make(folder / name)
    (folder / "good.txt").write_text(GOOD)
    result = run("parse", folder, code=SOME)
    said_of(folder / name, result, words)
    [document] = map(json.loads, result.stdout.splitlines())
    assert document["source"].endswith("good.txt")


def test_a_socket_is_named(bound: Path) -> None:
    result = run("parse", "s.txt", code=NOTHING)
    said_of(bound, result, "not a regular file")


@pytest.mark.parametrize(("name", "make"), [("pipe.csv", fifo), ("zero.csv", link("/dev/zero"))])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["parse", "FILE"], NOTHING),
        (["labels", "check", "FILE"], USAGE),
        (["targets", "FILE"], USAGE),
        (["evaluate", "FILE", "--model", "vader"], USAGE),
        (["--config", "FILE", "parse", "good.txt"], USAGE),
        (["score", "good.txt", "--model", "FILE"], USAGE),
    ],
)
def test_no_verb_waits_for_a_pipe_or_reads_a_device(
    tmp_path: Path, name: str, make: Make, arguments: list[str], code: int
) -> None:
    make(tmp_path / name)
    (tmp_path / "good.txt").write_text(GOOD)
    result = run(*[name if each == "FILE" else each for each in arguments], code=code)
    said_of(tmp_path / name, result, "expected")


def test_a_folder_that_leads_into_itself_ends(tmp_path: Path) -> None:
    inner = tmp_path / "pages" / "inner"
    inner.mkdir(parents=True)
    (inner / "loop").symlink_to(tmp_path / "pages")
    (inner / "good.txt").write_text(GOOD)
    result = run("parse", "pages", code=0)
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize("name", ["-rf --help.txt", "a\nb.txt", "\x1b[31mred.txt", "<img src=x>.txt", "\udcff.txt"])
def test_names_of_files_are_names(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    try:
        (folder / name).write_text("")
    except OSError:
        pytest.skip("this file system has no such names")
    (folder / "good.txt").write_text(GOOD)
    result = run("parse", folder, code=SOME)
    [line] = result.stderr.splitlines()
    assert "empty file" in line
    assert line.isprintable()


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch executed",)


def skops(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", bytes(5_000_000))


def array_of_objects(path: Path) -> None:
    import numpy as np

    buffer = BytesIO()
    np.save(buffer, np.array([Evil()], dtype=object), allow_pickle=True)
    path.write_bytes(buffer.getvalue())


MODELS: list[tuple[str, Make, str]] = [
    *described("MODELS"),
    ("evil.pkl", data(pickle.dumps(Evil())), "a pickle, which could run code"),
    ("evil.joblib", data(pickle.dumps(Evil())), "a pickle, which could run code"),
    ("old.model", data(pickle.dumps(Evil(), protocol=0)), "a file, not a model folder"),
    ("objects.npy", array_of_objects, "a file, not a model folder"),
    ("bomb.skops", skops, "a file, not a model folder"),
]
TARGETS: list[tuple[str, Make, str]] = [
    *described("TARGETS"),
    ("noise.toml", data(RANDOM), "not UTF-8"),
]
LABELS: list[tuple[str, Make, str]] = [
    *described("LABELS"),
    ("latin.csv", data("text,target,label\n\u00fcber,nato,favor\n".encode("latin-1")), "not UTF-8"),
    ("noise.db", data(b"SQLite format 3\0" + RANDOM), "noise.db"),
    ("other.db", database, "other.db"),
    ("bomb.csv.gz", bomb, "expands|not a known kind"),
]


@cases(*MODELS, *TARGETS, *LABELS)
def test_what_is_no_configuration_is_refused_and_not_run(tmp_path: Path, name: str, make: Make, words: str) -> None:
    make(tmp_path / name)
    (tmp_path / "good.txt").write_text(GOOD)
    verbs = {"score": MODELS, "targets": TARGETS, "labels check": LABELS}
    verb = next(verb for verb, kind in verbs.items() if (name, make, words) in kind)
    more = ("good.txt", "-o", "out.csv", "--model") if verb == "score" else ()
    result = run(*verb.split(), *more, name, code=USAGE)
    said_of(tmp_path / name, result, words)
    assert files() == sorted((name, "good.txt"))


# What is huge

LARGE = """
import re, sys
from stance.cli import main
sys.argv = ["stance", "parse", "large", "-o", "out.jsonl"]
try:
    main()
finally:
    # Not what getrusage says, which keeps what the process was before it was this one.
    print(int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells how much memory was used")
def test_what_is_huge_costs_next_to_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    sentence = b"The council met on Tuesday to speak about the bridge. "
    large: dict[str, bytes] = {
        "line.txt": sentence * 1_000_000,
        "line.jsonl": b'{"text": "' + b"n" * 50_000_000 + b'"}\n{"text": "good"}\n',
        "nested.html": b"<div>" * 1_000_000 + sentence,
        "signs.html": b"<" * 20_000_000,
        "page.html": b"<html><body>" + b"<p>Nobody says why</p>" * 9_000_000,
        "packed.html.gz": gzip.compress(b"<p>Nobody says why</p>" * 90_000, 1) * 100,
    }
    for name, content in large.items():
        (folder / name).write_bytes(content)
    with (folder / "sparse.html").open("wb") as file:
        file.truncate(10 << 30)
    done = subprocess.run([sys.executable, "-c", LARGE], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == SOME, done.stderr
    skipped = [line for line in done.stderr.splitlines() if ": skipped: " in line]
    assert [line.split(": ")[1].removeprefix("large/").split(":")[0] for line in skipped] == sorted(
        (*large, "sparse.html")
    )
    assert [line for line in done.stderr.splitlines() if line not in skipped] == [
        "stance: large/line.jsonl: table of comments, articles unknown: 1 comment; texts alone"
    ]
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1
    assert int(done.stdout) < 400  # megabytes

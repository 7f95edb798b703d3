"""Bytes that nobody wrote: read or named, parsed or refused, at a cost that grows as they do.

``make fuzz`` looks for such bytes for an hour (``research/fuzz``); here is what it found.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import typer.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from research.fuzz.__main__ import seeds
from research.fuzz.checks import CHECKS
from stance.cli import app
from tests.support.step_counter import steps

FOUND = Path(__file__).parents[1] / "fuzzed"

runner = typer.testing.CliRunner()


@pytest.mark.parametrize("path", sorted(FOUND.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_found_once_is_not_found_again(path: Path) -> None:
    CHECKS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("kind", CHECKS)
def test_what_the_search_starts_from_is_sound(kind: str) -> None:
    for seed in list(seeds(kind))[::5]:
        CHECKS[kind](seed)


@st.composite
def damaged(draw: st.DrawFn, kind: str) -> bytes:
    sound = [seed[:3_000] for seed in seeds(kind)]
    data = draw(st.sampled_from(sound))
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        piece = draw(
            st.one_of(st.binary(max_size=8), st.sampled_from([data[start:end], b"<", b'"', b"\xff\xfe", b"\0"]))
        )
        data = data[:start] + piece + data[draw(st.sampled_from([start, end])) :]
    return data[:6_000]


@pytest.mark.parametrize("kind", [kind for kind in CHECKS if kind != "any"])
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_damaged_is_read_or_named(kind: str, data: st.DataObject) -> None:
    CHECKS[kind](data.draw(damaged(kind)))


ENDINGS = (".txt", ".html", ".jsonl", ".json", ".csv", ".warc", ".xml", ".parquet", ".gz", ".zst", "", ".db")
VERBS: dict[str, tuple[str, ...]] = {
    "parse": ("parse", "{file}"),
    "score": ("score", "{file}", "--model", "vader"),
    "check": ("labels", "check", "{file}"),
    "targets": ("targets", "{file}"),
    "use of targets": ("score", "{file}", "--model", "vader", "--targets", "{file}"),
    "configuration": ("--config", "{file}", "targets"),
}


@pytest.mark.parametrize("verb", VERBS)
@settings(max_examples=10)
@given(
    data=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode), damaged("any")), at=st.integers(0, 11)
)
def test_a_command_ends_with_a_code_and_no_traceback(verb: str, data: bytes, at: int) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        path = folder / f"given{ENDINGS[at]}"
        path.write_bytes(data)
        (folder / "manifest.json").write_bytes(data)
        words = [word.format(file=path, folder=folder) for word in VERBS[verb]]
        result = runner.invoke(app, words, env={"STANCE_KEY_FILE": str(folder / "own.key")})
    finally:
        shutil.rmtree(folder)
    assert result.exit_code in (0, 1, 2, 3)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    if result.exit_code:
        assert result.stderr.strip(), "ended without a word"


def text_dump(count: int) -> bytes:
    comment = "Reader{0}\n{1} hours ago\n{2}, and I told {3} friends so.\nReply\n"
    said = ("NATO is late again", "Russia started it, not we", "I do not believe a word", "Why did nobody ask them")
    section = "".join(comment.format(n, n % 20 + 1, said[n % 4], n + 2) for n in range(count))
    return f"A bridge\n\nThe council met.\n\nComments\n{section}".encode()


def badges_below_a_name(count: int) -> bytes:
    first = "2 Comments\nAnn\nMay 3, 2019\n" + "+1\n" * count
    return (first + "Bo\n" + "Moderator\n" * count + "May 4, 2019\nIt is so.\n").encode()


def archive(count: int) -> bytes:
    record = "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: {}\r\n\r\n{}\r\n\r\n"
    page = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nA {} thing that was said of NATO."
    return "".join(record.format(len(page.format(1000 + n)), page.format(1000 + n)) for n in range(count)).encode()


def export(count: int) -> bytes:
    start = '<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version><item>'
    comment = (
        "<wp:comment><wp:comment_id>{0}</wp:comment_id><wp:comment_content>So, {0}.</wp:comment_content></wp:comment>"
    )
    return f"{start}{''.join(comment.format(n) for n in range(count))}</item></channel></rss>".encode()


def csv_table(count: int) -> bytes:
    return b"c1,Bo\n" + b"".join(b'"It is, said NATO %d",c%d\n' % (n, n + 2) for n in range(count))


def json_lines(count: int) -> bytes:
    rows = [json.dumps({"text": f"It is, said NATO {n}", "id": f"c{n}"}) for n in range(count)]
    return ("j" + "\n".join(rows)[len('{"text":') :]).encode()


INPUTS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "a text dump": ("text", text_dump),
    "badges below a name": ("text", badges_below_a_name),
    "an archive": ("archive", archive),
    "an export": ("export", export),
    "a CSV table": ("table", csv_table),
    "JSON Lines": ("table", json_lines),
    "quotes never closed": ("table", lambda count: b"c1,Bo\n" + b'"It is,\n' * count),
    "lengths that lie": ("archive", lambda count: b"WARC/1.0\r\nContent-Length: 99999\r\n\r\n" * count),
    "elements never closed": ("export", lambda count: b"<rss><channel>" + b"<item>" * count),
    "blank lines": ("text", lambda count: b"\n \n" * count),
    "one line": ("text", lambda count: b"Bo says: it is. " * count),
    "marks of replies": ("text", lambda count: b"> " * count + b"\n" + b"> > @Bo\n" * count),
}


@pytest.mark.parametrize("name", INPUTS)
def test_cost_grows_as_the_input_does(name: str) -> None:
    """Steps of Python, not seconds; four times the input costs about four times, whatever the first cost was."""
    kind, make = INPUTS[name]
    CHECKS[kind](make(3))  # what is loaded once
    small, middle, large = (steps(partial(CHECKS[kind], make(count))) for count in (10, 40, 160))
    assert large - middle < 5.2 * (middle - small) + 2_000, (small, middle, large)

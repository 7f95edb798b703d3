"""Each bound of reading, one below it, at it and one above it; test_reading.py has those of pages, lines and fields."""

import gzip
import json
import random
from dataclasses import fields, replace
from pathlib import Path

import pytest

from stance.datamodels import Document, Skip
from stance.exceptions import InputError, TargetError
from stance.labels.rows import row_records
from stance.limits import (
    DAMAGED_PARTS,
    HEADER_BYTES,
    MAX_ALIAS_LENGTH,
    MAX_CELL_CHARS,
    MAX_DIGITS,
    MAX_LABELLED_CHARS,
    MAX_TARGET_FILE_BYTES,
    URL_CHARS,
    Limits,
)
from stance.parsing import parse_page
from stance.reading import read
from stance.reading.http import header_end
from stance.reading.rows import json_object
from stance.targets import load_targets

noise = random.Random(0).randbytes


def read_data(tmp_path: Path, data: bytes, name: str, **bounds: int) -> tuple[list[object], list[Skip]]:
    path = tmp_path / name
    path.write_bytes(data)
    skips: list[Skip] = []
    return list(read([path], skip=skips.append, limits=replace(Limits(), **bounds))), skips


def around(limit: int) -> pytest.MarkDecorator:
    """Try one below the limit, the limit, and one above it, which alone does not fit."""
    return pytest.mark.parametrize(("size", "fits"), [(limit - 1, True), (limit, True), (limit + 1, False)])


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


@around(50_000)
def test_what_is_unpacked(tmp_path: Path, size: int, fits: bool) -> None:
    text = noise(size).hex().encode()[:size]  # packs to a half, so the ratio holds
    values, skips = read_data(tmp_path, packed(text), "p.txt.gz", unpacked_bytes=50_000, ratio_from_bytes=10)
    assert bool(values) is fits
    assert fits or "expands to more than" in skips[0].reason


@pytest.mark.parametrize("of_ratio", [-1, 0, 1])
def test_the_ratio(tmp_path: Path, of_ratio: int) -> None:
    data = packed(b"a" * 60_000)
    ratio = 60_000 // len(data) + 1  # the data is under it
    values, skips = read_data(tmp_path, data, "p.txt.gz", ratio=ratio + of_ratio, ratio_from_bytes=10_000)
    assert bool(values) is (of_ratio >= 0)
    assert values or "times its size" in skips[0].reason


@around(60_000)
def test_the_size_from_which_the_ratio_counts(tmp_path: Path, size: int, fits: bool) -> None:
    values, skips = read_data(tmp_path, packed(b"a" * size), "p.txt.gz", ratio=1, ratio_from_bytes=60_000)
    assert bool(values) is fits
    assert fits or "times its size" in skips[0].reason


@around(3)
def test_packings_in_each_other(tmp_path: Path, size: int, fits: bool) -> None:
    data = b"A council met on Tuesday."
    for _ in range(size):
        data = packed(data)
    values, skips = read_data(tmp_path, data, "p.txt.gz", packings=3)
    assert bool(values) is fits
    assert fits or "packed more than 3 times" in skips[0].reason


def archive(broken: int) -> bytes:
    """A packed archive: a good record, parts whose checksums are wrong, and a good record."""
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nA council met on Tuesday."
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n"
    record = packed(head % len(page) + page + b"\r\n\r\n")
    damaged = record[:-8] + bytes(8)
    return record + damaged * broken + record


@around(DAMAGED_PARTS)
def test_damaged_parts_of_an_archive(tmp_path: Path, size: int, fits: bool) -> None:
    _, skips = read_data(tmp_path, archive(size), "a.warc.gz")
    assert any("damaged parts" in skip.reason for skip in skips) is not fits


@around(HEADER_BYTES)
def test_headers_of_a_response(size: int, fits: bool) -> None:
    data = b"a: " + b"b" * (size - 7) + b"\r\n\r\n"
    assert len(data) == size
    assert (header_end(data + b"body") is not None) is fits


@around(URL_CHARS)
def test_an_address(tmp_path: Path, size: int, fits: bool) -> None:
    url = b"http://a.example/" + b"x" * (size - 17)
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nA council met on Tuesday."
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: %s\r\nContent-Length: %d\r\n\r\n"
    [value], _ = read_data(tmp_path, head % (url, len(page)) + page + b"\r\n\r\n", "a.warc")
    assert (getattr(value, "url", None) is not None) is fits


@around(2_000)
def test_a_row_with_line_ends(tmp_path: Path, size: int, fits: bool) -> None:
    """Lines are handed over while what came before is not beyond the limit."""
    before = "a\n" * 2
    cell = '"' + "x" * (size - 2) + "\n"
    assert len(cell) == size
    data = f'text\n{before}{cell}end"\nlast\n'
    values, skips = read_data(tmp_path, data.encode(), "t.csv", row_chars=2_000)
    texts = [comment.text for value in values if isinstance(value, Document) for comment in value.comments]
    assert texts[-1] == "last"
    assert any("x" * 1_000 in text and text.endswith("end") for text in texts) is fits
    assert fits or "not closed" in skips[0].reason


@around(10)
def test_unclosed_quotes(tmp_path: Path, size: int, fits: bool) -> None:
    data = "text\nfirst\n" + ('"' + "x" * 60 + "\n" + "y" * 60 + "\n") * size
    # Each quote is closed by the next one, unless the row is too long by then.
    _, skips = read_data(tmp_path, data.encode(), "t.csv", row_chars=50, unclosed_quotes=10)
    assert any("unclosed quotes" in skip.reason for skip in skips) is not fits


@around(3)
def test_bad_rows_that_are_named(tmp_path: Path, size: int, fits: bool) -> None:
    _, skips = read_data(tmp_path, b"[]\n" * size + b'{"text": "a"}\n', "t.jsonl", named_rows=3)
    assert len([skip for skip in skips if skip.source.rsplit(":", 1)[-1].isdecimal()]) == min(size, 3)
    assert any("more row" in skip.reason for skip in skips) is not fits


def rows(count: int) -> bytes:
    return "".join(json.dumps({"text": f"comment {n}", "document": "d"}) + "\n" for n in range(count)).encode()


@around(4)
def test_comments_of_one_document_of_a_table(tmp_path: Path, size: int, fits: bool) -> None:
    """What is beyond the bound begins another document; nothing is lost."""
    values, _ = read_data(tmp_path, rows(size), "t.jsonl", comments=4)
    documents = [value for value in values if isinstance(value, Document)]
    assert (len(documents) == 1) is fits
    assert sum(len(document.comments) for document in documents) == size


@around(MAX_DIGITS)
def test_digits_of_a_number(size: int, fits: bool) -> None:
    line = '{"votes": ' + "9" * size + "}"
    if fits:
        assert json_object(line)["votes"] == int("9" * size)
    else:
        with pytest.raises(InputError, match=f"a number of {size} digits"):
            json_object(line)


@around(254)
def test_the_depth_of_html(tmp_path: Path, size: int, fits: bool) -> None:
    """The parser's own bound, of 256 elements with ``html`` and ``body``."""
    data = b"<html><body>" + b"<div>" * size + b"A council met."
    [page], _ = read_data(tmp_path, data, "p.html")
    if fits:
        assert parse_page(page) is not None  # type: ignore[arg-type]
    else:
        with pytest.raises(InputError, match="nested"):
            parse_page(page)  # type: ignore[arg-type]


@around(MAX_LABELLED_CHARS)
def test_a_labelled_text(size: int, fits: bool) -> None:
    check_row({"text": "a" * size, "target": "nato", "label": "favor"}, fits)


@around(MAX_CELL_CHARS)
@pytest.mark.parametrize("column", ["title", "author", "note"])
def test_another_cell_of_a_label_table(column: str, size: int, fits: bool) -> None:
    check_row({"text": "a", "target": "nato", "label": "favor", column: "a" * size}, fits)


def check_row(row: dict[str, str], fits: bool) -> None:
    if fits:
        assert len(row_records(row, (), annotator="ann")) == 1
    else:
        with pytest.raises(ValueError, match="expected at most"):
            row_records(row, (), annotator="ann")


@around(MAX_TARGET_FILE_BYTES)
def test_a_file_of_targets(tmp_path: Path, size: int, fits: bool) -> None:
    target = b'[[targets]]\nid = "bridge"\naliases = ["bridge"]\n#'
    check_targets(tmp_path, target + b"x" * (size - len(target)), fits)


@around(MAX_ALIAS_LENGTH)
def test_an_alias(tmp_path: Path, size: int, fits: bool) -> None:
    check_targets(tmp_path, b'[[targets]]\nid = "bridge"\naliases = ["%s"]\n' % (b"b" * size), fits)


def check_targets(tmp_path: Path, data: bytes, fits: bool) -> None:
    path = tmp_path / "t.toml"
    path.write_bytes(data)
    if fits:
        assert load_targets(path)["bridge"].aliases
    else:
        with pytest.raises(TargetError, match=r"t\.toml.*expected") as seen:
            load_targets(path)
        assert "\n" not in str(seen.value)


def test_a_file_of_targets_in_yaml_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "targets.yaml"
    path.write_text("targets:\n  - {id: bridge, aliases: [bridge]}\n")
    with pytest.raises(TargetError, match=r"targets\.yaml: YAML, which is not read; expected TOML"):
        load_targets(path)


# All bounds


@pytest.mark.parametrize("bound", [each.name for each in fields(Limits)])
def test_no_bound_is_only_claimed(bound: str) -> None:
    """Each bound is used by a module that reads, and stands in SECURITY.md."""
    root = Path(__file__).parent.parent
    sources = [path.read_text("utf-8") for path in (root / "stance").rglob("*.py") if path.name != "limits.py"]
    assert any(f"limits.{bound}" in source for source in sources)
    assert f"`{bound}`" in (root / "SECURITY.md").read_text("utf-8")

"""Reading: whatever is in a file, it becomes a page, a document, a score, or one named reason why not."""

import csv
import gzip
import io
import json
import os
import random
import re
import sys
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import PageKind, Score, Skip, Unit
from stance.exceptions import ConfigError, InputError
from stance.limits import Limits, limits_in_force
from stance.reading import read
from stance.reading.columns import parse_columns
from stance.reading.disk_sort import DiskSort
from stance.reading.encodings import decode
from stance.reading.input_names import WEB
from stance.records.score_records import (
    ARTICLE_FIELDS,
    guard_cell,
    score_cells,
    score_from_record,
    score_from_row,
    score_to_record,
    unguard_cell,
)
from stance.records.writers import csv_text, score_writer
from tests.support.parsed import most_held
from tests.support.tables import cases

gzip_at_zero = partial(gzip.compress, mtime=0)  # names of tests are made of what they are given

ARTICLE = "A town council met on Tuesday.\n\nIt agreed on a new bridge.\n"


def read_all(*inputs, limits=None, stdin=None, columns=None):
    """Return what was read and what was skipped."""
    skips: list[Skip] = []
    with limits_in_force(limits or Limits()):
        return list(read(inputs, skip=skips.append, stdin=stdin, columns=columns)), skips


def row_of(score: Score) -> dict[str, str]:
    table = csv_text([ARTICLE_FIELDS, score_cells(score, {}, ARTICLE_FIELDS)])
    return next(csv.DictReader(io.StringIO(table, newline="")))


def read_bytes(tmp_path: Path, data: bytes, name: str = "page.txt", **options):
    path = tmp_path / name
    path.write_bytes(data)
    return read_all(path, **options)


def only_reason(skips: list[Skip]) -> str:
    assert len(skips) == 1
    return skips[0].reason


@cases("text", "written_in", "encoding")
def test_an_encoding_that_is_marked_declared_or_proven_is_no_guess(text, written_in, encoding):
    decoded = decode(text.encode(written_in))
    assert decoded.encoding == encoding
    assert decoded.warnings == ()
    assert decoded.text.strip("“”").endswith(("Brücke", "Мост"))


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "windows-1250"])
def test_a_declaration_that_the_bytes_prove_wrong_is_not_believed(label):
    page = f'<meta charset="{label}"><p>“I don’t think so,” she said in Besançon'.encode()
    decoded = decode(page)
    assert decoded.text.endswith("“I don’t think so,” she said in Besançon")
    assert decoded.warnings == ()


def test_utf_7_is_not_believed_since_it_can_hide_markup():
    assert decode(b'<meta charset="utf-7">+ADw-script+AD4-').text.endswith("+ADw-script+AD4-")


def test_lost_characters_are_counted():
    decoded = decode("Die Brücke über den Fluß wird schöner".encode() + b" \xff\xfe!")
    assert decoded.warnings == ("2 characters could not be decoded as utf-8",)
    assert decoded.text.count("\ufffd") == 2


@given(st.binary(max_size=400))
def test_any_bytes_decode(data):
    decoded = decode(data)
    assert "\0" not in decoded.text
    decoded.text.encode("utf-8")


def test_folders_are_read_in_natural_order_without_hidden_files(tmp_path):
    for name in ("page10.txt", "page2.txt", ".hidden.txt", "Page1.txt", "deep/page3.txt", "image.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(ARTICLE)
    pages, skips = read_all(tmp_path)
    found = [Path(page.source).relative_to(tmp_path).as_posix() for page in pages]
    assert found == ["deep/page3.txt", "Page1.txt", "page2.txt", "page10.txt"]
    assert skips == []


def test_standard_input_is_sniffed():
    [page], _ = read_all("-", stdin=io.BytesIO(b"<html><body><p>Hello"))
    assert (page.kind, page.source) == (PageKind.HTML, "-")
    for table in (b"id,text\n7,Hello\n", b'{"text": "Hello", "id": "7"}\n'):
        [document], _ = read_all("-", stdin=io.BytesIO(table))
        assert [(comment.comment_id, comment.text) for comment in document.comments] == [("7", "Hello")]


def test_a_name_that_is_no_utf_8_can_still_be_written(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    Path(os.fsdecode(path)).write_text(ARTICLE)
    [page], _ = read_all(tmp_path)
    page.source.encode("utf-8")


@cases("members", "name", "reason")
def test_what_is_no_page_is_named_for_what_it_is(tmp_path, members, name, reason):
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    values, skips = read_all(tmp_path / name)
    assert values == []
    assert reason in only_reason(skips)


def test_what_is_no_page_in_a_folder_is_named_for_what_it_is(tmp_path):
    (tmp_path / "program.html").write_bytes(b"MZ\x90\0\x03")
    (tmp_path / "picture.epub").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "what.ever").write_text("words")
    _, skips = read_all(tmp_path)
    reasons = [skip.reason.split(";")[0] for skip in skips]
    assert reasons == ["a PDF", "a picture (PNG)", "binary (a Windows program)", "files named .ever are not read"]


@pytest.mark.parametrize("address", ["https://example.org/a?b=1", "HTTP://example.org"])
def test_a_web_address_is_not_fetched_and_says_how_to_save_the_page(tmp_path, monkeypatch, address):
    _, skips = read_all(address)
    assert [(skip.source, skip.reason) for skip in skips] == [(address, WEB)]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "http:" / "a").mkdir(parents=True)
    (tmp_path / "http:" / "a" / "b.txt").write_text(ARTICLE)
    pages, skips = read_all("http://a")
    assert (len(pages), skips) == (1, [])


@pytest.mark.parametrize("pack", [gzip_at_zero, zstandard.compress])
@pytest.mark.parametrize("name", ["page.txt", "page.txt.gz"])
@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 131_072, 1_000_000])
def test_packed_pages_of_any_size_are_known_by_content_and_come_back_whole(tmp_path, pack, name, size):
    text = ("The quick brown fox. " * (size // 21 + 1))[:size]
    [page], skips = read_bytes(tmp_path, pack(text.encode()), name)
    assert (page.text, skips) == (text, [])


@pytest.mark.parametrize("over", [-1, 0, 1])
@cases("name", "form", "bound", "counted")
def test_inputs_up_to_the_limit(tmp_path, over, name, form, bound, counted):
    data = form.format("a" * (1_000 + over - counted)).encode()
    values, skips = read_bytes(tmp_path, data, name, limits=replace(Limits(), **{bound: 1_000}))
    assert bool(values) is (over < 1)
    assert not skips or re.search("larger than 1,000 bytes|1,001 characters|more than 1,000", only_reason(skips))


# Tables

TABLE = [
    {"id": "1", "text": "I like bridges.", "target": "bridge", "document": "d1", "outlet": "Gazette", "author": "Ada"},
    {"id": "1", "text": "I like bridges.", "target": "ferry", "document": "d1", "outlet": "Gazette", "author": "Ada"},
    {"id": "2", "text": "I do not.", "target": "bridge", "document": "d1", "outlet": "Gazette", "author": "Bo"},
    {"id": "3", "text": "Who pays?", "target": "bridge", "document": "d2", "outlet": "Gazette", "author": "Cy"},
]


def as_csv(rows, **options) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), **options)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_json_lines(rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_parquet(rows) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def test_a_mapping_is_read_and_checked():
    assert parse_columns("text=body, author=user.name") == {"text": "body", "author": "user.name"}
    assert parse_columns(["text=body,title=story", "line"]) == {"text": "body", "title": "story line"}
    for text in ("", "text", "text=", "text=a,text=b", "body=text", "text=a,,"):
        with pytest.raises(ConfigError, match="expected"):
            parse_columns(text)
    with pytest.raises(ConfigError, match="no field 'body'"):
        list(read([], skip=pytest.fail, columns={"body": "text"}))


def test_parquet_tables_of_comments_and_of_scores(tmp_path):
    [first, second], skips = read_bytes(tmp_path, as_parquet(TABLE), "t.parquet")
    assert (first.document_id, len(first.comments), len(second.comments), skips) == ("d1", 2, 1, [])
    score = Score(
        "d", None, Unit.COMMENT, "c1", None, "bridge", (0.7, 0.1, 0.1, 0.1), 0.5, None, None, ((0, 6),), "en", "m"
    )
    score_writer(tmp_path / "scores.parquet")([score], tmp_path / "scores.parquet")
    [[document], _] = read_all(tmp_path / "scores.parquet")
    assert document.scores == (score,)
    assert len(read_all("-", stdin=io.BytesIO(as_parquet(TABLE)))[0]) == 2


def test_a_parquet_table_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    data = as_parquet(TABLE)
    for bad in (b"PAR1", data[:-9], data[:40] + b"\xff" * 60 + data[100:], data[:-40] + b"\xff" * 32 + data[-8:]):
        _, skips = read_bytes(tmp_path, bad, "t.parquet")
        assert "Parquet" in only_reason(skips)
    assert "packed Parquet" in only_reason(read_bytes(tmp_path, gzip_at_zero(data), "t.parquet.gz")[1])
    assert "no text column among a" in only_reason(read_bytes(tmp_path, as_parquet([{"a": "b"}]), "t.parquet")[1])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install 'pyarrow>=16'" in only_reason(read_bytes(tmp_path, data, "t.parquet")[1])


def test_texts_that_parquet_keeps_as_bytes_are_texts(tmp_path):
    rows = [{"text": "C’est la guerre.".encode(), "user": {"name": "Zoë".encode()}, "document": b"caf\xe9"}]
    [document], _ = read_bytes(tmp_path, as_parquet(rows), "t.parquet", columns={"author": "user.name"})
    assert [(comment.text, comment.author) for comment in document.comments] == [("C’est la guerre.", "Zoë")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "csv.gz"])
def test_a_table_may_be_in_any_unicode_encoding_and_named_as_packed(tmp_path, encoding, ending):
    row = {"id": "007", "author": "NA", "text": "The bridge is closed again, and nobody says why."}
    data = (as_json_lines if ending == "jsonl" else as_csv)([row])
    [document], skips = read_bytes(tmp_path, data.decode().encode(encoding), f"t.{ending}")
    [comment] = document.comments
    assert skips == []
    assert (comment.comment_id, comment.author, comment.text) == tuple(row.values())


@pytest.mark.slow
def test_a_long_text_that_many_rows_share_does_not_fill_the_memory(tmp_path):
    rows = pa.table({"text": pa.array(["x" * 1_000_000] * 160)})
    pq.write_table(rows, tmp_path / "t.parquet")
    del rows

    def read_table(path: Path) -> None:
        assert "159 more rows" in read_all(path, limits=replace(Limits(), named_rows=1))[1][-1].reason

    assert most_held(read_table, tmp_path / "t.parquet") < 130_000_000


def thread_rows():
    """Rows of twelve articles, article by article; some times, and all authors of a time, are equal."""
    return [
        {
            "id": f"{article}-{number}",
            "text": f"Comment {number}" if number % 2 else "The same",
            "document": f"a{article}",
            "parent": f"{article}-{number - 1}" if number % 3 else None,
            "author": "Ada",
            "posted": f"2024-03-{1 + number:02}T10:00:00" if number % 4 else None,
            "target": target,
        }
        for article in range(12)
        for number in range(11)
        for target in ("bridge", "ferry")
    ]


@pytest.mark.parametrize("order", ["by time", "reversed", "shuffled"])
@pytest.mark.parametrize("write", [as_csv, as_json_lines])
def test_the_order_of_rows_decides_nothing(tmp_path, order, write):
    rows = thread_rows()
    shuffled = random.Random(7).sample(rows, len(rows))
    by_time = sorted(rows, key=lambda row: row["posted"] or "")
    orders = {"by time": by_time, "reversed": rows[::-1], "shuffled": shuffled}
    expected, _ = read_bytes(tmp_path, write(rows), "t")
    assert [document.document_id for document in expected] == [f"a{number}" for number in range(12)]
    assert read_bytes(tmp_path, write(orders[order]), "t") == (expected, [])


def test_a_full_disk_is_one_clear_line(tmp_path, monkeypatch):
    class FullDisk(DiskSort):
        def __init__(self):
            super().__init__()
            self.database.execute("PRAGMA max_page_count = 4")

    monkeypatch.setattr("stance.reading.page_groups.DiskSort", FullDisk)
    rows = [{"text": "word " * 1000, "document": f"d{number}"} for number in range(20)]
    documents, [skip] = read_bytes(tmp_path, as_json_lines(rows), "t.jsonl")
    assert documents == []
    assert skip.reason.startswith("cannot be sorted on disk: database or disk is full; make space")


# Records


@cases("field", "value", "reason")
def test_a_bad_score_is_named_by_its_field(field, value, reason):
    score = Score("d", None, Unit.COMMENT, "c1", None, "bridge", (0.9, 0.0, 0.05, 0.05), 0.5, None, None, (), "en", "m")
    with pytest.raises(InputError, match=reason):
        score_from_record(score_to_record(score) | {field: value})


@cases("cell")
def test_spans_that_are_none_are_named(cell):
    score = Score("d", None, Unit.COMMENT, "c1", None, "bridge", None, None, None, None, (), "en", "m")
    with pytest.raises(InputError, match="evidence holds"):
        score_from_row(row_of(score) | {"evidence": cell})


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＠x"])
def test_formulas_are_made_inert(text):
    assert guard_cell(text) == "'" + text
    assert unguard_cell(guard_cell(text)) == text


NEWS = "The ministers met on Friday to discuss the help for Ukraine. " * 8
SITE = "https://www.paper.example/news/a.html"
CLIPS = {
    "obsidian": f'---\ntitle: "Talks: a start"\nsource: "{SITE}"\nauthor:\n  - "[[Ann]]"\npublished: 2024-02-29\n---\n',
    "single quotes": f"---\ntitle: 'Talks: a start'\nurl: {SITE}\ndate: 29 February 2024\ntags: [a, b]\n---\n",
    "reader": f"Title: Talks: a start\n\nURL Source: {SITE}\n\nPublished Time: 2024-02-29\n\nMarkdown Content:\n",
    "quoted": f"> **Title:** Talks: a start\n> **Source:** [paper]({SITE})\n> **Published:** 29.02.2024\n\n",
    "link": f"Title: Talks: a start\nLink: <{SITE}>\nDate: Feb. 29, 2024\n\n",
}


@pytest.mark.parametrize("form", CLIPS)
def test_front_matter_of_clips_states_title_address_and_date(tmp_path, form):
    [page], skips = read_bytes(tmp_path, (CLIPS[form] + NEWS).encode(), "clip.md")
    facts = page.facts
    assert (facts.title, facts.url, (facts.published or "")[:10]) == ("Talks: a start", SITE, "2024-02-29")
    assert (page.text.strip(), page.url, skips) == (NEWS.strip(), SITE, [])
    assert [each.source for each in read_all(tmp_path)[0]] == ([] if form in ("quoted", "link") else [page.source])


@pytest.mark.parametrize(
    "text",
    [f"---\n{NEWS}", f"Title: a\n\n{NEWS}", f"---\nnote: {SITE}\n---\n{NEWS}", f"Note: {SITE}\n{NEWS}", "Title: a"],
)
def test_other_texts_have_no_front_matter(tmp_path, text):
    [page], _ = read_bytes(tmp_path, text.encode(), "page.txt")
    assert (page.text, page.url) == (text, None)

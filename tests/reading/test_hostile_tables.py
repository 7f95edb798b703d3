"""Cells stay what they are: no name becomes a number, no number a name, and nothing that only looks empty is."""

import json
from pathlib import Path

import pytest

from stance.datamodels import Comment, Document, Skip
from stance.reading import read
from tests.support.tables import cases, repeated


def comments_of(path: Path) -> tuple[list[Comment], list[Skip]]:
    skips: list[Skip] = []
    documents = [value for value in read([path], skip=skips.append) if isinstance(value, Document)]
    return [comment for document in documents for comment in document.comments], skips


def save(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "csv.gz"])
def test_a_table_may_be_in_any_unicode_encoding_and_named_as_packed(tmp_path: Path, encoding: str, ending: str) -> None:
    row = {"id": "007", "author": "NA", "text": "The bridge is closed again, and nobody says why."}
    text = json.dumps(row) + "\n" if ending == "jsonl" else "id,author,text\n" + '007,NA,"{text}"\n'.format(**row)
    [comment], skips = comments_of(save(tmp_path / f"t.{ending}", text.encode(encoding)))
    assert skips == []
    assert (comment.comment_id, comment.author, comment.text) == ("007", "NA", row["text"])


def test_texts_that_parquet_keeps_as_bytes_are_texts(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"text": "C’est la guerre — la vraie.".encode(), "user": {"name": "Zoë".encode()}, "document": b"caf\xe9"}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet")
    (document,) = read([tmp_path / "t.parquet"], skip=pytest.fail, columns={"author": "user.name"})
    assert isinstance(document, Document)
    (comment,) = document.comments
    assert (comment.text, comment.author) == ("C’est la guerre — la vraie.", "Zoë")


@cases("parts", "reason")
@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_what_is_no_value_costs_its_own_line(
    tmp_path: Path, parts: list[tuple[str, int]], reason: str, ending: str
) -> None:
    data = f'{{"text": "before"}}\n{repeated(parts)}\n{{"text": "after"}}\n'
    comments, [skip] = comments_of(save(tmp_path / f"t.{ending}", data))
    assert [comment.text for comment in comments] == ["before", "after"]
    assert skip.source.endswith(":2")
    assert skip.reason.startswith("row 2: ")
    assert reason in skip.reason
    assert len(skip.reason) < 300

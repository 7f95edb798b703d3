"""Exports of other tools: each shape is recognised, and its texts, authors, dates, votes and replies are kept."""

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from stance import resources
from stance.datamodels import Document, Skip
from stance.limits import Limits, limits_in_force
from stance.reading import read
from stance.reading.export_formats import load_sources
from tests.support.commands import invoke

FERRY = "The ferry is late again."

FOLDER = Path(__file__).parents[1] / "exports"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
"""Of each file: its layout, title, outlet and address of the first page, rows of comments (see `rows_of`), warnings."""


def read_export(tmp_path: Path, name: str, data: bytes | str, **limits: int) -> tuple[list[Document], list[Skip]]:
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    skips: list[Skip] = []
    with limits_in_force(replace(Limits(), **limits)):
        found = list(read([tmp_path / name], skip=skips.append))
    return [each for each in found if isinstance(each, Document)], skips


def rows_of(documents: list[Document]) -> list[list[Any]]:
    """Return text, author, date, votes and the text that is answered, of each comment."""
    texts = {each.comment_id: each.text for document in documents for each in document.comments}
    return [
        [each.text, each.author, each.posted, each.votes, each.reply_to and texts[each.reply_to]]
        for document in documents
        for each in document.comments
    ]


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("name", EXPECTED)
def test_an_export_comes_in_whole(tmp_path: Path, name: str, is_packed: bool) -> None:
    data, expected = (FOLDER / name).read_bytes(), EXPECTED[name]
    documents, skips = read_export(tmp_path, name, gzip.compress(data) if is_packed else data)
    assert skips == []
    assert rows_of(documents) == expected["rows"]
    warnings = [text for document in documents for text in (*document.warnings, *document.doubts)]
    assert warnings == expected.get("warnings", warnings)
    assert {document.layout for document in documents} == {expected["layout"]}
    assert [documents[0].title, documents[0].outlet, documents[0].url] == expected["page"]


def test_every_description_is_tested_and_used() -> None:
    named = {path.stem for path in resources.SOURCES.glob("*.toml")}
    text = (resources.DATA.parent / "docs" / "inputs.md").read_text("utf-8")
    assert all(f"`{name}`" in text for name in named)
    assert named == {source.name for source in load_sources()}
    assert {path.name for path in FOLDER.iterdir()} == {*EXPECTED, "expected.json"}
    assert named - {each["layout"] for each in EXPECTED.values()} == {"convokit", "disqus-export", "wordpress-export"}


def test_a_large_object_is_the_same_in_parts(tmp_path: Path) -> None:
    chat = json.loads((FOLDER / "telegram.json").read_text(encoding="utf-8"))
    chat["messages"] = [chat["messages"][0] | {"id": number} for number in range(50)]
    assert read_export(tmp_path, "result.json", json.dumps(chat, indent=1), line_chars=1_000) == read_export(
        tmp_path, "result.json", json.dumps(chat)
    )
    whole = json.dumps(chat, indent=1)
    broken = whole[: len(whole) * 2 // 3]
    [document], [skip] = read_export(tmp_path, "result.json", broken, line_chars=1_000)
    assert len(document.comments) >= 20
    assert "not JSON" in skip.reason or "does not end" in skip.reason


def test_a_window_beyond_the_limit_is_named_with_the_limit_that_allows_it(tmp_path: Path) -> None:
    """Dumps of Reddit are packed with ``--long=31``."""
    small = {"strategy": 1, "hash_log": 12, "chain_log": 12, "search_log": 1, "min_match": 4}
    parameters = zstandard.ZstdCompressionParameters(window_log=31, **small)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = packer.compress((FOLDER / "reddit-dump.jsonl").read_bytes()) + packer.flush()
    documents, [skip] = read_export(tmp_path, "RC.zst", data)
    assert not documents
    assert "--limit window_bytes=2147483648" in skip.reason
    documents, skips = read_export(tmp_path, "RC.zst", data, window_bytes=2**31)
    assert len(rows_of(documents)) == 3
    assert skips == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "data", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from([name for name in EXPECTED if name.endswith(".json")]), st.data())
def test_anything_in_the_place_of_a_value_is_read_or_named(tmp_path_factory: Any, name: str, data: Any) -> None:
    """Whatever stands in one place of an export, nothing but documents and reasons comes of it."""
    content = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    holder: Any = content
    for _ in range(data.draw(st.integers(0, 6))):
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        inner = [key for key in keys if isinstance(holder[key], dict | list) and holder[key]]
        if not inner:
            break
        holder = holder[data.draw(st.sampled_from(inner))]
    key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[key] = data.draw(VALUES)
    most = data.draw(st.sampled_from([300, 10**6]))
    documents, skips = read_export(tmp_path_factory.getbasetemp(), name, json.dumps(content), line_chars=most)
    assert documents or skips


def test_how_a_table_is_read_is_said_of_the_file_once(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(f"comment,story,date\n{FERRY},a,2024-03-01\n{FERRY} Again,b,2024-03-02\n")
    first = f"stance: {table}: warning: in all rows, read comment as text, date as posted"
    for words in (("parse",), ("score", "--model", "vader", "-o", tmp_path / "s.db")):
        said = invoke(words[0], table, "--map", "document=story", *words[1:])
        assert said.stderr.splitlines().count(first) == 1, said.stderr
    assert [json.loads(line)["warnings"] for line in invoke("parse", table, "--quiet").stdout.splitlines()] == [[]]


def test_an_outlet_of_the_user_is_that_of_inputs_that_name_none(tmp_path: Path) -> None:
    document = {"id": "1", "source": "a", "title": "a", "body": [], "comments": [{"id": "c1", "text": FERRY}]}
    (tmp_path / "own.jsonl").write_text(json.dumps(document))
    (tmp_path / "t.csv").write_text(f"text,title\n{FERRY},a\n")
    shutil.copy(FOLDER / "commento.json", tmp_path)
    shutil.copy(FOLDER / "blogger-export.xml", tmp_path)
    (tmp_path / "named.csv").write_text(f"text,outlet\n{FERRY},Herald\n")
    outlets = {document.source: document.outlet for document in read([tmp_path], skip=pytest.fail)}
    given = read([tmp_path], skip=pytest.fail, outlet="The Sound")
    assert [document.outlet for document in given] == [outlet or "The Sound" for outlet in outlets.values()]
    assert outlets[f"{tmp_path}/named.csv#2-2"] == "Herald"
    (tmp_path / "partly.csv").write_text(f"document,outlet,text\nd,A,{FERRY}\nd,,{FERRY} Again\n")
    assert len([*read([tmp_path / "partly.csv"], skip=pytest.fail, outlet="A")]) == 1


def test_wide_tables_take_linear_time_up_to_a_limit(tmp_path: Path) -> None:
    names = ",".join(["text", *(f"column{number}" for number in range(49_999))])
    [document], _ = read_export(tmp_path, "t.csv", f"{names}\n{FERRY}{',x' * 49_999}\n")
    assert document.comments[0].text == FERRY
    _, [skip] = read_export(tmp_path, "t.csv", f"{names}\n", columns=40_000)
    assert skip.reason == "50,000 columns; expected at most 40,000"


def test_parse_names_the_source_and_what_was_found(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "youtube-ytdlp.info.json", tmp_path / "talk.info.json")
    (tmp_path / "t.csv").write_text("text,outlet\nx,A\ny,B\n")
    found = invoke("parse", tmp_path / "talk.info.json", tmp_path / "t.csv")
    first, second = (line.partition(": ")[2].partition(": ")[2] for line in found.stderr.splitlines())
    assert first == "YouTube comments (yt-dlp): 3 comments, 1 reply; title, author, date, likes"
    assert second == "table of comments, articles unknown: 2 comments; texts alone"
    records = [json.loads(line) for line in found.stdout.splitlines()]
    assert [record.get("articles") for record in records] == [None, "unknown", "unknown"]
    assert invoke("parse", "--quiet", tmp_path / "talk.info.json").stderr == ""

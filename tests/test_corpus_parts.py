"""A manifest or a part from elsewhere is refused in one line, and nothing outside the folder is ever opened."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from corpus_samples import page, stored, update, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from stance.corpus import open_corpus
from stance.corpus.checking import verify
from stance.corpus.manifest import is_corpus, read_manifest, write_manifest
from stance.corpus.merging import merge
from stance.corpus.tables import Rows
from stance.datamodels import Comment, Document, Score, Unit
from stance.exceptions import InputError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    update([write(folder / "a.jsonl", page("a"), page("b"))], folder / "corpus")
    return folder / "corpus"


@pytest.fixture
def corpus(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    for path in made.rglob("*"):
        if path.is_file():
            (target := tmp_path / path.relative_to(made)).parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tmp_path


def change(corpus: Path, edit: Callable[[Any], None]) -> None:
    record = json.loads((corpus / "manifest.json").read_text())
    edit(record)
    (corpus / "manifest.json").write_text(json.dumps(record))


def rewrite(corpus: Path, table: str, edit: Callable[[Any], Any]) -> None:
    """Write a part's table anew, and let the manifest say so: as somebody would who means harm."""
    path = corpus / table / "000001.parquet"
    changed = edit(parquet.read_table(path))
    parquet.write_table(changed, path, compression="zstd")

    def tell(record: Any) -> None:
        record["parts"][0][table] = changed.num_rows
        seal = {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        record["parts"][0]["files"][table] = seal

    change(corpus, tell)


def with_column(table: Any, name: str, values: list[Any]) -> Any:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(place), pyarrow.array(values, table.schema.field(place).type))


def test_a_manifest_comes_back(made: Path, tmp_path: Path) -> None:
    manifest = read_manifest(made)
    write_manifest(manifest, tmp_path)
    assert read_manifest(tmp_path) == manifest
    assert is_corpus(tmp_path)


@pytest.mark.parametrize(
    ("edit", "seen"),
    [
        (lambda r: r.update(version=2), "version 2, this stance reads 1"),
        (lambda r: r.update(format="other"), "not of a corpus"),
        (lambda r: r.update(parts={}), "has no proper parts"),
        (lambda r: r["parts"][0].update(part="../../etc/passwd"), "has no proper part"),
        (lambda r: r["parts"][0].update(part=True), "has no proper part"),
        (lambda r: r["parts"][0].update(comments=10**12), "claims more than"),
        (lambda r: r["parts"][0].update(comments=-1), "is -1"),
        (lambda r: r["parts"].append(r["parts"][0]), "comes twice"),
        (lambda r: r.update(next_part=1), "still to be given"),
        (lambda r: r.update(next_part=2**63 - 1), "part or number beyond"),
        (lambda r: r.update(next_number=2**63 - 1), "part or number beyond"),
        (lambda r: r.update(next_number=2), "next_number 2 is not beyond the number of documents"),
        (lambda r: r["inputs"][0].update(parts=[9]), "names a part that is not listed"),
        (lambda r: r["inputs"][0].update(sha256="x"), "no SHA-256"),
        (lambda r: r["inputs"][0].update(repeats=[["a"]]), "no pair of texts"),
        (lambda r: r["inputs"][0].update(skipped=[7]), "has no proper source"),
        (lambda r: r.pop("settings"), "has no proper settings"),
    ],
)
def test_a_manifest_that_is_none_is_refused(corpus: Path, edit: Callable[[Any], None], seen: str) -> None:
    change(corpus, edit)
    with pytest.raises(InputError, match=seen) as refused:
        open_corpus(corpus)
    assert "manifest.json" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": "stance-corpus"', "[" * 100_000, '{"format": 1e999}'])
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json: "):
        open_corpus(tmp_path)


def test_a_folder_without_a_manifest_is_no_corpus(tmp_path: Path) -> None:
    assert not is_corpus(tmp_path)
    assert not is_corpus(tmp_path / "nowhere")
    (tmp_path / "manifest.json").write_text('{"name": "some web app"}')
    assert not is_corpus(tmp_path)


@pytest.mark.parametrize("table", ["documents", "comments", "scores"])
@pytest.mark.parametrize("damage", ["missing", "cut", "changed", "link"])
def test_damage_is_named(corpus: Path, table: str, damage: str) -> None:
    path = corpus / table / "000001.parquet"
    data = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(data[:-10])
    elif damage == "changed":
        path.write_bytes(data[:60] + bytes([data[60] ^ 1]) + data[61:])
    elif damage == "link":
        (corpus / "secret").write_bytes(data)
        path.symlink_to(corpus / "secret")
    problems = list(verify(corpus))
    assert problems
    assert any(str(path) in problem for problem in problems)
    with pytest.raises(InputError, match=f"{table}/000001.parquet"):
        stored(corpus)


@pytest.mark.parametrize(
    ("table", "edit", "seen"),
    [
        ("documents", lambda t: t.append_column("x", pyarrow.array([1] * t.num_rows)), "columns x; expected those"),
        ("comments", lambda t: t.drop_columns(["text"]), "columns of other types"),
        ("scores", lambda t: with_column(t, "favor", [2.0] * t.num_rows), "probabilities are"),
        ("scores", lambda t: with_column(t, "unit", ["soul"] * t.num_rows), "unit is 'soul'"),
        ("scores", lambda t: with_column(t, "sentiment", [9.0] * t.num_rows), "a sentiment is 9"),
        ("scores", lambda t: with_column(t, "evidence", [[[5, 2]]] * t.num_rows), "evidence holds no span"),
        ("scores", lambda t: with_column(t, "target", [None] * t.num_rows), "target is missing"),
        ("comments", lambda t: with_column(t, "text", [None] * t.num_rows), "no text or no name"),
        ("comments", lambda t: with_column(t, "number", [5] * t.num_rows), "which is not there"),
        ("comments", lambda t: with_column(t, "number", [2, 2, 2, 1, 1, 1]), "expected ascending"),
        ("documents", lambda t: with_column(t, "number", [1] * t.num_rows), "two documents of number 1"),
        ("documents", lambda t: with_column(t, "id", [""] * t.num_rows), "id is missing"),
        ("documents", lambda t: with_column(t, "body", [[None]] * t.num_rows), "a list lacks a text"),
    ],
)
def test_a_part_with_other_content_is_refused(corpus: Path, table: str, edit: Callable[[Any], Any], seen: str) -> None:
    rewrite(corpus, table, edit)
    with pytest.raises(InputError, match=seen) as refused:
        stored(corpus)
    assert str(corpus) in str(refused.value)
    assert any(seen in problem for problem in verify(corpus))


def test_a_document_of_an_input_that_is_not_named_is_refused(corpus: Path) -> None:
    change(corpus, lambda record: record["inputs"][0].update(path="another.jsonl"))
    with pytest.raises(
        InputError, match=r"000001\.parquet: a document of .*a\.jsonl, which the manifest does not name"
    ):
        stored(corpus)
    with pytest.raises(InputError, match="which the manifest does not name"):
        merge([corpus, corpus], corpus / "both")


def test_a_part_that_expands_beyond_measure_is_refused(corpus: Path) -> None:
    text = "NATO " * 4_000_000
    rewrite(corpus, "comments", lambda t: with_column(t, "text", [text] + ["x"] * (t.num_rows - 1)))
    with pytest.raises(InputError, match="times its size, the limit"):
        stored(corpus)


@given(
    at=st.integers(0, 100_000), value=st.integers(0, 255), table=st.sampled_from(["documents", "comments", "scores"])
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_byte_may_be_wrong(made: Path, tmp_path: Path, at: int, value: int, table: str) -> None:
    path = made / table / "000001.parquet"
    data = path.read_bytes()
    at %= len(data)
    path.write_bytes(data[:at] + bytes([value]) + data[at + 1 :])
    try:
        if data[at] != value:
            assert any(str(path) in problem for problem in verify(made))
            with pytest.raises(InputError, match=r"changed since it was written"):
                stored(made)
    finally:
        path.write_bytes(data)


def scored_with(**fields: Any) -> Document:
    score = Score(
        document="d", outlet=None, unit=Unit.COMMENT, comment="c", author=None, target="nato", probabilities=None,
        sentiment=None, target_sentiment=None, via=None, evidence=fields.pop("evidence", ()), language="en", model="m",
    )  # fmt: skip
    return replace(Document("d", "s", comments=(Comment("c", **fields),)), scores=(score,))


def test_what_no_table_can_hold_is_left_out_not_fatal() -> None:
    rows = Rows()
    odd = scored_with(text="half \ud800 pair", votes=10**40, evidence=((0, 4), (0, 10**40)))
    rows.add(odd, 1, "in", "content")
    comments, scores = rows.table("comments").to_pylist(), rows.table("scores").to_pylist()
    assert (comments[0]["text"], comments[0]["votes"]) == ("half ? pair", None)
    assert scores[0]["evidence"] == [[0, 4]]

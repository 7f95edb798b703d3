"""A merge or import holds each thing once; hostile files are refused in one line, and nothing is left of them."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from faults import die_at
from labelling_pages import labels_in, make_item
from pyarrow import parquet
from store_samples import page, stored, update, write
from typer.testing import CliRunner

from stance.cli import app
from stance.datamodels import Comment, Document, Score, Stance, Unit
from stance.exceptions import InputError
from stance.labelling import open_queues, read_annotators
from stance.log import Log
from stance.pipeline import read_documents
from stance.pseudonyms import fingerprint, load_key
from stance.store import Store
from stance.store.documents import (
    TABLES,
    forgotten_digest,
    read_manifest,
    read_parquet_folder,
    refuse_damage,
    rows_of,
    schema,
)
from stance.store.forgetting import forget
from stance.store.labels import Answer, LabelStore
from stance.store.merging import merge


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, list(map(str, arguments)))


def dump(path: Path, *leave_out: str) -> str:
    with closing(sqlite3.connect(path)) as database:
        return "\n".join(line for line in database.iterdump() if not any(name in line for name in leave_out))


# Merging --------------------------------------------------------------------------------------------------------------


def test_merged_stores_hold_each_document_once(tmp_path: Path) -> None:
    a, b, both = tmp_path / "a.db", tmp_path / "b.db", tmp_path / "both.db"
    update([write(tmp_path / "1.jsonl", page("north"), page("south"))], a)
    update([write(tmp_path / "2.jsonl", page("south"), page("east"))], b)
    done = run("store", "merge", a, b, "-o", both)
    assert (done.exit_code, done.stderr) == (0, f"stance: {both}: 3 documents\n")
    assert [d.source for d in stored(both)] == ["north.html", "south.html", "east.html"]
    assert stored(both)[:2] == stored(a)
    assert stored(both)[1:] == stored(b)
    assert run("store", "verify", both).exit_code == 0
    with Store.read(both) as store:
        found = store.rows("SELECT count(*) FROM comment_search WHERE comment_search MATCH 'east'")
        assert next(found) == (3,)
    # It goes on as any store: its inputs are known, and a document that stands in two outlives the change of one.
    assert update([tmp_path / "1.jsonl", tmp_path / "2.jsonl"], both).kept == 2
    write(tmp_path / "1.jsonl", page("elsewhere"))
    update([tmp_path / "1.jsonl", tmp_path / "2.jsonl"], both)
    assert {d.source for d in stored(both)} == {"south.html", "east.html", "elsewhere.html"}


def test_a_store_that_is_merged_with_itself_is_the_same(tmp_path: Path) -> None:
    a = tmp_path / "a.db"
    (tmp_path / "bad.html").write_bytes(b"%PDF-1.7")
    update([write(tmp_path / "1.jsonl", page("north"), page("south")), tmp_path / "bad.html"], a)
    label(a)
    shutil.copy(a, tmp_path / "copy.db")
    assert run("store", "merge", a, tmp_path / "copy.db", "-o", tmp_path / "both.db").exit_code == 0
    # FTS5 numbers the segments of its index, and counts.
    assert dump(tmp_path / "both.db", "_search") == dump(a, "_search")
    assert run("import", tmp_path / "copy.db", "-o", a).exit_code == 0
    assert dump(tmp_path / "both.db", "_search") == dump(a, "_search")


def forgetful(tmp_path: Path) -> tuple[list[Path], str, Path]:
    """Two stores of the same pages, an author who was forgotten in the second only, and the key."""
    key, stores = tmp_path / "key.db", [tmp_path / "a.db", tmp_path / "b.db"]
    for path in stores:
        update([write(tmp_path / "1.jsonl", page("north", 6), page("south", 6))], path)
    label(stores[0])
    author = str(stored(stores[0])[0].comments[0].author)
    assert forget(author, stores[1], key=load_key(key)).comments == 4
    return stores, author, key


def test_a_merge_that_dies_at_any_step_is_finished_by_the_next(tmp_path: Path) -> None:
    stores, author, key = forgetful(tmp_path)
    merge(stores, tmp_path / "whole.db", load_key(key), refuse_damage)
    (tmp_path / "at").mkdir()
    place = tmp_path / "at" / "both.db"
    deaths = 0
    while die_at(lambda: merge(stores, place, load_key(key), refuse_damage), tmp_path / "at", deaths + 1):
        deaths += 1
        assert not place.exists() or dump(place, "_search") == dump(tmp_path / "whole.db", "_search")
        merge(stores, place, load_key(key), refuse_damage)
        assert [each.name for each in place.parent.iterdir()] == ["both.db"]
        assert dump(place, "_search") == dump(tmp_path / "whole.db", "_search")
        assert author.encode() not in place.read_bytes()
        place.unlink()
    assert deaths > 3


def test_forgotten_authors_need_their_key(tmp_path: Path) -> None:
    stores, author, key = forgetful(tmp_path)
    both, other = tmp_path / "both.db", tmp_path / "other.key"
    load_key(other)
    for arguments in ((), ("--key-file", other)):
        for command in (("store", "merge", *stores, "-o", both), ("import", stores[1], "-o", stores[0])):
            before = dump(stores[0])
            done = run(*command, *arguments)
            assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
            assert "authors were forgotten under the key" in done.stderr
            assert not both.exists()
            assert dump(stores[0]) == before
    done = run("store", "merge", *stores, "-o", both, "--key-file", key)
    assert done.exit_code == 0, done.stderr
    assert "4 comments of authors whose removal was asked for left out" in done.stderr
    assert run("import", stores[1], "-o", stores[0], "--key-file", key).exit_code == 0
    for path in (both, stores[0]):
        assert author.encode() not in path.read_bytes()
        assert run("store", "verify", path).exit_code == 0
        assert run("export", path, "-o", tmp_path / "all.csv").exit_code == 0
        assert author not in (tmp_path / "all.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("damage", ["DELETE FROM forgotten", "UPDATE forgotten SET digest = digest || 'x'"])
def test_a_damaged_list_of_forgotten_people_is_named_and_lets_nobody_back(tmp_path: Path, damage: str) -> None:
    (_, path), author, key = forgetful(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(damage)
        connection.commit()
    line = f"{path}: the list of forgotten people: damaged; restore a backup: without it, they come back\n"
    assert run("store", "verify", path).stderr.endswith(line)
    pages, into = tmp_path / "1.jsonl", tmp_path / "new.db"
    named = ("--key-file", key)
    for command in (
        ("store", "merge", path, "-o", into, *named),
        ("import", path, "-o", into, *named),
        ("score", pages, "-o", path, "--force", "--model", "vader", *named),
    ):
        done = run(*command)
        assert (done.exit_code, done.stderr) == (1, f"stance: {line}")
        assert not into.exists()
    read = run("export", path, "-o", tmp_path / "all.csv")
    assert (read.exit_code, read.stderr.count("the list of forgotten people: damaged")) == (3, 1)
    assert author.encode() not in path.read_bytes()


def test_pseudonyms_of_another_key_are_not_merged_with_forgotten_authors(tmp_path: Path) -> None:
    stores, _, key = forgetful(tmp_path)
    load_key(tmp_path / "other.key")
    strange = tmp_path / "strange.db"
    update([tmp_path / "1.jsonl"], strange, options={"key_file": tmp_path / "other.key"})
    done = run("store", "merge", stores[1], strange, "-o", tmp_path / "both.db", "--key-file", key)
    assert (done.exit_code, "pseudonyms of run 1 were made with another key" in done.stderr) == (2, True)


def test_a_merge_of_a_damaged_store_holds_what_is_sound(tmp_path: Path) -> None:
    path, new = tmp_path / "a.db", tmp_path / "new.db"
    update([write(tmp_path / "1.jsonl", page("north", 6), page("south", 6))], path)
    label(path)
    whole, labels = stored(path), len(labels_in(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        (trigger,) = database.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'answers_are_never_changed'"
        ).fetchone()
        database.execute("DROP TRIGGER answers_are_never_changed")
        database.execute("UPDATE comments SET text = replace(text, 'NATO', 'NASA') WHERE document = 2")
        database.execute("UPDATE answers SET label = 'not_addressed' WHERE event = 3 AND target = 'nato'")
        database.execute(trigger)
    done = run("store", "merge", path, "-o", new)
    assert done.exit_code == 3, done.stderr
    assert f"{path}: skipped: document 2 (south.html): damaged" in done.stderr
    assert f"{path}: skipped: event 3: damaged" in done.stderr
    assert run("store", "verify", new).exit_code == 0
    assert stored(new) == whole[:1]
    assert 0 < len(labels_in(new)) < labels


def label(path: Path) -> None:
    """Draw a sample, and label some of it, with a correction and an undo."""
    assert run("sample", path, "-n", "4", "--model", "vader").exit_code in (0, 3)
    with LabelStore.write(path, settings={}, is_shared=True) as store:
        open_queues(store, [make_item(7)], read_annotators(None, "ann,ben"))
        for annotator, label in (("ann", Stance.FAVOR), ("ben", Stance.AGAINST), ("ann", Stance.NEUTRAL)):
            for number in (1, 2, 5):
                item = store.item(number)
                assert item
                store.record(annotator, number, [Answer(pair.target, label) for pair in item.pairs])
        store.undo("ben")
        store.skip("ben", 3, note="which Russia?")


def test_same_path_other_file_and_other_settings(tmp_path: Path) -> None:
    a, b, both = tmp_path / "a.db", tmp_path / "b.db", tmp_path / "both.db"
    update([write(tmp_path / "1.jsonl", page("north"))], a)
    update([write(tmp_path / "1.jsonl", page("south"))], b)
    update([tmp_path / "1.jsonl"], b, options={"abstain": 0.9})
    assert run("store", "merge", a, b, "-o", both).exit_code == 0
    with Store.read(both) as store:
        first, second = store.runs()
        assert list(store.inputs(first)) == [str(tmp_path / "1.jsonl"), f"{b}:{tmp_path / '1.jsonl'}"]
        assert list(store.inputs(second)) == [str(tmp_path / "1.jsonl")]
    assert (len(stored(both, 1)), len(stored(both, 2))) == (2, 1)


def test_a_merge_into_what_is_there_or_of_no_store_is_refused(tmp_path: Path) -> None:
    a = tmp_path / "a.db"
    update([write(tmp_path / "1.jsonl", page("north"))], a)
    (tmp_path / "text.db").write_text("no database")
    before = dump(a)
    for arguments in ([a, "-o", a], [a, tmp_path / "text.db", "-o", tmp_path / "new.db"]):
        done = run("store", "merge", *arguments)
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert run("import", a, "-o", a).exit_code == 2
    assert (dump(a), (tmp_path / "new.db").exists()) == (before, False)


def test_who_was_forgotten_in_one_store_is_in_none_that_it_is_merged_into(tmp_path: Path) -> None:
    a, b, both = tmp_path / "a.db", tmp_path / "b.db", tmp_path / "both.db"
    update([write(tmp_path / "1.jsonl", page("north"))], a)
    update([write(tmp_path / "2.jsonl", page("south"))], b)
    author = stored(a)[0].comments[0].author
    assert author
    key = load_key(tmp_path / "key.db")
    with Store.write(a) as store, store.transaction():
        store.insert("forgotten", [(forgotten_digest(author, "The Paper", key), fingerprint(key))])
        store.seal("forgotten")
    done = run("store", "merge", b, a, "-o", both, "--key-file", tmp_path / "key.db")
    assert (done.exit_code, "2 comments of authors" in done.stderr) == (0, True)
    assert author.encode() not in both.read_bytes()
    comments = [comment for document in stored(both) for comment in document.comments]
    assert len(comments) == 4
    assert [comment.reply_to for comment in comments if comment.comment_id == "c2"] == [None, None]
    assert run("store", "verify", both).exit_code == 0


# Folders --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as Spark writes it; tests/test_spark.py compares it with one that Spark wrote."""
    (tmp_path / "folder").mkdir()
    update([write(tmp_path / "a.jsonl", page("a"), page("b"))], tmp_path / "a.db")
    rows = [
        rows_of(document, number, "a.jsonl", f"content {number}")
        for number, document in enumerate(stored(tmp_path / "a.db"), 1)
    ]
    for table in TABLES:
        (tmp_path / "folder" / table).mkdir()
        for place, each in enumerate(rows):
            found = pyarrow.Table.from_pylist(each[table], schema=schema(table))
            parquet.write_table(
                found, tmp_path / "folder" / table / f"part-{place:05}.parquet", write_page_checksum=True
            )
    manifest = {"format": "stance-corpus", "version": 4, "settings": {"model": "vader"}, "skipped": []}
    (tmp_path / "folder" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path / "folder"


def test_a_folder_is_read_as_it_was_written(folder: Path, tmp_path: Path) -> None:
    documents = stored(tmp_path / "a.db")
    assert [each.document for each in read_parquet_folder(folder)] == documents
    assert list(read_documents([folder], log=Log())) == documents
    assert run("import", folder, "-o", tmp_path / "b.db").exit_code == 0
    assert stored(tmp_path / "b.db") == documents


@pytest.mark.parametrize(
    ("edit", "seen"),
    [
        (lambda r: r.update(version=3), "version 3; this stance reads version 4"),
        (lambda r: r.update(settings=7), "settings of a run are '7'"),
        (lambda r: r.update(settings={"targets": ["nato", []]}), "setting 'targets' of a run is"),
        (lambda r: r.update(skipped=[7]), "not as stance writes it"),
        (lambda r: r.pop("settings"), "not as stance writes it"),
    ],
)
def test_a_manifest_that_is_none_is_refused(folder: Path, edit: Callable[[Any], None], seen: str) -> None:
    record = json.loads((folder / "manifest.json").read_text())
    edit(record)
    (folder / "manifest.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=seen) as refused:
        read_manifest(folder)
    assert "manifest.json: " in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": "stance-corpus"', "[" * 100_000, '{"format": 1e999}'])
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json: "):
        read_manifest(tmp_path)


def with_column(name: str, *values: Any) -> Callable[[Any], Any]:
    def edit(table: Any) -> Any:
        place, column = table.schema.get_field_index(name), table.schema.field(name)
        cells = [values[row % len(values)] for row in range(table.num_rows)]
        return table.set_column(place, column, pyarrow.array(cells, column.type))

    return edit


@pytest.mark.parametrize(
    ("table", "edit", "seen"),
    [
        ("documents", lambda t: t.append_column("x", pyarrow.array([1] * t.num_rows)), "columns x; expected those"),
        ("comments", lambda t: t.drop_columns(["text"]), "columns missing or of other types"),
        ("scores", with_column("favor", 2.0), "expected . probabilities that sum to 1"),
        ("sentences", with_column("voice", "soul"), "voice is 'soul'"),
        ("sentences", with_column("tone", "soul"), "tone is 'soul'"),
        ("sentences", with_column("critical", 2.0), "expected . probabilities that sum to 1"),
        ("scores", with_column("via", "soul"), "via is 'soul'"),
        ("scores", with_column("sentiment", 9.0), "sentiment is '9.0'"),
        ("scores", with_column("evidence", [[5, 2]]), "evidence holds"),
        ("scores", with_column("evidence", [None]), "evidence holds"),
        ("scores", with_column("target", None), "target is missing"),
        ("comments", with_column("text", None), "text is missing"),
        ("comments", with_column("comment", None), "comment is missing"),
        ("comments", with_column("targets", [None]), "a list of texts"),
        ("comments", with_column("number", 5), "expected it once in documents"),
        ("comments", with_column("number", None), "number is missing"),
        ("comments", with_column("number", 1, 0), "expected ascending"),
        ("documents", with_column("number", 2), "which is there 0 times"),
        ("documents", with_column("number", -(2**63)), "expected ascending"),
        ("documents", with_column("id", None), "id is missing"),
        ("documents", with_column("body", [None]), "a list of texts"),
        ("comments", with_column("text", "NATO " * 4_000_000, "x"), "times its size, the limit"),
    ],
)
def test_a_file_with_other_content_is_refused(
    folder: Path, tmp_path: Path, table: str, edit: Callable[[Any], Any], seen: str
) -> None:
    path = folder / table / "part-00000.parquet"
    parquet.write_table(edit(parquet.read_table(path)), path, compression="zstd")
    with pytest.raises(InputError, match=seen) as refused:
        list(read_parquet_folder(folder))
    assert str(refused.value).startswith(str(folder))
    assert "\n" not in str(refused.value)
    before = dump(tmp_path / "a.db")
    assert run("import", folder, "-o", tmp_path / "a.db").exit_code == 1
    assert run("import", folder, "-o", tmp_path / "new.db").exit_code == 1
    assert (dump(tmp_path / "a.db"), (tmp_path / "new.db").exists()) == (before, False)


@pytest.mark.parametrize("table", [*TABLES])
@pytest.mark.parametrize("damage", ["cut", "changed", "link", "folder"])
def test_damage_is_named(folder: Path, tmp_path: Path, table: str, damage: str) -> None:
    path = min((folder / table).glob("*.parquet"))
    data = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(data[:-10])
    elif damage == "changed":
        at = len(data) - 5
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    elif damage == "link":
        (folder / "secret").write_bytes(data)
        path.symlink_to(folder / "secret")
    else:
        path.mkdir()
    with pytest.raises(InputError, match=f"{table}/{path.name}"):
        list(read_parquet_folder(folder))


def test_what_no_table_can_hold_is_omitted(tmp_path: Path) -> None:
    score = Score(
        document="d", outlet=None, unit=Unit.COMMENT, comment="c", author=None, target="nato", probabilities=None,
        sentiment=None, target_sentiment=None, via=None, evidence=((0, 4),), language="en", model="m",
    )  # fmt: skip
    odd = Document("d", "s\ud800", comments=(Comment("c", "half \ud800 pair", votes=10**40),), scores=(score,))
    rows = rows_of(odd, 1, "in\ud800", "content")
    for table in TABLES:
        pyarrow.Table.from_pylist(rows[table], schema=schema(table))
    assert (rows["comments"][0]["text"], rows["comments"][0]["votes"]) == ("half ? pair", None)
    assert rows["scores"][0]["evidence"] == [[0, 4]]


def test_what_is_nothing_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "some web app"}')
    for path in (tmp_path, tmp_path / "nowhere", tmp_path / "manifest.json"):
        done = run("import", path, "-o", tmp_path / "new.db")
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "new.db").exists()

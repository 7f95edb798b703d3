"""A merge holds each thing once; hostile files are refused in one line, and nothing is left of them."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stance.log import Log
from stance.pseudonyms import load_key
from stance.store.forgetting import forget
from stance.store.merge import merge
from tests.support.commands import refused, run
from tests.support.faults import die_at
from tests.support.labelled_stores import make_labelled_store
from tests.support.labelling_pages import labels_in
from tests.support.store_samples import change, page, query, stored, update, write


def dump(path: Path, *leave_out: str) -> str:
    with closing(sqlite3.connect(path)) as database:
        return "\n".join(line for line in database.iterdump() if not any(name in line for name in leave_out))


def test_merged_stores_hold_each_document_once(tmp_path: Path) -> None:
    a, b, both = tmp_path / "a.db", tmp_path / "b.db", tmp_path / "both.db"
    update([write(tmp_path / "1.jsonl", page("north"), page("south"))], a)
    update([write(tmp_path / "2.jsonl", page("south"), page("east"))], b)
    assert run("store", "merge", a, b, "-o", both).stderr == f"stance: {both}: 3 documents\n"
    assert [d.source for d in stored(both)] == ["north.html", "south.html", "east.html"]
    assert stored(both)[:2] == stored(a)
    assert stored(both)[1:] == stored(b)
    run("store", "verify", both)
    assert query(both, "SELECT count(*) FROM comment_search WHERE comment_search MATCH 'east'") == [(3,)]
    # It goes on as any store: its inputs are known, and a document that stands in two outlives the change of one.
    assert update([tmp_path / "1.jsonl", tmp_path / "2.jsonl"], both).kept == 2
    write(tmp_path / "1.jsonl", page("elsewhere"))
    update([tmp_path / "1.jsonl", tmp_path / "2.jsonl"], both)
    assert {d.source for d in stored(both)} == {"south.html", "east.html", "elsewhere.html"}


def forgetful(tmp_path: Path) -> tuple[list[Path], str, Path]:
    """Two stores of the same pages and labels, an author who was forgotten in the second only, and the key."""
    path, key = make_labelled_store(tmp_path, pages=2, comments=6), tmp_path / "key.db"
    other = Path(shutil.copy(path, tmp_path / "other.db"))
    author = str(stored(path)[0].comments[0].author)
    assert forget(author, other, key=load_key(key)).comments == 3  # two comments, one of them an item
    return [path, other], author, key


def test_a_merge_that_dies_at_any_step_is_finished_by_the_next(tmp_path: Path) -> None:
    stores, author, key = forgetful(tmp_path)
    merge(stores, tmp_path / "whole.db", load_key(key), Log())
    (tmp_path / "at").mkdir()
    place = tmp_path / "at" / "both.db"
    deaths = 0
    while die_at(lambda: merge(stores, place, load_key(key), Log()), tmp_path / "at", deaths + 1):
        deaths += 1
        assert not place.exists() or dump(place, "_search") == dump(tmp_path / "whole.db", "_search")
        merge(stores, place, load_key(key), Log())
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
        assert "authors were forgotten under the key" in refused("store", "merge", *stores, "-o", both, *arguments)
        assert not both.exists()
    done = run("store", "merge", *stores, "-o", both, "--key-file", key)
    assert "2 comments left out: stance forget removed their authors" in done.stderr
    assert author.encode() not in both.read_bytes()
    run("store", "verify", both)
    run("export", both, "-o", tmp_path / "all.csv")
    assert author not in (tmp_path / "all.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("damage", ["DELETE FROM forgotten", "UPDATE forgotten SET digest = digest || 'x'"])
def test_a_damaged_list_of_forgotten_people_is_named_and_lets_nobody_back(tmp_path: Path, damage: str) -> None:
    (_, path), author, key = forgetful(tmp_path)
    change(path, damage)
    line = f"{path}: the list of forgotten people is damaged; restore a backup, or they can be stored again\n"
    assert run("store", "verify", path, code=1).stderr.endswith(line)
    pages, into = tmp_path / "1.jsonl", tmp_path / "new.db"
    named = ("--key-file", key)
    for command in (
        ("store", "merge", path, "-o", into, *named),
        ("score", pages, "-o", path, "--force", "--model", "vader", *named),
    ):
        assert refused(*command, code=1) == f"stance: {line}"
        assert not into.exists()
    told = run("export", path, "-o", tmp_path / "all.csv", code=3).stderr
    assert told.count("the list of forgotten people is damaged") == 1
    assert author.encode() not in path.read_bytes()


def test_pseudonyms_of_another_key_are_not_merged_with_forgotten_authors(tmp_path: Path) -> None:
    stores, _, key = forgetful(tmp_path)
    load_key(tmp_path / "other.key")
    strange = tmp_path / "strange.db"
    update([tmp_path / "1.jsonl"], strange, options={"key_file": tmp_path / "other.key"})
    told = refused("store", "merge", stores[1], strange, "-o", tmp_path / "both.db", "--key-file", key)
    assert "pseudonyms of run 1 were made with another key" in told


def test_a_merge_of_a_damaged_store_holds_what_is_sound(tmp_path: Path) -> None:
    path, new = tmp_path / "a.db", tmp_path / "new.db"
    make_labelled_store(tmp_path, pages=2, comments=6).rename(path)
    whole, labels = stored(path), len(labels_in(path))
    ((trigger,),) = query(path, "SELECT sql FROM sqlite_schema WHERE name = 'answers_are_never_changed'")
    change(path, "UPDATE comments SET text = replace(text, 'NATO', 'NASA') WHERE document = 2")
    altered = "UPDATE answers SET label = 'not_addressed' WHERE event = 4 AND target = 'nato'"
    change(path, f"DROP TRIGGER answers_are_never_changed; {altered}; {trigger}")
    done = run("store", "merge", path, "-o", new, code=3)
    assert f"{path}: skipped: document 2 (place1.html): damaged" in done.stderr
    assert f"{path}: skipped: event 4: damaged" in done.stderr
    run("store", "verify", new)
    assert stored(new) == whole[:1]
    assert 0 < len(labels_in(new)) < labels


def test_a_merge_into_what_is_there_or_of_no_store_is_refused(tmp_path: Path) -> None:
    a = tmp_path / "a.db"
    update([write(tmp_path / "1.jsonl", page("north"))], a)
    (tmp_path / "text.db").write_text("no database")
    before = dump(a)
    for arguments in ([a, "-o", a], [a, tmp_path / "text.db", "-o", tmp_path / "new.db"]):
        refused("store", "merge", *arguments)
    assert (dump(a), (tmp_path / "new.db").exists()) == (before, False)

"""A forgotten person is in no byte of tables and stores, others stay as they were, and other files are listed."""

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from stance.exceptions import StoreError
from stance.options.definition import build
from stance.options.run import Run, ScoreOptions
from stance.pseudonyms import load_key, pseudonym
from stance.records.digests import pair_digest
from stance.records.document_records import document_to_record
from stance.records.writers import score_writer, write_json_lines
from stance.reporting.report import ReportWriter
from stance.runs.models import open_scorer
from stance.runs.store_updates import rename
from stance.scoring.persistence import save_model
from stance.store import Store
from stance.store.forgetting import forget
from stance.store.forgetting.persons import Person
from stance.store.forgetting.results import Forgotten
from stance.store.units import LABEL_UNITS, UNITS
from tests.support.commands import refused
from tests.support.commands import run as run_command
from tests.support.report_samples import MODEL, TARGETS, sample, summaries
from tests.support.store_samples import page, query, score, stored, update, write
from tests.support.tables import cases, rows_of, write_rows
from tests.support.tiny_models import tiny

KEY = bytes(range(32))
NAME = "Pieter Vandal"
OUTLET = sample().outlet
SHOWN = pseudonym(NAME, OUTLET, key=KEY) or ""
SAID = "Keeps its word? Ask the towns that Russia shelled. NATO was right to answer."
OTHER = "Russia keeps its word, and we should say so more often."
ANSWER = f"> {SAID}\nThat is not what I read in the paper."


def scored() -> Any:
    """The sample page as it is scored: pseudonyms under the key, and a reply that quotes."""
    whole = sample()
    comments = [
        replace(each, text=ANSWER, quoted=f"> {SAID}", reply_to="c2") if each.comment_id == "c3" else each
        for each in whole.comments
    ]
    authors = {each.comment_id: pseudonym(each.author, OUTLET, key=KEY) for each in comments}
    scores = tuple(replace(score, author=authors.get(score.comment or "")) for score in whole.scores)
    return replace(whole, comments=tuple(comments), scores=scores)


LABELS: list[dict[str, Any]] = [
    {"id": "3f9c00aa11bb22cc/c2", "text": SAID, "target": "russia", "label": "against", "author": SHOWN},
    {"id": "3f9c00aa11bb22cc/c3", "text": ANSWER, "target": "nato", "label": "neutral", "parent": SAID},
    {"id": "x1", "text": f"  {SAID} ", "target": "nato", "label": "favor"},  # nobody is named: known by its words
    {"id": "x2", "text": OTHER, "target": "russia", "label": "favor", "author": "reader-0000000000"},
]


def write_labels(folder: Path) -> None:
    names = ("id", "text", "target", "label", "author", "parent")
    write_rows(folder / "labels.csv", (dict.fromkeys(names, "") | row for row in LABELS))
    with gzip.open(folder / "labels.jsonl.gz", "wt", encoding="utf-8") as packed:
        packed.write("".join(json.dumps(row) + "\n" for row in LABELS))
    tasks = [{"id": n, "data": row, "annotations": []} for n, row in enumerate(LABELS)]
    (folder / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")


def write_store(path: Path) -> None:
    """Write the page with pseudonyms, and three of its comments with labels."""
    document = rename(scored(), lambda name, outlet, _: pseudonym(name, outlet, key=KEY))
    rows = [(1, OTHER, "reader-0000000000", None), (2, SAID, SHOWN, OTHER), (3, ANSWER, None, SAID)]
    with Store.write(path, settings={}) as store:
        run = store.add_run("digest", "reading", "light", {"targets": [target for target, _ in TARGETS]})
        each = store.begin_input(run, "page.html", "0")
        store.add_document(run, each, document, "content")
        store.end_input(run, each, [])
        with store.transaction() as connection:
            connection.execute("INSERT INTO annotators VALUES (1, 'ann', '2026-01-01', 1)")
            for n, text, author, parent in rows:
                item = (n, f"3f9c00aa11bb22cc/c{n}", "a", text, "3f9c00aa11bb22cc", OUTLET, author, parent)
                columns = "item, identifier, place, text, document, outlet, author, parent"
                connection.execute(f"INSERT INTO items ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", item)
                for rest in (
                    "pairs (item, number, target, role) VALUES (:n, 1, 'russia', 'train')",
                    "assignments VALUES ('ann', 'a', :n)",
                    "events VALUES (:n, '2026', 'ann', :n, 'label', NULL, NULL, 'none', 0)",
                    "answers VALUES (:n, 'russia', 'against', 0)",
                ):
                    connection.execute(f"INSERT INTO {rest}", {"n": n})
            store.seal_all(*LABEL_UNITS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents, scores, labels, a store and a report that hold the person."""
    folder, whole = tmp_path_factory.mktemp("made"), scored()
    write_json_lines([document_to_record(whole)], folder / "documents.jsonl")
    for ending in ("jsonl", "csv", "parquet"):
        score_writer(folder / f"scores.{ending}")(whole.scores, folder / f"scores.{ending}")
    write_labels(folder)
    write_store(folder / "project.db")
    with ReportWriter(folder / "reports", targets=TARGETS, model=MODEL) as writer:
        writer.add(whole, summaries(whole))
        writer.finish(summaries(whole), [])
    return folder


@pytest.fixture
def corpus(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "corpus"))


def run(corpus: Path, author: str = NAME, *, dry: bool = False, key: bytes | None = KEY) -> Forgotten:
    return forget(author, [corpus], key=key, dry=dry)


def left_in(folder: Path, author: str = NAME) -> dict[str, str]:
    """Forget somebody; return the files that are left, and why."""
    result = run(folder, author)
    return {str(Path(path).relative_to(folder)): reason for path, reason in result.left.items()}


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if path.suffix == ".gz":
                data = gzip.decompress(data)
            elif path.suffix == ".parquet":
                parquet = pytest.importorskip("pyarrow.parquet")
                data = repr(parquet.read_table(path).to_pylist()).encode() + data
            yield path, data


OTHER_FORMS = ("documents.jsonl", "labels.jsonl.gz", "scores.parquet", "semicolons.csv", "tasks.json")
"""Files that hold the person and are only listed."""


@pytest.mark.parametrize("author", [NAME, "pieter  VANDAL", SHOWN])
def test_no_byte_of_them_is_left_in_stores_and_our_tables(corpus: Path, author: str) -> None:
    (corpus / "semicolons.csv").write_text((corpus / "labels.csv").read_text().replace(",", ";"))
    pages = (corpus / "reports" / name for name in ("3f9c00aa11bb22cc.html", "readings.html"))
    listed = [*pages, *(corpus / name for name in OTHER_FORMS)]
    before = {path: path.read_bytes() for path in listed}
    result = run(corpus, author)
    for path, data in contents(corpus):
        for trace in (NAME, SHOWN, SAID, "towns that Russia shelled", "shelled"):
            assert path in listed or trace.encode() not in data, (path, trace)
    assert result.left.keys() == {str(path) for path in listed}
    assert result.left.keys() - result.hits == {str(corpus / "scores.parquet")}
    assert {path: path.read_bytes() for path in listed} == before
    assert result.left[str(listed[0])].startswith("holds their name or words: write it again, ")
    assert not list(corpus.rglob(".*"))  # no temporary file is left
    assert not list(corpus.glob("project.db-*"))


def test_our_tables_lose_their_rows_and_nothing_else(corpus: Path) -> None:
    former = {name: (corpus / name).read_text().splitlines() for name in ("scores.csv", "scores.jsonl")}
    result = run(corpus)
    for name, lines in former.items():
        assert [line for line in lines if SHOWN not in line] == (corpus / name).read_text().splitlines()
        assert result.tables[str(corpus / name)].dropped == 3
    rows = rows_of(corpus / "labels.csv")
    assert [(row["id"], row["parent"]) for row in rows] == [("3f9c00aa11bb22cc/c3", ""), ("x2", "")]
    assert rows[1]["text"] == OTHER
    found = [row for row in rows_of(corpus / "reports" / "scores.csv") if row["comment"] in ("c3", "c12")]
    reply = " " * (len(SAID) + 2) + "\nThat is not what I read in the paper."  # evidence spans still hold
    assert {(row["text"], row["reply_to"]) for row in found} == {(reply, ""), (sample().comments[-1].text, "")}


def test_a_store_keeps_what_others_said(corpus: Path) -> None:
    path = corpus / "project.db"
    changed = run(corpus).tables[str(path)]
    assert (changed.dropped, changed.cleaned) == (2, 3)  # a comment and an item; two replies and an item
    run_command("store", "verify", path)
    (document,) = stored(path)
    assert [each.comment_id for each in document.comments] == [f"c{n}" for n in (1, *range(3, 13))]
    reply, blanked = document.comments[1], ANSWER.replace(f"> {SAID}", " " * len(f"> {SAID}"))
    assert (reply.reply_to, reply.text, reply.quoted) == (None, blanked, None)
    for word, number in (("paper", 1), ("shelled", 0)):
        found = f"SELECT count(*) FROM comment_search WHERE comment_search MATCH '{word}'"
        assert query(path, found) == [(number,)]
    labels = query(path, "SELECT id, text, parent FROM labels ORDER BY id")
    ids = [f"3f9c00aa11bb22cc/c{n}" for n in (1, 3)]
    assert labels == [(ids[0], OTHER, None), (ids[1], blanked, None)]


def update_named(sources: list[Path], path: Path, **more: Any) -> None:
    """Score into a store with the names as on the page."""
    named = {"model": "vader", "key_file": path.parent / "key.db", "names": True}
    by = open_scorer(build(Run, named), ScoreOptions(articles=True))
    update(sources, path, options={"names": True}, open_scorer=lambda: by, **more)


@pytest.mark.parametrize("score_anew", [update, update_named])
def test_reading_the_page_again_does_not_bring_them_back(tmp_path: Path, score_anew: Any) -> None:
    path, source = tmp_path / "s.db", write(tmp_path / "a.jsonl", page("a", 6), page("b", 6))
    score_anew([source], path)
    assert forget("commenter  1", path, key=load_key(tmp_path / "key.db")).comments == 4
    for number in range(3):
        left = [comment for document in stored(path) for comment in document.comments]
        assert len(left) == (8, 8, 9)[number]
        assert not any("point 1." in comment.text or "point 6." in comment.text for comment in left)
        if number:
            write(source, page("a", 7), page("b", 6))  # another comment of another one
        score_anew([source], path, force=True)
    assert b"shows, point 1." not in path.read_bytes()


@pytest.mark.parametrize("author", ["Vera Sample", pseudonym("Vera Sample", "The Paper", key=KEY)])
def test_quotations_go_with_the_line_that_names_the_person(tmp_path: Path, key_file: None, author: str) -> None:
    said = "The ferry is late. So is the bus to Harwick pier."
    quotations = f"Vera Sample wrote:{said}", "> Vera Sample, 3 May:\n> The ferry is late.", "Posted by Vera Sample"
    read = page("north", 4)
    read["comments"][0] |= {"author": "Vera Sample", "text": said}
    for comment, quoted in zip(read["comments"][1:], quotations, strict=True):
        comment |= {"quoted": quoted, "text": f"{quoted}\nIt was early."}
    source, path = write(tmp_path / "a.jsonl", read), tmp_path / "s.db"
    table = write(tmp_path / "t.jsonl", {"id": "x", "author": "Jan", "text": f"Vera Sample wrote: {said}\nThe end."})
    score(path, source)
    call(author, path, table)
    assert json.loads(table.read_text())["text"].split() == ["The", "end."]
    for _ in range(2):
        texts = query(path, "SELECT trim(text, ' ' || char(10)), quoted FROM comments")
        assert texts == [("It was early.", None)] * 3
        assert not [trace for trace in (b"Vera", b"Harwick", b"is late") if trace in path.read_bytes()]
        score(path, source, "--force")


def test_a_dry_run_writes_nothing_not_even_for_a_moment(corpus: Path) -> None:
    everything = [corpus, *sorted(corpus.rglob("*"))]
    for path in reversed(everything):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path: path.stat().st_mtime_ns for path in everything}  # a folder's, of each file made in it
    try:
        planned = run(corpus, dry=True)
        assert {path: path.stat().st_mtime_ns for path in (corpus, *sorted(corpus.rglob("*")))} == before
    finally:
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert planned == run(corpus)


def test_saved_pages_histories_and_models_are_named_not_edited(corpus: Path) -> None:
    saved = corpus / "page.html"
    saved.write_text(f"<html><body><b>{NAME}</b><p>{SAID}</p></body></html>")
    (corpus / "innocent.html").write_text("<html><body>Nobody</body></html>")
    (corpus / "export.xml.gz").write_bytes(gzip.compress(f"<rss><item>{SAID}</item></rss>".encode()))
    (corpus / "innocent.html.gz").write_bytes(gzip.compress(b"<html><body>Nobody</body></html>"))
    (corpus / "archive.warc.zst").write_bytes(b"\x28\xb5\x2f\xfd....")
    (corpus / ".git").mkdir()
    save_model(tiny(), corpus / "model", trained_on=[pair_digest(SAID, "russia"), pair_digest("other words", "us")])
    (corpus / "elsewhere").symlink_to("/")
    left = left_in(corpus)
    others = (*OTHER_FORMS, "reports/3f9c00aa11bb22cc.html", "reports/readings.html")
    assert left.keys() - others == {"page.html", "export.xml.gz", "archive.warc.zst", ".git", "model", "elsewhere"}
    assert "edit or delete it" in left["page.html"]
    assert left["model"] == "1 of their labelled comments trained this model: train it again"
    assert SAID in saved.read_text()


@cases("name", "person", "text", "encoding")
def test_a_person_is_found_in_whatever_a_saved_page_makes_of_them(
    tmp_path: Path, name: str, person: str, text: str, encoding: str
) -> None:
    (tmp_path / name).write_bytes(text.encode(encoding))
    write_json_lines([{"id": "a/1", "text": SAID, "author": person}], tmp_path / "comments.jsonl")
    assert "edit or delete it" in left_in(tmp_path, person)[name]
    assert name not in left_in(tmp_path, "Somebody Else")


@cases("name", "data", "reason")
def test_what_is_not_searched_is_named_found_or_not(
    tmp_path: Path, key_file: None, name: str, data: str, reason: str
) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / name).write_bytes(data.encode("latin-1"))
    told = call(NAME, folder, code=1).stderr
    assert f"{folder / name}: skipped: not searched: {reason}" in told
    write_json_lines([{"id": "a/1", "text": SAID, "author": NAME}], folder / "comments.jsonl")
    told = call(NAME, folder, code=3).stderr
    assert f"{folder / name}: left: not searched: {reason}" in told


def test_a_run_that_is_broken_off_is_finished_by_the_next(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that only others show to be theirs go first."""
    write_json_lines([{"text": SAID}, {"text": OTHER}], corpus / "words.jsonl")
    import stance.store.forgetting.files as removal

    real, names = removal.clean_table, list[str]()

    def clean(person: Person, path: Path, result: Forgotten) -> None:
        if names:
            raise KeyboardInterrupt
        names.append(path.name)
        real(person, path, result)

    with monkeypatch.context() as patch:
        patch.setattr(removal, "clean_table", clean)
        with pytest.raises(KeyboardInterrupt):
            run(corpus)
    assert names == ["words.jsonl"]
    assert (corpus / "words.jsonl").read_text().count("\n") == 1
    assert SAID in (corpus / "labels.csv").read_text()  # so the next run knows their words
    run(corpus)
    assert SAID not in (corpus / "labels.csv").read_text()


@pytest.mark.parametrize("column", ["parent_author", "speaker", "mentions", "title", "lead", "url", "document"])
def test_rows_of_others_that_hold_the_name_are_listed_and_stay(tmp_path: Path, column: str) -> None:
    rows = [{"id": name, "author": name, "text": "Well.", column: "Jan"} for name in ("Ada", "Jan", NAME)]
    rows[0][column] = [NAME.lower()] if column == "mentions" else NAME
    write_json_lines(rows, table := tmp_path / "comments.jsonl")
    (picture := tmp_path / f"By {NAME}.npy").write_bytes(b"")
    left = left_in(tmp_path)
    assert "rename it" in left[picture.name]
    assert "1 row of others holds their name" in left[table.name]
    assert [json.loads(line) for line in table.read_text().splitlines()] == rows[:2]


@cases("change", "table")
def test_rows_of_a_store_that_name_them_are_counted_and_stay(
    corpus: Path, key_file: None, change: str, table: str
) -> None:
    path = corpus / "project.db"
    with Store.write(path) as store, store.transaction() as connection:
        connection.execute(change, (f"Our reader {NAME} said so",))
        store.seal_all(*UNITS)
    for more in (("--dry-run",), ()):
        told = call(NAME, path, *more, code=3).stderr
        assert re.search(rf"\b[1-9]\d* rows? of {table} holds? their name", told)
    if change.startswith("UPDATE inputs"):
        assert query(path, "SELECT count(*) FROM inputs WHERE path LIKE '%Our reader%'") == [(1,)]


@cases(
    *("name", "data", "seen"),
    more=[
        ("a.csv.zst", b"\x28\xb5\x2f\xfd....", "damaged zstd data"),
        ("a.html.gz", b"\x1f\x8b\x08broken", "damaged gzip data"),
        ("a.db", b"SQLite format 3\x00" + bytes(200), "expected"),
    ],
)
def test_what_cannot_be_read_is_named_and_stays(corpus: Path, name: str, data: str | bytes, seen: str) -> None:
    content = data.encode() if isinstance(data, str) else data
    (corpus / name).write_bytes(content)
    assert seen in left_in(corpus)[name]
    assert (corpus / name).read_bytes() == content
    assert SAID not in (corpus / "scores.csv").read_text()


def test_the_python_of_the_page_runs(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(corpus)
    (corpus / "project.db").rename(corpus / "russia.db")
    (corpus / "labels").mkdir()
    (corpus / ".stance.key").write_text(KEY.hex())
    page = Path(__file__).parents[2] / "docs" / "privacy.md"
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    room: dict[str, Any] = {}
    exec(code.replace("Pieter Vandal", NAME), room)
    assert room["done"].comments == 5  # the scores of the report too
    assert forget(NAME, "russia.db", key=KEY, dry=True).comments == 2


def test_a_reader_named_like_a_pseudonym_is_another_person(tmp_path: Path, key_file: None) -> None:
    theirs = pseudonym("Commenter 1", "The Paper", key=KEY)
    said, path = page("north", comments=2), tmp_path / "s.db"
    said["comments"][1]["author"] = theirs
    score(path, write(tmp_path / "a.jsonl", said))
    authors = query(path, "SELECT author FROM comments ORDER BY id")
    assert authors == [(theirs,), (pseudonym(theirs, "The Paper", key=KEY),)]
    call(theirs, path)
    assert query(path, "SELECT author FROM comments") == authors[1:]


@pytest.fixture
def key_file(tmp_path: Path, own_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(KEY.hex())
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setenv("STANCE_KEY_FILE", str(tmp_path / "key"))


call = partial(run_command, "forget")


def test_the_command_says_what_it_did(corpus: Path, key_file: None) -> None:
    planned = call(NAME, corpus, "--dry-run", code=3)
    assert "scores.csv: 3 rows would be removed, their words would be cut from 0 rows of others" in planned.stdout
    done = call(NAME, corpus, code=3)
    assert f"{corpus / 'labels.csv'}: 2 rows removed, their words cut from 1 row of others" in done.stdout
    assert "holds their name or words: write it again" in done.stderr
    assert NAME not in done.output
    for name in (*OTHER_FORMS, "reports/3f9c00aa11bb22cc.html", "reports/readings.html"):
        (corpus / name).unlink(missing_ok=True)
    assert "nothing of this person" in refused("forget", NAME, corpus, code=1)


def test_no_key_is_made_to_find_somebody(corpus: Path, own_settings: None) -> None:
    call(NAME, corpus, "--key-file", corpus / "none", code=2)
    assert "there is no key of pseudonyms" in call("Zzyzx", corpus, code=1).stderr
    assert not Path("config").exists()
    assert not Path(".stance.key").exists()


def test_a_store_that_cannot_be_changed_is_no_store_without_them(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise StoreError(f"{corpus}: database or disk is full")

    monkeypatch.setattr("stance.store.forgetting.files.clean_table", full)
    result = run(corpus / "scores.csv")
    assert (result.is_found, result.tables) == (True, {})
    assert "still contains the person; try again" in result.left[str(corpus / "scores.csv")]
    monkeypatch.setattr("stance.store.forgetting.files._rows_in", full)
    result = run(corpus / "scores.csv")
    assert not result.is_found


def test_pages_that_quote_a_few_of_their_words_are_named(tmp_path: Path) -> None:
    said = 'They told us that "peace" was near & that NATO would leave, yet here we are again after ten long years.'
    write_json_lines([{"id": "a/1", "text": said, "author": NAME}], tmp_path / "labels.jsonl")
    quote = f"… {said[24:80]} …"
    head = '<!doctype html><meta name="generator" content="stance"><title>Public version: News</title>'
    for name, shown in (("theirs", quote), ("others", "… somebody else wrote these words about the long harbour …")):
        (tmp_path / f"{name}.html").write_text(f"{head}<q><bdi>{escape(shown)}</bdi></q>", encoding="utf-8")
    record = json.dumps({"public": {}, "quotes": {"favor": [quote]}}, ensure_ascii=False)
    (tmp_path / "summary.json").write_text(record, encoding="utf-8")
    result = run(tmp_path)
    assert result.hits == {str(tmp_path / name) for name in ("theirs.html", "summary.json")}


@cases("name")
def test_names_of_files_and_folders_are_searched_in_all_their_forms(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("Nothing about anybody.\n")
    assert left_in(tmp_path, "Vera Sample") == {name.split("/")[0]: "its name holds their name: rename it"}


@pytest.mark.parametrize("form", ["/author/vera_sample", "?q=Vera%20Sample", "?q=vera+sample", "#V%65ra%20Sample"])
def test_names_in_addresses_are_found(tmp_path: Path, form: str) -> None:
    (tmp_path / "page.txt").write_text(f"See https://news.example{form} for more.\n")
    assert [*left_in(tmp_path, "Vera Sample")] == ["page.txt"]

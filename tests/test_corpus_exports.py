"""What leaves a corpus can be read by what it is meant for, and says the same."""

import csv
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from corpus_samples import page, page_and_scores, scorer, stored, update, write
from stance.corpus import open_corpus
from stance.corpus.checking import verify
from typer.testing import CliRunner

from stance.cli import app
from stance.exceptions import ConfigError, InputError
from stance.forgetting import forget
from stance.log import Log
from stance.pipeline import read_documents
from stance.pseudonyms import load_key


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    pages = [page("north", comments=6), page("south", outlet="The Gazette"), page("east", comments=0)]
    update([write(tmp_path / "pages.jsonl", *pages)], tmp_path / "corpus")
    return tmp_path / "corpus"


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, list(map(str, arguments)))


# Looking --------------------------------------------------------------------------------------------------------------


def test_info_counts(corpus: Path, tmp_path: Path) -> None:
    done = run("corpus", "info", corpus, "--json")
    found = json.loads(done.stdout)
    assert (found["documents"], found["comments"], found["finished"]) == (3, 9, True)
    assert (found["first"], found["last"]) == ("2024-03-02", "2024-03-07")
    assert found["outlets"] == [
        {"outlet": "The Paper", "documents": 2, "comments": 6},
        {"outlet": "The Gazette", "documents": 1, "comments": 3},
    ]
    assert sum(found["targets"]["nato"].values()) == 9
    assert list(found["models"]) == [scorer(tmp_path).model.name]
    assert found["bytes"] == sum(path.stat().st_size for path in corpus.rglob("*.parquet"))
    shown = run("corpus", "info", corpus)
    assert "The Gazette: 1 documents, 3 comments" in shown.stdout


def test_verify_ends_with_one_and_the_name_of_the_part(corpus: Path) -> None:
    assert run("corpus", "verify", corpus).exit_code == 0
    path = corpus / "comments" / "000001.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    done = run("corpus", "verify", corpus)
    assert done.exit_code == 1
    assert "comments/000001.parquet" in done.stderr.replace("\n", "")
    assert run("corpus", "info", corpus.parent).exit_code == 1


# Merging --------------------------------------------------------------------------------------------------------------


def test_merged_corpora_hold_each_document_once(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    update([write(tmp_path / "1.jsonl", page("north"), page("south"))], a)
    update([write(tmp_path / "2.jsonl", page("south"), page("east"))], b)
    done = run("corpus", "merge", a, b, "-o", tmp_path / "both")
    assert done.exit_code == 0, done.output
    assert "3 documents; 1 were in more than one" in done.stderr
    assert [d.source for d in stored(tmp_path / "both")] == ["north.html", "south.html", "east.html"]
    assert stored(tmp_path / "both")[:2] == stored(a)
    assert list(verify(tmp_path / "both")) == []
    # It goes on as any corpus: its inputs are known.
    assert update([tmp_path / "1.jsonl", tmp_path / "2.jsonl"], tmp_path / "both").kept == 2


def test_scores_of_a_page_count_once_in_a_merge(tmp_path: Path) -> None:
    north, table = page_and_scores(tmp_path)
    update([north], tmp_path / "pages")
    for name in ("scores", "again"):
        update([table], tmp_path / name)
    done = run("corpus", "merge", *(tmp_path / name for name in ("scores", "again", "pages")), "-o", tmp_path / "all")
    assert "1 documents; 2 were in more than one corpus" in done.stderr
    assert len(stored(tmp_path / "all")) == 1
    assert list(verify(tmp_path / "all")) == []


def test_a_document_that_was_left_out_in_a_merge_comes_back_when_the_other_changes(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    first = write(tmp_path / "1.jsonl", page("north") | {"source": "first.html"})
    second = write(tmp_path / "2.jsonl", page("north") | {"source": "second.html"})
    update([first], a)
    update([second], b)
    run("corpus", "merge", a, b, "-o", tmp_path / "both")
    write(first, page("elsewhere"))
    update([first, second], tmp_path / "both")
    assert {d.source for d in stored(tmp_path / "both")} == {"elsewhere.html", "second.html"}


def test_same_path_other_file(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    update([write(tmp_path / "1.jsonl", page("north"))], a)
    update([write(tmp_path / "1.jsonl", page("south"))], b)
    run("corpus", "merge", a, b, "-o", tmp_path / "both")
    assert [each.path for each in open_corpus(tmp_path / "both").manifest.inputs] == [
        str(tmp_path / "1.jsonl"), f"{b}:{tmp_path / '1.jsonl'}",
    ]  # fmt: skip
    assert len(stored(tmp_path / "both")) == 2


def test_corpora_of_other_settings_are_not_merged(corpus: Path, tmp_path: Path) -> None:
    update([tmp_path / "pages.jsonl"], tmp_path / "other", options={"abstain": 0.9})
    done = run("corpus", "merge", corpus, tmp_path / "other", "-o", tmp_path / "both")
    assert done.exit_code == 2
    assert "other settings than" in done.stderr
    assert run("corpus", "merge", corpus, "-o", corpus).exit_code == 2


# Exporting ------------------------------------------------------------------------------------------------------------


def test_csv_has_a_row_per_comment_and_target(corpus: Path, tmp_path: Path) -> None:
    assert run("corpus", "export", corpus, "-o", tmp_path / "x.csv").exit_code == 0
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9 * 3
    assert rows[0]["text"].startswith("Russia only defends itself")
    assert rows[0]["title"] == "What north means for NATO and Russia"
    again = list(read_documents([tmp_path / "x.csv"], log=Log()))
    ours = [score for d in stored(corpus) for score in d.scores if score.unit == "comment"]
    assert [(s.comment, s.stance) for d in again for s in d.scores] == [(s.comment, s.stance) for s in ours]


def test_sqlite_opens_with_keys_and_indexes(corpus: Path, tmp_path: Path) -> None:
    assert run("corpus", "export", corpus, "-o", tmp_path / "x.db").exit_code == 0
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        counts = [
            database.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("documents", "comments", "scores")
        ]
        assert counts == [3, 9, 27]
        answers = database.execute(
            "SELECT child.id, parent.id FROM comments child JOIN comments parent ON child.answers = parent.number"
        ).fetchall()
        assert ("c2", "c1") in answers
        keys = {row[2] for t in ("comments", "scores") for row in database.execute(f"PRAGMA foreign_key_list({t})")}
        assert keys == {"documents", "comments"}
        plan = database.execute("EXPLAIN QUERY PLAN SELECT * FROM comments WHERE author = 'x'").fetchone()
        assert "comments_author" in plan[-1]
        outlet = database.execute(
            "SELECT count(*) FROM scores JOIN comments ON comment = comments.number JOIN documents "
            "ON document = documents.number WHERE outlet = 'The Gazette' AND target = 'nato'"
        ).fetchone()
        assert outlet == (3,)


def test_convokit_comes_back_by_our_own_reader(corpus: Path, tmp_path: Path) -> None:
    assert run("corpus", "export", corpus, "-o", tmp_path / "convokit").exit_code == 0
    found = list(read_documents([tmp_path / "convokit"], log=Log()))
    ours = [replace(d, scores=()) for d in stored(corpus) if d.comments]
    assert [(d.title, d.outlet) for d in found] == [(d.title, d.outlet) for d in ours]
    for again, document in zip(found, ours, strict=True):
        assert [(c.text, c.author, c.votes) for c in again.comments] == [
            (c.text, c.author, c.votes) for c in document.comments
        ]
        names = {c.comment_id: f"{document.document_id}/{c.comment_id}" for c in document.comments}
        assert [c.reply_to for c in again.comments] == [names.get(c.reply_to or "") for c in document.comments]
        assert [(c.posted or "")[:16] for c in again.comments] == [(c.posted or "")[:16] for c in document.comments]
    for name in ("conversations.json", "speakers.json", "corpus.json", "index.json"):
        assert json.loads((tmp_path / "convokit" / name).read_text(encoding="utf-8"))
    speakers = json.loads((tmp_path / "convokit" / "speakers.json").read_text(encoding="utf-8"))
    lines = (tmp_path / "convokit" / "utterances.jsonl").read_text(encoding="utf-8").splitlines()
    utterances = [json.loads(line) for line in lines]
    assert {each["speaker"] for each in utterances} == set(speakers)
    assert utterances[0]["meta"]["stance"]["nato"].keys() >= {"stance", "favor", "against"}


@pytest.mark.parametrize("name", ["x.xlsx", "taken"])
def test_an_export_to_nowhere_is_refused(corpus: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.tex").write_text("dear")
    done = run("corpus", "export", corpus, "-o", tmp_path / name)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)


def test_a_damaged_corpus_leaves_no_export(corpus: Path, tmp_path: Path) -> None:
    path = corpus / "scores" / "000001.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    for name in ("x.csv", "x.db", "convokit"):
        assert run("corpus", "export", corpus, "-o", tmp_path / name).exit_code == 1
    left = [p.name for p in tmp_path.rglob("*") if p.is_file() and corpus not in p.parents]
    assert sorted(left) == ["key.db", "pages.jsonl"]


# Forgetting -----------------------------------------------------------------------------------------------------------


def test_a_person_who_is_forgotten_is_in_no_row_and_the_corpus_is_whole(corpus: Path, tmp_path: Path) -> None:
    before = stored(corpus)
    key = load_key(tmp_path / "key.db")
    names = {scorer(tmp_path).naming("Commenter 1", each.outlet) for each in before}
    result = forget("Commenter 1", [corpus], key=key)
    assert result.is_found
    assert not result.left, result.left
    after = stored(corpus)
    assert list(verify(corpus)) == []
    assert len(after) == len(before)
    authors = [c.author for d in after for c in d.comments] + [s.author for d in after for s in d.scores]
    assert not names & {*authors}
    assert {c.author for d in before for c in d.comments} - names == set(authors) - {None}
    manifest = open_corpus(corpus).manifest
    assert sum(part.comments for part in manifest.parts) == sum(len(d.comments) for d in after)
    # And what is stored is kept: the same inputs do not bring the person back.
    assert update([tmp_path / "pages.jsonl"], corpus).kept == 1


def test_forgetting_waits_for_a_run_to_end(corpus: Path) -> None:
    from stance.corpus import locking

    data = {path: path.read_bytes() for path in corpus.rglob("*.parquet")}
    with locking.writing(corpus), pytest.raises(ConfigError, match="in use"):
        forget("Commenter 1", [corpus], key=bytes(32))
    assert {path: path.read_bytes() for path in corpus.rglob("*.parquet")} == data


def test_an_unfinished_corpus_is_not_merged(corpus: Path, tmp_path: Path) -> None:
    text = (corpus / "manifest.json").read_text().replace('"finished": true,\n"next', '"finished": false,\n"next')
    (corpus / "manifest.json").write_text(text)
    from stance.corpus.merging import merge

    with pytest.raises(InputError, match="did not reach its end"):
        merge([corpus], tmp_path / "new")

"""A store holds what its inputs give, after changes, kills and commands at the same time; a second run does nothing."""

import errno
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stance.datamodels import Unit
from stance.exceptions import ConfigError, StoreError
from stance.log import Log
from stance.runs.documents import read_documents
from stance.scoring.instances import Instance, Judgement
from stance.scoring.sentiment import VaderScorer
from stance.store import Store, connections, file, units
from tests.support.commands import run
from tests.support.faults import DEAD, deaths, run_apart
from tests.support.store_samples import page, query, score, scored, scorer, scores_of, stored, update, write
from tests.support.tables import write_rows


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pages"
    folder.mkdir()
    return [write(folder / f"{name}.jsonl", page(name)) for name in ("north", "south", "east", "west")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "russia.db"


def rows_of(path: Path) -> list[Any]:
    """All that a store holds, without the numbers of its rows."""
    tables = (
        "* FROM comments_with_scores ORDER BY 2, 5, 6, 11",
        "path, sha256, is_finished FROM inputs ORDER BY run, path",
        "content, source, body FROM documents ORDER BY content",
        "sentence, target, text, place, voice, speaker FROM sentence_scores ORDER BY 3, 2, 1",
    )
    return [query(path, f"SELECT {each}") for each in tables]


def is_sound(path: Path) -> bool:
    """Whether nothing is damaged, and only the file itself is there."""
    with Store.read(path) as store:
        problems = list(store.problems())
    return not problems and [each.name for each in path.parent.glob(f"{path.name}*")] == [path.name]


def test_documents_of_missing_inputs_are_dropped_where_that_is_asked_for(pages: list[Path], path: Path) -> None:
    inside, outside = pages[0].parent, write(path.with_name("outside.jsonl"), page("far"))
    score(path, inside, outside)
    pages[0].unlink()
    outside.unlink()
    score(path, inside)
    assert len(stored(path)) == 5
    told = score(path, inside, "--drop-missing")
    assert f"{pages[0]}: warning: no longer there; its documents are dropped" in told
    assert {document.source for document in stored(path)} == {"south.html", "east.html", "west.html", "far.html"}
    assert is_sound(path)


def test_an_input_of_another_folder_is_another_one_and_each_file_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for week in ("one", "two"):
        (tmp_path / week).mkdir()
        write(tmp_path / week / "a.jsonl", page(week))
        monkeypatch.chdir(tmp_path / week)
        score(tmp_path / "s.db", "a.jsonl")
    assert query(tmp_path / "s.db", "SELECT count(*) FROM comments") == [(6,)]
    (tmp_path / "link").symlink_to(tmp_path / "one", target_is_directory=True)
    for name in ("../one/a.jsonl", tmp_path / "link" / "a.jsonl"):
        assert "0 inputs read, 1 unchanged" in score(tmp_path / "s.db", name)


@pytest.mark.parametrize(
    ("name", "comments", "gone"), [("new", 2, 3), ("south", 6, 3), ("north", 1, 2), ("north", 7, 0)]
)
def test_comments_that_an_input_lost_are_counted(
    pages: list[Path], path: Path, name: str, comments: int, gone: int
) -> None:
    update(pages, path)
    write(pages[0], page(name, comments=comments))
    lost = f"{gone} of 3 comments that it held before are in no input any more and no longer count"
    told = score(path, pages[0].parent, "--key-file", path.with_name("key.db"))
    assert (f"{pages[0]}: warning: the file was replaced; {lost}" in told) == bool(gone)


def test_comments_that_moved_to_another_input_are_not_lost(pages: list[Path], path: Path) -> None:
    score(path, *pages[:2])
    write(pages[0], page("new"))
    write(pages[1], page("north"), page("south"))
    assert "replaced" not in score(path, *pages[:2])
    assert query(path, "SELECT count(*) FROM comments") == [(9,)]


@pytest.mark.parametrize("key", ["5" * 40, "0" * 64])
@pytest.mark.parametrize(
    ("verb", "code"),
    [(("score", "pages", "-o"), 2), (("forget", "Commenter 1"), 2), (("report", "pages", "-o", "r"), 0)],
)
def test_a_key_that_a_store_was_not_made_with_is_refused(
    pages: list[Path], path: Path, monkeypatch: pytest.MonkeyPatch, key: str, verb: tuple[str, ...], code: int
) -> None:
    monkeypatch.chdir(path.parent)
    model = ("--model", "vader") * (verb[0] != "forget")
    update(pages, path)
    before = rows_of(path)
    Path("other.key").write_text(key)
    told = run(*verb, path, *model, "--key-file", "other.key", code=code).stderr
    assert "made with the key of the fingerprint" in told
    assert "restore the key file or name it with --key-file" in told
    assert rows_of(path) == before
    score(path, "pages", "--key-file", "key.db")


def test_no_name_and_no_key_is_in_any_byte(pages: list[Path], path: Path) -> None:
    update(pages, path)
    authors = [comment.author for document in stored(path) for comment in document.comments]
    assert all(author and author.startswith("reader-") for author in authors)
    key = (path.parent / "key.db").read_text().strip()
    assert b"Commenter" not in path.read_bytes()
    assert key.encode() not in path.read_bytes()
    assert bytes.fromhex(key) not in path.read_bytes()


def test_a_second_run_reads_nothing(pages: list[Path], path: Path) -> None:
    update(pages, path)
    before = rows_of(path)

    os.utime(pages[0], (1, 1))  # its date says nothing
    done = update(pages, path, open_scorer=lambda: pytest.fail("loaded a model though nothing is new"))
    assert (done.read, done.kept, done.documents) == (0, 4, 4)
    assert rows_of(path) == before


def test_an_input_of_many_documents_is_sealed_row_by_row(path: Path) -> None:
    inputs = [write(path.with_name("pages.jsonl"), *(page(f"page {number}") for number in range(40)))]
    read = Mock(wraps=units.rows_of_unit)
    with patch.object(file, "rows_of_unit", read), patch.object(units, "rows_of_unit", read):
        update(inputs, path)
    assert sum(each.args[1] == "inputs" for each in read.call_args_list) < 10
    assert is_sound(path)


def test_only_what_changed_is_scored(pages: list[Path], path: Path) -> None:
    update(pages, path)
    write(pages[1], page("south", comments=5))
    write(pages[0].with_name("new.jsonl"), page("new"))
    asked = Counting(10**9)
    done = update([pages[0].parent], path, open_scorer=lambda: replace(scorer(path.parent), model=asked))
    assert asked.__dict__["asked"] == 3 * (5 + 3 + 1)  # also of a made-up comment
    assert (done.read, done.kept, done.documents, done.comments) == (2, 3, 5, 17)
    assert is_sound(path)


def test_skips_are_logged_each_time_and_by_readers(pages: list[Path], path: Path) -> None:
    bad, odd = pages[0].with_name("bad.html"), pages[0].with_name("odd.doc")
    bad.write_bytes(b"%PDF-1.7")
    odd.write_bytes(b"x")

    def skips() -> list[list[str]]:
        logs = [Log(), Log(), Log()]
        for log in logs[:2]:
            update([odd.parent], path, log=log)
        list(read_documents([path], log=logs[2]))
        return [sorted(skip.source for skip in log.skipped) for log in logs]

    assert skips() == [[str(bad), str(odd)]] * 3
    odd.unlink()
    bad.write_bytes(pages[0].read_bytes().replace(b"north", b"other"))
    assert skips() == [[]] * 3


def test_what_a_failing_disk_withheld_is_read_again(
    pages: list[Path], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("stance.reading.unpack", fail)
        done = update(pages, path, log=(log := Log()))
    assert (done.read, done.documents) == (4, 0)
    assert {skip.reason for skip in log.skipped} == {"Input/output error"}
    done = update(pages, path, log=(log := Log()))
    assert (done.read, done.documents, log.skipped) == (4, 4, [])
    assert update(pages, path).read == 0


def test_a_store_among_the_pages_is_no_input(pages: list[Path], path: Path) -> None:
    inside = pages[0].with_name("inside.db")
    update(pages, inside)
    assert update([inside.parent], inside).kept == 4
    assert update([inside.parent], path).documents == 4
    with pytest.raises(ConfigError, match=r"inside\.db: a store, which is scored"):
        update([inside], path)


class Spent:
    """Answers as ``vader`` does until its budget is spent, as a model at another address may."""

    name, languages, card = "vader", ("en",), VaderScorer().card
    endpoint = "http://localhost"
    texts_sent = 0

    def __init__(self, budget: int) -> None:
        self.budget = budget

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        judged = VaderScorer().judge(instances)
        judged.probabilities[self.budget :] = np.nan
        return judged._replace(reasons=dict.fromkeys(range(self.budget, len(instances)), "the budget is spent"))


class Weighing(VaderScorer):
    """Answers as ``vader`` does, and decides by its own rule."""

    decision = (1.0, 1.0, 3.0, 9.0)


def test_stances_in_a_store_are_those_of_the_model(pages: list[Path], path: Path) -> None:
    ruled = replace(scorer(path.parent), model=Weighing())
    update(pages, path, open_scorer=lambda: ruled)
    found = [score for document in stored(path) for score in document.scores if score.unit is Unit.COMMENT]
    assert [score.stance for score in found] != [replace(score, decision=None).stance for score in found]
    written = query(path, "SELECT stance FROM scores ORDER BY stance")
    assert [stance for (stance,) in written] == sorted(str(score.stance) for score in found)
    before = next(ruled.score([replace(each, scores=()) for each in stored(path)[:1]]))
    assert [score.stance for score in before.scores] == [score.stance for score in stored(path)[0].scores]


def test_pairs_that_a_remote_model_left_open_are_asked_again(pages: list[Path], path: Path) -> None:
    def update_with(budget: int) -> tuple[int, list[str]]:
        asked, log = replace(scorer(path.parent), model=Spent(budget)), Log()
        done = update(pages, path, open_scorer=lambda: asked, log=log)
        return done.read, [skip.reason for skip in log.skipped]

    left = ["21 pairs of comment and target without a stance: the budget is spent"]
    assert update_with(15) == (4, left)
    list(read_documents([path], log=(log := Log())))
    assert [skip.reason for skip in log.skipped] == left
    assert update_with(10**9) == (3, [])  # all was answered of the first
    assert update_with(10**9) == (0, [])
    list(read_documents([path], log=(log := Log())))
    assert not log.skipped
    assert scores_of(stored(path)) == scores_of(scored(pages, path.parent))


@pytest.mark.slow
def test_killed_at_any_moment_the_next_run_completes_the_store(tmp_path: Path) -> None:
    """Each run takes in changed, new and equal pages."""
    pages, base, store = tmp_path / "pages", tmp_path / "base.db", tmp_path / "killed.db"
    pages.mkdir()
    for name in "abc":
        write(pages / f"{name}.jsonl", *(page(f"{name}{number}", comments=2) for number in range(2)))
    update([pages], base)
    write(pages / "b.jsonl", page("b", comments=3), page("a1", comments=2))
    for name in "ij":
        write(pages / f"{name}.jsonl", *(page(f"{name}{number}", comments=2) for number in range(2)))
    whole = Path(shutil.copy(base, tmp_path / "whole.db"))
    update([pages], whole)

    def update_copy() -> None:
        shutil.copy(base, store)
        update([pages], store)

    for _ in deaths(update_copy, *range(100, 4_700, 350)):
        with Store.read(store) as opened:
            assert list(opened.problems()) == []
        update([pages], store)
        assert rows_of(store) == rows_of(whole)
        assert is_sound(store)


class Counting(VaderScorer):
    """Answers as ``vader`` does, counts its questions, and kills its process after some batches."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.__dict__.update(asked=0, batches=batches)

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        self.__dict__["batches"] -= bool(instances)
        self.__dict__["asked"] += len(instances)
        if self.__dict__["batches"] < 0:
            os._exit(DEAD)
        return super().judge(instances)


def test_a_document_that_is_interrupted_is_not_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stance.scoring.answers.LEAST_SECONDS", 0.0)
    table, store = tmp_path / "thread.csv", tmp_path / "killed.db"
    texts = (f"Russia is {'wrong' if n % 3 else 'great'}, {n}." for n in range(700))
    write_rows(table, [{"document": "d", "id": f"c{n}", "text": text} for n, text in enumerate(texts)])

    def update_by(model: VaderScorer, path: Path) -> None:
        update([table], path, open_scorer=lambda: replace(scorer(tmp_path), model=model))

    for _ in range(2):
        assert run_apart(lambda: update_by(Counting(1), store))
    answers = next(tmp_path.glob(".killed.db.*"))
    kept = answers.read_bytes().splitlines()
    assert len(kept) > 370  # three for each comment of a batch
    assert not any(b"Russia" in line for line in kept)
    answers.write_bytes(b"\n".join([b"%b [[2, 0, 0, 0], [], 0]" % kept[-1][:32], *kept[:-1], kept[-2][:50]]))
    update_by(model := Counting(10**9), store)
    assert model.__dict__["asked"] == 3 * 701 - len(kept) + 2  # also of a made-up comment; two are damaged
    update([table], tmp_path / "whole.db")
    assert rows_of(store) == rows_of(tmp_path / "whole.db")
    assert not answers.exists()


@pytest.mark.slow
@hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 6), min_size=1), min_size=1, max_size=4))
def test_after_any_changes_a_store_holds_what_its_inputs_give(
    steps: list[dict[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("steps")
    pages, store = folder / "pages", folder / "store.db"
    pages.mkdir()
    for step in steps:
        for name, comments in step.items():
            write(pages / f"{name}.jsonl", page(name if comments % 2 else "shared", comments))
        update([pages], store)
        assert sorted(map(str, scores_of(stored(store)))) == sorted(map(str, scores_of(scored([pages], folder))))
        assert is_sound(store)


def test_a_second_writer_waits_and_says_so(pages: list[Path], path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update(pages, path)
    monkeypatch.setattr(connections, "WAIT_SECONDS", 0.2)
    with Store.write(path):
        with pytest.raises(StoreError, match="another stance command is using this file; try again when it has ended"):
            update(pages, path)
        assert len(stored(path)) == 4  # others read
    assert is_sound(path)


def test_a_reader_beside_a_writer_leaves_one_file(pages: list[Path], path: Path) -> None:
    update(pages, path)
    reader = Store.read(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "WAIT_SECONDS", 0.2)
        with pytest.raises(StoreError, match="another stance command is using this file"):
            update(pages[:1], path, force=True)
    reader.close()
    with Store.write(path) as writer, Store.read(path) as reader:
        with writer.transaction() as connection:
            connection.execute("DELETE FROM forgotten")
        writer.close()
    assert is_sound(path)

"""The page as a browser without scripts sees it: plain forms over HTTP."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stance.app.labelling import News
from stance.exceptions import LabelError
from stance.store.assignment import read_annotators
from stance.store.labels import GuessMode, LabelStore, open_queues
from tests.support.labelling_pages import TARGETS, Running, Visitor, labels_in, make_item, make_store, progress, serving
from tests.support.tables import cases

ALL = {"label-0": "favor", "label-1": "against", "label-2": "not_addressed"}


@pytest.fixture
def page(path: Path) -> Iterator[Running]:
    with serving(path) as running:
        yield running


@pytest.fixture
def visitor(page: Running) -> Visitor:
    return page.visitor()


def log(path: Path) -> list[tuple[str, str, str, int]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT annotator, kind, guess_mode, guess_seen FROM events ORDER BY event").fetchall()


def send(visitor: Visitor, fields: dict[str, str], end: str = "") -> str:
    """Fill the form of the next item; give where it leads."""
    action, token = visitor.form()
    reply = visitor.post(action + end, {"form_token": token, **fields})
    assert reply.status == 303
    return reply.headers["location"]


def test_from_the_first_item_to_the_last(path: Path, visitor: Visitor) -> None:
    for done in range(4):
        page = visitor.ask("GET", "/").text
        assert f"<strong>{done}</strong> of 4 done" in page
        assert "Ministers meet over &lt;i&gt;aid&lt;/i&gt;" in page
        assert 'class="named">' in page
        assert send(visitor, ALL) == "/"
    assert "labels.db" in visitor.ask("GET", "/").text
    assert "<li>favor: sides with it, in any way</li>" in visitor.ask("GET", "/guide").text
    rows = labels_in(path)
    assert len(rows) == 4 * len(TARGETS)
    assert {row.target: row.label for row in rows} == dict(zip(TARGETS, ALL.values(), strict=True))
    # Marks that turn the direction of writing are removed from what is read.
    assert {row.text for row in rows} == {make_item(number).text.replace("\u202e", "") for number in range(4)}


def test_after_a_batch_the_page_says_what_changed_and_stops_when_the_question_is_answered(
    page: Running, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stance.app.labelling.BATCH", 2)
    page.news = News(["Before: 40 %.", "Now: 45 %."], is_current=False)
    assert send(visitor, ALL) == "/"
    assert send(visitor, ALL) == "/?batch"
    told = visitor.ask("GET", "/?batch").text
    assert all(words in told for words in ("Ten minutes", "Before: 40 %.</p><p>Now: 45 %.", "look again", "/?more"))
    page.news = News(["Known well enough."], is_answered=True)
    told = visitor.ask("GET", "/").text
    assert "The question is answered" in told
    assert "look again" not in told
    assert "<strong>2</strong> of 4 done" in visitor.ask("GET", "/?more").text
    assert send(visitor, ALL) == "/"  # who labels on is not stopped again
    assert "/item/" in visitor.ask("GET", "/").text


def test_a_row_without_an_answer_is_asked_again_and_nothing_is_lost(path: Path, visitor: Visitor) -> None:
    action, token = visitor.form()
    fields = {"form_token": token, "label-0": "favor", "unsure-1": "1", "note": "a <note>", "label-2": "perhaps"}
    reply = visitor.post(action, fields)
    assert reply.status == 422
    assert "a stance is missing toward NATO." in reply.text
    assert reply.text.count(" checked") == 3  # favor, unsure, the switch of the keys
    assert "a &lt;note&gt;" in reply.text
    assert log(path) == []


def test_undo_shows_what_was_said_and_takes_it_back(path: Path, visitor: Visitor) -> None:
    action, token = visitor.form()
    send(visitor, {**ALL, "note": "mine" * 501})
    back = visitor.post("/undo", {"form_token": token}).headers["location"]
    again = visitor.ask("GET", back).text
    assert again.count(" checked") == 4
    assert f">{'mine' * 500}</textarea>" in again
    assert labels_in(path) == []
    assert visitor.form()[0] == action
    assert visitor.post("/undo", {"form_token": token}).headers["location"] == "/"  # nothing is left to undo


def test_skipped_items_are_listed_at_the_end(visitor: Visitor) -> None:
    for _ in range(3):
        send(visitor, ALL)
    action, _ = visitor.form()
    assert send(visitor, {}, "/skip") == "/"
    end = visitor.ask("GET", "/").text
    assert "Everything is labelled, except what you skipped." in end
    assert f'<a href="{action}">' in end


@pytest.mark.parametrize(
    ("show", "behind", "logged"),
    [(GuessMode.AFTER, True, [("after", 0), ("after", 1)]), (GuessMode.NEVER, False, [("never", 0), ("never", 0)])],
)
def test_the_guess_is_shown_when_it_was_asked_for(
    tmp_path: Path, show: GuessMode, behind: bool, logged: list[tuple[str, int]]
) -> None:
    path = make_store(tmp_path / "labels.db")
    with serving(path, show) as running:
        visitor = running.visitor()
        action, token = visitor.form()
        assert "against, 71%" not in visitor.ask("GET", "/").text
        send(visitor, ALL)
        assert ("The model's guess" in visitor.ask("GET", "/").text) == behind
        visitor.post(action, {"form_token": token, **ALL, "label-0": "neutral"})
    assert [(mode, seen) for _, _, mode, seen in log(path)] == logged


def test_two_keep_apart_and_who_is_done_learns_what_waits_for_the_other(tmp_path: Path) -> None:
    path = make_store(tmp_path / "labels.db", items=15, annotators="ann,ben", overlap=0.2)
    with serving(path) as running:
        ann, ben = running.visitor("ann"), running.visitor("ben")
        for done in range(9):
            assert f"<strong>{done}</strong> of 9" in ann.ask("GET", "/").text
            send(ann, ALL)
        end = ann.ask("GET", "/").text
        assert "<bdi>ann</bdi>" in end
        assert "Your comments are labelled. Thank you." in end
        assert "6 comments wait for other annotators" in end
        assert "--annotators <bdi>ann</bdi>" in end
        for done in range(9):
            assert f"<strong>{done}</strong> of 9" in ben.ask("GET", "/").text
            send(ben, {**ALL, "label-0": "against"})
        assert "Everything is labelled. Thank you." in ann.ask("GET", "/").text
    found = {(row.annotator, row.label.value) for row in labels_in(path) if row.target == "russia"}
    assert found == {("ann", "favor"), ("ben", "against")}


@cases("role", "annotators", "advised")
def test_the_next_command_is_one_that_uses_these_labels(
    tmp_path: Path, role: str, annotators: str, advised: list[str]
) -> None:
    path = make_store(tmp_path / "labels.db", items=1, annotators=annotators, role=role)
    with serving(path) as running:
        visitor = running.visitor()
        send(visitor, ALL)
        assert set(re.findall(r"<code>stance (\w+)", visitor.ask("GET", "/").text)) == {*advised}


def test_an_answer_that_cannot_be_saved_says_so(
    page: Running, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, token = visitor.form()

    def full(*_: object, **__: object) -> int:
        raise LabelError("labels.db: database or disk is full; expected a writable file of labels")

    monkeypatch.setattr(LabelStore, "record", full)
    reply = visitor.post(action, {"form_token": token, **ALL})
    assert reply.status == 503
    assert reply.text.startswith("NOT SAVED: labels.db: database or disk is full")
    assert page.told == ["labels.db: database or disk is full; expected a writable file of labels"]


@cases("before", "annotator", "annotators", "sitting")
def test_who_sits_at_the_page(
    tmp_path: Path, before: str, annotator: str | None, annotators: str | None, sitting: list[str]
) -> None:
    with LabelStore.write(make_store(tmp_path / "labels.db", annotators=before), is_shared=True) as store:
        assert [*open_queues(store, [], *read_annotators(annotator, annotators))] == sitting


@cases("annotator", "annotators", "waiting")
def test_one_annotator_labels_the_comments_to_train_on_unless_they_are_shared_now(
    tmp_path: Path, annotator: str | None, annotators: str | None, waiting: list[int]
) -> None:
    path = make_store(tmp_path / "labels.db", items=4, annotators="ann,ben", role="audit")
    with LabelStore.write(path, is_shared=True) as store:
        lessons = [make_item(number) for number in range(4, 10)]
        open_queues(store, lessons, *read_annotators(annotator, annotators))
        assert [progress(store, name).waiting for name in ("ann", "ben")] == waiting


@cases("annotator", "annotators")
def test_names_that_do_not_fit_are_refused(tmp_path: Path, annotator: str | None, annotators: str | None) -> None:
    with (
        LabelStore.write(make_store(tmp_path / "labels.db"), is_shared=True) as store,
        pytest.raises(LabelError, match="expected"),
    ):
        open_queues(store, [], *read_annotators(annotator, annotators))

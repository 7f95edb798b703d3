import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.datamodels import LabelledComment, Stance
from stance.exceptions import StanceError, StoreError
from stance.store.items import Answer, Item
from stance.store.labels import GuessMode, LabelStore
from tests.support.labelling_pages import TARGETS, labels_in, make_item, make_store, progress
from tests.support.store_samples import change
from tests.support.tables import cases

FAVOR, AGAINST, NEUTRAL, ABSENT = Stance


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_store(tmp_path / "labels.db")


@pytest.fixture
def store(path: Path) -> Iterator[LabelStore]:
    with LabelStore.write(path, is_shared=True) as opened:
        yield opened


def said(*labels: Stance) -> list[Answer]:
    return [Answer(target, label) for target, label in zip(TARGETS, labels, strict=True)]


def rows(path: Path) -> set[tuple[str | None, str, str]]:
    return {(row.annotator, row.target, row.label.value) for row in labels_in(path)}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (replace(make_item(0), text="Another text."), "page/c0' has another text there; expected the same comment"),
        (make_item(0, role="audit"), "page/c0' has the role train toward russia there; expected audit"),
    ],
)
def test_one_id_is_one_comment_with_one_role(store: LabelStore, other: Item, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        store.add_items([make_item(9), other])
    assert not store.holds(make_item(9))


def test_a_label_stands_with_all_that_is_known_of_its_pair(path: Path, store: LabelStore) -> None:
    store.record(
        "ann", 1, [Answer("russia", FAVOR), Answer("us", ABSENT, True), Answer("nato", None, True)], note=" why "
    )
    item = make_item(0)
    rows = {row.target: row for row in labels_in(path)}
    assert set(rows) == {"russia", "us"}  # unsure without a label is no label
    assert rows["russia"] == LabelledComment(
        item.text, "russia", FAVOR, annotator="ann", parent=item.parent, comment_id=item.identifier,
        document=item.document, outlet=item.outlet, author=item.author, role="train", probability=0.25,
        language=item.language, title=item.title, lead=item.lead, note="why",
    )  # fmt: skip
    assert (rows["us"].label, rows["us"].note) == (ABSENT, "unsure: why")


def test_the_same_answer_sent_twice_is_one_event(store: LabelStore) -> None:
    first = store.record("ann", 1, said(FAVOR, FAVOR, FAVOR), note="x")
    assert store.record("ann", 1, said(FAVOR, FAVOR, FAVOR), note="x ") == first
    assert store.record("ann", 1, said(FAVOR, FAVOR, FAVOR), note="y") > first
    with pytest.raises(StoreError, match="expected these"):
        store.record("ann", 2, ())  # no answer is no skip
    skipped = store.skip("ann", 2)
    assert store.skip("ann", 2) == skipped
    assert store.skip("ann", 2, note=" who? ") > skipped
    now = store.current("ann", 2)
    assert now is not None
    assert (now.is_skip, now.note) == (True, "who?")


def test_the_log_only_grows(path: Path, store: LabelStore) -> None:
    store.record("ann", 1, said(FAVOR, FAVOR, FAVOR))
    with closing(sqlite3.connect(path)) as database:
        for query in (
            "DELETE FROM events",
            "UPDATE events SET item = 2",
            "DELETE FROM answers",
            "UPDATE answers SET label = 'favor'",
        ):
            with pytest.raises(sqlite3.DatabaseError, match="events are only added"):
                database.execute(query)


@cases("modes", "seen")
def test_it_is_kept_whether_a_guess_was_seen_before_a_label(store: LabelStore, modes: str, seen: list[bool]) -> None:
    found = []
    for number, mode in enumerate(modes.split()):
        if mode.startswith("skip:"):
            store.skip("ann", 1, guess_mode=GuessMode(mode.removeprefix("skip:")))
            continue
        store.record("ann", 1, said(FAVOR, FAVOR, Stance(list(Stance)[number])), guess_mode=GuessMode(mode))
        now = store.current("ann", 1)
        assert now is not None
        assert now.guess_mode == mode
        found.append(now.guess_seen)
    assert found == seen


actions = st.lists(
    st.tuples(st.sampled_from(["record", "skip", "undo"]), st.integers(1, 3), st.sampled_from(list(Stance)))
)


@settings(max_examples=30)
@given(actions)
def test_what_stands_is_what_a_stack_of_answers_says(script: list[tuple[str, int, Stance]]) -> None:
    """The derived state against the simplest model: a list of what was said, from which undo takes the last."""
    with tempfile.TemporaryDirectory() as folder:
        path = make_store(Path(folder) / "labels.db", items=3)
        stack: list[tuple[int, Stance | None]] = []
        with LabelStore.write(path, is_shared=True) as store:
            for action, item, label in script:
                before = dict(stack).get(item, "nothing")
                if action == "undo":
                    store.undo("ann")
                    stack = stack[:-1]
                elif action == "skip":
                    store.skip("ann", item)
                    stack += [(item, None)] if before is not None else []
                else:
                    store.record("ann", item, said(label, label, label))
                    stack += [(item, label)] if before != label else []
            standing = dict(stack)
            assert set(store.skipped_items("ann")) == {item for item, label in standing.items() if label is None}
        assert sorted(row.label for row in labels_in(path)) == sorted(3 * [x for x in standing.values() if x])


def test_labels_are_on_the_disk_when_they_are_said(store: LabelStore) -> None:
    database = store._connection
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert database.execute("PRAGMA foreign_keys").fetchone() == (1,)


LABEL_ON = """
import sys
from pathlib import Path
from stance.datamodels import LabelledComment, Stance
from stance.store.items import Answer
from stance.store.labels import LabelStore
with LabelStore.write(Path(sys.argv[1]), is_shared=True) as store:
    while (number := store.next_item(sys.argv[2])) is not None:
        store.record(sys.argv[2], number, [Answer(pair.target, Stance.FAVOR) for pair in store.item(number).pairs])
        print(number, flush=True)
"""


def start(path: Path, annotator: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", LABEL_ON, str(path), annotator], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_kills_at_six_moments_lose_no_label_that_was_acknowledged(tmp_path: Path) -> None:
    path, moments = make_store(tmp_path / "labels.db", items=600), random.Random(0)
    done: set[int] = set()
    for kills in range(1, 7):
        with start(path, "ann") as labelling:
            assert labelling.stdout
            acknowledged = [labelling.stdout.readline() for _ in range(moments.randint(1, 8))]
            time.sleep(moments.random() / 100)
            labelling.kill()
            acknowledged += labelling.stdout.readlines()
        assert labelling.returncode < 0
        done |= {int(line) for line in acknowledged if line.endswith("\n")}
        with LabelStore.read(path) as store:
            standing = {number for number in range(1, 601) if store.current("ann", number)}
            # A label may be on the disk though its acknowledgement was killed.
            assert done <= standing
            assert len(standing - done) <= kills
            assert progress(store, "ann").done == len(standing)
    assert len(done) < 600  # killed before all was labelled
    assert len(labels_in(path)) == len(standing) * len(TARGETS)


JOIN = """
import sys
from pathlib import Path
from stance.store.items import Item, Pair
from stance.store.labels import LabelStore, open_queues
with LabelStore.write(Path(sys.argv[1]), settings={"seed": "0", "overlap": "0"}, is_shared=True) as store:
    open_queues(store, [Item(f"c{n}", "Text.", (Pair("us"),)) for n in range(12)], sys.argv[2])
"""


@cases("query")
def test_rows_that_are_not_ours_are_refused_in_one_line(path: Path, query: str) -> None:
    with LabelStore.write(path, is_shared=True) as store:
        store.record("ann", 1, said(FAVOR, FAVOR, FAVOR))
    query = query.replace("UPDATE items", "UPDATE OR IGNORE items")
    change(path, f"PRAGMA ignore_check_constraints = ON; {query}")
    with pytest.raises(StanceError, match="expected") as caught:
        labels_in(path)
    assert "\n" not in str(caught.value)


def test_a_copy_of_the_file_alone_holds_what_is_saved_so_far(path: Path, store: LabelStore, tmp_path: Path) -> None:
    for number in (1, 2):
        store.record("ann", number, said(FAVOR, FAVOR, FAVOR))
    copy = tmp_path / "copy" / "labels.db"
    copy.parent.mkdir()
    shutil.copyfile(path, copy)
    assert len(labels_in(copy)) == 2 * len(TARGETS)


def test_of_several_who_join_at_once_each_gets_a_share(tmp_path: Path) -> None:
    path, names = tmp_path / "labels.db", ("ann", "ben", "cyd", "dan")
    joining = [subprocess.Popen([sys.executable, "-c", JOIN, str(path), name]) for name in names]
    assert [process.wait() for process in joining] == [0] * 4
    with LabelStore.write(path, is_shared=True) as store:
        assert sorted(store.annotators(active=True)) == sorted(names)
        assert [progress(store, name).drawn for name in names] == [3] * 4

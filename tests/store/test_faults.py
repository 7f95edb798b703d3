"""Whatever fails while an output is written, the old or the new is there, whole, and running again gives the new."""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Stance
from stance.exceptions import StanceError, StoreError
from stance.labels.formats import write_labels
from stance.log import Log
from stance.options.run import Run as RunOptions
from stance.pipeline import write_report
from stance.pseudonyms import load_key, pseudonym
from stance.records.writers import score_writer
from stance.resources.folders import open_folder
from stance.runs.documents import read_documents
from stance.runs.scores import ScoredRun, score_inputs
from stance.scoring.persistence import load_model, save_model
from stance.store import Store
from stance.store.forgetting import forget
from stance.store.labels import LabelStore
from tests.aggregation.test_aggregation import score
from tests.store.test_store_labels import rows, said
from tests.support.faults import DEAD, Run, contents, count_calls, deaths, die_at, fail_at, limit_files, run_apart
from tests.support.labelling_pages import TARGETS, make_store
from tests.support.store_samples import page, scorer, stored, update, write
from tests.support.tiny_models import tiny

ERRORS = (errno.ENOSPC, errno.EIO, errno.EPERM)
State = Any


@dataclass(frozen=True)
class Output:
    """Something that is written in several steps.

    :param old: Makes what stands there before; None: nothing does.
    :param new: Writes the new; begins as a new run does.
    :param look: What a reader finds there; refuses what is no whole output.
    :param last: Of files that take their places one by one, the last; where it is new, all are.
    """

    old: Callable[[Path], object] | None
    new: Callable[[Path], object]
    look: Callable[[Path], State]
    last: str | None = None
    is_written_once: bool = False  # so that no later run meets, and removes, the draft of one that died at the very end


def visible(folder: Path) -> State:
    """What a person who lists the folder sees."""
    return {name: data for name, data in contents(folder).items() if not name.startswith(".")}


def scores(name: str, stance: Stance) -> Callable[[Path], object]:
    return lambda folder: score_writer(folder / name)([score(stance)] * 3, folder / name)


def labels(label: str) -> Callable[[Path], object]:
    row = {"text": "NATO is a threat", "target": "nato", "label": label, "role": "train"}
    return lambda folder: write_labels([row, row], folder / "labels.csv")


def staged(**texts: str) -> Callable[[Path], object]:
    """Write some files together, of which a former run may have left others."""

    def run(folder: Path) -> None:
        with open_folder(folder) as output:
            for name, text in texts.items():
                with output.open(name) as file:
                    file.write(text)
            output.publish(list(texts), stale={"b", "c", "d"} - texts.keys())

    return run


made = cache(tiny)


def model(seed: int) -> Callable[[Path], object]:
    return lambda folder: save_model(made(seed), folder / "mine", trained_on=[seed])


def look_at_model(folder: Path) -> State:
    load_model(folder / "mine")
    return visible(folder)


def key(folder: Path) -> State:
    return load_key(folder / "key")


def look_at_key(folder: Path) -> State:
    return bool((folder / "key").exists() and load_key(folder / "key"))


def pages(folder: Path, *names: str) -> Path:
    place = folder.parent / "pages"
    place.mkdir(exist_ok=True)
    for name in names:
        write(place / f"{name}.jsonl", page(name))
    return place


def forgotten(folder: Path) -> None:
    forget("Commenter 1", [folder], key=load_key(folder.parent / "key.db"))


def named_twice(folder: Path) -> None:
    key = load_key(folder.parent / "key.db")
    rows = [{"author": pseudonym("Commenter 1", None, key=key), "text": page("a")["comments"][0]["text"]}]
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "a.jsonl", *rows, {"author": "Jan", "text": "other"})


def reported(*names: str) -> Callable[[Path], object]:
    def run(folder: Path) -> None:
        log, by = Log(), scorer(folder.parent)
        given = [pages(folder, *names) / f"{name}.jsonl" for name in names]
        items = score_inputs(read_documents(given, log=log), by, log=log)
        write_report(ScoredRun(RunOptions(), items, by), folder, log)

    return run


OUTPUTS = {
    "scores.jsonl": Output(scores("s.jsonl", Stance.FAVOR), scores("s.jsonl", Stance.AGAINST), visible),
    "scores.csv": Output(scores("s.csv", Stance.FAVOR), scores("s.csv", Stance.AGAINST), visible),
    "scores.parquet": Output(None, scores("s.parquet", Stance.AGAINST), visible),
    "labels": Output(labels("favor"), labels("against"), visible),
    "files together": Output(staged(a="old", b="old", c="old"), staged(a="new", c="new", d="new"), visible, last="d"),
    "a first report": Output(None, staged(a="new", b="new"), visible, last="b"),
    "report": Output(reported("a", "b"), reported("b", "c"), visible, last="index.html"),
    "model": Output(model(0), model(1), look_at_model),
    "key": Output(None, key, look_at_key, is_written_once=True),
    "forgetting in tables": Output(named_twice, forgotten, visible),
}


class Trial:
    """An output, with what is there before and after it is written, and each step at which that can break off."""

    def __init__(self, output: Output, folder: Path) -> None:
        self.output, self.base, self.place = output, folder / "base", folder / "out"
        self.base.mkdir()
        if output.old:
            self.fresh()
            output.old(self.place)
            shutil.rmtree(self.base)
            self.place.rename(self.base)
        self.before = output.look(self.fresh())
        output.new(self.place)  # once, so that what is made on the way is there
        self.after, self.hidden = output.look(self.place), hidden(self.place)
        assert self.before != self.after
        self.steps = len(count_calls(lambda: output.new(self.place), self.fresh()))

    def fresh(self) -> Path:
        """Put the old in place again."""
        if self.place.exists():
            shutil.rmtree(self.place)
        shutil.copytree(self.base, self.place)
        return self.place

    def is_whole(self) -> bool:
        """Tell whether the old or the new is there; of files of a folder, each, and the last one if all are new."""
        seen, last = self.output.look(self.place), self.output.last
        if last is None or seen.get(last) == self.after[last]:
            return seen in (self.before, self.after)
        return all(data in (self.before.get(name), self.after.get(name)) for name, data in seen.items())

    def some(self) -> set[int]:
        """Return some of the steps, and the last two, where a new output takes its place; ``make faults`` takes all."""
        return {self.steps // 2, self.steps - 1, self.steps} - {0}

    def breaks_off(self, run: Callable[[Run, Path, int], object], at: int) -> None:
        """Break off at a step: the old or the new is there, whole, and running again gives the new."""
        run(lambda: self.output.new(self.place), self.fresh(), at)
        assert self.is_whole(), at
        self.output.new(self.place)
        assert self.output.look(self.place) == self.after, at
        assert hidden(self.place) == self.hidden or self.output.is_written_once, at


def hidden(folder: Path) -> set[str]:
    """Name drafts and what else is not for people to see."""
    return {name for name in contents(folder) if any(part.startswith(".") for part in Path(name).parts)}


@pytest.fixture
def trial(request: pytest.FixtureRequest, tmp_path: Path) -> Trial:
    return Trial(OUTPUTS[request.param], tmp_path)


def fails(code: int) -> Callable[[Run, Path, int], object]:
    def run(new: Run, folder: Path, at: int) -> None:
        error = fail_at(new, folder, at, code)
        assert error is None or isinstance(error, StanceError), error  # one line, no traceback

    return run


@pytest.mark.parametrize("trial", OUTPUTS, indirect=True)
def test_a_disk_that_fails_leaves_the_old_or_the_new(trial: Trial) -> None:
    for at in trial.some():
        trial.breaks_off(fails(ERRORS[at % len(ERRORS)]), at)


@pytest.mark.parametrize("trial", OUTPUTS, indirect=True)
def test_a_process_that_dies_leaves_the_old_or_the_new(trial: Trial) -> None:
    for at in trial.some():
        trial.breaks_off(die_at, at)


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize("trial", OUTPUTS, indirect=True)
def test_whatever_fails_at_any_step_the_old_or_the_new_is_left(trial: Trial) -> None:
    for at in range(1, trial.steps + 1):
        for break_off in (die_at, *(fails(code) for code in ERRORS)):
            trial.breaks_off(break_off, at)


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_is_on_the_disk_before_it_takes_its_place(name: str, tmp_path: Path) -> None:
    trial = Trial(OUTPUTS[name], tmp_path)
    calls = count_calls(lambda: trial.output.new(trial.place), trial.fresh())
    places = [at for at, call in enumerate(calls) if call in ("replace", "rename", "link")]
    assert "fsync" in calls[: places[-1]]
    assert "fsync" in calls[places[-1] :]  # the folder too, which knows the new name


def answer(path: Path, label: Stance) -> None:
    with LabelStore.write(path, is_shared=True) as opened:
        opened.record("ann", 1, said(label, label, label))


def answers(label: Stance) -> set[tuple[str | None, str, str]]:
    return {("ann", target, label.value) for target in TARGETS}


@pytest.fixture
def label_file(tmp_path: Path) -> Path:
    path = make_store(tmp_path / "labels.db")
    answer(path, Stance.FAVOR)
    return path


def still_labels(path: Path) -> set[tuple[str | None, str, str]]:
    """What stands in the file, on which labelling goes on."""
    found = rows(path)
    assert found in (answers(Stance.FAVOR), answers(Stance.AGAINST))
    answer(path, Stance.AGAINST)
    assert rows(path) == answers(Stance.AGAINST)
    answer(path, Stance.FAVOR)
    return found


def test_an_answer_that_a_kill_breaks_off_is_there_or_not(label_file: Path) -> None:
    for died in deaths(lambda: answer(label_file, Stance.AGAINST), 1, 10, 50, 150, 300, 600, 1_200):
        assert still_labels(label_file) == answers(Stance.AGAINST) or died


def test_an_answer_for_which_there_is_no_room_is_refused_whole(label_file: Path) -> None:
    def answer_within(size: int) -> None:
        limit_files(size)
        try:
            answer(label_file, Stance.AGAINST)
        except StoreError:
            os._exit(DEAD)

    refused = []
    for size in (0, 100, 4_200, 8_300, 30_000, 10_000_000):
        refused.append(run_apart(lambda size=size: answer_within(size)))  # type: ignore[misc]
        assert still_labels(label_file) == answers(Stance.FAVOR if refused[-1] else Stance.AGAINST), size
    assert refused[0]
    assert not refused[-1]


def people_in(path: Path) -> list[str | None]:
    with Store.read(path) as opened:
        assert not list(opened.problems())
    return [comment.author for each in stored(path) for comment in each.comments]


def test_forgetting_in_a_store_that_a_kill_breaks_off_is_done_or_not(tmp_path: Path) -> None:
    given, folder = tmp_path / "s.db", tmp_path / "out"
    update([write(tmp_path / "a.jsonl", page("a", 6), page("b", 6))], given)
    before = len(people_in(given))

    def forget_in_copy() -> None:
        folder.mkdir()
        shutil.copy(given, folder)
        forgotten(folder)

    for _ in deaths(forget_in_copy, 1, 300, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 12_000):
        assert len(people_in(folder / "s.db")) in (before, before - 4)
        forgotten(folder)
        assert len(people_in(folder / "s.db")) == before - 4
        assert [each.name for each in folder.iterdir()] == ["s.db"]
        assert b"shows, point 1." not in (folder / "s.db").read_bytes()
        shutil.rmtree(folder)

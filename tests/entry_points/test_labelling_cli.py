"""``stance label`` as a person runs it: a process, its messages, a kill in the middle."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stance.labels.tables import load_labels
from stance.pseudonyms import load_key
from stance.store.labels import LabelStore
from tests.support.commands import invoke
from tests.support.labelling_pages import TARGETS, Visitor, come_in, progress

ALL = {"label-0": "favor", "label-1": "against", "label-2": "not_addressed"}
TEXTS = tuple(f"Russia keeps its word, and comment {number} says so." for number in range(12))


pytestmark = pytest.mark.usefixtures("own_settings")


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample.csv"
    rows = ["id,document,outlet,title,text,target,label,role,probability,lang"]
    for number, text in enumerate(TEXTS):
        drawn = "audit,0.25" if number % 2 else "train,"
        rows += [f'd/{number},d{number % 3},Herald,A title,"{text}",{each},,{drawn},en' for each in TARGETS]
    path.write_text("\n".join(rows))
    return path


@dataclass
class Command:
    """A running ``stance label``."""

    process: "subprocess.Popen[str]"
    links: dict[str, str]
    said: list[str] = field(default_factory=list)

    def visitor(self, annotator: str) -> Visitor:
        return come_in(self.links[annotator], Visitor)

    def end(self, how: signal.Signals = signal.SIGINT) -> list[str]:
        """End it; give what it said last."""
        self.process.send_signal(how)
        _, rest = self.process.communicate(timeout=120)
        return rest.splitlines()


@contextlib.contextmanager
def labelling(*arguments: str | Path, annotators: int = 1) -> Iterator[Command]:
    command = [sys.executable, "-m", "stance", "label", *map(str, arguments), "--no-browser"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        running, said = Command(process, {}), []
        while len(running.links) < annotators and (line := process.stderr.readline()):
            said.append(line)
            if found := re.fullmatch(r"stance: link for (.+): (http://\S+) \(works once; Ctrl-C ends\)\n", line):
                running.links[found[1]] = found[2]
        assert len(running.links) == annotators, said
        running.said = said
        yield running
    finally:
        process.kill()
        process.communicate()


def save(visitor: Visitor) -> None:
    action, token = visitor.form()
    assert visitor.post(action, {"form_token": token, **ALL}).status == 303


@pytest.mark.slow
def test_a_kill_loses_nothing_and_the_file_alone_goes_on(sample: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.db"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = f"{free.getsockname()[1]}"
    words = ("--labels", labels, "--annotator", "ann", "--show-guess", "never", "--port", port)
    with labelling(sample, *words) as running:
        assert f"127.0.0.1:{port}/" in running.links["ann"]
        visitor = running.visitor("ann")
        for _ in range(5):
            save(visitor)
        running.process.kill()
        assert running.process.wait() == -signal.SIGKILL
    with labelling("--labels", labels) as running:
        visitor = running.visitor("ann")
        assert "<strong>5</strong> of 12" in visitor.ask("GET", "/").text
        for _ in range(7):
            save(visitor)
        assert running.end() == [f"stance: {labels}: ann: 12 of 12 comments done, 0 skipped, 0 to go"]
        assert running.process.returncode == 0
    table = load_labels([labels])
    assert len(table.comments) == 12 * len(TARGETS)
    assert {(row.comment_id, row.role, row.probability) for row in table.comments} == {
        (f"d/{n}", "audit" if n % 2 else "train", 0.25 if n % 2 else None) for n in range(12)
    }
    assert [each.name for each in tmp_path.glob("labels.db*")] == ["labels.db"]


def test_who_joins_is_told_how_many_comments_wait_for_others(sample: Path, served: list[tuple[str, ...]]) -> None:
    assert run(sample, "--labels", "labels.db", "--annotators", "ann,ben")[0] == 0
    code, said = run("--labels", "labels.db", "--annotator", "ben")
    assert (code, served[-1]) == (0, ("ben",))
    assert "stance: labels.db: 5 comments wait for other annotators" in said


def test_pages_are_labelled_with_the_guesses_of_their_scores(seeds: Path, served: list[tuple[str, ...]]) -> None:
    page = next(seeds.glob("000_*"))
    invoke("score", page, "--model", "light", "--target", "russia", "-o", "scores.jsonl")
    words = (page, "scores.jsonl", "--labels", "labels.db", "--annotators", "ann,ben", "--target", "russia", "--quiet")
    assert run(*words) == (0, [])
    assert served == [("ann", "ben")]
    with LabelStore.write(Path("labels.db"), is_shared=True) as store:
        items = [item for number in range(1, 16) if (item := store.item(number))]
        drawn = progress(store, "ann").drawn + progress(store, "ben").drawn
    guesses = [pair.guess for item in items for pair in item.pairs]
    assert all(guess and guess.model.startswith("light@") for guess in guesses)
    assert (len(guesses), drawn) == (15, 15 * 1.2)  # a fifth is for both


def test_comments_that_the_guide_does_not_cover_are_left_out(tmp_path: Path, served: list[tuple[str, ...]]) -> None:
    Path("table.csv").write_text(
        "text,id\nRussia keeps its word and I am glad of that.,1\nRyssland har alltid gjort så och inget ändras.,2\n"
    )
    never = ("--annotator", "ann", "--show-guess", "never")
    said = "stance: 1 comment is left out: the label guide does not cover the language"
    load_key(Path(".stance.key"))
    assert run("table.csv", "--labels", "labels.db", *never) == (0, [said])
    Path("guide.md").write_text("Etikettieren Sie.", encoding="utf-8")
    assert run("table.csv", "--labels", "mine.db", "--guide", "guide.md", *never) == (0, [])
    with (
        LabelStore.write(Path("labels.db"), is_shared=True) as ours,
        LabelStore.write(Path("mine.db"), is_shared=True) as theirs,
    ):
        assert (progress(ours, "ann").drawn, progress(theirs, "ann").drawn) == (1, 2)


@pytest.mark.parametrize("is_made", [False, True])  # the store of labels, by the same command before any label
def test_labels_that_a_table_has_count_as_done(sample: Path, served: list[tuple[str, ...]], is_made: bool) -> None:
    Path("larger.csv").write_text(sample.read_text())
    words = ("sample.csv", "larger.csv", "--labels", "labels.db", "--annotator", "ann")
    load_key(Path(".stance.key"))
    if is_made:
        assert run(*words) == (0, [])
    of_five = r"(?m)^(d/[02468],.*,(russia|us|nato),),"
    sample.write_text(re.sub(r"(?m)^(d/9,.*,us,),", r"\1favor,", re.sub(of_five, r"\1against,", sample.read_text())))
    said = "stance: 5 of 12 comments labelled in the inputs: these labels are copied to labels.db and count as done"
    for _ in range(2):
        assert run(*words) == (0, [said])
    with LabelStore.write(Path("labels.db"), is_shared=True) as store:
        assert (progress(store, "ann").drawn, progress(store, "ann").done) == (7, 0)
        assert store.annotators(active=True) == ("ann",)
        (asked,) = (item for n in range(1, 13) if (item := store.item(n)) and item.identifier == "d/9")
        assert len(asked.pairs) == (3 if is_made else 2)  # "us" has a label, the others wait for one
    copied = load_labels([Path("labels.db")])
    assert {(each.comment_id, each.annotator) for each in copied.comments} == {
        (f"d/{n}", "sample") for n in range(0, 10, 2)
    }
    both = load_labels([sample, Path("labels.db")])
    assert len({(each.comment_id, each.target, each.annotator, each.label) for each in both.comments}) == 16


def test_a_label_that_changes_in_the_table_changes_in_the_store(sample: Path, served: list[tuple[str, ...]]) -> None:
    unlabelled = sample.read_text()
    for label in ("against", "favor"):
        sample.write_text(re.sub(r"(?m)^(d/0,.*,(russia|us|nato),),", rf"\1{label},", unlabelled))
        assert run(sample, "--labels", "labels.db")[0] == 0
    assert {each.label for each in load_labels([Path("labels.db")]).comments} == {"favor"}


def run(*arguments: str | Path) -> tuple[int, list[str]]:
    result = invoke("label", *arguments, "--no-browser")
    assert "Traceback" not in result.stderr
    return result.exit_code, result.stderr.splitlines()

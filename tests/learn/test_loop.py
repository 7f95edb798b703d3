"""The whole loop, as a researcher goes through it: sample, label on the page, agree, train, compare, report."""

import html
import json
import os
import random
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from research import COMMENTS
from research.splits import held_out_stories
from stance.datamodels import grouped
from stance.labels.formats import write_labels
from stance.labels.tables import load_labels, read_records
from stance.options.models import ROLES
from stance.records.digests import pair_digest
from stance.scoring.persistence import model_folder, train_rows
from tests.entry_points.test_labelling_cli import labelling
from tests.support.commands import run
from tests.support.labelling_pages import TARGETS, Visitor

OUTLETS = ("The Harbour Post", "Meridian Wire", "Ostley Courier")
STORIES, COMMENTS_OF_EACH = 18, 14
AUDIT, TRAIN, OVERLAP = 60, 100, 0.3
SLIPS = {"ann": 0.05, "ben": 0.15}
"""How often an annotator says something else than the corpus does."""

NAMES = {"Russia": "russia", "the United States": "us", "NATO": "nato"}
STANCES = ("favor", "against", "neutral", "not_addressed")
Truth = Mapping[str, Mapping[str, str]]
"""Text -> target -> label."""


# Held-out stories of the corpus: no shipped model was trained on them ------------------------------------------------


def one_line(text: str) -> str:
    return " ".join(text.split())


def write_table(path: Path) -> Truth:
    """Write comments of the longest held-out stories as a table; give what the corpus says of each text."""
    rows = [
        json.loads(line)
        for each in sorted(COMMENTS.glob("*.jsonl"))
        for line in each.read_text("utf-8").split("\n")
        if line
    ]
    stories = grouped((row["group"], row) for row in rows if row["group"] in held_out_stories())
    longest = sorted(stories.items(), key=lambda story: (-len(story[1]), story[0]))[:STORIES]
    told = [(name, row) for name, own in longest for row in own[:COMMENTS_OF_EACH]]
    with path.open("w", encoding="utf-8") as file:
        for number, (name, row) in enumerate(told):
            outlet = OUTLETS[len(name) % len(OUTLETS)]
            cells = {"id": f"c{number}", "text": row["text"], "parent": row.get("parent"), "document": name}
            file.write(json.dumps(cells | {"outlet": outlet}) + "\n")
    labels = {one_line(row["text"]): row["labels"] for _, row in told}
    return {text: {target: own.get(target, "not_addressed") for target in TARGETS} for text, own in labels.items()}


# Annotators who read the page and send its form -----------------------------------------------------------------------


def shown_text(page: str) -> str:
    found = re.search(r'<div class="text"[^>]*>(.*?)</div>', page, re.DOTALL)
    assert found
    return one_line(html.unescape(re.sub(r'<span class="hidden">.*?</span>|<[^>]+>', "", found[1])))


def label_all(visitor: Visitor, truth: Truth, slips: float, seed: int) -> None:
    """Label what the page shows until nothing is left, a share of it otherwise than the corpus does."""
    chance = random.Random(seed)
    while (page := visitor.ask("GET", "/")).text.count('id="answers"'):
        action = re.search(r'action="(/item/\d+)"', page.text)
        token = re.search(r'name="form_token" value="([^"]+)"', page.text)
        assert action
        assert token
        fields = {"form_token": token[1]}
        field = r'<fieldset [^>]*data-name="([^"]+)">.*?name="label-(\d+)"'
        for name, place in re.findall(field, page.text, re.DOTALL):
            label = truth[shown_text(page.text)][NAMES[name]]
            others = [each for each in STANCES if each != label]
            fields[f"label-{place}"] = chance.choice(others) if chance.random() < slips else label
        assert len(fields) > 1
        assert visitor.post(action[1], fields).status == 303


# The loop -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of one's own with nothing set, in which all of this happens."""
    folder = tmp_path_factory.mktemp("loop")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("STANCE_")]:
            patch.delenv(name)
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("HOME", str(folder))
        patch.chdir(folder)
        yield folder


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [dict(record) for record in read_records([path], skip=lambda skip: pytest.fail(skip.reason))]


@dataclass(frozen=True)
class Loop:
    """Files of the loop: labels before and after somebody decided what annotators disagree about, and two models."""

    truth: Truth
    disputed: Path
    decided: tuple[Path, ...]
    first: Path
    second: Path


@pytest.fixture(scope="module")
def loop(place: Path) -> Loop:
    truth = write_table(place / "comments.jsonl")
    run("sample", "comments.jsonl", "-o", "audit.csv", "-n", str(AUDIT))
    run("sample", "comments.jsonl", "-o", "train.csv", "-n", str(TRAIN), "--role", "train", "--exclude", "audit.csv")
    people = ("--annotators", "ann,ben", "--overlap", str(OVERLAP), "--show-guess", "never")
    with labelling("audit.csv", "train.csv", "--labels", "labels.db", *people, annotators=2) as page:
        at_work = [
            threading.Thread(target=label_all, args=(page.visitor(name), truth, slips, seed))
            for seed, (name, slips) in enumerate(SLIPS.items())
        ]
        for annotator in at_work:
            annotator.start()
        for annotator in at_work:
            annotator.join()
        assert all("0 to go" in line for line in page.end())
    run("labels", "agreement", "labels.db", "--disagreements", "decided.csv")
    rows = [row | {"label": truth[one_line(row["text"])][row["target"]]} for row in rows_of(place / "decided.csv")]
    write_labels(rows, place / "decided.csv")
    decided = (place / "labels.db", place / "decided.csv")
    run("train", "labels.db", "--from", "light", "--json", "-o", "first", code=3)
    run("train", *decided, "--from", "light", "--json", "-o", "second")
    return Loop(truth, place / "labels.db", decided, place / "first", place / "second")


def test_every_label_given_on_the_page_is_in_the_file(loop: Loop) -> None:
    comments = load_labels([loop.disputed]).comments
    both = round(OVERLAP * (AUDIT + TRAIN))
    assert len(comments) == (AUDIT + TRAIN + both) * len(TARGETS)
    assert {comment.annotator for comment in comments} == set(SLIPS)
    assert {comment.outlet for comment in comments} == set(OUTLETS)
    for name, slips in SLIPS.items():
        own = [comment for comment in comments if comment.annotator == name]
        right = [c for c in own if loop.truth[one_line(c.text)][c.target] == c.label]
        assert 1 - 2 * slips < len(right) / len(own) < 1


def test_audit_rows_are_never_trained_on(place: Path, loop: Loop) -> None:
    audit, train = ({pair_digest(row["text"], row["target"]) for row in rows_of(place / f"{n}.csv")} for n in ROLES)
    assert not audit & train
    shipped = set(train_rows(model_folder("light")).tolist())
    for folder in (loop.first, loop.second):
        known = set(train_rows(folder).tolist())
        assert shipped < known
        rows = known - shipped
        assert rows <= train
    assert rows == train  # of the second: everything is decided by then


def test_the_model_is_measured_and_better_than_its_baselines(loop: Loop) -> None:
    arguments = ("evaluate", *loop.decided, "--model", loop.second, "--json", "--quiet")
    record = json.loads(run(*arguments).stdout)
    assert record["roles"] == {"audit": AUDIT * len(TARGETS), "train": TRAIN * len(TARGETS)}
    assert record["trained_on"] == TRAIN * len(TARGETS)
    assert record["macro_f1"] > max(each["macro_f1"] for each in record["baselines"].values())
    assert json.loads(run(*arguments, "--role", "audit").stdout)["trained_on"] == 0

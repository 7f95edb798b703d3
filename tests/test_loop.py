"""The whole loop, as a researcher goes through it: sample, label on the page, agree, train, compare, report."""

import html
import json
import os
import random
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.testing
from labelling_pages import TARGETS, Visitor
from test_labelling_cli import labelling

from research import COMMENTS
from research.splits import held_out_stories
from stance.cli import app
from stance.datamodels import ADJUDICATED
from stance.labels import load_labels, read_records, write_labels
from stance.labels.adjudication import adjudicate
from stance.records import pair_digest
from stance.scoring.persistence import load_model, model_folder, train_rows

OUTLETS = ("The Harbour Post", "Meridian Wire", "Ostley Courier")
STORIES, COMMENTS_OF_EACH = 18, 14
AUDIT, TRAIN, OVERLAP = 60, 100, 0.3
SLIPS = {"ann": 0.05, "ben": 0.15}
"""How often an annotator says something else than the corpus does."""

NAMES = {"Russia": "russia", "the United States": "us", "NATO": "nato"}
STANCES = ("favor", "against", "neutral", "not_addressed")
Truth = Mapping[str, Mapping[str, str]]
"""Text -> target -> label."""

runner = typer.testing.CliRunner()


# Saved pages of held-out stories of the corpus: no shipped model was trained on them ----------------------------------


def corpus() -> dict[str, list[dict[str, Any]]]:
    """Give the comments of the longest held-out stories."""
    stories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(COMMENTS.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["group"] in held_out_stories():
                stories[f"{row['group']}-{path.stem}"].append(row)
    longest = sorted(stories.items(), key=lambda story: (-len(story[1]), story[0]))
    return {name: rows[:COMMENTS_OF_EACH] for name, rows in longest[:STORIES]}


def one_line(text: str) -> str:
    return " ".join(text.split())


def page(name: str, rows: Sequence[Mapping[str, Any]], outlet: str) -> str:
    """Write a story as a WordPress page, replies under what they answer."""
    title, texts = name.replace("-", " ").capitalize(), {row["text"] for row in rows}
    answers: dict[str | None, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        answers[row["parent"] if row.get("parent") in texts else None].append(row)
    numbers = {row["id"]: number for number, row in enumerate(rows, 1)}

    def thread(parent: str | None) -> str:
        return "".join(
            f'<li id="comment-{numbers[row["id"]]}" class="comment"><article class="comment-body">'
            f'<footer class="comment-meta"><div class="comment-author vcard"><b class="fn">Reader {numbers[row["id"]]}'
            '</b></div><div class="comment-metadata"><time datetime="2024-03-05T09:15:00+00:00">5 March</time></div>'
            f'</footer><div class="comment-content"><p>{html.escape(row["text"]).replace(chr(10), "<br>")}</p></div>'
            f'</article><ol class="children">{thread(row["text"])}</ol></li>'
            for row in answers[parent]
        )

    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | {outlet}</title>'
        f'<meta property="og:site_name" content="{outlet}"></head><body class="single"><main><article><h1>{title}</h1>'
        "<p>Our desk has followed this story for some weeks, and what is known so far is set out below for readers.</p>"
        "<p>Officials gave short statements on Tuesday, and none of them wished to say what is to happen next.</p>"
        f'</article><div id="comments" class="comments-area"><h2>{len(rows)} thoughts on “{title}”</h2>'
        f'<ol class="comment-list">{thread(None)}</ol></div></main></body></html>'
    )


def write_pages(folder: Path) -> Truth:
    """Write the saved pages; give what the corpus says of each text."""
    folder.mkdir()
    stories = corpus()
    for number, (name, rows) in enumerate(stories.items()):
        (folder / f"{name}.html").write_text(page(name, rows, OUTLETS[number % len(OUTLETS)]), encoding="utf-8")
    return {
        one_line(row["text"]): {target: row["labels"].get(target, "not_addressed") for target in TARGETS}
        for rows in stories.values()
        for row in rows
    }


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


def run(*arguments: str | Path, code: int = 0) -> typer.testing.Result:  # type: ignore[name-defined]
    result = runner.invoke(app, [str(each) for each in arguments])
    assert "Traceback" not in result.stderr
    assert result.exit_code == code, result.stderr
    return result


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [dict(record) for record in read_records([path], skip=lambda skip: pytest.fail(skip.reason))]


@dataclass(frozen=True)
class Labelled:
    """The file of labels, before and after somebody decided what annotators disagree about."""

    disputed: Path
    decided: tuple[Path, ...]
    truth: Truth


@pytest.fixture(scope="module")
def labelled(place: Path) -> Labelled:
    truth = write_pages(place / "pages")
    run("sample", "pages", "-o", "audit.csv", "-n", str(AUDIT))
    run("sample", "pages", "-o", "train.csv", "-n", str(TRAIN), "--role", "train", "--exclude", "audit.csv")
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
    return Labelled(place / "labels.db", (place / "labels.db", place / "decided.csv"), truth)


@dataclass(frozen=True)
class Trained:
    """Two models of one's own, and what was printed when they were trained."""

    first: Path
    second: Path
    said: str  # on standard error, with the first


@pytest.fixture(scope="module")
def trained(place: Path, labelled: Labelled) -> Trained:
    first = run("train", labelled.disputed, "--from", "light", "--json", "-o", "first", code=3)
    run("train", *labelled.decided, "--from", "light", "--json", "-o", "second")
    return Trained(place / "first", place / "second", first.stderr)


def test_samples_hold_each_comment_once_with_its_probability(place: Path, labelled: Labelled) -> None:
    audit, train = rows_of(place / "audit.csv"), rows_of(place / "train.csv")
    assert (len(audit), len(train)) == (AUDIT * 3, TRAIN * 3)
    assert {row["outlet"] for row in audit} == set(OUTLETS)
    assert {row["role"] for row in audit} == {"audit"}
    assert {round(float(row["probability"]), 6) for row in audit} == {round(AUDIT / len(labelled.truth), 6)}
    assert not {one_line(row["text"]) for row in audit} & {one_line(row["text"]) for row in train}


def test_every_label_given_on_the_page_is_in_the_file(labelled: Labelled) -> None:
    comments = load_labels([labelled.disputed]).comments
    both = round(OVERLAP * (AUDIT + TRAIN))
    assert len(comments) == (AUDIT + TRAIN + both) * len(TARGETS)
    assert {comment.annotator for comment in comments} == set(SLIPS)
    assert {comment.outlet for comment in comments} == set(OUTLETS)
    for name, slips in SLIPS.items():
        own = [comment for comment in comments if comment.annotator == name]
        right = [c for c in own if labelled.truth[one_line(c.text)][c.target] == c.label]
        assert 1 - 2 * slips < len(right) / len(own) < 1


def test_agreement_is_measured_and_disagreements_are_decided(labelled: Labelled, trained: Trained) -> None:
    record = json.loads(run("labels", "agreement", labelled.disputed, "--json").stdout)
    undecided = adjudicate(load_labels([labelled.disputed]).comments).undecided_pairs
    assert record["disputed"] == undecided > 5
    assert (
        trained.said.count(f"gave different labels to {undecided} pairs that nobody adjudicated")
        == trained.said.count("nobody")
        == 1
    )
    text = run("labels", "agreement", labelled.disputed).stdout
    assert f"{undecided} disputed" in text
    assert "toward all" in text
    checked = json.loads(run("labels", "check", labelled.disputed, "--json").stdout)
    assert checked["undecided"] == undecided
    settled = adjudicate(load_labels(labelled.decided).comments)
    assert settled.undecided_pairs == 0
    assert len(settled.comments) == (AUDIT + TRAIN) * len(TARGETS)
    decided = [comment for comment in settled.comments if comment.annotator == ADJUDICATED]
    assert len(decided) == undecided
    assert all(labelled.truth[one_line(c.text)][c.target] == c.label for c in decided)
    run("labels", "check", *labelled.decided)


def test_audit_rows_are_never_trained_on(place: Path, trained: Trained) -> None:
    audit = {pair_digest(row["text"], row["target"]) for row in rows_of(place / "audit.csv")}
    train = {pair_digest(row["text"], row["target"]) for row in rows_of(place / "train.csv")}
    shipped = set(train_rows(model_folder("light")).tolist())
    for folder in (trained.first, trained.second):
        known = set(train_rows(folder).tolist())
        assert shipped < known
        rows = known - shipped
        assert not rows & audit
        assert rows <= train
    assert rows == train  # of the second: everything is decided by then


def test_the_model_is_measured_beside_baselines_and_people(labelled: Labelled, trained: Trained) -> None:
    arguments = ("evaluate", *labelled.decided, "--model", trained.second, "--json", "--quiet")
    record = json.loads(run(*arguments).stdout)
    assert record["model"] == load_model(trained.second).name
    assert record["roles"] == {"audit": AUDIT * len(TARGETS), "train": TRAIN * len(TARGETS)}
    assert record["trained_on"] == TRAIN * len(TARGETS)
    low, high = record["interval"]["macro_f1"]
    assert low <= record["macro_f1"] <= high
    assert set(record["baselines"]) == {"majority", "vader", "vader_target", "gate"}
    assert record["macro_f1"] > max(each["macro_f1"] for each in record["baselines"].values())
    audit = json.loads(run(*arguments, "--role", "audit").stdout)
    assert audit["roles"] == {"audit": AUDIT * len(TARGETS)}
    assert audit["trained_on"] == 0
    line = run("evaluate", *labelled.decided, "--role", "dev", code=2).stderr
    assert "--role 'dev'; expected" in line

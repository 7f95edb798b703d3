"""Sentences about comments that were not scored, targets that nobody measured, and scores of several models."""

import json
from pathlib import Path

import pytest

from tests.entry_points.test_first_screens import words_of
from tests.support.commands import run
from tests.support.tables import write_rows

VIETNAMESE = "Nga là một nước xâm lược và phải bị ngăn chặn, tôi nghĩ vậy"
OWN = '[[targets]]\nid = "harbor"\nlabel = "Harbor"\naliases = ["Harbor"]\n'


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The words of a report on two outlets, a third of whose comments are in a language that is not scored."""
    folder = tmp_path_factory.mktemp("sentences")
    said = ("I stand with Russia", "shame on Harbor", VIETNAMESE)
    rows = [{"document": f"d{n % 4}", "outlet": f"O{n % 2}", "text": f"{said[n % 3]}, number {n}."} for n in range(72)]
    rows += [{"document": "silent", "outlet": "O2", "text": f"{VIETNAMESE} {n}"} for n in range(3)]
    write_rows(folder / "t.jsonl", rows)
    (folder / "own.toml").write_text(OWN)
    targets = ("--targets", folder / "own.toml", "--target", "russia", "--target", "harbor")
    for name in ("light", "vader"):
        run("score", folder / "t.jsonl", "--model", name, *targets, "-o", folder / f"{name}.db")
    report = ("report", folder / "light.db", *targets[:2])
    done = run(*report, "-o", folder / "one")
    write_rows(folder / "more.jsonl", [{"document": "e", "outlet": "O1", "text": "shame on Harbor"}])
    run("score", folder / "more.jsonl", "--model", "vader", *targets, "-o", folder / "more.db")
    run(*report, folder / "more.db", "-o", folder / "two")
    documents = json.loads((folder / "one" / "summary.json").read_text())["documents"]
    page = next(each["page"] for each in documents if each["id"] == "d0")
    files = {"index": "one/index.html", "groups": "one/comparison.html", "page": f"one/{page}", "two": "two/index.html"}
    return {"said": done.stderr} | {name: words_of(folder / file) for name, file in files.items()}


def test_numbers_are_of_the_comments_that_were_scored(pages: dict[str, str]) -> None:
    counted = "Russia: 24 of 48 scored comments name it (readings by the model: "
    assert counted in pages["said"]
    assert counted in pages["index"]
    assert "Named in 50 % of the scored comments here, and in 50 % on the other pages." in pages["page"]
    assert "silent O2 not stated 3 not scored not scored" in pages["index"]
    assert "No comment was scored in 1 group: O2." in pages["groups"]
    assert "For each scored comment and target, the model" in pages["groups"]
    assert "It did not score 27 comments." in pages["groups"]
    assert "12 name it" in pages["groups"].partition("Results by target")[2]


def test_one_reason_is_given_where_there_are_no_shares(pages: dict[str, str]) -> None:
    unknown = "the error of shares is not known for this model or these languages"
    assert f"There are no percentages without labels: {unknown}." in pages["index"]
    assert f"There are no shares without labels: {unknown}." in pages["index"]
    assert "There are too few comments for percentages" not in pages["index"]
    assert "no share, because too few comments address a target" in pages["groups"]


def test_nothing_is_said_to_be_measured_that_was_not(pages: dict[str, str]) -> None:
    assert "is right toward this target was not measured." in pages["page"].partition("Every reading, by list Russia")[2]
    assert "Not tested toward Harbor." in pages["index"]
    assert "how often the models light@" in pages["two"]
    assert ", vader are wrong" in pages["two"]
    assert "Not tested toward" not in pages["two"]
    assert ", vader) [Computer software]" in pages["two"]

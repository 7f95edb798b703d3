"""Sentences about comments that were not scored, targets that nobody measured, and scores of several models."""

import json
from pathlib import Path

from tests.entry_points.test_first_screens import words_of
from tests.support.commands import run
from tests.support.tables import write_rows

UNREAD = "Nga là một nước xâm lược và phải bị ngăn chặn, tôi nghĩ vậy"
OWN = '[[targets]]\nid = "harbor"\nlabel = "Harbor"\naliases = ["Harbor"]\n'


def test_numbers_and_measures_are_said_to_be_of_what_they_are(tmp_path: Path) -> None:
    said = ("I stand with Russia", "shame on Harbor", UNREAD)
    rows = [{"document": f"d{n % 4}", "outlet": f"O{n % 2}", "text": f"{said[n % 3]}, number {n}."} for n in range(72)]
    rows += [{"document": "silent", "outlet": "O2", "text": f"{UNREAD} {n}"} for n in range(3)]
    (tmp_path / "own.toml").write_text(OWN)
    targets = ("--targets", tmp_path / "own.toml", "--target", "russia", "--target", "harbor")
    for model, written in (("light", rows), ("vader", rows[1:2])):
        table = write_rows(tmp_path / f"{model}.jsonl", written)
        run("score", table, "--model", model, *targets, "-o", tmp_path / f"{model}.db")
    run("report", tmp_path / "light.db", tmp_path / "vader.db", *targets[:2], "-o", tmp_path / "two")
    told = run("report", tmp_path / "light.db", *targets[:2], "-o", tmp_path / "one").stderr
    documents = json.loads((tmp_path / "one" / "summary.json").read_text())["documents"]
    page = words_of(tmp_path / "one" / next(each["page"] for each in documents if each["id"] == "d0"))
    files = ("one/index.html", "one/comparison.html", "two/index.html")
    index, groups, two = (words_of(tmp_path / file) for file in files)
    counted = "Russia: 24 of 48 scored comments name it (readings by the model: "
    assert counted in told
    assert counted in index
    assert "Named in 50 % of the scored comments here, and in 50 % on the other pages." in page
    assert "silent O2 not stated 3 not scored not scored" in index
    assert "No comment was scored in 1 group: O2 ." in groups
    assert "O0 2 12 name it 12 not scored" in groups
    assert "For each scored comment and target, the model" in groups
    assert "It did not score 27 comments." in groups
    unknown = "without labels: the error of shares is not known for this model or these languages."
    assert index.count(unknown) == 4  # on the first screen, in its details, and below the table of each target
    assert "There are too few comments for percentages" not in index
    assert "no share, because too few comments address a target" in groups
    assert "is right toward this target was not measured." in page
    assert "Not tested toward Harbor ." in index
    assert "Not tested toward" not in two
    assert "how often the models light@" in two
    assert ", vader) [Computer software]" in two

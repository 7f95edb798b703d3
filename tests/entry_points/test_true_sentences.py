"""Sentences about comments that were not scored, targets that nobody measured, and scores of several models."""

import json
from pathlib import Path

from tests.entry_points.test_first_screens import words_of
from tests.support.commands import run
from tests.support.tables import write_rows

UNREAD = "Nga là một nước xâm lược và phải bị ngăn chặn, tôi nghĩ vậy"


def test_numbers_and_measures_are_said_to_be_of_what_they_are(tmp_path: Path) -> None:
    texts = "I stand with Russia", "Harbor is evil, shame on Harbor", UNREAD
    said = [f"{texts[n % 3]}, number {n}." for n in range(72)]
    rows = [{"document": f"d{n % 4}", "outlet": f"O{n % 2}", "text": text} for n, text in enumerate(said)]
    mixed = [UNREAD] * 3 + ["Wow"] + ["It was a nice day."] * 4
    rows += [{"document": "mixed", "outlet": "O1", "text": text} for text in mixed]
    rows += [{"document": "silent", "outlet": "O2", "text": text} for text in (UNREAD, f"{UNREAD}.", "Wow")]
    (tmp_path / "own.toml").write_text('[[targets]]\nid = "harbor"\nlabel = "Harbor"\naliases = ["Harbor"]\n')
    targets = ("--targets", tmp_path / "own.toml", "--target", "russia", "--target", "harbor")
    for model, written in (("light", rows), ("vader", rows[1:2])):
        write_rows(tmp_path / f"{model}.jsonl", written)
        run("score", tmp_path / f"{model}.jsonl", "--model", model, *targets, "-o", tmp_path / f"{model}.db")
    run("report", tmp_path / "light.db", tmp_path / "vader.db", *targets[:2], "-o", tmp_path / "two")
    told = run("report", tmp_path / "light.db", *targets[:2], "-o", tmp_path / "one").stderr
    assert "; all equal" in run("verify", tmp_path / "one").stdout
    summary = json.loads((tmp_path / "one" / "summary.json").read_text())
    assert summary["totals"]["not_scored"] == {"unknown": 2, "vi": 29}  # "Wow" is in no known language
    page = words_of(tmp_path / "one" / next(each["page"] for each in summary["documents"] if each["id"] == "d0"))
    index, groups, two = (words_of(tmp_path / f"{name}.html") for name in ("one/index", "one/comparison", "two/index"))
    counted = "Russia: 24 of 52 scored comments name it (readings by the model: "
    assert all(counted in words for words in (told, index))
    assert "Named in 50 % of the scored comments here, and in 45 % on the other pages." in page
    assert "silent O2 not known 3 not scored not scored" in index
    for part in ("No comment was scored in 1 group: O2 .", "O0 2 12 name it 12 not scored", "score 31 comments."):
        assert part in groups
    unknown = "without labels: the error of such shares is not known for this model or these languages."
    assert index.count(unknown) == 4  # on the first screen, in its details, and below the table of each target
    assert "There are too few comments for percentages" not in index
    assert "is right toward this target was not measured." in page
    assert ("Not tested toward Harbor ." in index, "Not tested toward" in two) == (True, False)
    assert all(part in two for part in ("how often the models light@", ", vader) [Computer software]"))

"""What reports say where persons labelled the comments: whose counts are shown, and of what."""

import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from tests.support.commands import invoke
from tests.support.commands import told as run
from tests.support.page_texts import read_page, text
from tests.support.tables import rows_of, write_rows

pytestmark = pytest.mark.usefixtures("own_settings")


def fill(table: Path, labels: Iterator[str], *, annotator: str = "") -> Path:
    """Label every row of a sample: those toward Russia in turn, the others as not addressed."""
    rows = rows_of(table)
    for row in rows:
        row |= {"label": next(labels) if row["target"] == "russia" else "not_addressed", "annotator": annotator}
    return write_rows(table.with_name(f"{annotator or 'filled'}.csv"), rows)


@pytest.fixture
def drawn(seeds: Path) -> Path:
    run("sample", seeds, "--n", 15, "-o", "sample.csv", "--model", "vader")
    return Path("sample.csv")


def pages() -> dict[str, str]:
    """Return the texts of the index and of the page with the comments."""
    found = {path.name: text(read_page(path)) for path in Path("out").glob("*.html")}
    (document,) = (words for words in found.values() if "All 15 comments The comments are" in words)
    return {"index": found["index.html"], "document": document}


@pytest.mark.parametrize("store", [False, True])
def test_where_all_are_labelled_every_count_of_comments_is_of_persons(seeds: Path, drawn: Path, *, store: bool) -> None:
    filled = fill(drawn, cycle(["against", "against", "favor", "neutral", "not_addressed"]))
    inputs: list[object] = [seeds, "--labels", filled]
    if store:
        run("score", seeds, "-o", "project.db", "--model", "vader")
        run("sample", "project.db", "--n", 15)
        inputs = ["project.db", "--labels", filled]
    said = run("report", *inputs, "-o", "out", "--model", "vader")
    assert "No comment addresses the United States." in said
    index = pages()["index"]
    assert "6 against, 3 in favor, 3 neither (persons labelled 15 of 15 comments; 12 of these address it)" in index
    assert "3 comments address it" not in index  # the model's
    sentences = [text for path in Path("out").glob("*.html") for text in read_page(path).xpath("//@data-copy")]
    (copied,) = [text for text in sentences if " name" in text and " under " in text]
    assert re.search(r" name Russia: persons counted \d+ against", copied)
    assert "read as" not in copied
    assert "by a model" not in copied
    for name, words in pages().items():
        assert "12 comments address it" in words, name
        assert "1 comment addresses it" not in words, name
        assert "How many comments express a stance, according to the model" in words, name
        assert "Labels do not change these counts" in words, name


def test_where_all_are_labelled_and_none_addresses_a_target_that_is_said(seeds: Path, drawn: Path) -> None:
    said = run("report", seeds, "-o", "out", "--labels", fill(drawn, cycle(["not_addressed"])), "--model", "vader")
    assert all(f"No comment addresses {name}." in said for name in ("Russia", "the United States", "NATO"))
    assert "address it" not in pages()["document"].partition("according to the model")[0]
    assert "All 15 comments are labelled." in pages()["index"]
    assert "too few to correct shares" not in said + pages()["index"]


def test_of_two_annotators_who_differ_the_mean_is_said_to_count(seeds: Path, drawn: Path) -> None:
    ann = fill(drawn, cycle(["against", "favor", "neutral"]), annotator="ann")
    bob = fill(drawn, cycle(["against", "favor", "favor"]), annotator="bob")
    run("report", seeds, "-o", "out", "--labels", ann, "--labels", bob, "--model", "vader")
    page = pages()["index"]
    assert "45 pairs of a comment and a target have a label in ann.csv, bob.csv, given by annotators ann, bob." in page
    assert "5 pairs have different labels and nobody decided. For such a pair, the mean of the labels counts." in page
    assert "only in part" not in page


def test_labels_toward_a_misspelt_target_are_named_with_what_was_meant(seeds: Path, drawn: Path) -> None:
    filled = fill(drawn, cycle(["against"]))
    filled.write_text(filled.read_text(encoding="utf-8").replace(",us,", ",usaa,"), encoding="utf-8")
    said = run("report", seeds, "-o", "out", "--labels", filled, "--model", "vader")
    assert "15 of 45 are toward targets that are not scored (usaa): left out; did you mean us?" in said
    assert "15 labels toward usaa are left out, because this target is not scored." in pages()["index"]
    filled.write_text(filled.read_text(encoding="utf-8").replace(",russia,", ",rusia,").replace(",nato,", ",natto,"))
    done = invoke("report", seeds, "-o", "other", "--labels", filled, "--model", "vader", code=2)
    assert (
        "labels: 45 of 45 are toward targets that are not scored (rusia, usaa, natto); did you mean russia?"
        in done.stderr
    )


def test_the_advised_command_works_for_who_labelled_in_the_table_alone(seeds: Path, drawn: Path) -> None:
    filled = fill(drawn, cycle(["against"]))
    said = run("report", seeds, "-o", "out", "--labels", filled, "--labels", "labels.db", "--model", "vader")
    assert "labels.db: no such file; only the other labels are used" in said
    assert "All 15 comments are labelled." in pages()["index"]
    for lost in ("labels.db", "labls.csv"):  # alone, or of a kind that no command makes
        named = ["--labels", lost] + ["--labels", str(filled)] * (lost == "labls.csv")
        done = invoke("report", seeds, "-o", "other", *named, "--model", "vader", code=2)
        assert f"{lost}: No such file or directory" in done.stderr

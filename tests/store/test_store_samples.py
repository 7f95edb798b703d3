"""Samples and labels in a store: drawn from it, labelled in it, and used by its reports."""

import json
from pathlib import Path
from typing import Any

import pytest

from research import ALL_COMMENTS
from stance.datamodels import counted
from stance.labels.tables import load_labels
from stance.records.digests import pair_digest
from stance.scoring.persistence import model_folder, train_rows
from tests.support import commands
from tests.support.labelling_pages import label_all, labels_in
from tests.support.store_samples import change, query
from tests.support.tables import write_rows

WORDS = (
    "NATO kept its word, and Russia did not, in year {}.",
    "Russia only defends itself, as anybody would after {} years.",
    "What a summer that was, with {} days of rain.",
)


pytestmark = pytest.mark.usefixtures("own_settings")


@pytest.fixture
def path() -> Path:
    """A store of 24 comments."""
    outlets, texts = 12 * ["Echo"] + 12 * ["Post"], [WORDS[n % 3].format(n) for n in range(24)]
    rows = [f'c{n},d{n // 4},{outlets[n]},Reader {n % 5},"{texts[n]}"\n' for n in range(24)]
    Path("table.csv").write_text("id,document,outlet,author,text\n" + "".join(rows))
    run("score", "table.csv", "--model", "vader", "-o", "russia.db")
    return Path("russia.db")


def run(*words: object, code: int = 0) -> list[str]:
    return str(commands.run(*words, code=code).stderr).splitlines()


def read_json(path: str) -> Any:
    return json.loads(Path(path).read_text())


def test_a_sample_is_drawn_into_the_store(path: Path) -> None:
    draw = ("sample", path, "--by", "random", "-n", "12", "--stratify", "outlet", "--seed", "3")
    lines = run(*draw, "--model", "vader")
    assert f"stance: {path}: 36 pairs of comment and target added; label them with: stance label {path}" in lines
    ((role, seed, written),) = query(path, "SELECT role, seed, settings FROM samples")
    assert (role, seed) == ("audit", 3)
    settings = json.loads(written)
    assert (settings["stratify"], settings["frame"]["comments"], settings["drawn"]) == (["outlet"], 24, 12)
    drawn = query(
        path,
        "SELECT role, probability, sample, count(DISTINCT item), sum(guess IS NOT NULL) FROM pairs GROUP BY 1, 2, 3",
    )
    assert drawn == [("audit", 0.5, 1, 12, 36)]
    strata = query(path, "SELECT stratum, count(*) FROM items GROUP BY 1")
    assert strata == [("outlet=Echo", 6), ("outlet=Post", 6)]
    # Items have the ids and pseudonyms of the comments that they are.
    assert query(
        path,
        "SELECT count(*) FROM label_items AS i JOIN documents AS d ON d.id = i.document"
        " JOIN comments AS c ON c.document = d.document"
        " WHERE i.identifier = d.id || '/' || c.id AND i.text = c.text AND i.author = c.author",
    ) == [(12,)]
    assert [each.name for each in Path().glob("russia.db*")] == ["russia.db"]
    assert any("0 pairs of comment and target added" in line for line in run(*draw))
    assert query(path, "SELECT count(*) FROM samples") == [(1,)]


def test_a_draw_to_train_on_avoids_the_articles_of_the_audit_or_says_how_many_it_shares(path: Path) -> None:
    run("sample", path, "--by", "random", "-n", "2")
    audited = {document for (document,) in query(path, "SELECT document FROM label_items")}
    lines = run("sample", path, "--role", "train", "-n", "8")
    left_out = 4 * len(audited) - 2
    assert f"stance: left out: {left_out}: under an article of the audit" in lines
    drawn = "SELECT document FROM label_items JOIN pairs USING (item) WHERE role = 'train'"
    assert not audited & {document for (document,) in query(path, drawn)}
    assert not any("audit and training share" in line for line in lines)
    run("export", path, "--checklist", "-o", "list.md")
    assert f"share 0 of {len(audited)} articles of the audit and 0 texts." in Path("list.md").read_text()
    lines = run("sample", path, "--role", "train", "-n", "22")
    shared = f"audit and training share {len(audited)} of {counted(len(audited), 'article')} of the audit and 0 texts"
    assert any(shared in line for line in lines)
    run("export", path, "--checklist", "-o", "list.md")
    assert shared in Path("list.md").read_text().replace("training draws share", "training share")


def test_a_draw_asks_the_model_that_scored_the_store_what_it_learned() -> None:
    learned = {*train_rows(model_folder("light")).tolist()}
    texts = (comment.text for comment in load_labels(ALL_COMMENTS).comments if comment.target == "russia")
    known = next(text for text in texts if pair_digest(text, "russia") in learned)
    write_rows("own.csv", [{"text": text} for text in (known, *(WORDS[0].format(n) for n in range(9)))])
    for model, n in (("vader", 10), ("light", 9)):
        run("score", "own.csv", "--model", model, "-o", f"{model}.db")
        lines = run("sample", f"{model}.db", "--target", "russia")
        assert any(f"{n} comments drawn of {n} in" in line for line in lines)
        assert any("the model learned from these" in line for line in lines) == (model == "light")


def test_a_comparison_names_the_command_that_keeps_a_column_in_a_store() -> None:
    write_rows("own.csv", [{"desk": name, "text": WORDS[0].format(n)} for name in ("home", "world") for n in range(9)])
    run("score", "own.csv", "--model", "vader", "-o", "own.db")
    lines = run("compare", "own.db", "--by", "desk", "-o", "compared", code=2)
    assert lines[-1].endswith(": stance score TABLE --keep desk -o FILE.db")
    run("score", "own.csv", "--model", "vader", "--keep", "desk", "-o", "own.db")
    run("compare", "own.db", "--by", "desk", "-o", "compared")
    groups = json.loads(Path("compared/comparison.json").read_text())["groups"]
    assert {group["group"] for group in groups} == {"home", "world"}


def test_a_text_that_was_drawn_at_another_outlet_is_not_drawn_again() -> None:
    write_rows("two.csv", [{"outlet": name, "text": WORDS[n % 3].format(n)} for name in "AB" for n in range(9)])
    run("score", "two.csv", "--model", "vader", "-o", "two.db")
    drawn = [run("sample", "two.db", "--where", f"outlet={name}", "--target", "nato", "-n", "9") for name in "AB"]
    assert [next(line for line in lines if "added" in line).split()[2] for lines in drawn] == ["9", "0"]


@pytest.mark.usefixtures("served")
def test_samples_in_tables_hold_a_text_of_two_outlets_once_too() -> None:
    write_rows("two.csv", [{"outlet": name, "text": WORDS[n % 3].format(n)} for name in "AB" for n in range(9)])
    for name in "AB":
        draw = ("sample", "two.csv", "--where", f"outlet={name}", "--target", "nato", "-n", "9", "-o", f"{name}.csv")
        run(*draw, "--model", "vader")
        run("label", f"{name}.csv", "--labels", "kept.db", "--annotator", "ann")
    run("label", "A.csv", "B.csv", "--labels", "joined.db", "--annotator", "ann")
    for store in ("kept.db", "joined.db"):
        assert query(store, "SELECT count(*), count(DISTINCT text) FROM label_items") == [(9, 9)]


def test_labels_in_the_store_correct_its_reports(path: Path, served: list[tuple[str, ...]]) -> None:
    run("report", path, "--model", "vader", "-o", "before")
    assert read_json("before/summary.json").get("audit") is None
    run("sample", path, "-n", "24")
    run("label", path, "--annotator", "ann", "--seed", "5", code=2)  # the sample has its order
    run("label", path, "--annotator", "ann")
    assert served == [("ann",)]
    label_all(path)
    run("report", path, "--model", "vader", "-o", "after")
    audit = read_json("after/summary.json")["audit"]
    assert (audit["labels"], audit["matched"], audit["tables"]) == (72, 72, ["russia.db"])
    run("compare", path, "--model", "vader", "-o", "after")
    assert read_json("after/comparison.json")["audit"]["labels"] == 72
    run("evaluate", path, "--model", "vader")
    run("labels", "check", path)
    run("labels", "convert", path, "-o", "labels.csv")
    assert len(Path("labels.csv").read_text().splitlines()) == 73
    line = f"stance: {path}: warning: its labels are not used; to use them, too, add --labels {path}"
    tables = "--labels", "labels.csv"
    assert line in run("report", path, *tables, "-o", "table")
    assert line not in run("report", path, *tables, "--labels", f"./{path}", "-o", "both")
    # Scoring again keeps labels and samples.
    Path("table.csv").write_text(Path("table.csv").read_text() + "c99,d9,Echo,Reader,NATO again.\n")
    run("score", "table.csv", "--model", "vader", "-o", path)
    assert len(labels_in(path)) == 72


def test_a_report_without_labels_says_where_they_may_be(path: Path, served: list[tuple[str, ...]]) -> None:
    run("sample", path, "-n", "12")
    (line,) = run("report", "table.csv", "--model", "vader", "--labels", path, "-o", "out", code=2)
    assert "36 without a label; to label them: stance label russia.db; labels in a table count if you give" in line


@pytest.mark.parametrize(
    ("second", "is_labelled"),
    [(["-n", "20"], True), (["-n", "16", "--stratify", "outlet"], True), (["-n", "24"], False)],
)
def test_a_larger_draw_leaves_no_damage_in_the_first(path: Path, second: list[str], is_labelled: bool) -> None:
    draw = ("sample", path, "--model", "vader", "--by", "random")
    run(*draw, "-n", "8")
    if is_labelled:
        label_all(path, at_most=1)
    run(*draw, *second)
    run("store", "verify", path)
    label_all(path)
    run("store", "verify", path)
    assert len(labels_in(path)) == 3 * int(second[1])
    run("report", path, "-o", "out", "--model", "vader")
    assert len(query(path, "SELECT DISTINCT probability FROM pairs")) == 1


def test_a_damaged_sample_gets_no_new_checksum(path: Path) -> None:
    draw = ("sample", path, "--model", "vader", "--by", "random")
    run(*draw, "-n", "8")
    change(path, "UPDATE samples SET seed = 77")
    assert "sample 1: damaged" in run(*draw, "-n", "20", code=1)[-1]
    assert query(path, "SELECT DISTINCT probability FROM pairs") == [(8 / 24,)]
    run("store", "verify", path, code=1)


def test_drawn_comments_are_referred_to_and_keep_their_labels_when_a_page_is_read_anew(path: Path) -> None:
    run("sample", path, "-n", "12", "--model", "vader")
    label_all(path)
    before = labels_in(path)
    assert len(before) == 36
    run("score", "table.csv", "--model", "vader", "-o", path, "--force")
    assert query(path, "SELECT count(comment), count(text) FROM items") == [(12, 0)]
    assert labels_in(path) == before
    # The first document is gone, and the labels of its comments keep their texts.
    lines = Path("table.csv").read_text().splitlines(keepends=True)
    Path("table.csv").write_text("".join(line for line in lines if ",d0," not in line))
    run("score", "table.csv", "--model", "vader", "-o", path)
    assert query(path, "SELECT count(*), count(text) > 0 FROM items") == [(12, 1)]
    assert labels_in(path) == before
    run("store", "verify", path)


def test_the_report_asks_first_for_labels_of_drawn_comments(path: Path) -> None:
    run("sample", path, "-n", "12")
    run("report", path, "--model", "vader", "-o", "out")
    page = Path("out/index.html").read_text().replace("\u00a0", " ")
    assert "label the 12 drawn comments without a label" in page
    assert "Draw these comments" not in page
    assert read_json("out/summary.json")["waiting"] == 12

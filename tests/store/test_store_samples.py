"""Samples and labels in a store: drawn from it, labelled in it, and used by its reports."""

import json
import re
import sqlite3
from pathlib import Path

import pytest

from research import ALL_COMMENTS
from stance.datamodels import Stance, counted
from stance.labels.tables import load_labels
from stance.records.digests import pair_digest
from stance.scoring.persistence import model_folder, train_rows
from stance.store.items import Answer
from stance.store.labels import LabelStore
from tests.support.commands import invoke
from tests.support.labelling_pages import labels_in
from tests.support.store_samples import query
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
    assert run("score", "table.csv", "--model", "vader", "-o", "russia.db")[0] == 0
    return Path("russia.db")


def run(*arguments: str | Path) -> tuple[int, list[str]]:
    result = invoke(*arguments)
    assert "Traceback" not in result.stderr
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stderr.splitlines()


def label_all(path: Path, label: Stance = Stance.AGAINST) -> None:
    with LabelStore.write(path, is_shared=True) as store:
        while (number := store.next_item("ann")) is not None:
            item = store.item(number)
            assert item is not None
            store.record("ann", number, [Answer(pair.target, label) for pair in item.pairs])


def test_a_sample_is_drawn_into_the_store(path: Path) -> None:
    code, lines = run(
        "sample", path, "--by", "random", "-n", "12", "--stratify", "outlet", "--seed", "3", "--model", "vader"
    )
    assert code == 0
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
    _, lines = run("sample", path, "--by", "random", "-n", "12", "--stratify", "outlet", "--seed", "3")
    assert any("0 pairs of comment and target added" in line for line in lines)
    assert query(path, "SELECT count(*) FROM samples") == [(1,)]


def test_a_draw_to_train_on_avoids_the_articles_of_the_audit_or_says_how_many_it_shares(path: Path) -> None:
    run("sample", path, "--by", "random", "-n", "2")
    audited = {document for (document,) in query(path, "SELECT document FROM label_items")}
    _, lines = run("sample", path, "--role", "train", "-n", "8")
    left_out = 4 * len(audited) - 2
    assert f"stance: left out: {left_out}: under an article of the audit" in lines
    drawn = "SELECT document FROM label_items JOIN pairs USING (item) WHERE role = 'train'"
    assert not audited & {document for (document,) in query(path, drawn)}
    assert not any("audit and training share" in line for line in lines)
    invoke("export", path, "--checklist", "-o", "list.md")
    assert f"share 0 of {len(audited)} articles of the audit and 0 texts." in Path("list.md").read_text()
    _, lines = run("sample", path, "--role", "train", "-n", "22")
    shared = f"audit and training share {len(audited)} of {counted(len(audited), 'article')} of the audit and 0 texts"
    assert any(shared in line for line in lines)
    invoke("export", path, "--checklist", "-o", "list.md")
    assert shared in Path("list.md").read_text().replace("training draws share", "training share")


def test_a_draw_asks_the_model_that_scored_the_store_what_it_learned() -> None:
    learned = {*train_rows(model_folder("light")).tolist()}
    texts = (comment.text for comment in load_labels(ALL_COMMENTS).comments if comment.target == "russia")
    known = next(text for text in texts if pair_digest(text, "russia") in learned)
    write_rows("own.csv", [{"text": text} for text in (known, *(WORDS[0].format(n) for n in range(9)))])
    for model, n in (("vader", 10), ("light", 9)):
        run("score", "own.csv", "--model", model, "-o", f"{model}.db")
        _, lines = run("sample", f"{model}.db", "--target", "russia")
        assert any(f"{n} comments drawn of {n} in" in line for line in lines)
        assert any("the model learned from these" in line for line in lines) == (model == "light")


def test_a_comparison_names_the_command_that_keeps_a_column_in_a_store() -> None:
    write_rows("own.csv", [{"desk": name, "text": WORDS[0].format(n)} for name in ("home", "world") for n in range(9)])
    run("score", "own.csv", "--model", "vader", "-o", "own.db")
    code, lines = run("compare", "own.db", "--by", "desk", "-o", "compared")
    assert (code, lines[-1].rpartition(": ")[2]) == (2, "stance score TABLE --keep desk -o FILE.db")
    run("score", "own.csv", "--model", "vader", "--keep", "desk", "-o", "own.db")
    assert run("compare", "own.db", "--by", "desk", "-o", "compared")[0] == 0
    groups = json.loads(Path("compared/comparison.json").read_text())["groups"]
    assert {group["group"] for group in groups} == {"home", "world"}


def test_a_text_that_was_drawn_at_another_outlet_is_not_drawn_again() -> None:
    write_rows("two.csv", [{"outlet": name, "text": WORDS[n % 3].format(n)} for name in "AB" for n in range(9)])
    run("score", "two.csv", "--model", "vader", "-o", "two.db")
    drawn = [run("sample", "two.db", "--where", f"outlet={name}", "--target", "nato", "-n", "9")[1] for name in "AB"]
    assert [next(line for line in lines if "added" in line).split()[2] for lines in drawn] == ["9", "0"]


@pytest.mark.usefixtures("served")
def test_samples_in_tables_hold_a_text_of_two_outlets_once_too() -> None:
    write_rows("two.csv", [{"outlet": name, "text": WORDS[n % 3].format(n)} for name in "AB" for n in range(9)])
    for name in "AB":
        draw = ("sample", "two.csv", "--where", f"outlet={name}", "--target", "nato", "-n", "9", "-o", f"{name}.csv")
        assert run(*draw, "--model", "vader")[0] == 0
        assert run("label", f"{name}.csv", "--labels", "kept.db", "--annotator", "ann") == (0, [])
    assert run("label", "A.csv", "B.csv", "--labels", "joined.db", "--annotator", "ann") == (0, [])
    for store in ("kept.db", "joined.db"):
        assert query(store, "SELECT count(*), count(DISTINCT text) FROM label_items") == [(9, 9)]
    for name, label in (("A", "against"), ("B", "favor")):
        table = Path(f"{name}.csv").read_text()
        Path(f"{name}.csv").write_text(table.replace(",nato,,", f",nato,{label},"))
    counts = json.loads(invoke("labels", "check", "A.csv", "B.csv", "--json").stdout)
    assert (counts["comments"], counts["undecided"]) == (9, 9)


def test_labels_in_the_store_correct_its_reports(path: Path, served: list[tuple[str, ...]]) -> None:
    assert run("report", path, "--model", "vader", "-o", "before")[0] == 0
    assert json.loads(Path("before/summary.json").read_text()).get("audit") is None
    run("sample", path, "-n", "24")
    assert run("label", path, "--annotator", "ann", "--seed", "5")[0] == 2  # the sample has its order
    assert run("label", path, "--annotator", "ann") == (0, [])
    assert served == [("ann",)]
    label_all(path)
    assert run("report", path, "--model", "vader", "-o", "after")[0] == 0
    audit = json.loads(Path("after/summary.json").read_text())["audit"]
    assert (audit["labels"], audit["matched"], audit["tables"]) == (72, 72, ["russia.db"])
    assert run("compare", path, "--model", "vader", "-o", "after")[0] == 0
    assert json.loads(Path("after/comparison.json").read_text())["audit"]["labels"] == 72
    code, lines = run("evaluate", path, "--model", "vader")
    assert code == 0, lines
    assert run("labels", "check", path)[0] == 0
    assert run("labels", "convert", path, "-o", "labels.csv")[0] == 0
    assert len(Path("labels.csv").read_text().splitlines()) == 73
    line = f"stance: {path}: warning: its labels are not used; to use them, too, add --labels {path}"
    tables = "--labels", "labels.csv"
    assert line in run("report", path, *tables, "-o", "table")[1]
    assert line not in run("report", path, *tables, "--labels", f"./{path}", "-o", "both")[1]
    # Scoring again keeps labels and samples.
    Path("table.csv").write_text(Path("table.csv").read_text() + "c99,d9,Echo,Reader,NATO again.\n")
    assert run("score", "table.csv", "--model", "vader", "-o", path)[0] == 0
    assert len(labels_in(path)) == 72


@pytest.mark.parametrize("given", [(), ("--labels", "kept.db", "--labels", "sample.csv")])
def test_the_report_asks_first_for_labels_of_drawn_comments(
    path: Path, served: list[tuple[str, ...]], given: tuple[str, ...]
) -> None:
    inputs: tuple[str | Path, ...] = (path,)
    if given:  # labels in a table, of which one comment has one
        inputs = ("table.csv", *given)
        run("sample", "table.csv", "--model", "vader", "-n", "12", "-o", "sample.csv")
        assert run("label", "sample.csv", "--labels", "kept.db")[0] == 0
        text = Path("sample.csv").read_text()
        Path("sample.csv").write_text(re.sub(r",(russia|us|nato),,", r",\1,against,", text, count=3))
    else:
        run("sample", path, "-n", "12")
    assert run("report", *inputs, "--model", "vader", "-o", "out")[0] == 0
    left = 11 if given else 12
    page = Path("out/index.html").read_text()
    assert f"label the {left} drawn comments without a label" in page.replace("\u00a0", " ")
    assert "Draw these comments" not in page
    assert json.loads(Path("out/summary.json").read_text())["waiting"] == left


def test_a_report_without_labels_says_where_they_may_be(path: Path, served: list[tuple[str, ...]]) -> None:
    run("sample", path, "-n", "12")
    code, (line,) = run("report", "table.csv", "--model", "vader", "--labels", path, "-o", "out")
    assert code == 2
    assert "36 without a label; to label them: stance label russia.db; labels in a table count if you give" in line


@pytest.mark.parametrize(
    ("second", "is_labelled"),
    [(["-n", "20"], True), (["-n", "16", "--stratify", "outlet"], True), (["-n", "24"], False)],
)
@pytest.mark.usefixtures("served")
def test_a_larger_draw_leaves_no_damage_in_the_first(path: Path, second: list[str], is_labelled: bool) -> None:
    draw = ["sample", path, "--model", "vader", "--by", "random"]
    assert run(*draw, "-n", "8")[0] == 0
    if is_labelled:
        assert run("label", path, "--annotator", "ann") == (0, [])
        with LabelStore.write(path, is_shared=True) as store:
            number = store.next_item("ann")
            assert number is not None
            item = store.item(number)
            assert item is not None
            store.record("ann", number, [Answer(pair.target, Stance.AGAINST) for pair in item.pairs])
    assert run(*draw, *second)[0] == 0
    assert run("store", "verify", path)[0] == 0
    assert run("label", path, "--annotator", "ann") == (0, [])
    label_all(path)
    assert run("store", "verify", path)[0] == 0
    assert len(labels_in(path)) == 3 * int(second[1])
    assert run("report", path, "-o", "out", "--model", "vader")[0] == 0
    assert len(query(path, "SELECT DISTINCT probability FROM pairs")) == 1


def test_a_damaged_sample_gets_no_new_checksum(path: Path) -> None:
    draw = ["sample", path, "--model", "vader", "--by", "random"]
    assert run(*draw, "-n", "8")[0] == 0
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE samples SET seed = 77")
    code, lines = run(*draw, "-n", "20")
    assert code != 0
    assert "sample 1: damaged" in lines[-1]
    assert query(path, "SELECT DISTINCT probability FROM pairs") == [(8 / 24,)]
    assert run("store", "verify", path)[0] == 1


def test_drawn_comments_are_referred_to_and_keep_their_labels_when_a_page_is_read_anew(
    path: Path, served: list[tuple[str, ...]]
) -> None:
    run("sample", path, "-n", "12", "--model", "vader")
    run("label", path, "--annotator", "ann")
    label_all(path)
    assert query(path, "SELECT count(comment), count(text) FROM items") == [(12, 0)]
    before = labels_in(path)
    assert len(before) == 36
    assert run("score", "table.csv", "--model", "vader", "-o", path, "--force")[0] == 0
    assert query(path, "SELECT count(comment), count(text) FROM items") == [(12, 0)]
    assert labels_in(path) == before
    # The first document is gone, and the labels of its comments keep their texts.
    lines = Path("table.csv").read_text().splitlines(keepends=True)
    Path("table.csv").write_text("".join(each for each in lines if ",d0," not in each))
    assert run("score", "table.csv", "--model", "vader", "-o", path)[0] == 0
    ((referred, copied),) = query(path, "SELECT count(comment), count(text) FROM items")
    assert referred + copied == 12
    assert copied > 0
    assert labels_in(path) == before
    assert run("store", "verify", path, "--quiet") == (0, [])

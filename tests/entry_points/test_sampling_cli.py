import csv
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from stance.labels.tables import load_labels, read_records
from stance.store.items import items_of_rows
from tests.support.commands import invoke
from tests.support.tables import rows_of, write_rows

TABLE = "id,document,outlet,author,text\n" + "".join(
    f"c{i},d{i // 4},{'Echo' if i < 12 else 'Post'},Reader {i % 5},{text} {i} in all these years.\n"
    for i, text in enumerate(
        ("NATO was never asked about it", "=They say that Russia will go on", "What a summer that was") * 8
    )
)


pytestmark = pytest.mark.usefixtures("own_settings", "table")


@pytest.fixture
def table(own_settings: None) -> None:
    Path("table.csv").write_text(TABLE)


def run(*arguments: str, **how: Any) -> Any:
    return invoke("sample", *arguments, "--model", "light", **how)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_go_to_standard_output_and_the_account_to_standard_error() -> None:
    result = run("table.csv", "--n", "5", "--target", "nato", code=0)
    assert [row["target"] for row in rows(result.stdout)] == ["nato"] * 5
    first = (
        "5 comments drawn of 24 in 6 documents of 2 outlets; 5 rows to label toward nato; role audit, by named, seed 0"
    )
    assert re.match(rf"stance: {first}\nstance: probability 0\.0625 to 0\.\d+\n", result.stderr)
    assert "fewer than 20 comments in all, too few for shares of these outlets alone: Echo" in result.stderr
    assert "--stratify" not in result.stderr


def test_the_same_command_gives_the_same_bytes_and_pipes_work() -> None:
    results = [run("table.csv", "-n", "7", "--seed", "3", "-q") for _ in range(2)]
    results.append(run("-", "-n", "7", "--seed", "3", "-q", stdin=TABLE))
    assert len({result.stdout for result in results}) == 1
    assert run("table.csv", "-n", "7", "--seed", "4", "-q").stdout != results[0].stdout


def test_ids_match_those_of_scores(tmp_path: Path) -> None:
    result = run("table.csv", "-n", "24", "-q")
    invoke("score", "table.csv", "--model", "vader", "-o", "scores.jsonl")
    scored = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert {(f"{s['document']}/{s['comment']}", s["target"], s["author"]) for s in scored} == {
        (row["id"], row["target"], row["author"]) for row in rows(result.stdout)
    }


def test_an_earlier_sample_is_not_drawn_again(tmp_path: Path) -> None:
    run("table.csv", "-n", "10", "-o", "audit.csv")
    first = {row["id"] for row in rows((tmp_path / "audit.csv").read_text())}
    result = run("table.csv", "--role", "train", "--exclude", "audit.csv")
    second = {row["id"] for row in rows(result.stdout)}
    assert (len(first), len(second), first & second) == (10, 14, set())
    assert "left out: 10: in a file given to --exclude" in result.stderr
    assert "200 comments asked for, but only 14 can be drawn" in result.stderr
    result = run("table.csv", "--exclude", "audit.csv", "-n", "9")
    assert "14 comments that are left, not the 10 excluded comments" in result.stderr


def test_a_table_with_labels_is_not_replaced(tmp_path: Path) -> None:
    run("table.csv", "-n", "10", "-o", "audit.csv")
    assert run("table.csv", "-n", "10", "-o", "audit.csv").exit_code == 0
    table = tmp_path / "audit.csv"
    table.write_text(labelled := table.read_text().replace(",russia,,", ",russia,favor,", 1))
    assert labelled.count(",russia,favor,") == 1
    for command in (["sample", "table.csv", "-n", "12", "-o"], ["labels", "agreement", "audit.csv", "--disagreements"]):
        result = invoke(*command, "audit.csv")
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert "audit.csv: holds labels, which would be lost; expected a new file" in result.stderr
    assert table.read_text() == labelled


def test_a_larger_draw_holds_the_first_and_its_probabilities_count(tmp_path: Path) -> None:
    """Of a random draw; in one by the probabilities of a model, while no comment becomes certain."""
    run("table.csv", "--by", "random", "-n", "10", "-o", "first.csv")
    run("table.csv", "--by", "random", "-n", "16", "-o", "second.csv")
    first = tmp_path / "first.csv"
    first.write_text(re.sub(r",(russia|us|nato),,", r",\1,favor,", first.read_text()))
    small, large = ({row["id"] for row in rows((tmp_path / name).read_text())} for name in ("first.csv", "second.csv"))
    assert small < large
    labels = load_labels([first, tmp_path / "second.csv"])
    assert {each.probability for each in labels.comments} == {16 / 24}
    items = items_of_rows(read_records([first, tmp_path / "second.csv"], skip=print), print)
    assert (len(items), sum(bool(item.given) for item in items)) == (16, 10)
    assert {pair.probability for item in items for pair in item.pairs} == {16 / 24}


def test_comments_of_unknown_articles_are_measured_one_by_one(tmp_path: Path) -> None:
    """A table without a column of documents is read in parts of 2,000 rows, which are no stories."""
    table, lines = tmp_path / "table.csv", ["outlet,author,text"]
    lines += [
        f"{'AB'[n % 2]},Reader {n % 30},Russia {('is wrong', 'is right')[n % 3 % 2]} and number {n}." for n in range(90)
    ]
    table.write_text("\n".join(lines) + "\n")
    drawing = ("--target", "russia", "--n", "80", "--by", "random")
    invoke("sample", table, *drawing, "-o", tmp_path / "sample.csv")
    drawn = rows_of(tmp_path / "sample.csv")
    assert {row["document"] for row in drawn} == {""}
    labelled = (row | {"label": "against" if "wrong" in row["text"] else "favor"} for row in drawn)
    result = invoke("evaluate", write_rows(tmp_path / "labelled.csv", labelled), "--model", "vader", "--json")
    record = json.loads(result.stdout)
    assert (record["n"], record["clusters"], record["resampled"]) == (80, 80, "texts")
    assert "no label names its article, so each comment counts as independent" in result.stderr


def test_the_command_on_the_page_of_an_article_draws_its_comments() -> None:
    assert invoke("report", "table.csv", "-o", "reports", "--model", "vader").exit_code == 0
    pages = [path.read_text(encoding="utf-8") for path in Path("reports").glob("*.html")]
    command = next(match[1] for page in pages if (match := re.search(r"<code>stance (sample .+?) &amp;&amp;", page)))
    assert invoke(*shlex.split(command)).exit_code == 0
    assert rows(Path("sample.csv").read_text(encoding="utf-8"))

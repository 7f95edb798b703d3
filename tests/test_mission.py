"""Rows of the mission, each in every place where a user meets it. No change may delete a row.

The rows and places are those that the project promises: article apart from comments; stance and sentiment of each
comment, and in aggregates by article, outlet, month, topic, language and any column; a page for each article;
retraining that reports how it changed; comparison with tests; own targets; eight languages; copies, words and replies;
corrected shares.
"""

import json
import subprocess
import sys
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest

import stance
from research.benchmarks.window import make_page
from tests.support.commands import invoke
from tests.support.commands import told as run
from tests.support.page_texts import read_page, text
from tests.support.tables import rows_of, write_rows
from tests.support.tables import table as cases_of
from tests.support.tiny_models import quicken_training
from tests.support.window_pages import open_window

TARGETS = ("russia", "us", "nato")
PER_PAGE = 12
SAID, LANGUAGES, COLUMNS = (cases_of("mission", "cases")[name] for name in ("SAID", "LANGUAGES", "COLUMNS"))
"""Texts of comments; a text against Russia in each language; columns with groups that each must have."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Comments of two outlets, twelve articles, three months, two sections and two languages."""
    rows = []
    for article, number in product(range(12), range(PER_PAGE)):
        said = SAID[(number + article // 2) % len(SAID)] if article < 11 else LANGUAGES["de"]
        name, month, day = f"{article}-{number}", 1 + article // 4, 1 + number
        row = {"id": name, "text": f"{said} ({name})", "document": f"d{article}", "title": f"Article {article}"}
        row |= {"outlet": ("Harbor", "Gazette")[article % 2], "posted": f"2026-{month:02}-{day:02}"}
        row |= {"author": f"Writer {number} of {article}", "section": ("world", "home")[article % 3 == 0]}
        row |= {"parent": f"{article}-{number - 1}" if number % 2 else "", "matter": ("gas", "bases")[article % 4 > 1]}
        rows.append(row)
    return write_rows(tmp_path_factory.mktemp("mission") / "comments.csv", rows)


@pytest.fixture(scope="module")
def report(table: Path) -> Path:
    folder = table.parent / "report"
    run("report", table, "-o", folder, "--model", "default")
    return folder


@pytest.fixture(scope="module")
def record(report: Path) -> Any:
    return json.loads((report / "summary.json").read_text(encoding="utf-8"))


def assert_both(groups: list[dict[str, Any]], sentiment: list[dict[str, Any]], names: set[str]) -> None:
    """Assert that each group has shares of stance, and sentiment, toward each target."""
    stance_of = {(group["group"], share["target"]) for group in groups for share in group["shares"]}
    sentiment_of = {(mean["group"], mean["target"]) for mean in sentiment if mean["n"] and -1 <= mean["mean"] <= 1}
    assert set(product(names, TARGETS)) <= stance_of
    assert set(product(names, TARGETS)) <= sentiment_of


def test_the_article_is_apart_from_its_comments(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(make_page(1, "River Post"))
    (document,) = stance.parse(page)
    assert document.body
    assert document.comments
    assert not any(comment.text in document.body for comment in document.comments)
    parsed = json.loads(run("parse", page))
    assert (len(parsed["comments"]), len(parsed["body"])) == (len(document.comments), len(document.body))


def test_each_comment_has_stance_and_sentiment(table: Path, report: Path, record: Any) -> None:
    rows = [json.loads(line) for line in run("score", table, "--model", "default", "--quiet").splitlines()]
    assert {row["target"] for row in rows} == set(TARGETS)
    named = [row for row in rows if row["via"] == "text"]
    assert named
    assert all(row["stance"] and row["grade"] and row["sentiment"] is not None for row in named)
    assert any(row["target_sentiment"] not in (None, "") for row in named)
    frame = stance.score(table, model="light")
    assert {"stance", "grade", "sentiment", "target_sentiment", *TARGETS} - {*frame.columns} == set(TARGETS)
    page = text(read_page(report / record["documents"][3]["page"]))
    assert "wording" in page
    assert "sounds" in page


@pytest.mark.parametrize("by", [*COLUMNS, "topic"])
def test_stance_and_sentiment_stand_in_aggregates_by_every_column(table: Path, tmp_path: Path, by: str) -> None:
    options = ("--topic", "matter") if by == "topic" else ()
    run("compare", table, "--by", by, *options, "-o", tmp_path, "--model", "light")
    record = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    names = {"gas", "bases"} if by == "topic" else {*COLUMNS[by]}
    assert_both(record["groups"], record["sentiment"], names)
    page = read_page(tmp_path / "comparison.html")
    words = text(page)
    assert "Wording around each target" in words
    assert "It is wording and not stance" in words
    tables = stance.compare(table, by=by, model="light", **({"topic": "matter"} if by == "topic" else {}))
    for name in ("shares", "sentiment"):
        rows = rows_of(tmp_path / f"{name}.csv")
        assert names <= {row["group"] for row in rows if row["by"] == by}
        assert names <= set(getattr(tables, name)["group"])


def test_stance_and_sentiment_stand_in_the_report(report: Path, record: Any) -> None:
    assert_both(record["groups"], record["sentiment"], {"Harbor", "Gazette"})
    assert_both([record["whole"]], record["sentiment"], {"all"})
    for document in record["documents"]:
        assert {summary["target"] for summary in document["targets"] if summary["shares"]} == set(TARGETS)
        if document["id"] != "d11":
            assert {mean["target"] for mean in document["sentiment"]} == set(TARGETS)
    index = text(read_page(report / "index.html"))
    assert "Wording around each target" in index
    assert "How the sides sound" in index
    rows = rows_of(report / "sentiment.csv")
    assert {"all", "Harbor", "Gazette", "d1"} <= {row["group"] for row in rows}
    page = text(read_page(report / next(each["page"] for each in record["documents"] if each["id"] == "d1")))
    assert "How it sounds" in page
    assert "It is wording and not stance" in page


def test_methods_of_sentiment_are_never_mixed(record: Any) -> None:
    methods = {(mean["group"], mean["target"], mean["method"]): mean["n"] for mean in record["sentiment"]}
    assert methods["all", "russia", "vader"] > methods["all", "russia", "learned"] > 0
    assert all(each["method"] in ("vader", "learned") for each in record["sentiment_differences"])


def test_the_window_shows_the_report_with_both(tmp_path: Path) -> None:
    with open_window(tmp_path / "project") as running:
        guest = running.guest()
        for number in range(4):
            guest.send(f"saved/{number}.html", make_page(number, ("River Post", "Hill Post")[number % 2]))
        guest.do("read")
        guest.wait(lambda state: state["report"] and not state["busy"])
        index = guest.ask("GET", "/report/index.html").text
        summary = guest.ask("GET", "/report/summary.json").text
    assert "Stance by outlet" in index or "All comments together" in index
    assert "Wording around each target" in index
    assert json.loads(summary)["sentiment"]


def test_each_article_has_a_page_with_its_readings(report: Path, record: Any) -> None:
    for document in record["documents"]:
        assert {"newsroom", "most_answered", "themes"} <= set(document)
        page = read_page(report / document["page"])
        assert document["title"] in text(page.find(".//h1"))
        for target in TARGETS:
            reading, counts = (
                document["reading"][target],
                next(each["readings"] for each in document["targets"] if each["target"] == target),
            )
            lists = [reading["unread"], *reading["clear"].values(), *reading["leaning"].values()]
            assert sum(map(len, lists)) == reading["named"] == sum(counts.values())
            assert len(reading["clear"]["against"]) == counts["against"]
            if reading["named"]:
                assert page.cssselect(f"a[href^='#list-{target}-']")


def test_readings_open_the_list_of_a_side_across_articles(report: Path) -> None:
    page = read_page(report / "readings.html")
    links = [link.get("href") for link in page.cssselect(".quotes a")]
    assert links
    for link in links:
        name, _, anchor = link.partition("#")
        assert read_page(report / name).get_element_by_id(anchor) is not None


def test_a_page_is_counted_by_persons(table: Path, tmp_path: Path) -> None:
    store = tmp_path / "project.db"
    run("score", table, "-o", store, "--model", "light")
    drawn = tmp_path / "sample.csv"
    run("sample", store, "--page", "d1", "--target", "russia", "-o", drawn)
    rows = rows_of(drawn)
    assert len(rows) == 4  # all that name it
    assert {(row["document"], row["probability"]) for row in rows} == {("d1", "1.0")}
    labels = zip(rows, cycle(["favor", "against"]), strict=False)
    write_rows(drawn, [row | {"label": label, "annotator": "ann"} for row, label in labels])
    run("report", store, "--labels", drawn, "-o", tmp_path / "out")
    page = next(path for path in (tmp_path / "out").glob("*.html") if "Persons labelled" in path.read_text("utf-8"))
    counts = "2 against, 0 neutral, 2 in favor, 0 named in passing (exact: all are labelled)."
    assert f"labelled all 4 comments that name it: {counts}" in text(read_page(page))


def test_retraining_reports_how_the_model_changed(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quicken_training(monkeypatch)
    sides = dict(zip(SAID, ("favor", "against", "against", "favor", "against", "favor"), strict=True))
    rows = []
    for row, target in product(rows_of(table), TARGETS):
        said = row["text"].rpartition(" (")[0]
        if said in sides:
            named = "russia" if "Russia" in said else "nato" if "NATO" in said else "us"
            label = sides[said] if target == named else "not_addressed"
            rows.append({"text": row["text"], "target": target, "label": label, "document": row["document"]})
    labels = write_rows(tmp_path / "labels.csv", rows)
    said = run("train", labels, "-o", tmp_path / "model", "--from", "light")
    assert "Difference of macro F1" in said
    assert "became right and" in said
    card = json.loads((tmp_path / "model" / "card.json").read_text(encoding="utf-8"))
    compared = card["measures"]["compared"]
    low, high = compared["difference"]["interval"]
    assert compared["verdict"] == "unsure" or low > 0 or high < 0
    changes = compared["changes"]
    assert {"favor", "against", "not_addressed"} <= set(changes)
    assert all(row["became_right"] + row["became_wrong"] + row["other"] <= row["pairs"] for row in changes.values())


def test_outlets_are_compared_with_tests(table: Path, tmp_path: Path) -> None:
    record = {}
    run("compare", table, "-o", tmp_path, "--model", "light")
    record = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert {each["verdict"] for each in record["differences"]} == {"not_tested"}  # stance needs labels
    assert {each["verdict"] for each in record["sentiment_differences"]} <= {"differ", "cannot_tell_apart"}
    assert record["sentiment_differences"]
    methods = " ".join(record["methods"]).replace("\xa0", " ")
    assert "No difference in stance was tested." in methods
    assert f"{len(record['sentiment_differences'])} differences or changes in sentiment were tested" in methods


def test_users_define_their_own_targets(table: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[targets]]\nid = "friendship"\naliases = ["friend", "word"]\n', encoding="utf-8")
    invoke("targets", own, code=0)
    frame = stance.score(table, targets=own, target="friendship", model="light")
    assert set(frame["target"]) == {"friendship"}
    assert "text" in set(frame["via"])


def test_eight_languages_are_scored() -> None:
    frame = stance.score([*LANGUAGES.values()], target="russia", languages=[*LANGUAGES])
    scored = frame[frame["stance"].notna()]
    assert set(scored["language"]) == set(LANGUAGES)
    assert scored["sentiment"].notna().all()


def test_the_discourse_has_copies_words_and_replies(record: Any, report: Path) -> None:
    assert {"copies", "words", "replies", "domains"} <= set(record["discourse"])
    headings = text(read_page(report / "discourse.html"))
    assert all(heading in headings for heading in ("Copies", "Words and phrases", "Who answers whom"))
    assert "positions" not in record["discourse"]


def test_labels_correct_shares(table: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "sample.csv"
    run("sample", table, "--n", 120, "-o", drawn, "--model", "vader")
    labels = zip(rows_of(drawn), cycle(["favor", "against", "neutral"]), strict=False)
    write_rows(drawn, [row | {"label": label, "annotator": "ann"} for row, label in labels])
    run("report", table, "--labels", drawn, "-o", tmp_path / "out", "--model", "vader")
    record = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert {share["method"] for share in record["whole"]["shares"]} & {"corrected", "labels"}


RUN = """
import sys
sys.modules[{blocked!r}] = None
from stance.__main__ import main
sys.argv = ["stance", *{words!r}]
main()
"""


WORK = {
    "sklearn": ["evaluate", "labels.csv", "--model", "light"],
    "pandas": ["score", "thread.csv", "-o", "scores.parquet", "--model", "vader"],
    **{name: ["report", "thread.csv", "-o", "out", "--model", "light"] for name in ("nltk", "typer", "vaderSentiment")},
}
"""Words: a command that calls each library."""


@pytest.mark.parametrize("library", WORK)
def test_each_library_does_real_work(table: Path, tmp_path: Path, library: str) -> None:
    rows, labels = rows_of(table), cycle(["favor", "against", "neutral"])
    names = ("text", "document")
    labelled = ({name: row[name] for name in names} | {"target": "russia", "label": next(labels)} for row in rows)
    write_rows(tmp_path / "labels.csv", labelled)
    write_rows(tmp_path / "thread.csv", ({"text": row["text"], "document": "one"} for row in rows[:60]))
    command = [sys.executable, "-c", RUN.format(blocked=library, words=WORK[library])]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode != 0
    assert library in done.stderr

"""Counts, shares, tests, draws and measures that documents promise, as users read them."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

import stance
from stance.datamodels import STANCES, Stance
from stance.scoring.instances import Instance, Judgement, mention_spans
from tests.support.commands import invoke
from tests.support.labelled_tables import write_corpus
from tests.support.tables import rows_of, write_rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a comparison of two outlets and of pages without one, each with three articles of eight comments."""
    folder = tmp_path_factory.mktemp("figures")
    rows = [
        {
            "document": f"{outlet}{article}", "outlet": outlet, "author": "ABCDEFG"[person : person + 1],
            "text": f"{'NATO' if person == 0 else 'Russia'} is right, {outlet}{article}{person}.",
        }
        for outlet, article, person in product(("A", "", "B"), (1, 2, 3), range(8))
    ]  # fmt: skip
    table = write_rows(folder / "table.csv", rows)
    invoke("compare", table, "-o", folder / "out", "--model", "light", code=0)
    return folder / "out"


@pytest.fixture(scope="module")
def record(folder: Path) -> Any:
    return json.loads((folder / "comparison.json").read_bytes())


def test_groups_count_articles_comments_and_people(record: Any) -> None:
    counts = [
        [group[name] for name in ("articles", "comments", "authors", "without_author")] for group in record["groups"]
    ]
    assert counts == [[3, 24, 7, 3]] * 3


def test_pages_without_an_outlet_stand_last_and_are_never_compared(folder: Path, record: Any) -> None:
    assert [group["group"] for group in record["groups"]] == ["A", "B", "pages without an outlet"]
    pairs = [*record["differences"], *record["sentiment_differences"]]
    assert {pair[side] for pair in pairs for side in "ab"} == {"A", "B"}
    assert "over all tests of sentiment together (Holm" in (folder / "comparison.html").read_text(encoding="utf-8")


def test_few_comments_that_address_a_target_have_no_figure(record: Any) -> None:
    few = [share for group in record["groups"] for share in group["shares"] if share["target"] == "nato"]
    assert {share["n"] for share in few} == {3}
    assert {(share["estimate"], share["may_print"], share["note"]) for share in few} == {
        (None, False, "fewer than 5 comments address the target")
    }


def test_sentiment_is_of_comments_that_name_the_target_and_of_few_articles_has_no_interval(record: Any) -> None:
    assert {(each["target"], each["n"], each["interval"]) for each in record["sentiment"]} == {
        ("russia", 21, None), ("nato", 3, None)
    }  # fmt: skip


def compared(folder: Path, rows: Any, *words: object) -> Any:
    """Return the record of a comparison of comments."""
    table = write_rows(folder / "table.jsonl", rows)
    invoke("compare", table, "-o", folder, "--model", "vader", *words)
    return json.loads((folder / "comparison.json").read_bytes())


@pytest.mark.parametrize(("days", "unit"), [(13, "day"), (14, "week"), (60, "month")])
def test_a_series_has_periods_by_its_length_and_no_comment_without_a_date(tmp_path: Path, days: int, unit: str) -> None:
    first = date(2026, 1, 1)
    posted = [first, first + timedelta(days), "", "2026-01"]
    rows = [{"text": f"Russia is right, {n}.", "posted": f"{day}"} for n, day in enumerate(posted)]
    series = compared(tmp_path, rows)["series"]
    assert (series["unit"], *series["undated"].values()) == (unit, 2)
    assert all(point["few"] for point in series["points"])


def test_shares_of_few_articles_are_flagged_and_labels_that_were_chosen_correct_none(tmp_path: Path) -> None:
    table = write_corpus(tmp_path, lambda n: ("favor", "against")[n // 3 % 2], 320) / "t.jsonl"
    labels, found = tmp_path / "l.jsonl", []
    for only in ("", '"favor"'):
        labels.write_text("".join(row for row in labels.read_text().splitlines(keepends=True) if only in row))
        invoke("compare", table, "--labels", labels, "-o", tmp_path, "--model", "light", "--target", "russia")
        found += json.loads((tmp_path / "comparison.json").read_bytes())["groups"]
    flags = {(share["population"], share["is_flagged"], share["may_print"]) for share in found[0]["shares"]}
    assert flags == {("corpus", False, True), ("outlet", True, False)}
    assert [bool(group["checks"]["labels_odd"]) for group in found] == [False, False, True, True]
    assert {share["method"] for share in found[2]["shares"]} <= {"model", "none"}


def test_a_name_at_two_outlets_is_two_people_unless_names_are_kept_and_stays_in_texts(tmp_path: Path) -> None:
    people = ("A", "Ann"), ("B", "Ann"), ("A", " A\u200bNN")
    rows = [{"text": f"@Ann, NATO is right, {n}.", "outlet": of, "author": who} for n, (of, who) in enumerate(people)]
    for count, options in ((2, ()), (1, ("--names",))):
        table = write_rows(tmp_path / "table.csv", rows[: count + 1])
        invoke("report", table, *options, "-o", tmp_path / "out", "--model", "vader")
        assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["whole"]["authors"] == count
        assert {row["text"][:9] for row in rows_of(tmp_path / "out" / "scores.csv")} == {"'@Ann, NA"}


def test_quoted_words_are_found_together_and_written_in_each_form(tmp_path: Path) -> None:
    rows = [{"text": text} for text in ("NATO: gas price up.", "NATO: price of gas up.")]
    invoke("score", write_rows(tmp_path / "table.csv", rows), "-o", tmp_path / "s.db", "--model", "vader")
    for name in ("x.csv", "x.xlsx", "x.parquet", "x.jsonl", "x.html"):
        invoke("find", tmp_path / "s.db", "gas price", "--target", "nato", "-o", tmp_path / name, code=0)
    assert [row["text"] for row in rows_of(tmp_path / "x.csv")] == ["NATO: gas price up."]


@pytest.mark.parametrize(("name", "code"), [("", 0), ("Ann", 2)])
def test_comments_without_a_name_are_people_in_public_unless_a_page_names_somebody(
    tmp_path: Path, name: str, code: int
) -> None:
    rows = [{"text": f"Russia is right, {n}.", "outlet": "AB"[n % 2], "author": "" if n else name} for n in range(20)]
    table = write_rows(tmp_path / "table.csv", rows)
    invoke("compare", table, "--public", "-o", tmp_path / "out", "--model", "vader", code=code)


def test_a_draw_from_a_long_page_is_of_20_in_random_order_and_topics_cannot_be_verified(tmp_path: Path) -> None:
    rows = [{"text": f"Russia is right, {n}.", "document": "d", "title": "The ferry"} for n in range(40)]
    topics, drawn = tmp_path / "topics.toml", tmp_path / "drawn.csv"
    topics.write_text('sea = ["ferry"]')
    compared(tmp_path, rows, "--by", "topic", "--topic", topics)
    assert "cannot be verified" in invoke("verify", tmp_path).stderr
    invoke("sample", tmp_path / "table.jsonl", "--page", "d", "--target", "russia", "--model", "vader", "-o", drawn)
    ids = [row["id"] for row in rows_of(drawn)]
    assert (len(ids), ids == sorted(ids)) == (20, False)


GROUPS = {
    "month": "2024-03", "year": "2024", "language": "en", "document": "d", "via": "text", "target": "us",
    "model": "vader", "title": "Talks", "url": "https://a.example/1",
}  # fmt: skip
"""Words: columns that make groups, with a group; the comment has the date of its article."""


@pytest.mark.parametrize("by", GROUPS)
def test_groups_are_of_each_column(tmp_path: Path, by: str) -> None:
    comments = [{"id": "c", "text": "NATO is right.", "language": "en"}]
    page = {"id": "d", "source": "d", "published": "2024-03-02", "layout": "boxes", "body": []}
    assert GROUPS[by] in {
        group["group"] for group in compared(tmp_path, [GROUPS | page | {"comments": comments}], "--by", by)["groups"]
    }


def test_only_the_40_largest_groups_are_tested(tmp_path: Path) -> None:
    assert compared(tmp_path, [{"text": f"NATO, {n}.", "outlet": f"{n}"} for n in range(43)])["not_paired"] == 3


@pytest.mark.parametrize(("count", "code"), [(500, 0), (501, 2)])
def test_a_file_has_at_most_500_targets_or_layout_rows(tmp_path: Path, count: int, code: int) -> None:
    targets, layouts, page = (tmp_path / name for name in ("targets.toml", "layouts.toml", "page.html"))
    targets.write_text("".join(f'[[targets]]\nid = "t{n}"\naliases = ["name{n}"]\n' for n in range(count)))
    layouts.write_text("".join(f'[row{n}]\ncomment = ".c{n}"\n' for n in range(count)))
    page.write_text("<html><body><p>The ferry is late again, says the mayor.</p></body></html>")
    invoke("targets", targets, code=code)
    invoke("parse", page, "--layouts", layouts, code=code)


@pytest.mark.parametrize(("depth", "is_told"), [(256, False), (257, True)])
def test_xml_may_be_256_elements_deep(tmp_path: Path, depth: int, is_told: bool) -> None:
    (tmp_path / "x.xml").write_text("<rss>" + "<a>" * (depth - 1) + "</a>" * (depth - 1) + "</rss>")
    assert ("XML nested more than 256 deep" in invoke("parse", tmp_path / "x.xml").stderr) is is_told


@pytest.mark.parametrize("name", ["inputs", "labels", "model", "shares"])
def test_the_first_python_of_a_document_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block = Path(f"docs/{name}.md").read_text(encoding="utf-8").split("```python")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text("<html><body><h1>The ferry</h1><p>The ferry is late.</p></body></html>")
    for path in ("comments.csv", "ann.csv", "bob.csv"):
        Path(path).write_text("text,target,label,document,outlet,posted\nRussia is right about it.,russia,favor,d,A,\n")
    exec(block, {})


def test_a_folder_is_read_with_pages_of_any_name_and_without_backups(tmp_path: Path) -> None:
    for name in ("a.php", "b", "c.html.bak", "d.htm~"):
        (tmp_path / name).write_text(f"<html><body><p>The ferry {name} is late, says the mayor.</p></body></html>")
    done = invoke("parse", tmp_path)
    assert (done.stdout.count("\n"), done.stderr.count(": skipped: files named")) == (2, 2)


def test_labels_of_one_text_in_two_forms_must_agree(tmp_path: Path) -> None:
    rows = [
        {"text": text, "target": "nato", "label": label, "annotator": annotator}
        for label, annotator, text in (
            ("favor", "ann", "NATO is right"), ("against", "bob", " ＮＡＴＯ  is\u200b right"),
            ("against", "ann", "NATO is wrong"), ("against", "bob", "NATO is wrong"),
        )
    ]  # fmt: skip
    done = invoke("evaluate", write_rows(tmp_path / "labels.csv", rows), "--model", "light", code=3)
    assert "gave different labels to 1 pair that nobody adjudicated; left out" in done.stderr


def test_a_draw_takes_more_of_the_comments_that_name_the_target(tmp_path: Path) -> None:
    rows = [{"text": f"{'NATO' if n < 40 else 'The bridge'} is right, said number {n}."} for n in range(400)]
    table, drawn = write_rows(tmp_path / "table.csv", rows), tmp_path / "drawn.csv"
    invoke("sample", table, "-n", 60, "--target", "nato", "--model", "light", "-o", drawn, code=0)
    rates = {(row["text"].startswith("NATO"), float(row["probability"])) for row in rows_of(drawn)}
    assert max(rate for is_named, rate in rates if not is_named) < min(rate for is_named, rate in rates if is_named)


class Taught:
    """Gives each text the label that its end names, with a probability of .7."""

    name, languages, card = "taught", ("en",), {"what": "the last word of a text"}

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        labels = [Stance(instance.text.rpartition(" ")[2]) for instance in instances]
        rows = [[0.7 if stance is label else 0.1 for stance in STANCES] for label in labels]
        return Judgement(np.array(rows), [mention_spans(instance) for instance in instances])


def test_measures_are_those_of_scikit_learn(tmp_path: Path) -> None:
    pairs = [*product(["favor", "against", "not_addressed"], map(str, STANCES)), *[("favor", "favor")] * 5]
    rows = [
        {"text": f"NATO, number {number}, {answer}", "target": "nato", "label": label, "document": number}
        for number, (label, answer) in enumerate(pairs)
    ]
    record = stance.evaluate(write_rows(tmp_path / "labels.csv", rows), model=Taught())
    gold, answers = zip(*pairs, strict=True)
    hits = np.mean([label == answer for label, answer in pairs])
    scores = dict(zip(labels := [*set(gold)], f1_score(gold, answers, labels=labels, average=None), strict=True))
    assert record["macro_f1"] == pytest.approx(np.mean([*scores.values()]), abs=1e-3)
    assert record["favg"] == pytest.approx((scores["favor"] + scores["against"]) / 2, abs=1e-3)
    assert record["ece"] == pytest.approx(abs(0.7 - hits), abs=1e-3)


def test_neither_the_order_of_pages_nor_processes_change_a_score() -> None:
    pages = sorted(Path("seeds").glob("*.txt"))
    given, other = (stance.score(paths, model="light", jobs=n) for paths, n in ((pages, 1), (pages[::-1], 2)))
    keys = ["comment", "target"]
    pd.testing.assert_frame_equal(*(frame.set_index(keys).sort_index() for frame in (given, other)))


def test_a_comment_has_the_language_of_its_words(tmp_path: Path) -> None:
    said = ["The bridge was closed again and nobody told us.", "Die Brücke ist schon wieder gesperrt.", "Kyiv"]
    (page,) = stance.parse(write_rows(tmp_path / "table.csv", [{"document": "a", "text": text} for text in said]))
    assert [comment.language for comment in page.comments] == ["en", "de", "unknown"]


def test_a_document_holds_its_tone_by_target_and_voice(tmp_path: Path) -> None:
    invoke("report", next(Path("seeds").glob("*.txt")), "-o", tmp_path, "--model", "light", code=0)
    (document,) = json.loads((tmp_path / "summary.json").read_bytes())["documents"]
    columns = ["target", "voice", "n", "critical", "neutral", "favorable", "undecided", "mean", "interval"]
    assert [list(row) for row in document["tone"]] == 6 * [columns]


def test_an_alias_of_several_words_is_found_without_spaces(tmp_path: Path) -> None:
    (tmp_path / "club.toml").write_text('[[targets]]\nid = "club"\naliases = ["River Club"]\n')
    scores = stance.score(["The #RiverClub must act now."], targets=tmp_path / "club.toml", model="vader")
    assert scores.set_index("target")["evidence"]["club"] == [[5, 14]]

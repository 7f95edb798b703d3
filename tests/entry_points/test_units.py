"""A label is of a comment or of a sentence, and has one state, whichever command asks."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Stance
from stance.store.items import Answer
from stance.store.labels import LabelStore, open_queues
from tests.support.commands import run
from tests.support.store_samples import page, write
from tests.support.tables import rows_of, write_rows

LABELS = ("favor", "against", "neutral", "not_addressed")


def label(path: Path, labels: Sequence[str], n: int, annotator: str = "ann") -> Path:
    """Fill the labels of the first rows of a sample."""
    rows = rows_of(path)
    for at, row in enumerate(rows[:n]):
        row |= {"label": labels[at % len(labels)], "annotator": annotator}
    return write_rows(path.with_stem(f"{path.stem}-{annotator}"), rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One outlet: 500 comments and 200 sentences about Russia; 60 of 300 and 200 of 200 are labelled."""
    made = tmp_path_factory.mktemp("units")
    named = [f"harbour {number}" for number in range(5)]
    body = [f"Russia spoke about point {number} of the plan that the council had made." for number in range(40)]
    pages = [
        page(name, 100, outlet="Herald") | {"body": [f"{each[:-1]} at {name}." for each in body]} for name in named
    ]
    table, target = write(made / "pages.jsonl", *pages), ("--target", "russia", "--model", "vader")
    run("sample", table, *target, "-n", "300", "-o", made / "audit.csv")
    run("sample", table, *target, "-n", "200", "--unit", "sentence", "-o", made / "tone.csv")
    label(made / "audit.csv", LABELS, 60)
    for annotator in ("ann", "ben"):
        label(made / "tone.csv", ("critical", "neutral"), 200, annotator)
    label(made / "audit.csv", LABELS, 20, "ben")
    return made


def test_sentences_change_no_share_of_comments(folder: Path) -> None:
    records = []
    for number, tables in enumerate((["audit-ann.csv"], ["audit-ann.csv", "tone-ann.csv"])):
        given = [word for table in tables for word in ("--labels", folder / table)]
        out = folder / f"out{number}"
        done = run("report", folder / "pages.jsonl", "--target", "russia", "--model", "vader", *given, "-o", out)
        assert "no random sample" not in done.stderr
        # The order in which labels are summed depends on their places in memory.
        text = (out / "summary.json").read_text()
        records.append(json.loads(text, parse_float=lambda value: round(float(value), 9)))
    alone, both = records
    assert alone["groups"] == both["groups"]
    assert both["groups"][0]["shares"][0]["method"] in ("corrected", "labels")
    assert alone["waiting"] == both["waiting"] == 240
    same = ("labels", "matched", "unmatched", "waiting", "unlabelled", "annotators", "unit")
    assert [both["audit"][name] for name in same] == [alone["audit"][name] for name in same]
    assert both["audit"]["labels"] == 60
    (row,) = both["articles"]["russia"]
    assert row["lean"]["labels"] == 200


def test_sentences_alone_correct_no_share_and_this_is_said(folder: Path) -> None:
    table = ("--labels", folder / "tone-ann.csv")
    done = run("report", folder / "pages.jsonl", "--target", "russia", "--model", "vader", *table, "-o", folder / "of")
    record = json.loads((folder / "of" / "summary.json").read_text())
    assert record["audit"] is None
    assert "correct no share of comments" in done.stderr
    compared = run("compare", folder / "pages.jsonl", "--target", "russia", "--model", "vader", *table, "-o", folder)
    assert "correct no share of comments" in compared.stderr


def test_a_model_is_measured_and_trained_on_comments_alone(folder: Path) -> None:
    both = folder / "audit-ann.csv", folder / "tone-ann.csv"
    done = run("evaluate", *both, "--model", "vader", "--json")
    assert json.loads(done.stdout)["data"]["pairs"] == 60
    assert "200 labels are of sentences of articles: left out" in done.stderr
    done = run("train", both[1], "--from", "light", "-o", folder / "model", code=2)
    assert "200 rows, but no row of a comment; 200 labels are of sentences" in done.stderr


def test_agreement_counts_comments_apart_from_sentences(folder: Path) -> None:
    tables = [folder / f"{kind}-{who}.csv" for kind in ("audit", "tone") for who in ("ann", "ben")]
    done = run("labels", "agreement", *tables, "--json")
    record = json.loads(done.stdout)
    assert (record["unit"], record["pairs"], record["doubly_labelled"]["comments"]) == ("comment", 60, 20)
    assert "400 labels are of sentences" in done.stderr
    assert "of 200 sentences; 0 disputed" in run("labels", "agreement", *tables[2:]).stdout


def test_the_form_of_an_id_means_nothing(tmp_path: Path) -> None:
    rows = [
        "d/sentence-2,Russia won.,us,pro,",
        "s1,It lost.,us,pro,sentence",
        "3,Go,us,pro,page",
        "4,No,us,con,Comment",
    ]
    table = tmp_path / "own.csv"
    table.write_text("\n".join(["id,text,target,label,unit", *rows]))
    done = run("labels", "convert", table, "-o", tmp_path / "out.csv", code=3)
    assert "page" in done.stderr
    assert [row["unit"] for row in rows_of(tmp_path / "out.csv")] == ["comment", "sentence", "comment"]


def test_what_waits_is_one_number_for_whoever_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pages = write(tmp_path / "pages.jsonl", page("harbour", 30), page("bridge", 30))
    target = ("--target", "russia", "--model", "vader")
    run("score", pages, *target, "-o", "stance.db")
    run("sample", "stance.db", *target, "-n", "20")
    run("sample", "stance.db", *target, "-n", "2", "--unit", "sentence")
    with LabelStore.write(Path("stance.db"), is_shared=True) as store:
        open_queues(store, (), "ann")
        numbers = [number for (number,) in store.rows("SELECT item FROM items WHERE unit = 'comment' ORDER BY item")]
        for at, number in enumerate(numbers[:13]):
            store.record("ann", number, [Answer("russia", Stance.AGAINST if at < 10 else None, is_unsure=at >= 10)])
        for number in numbers[13:15]:
            store.skip("ann", number)
    run("labels", "convert", "stance.db", "-o", "table.csv")
    monkeypatch.setattr("stance.cli.window.run_page", lambda *_: None)
    done = run("label", "stance.db", "--annotator", "ann").stderr
    assert "ann: 13 of 20 comments done, 2 skipped, 5 to go" in done
    assert "ann: 0 of 2 sentences done, 0 skipped, 2 to go" in done
    planned = run("sample", "stance.db", "--plan").stdout.splitlines()
    assert (planned[0][:34], planned[-1]) == ("Next, label the 5 drawn comments w", "stance label stance.db")
    for inputs in (("stance.db",), (pages, "--labels", "table.csv", *target)):
        run("report", *inputs, "-o", "out")
        record = json.loads(Path("out/summary.json").read_text())
        assert (record["waiting"], record["audit"]["waiting"]) == (5, 5)


@pytest.fixture(scope="module")
def disputed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Reports on 120 comments, all or 80 of them labelled, by who else labelled them than the first annotator."""
    folder, found = tmp_path_factory.mktemp("disputed"), {}
    names, options = ("quay", "mole", "dock", "pier", "lock"), ("--target", "nato", "--model", "vader")
    named = [page(name, 24, outlet="Herald", id=f"{number}" * 16) for number, name in enumerate(names)]
    for page_ in named:
        page_["comments"] = [each | {"id": f"{page_['id'][0]}-{each['id']}"} for each in page_["comments"]]
    pages = write(folder / "pages.jsonl", *named)
    run("sample", pages, *options, "-n", "120", "--by", "random", "-o", folder / "audit.csv")
    for n in (120, 80):
        first = rows_of(label(folder / "audit.csv", LABELS[:3], 120))[:n]
        first = [row | {"probability": str(n / 120)} for row in first]
        second = {who: [row | {"annotator": who} for row in first] for who in ("one", "equal", "differ", "low")}
        for who, wrong in (("differ", 0.15), ("low", 0.5)):
            for row in random.Random(1).sample(second[who], round(wrong * n)):
                row["label"] = LABELS[(LABELS.index(row["label"]) + 1) % 3]  # as many of each as before
        third = [row | {"annotator": "adjudicated"} for row in first]
        tables = {who: [*first, *rows] for who, rows in second.items()}
        tables |= {"one": first, "settled": [*first, *second["low"], *third], "few": [*first, *second["differ"][::2]]}
        for who, rows in tables.items():
            labels = ("--labels", write_rows(folder / f"{who}.csv", rows))
            run("report", pages, *options, *labels, "-o", folder / who)
            said = "".join(each.read_text(encoding="utf-8") for each in (folder / who).glob("*.html"))
            found[who, n] = json.loads((folder / who / "summary.json").read_text()) | {"page": said}
        found["rows", n] = tables["differ"]
    return found


def shares_of(record: Any, population: str) -> list[Any]:
    return [share for share in record["groups"][0]["shares"] if share["population"] == population]


@pytest.mark.parametrize("n", [120, 80])
def test_disputed_labels_widen_the_intervals_of_both_populations(disputed: dict[str, Any], n: int) -> None:
    for population in ("corpus", "outlet"):
        widths = {
            who: sum(share["interval"][1] - share["interval"][0] for share in shares_of(disputed[who, n], population))
            for who in ("one", "equal", "differ", "few", "settled")
        }
        assert [widths["equal"], widths["settled"]] == pytest.approx(2 * [widths["one"]])  # agreement widens nothing
        assert widths["equal"] < min(widths["differ"], widths["few"])  # labels of one annotator err as well


def test_disputed_labels_count_as_their_mean(disputed: dict[str, Any]) -> None:
    labels = [row["label"] for row in disputed["rows", 120]]
    for share in shares_of(disputed["differ", 120], "corpus"):
        assert share["estimate"] == pytest.approx(labels.count(share["stance"]) / len(labels), abs=1e-6)
        assert not share["all_labelled"]
    exact, differ = disputed["equal", 120], disputed["differ", 120]
    assert {share["all_labelled"] for share in shares_of(exact, "corpus")} == {True}
    assert {share["interval"][0] - share["interval"][1] for share in shares_of(exact, "corpus")} == {0}
    assert ["(exact: all are labelled)" in record["page"] for record in (exact, differ)] == [True, False]
    assert "annotators differ on" in differ["page"]


def test_too_little_agreement_makes_no_share_printable(disputed: dict[str, Any]) -> None:
    reason = "annotators agree too little (Krippendorff's alpha is under 0.667)"
    for (who, n), record in disputed.items():
        if who == "rows":
            continue
        shares = [share for population in ("corpus", "outlet") for share in shares_of(record, population)]
        assert {share["note"] for share in shares} == ({reason} if who == "low" else {None}), (who, n)
        assert any(share["may_print"] for share in shares) == (who != "low")
        assert (reason.replace("'", "&#39;") in record["page"]) == (who == "low")
        alpha = record["audit"]["alpha"]
        assert alpha is None if who == "one" else (alpha < 0.667) == (who in ("low", "settled"))
        assert 0 < record["audit"]["macro_f1"] < 1

"""Reports and bundles hold what their figures rest on, and stance verify computes these figures again."""

import csv
import io
import json
import random
import re
import stat
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import stance
from stance.records.digests import pair_digest
from stance.records.score_records import SCORE_FIELDS
from stance.records.writers import NUMBERED_FIELDS
from stance.scoring.persistence import save_model
from tests.support.commands import run
from tests.support.labelled_stores import make_labelled_store
from tests.support.store_samples import page, query, write
from tests.support.tables import rows_of, write_rows
from tests.support.tiny_models import tiny

WORDS = ("tractor", "window", "harbor", "pencil", "garden", "silver", "market", "bridge", "winter", "yellow", "coffee")
LABELS = {"right": "favor", "wrong": "against"}
COMMENTS, LABELLED = 240, 140
BASE = ("--model", "light", "--target", "russia")
EQUAL = re.compile(r"[\d,]+ figures computed again; all equal\n")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Comments of two outlets with copies, labels of two annotators who differ, a store, reports and a bundle."""
    folder = tmp_path_factory.mktemp("replication")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("stance.toml").touch()
        write_inputs()
        run("score", "t.csv", *BASE, "-o", "x.db")
        run("report", "x.db", "--labels", "labels.csv", "-o", "report")
        run("compare", "t.csv", *BASE, "--labels", "labels.csv", "--by", "region", "--event", "2024-03-01", "-o", "by")
        run("export", "x.db", "--bundle", "--labels", "labels.csv", "-o", "x.zip")
    return folder


@pytest.fixture(autouse=True)
def inside(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in the project."""
    monkeypatch.chdir(project)


def write_inputs() -> None:
    """Write a table and labels: of two annotators, some without an id, some unsure, some not labelled."""
    rng, rows = random.Random(1), []
    for number in range(COMMENTS):
        side = "right" if rng.random() < (0.3, 0.6)[number % 2] else "wrong"
        said = f"Russia is {side}: {' '.join(rng.sample(WORDS, 4))} {number}."
        if not number % 20:
            said = rng.choice(("Russia is right, share this!", "RUSSIA is right,  share this!"))
        named = {"document": f"d{number % 20}", "outlet": f"Outlet {number % 2}", "id": f"{number}"}
        named |= {"author": f"R{rng.randrange(150)}", "region": "north" if number % 3 else "south"}
        rows.append(named | {"posted": f"2024-0{1 + number % 4}-11T10:00", "text": said})
    pd.DataFrame(rows).to_csv("t.csv", index=False)
    run("sample", "t.csv", "--n", LABELLED, *BASE, "-o", "drawn.csv")
    drawn = pd.read_csv("drawn.csv", dtype=str)
    drawn["label"] = [next(label for word, label in LABELS.items() if word in text) for text in drawn["text"]]
    drawn["annotator"] = "ann"
    drawn.loc[:9, "label"], drawn.loc[10:12, "note"] = "", "unsure: irony?"
    drawn.loc[10:12, "label"] = ""
    second = drawn[20:60].assign(annotator="ben")
    second.loc[20:25, "label"] = "neutral"
    pd.concat([drawn, second]).to_csv("labels.csv", index=False)


def record(path: str | Path) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


FACTS = ("digest", "tables", "tested", "command", "command_parts", "source", "layout", "warnings", "methods")
"""Words: keys of facts that a bundle states otherwise, or that need texts."""


def figures(value: Any) -> Any:
    """Round the figures of a record, and leave facts out that are no figures."""
    if isinstance(value, dict):
        return {key: figures(each) for key, each in value.items() if key not in FACTS}
    if isinstance(value, list):
        return [figures(each) for each in value]
    return round(value, 6) if isinstance(value, float) else value


def test_a_bundle_holds_labels_figures_and_a_codebook_of_its_columns() -> None:
    with zipfile.ZipFile("x.zip") as packed:
        members = {name: packed.read(name).decode() for name in packed.namelist() if name != "store.db"}
    assert json.loads(members["summary.json"])["whole"]["comments"] == COMMENTS
    codebook = [*csv.DictReader(io.StringIO(members["codebook.csv"]))]
    for file, columns in {"scores.csv": SCORE_FIELDS, "labels.csv": NUMBERED_FIELDS}.items():
        assert [row["column"] for row in codebook if row["file"] == file] == [*columns]
        assert members[file].splitlines()[0] == ",".join(columns)
    assert all(row["range"] and row["meaning"] for row in codebook)
    grade = next(row["meaning"] for row in codebook if row["column"] == "grade")
    bars = stance.datamodels.GRADE_BARS  # type: ignore[attr-defined]
    for reader, rows in bars.items():
        stated = ", ".join(f"{side} {clear:g} and {leaning:g}" for side, (clear, leaning) in rows.items())
        assert f"{reader}: {stated}" in grade
    assert not re.search(r"\d", next(row["meaning"] for row in codebook if row["column"] == "sure"))
    texts = pd.read_csv("t.csv")["text"]
    assert not any(text in member for member in members.values() for text in texts)


def test_a_private_report_and_comparison_hold_their_labels_without_texts(tmp_path: Path) -> None:
    texts = pd.read_csv("t.csv")["text"]
    for folder in ("report", "by"):
        path = Path(folder, "labels.csv")
        rows = rows_of(path)
        assert [*rows[0]] == [*NUMBERED_FIELDS]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(rows) == LABELLED + 40
        assert {row["annotator"] for row in rows if row["label"]} == {"ann", "ben"}
        assert {row["note"] for row in rows} == {"", "unsure"}
        assert not any(text in path.read_text(encoding="utf-8") for text in texts)
    refused = run("train", "report/labels.csv", "--from", "light", "-o", tmp_path / "m", code=2)
    assert "hold no texts" in refused.stderr
    run("report", "x.db", "-o", tmp_path)
    assert not (tmp_path / "labels.csv").exists()
    run("report", "x.db", "--labels", "labels.csv", "-o", tmp_path / "shown", "--public")
    assert not (tmp_path / "shown" / "labels.csv").exists()


def test_a_report_replaces_no_labels_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(Path("labels.csv").read_bytes())
    refused = run("report", "x.db", "--labels", tmp_path / "labels.csv", "-o", tmp_path, code=2)
    assert refused.stderr.count("\n") == 1
    assert "labels.csv: not written by a report" in refused.stderr
    run("compare", "x.db", "--labels", tmp_path / "labels.csv", "-o", tmp_path)
    assert (tmp_path / "labels.csv").read_bytes() == Path("labels.csv").read_bytes()
    assert EQUAL.fullmatch(run("verify", tmp_path).stdout)


@pytest.mark.parametrize("path", ["report/summary.json", "by", "x.zip"])
def test_all_figures_are_computed_again(path: str) -> None:
    assert EQUAL.fullmatch(run("verify", path).stdout)


def test_doubtful_dates_and_comments_that_the_model_learned_from_are_the_same_again(tmp_path: Path) -> None:
    save_model(tiny(), tmp_path / "mine", trained_on=[pair_digest("Russia is wrong.", "russia")])
    (tmp_path / "page.html").write_text(
        """<title>The bridge</title><meta property="article:published_time" content="2025-05-01"><h1>The bridge</h1>
        <p>The bridge was closed.</p><ol class="comment-list"><li class="comment"><cite class="fn">Ann</cite>
        <time datetime="2024-05-01T10:00">May</time><p>Russia is wrong.</p></li></ol>"""
    )
    run("report", tmp_path / "page.html", "--model", tmp_path / "mine", "--target", "russia", "-o", tmp_path / "out")
    summary = record(tmp_path / "out/summary.json")
    assert (summary["known"], summary["documents"][0]["published"]) == (
        {"russia": {"pages without an outlet": 1}},
        None,
    )
    assert EQUAL.fullmatch(run("verify", tmp_path / "out").stdout)


def copied(folder: str, to: Path) -> Path:
    for path in Path(folder).iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


def test_each_kind_of_figure_is_verified(tmp_path: Path) -> None:
    path = copied("report", tmp_path) / "summary.json"
    found = record(path)
    first = found["groups"][0]
    for key in ("counts", "readings"):
        first[key]["russia"][next(iter(first[key]["russia"]))] += 1
    first["checks"]["copies"] += 0.1
    first["claims"].append("More comments are against than in favor.")
    found["findings"][0]["title"] = re.sub(r"\d+", "99", found["findings"][0]["title"], count=1)
    found["sentiment"][0]["mean"] += 0.1
    found["differences"][0]["estimate"] += 0.1
    path.write_text(json.dumps(found))
    lines = run("verify", tmp_path, code=1).stdout.splitlines()
    kinds = ("checks", "claims", "counts", "differences", "findings", "readings", "sentiment")
    assert sorted(kind for line in lines for kind in kinds if kind in line.partition(": printed")[0]) == [*kinds]
    assert len(lines) == len(kinds)


PRINTED = {
    ".html": r">[^<>]*?(\d+)[^<>]*?<",
    ".csv": r"(?<=,)(\d+)(?=[,\r\n])",
    ".json": r"\"estimate\": (0\.\d+)(?=,)",
}
"""Patterns of printed figures, by the ending of their file."""


@pytest.mark.parametrize("seed", range(15))
def test_a_changed_figure_of_any_file_is_named_with_both_values(tmp_path: Path, seed: int) -> None:
    rng, folder = random.Random(seed), copied(("report", "by")[seed % 2], tmp_path)
    ending = [*PRINTED][seed % 3]
    inputs = ("scores.csv", "labels.csv", "codebook.csv", "trends.csv", "differences.csv")
    path = rng.choice([each for each in sorted(folder.glob(f"*{ending}")) if each.name not in inputs])
    text = path.read_bytes().decode()
    start, end = max(0, text.find("<body")), text.find('"discourse":')
    figure = rng.choice([*re.compile(PRINTED[ending]).finditer(text, start, end if end > 0 else len(text))])
    digit = figure[1].startswith("0.") * 2  # of a share, the first decimal
    changed_digit = str((int(figure[1][digit]) + rng.randrange(1, 9)) % 10)
    new = figure[1][:digit] + changed_digit + figure[1][digit + 1 :]
    path.write_bytes((text[: figure.start(1)] + new + text[figure.end(1) :]).encode())
    lines = run("verify", folder, code=1).stdout.splitlines()
    values = re.search(r": printed (\S+), recomputed (\S+)$", lines[0])
    assert lines[0].startswith(f"{path.name}: ")
    assert values
    assert (new[:8] in values[1], figure[1][:8] in values[2]) == (True, True), lines


def test_a_page_whose_words_alone_were_changed_is_said_to_be(tmp_path: Path) -> None:
    path = copied("report", tmp_path) / "index.html"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('<h2 id="chart-title">Stance', '<h2 id="chart-title">Sides', 1), encoding="utf-8")
    (line,) = run("verify", tmp_path, code=1).stdout.splitlines()
    assert line.startswith("index.html: words were changed, no figure: printed ")
    path.unlink()
    assert run("verify", tmp_path, code=1).stdout.startswith("index.html: file is missing: ")
    path.write_text(text, encoding="utf-8")
    summary = tmp_path / "summary.json"
    found = record(summary)
    found["model"]["measures"]["n"] += 1  # which no score holds
    summary.write_text(json.dumps(found))
    assert "summary.json: digest: printed " in run("verify", tmp_path, code=1).stdout
    summary.write_text(summary.read_text(encoding="utf-8").replace('"version"', '"format"', 1), encoding="utf-8")
    refused = run("verify", tmp_path, code=2).stderr
    assert "summary.json: of an earlier version of stance; expected a report of this version" in refused
    assert refused.count("\n") == 1


@pytest.mark.parametrize("folder", ["report", "by"])
def test_a_changed_label_or_score_changes_figures_that_are_named(tmp_path: Path, folder: str) -> None:
    copied(folder, tmp_path)
    labels = (tmp_path / "labels.csv").read_text(encoding="utf-8")
    (tmp_path / "labels.csv").write_text(labels.replace(",favor,", ",against,", 1), encoding="utf-8")
    differing = stance.verify(str(tmp_path)).differing
    assert any(re.fullmatch(r"groups\[.+\]\.read\.russia\.favor", each.place) for each in differing)
    files = Counter(line.partition(":")[0] for line in run("verify", tmp_path, code=1).stdout.splitlines())
    # Of each file the first ten are named, and the others counted.
    assert files == {file: min(times, 11) for file, times in Counter(each.file for each in differing).items()}

    copied(folder, tmp_path)
    rows = rows_of(tmp_path / "scores.csv")
    rows[0]["favor"], rows[0]["against"] = rows[0]["against"], rows[0]["favor"]
    write_rows(tmp_path / "scores.csv", rows)
    places = [each.place for each in stance.verify(str(tmp_path)).differing]
    assert "digests.data" in places or folder == "report"
    assert any(re.fullmatch(r"groups\[\d+\]\.shares\[\d+\]\.estimate", place) for place in places)


def member(path: str | Path, name: str) -> Any:
    with zipfile.ZipFile(path) as packed:
        return json.loads(packed.read(name))


def test_what_cannot_be_verified_is_said_in_one_line(tmp_path: Path) -> None:
    run("report", "x.db", "-o", tmp_path / "shown", "--public")
    copied("report", tmp_path)
    (tmp_path / "scores.csv").unlink()
    (tmp_path / "empty").mkdir()
    (tmp_path / "old").mkdir()
    old = record(copied("by", tmp_path / "old") / "comparison.json")
    del old["asked"]
    (tmp_path / "old" / "comparison.json").write_text(json.dumps(old))
    for path, said in {
        "shown": "a public report holds no scores and no labels, so it cannot be verified",
        "summary.json": "scores.csv: no such file",
        "empty": "no summary.json or comparison.json",
        "missing.zip": "no such file",
        "old": "not as this version of stance writes it",
    }.items():
        refused = run("verify", tmp_path / path, code=2)
        assert refused.stdout == ""
        assert refused.stderr.count("\n") == 1
        assert said in refused.stderr


def test_a_bundle_adds_labels_of_a_table_to_those_of_its_store(tmp_path: Path) -> None:
    store, bundle = make_labelled_store(tmp_path, labels=4), tmp_path / "s.zip"
    waiting = query(store, "SELECT id, text, target FROM unlabelled LIMIT 2")
    rows = [{"id": name, "text": text, "target": target, "label": "favor"} for name, text, target in waiting]
    pd.DataFrame(rows).to_csv(tmp_path / "more.csv", index=False)
    held = query(store, "SELECT count(*) FROM labels")[0][0]
    done = run("export", store, "--bundle", "--labels", tmp_path / "more.csv", "-o", bundle)
    assert "not used" not in done.stderr
    with zipfile.ZipFile(bundle) as packed:
        labels = [row["label"] for row in csv.DictReader(io.StringIO(packed.read("labels.csv").decode("utf-8-sig")))]
    assert len([*filter(None, labels)]) == held + len(rows)


def test_articles_that_outlets_share_are_one_event_in_tables_and_bundles(tmp_path: Path) -> None:
    body = [f"Russia and the council spoke about point {number} of the long plan" for number in range(6)]
    pages = [
        page(f"story{number}", 6, outlet=f"Outlet {number % 2}", id=f"{number:016x}")
        | {"title": f"Story {number // 2}", "body": [f"{each} in town {number // 2}." for each in body]}
        for number in range(16)
    ]
    silent = [f"The council spoke at length about point {number} of its long plan." for number in range(9)]
    for number in range(2):  # an article of both outlets that no score tells of
        pages.append({**pages[number], "id": "ab"[number] * 16, "title": f"{number}", "body": silent, "comments": []})
    run("score", write(tmp_path / "pages.jsonl", *pages), *BASE, "-o", tmp_path / "p.db")
    run("report", tmp_path / "p.db", "-o", tmp_path / "store")
    run("report", tmp_path / "store" / "scores.csv", *BASE, "-o", tmp_path / "scores")
    run("export", tmp_path / "p.db", "--bundle", "-o", tmp_path / "p.zip")
    run("report", tmp_path / "p.zip", "-o", tmp_path / "bundle")
    found = [record(tmp_path / name / "comparison.json") for name in ("store", "scores", "bundle")]
    events = [[(each["document"], each["outlets"]) for each in each["copied_articles"]] for each in found]
    assert events[0][8:] == [("a" * 16, ["Outlet 0", "Outlet 1"])]
    assert events[0] == events[2]
    assert events[0][:8] == events[1]
    assert figures(found[0]["groups"]) == figures(found[1]["groups"]) == figures(found[2]["groups"])
    assert EQUAL.fullmatch(run("verify", tmp_path / "store").stdout)


def test_the_reason_why_pairs_are_not_tested_is_the_one_that_applied(tmp_path: Path) -> None:
    rng, rows, labels = random.Random(2), [], []
    for number in range(COMMENTS):
        outlet, side = f"Outlet {number % 2}", rng.choice(("right", "wrong"))
        author = "Loud" if number % 2 and number % 5 < 3 else f"R{number}"
        rows.append({"document": f"d{number % 20}", "outlet": outlet, "id": number, "author": author})
        rows[-1]["text"] = f"Russia is {side}: {' '.join(rng.sample(WORDS, 4))} {number}."
        if number < LABELLED:
            labels.append(rows[-1] | {"target": "russia", "label": LABELS[side], "role": "audit", "probability": 0.5})
    for name, found in (("t.csv", rows), ("l.csv", labels)):
        pd.DataFrame(found).to_csv(tmp_path / name, index=False)
    run("compare", tmp_path / "t.csv", *BASE, "--labels", tmp_path / "l.csv", "-o", tmp_path)
    notes = {each["note"] for each in record(tmp_path / "comparison.json")["differences"]}
    assert notes == {"Outlet 1: fewer than 8 effective authors"}
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "(fewer than 8 effective authors: <bdi>Outlet 1</bdi>)" in page
    assert "too few labels" not in page


def test_the_methods_text_says_what_the_figures_rest_on() -> None:
    text = " ".join(record("by/comparison.json")["methods"]).replace("\xa0", " ")
    assert "stories written for this project that the model was not trained on" in text
    assert re.search(r"On [\d,]+ real comments of \d+ kinds of sites that it had not learned from", text)
    assert "AI assistants gave these labels, and most labels that the model learned from." in text
    assert "at a level of 1 % over all targets" in text
    assert "Each further comparison, with other groups, a trend or an event, is a new family of tests." in text
    assert "nearly unbiased in large samples" in text
    audit = record("by/comparison.json")["audit"]
    assert f"labels of this study, without disputed ones, the macro F1 of the model is {audit['macro_f1']:.2f}." in text
    assert "VADER's compound score for English comments. It describes how comments sound" in text
    found = audit["agreement"]
    assert (found["pairs"], found["disputed"]) == (40, 6)
    low, high = found["interval"]
    said = "Several annotators labelled 40 pairs of comment and target and disagreed on 6 of them"
    alpha = f"(Krippendorff's alpha {found['alpha']:.2f}, 95 % interval {low:.2f} to {high:.2f})"
    assert f"{said} {alpha}." in text


def test_one_number_of_labels_is_promised_everywhere(tmp_path: Path) -> None:
    run("report", "t.csv", *BASE, "-o", tmp_path)
    question = record(tmp_path / "summary.json")["plan"][0]
    page = (tmp_path / "index.html").read_text(encoding="utf-8").replace("\xa0", " ")
    assert f"Next, label {question['labels']} comments (about {question['minutes']} minutes)" in page
    assert f"--n {question['n']}" in page
    row = "| 20 labels or more that address the target; or 50 or more, several of which address it | `corrected` |"
    assert row in (Path(__file__).parents[2] / "docs" / "shares.md").read_text(encoding="utf-8")

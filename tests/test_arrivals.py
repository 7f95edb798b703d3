"""What is new since a day or since the former report: counts first, shares only where labels allow."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from store_samples import page, update, write
from test_estimation_cli import STANCES
from typer.testing import CliRunner

import stance
from stance.cli import app
from stance.comparison.tally import LONGEST_QUOTE, MOST_LISTED, MOST_QUOTED
from stance.exceptions import ConfigError

pytestmark = [
    pytest.mark.usefixtures("own_settings"),
    pytest.mark.filterwarnings("ignore:.*labels by persons:stance.log.InputWarning"),
]


def report(store: Path, since: str | None, **options: Any) -> Any:
    index = stance.report(store, output=store.parent / "out", model="vader", key_file=store.parent / "key.db",
                          since=since, **options)  # fmt: skip
    return json.loads(index.with_name("summary.json").read_text(encoding="utf-8"))


def words(folder: Path) -> str:
    found = html.parse(str(folder / "out" / "index.html")).getroot().get_element_by_id("new")
    return " ".join(found.text_content().split())


@pytest.fixture
def pages() -> list[dict[str, Any]]:
    """Comments of the first to the third of March on three articles."""
    return [page("north"), page("south", outlet="The Gazette"), page("east")]


@pytest.fixture
def store(tmp_path: Path, pages: list[dict[str, Any]]) -> Path:
    update([write(tmp_path / "pages.jsonl", *pages)], tmp_path / "store.db")
    return tmp_path / "store.db"


def test_what_came_since_a_day(store: Path, tmp_path: Path, pages: list[dict[str, Any]]) -> None:
    pages[2]["comments"] = [each | {"posted": "2024-03-09T08:00:00"} for each in pages[2]["comments"]]
    pages[0]["comments"][0]["text"] = "NATO is wonderful, great and good. " + "It really is. " * 60
    pages[0]["comments"][0] |= {"posted": "2024-03-09"}
    pages[1] |= {"published": None}
    for each in pages[1]["comments"]:
        each["posted"] = None
    update([write(tmp_path / "pages.jsonl", *pages)], store)
    new = report(store, "2024-03-05")["new"]
    counts = {
        name: new[name] for name in ("since", "comments", "old_comments", "undated", "articles", "grown_articles")
    }
    assert counts == {"since": "2024-03-05", "comments": 4, "old_comments": 5, "undated": 3, "articles": 1,
                      "grown_articles": 1}  # fmt: skip
    assert [(each["title"], each["new"], each["comments"]) for each in new["grown"]] == [(pages[0]["title"], 1, 3)]
    assert [each["title"] for each in new["new"]] == [pages[2]["title"]]
    (nato,) = (each for each in new["targets"] if each["target"] == "nato")
    assert nato["new"]["addressed"] + nato["old"]["addressed"] > 0
    assert nato["differences"] == []
    quoted = next(each for each in nato["quotations"] if each["title"] == pages[0]["title"])
    assert (quoted["stance"], len(quoted["text"])) == ("favor", LONGEST_QUOTE + 2)
    shown = (tmp_path / "out" / quoted["link"].partition("#")[0]).read_text(encoding="utf-8")
    assert f'id="{quoted["link"].partition("#")[2]}"' in shown
    assert quoted["author"].startswith("reader-")
    text = words(tmp_path)
    assert text.startswith("What is new Since 5 March 2024: 4 new comments; 1 article with earlier comments grew")
    assert "3 comments have no date, nor has the article; counted as before." in text
    assert "no share is said to have moved without audit labels" in text
    assert quoted["text"] in text


def test_what_came_since_the_former_report(store: Path, tmp_path: Path, pages: list[dict[str, Any]]) -> None:
    pages[0]["comments"][0]["text"] = "=1+1 of long words about NATO\r\n\n  " * 30  # a formula, and longer than a cell
    pages[1] |= {"title": "-a title", "outlet": "'an outlet", "url": "https://example.org/" + "x" * 3_000}
    update([write(tmp_path / "pages.jsonl", *pages)], store)
    with pytest.warns(stance.log.InputWarning, match="no former report"):
        assert "new" not in report(store, "last")
    assert report(store, "last")["new"]["comments"] == 0
    again = pages[0]["comments"][1] | {"id": "c8"}  # the same words a second time
    pages[0]["comments"] = [
        {**pages[0]["comments"][0], "id": "c9", "text": "A first one on NATO."},
        *pages[0]["comments"],
        again,
    ]
    pages.append(page("west", comments=2))
    update([write(tmp_path / "pages.jsonl", *pages)], store)
    new = report(store, "last")["new"]
    assert (new["comments"], new["old_comments"], new["since"]) == (4, 9, "last")
    assert [(each["title"], each["new"], each["comments"]) for each in new["grown"]] == [(pages[0]["title"], 2, 5)]
    assert [each["title"] for each in new["new"]] == [pages[3]["title"]]
    assert words(tmp_path).startswith("What is new Since the report that was here before: 4 new comments")
    assert report(store, "last")["new"]["comments"] == 0
    assert "new" not in report(store, None)


def test_lists_and_quotations_are_bounded(tmp_path: Path) -> None:
    many = [page(f"place {number}", comments=4) for number in range(MOST_LISTED + 3)]
    update([write(tmp_path / "pages.jsonl", *many)], tmp_path / "store.db")
    new = report(tmp_path / "store.db", "2024-03-01")["new"]
    assert new["articles"] == len(many)
    assert len(new["new"]) == MOST_LISTED
    for each in new["targets"]:
        by_side = [[quote for quote in each["quotations"] if quote["stance"] == side] for side in ("against", "favor")]
        assert all(len(side) <= MOST_QUOTED for side in by_side)
        assert sum(map(len, by_side)) == len(each["quotations"])
    assert any(each["quotations"] for each in new["targets"])


@pytest.mark.parametrize("labelled", [True, False])
def test_shares_are_said_to_have_moved_only_by_labels(labelled: bool) -> None:
    rng, labels = random.Random(1), ["id,text,target,label,role,probability,annotator"]
    with Path("scores.jsonl").open("w") as scores:
        for month, weights in ((2, (6, 1, 1, 2)), (3, (1, 6, 1, 2))):
            for article in range(8):
                for number in range(40):
                    truth = rng.choices(STANCES, weights)[0]
                    said = truth if rng.random() < 0.8 else rng.choice(STANCES)
                    name, comment = f"d{month}{article}", f"c{number}"
                    scores.write(json.dumps({stance: 0.7 if stance == said else 0.1 for stance in STANCES} | {
                        "document": name, "comment": comment, "target": "nato", "model": "vader", "unit": "comment",
                        "posted": f"2024-0{month}-10", "author": f"a{rng.randrange(99)}", "language": "en",
                        "via": "text", "outlet": "A", "stance": said, "sentiment": 0.1, "target_sentiment": 0.1,
                        "evidence": [],
                    }) + "\n")  # fmt: skip
                    if rng.random() < 0.4:
                        labels.append(f"{name}/{comment},words {name} {number},nato,{truth},audit,0.4,ann")
    Path("audit.csv").write_text("\n".join(labels))
    more = ["--labels", "audit.csv"] if labelled else []
    given = ["report", "scores.jsonl", "--model", "vader", "--target", "nato", "--since", "2024-03-01", "-o", "out"]
    assert CliRunner().invoke(app, [*given, *more]).exit_code == 0
    new = json.loads(Path("out/summary.json").read_text())["new"]
    (nato,) = new["targets"]
    assert (new["comments"], new["old_comments"]) == (320, 320)
    assert nato["new"]["counts"]["against"] > nato["old"]["counts"]["against"] > 0
    text = words(Path())
    assert ("no share is said to have moved" in text) is not labelled
    if not labelled:
        assert nato["differences"] == []
        return
    moved = {each["stance"]: each for each in nato["differences"]}
    assert moved["against"]["verdict"] == moved["favor"]["verdict"] == "differ"
    assert moved["against"]["estimate"] > 0.3 > 0 > moved["favor"]["estimate"]
    low, high = moved["against"]["interval"]
    assert low < moved["against"]["estimate"] < high
    assert "Share among new comments minus that before, corrected by audit labels" in text


def test_hostile_words_are_escaped(store: Path, tmp_path: Path, pages: list[dict[str, Any]]) -> None:
    pages[0]["title"] = "<script>alert(1)</script>"
    pages[0]["comments"][0] |= {
        "text": "<img src=x onerror=alert(2)> I love NATO, it is great.",
        "posted": "2024-03-09",
    }
    update([write(tmp_path / "pages.jsonl", *pages)], store)
    report(store, "2024-03-09")
    shown = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "&lt;img src=x onerror=alert(2)&gt; I love NATO" in shown
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown


def test_what_cannot_be_asked_is_refused(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--since 'yesterday'; expected a date such as 2026-03-01, or last"):
        report(store, "yesterday")
    with pytest.raises(ConfigError, match="--public with --since; expected one of them"):
        report(store, "2024-03-01", public=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "scores.csv").write_text("nothing,of,ours\n1,2,3\n")
    with pytest.raises(ConfigError, match=r"scores\.csv: no column 'unit'; expected the scores of a report"):
        report(store, "last")
    assert (tmp_path / "out" / "scores.csv").read_text().startswith("nothing")

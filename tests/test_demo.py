"""The demonstration: its truth is what it promises, its pages say it, and figures are judged by it alone."""

import csv
import json
import shlex
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from browsing import OVERFLOW, visit
from typer.testing import CliRunner

from research.demo.__main__ import build_pages, build_thread, demonstrate
from research.demo.choosing import DESIGNED, QUOTAS, TARGETS, Candidate
from research.demo.pages import StoryPage, write_pages
from research.demo.truth import fill_labels, judge, true_shares, truth_record
from research.splits import held_out_stories
from stance.cli import app
from stance.datamodels import SIDES, Page, PageKind
from stance.parsing import parse_page


@pytest.fixture(scope="module")
def pages() -> list[StoryPage]:
    return build_pages(9, 3)


@pytest.fixture(scope="module")
def outlets(pages: list[StoryPage]) -> list[str]:
    return list(dict.fromkeys(page.outlet.name for page in pages))


def test_two_outlets_are_alike_and_one_is_not(pages: list[StoryPage], outlets: list[str]) -> None:
    shares = true_shares(pages)
    plain, mixed, ironic = ([shares[name, DESIGNED, side] for side in SIDES] for name in outlets)
    assert plain == ironic
    assert [held / n for held, n in plain] == [each / sum(QUOTAS[0]) for each in QUOTAS[0]]
    assert [held / n for held, n in mixed] == [each / sum(QUOTAS[1]) for each in QUOTAS[1]]


def test_what_is_written_down_is_what_stands_on_the_pages(pages: list[StoryPage]) -> None:
    record = truth_record(pages, 3)
    assert sum(outlet["comments"] for outlet in record["outlets"]) == len(record["comments"])
    for share in record["shares"]:
        own = {page.file_name for page in pages if page.outlet.name == share["outlet"]}
        labels = [each["labels"].get(share["target"]) for each in record["comments"] if each["page"] in own]
        assert share["comments"] == labels.count(share["stance"])
        assert share["n"] == len(labels) - labels.count(None)


def test_comments_are_held_out_and_used_once(pages: list[StoryPage]) -> None:
    used = [post.candidate for page in pages for post in page.posts]
    assert len({each.comment_id for each in used}) == len(used)
    assert {each.story for each in used} <= held_out_stories()
    for page in pages:
        assert len({post.candidate.story for post in page.posts}) == 1


def test_the_parser_gives_back_every_comment(pages: list[StoryPage], tmp_path: Path) -> None:
    write_pages(pages, tmp_path)
    for page in pages:
        source = (tmp_path / page.file_name).read_text(encoding="utf-8")
        document = parse_page(Page(page.file_name, PageKind.HTML, source, "utf-8"))
        assert document.layout == f"rows:{page.outlet.layout}"
        assert (document.outlet, document.title) == (page.outlet.name, page.title)
        assert document.body[0] == page.body[0]
        found = Counter((comment.author, (comment.posted or "")[:16]) for comment in document.comments)
        assert found == Counter((post.author, post.posted.isoformat()[:16]) for post in page.posts)
        if page.outlet.layout != "phpbb":  # which shows what is answered as a quotation
            assert sum(comment.reply_to is not None for comment in document.comments) == sum(
                post.answers is not None for post in page.posts
            )


def test_the_same_seed_gives_the_same_pages(pages: list[StoryPage], tmp_path: Path) -> None:
    for folder, made in (("one", pages), ("other", build_pages(9, 3))):
        write_pages(made, tmp_path / folder)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_the_long_thread_holds_its_copies_and_is_read_in_full(tmp_path: Path) -> None:
    page = build_thread(10, 3)
    copies = sorted(
        (post for post in page.posts if post.candidate.comment_id.startswith("copy")), key=lambda each: each.posted
    )
    assert (page.size, len(copies), len({post.author for post in copies})) == (412, 12, 12)
    assert (copies[-1].posted - copies[0].posted).total_seconds() < 12 * 60
    assert Counter(post.text for post in copies).most_common(1)[0][1] == 4
    write_pages([page], tmp_path)
    source = (tmp_path / page.file_name).read_text(encoding="utf-8")
    document = parse_page(Page(page.file_name, PageKind.HTML, source, "utf-8"))
    assert len(document.comments) == 412
    assert sum(each.reply_to is not None for each in document.comments) == sum(
        bool(post.answers) for post in page.posts
    )


def comment(number: int, parent: int | None = None) -> Candidate:
    return Candidate(f"c{number}", "story", "A text.", {}, None if parent is None else f"c{parent}", False, 0.0)


def write_sample(path: Path, texts: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("text", "target", "label", "annotator"))
        writer.writeheader()
        writer.writerows({"text": text, "target": "us", "label": "", "annotator": ""} for text in texts)


def test_labels_are_those_of_the_corpus_also_below_a_quotation(pages: list[StoryPage], tmp_path: Path) -> None:
    posts = [post for page in pages for post in page.posts][:20]
    write_sample(tmp_path / "drawn.csv", [post.with_quote for post in posts])
    assert fill_labels(tmp_path / "drawn.csv", tmp_path / "full.csv", pages) == 20
    with (tmp_path / "full.csv").open(encoding="utf-8", newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == [post.candidate.label("us") for post in posts]


def test_a_comment_that_stands_on_no_page_is_no_comment_of_the_sample(pages: list[StoryPage], tmp_path: Path) -> None:
    write_sample(tmp_path / "drawn.csv", ["Nobody has written this."])
    with pytest.raises(ValueError, match="stands on no page"):
        fill_labels(tmp_path / "drawn.csv", tmp_path / "full.csv", pages)


def comparison(shares: dict[Any, tuple[int, int]], shift: float, verdict: str) -> dict[str, Any]:
    """A comparison whose shares are all off by a shift, and whose pairs have all one verdict."""
    true = {key: held / n for key, (held, n) in shares.items()}
    names = sorted({outlet for outlet, _, _ in true})
    return {
        "groups": [
            {
                "group": name,
                "addressed": dict.fromkeys(TARGETS, 400),
                "shares": [
                    {"target": target, "stance": str(side), "of": "addressed", "population": population, "raw": share,
                     "estimate": share + shift, "interval": [share + shift, share + shift]}
                    for (outlet, target, side), share in true.items() if outlet == name
                    for population in ("outlet", "corpus")
                ],
            }
            for name in names
        ],
        "differences": [
            {"target": target, "stance": str(side), "a": a, "b": b, "verdict": verdict,
             "estimate": true[a, target, side] - true[b, target, side]}
            for target in TARGETS for side in SIDES for a, b in combinations(names, 2)
        ],
    }  # fmt: skip


def test_right_figures_are_found_right_and_wrong_ones_wrong(pages: list[StoryPage]) -> None:
    shares = true_shares(pages)
    lines, pairs = judge(comparison(shares, 0.0, "cannot_tell_apart"), pages)
    assert all(line.covered(line.outlet_interval) for line in lines)
    assert {pair.is_right for pair in pairs if pair.truth == 0} == {True}
    assert {pair.is_right for pair in pairs if pair.truth != 0} == {False}
    lines, pairs = judge(comparison(shares, 0.2, "differ"), pages)
    assert not any(line.covered(line.corpus_interval) for line in lines)
    assert {pair.is_right for pair in pairs} == {True, False}
    assert {pair.is_right for pair in pairs if pair.truth == 0} == {False}


def type_here(*arguments: str | Path) -> None:
    words = [*map(str, arguments)]
    print("$", shlex.join(["stance", *words]))
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output


@pytest.mark.slow
@pytest.mark.browser
def test_the_demonstration_is_judged_has_short_pages_and_its_planted_discourse_is_found(
    chromium: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["stance", "demo"])  # pages repeat the command: a long one would make them longer
    monkeypatch.setattr("research.demo.__main__.run_stance", type_here)  # as its own does in processes that load anew
    demonstrate(Path("demo"), count=100, labels=450, seed=0, model="light")
    result = json.loads(Path("demo/result.json").read_text(encoding="utf-8"))
    assert (len(result["shares"]), len(result["differences"])) == (27, 27)
    assert None not in [line["outlet_interval"] for line in result["shares"]]
    assert {each["verdict"] for each in result["differences"]} == {"differ", "cannot_tell_apart"}
    said = capfd.readouterr().out
    assert "stance compare" in said
    assert Path("demo/result.md").read_text(encoding="utf-8") in f"{said}\n"
    for name, most in (("comparison", 3_500), ("index", 3_000)):
        visit(chromium, tmp_path / "demo" / "report" / f"{name}.html", width=1200)
        assert chromium.execute_script("return document.documentElement.scrollHeight") <= most, name
        assert chromium.execute_script(OVERFLOW) == {"wide": 0, "spills": []}
    found, thread = (
        json.loads((tmp_path / "demo" / folder / "summary.json").read_text(encoding="utf-8"))["discourse"]
        for folder in ("report", "thread-report")
    )
    terms = {(each["group"], term["term"]) for each in found["words"] for term in each["terms"]}
    assert terms
    assert all(group == "outlet:Harbour Courier" and "paper trail" in term for group, term in terms)
    assert found["copies"]["groups"] == []
    (group,) = thread["copies"]["groups"]
    assert (group["comments"], group["authors"]) == (12, 12)
    assert group["burst_p"] < 0.001
    assert thread["copies"]["share_of_comments"] == pytest.approx(12 / 412)

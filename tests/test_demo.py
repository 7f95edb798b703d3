"""The demonstration: its truth is what it promises, its pages say it, and figures are judged by it alone."""

import json
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from browsing import OVERFLOW, visit
from typer.testing import CliRunner

from research.demo.__main__ import build_pages, demonstrate
from research.demo.choosing import DESIGNED, QUOTAS
from research.demo.pages import StoryPage, write_pages
from research.demo.truth import true_shares, truth_record
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
            replies = sum(comment.reply_to is not None for comment in document.comments)
            assert replies == sum(post.answers is not None for post in page.posts)


def test_the_same_seed_gives_the_same_pages(pages: list[StoryPage], tmp_path: Path) -> None:
    for folder, made in (("one", pages), ("other", build_pages(9, 3))):
        write_pages(made, tmp_path / folder)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


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

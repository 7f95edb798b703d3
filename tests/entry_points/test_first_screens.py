"""First screens: what is copied for print, what a public report says, and what an event opens with."""

import html
import json
import re
from pathlib import Path

import pytest

from tests.support.commands import run as run_command
from tests.support.labelled_tables import write_corpus


def run(verb: str, folder: Path, *options: str) -> Path:
    output, *words = options
    given = (folder / "t.jsonl", "--labels", folder / "l.jsonl", "--model", "light", "--target", "russia")
    run_command(verb, *given, "-o", folder / output, *words)
    return folder / output


def copied(page: Path) -> list[str]:
    """Return the sentences that the buttons beside "Ready to print" copy."""
    texts = re.findall(r'Ready to print[^<]* <span[^>]*><button type="button" data-copy="([^"]*)"', page.read_text())
    return [html.unescape(text).replace("\u00a0", " ") for text in texts]


def words_of(page: Path) -> str:
    text = re.sub(r"<(style|script|svg).*?</\1>", "", page.read_text(), flags=re.S)
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", text)).split()).replace("\u00a0", " ")


def test_the_sentence_that_is_copied_has_target_outlets_dates_and_source(tmp_path: Path) -> None:
    write_corpus(tmp_path, lambda n: ("against", "against", "favor", "neutral")[(n * 7 + n // 16) % 4])
    for folder, options in (("private", ()), ("public", ("--public",))):
        report = run("report", tmp_path, folder, *options)
        (whole,), groups = (copied(report / page) for page in ("index.html", "comparison.html"))
        assert whole.startswith("Of 160 comments, about 160 address Russia: ")
        dates = "" if options else " (known dates: 1 January 2026 to 9 April 2026)"  # public: no time of a comment
        assert f"Outlets: Alpha, Beta. 160 comments on 16 articles{dates}." in whole
        assert [text.split(",")[0] for text in groups] == [f"Of the comments at {name}" for name in ("Alpha", "Beta")]
        for text in (whole, *groups):
            for part in ("address Russia: ", " are against, ", "Model light@", "stance 0."):
                assert part in text, (folder, part)
        for text in groups:
            assert "80 comments on 8 articles" in text
            assert "Outlets:" not in text


def test_a_public_report_says_which_side_is_ahead_where_a_small_count_is_withheld(tmp_path: Path) -> None:
    write_corpus(tmp_path, lambda n: "favor" if n < 3 else "against" if n % 4 else "neutral")
    said = "More comments are against than in favor"
    private, public = run("report", tmp_path, "private"), run("report", tmp_path, "public", "--public")
    assert said in words_of(private / "index.html").partition("Ready to print")[0]
    first = words_of(public / "index.html").partition("Details")[0]
    assert f"160 of 160 comments address it, by the model's count. {said}." in first
    assert re.search(r"Ready to print: “Of the comments at .{0,3}Beta", first)  # as its comparison says
    assert "few comments" not in first
    (share, *_) = json.loads((public / "summary.json").read_text())["groups"][-1]["shares"]
    assert [share["estimate"], *share["interval"]] == [
        round(number, 2) for number in (share["estimate"], *share["interval"])
    ]


def test_a_public_report_does_not_say_which_side_a_few_comments_take(tmp_path: Path) -> None:
    write_corpus(tmp_path, lambda n: "favor" if n < 4 else "neutral", comments=24, labelled=1.0)
    private, public = run("report", tmp_path, "private"), run("report", tmp_path, "public", "--public")
    assert "More comments are in favor" in words_of(private / "index.html")
    assert "More comments" not in words_of(public / "index.html")
    record = json.loads((public / "summary.json").read_text())
    assert record["whole"]["ahead"] == {}
    few = tmp_path / "few"
    few.mkdir()
    run("report", write_corpus(few, lambda n: "favor", comments=4, labelled=1.0), "public", "--public")


@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_a_comparison_with_an_event_opens_with_it_and_counts_tests_of_each_kind(tmp_path: Path) -> None:
    write_corpus(tmp_path, lambda n: "favor" if n // 16 % 4 < 2 or n % 5 == 0 else "against", comments=640)
    folder = run("compare", tmp_path, "out", "--trend", "month", "--event", "2026-03-01")
    record = json.loads((folder / "comparison.json").read_text())
    events = [each for each in record["slopes"] if each["kind"] == "event"]
    net = next(each for each in events if (each["group"], each["stance"]) == (None, "net"))
    opens, _, page = words_of(folder / "comparison.html").partition("Ready to print")
    assert re.search(r"no significant change \(80\s% power: ±\d+\.\d\)", page)
    assert net["verdict"] == "differ"
    size = f"net stance (in favor minus against) falls by {abs(net['estimate']):.0f} points after the event"
    assert size in opens
    tested = [each["verdict"] for each in events if each["verdict"] != "not_tested"]
    assert f"{tested.count('differ')} of {len(tested)} tests found a change after the event." in opens
    gaps = [each["verdict"] for each in record["differences"] if each["verdict"] != "not_tested"]
    assert "differ" not in gaps
    assert f"{len(gaps)} tests found no clear difference of stance between outlets." in opens
    assert len(tested) + len(gaps) < sum(
        each["verdict"] != "not_tested" for each in (*record["slopes"], *record["differences"])
    )

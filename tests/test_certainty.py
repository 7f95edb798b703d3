"""How sure it is that the comments of a page, or their absence, were read right."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stance.cli import app
from stance.datamodels import Comment, Page, PageKind
from stance.parsing import judge, parse_page
from stance.parsing.counts import StatedCount
from stance.parsing.judge import REASONS, Beside, Thread, judge_certainty, model, numbers_of
from stance.records import document_to_record
from stance.store.rows import DOCUMENT, document_row, read_document

NAMES = ("Ada Lind", "Ben Okafor", "Carla Ruiz", "Dov Stein", "Elif Kaya", "Finn Berg")
SAID = (
    "The council should have asked us before it closed the bridge.",
    "I cross it twice a day, and nobody told me anything about it.",
    "Who pays for all this? I would like to see the bill.",
    "My neighbours have waited for a new one since the flood.",
    "It held for ninety years, and it would hold for ninety more.",
    "Walk over the other one, then. It takes ten minutes.",
)
COMMENTS = tuple(
    Comment(f"c{i}", text, author=name, posted=f"2024-05-{i + 10}T10:00:00")
    for i, (text, name) in enumerate(zip(SAID, NAMES, strict=True))
)
SOUND = Thread(COMMENTS, StatedCount(6), "names", True, Beside(confirmed=1.0, same_name=1.0))
ARTICLE = "\n".join(f"Paragraph {i} of the story on the bridge says so much, and then a little more." for i in "abc")
EMPTY = f"The bridge is closed\n{ARTICLE}\n25 comments\n"


def certainty_of(thread: Thread) -> float:
    return judge_certainty(thread)[0]


def test_the_weights_are_those_of_the_numbers() -> None:
    assert len(model("html").weights) == len(model("dump").weights) == len(REASONS) == len(numbers_of(SOUND))


def test_weights_of_other_numbers_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = json.loads(judge.MODEL.read_text(encoding="utf-8"))
    (tmp_path / "certainty.json").write_text(json.dumps(data | {"names": data["names"][::-1]}), encoding="utf-8")
    monkeypatch.setattr(judge, "MODEL", tmp_path / "certainty.json")
    with pytest.raises(ValueError, match="expected"):
        model.__wrapped__("dump")


def test_a_sound_thread_is_certain_and_has_no_doubts() -> None:
    certainty, doubts = judge_certainty(SOUND)
    assert certainty > 0.8
    assert doubts == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"author": "Reply"},
        {"author": "3 likes on Monday, 12 May, share this"},
        {"author": None},
        {"text": "and so it went on and on. Status: online\n2 votes\nmember"},
    ],
)
def test_what_is_odd_in_all_comments_lowers_the_certainty(changes: dict[str, str]) -> None:
    odd = replace_all(SOUND, **changes)
    assert certainty_of(odd) < certainty_of(SOUND)


def replace_all(thread: Thread, **changes: str) -> Thread:
    return thread._replace(comments=tuple(replace(comment, **changes) for comment in thread.comments))  # type: ignore[arg-type]


def test_headlines_without_names_or_dates_are_doubted_with_reasons() -> None:
    headlines = tuple(
        Comment(f"c{i}", f"{name} opens a new bridge", author="Read more") for i, name in enumerate(NAMES)
    )
    certainty, doubts = judge_certainty(Thread(headlines, None, "shape", True, Beside(dates=40, repeats=40)))
    assert certainty < 0.5
    assert doubts
    assert set(doubts) <= set(REASONS.values()) - {""}


def test_signs_of_comments_make_their_absence_less_certain() -> None:
    none = Thread((), None, "none", False, Beside())
    signs = Beside(actions=20, dates=20, repeats=20, openings=30, headings=2, talk=20, rated=30, missed=1.0)
    assert certainty_of(none) > 0.8
    assert certainty_of(none._replace(beside=signs)) < 0.5 < certainty_of(none)


def test_a_page_that_states_comments_and_holds_none_says_so() -> None:
    found = parse_page(Page("page.txt", PageKind.TEXT, EMPTY, "utf-8"))
    assert not found.comments
    assert found.doubts == ("the page states 25 comments; none were in the file: open them before saving",)


def test_records_and_stores_keep_certainty_and_doubts() -> None:
    found = parse_page(Page("page.txt", PageKind.TEXT, EMPTY, "utf-8"))
    record = document_to_record(found)
    assert (record["certainty"], record["doubts"]) == (found.certainty, list(found.doubts))
    assert len(document_row(found)) == len(DOCUMENT)
    assert read_document(document_row(found), ()) == found


def test_pages_below_the_least_certainty_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [{"id": str(i), "source": f"{i}.html", "certainty": i / 4, "doubts": ["odd"] * (i < 2)} for i in range(4)]
    rows = [row | {"language": "en", "layout": "none", "body": [f"Story {row['id']}."], "comments": []} for row in rows]
    pages = tmp_path / "pages.jsonl"
    pages.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    every = CliRunner().invoke(app, ["parse", str(pages)])
    assert len(every.stdout.splitlines()) == 4
    assert "2 of 4 pages may be misread" in every.stderr
    some = CliRunner().invoke(app, ["parse", str(pages), "--least-certainty", "0.5"])
    assert some.exit_code == 0
    assert len(some.stdout.splitlines()) == 2
    assert "2 of 4 pages left out by --least-certainty" in some.stderr


def test_the_outlet_of_pages_that_state_none_can_be_given(tmp_path: Path) -> None:
    pages = tmp_path / "plain.txt", tmp_path / "named.html"
    pages[0].write_text(EMPTY, encoding="utf-8")
    name = '<meta property="og:site_name" content="The River Post">'
    pages[1].write_text(f"<html><head>{name}</head><body><p>{ARTICLE}</p></body></html>", encoding="utf-8")
    result = CliRunner().invoke(app, ["parse", *map(str, pages), "--outlet", "The Hill Post"])
    outlets = [json.loads(line)["outlet"] for line in result.stdout.splitlines()]
    assert outlets == ["The Hill Post", "The River Post"]

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelling_pages import GUIDE, make_item

from stance.app.guard import render
from stance.app.pages import Wording, mark_mentions, read_guide, show_item
from stance.datamodels import Mention, Stance
from stance.store.labels import Answer, Event, GuessMode, Item, Progress

NAMES = {"russia": "Russia", "us": "the <b>US</b>", "nato": "NATO"}
TONES = {"russia": 1, "us": 2, "nato": 3}


def find(text: str, language: str | None = None) -> Sequence[Mention]:
    spans = [
        (target, text.find(word), len(word)) for target, word in (("russia", "Russia"), ("us", "US"), ("nato", "NATO"))
    ]
    return sorted((Mention(t, at, at + n, "name") for t, at, n in spans if at >= 0), key=lambda each: each.start)


WORDING = Wording(NAMES, find, GUIDE)

mentions = st.lists(st.tuples(st.sampled_from(sorted(TONES)), st.integers(0, 30), st.integers(1, 8)))


@given(st.text(max_size=40), mentions)
def test_pieces_are_the_text(text: str, given_mentions: list[tuple[str, int, int]]) -> None:
    found = sorted(
        (Mention(t, at, at + n, "name") for t, at, n in given_mentions), key=lambda each: (each.start, each.end)
    )
    pieces = list(mark_mentions(text, [each for each in found if each.end <= len(text)], TONES, WORDING))
    assert "".join(piece.text for piece in pieces) == text


def test_a_span_of_two_targets_names_both() -> None:
    (piece,) = mark_mentions("West", [Mention("us", 0, 4, "name"), Mention("nato", 0, 4, "name")], TONES, WORDING)
    assert piece.names == ("the <b>US</b>", "NATO")


def show(item: Item, wording: Wording = WORDING, annotator: str = "ann", **values: object) -> str:
    usual: dict[str, object] = {
        "number": 1, "answers": {}, "note": "", "missing": (), "progress": Progress(1, 0, 0), "form_token": "t",
        "saved": None, "annotator": annotator, "saved_item": item, "home": "/", "name_of": wording.name,
    }  # fmt: skip
    return render("item.html", **show_item(item, wording) | usual | values)


def test_rows_say_where_their_target_is_named() -> None:
    item = make_item(1, text="Only Russia.")
    page = show(item, Wording(NAMES, find, ""))
    fields = re.findall(r"<fieldset.*?</fieldset>", page, re.S)
    named = [re.findall(r'class="named">([^<]*)<', field) for field in fields]
    assert named == [["named here"], ["not named"], ["not named"]]
    assert " checked" not in page.replace('id="keys-on" checked', "")


@pytest.mark.parametrize("mode", list(GuessMode))
def test_a_guess_is_shown_behind_a_label_and_not_behind_a_skip(mode: GuessMode) -> None:
    answers = (Answer("nato", Stance.FAVOR), Answer("russia", None, True))
    page = show(make_item(0), saved=Event(1, "2026-01-02T03:04:05+00:00", "ann", 1, False, None, answers, mode))
    assert "<bdi>Russia: unsure · NATO: favor</bdi>" in page
    shown = "The model had <bdi>Russia: against, 71% · NATO: against, 71%</bdi>"
    assert (shown in page) == (mode in ("after", "before"))
    page = show(make_item(0), saved=Event(1, "2026-01-02T03:04:05+00:00", "ann", 1, True, None, (), mode))
    assert "The model had" not in page


def test_the_guide_is_read_line_by_line() -> None:
    assert read_guide(GUIDE) == (
        ("heading", ("The guide",)),
        ("paragraph", ("Label what is meant.",)),
        ("list", ("favor: sides with it, in any way", "against")),
        ("paragraph", ("Ask <us>.",)),
    )


def test_every_key_is_told_on_the_page_and_in_the_docs() -> None:
    root = Path(__file__).parent.parent
    script = (root / "stance/app/static/label.js").read_text(encoding="utf-8")
    keys = set(
        re.findall(r'(?:^|[\s{])"?([0-9?a-zA-Z]+)"?: (?=\(|openGuide|doubt|rest)', script.partition("const KEYS")[2])
    )
    assert keys == {*"1234", "0", "?", *"nsug", "ArrowDown", "ArrowUp"}
    shown = {"ArrowDown": "↓", "ArrowUp": "↑"}
    docs = (root / "docs/labels.md").read_text(encoding="utf-8")
    page = (root / "stance/app/templates/item.html").read_text(encoding="utf-8")
    for key in keys:
        assert f"`{shown.get(key, key)}`" in docs, key
        assert f"<kbd>{shown.get(key, key)}</kbd>" in page or key in "23", key

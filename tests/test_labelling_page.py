import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from labelling_pages import GUIDE, make_item

from stance.app.guard import render
from stance.app.pages import Wording, mark_mentions, read_guide, show_item
from stance.datamodels import Mention
from stance.store.labels import Item, Progress

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


def test_the_guide_is_read_line_by_line() -> None:
    assert read_guide(GUIDE) == (
        ("heading", ("The guide",)),
        ("paragraph", ("Label what is meant.",)),
        ("list", ("favor: sides with it, in any way", "against")),
        ("paragraph", ("Ask <us>.",)),
    )

import re
from collections.abc import Sequence

from stance.app.guard import Session
from stance.app.labelling import Wording, read_guide, show_item
from stance.app.rendering import render
from stance.datamodels import Mention
from stance.store.items import Item
from tests.support.labelling_pages import GUIDE, make_item

NAMES = {"russia": "Russia", "us": "the <b>US</b>", "nato": "NATO"}


def find(text: str, language: str | None = None) -> Sequence[Mention]:
    spans = [
        (target, text.find(word), len(word)) for target, word in (("russia", "Russia"), ("us", "US"), ("nato", "NATO"))
    ]
    return sorted((Mention(t, at, at + n, "name") for t, at, n in spans if at >= 0), key=lambda each: each.start)


WORDING = Wording(NAMES, find, GUIDE)


def test_a_span_of_two_targets_names_both() -> None:
    both = [Mention("nato", 0, 4, "name"), Mention("us", 0, 4, "name")]
    page = show(make_item(1, text="West"), Wording(NAMES, lambda text, language: both if text == "West" else [], GUIDE))
    assert 'West<span class="hidden"> (names NATO, the &lt;b&gt;US&lt;/b&gt;)</span>' in page


def show(item: Item, wording: Wording = WORDING) -> str:
    usual: dict[str, object] = {
        "number": 1, "answers": {}, "missing": (), "newer": (), "event": None, "session": Session("ann"),
        "progress": {"drawn": 1, "done": 0, "skipped": 0},
        "saved": None, "saved_item": item, "home": "/", "name_of": wording.name,
    }  # fmt: skip
    return render("item.html", **show_item(item, wording) | usual)


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

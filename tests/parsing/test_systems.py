"""Comment systems as they look once saved as text: each with the same conversation of three."""

from pathlib import Path

import pytest

from tests.support.parsed import FERRY
from tests.support.parsed import parse_dump as parse
from tests.support.tables import table

BODY = "\n\n".join(("Old ferry stays for another year", *FERRY))
WORDS = ("I have taken it for years and it never broke down.", "Then sell it to them!", "Why should we sell it at all?")
NAMES = {"reddit": ("Ann_Lee", "mo77", "BoEk"), "hacker news": ("annlee", "mo77", "boek")}
NAMES["new reddit"] = NAMES["reddit"]
ANSWERS = frozenset(table("systems", "cases")["ANSWERS"])
"""Systems whose dumps show that the second comment answers the first."""

SYSTEMS = {
    path.stem.replace("-", " "): path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[1] / "systems").glob("*.txt"))
}
"""Dumps of one conversation, with places for its three texts."""


@pytest.mark.parametrize("system", SYSTEMS)
def test_comments_of_each_system(system: str) -> None:
    document = parse(f"{BODY}\n\n{SYSTEMS[system].format(*WORDS)}")
    assert tuple(comment.text.removeprefix("@Ann Lee ") for comment in document.comments) == WORDS
    assert tuple(comment.author for comment in document.comments) == NAMES.get(system, ("Ann Lee", "mo77", "Bo Ek"))
    parents = [None, "c1" if system in ANSWERS else None, None]
    assert [comment.reply_to for comment in document.comments] == parents
    assert document.title == "Old ferry stays for another year"
    assert len(document.body) == 3


@pytest.mark.parametrize("system", SYSTEMS)
def test_system_without_comments_gives_none(system: str) -> None:
    lines = SYSTEMS[system].splitlines()
    bare = "\n".join((*lines[:1], *lines[-1:]))
    assert not parse(f"{BODY}\n\n{bare}\n").comments

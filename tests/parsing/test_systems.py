"""Comment systems as they look once saved as text: each with the same conversation of three."""

from pathlib import Path

import pytest

from tests.support.parsed import parse_dump as parse

BODY = """\
Old ferry stays for another year

The harbour council voted on Tuesday to keep the old ferry running for another year, after a long debate.

Engineers had warned that the hull needs repairs which the town can hardly pay for before next winter.

Fishermen from the northern shore said that without the ferry their catch would reach the market a day late.
"""
WORDS = ("I have taken it for years and it never broke down.", "Then sell it to them!", "Why should we sell it at all?")
NAMES = {"reddit": ("Ann_Lee", "mo77", "BoEk"), "hacker news": ("annlee", "mo77", "boek")}
NAMES["new reddit"] = NAMES["reddit"]
ANSWERS = frozenset(
    {
        *("openweb", "coral", "new york times"),
        *("livefyre that addresses", "German", "Spanish", "Dutch", "thread by tabs", "thread by marks"),
        *("thread by bars", "thread by spaces"),
    }
)
"""Systems whose dumps show that the second comment answers the first."""

SYSTEMS = {
    path.stem.replace("-", " "): path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[1] / "systems").glob("*.txt"))
}
"""Dumps of one conversation, with places for its three texts."""


@pytest.mark.parametrize("system", SYSTEMS)
def test_comments_of_each_system(system: str) -> None:
    document = parse(f"{BODY}\n{SYSTEMS[system].format(*WORDS)}")
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
    assert not parse(f"{BODY}\n{bare}\n").comments

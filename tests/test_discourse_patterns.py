"""Narratives and incivility: planted ones are found, ordinary texts stay silent, hostile files and texts do no harm."""

import csv
import hashlib
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from stance.datamodels import Comment, Document, Score, Unit, Via
from stance.discourse.patterns import (
    incivility_record,
    load_narratives,
    narratives_record,
    shipped_incivility,
)
from stance.discourse.posts import Posts
from stance.exceptions import ConfigError
from stance.reporting.rendering import environment
from stance.scoring.clauses import tokenize
from tests.growth import reads_linearly

JUDGED = Path(__file__).parent.parent / "reports" / "discourse_patterns.csv"

MENTIONS = {
    "NATO promised not to expand": "They promised Gorbachev not one inch eastward.",
    "NATO expansion caused the war": "None of this without NATO expansion right up to their border.",
    "NATO is a defensive alliance": "NATO is a defensive alliance and never attacked Russia.",
    "Coup in Kyiv in 2014": "Everybody forgets the US-backed coup in Kiev.",
    "The Budapest memorandum was broken": "So much for the Budapest Memorandum.",
    "No appeasement, remember Munich": "This is Munich 1938 again.",
    "A proxy war of the West": "It is a proxy war, nothing else.",
    "To the last Ukrainian": "Washington will fight to the last Ukrainian.",
    "Biolabs in Ukraine": "And the bio-labs in Ukraine?",
    "The US blew up Nord Stream": "Who blew up Nord Stream then?",
    "Arms makers profit from war": "Only the military-industrial complex wins.",
    "Sanctions hurt us more": "The sanctions backfired, look at gas prices.",
    "American dominance ends": "The petrodollar is finished.",
    "Whataboutism and false equivalence": "Whataboutism is all you have.",
    "Europe does not pay its share": "Europe never pays its fair share for its defence.",
    "America's regime-change wars": "We invaded Iraq for nothing.",
    "Russia rebuilds its empire": "Putin wants to restore the Soviet Union.",
    "Negotiate an end to the war": "We need peace talks.",
}


def score(comment: str, code: int) -> Score:
    chances = [0.1, 0.1, 0.1, 0.1]
    chances[code] = 0.7
    return Score(
        document="d", outlet="A", unit=Unit.COMMENT, comment=comment, author=None, target="russia",
        probabilities=tuple(chances), sentiment=0.0, target_sentiment=None, via=Via.TEXT, evidence=(),
        language="en", model="m",
    )  # fmt: skip


def gather(texts: dict[str, list[str]], *, authors: int = 1_000, language: str = "en") -> Posts:
    """Make a document per outlet; author ``k % authors`` writes text ``k``."""
    posts = Posts(("russia",))
    for outlet, lines in texts.items():
        comments = tuple(
            Comment(f"c{k}", text, author=f"r{k % authors}" if authors else None, language=language)
            for k, text in enumerate(lines)
        )
        scores = tuple(score(comment.comment_id, k % 2) for k, comment in enumerate(comments))
        posts.add(Document(outlet, "page", outlet=outlet, language=language, comments=comments, scores=scores))
    return posts.close()


def named(text: str) -> set[str]:
    narratives = load_narratives()
    matches = narratives.automaton.find(tokenize(text).texts)
    return {narratives.entries[narratives.owners[match.pattern]].name for match in matches}


def kinds(text: str, *, is_reply: bool = False) -> list[tuple[str, str]]:
    return [(hit.kind, hit.addressee) for hit in shipped_incivility().find(text, is_reply=is_reply)]


# Narratives -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MENTIONS)
def test_mentions_are_found(name: str) -> None:
    assert name in named(MENTIONS[name])


def test_ordinary_comments_mention_none() -> None:
    for text in (
        "The new bridge in Oslo was expanded last year, and the promise was kept.",
        "My proxy settings are broken, the war on spam goes on.",
        "Pass the salad. Inch by inch the recipe gets better.",
        "Gas prices are up again because of the storm.",
        "Peace in our neighbourhood needs talks with the council.",
    ):
        assert named(text) == set(), text


def test_planted_narrative_is_counted_by_outlet_side_and_author() -> None:
    rest = ["Nothing of note here."] * 20
    posts = gather({"A": ["A proxy war, what else?"] * 6 + rest, "B": ["It is no proxy war at all."] * 2 + rest})
    copies = np.zeros(len(posts), np.bool_)
    copies[:3] = True
    record = narratives_record(posts, copies=copies)
    (found,) = record["narratives"]
    assert record["comments"] == 48
    assert (found["name"], found["comments"], found["authors"]) == ("A proxy war of the West", 8, 8)
    assert found["by_group"] == {"A": 6, "B": 2}
    assert found["copies"] == 3
    assert {each["id"] for each in found["examples"]}.isdisjoint({"A#c0", "A#c1", "A#c2"})
    assert 1 <= len(found["examples"]) <= 3
    (first, _) = found["groups"]
    assert (first["group"], first["comments"], first["of"], first["share"]) == ("A", 6, 26, 6 / 26)
    assert first["interval"][0] < 6 / 26 < first["interval"][1]
    sides = found["by_side"]["russia"]
    assert sides["favor"]["comments"] + sides["against"]["comments"] <= 8
    posts.expected = np.where(
        posts.stances[:, :, None] == 1, np.float32(0.4), np.float32([0.2, 0.5, 0.0])
    )  # of one label
    sides = narratives_record(posts)["narratives"][0]["by_side"]["russia"]
    assert {side: (each["comments"], each["of"]) for side, each in sides.items()} == {
        "favor": (2, 14), "against": (4, 22), "neutral": (2, 10),
    }  # fmt: skip
    assert sides["favor"]["share"] == pytest.approx((4 * 0.2 + 4 * 0.4) / (24 * 0.2 + 24 * 0.4))


def test_few_mentions_are_not_shown() -> None:
    rest = ["Nothing of note here."] * 20
    assert narratives_record(gather({"A": ["A proxy war"] * 4 + rest}))["narratives"] == []
    record = narratives_record(gather({"A": ["A proxy war"] * 9 + rest}, authors=2))  # many comments of two authors
    assert (record["narratives"], record["hidden"]) == ([], 1)
    unnamed = narratives_record(gather({"A": ["A proxy war"] * 9 + rest}, authors=0))
    assert unnamed["narratives"][0]["authors"] is None
    assert narratives_record(gather({"A": ["A proxy war"] * 9}, language="de"))["comments"] == 0
    assert narratives_record(gather({}))["narratives"] == []


OWN = """language = "en"
[groups]
toll = "toll|fee|charge"
[[narratives]]
name = "Bridge toll"
topic = "Town"
description = "The bridge must be free."
patterns = ["bridge .. (<toll>)"]
[[narratives]]
name = "A proxy war of the West"
topic = "The war"
description = "Left out."
patterns = ["proxy war"]
shown = false
"""


def test_own_narratives_are_added_and_replace_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    shipped, own = load_narratives().entries, load_narratives(path).entries
    assert {each.name for each in own} - {each.name for each in shipped} == {"Bridge toll"}
    assert {each.name for each in shipped} - {each.name for each in own} == {"A proxy war of the West"}
    posts = gather({"A": ["That bridge has a fee <script>alert(1)</script> \u202e now \x00"] * 6})
    assert narratives_record(posts, path)["narratives"][0]["comments"] == 6


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("bridge .. (<toll>)", "bridge (a|(b))"), "narrative 1 ('Bridge toll'): pattern"),
        (("bridge .. (<toll>)", ".. bridge"), "narrative 1 ('Bridge toll'): pattern"),
        (("bridge .. (<toll>)", "(the)?"), "narrative 1 ('Bridge toll'): pattern"),
        (("bridge .. (<toll>)", "Bridge"), "lower-case"),
        (("<toll>", "<tax>"), "<tax>, which is not in [groups]"),
        (("toll|fee|charge", "(toll)"), "holds a bracket"),
        (("toll|fee|charge", "toll|" * 900), "groups: 'toll' is missing or not valid"),
        (('name = "Bridge toll"', "name = 3"), "narrative 1: 'name'"),
        (('topic = "Town"', ""), "narrative 1 ('Bridge toll'): 'topic'"),
        (('"Bridge toll"', '"a\\u000ab"'), "narrative 1: 'name'"),
        (('"A proxy war of the West"', '"Bridge toll"'), "given twice"),
        (("shown = false", "shown = 0"), "shown is 0; expected true or false"),
        (("shown = false", "hidden = true"), "unknown key 'hidden'"),
        (('language = "en"', 'language = "xx"'), "language 'xx'"),
        (('language = "en"', ""), "'language' is missing"),
        (("[[narratives]]", "[[stories]]"), "unknown key 'stories'"),
        ((OWN, "language = 'en'\nnarratives = 3"), "expected 1 to"),
        ((OWN, "narratives = " + "[" * 5_000), "not TOML"),
        ((OWN, "\ufeff\x00"), "not TOML"),
    ],
)
def test_hostile_files_get_one_line(tmp_path: Path, change: tuple[str, str], expected: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(*change))
    with pytest.raises(ConfigError) as caught:
        load_narratives(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert expected in message
    assert "\n" not in message
    assert len(message) < 500


def test_unreadable_files_get_one_line(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large.toml").write_bytes(b"#" * 1_100_000)
    lines = ", ".join(["'x'"] * 30)
    many = [f'[[narratives]]\nname="{k}"\ntopic="t"\ndescription="d"\npatterns=[{lines}]' for k in range(99)]
    (tmp_path / "many.toml").write_text("language='en'\n" + "\n".join(many))
    for name in ("missing.toml", "bytes.toml", "large.toml", "many.toml", ""):
        with pytest.raises(ConfigError, match=r"cannot be read|not UTF-8|not TOML|more than|patterns with"):
            load_narratives(tmp_path / name)


# Incivility -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You are such a moron.", [("insult", "commenter")]),
        ("Those voters are morons.", [("insult", "group")]),
        ("Putin is a moron, as everybody can see.", [("insult", "politician")]),
        ("Our senator is a liar.", [("insult", "politician")]),
        ("Some idiot parked there.", [("insult", "nobody")]),
        ("Someone should shoot you.", [("threat", "commenter")]),
        ("What the f**k happened to the sh*t I ordered?", [("obscenity", "nobody")] * 2),
    ],
)
def test_kinds_and_addressees(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


def test_short_answer_is_meant_for_the_parent() -> None:
    assert kinds("What a clown.", is_reply=True) == [("insult", "commenter")]
    assert kinds("What a clown.") == [("insult", "nobody")]


@pytest.mark.parametrize(
    "text",
    [
        "They killed two soldiers, shot down a jet and destroyed a tank.",
        "We must kill this bill and shoot the film tomorrow.",
        "A stupid policy and a dumb idea, badly executed.",
        'He said "you are all idiots and morons" and left.',
        "I am an idiot, I forgot the key.",
        "You are not stupid.",
        "Dick Cheney and Moby Dick are not on the list; Pussy Riot is.",
        "The assessment of the class was classic.",
    ],
)
def test_ordinary_words_are_not_flagged(text: str) -> None:
    assert kinds(text) == []


def test_record_sorts_by_severity_and_counts_by_kind() -> None:
    lines = ["Nothing to see here."] * 30 + [
        "what a load of shit",
        "Those voters are morons.",
        "You are a moron.",
        "Someone should shoot you.",
        "Someone should shoot you.",
    ]
    posts = gather({"A": lines, "B": ["Lovely weather."] * 5})
    copies = np.zeros(len(posts), np.bool_)
    copies[34] = True
    record = incivility_record(posts, copies)
    assert [each["id"] for each in record["moderation"]] == ["A#c33", "A#c32", "A#c31", "A#c30"]
    assert record["moderation"][0]["words"] == ["Someone should shoot you"]
    assert {each["kind"]: each["comments"] for each in record["kinds"]} == {
        "threat": 2, "slur": 0, "insult": 2, "obscenity": 1,
    }  # fmt: skip
    insult = record["kinds"][2]
    assert insult["by_addressee"] == {"commenter": 1, "politician": 0, "group": 1, "nobody": 0}
    assert (record["flagged"]["comments"], record["flagged"]["of"], record["flagged"]["authors"]) == (5, 40, 5)
    assert [(each["group"], each["comments"], each["of"]) for each in record["groups"]] == [("A", 5, 35), ("B", 0, 5)]
    assert incivility_record(gather({"A": ["Lovely weather."] * 5}))["moderation"] == []
    assert incivility_record(gather({}))["flagged"]["share"] is None


def test_list_is_bounded() -> None:
    record = incivility_record(gather({"A": ["You moron."] * 230}))
    assert (len(record["moderation"]), record["more"]) == (200, 30)


# Hostile texts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "fuck " * 40_000,
        "you idiot Putin " * 12_000,
        '"' * 200_000,
        "f*" * 100_000,
        "nato " * 40_000,
        "\ud800\x00\u202e" * 9,
    ],
    ids=["obscene", "leaders", "quotes", "masked", "names", "bytes"],
)
def test_hostile_texts_cost_linear_time(text: str) -> None:
    def read(part: str) -> None:
        posts = gather({"A": [part]})
        incivility_record(posts)
        narratives_record(posts)

    assert reads_linearly(read, text)


# Pages ----------------------------------------------------------------------------------------------------------------


def draw(name: str, record: object) -> str:
    source = (
        '{% import "macros.html" as m with context %}{% import "discourse_macros.html" as dm with context %}'
        '{% include "discourse_' + name + '.html" %}'
    )
    values = {"record": record, "labels": {"russia": "Russia <b>"}, "page_of": lambda document, part: "page.html"}
    return environment().from_string(source).render(values)


def test_pages_escape_and_state_what_was_found() -> None:
    evil = '<script>alert("x")</script> A proxy war, you moron \u202e'
    posts = gather({"A<i>": [evil] * 6, "B": [evil] * 2})
    drawn = draw("narratives", narratives_record(posts))
    assert "One narrative is" in drawn
    assert "A mention is no agreement" in drawn
    assert "Russia &lt;b&gt;" in drawn
    listed = draw("incivility", incivility_record(posts))
    assert "8</data> comments (" in listed
    for page in (drawn, listed):
        assert "<script>" not in page
        assert "<i>" not in page
        assert 'href="page.html#comment-1"' in page
    silent = gather({"A": ["Lovely weather."] * 9})
    assert "No narrative is mentioned" in draw("narratives", narratives_record(silent))
    assert "No threat, slur, insult or obscenity" in draw("incivility", incivility_record(silent))
    draw("narratives", [])
    draw("incivility", {})


# Evidence -------------------------------------------------------------------------------------------------------------


def test_judged_precision_is_that_of_the_documentation() -> None:
    """Digests and judgements only; the texts are other people's and are not in the project."""
    judged = defaultdict(list)
    with JUDGED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert len(row["digest"]) == len(hashlib.sha256(b"").hexdigest()[:12])
            judged[row["what"]].append(int(row["right"]))
    documented = (JUDGED.parent.parent / "docs" / "discourse.md").read_text(encoding="utf-8")
    shown = {each.name for each in load_narratives().entries}
    for what, rights in judged.items():
        precision = sum(rights) / len(rights)
        assert f"| {what} | {len(rights)} | {precision:.2f} |".replace("| 0.", "| .") in documented, what
        assert precision >= (0.85 if what.startswith("incivility") else 0.8)
        assert what in shown or what.startswith("incivility")

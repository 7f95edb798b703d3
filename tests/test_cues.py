"""Cues: the pattern language, what wins, and that no text or cue file costs more than its length."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Mention, Via
from stance.exceptions import ConfigError
from stance.scoring.cues import Cue, CueEngine, default_engine, load_cues, make_engine
from stance.scoring.instances import Instance
from stance.scoring.patterns import PatternError, PatternSet


def fires(pattern: str, words: str) -> bool:
    return bool(PatternSet([pattern]).find(words.split()))


def instance(text: str, target: str = "russia", **named: str) -> Instance:
    """An instance whose mentions are the given words, ``target=word``, wherever they stand."""
    mentions = []
    for owner, word in named.items():
        at = text.find(word)
        while at >= 0:
            mentions.append(Mention(owner, at, at + len(word), "name"))
            at = text.find(word, at + 1)
    return Instance(text, target, tuple(sorted(mentions, key=lambda m: m.start)), Via.TEXT)


def engine(*cues: tuple[str, float], anchored: tuple[tuple[str, dict[str, float]], ...] = ()) -> CueEngine:
    return CueEngine([Cue(p, {"X": w}) for p, w in cues] + [Cue(p, w) for p, w in anchored])


@pytest.mark.parametrize(
    ("pattern", "words", "expected"),
    [
        ("stand with", "we stand with them", True),
        ("stand with", "we stand near them with", False),
        ("launder*", "money laundering", True),
        ("launder*", "laundromat", False),
        ("colo*r", "the colour", True),
        ("colo*r", "the colours", False),
        ("saviou?r", "our savior", True),
        ("saviou?r", "our saviour", True),
        ("to .. last", "to the very last", True),
        ("to .. last", "to last", True),
        ("to .. last", "to a b c d last", True),
        ("to .. last", "to a b c d e last", False),
        ("(rules based|lawful) order", "the rules based order", True),
        ("(rules based|lawful) order", "the rules order", False),
        ("win (the)? war", "win war", True),
        ("win (the)? war", "win the war", True),
        ("win (the)? war", "win a war", False),
        ("red flag | white flag", "a white flag", True),
        ("battle-tested", "battle tested", True),
        ("to (the)? .. end", "to the bitter end", True),
        ("won", "they won't", False),
    ],
)
def test_pattern_language(pattern: str, words: str, expected: bool) -> None:
    assert fires(pattern, words) is expected


LONG = "(" + "x " * 100 + ")"


@pytest.mark.parametrize(
    "pattern",
    ["(a", "a)", "a) (b", "((a) b)", "(a)b", "* x", "(the)?", ".. x", "(|)", LONG, "a?b?c?d?e?f?", "x" * 6_000],
)
def test_bad_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        PatternSet([pattern])


@given(
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=12),
    st.lists(st.sampled_from(["a", "b", "(a|b)", "(c)?", "..", "c"]), min_size=1, max_size=5),
)
def test_matches_are_those_of_with_a_plain_search(words: list[str], items: list[str]) -> None:
    items = ["a", *items, "b"]
    for first, second in pairwise(items):
        if first == ".." and second in ("..", "(c)?"):
            return  # two gaps share their words: not what the plain search does
    expected = {(s, e) for s in range(len(words)) for e in _ends(words, s, items)}
    found = {(m.start, m.end) for m in PatternSet([" ".join(items)]).find(words)}
    assert {e for _, e in found} == {e for _, e in expected}
    assert all(start == min(s for s, e in expected if e == end) for start, end in found)


def _ends(words: list[str], at: int, items: list[str]) -> set[int]:
    places = {at}
    for item in items:
        if item == "..":
            places = {p + k for p in places for k in range(5) if p + k <= len(words)}
        else:
            choices = item.strip("()?").split("|")
            moved = {p + 1 for p in places if p < len(words) and words[p] in choices}
            places = moved | places if item.endswith("?") else moved
    return places


def test_relative_cue_fills_its_slot_with_any_name_of_the_target() -> None:
    text = "I stand with the Kremlin."
    (hit,) = engine(("stand with (the)? X", 0.9)).match(instance(text, russia="Kremlin"))
    assert (text[hit.start : hit.end], hit.weight, hit.kind) == ("stand with the Kremlin", 0.9, "relative")


def test_longest_match_wins() -> None:
    cues = engine(("X attacked", -0.6), ("X attacked by", 0.4))
    assert [h.weight for h in cues.match(instance("Russia attacked by drones", russia="Russia"))] == [0.4]
    assert [h.weight for h in cues.match(instance("Russia attacked again", russia="Russia"))] == [-0.6]


def test_anchored_cue_speaks_of_its_sides_only() -> None:
    cues = engine(anchored=(("last ukrainian", {"us": -0.6, "russia": 0.2}),))
    text = "to the last Ukrainian"
    assert [h.weight for h in cues.match(instance(text, "us"))] == [-0.6]
    assert [h.weight for h in cues.match(instance(text, "russia"))] == [0.2]
    assert not cues.match(instance(text, "atlantis"))


def test_cues_toward_other_targets_stand_apart() -> None:
    cues = engine(("stand with X", 0.8), anchored=(("last ukrainian", {"us": -0.6, "nato": -0.5}),))
    text = "We stand with NATO, not Russia, to the last Ukrainian"
    (found,) = cues.match_all([instance(text, "russia", russia="Russia", nato="NATO")])
    assert not found.own
    assert [(hit.target, hit.weight) for hit in found.others] == [("nato", 0.8), ("nato", -0.5)]


def test_cues_of_a_language_are_for_texts_in_it(tmp_path: Path) -> None:
    (tmp_path / "relative.tsv").write_text("praise X\t0.5\t\n")
    (tmp_path / "relative.de.tsv").write_text("lob X\t0.6\t\n")
    (tmp_path / "frames.de.txt").write_text("russia:-0.4 | lob\n")
    cues = make_engine(tmp_path)
    text = "praise Russia lob Russia"
    found = {
        language: [hit.weight for hit in cues.match(replace(instance(text, russia="Russia"), language=language))]
        for language in ("en", "de", "fr")
    }
    assert found == {"en": [0.5], "de": [0.6], "fr": []}


def test_spans_point_into_the_text_even_where_folding_would_move_them() -> None:
    text = "İİİ ﬁne… I stand with Russia"
    (hit,) = engine(("stand with X", 0.8)).match(instance(text, russia="Russia"))
    assert text[hit.start : hit.end] == "stand with Russia"


def test_shipped_cues_load_and_tell_sides() -> None:
    cues = default_engine()
    assert len(load_cues()) > 4_000

    def total(text: str) -> float:
        return sum(hit.weight for hit in cues.match(instance(text, russia="Russia")))

    assert total("I stand with Russia") > 0 > total("Russia's aggression is a disgrace")


@pytest.mark.parametrize(
    ("name", "line", "seen"),
    [
        ("a.tsv", "stand with X", "no tab"),
        ("a.tsv", "stand with them\t0.5\t", "no X"),
        ("a.tsv", "stand with X\tnan\t", "nan"),
        ("a.tsv", "stand with X\t1.5\t", "1.5"),
        ("a.txt", "russia | x", "russia"),
        ("a.txt", "russia:+9 | x", "+9"),
        ("a.txt", "russia:-0.5 x", "russia:-0.5 x"),
        ("a.txt", "russia:-0.5 | X lies", "has a slot"),
        ("a.txt", "russia:-0.5 | Putin lies", "has capitals"),
        ("a.tsv", "Stand with X\t0.5", "has capitals"),
        ("a.tsv", "stand with X\t" + "9" * 100_000, "99999"),
        ("a.txt", "a" * 100_000 + " | x", "aaaa"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, name: str, line: str, seen: str) -> None:
    (tmp_path / name).write_text(f"\n{line}\n")
    with pytest.raises(ConfigError, match=rf"{name}:2: ") as error:
        load_cues(tmp_path)
    assert seen in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text(alphabet="russia's not if\"“. X\n🤡👍", max_size=80))
def test_any_text_gives_hits_inside_it(text: str) -> None:
    for hit in default_engine().match(instance(text, russia="russia")):
        assert 0 <= hit.start < hit.end <= len(text)
        assert -1 <= hit.weight <= 1


@pytest.mark.parametrize(
    "text",
    [
        " " * 200_000, "\n" * 300_000, "1" * 100_000, "." * 100_000 + "x", "a." * 50_000, "'" * 100_000,
        '"' * 100_000, "a'" * 50_000, "the " * 20_000, "not if " * 10_000 + "stand with russia",
        "death to " + "US " * 2_000,
        "#StandWith" + "US" * 2_000,
    ],
)  # fmt: skip
def test_hostile_text_is_read(text: str) -> None:
    default_engine().match(instance(text, "us", us="US"))

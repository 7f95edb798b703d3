"""Reasons against planted ones: sentences that share words are grouped, counted and quoted as they are."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparison_samples import comparison_record
from lxml import html
from report_samples import MODEL, TARGETS
from test_aggregation import score

from stance.comparison import ComparisonTally, Details, comparison_to_record
from stance.comparison.topics import REASONS, Reason, Reasons
from stance.datamodels import Comment, Document, Stance
from stance.reporting import write_comparison
from stance.reporting.public import write_public_comparison

VOCABULARY = [f"{first}{middle}{last}" for first in "bdfgklm" for middle in ("ara", "ota", "emi") for last in "nrstlk"]
PLANTED = {Stance.AGAINST: "broken promises", Stance.FAVOR: "honest partner"}


def comment_texts(side: Stance, rng: np.random.Generator, planted: bool = True) -> list[str]:
    """Draw 120 comments of a side, of which a quarter repeat two words that belong together."""
    drawn = [" ".join(rng.choice(VOCABULARY, 12)) for _ in range(120)]
    own = PLANTED[side] if planted else ""
    return [f"Opening words here. NATO and {own if at % 4 == 0 else ''} {text}." for at, text in enumerate(drawn)]


def added(texts: dict[Stance, list[str]], order: int = 1) -> list[Reason]:
    found = Reasons()
    rows = [(side, at, text) for side, own in texts.items() for at, text in enumerate(own)]
    for side, at, text in rows[::order]:
        given = replace(score(side), comment=f"{side}{at}", evidence=((text.index("NATO"), text.index("NATO") + 4),))
        found.add(given, Comment(f"{side}{at}", text), "AB"[at % 2], at)
    return list(found.find(lambda name, article: f"{name}{article % 3}"))


def worlds(seed: int, planted: bool = True) -> dict[Stance, list[str]]:
    rng = np.random.default_rng(seed)
    return {side: comment_texts(side, rng, planted) for side in PLANTED}


def test_planted_reasons_are_found_counted_and_quoted() -> None:
    texts = worlds(1)
    found = added(texts)
    assert {each.stance: set(each.words) for each in found} == {
        side: {*words.split()} for side, words in PLANTED.items()
    }
    for each in found:
        assert (each.sentences, each.of, sum(each.groups.values())) == (30, 120, 30)
        assert set(each.groups) <= {f"{name}{topic}" for name in "AB" for topic in range(3)}
        assert len({quote["text"] for quote in each.quotes}) == REASONS.quotes
        assert all(any(quote["text"] in text for text in texts[each.stance]) for quote in each.quotes)
        assert all(PLANTED[each.stance] in quote["text"] for quote in each.quotes)


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_found_where_words_are_drawn_at_random(seed: int) -> None:
    assert added(worlds(seed, planted=False)) == []


def test_sentences_that_are_held_are_bounded() -> None:
    found = Reasons()
    for at in range(3 * REASONS.sentences):
        word = "".join("abcdefghij"[int(digit)] for digit in f"{at:06}")
        found.add(replace(score(Stance.AGAINST), evidence=((0, 4),)), Comment("c", f"NATO {word}"), "A", 0)
    assert all(len(held) <= 2 * REASONS.sentences for held in found._held.values())


def compared(quoted: str | None = None) -> dict[str, Any]:
    texts, tally = worlds(1)[Stance.AGAINST], ComparisonTally(["nato"], details=Details())
    for number in range(6):
        own = texts[20 * number : 20 * number + 20]
        comments = tuple(Comment(f"c{at}", text, quoted=text if quoted else None) for at, text in enumerate(own))
        document = Document(f"d{number}", "x", "AB"[number % 2], comments=comments)
        at = [text.index("NATO") for text in own]
        given = [replace(score(Stance.AGAINST), comment=f"c{n}", evidence=((p, p + 4),)) for n, p in enumerate(at)]
        tally.add([replace(each, document=f"d{number}", outlet=document.outlet) for each in given], document)
    return comparison_to_record(tally.comparison())


def test_the_page_shows_them_and_the_public_one_does_not(tmp_path: Path) -> None:
    reason = json.loads(json.dumps(compared()["reasons"][0])) | {"target": "us"}
    record = comparison_record() | {"reasons": [reason]}
    page = html.parse(write_comparison(record, tmp_path, targets=TARGETS, model=MODEL)).getroot()
    section = page.cssselect("#reasons")[0].text_content()
    assert all(quote["text"] in section for quote in reason["quotes"])
    assert "promises" in section
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))["reasons"] == [reason]
    write_public_comparison(record, tmp_path / "public", targets=TARGETS, model=MODEL)
    assert all("broken promises" not in path.read_text(encoding="utf-8") for path in (tmp_path / "public").iterdir())

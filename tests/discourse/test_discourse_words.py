"""Words and phrases by which sides and outlets differ: planted ones are found, and chance finds none."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lxml import html

from stance.datamodels import Comment, Document, Stance
from stance.discourse.term_test import LEVEL
from stance.discourse.terms import read_terms
from stance.discourse.words import words_record
from tests.support.discourse_samples import draw, gather
from tests.support.report_samples import HOSTILE, score

ORDINARY = "the of and to we they it was not have people news war side say think never always about money"
COMMON = re.findall(r"\w+", ORDINARY)
RARE = [a + b for a in ("har", "mon", "ler", "tiv", "pol") for b in ("bor", "day", "nik", "tus", "wem")]
PLANTED = "paper trail"


def sentence(rng: np.random.Generator, topic: Sequence[str] = ()) -> str:
    words = [*rng.choice(COMMON, 12), *rng.choice(RARE, 4), *rng.choice(topic or RARE, 3)]
    return " ".join(rng.permutation(words))


def article(name: str, outlet: str, texts: Sequence[str], sides: Sequence[Stance] = ()) -> Document:
    """An article whose comments are each by another author."""
    comments = tuple(Comment(f"c{n}", each, author=f"Xq{name}z{n}", language="en") for n, each in enumerate(texts))
    scores = tuple(score(name, f"c{n}", "russia", side) for n, side in enumerate(sides))
    return Document(name, name, outlet, language="en", comments=comments, scores=scores)


def found(records: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    return {each["group"]: [term["term"] for term in each["terms"]] for each in records}


def two_outlets(seed: int, planted: int = 0) -> list[Document]:
    """Pages of A and B by turns; on those of A, some of the authors use the phrase."""
    rng = np.random.default_rng(seed)
    documents = []
    for page in range(20):
        texts = [sentence(rng) for _ in range(8)]
        if page % 2 == 0:
            texts[:planted] = [f"{text}: {PLANTED}!" for text in texts[:planted]]
        elif page == 1 and planted:
            texts[0] += f": {PLANTED}!"
        documents.append(article(f"d{page}", "AB"[page % 2], texts))
    return documents


@pytest.mark.parametrize("seed", range(3))
def test_a_phrase_of_a_quarter_of_one_outlet_is_found(seed: int) -> None:
    (record,) = words_record(gather(two_outlets(seed, planted=2)))
    assert (record["group"], record["against"], record["kind"]) == ("outlet:A", "outlet:B", "outlet")
    assert record["size"] == {"comments": 80, "authors": 80, "articles": 10}
    term = next(each for each in record["terms"] if PLANTED in each["term"])
    assert (term["n"], term["authors"], term["other_authors"]) == (20, 20, 1)
    assert term["z"] > 3
    assert term["p_adjusted"] <= LEVEL
    assert len(term["examples"]) == 3
    assert all(PLANTED in each["text"] and each["outlet"] == "A" for each in term["examples"])
    assert all(set(each["term"].split()) & {"paper", "trail"} for each in record["terms"])


def test_chance_finds_nothing() -> None:
    """At the level of .02, two of 20 runs have a false term once in 15 times, three once in 140."""
    runs = [bool(words_record(gather(two_outlets(seed)))[0]["terms"]) for seed in range(100, 120)]
    assert sum(runs) <= 2


def test_sides_drawn_by_lot_differ_in_nothing_and_a_planted_word_is_found() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for run in range(10):
        documents = []
        for page in range(12):
            sides = [Stance.FAVOR if each else Stance.AGAINST for each in rng.random(12) < rng.uniform(0.2, 0.8)]
            texts = [sentence(rng) for _ in sides]
            if run == 0:
                texts = [f"{text} tyrant" if side is Stance.AGAINST and n % 3 == 0 else text
                         for n, (text, side) in enumerate(zip(texts, sides, strict=True))]  # fmt: skip
            documents.append(article(f"d{page}", "A", texts, sides))
        terms = found(words_record(gather(documents)))
        if run == 0:
            assert terms["russia:favor"] == ["tyrant"]
        else:
            hits += bool(terms["russia:favor"])
    assert hits <= 1


def test_what_all_authors_of_an_article_say_is_no_difference_of_sides() -> None:
    """On three articles nearly all are against, and all name what the article is about."""
    rng = np.random.default_rng(3)
    documents = []
    for page in range(6):
        topic = page % 2 == 0
        texts = [sentence(rng, ["pipeline"] if topic else ()) for _ in range(30)]
        sides = [Stance.AGAINST if (n % 5 != 0) == topic else Stance.FAVOR for n in range(30)]
        documents.append(article(f"d{page}", "A", texts, sides))
    assert found(words_record(gather(documents))) == {"russia:favor": []}


def test_terms_are_stems_and_phrases_and_no_names_addresses_or_quotes() -> None:
    texts = [
        "Proxy wars! Olga agrees, the United States (see https://x.example/olga-brien) mail me@post.example @brien",
        "A proxy war; O'Brien said the United States",
        "This proxy war of the united states, Wander",
    ]
    names = ("Olga O’Brien", "Wim Wander", None)
    comments = [Comment(text, text, author=name) for text, name in zip(texts, names, strict=True)]
    comments.append(Comment("q", "Old rumour.\nproxy war", author="Xi", quoted="Old rumour."))
    posts = gather([Document(f"d{n}", "p", "A", language="en", comments=tuple(comments)) for n in range(3)])
    forms = read_terms(posts, np.ones(len(posts), bool)).forms
    terms = {each[0] for each in forms}
    assert ["proxy war", "proxy wars"] in forms  # "war" is written in no other way
    assert {"proxy war", "the united states"} <= terms
    assert not terms & {"olga", "o'brien", "brien", "wim", "wander", "https", "example", "post", "me", "rumour"}
    assert not any("states proxy" in each for each in terms)


def test_giant_texts_take_linear_time() -> None:
    giant = ["a" * 400_000, "ab " * 100_000, "@" * 200_000, "a." * 200_000, "'" * 200_000, "a'" * 200_000]
    documents = two_outlets(0)
    comments = tuple(Comment(text[:3] + str(len(text)), text) for text in giant)
    documents[0] = replace(documents[0], comments=comments)
    assert words_record(gather(documents))


def test_the_page_names_what_differs() -> None:
    documents = two_outlets(0, planted=2)
    texts = [f"{HOSTILE} </script><b>{each.text}" for each in documents[0].comments]
    documents = [
        replace(each, outlet=f"{each.outlet}{HOSTILE}") for each in (article("d0", "A", texts), *documents[1:])
    ]
    section = html.fromstring(draw("words", words_record(gather(documents))))
    text = " ".join(section.text_content().split())
    assert "Words differ significantly in 1 of 1 comparison" in text
    assert "(20 compared with 1 authors)" in text
    assert len(section.cssselect(".quotes li")) >= 3
    assert not section.cssselect("img, b, iframe")

"""Themes of a page: a planted one is found with its comments, and nothing is found where there is none."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from stance.datamodels import Comment, Document, Stance
from stance.discourse.themes import FEWEST_COMMENTS, MOST_THEMES, find_themes
from tests.support.report_samples import score
from tests.support.tables import cases, repeated, table

WORDS = "they said that we should never have been told about it because some other people always want what others have"
PLANTED = tuple(table("themes", "cases")["PLANTED"])


def sentence(number: int) -> str:
    return " ".join(random.Random(number).choices(WORDS.split(), k=14))


def page(texts: Sequence[str], authors: Sequence[str | None] = ()) -> Document:
    names = authors or [f"Xq{number}z" for number in range(len(texts))]
    comments = [Comment(f"c{n}", text, names[n], language="en") for n, text in enumerate(texts)]
    return Document("d", "d", "A", title="A page", language="en", comments=tuple(comments))


def planted(ordinary: int = 34) -> Document:
    return page([*map(sentence, range(ordinary)), *PLANTED])


def test_a_planted_theme_is_found_with_its_comments() -> None:
    (theme,) = find_themes(planted())
    assert theme["ids"] == [f"c{n}" for n in range(34, 40)]
    assert {"ferry", "subsidy"} <= {word for phrase in theme["words"] for word in phrase.split()}
    assert theme["typical"] in theme["ids"]
    assert theme["dissent"] is None
    assert find_themes(planted(FEWEST_COMMENTS - len(PLANTED)))


def test_words_are_spelled_as_most_often_and_names_side_by_side_are_one_phrase() -> None:
    starts = ("I saw", "Ask", "Then came", "Nobody like", "Remember", "We met")
    texts = [f"{start} Hanna Vosk {sentence(n)}" for n, start in enumerate(starts, 900)]
    assert find_themes(page([*map(sentence, range(30)), *texts])) == []  # one phrase says too little
    (theme,) = find_themes(page([*map(sentence, range(30)), *(f"{text} At ferry" for text in texts)]))
    assert {"Hanna", "Vosk"} <= set(" ".join(theme["words"]).split())


SAID = [comment.text for comment in planted().comments]
NAMES = [f"Xq{number}z" for number in range(len(SAID))]
LIKED = "Ferry Man, Subsidy Sue, Harbor Hal, Island Ira\n"
GERMAN = tuple(replace(comment, language="de") for comment in planted().comments)
NO_THEMES = {
    "words of the headline": replace(planted(), title="The ferries of the island"),
    "too few comments": planted(FEWEST_COMMENTS - len(PLANTED) - 1),
    "two people": page(SAID, ["Ann", "Bob"] * 20),
    "people without a name": page(SAID, [None] * 40),
    "one person and a few": page(SAID, [*NAMES[:34], *["Ann"] * 4, "Bob", "Cy"]),
    "names of commenters": page(SAID, ["Ferry Subsidy", *NAMES[1:]]),
    "lists of those who liked": page([f"{LIKED}{sentence(n)}" if n % 5 == 0 else sentence(n) for n in range(40)]),
    "topic of the page": page([f"{sentence(n)} the ferry subsidy" if n % 2 else sentence(n) for n in range(60)]),
    "ordinary comments": page([sentence(number) for number in range(200)]),
    "copies": page([*map(sentence, range(40)), *[PLANTED[0]] * 8]),
    "another language": replace(planted(), language="de", comments=GERMAN),
}


@pytest.mark.parametrize("document", NO_THEMES.values(), ids=NO_THEMES)
def test_what_is_no_theme(document: Document) -> None:
    assert find_themes(document) == []


def test_the_surest_comment_of_the_other_side_is_the_dissent() -> None:
    sides = [Stance.AGAINST] * 4 + [Stance.FAVOR]
    scores = [score("d", f"c{34 + n}", "russia", side) for n, side in enumerate(sides)]
    (theme,) = find_themes(replace(planted(), scores=tuple(scores)))
    assert theme["dissent"] == "c38"
    (theme,) = find_themes(replace(planted(), scores=tuple(scores[:4])))
    assert theme["dissent"] is None


@cases("parts")
def test_empty_and_hostile_texts(parts: list[tuple[str, int]]) -> None:
    text = repeated(parts)
    assert find_themes(page([text] * 40)) == []
    assert find_themes(page([f"{text} {sentence(n)} {n}" for n in range(40)])) == []
    assert len(find_themes(page([f"{text}\n{said}" for said in SAID]))) <= MOST_THEMES

"""Themes of a page: a planted one is found with its comments, and nothing is found where there is none."""

import random
from collections.abc import Sequence
from dataclasses import replace

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


def test_words_are_spelled_as_most_often_and_names_side_by_side_are_one_phrase() -> None:
    starts = ("I saw", "Ask", "Then came", "Nobody like", "Remember", "We met")
    texts = [f"{start} Hanna Vosk {sentence(n)}" for n, start in enumerate(starts, 900)]
    assert find_themes(page([*map(sentence, range(30)), *texts])) == []  # one phrase says too little
    (theme,) = find_themes(page([*map(sentence, range(30)), *(f"{text} At ferry" for text in texts)]))
    assert {"Hanna", "Vosk"} <= set(" ".join(theme["words"]).split())


def test_words_of_the_headline_are_no_theme() -> None:
    assert find_themes(replace(planted(), title="The ferries of the island")) == []


def test_pages_with_few_comments_or_people_have_no_themes() -> None:
    assert find_themes(planted(FEWEST_COMMENTS - len(PLANTED)))
    assert find_themes(planted(FEWEST_COMMENTS - len(PLANTED) - 1)) == []
    texts = [comment.text for comment in planted().comments]
    assert find_themes(page(texts, ["Ann", "Bob"] * 20)) == []
    assert find_themes(page(texts, [None] * 40)) == []


def test_one_person_is_no_theme() -> None:
    texts = [comment.text for comment in planted().comments]
    assert find_themes(page(texts, [*(f"Xq{n}z" for n in range(34)), *["Ann"] * 4, "Bob", "Cy"])) == []


def test_names_of_commenters_are_no_theme() -> None:
    document = planted()
    names = ["Ferry Subsidy", *(f"Xq{n}z" for n in range(39))]
    assert find_themes(page([comment.text for comment in document.comments], names)) == []


def test_lists_of_those_who_liked_a_comment_are_no_theme() -> None:
    liked = "Ferry Man, Subsidy Sue, Harbor Hal, Island Ira\n"
    assert find_themes(page([f"{liked}{sentence(n)}" if n % 5 == 0 else sentence(n) for n in range(40)])) == []


def test_the_topic_of_a_page_is_no_theme() -> None:
    assert find_themes(page([f"{sentence(n)} the ferry subsidy" if n % 2 else sentence(n) for n in range(60)])) == []


def test_ordinary_comments_have_no_themes() -> None:
    assert find_themes(page([sentence(number) for number in range(200)])) == []


def test_copies_count_once() -> None:
    assert find_themes(page([*map(sentence, range(40)), *[PLANTED[0]] * 8])) == []


def test_other_languages_have_no_themes() -> None:
    document = planted()
    comments = tuple(replace(comment, language="de") for comment in document.comments)
    assert find_themes(replace(document, language="de", comments=comments)) == []


def test_the_order_of_comments_does_not_matter() -> None:
    document = page(
        [*map(sentence, range(40)), *PLANTED, *(f"Hanna Vosk of Pottery Lane, {sentence(n)}" for n in range(50, 58))]
    )
    (first, second) = find_themes(document)
    for seed in range(3):
        comments = random.Random(seed).sample(document.comments, len(document.comments))
        shuffled = find_themes(replace(document, comments=tuple(comments)))
        assert [theme | {"ids": sorted(theme["ids"])} for theme in shuffled] == [
            theme | {"ids": sorted(theme["ids"])} for theme in (first, second)
        ]


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
    assert len(find_themes(page([f"{text}\n{each.text}" for each in planted().comments]))) <= MOST_THEMES

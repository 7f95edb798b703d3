"""Tests of questions to the newsroom; the comments are made up."""

import json

import pytest

from stance.datamodels import Comment, Document
from stance.discourse.newsroom import find_newsroom
from stance.resources import NEWSROOM

QUESTION = "Thanks for this great post, Anna! I have a question: where did you find the data for your chart?"
ARTICLE = (
    "In this post I make the chart of the treaty again. It shows what each state paid in every year since 1949, and "
)
ARTICLE += (
    "which of them paid more than it had promised. The last part shows what may follow from it in the next years."
)


def page(*comments: Comment, language: str = "en") -> Document:
    return Document(
        "d", "s", title="How to make a chart", author="Anna Berg", body=(ARTICLE,), language=language, comments=comments
    )


def test_finds_questions_with_the_sentence_to_quote() -> None:
    (entry,) = find_newsroom(page(Comment("a", "They are all liars and always were."), Comment("b", QUESTION, "Ben")))
    assert (entry["id"], entry["kind"]) == ("b", "question")
    start, end = entry["quote"]
    assert QUESTION[start:end] == QUESTION.partition("! ")[2]
    assert json.loads(json.dumps(entry)) == entry


@pytest.mark.parametrize("text", ["", "   ", "Who cares?", "Why would anyone vote for them?", "He should resign now."])
def test_leaves_other_comments_out(text: str) -> None:
    assert find_newsroom(page(Comment("a", text))) == []


def test_leaves_out_the_writer_answers_to_readers_and_other_languages() -> None:
    text = QUESTION.replace(", Anna", "")
    parents = Comment("1", "I was there.", "Ben"), Comment("2", "Ask me anything.", "anna berg")
    answers = Comment("3", text, "Cem", reply_to="1"), Comment("4", text, "Cem", reply_to="2")
    assert [entry["id"] for entry in find_newsroom(page(*parents, *answers))] == ["4"]
    assert find_newsroom(page(Comment("1", QUESTION, "ANNA BERG"))) == []
    assert find_newsroom(page(Comment("1", QUESTION), language="de")) == []
    assert find_newsroom(page(Comment("1", QUESTION, language="de"))) == []


@pytest.mark.parametrize("part", ["you ", "?", "a.", "“", "links ", "\n", "\ud800", "the author "])
def test_reads_hostile_texts(part: str) -> None:
    comment = Comment("a", part * (1_000_000 // len(part)) + "?", reply_to="missing", quoted=part)
    for entry in find_newsroom(page(comment)):
        assert 0 <= entry["quote"][0] < entry["quote"][1] <= len(comment.text)


def test_the_card_holds_figures_of_sites_left_out_and_no_weights_are_missing() -> None:
    shipped = json.loads(NEWSROOM.read_text(encoding="utf-8"))
    card, count = shipped["card"], len(shipped["patterns"]) + 7
    assert NEWSROOM.stat().st_size < 50_000
    assert card["precision"] == round(card["right"] / card["n"], 3)
    assert card["recall"] == round(card["right"] / card["labelled"], 3)
    assert len(shipped["weights"]) == count * 10 + 9
    assert len(shipped["vector_weights"]) == len(shipped["page_weights"]) == 384

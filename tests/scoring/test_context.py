"""A comment is read with what its writer saw: headline, lead, parent, the reply before it and what it quotes."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stance.datamodels import STANCES, Comment, Document, Mention, Stance
from stance.exceptions import ModelError
from stance.plugins.chat import INSTRUCTIONS
from stance.plugins.chat_questions import make_question
from stance.plugins.hugging_face import CHARACTERS, PART_CHARACTERS, HuggingFaceScorer, LabelReading
from stance.pseudonyms import keep_name
from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import Context, Instance, Judgement, make_instance
from stance.scoring.targets.target_set import load_targets
from tests.support.tables import cases

RUSSIA = (Mention("russia", 0, 6, "name"),)
SEEN = Context("Talks in Geneva", "They end today.", "NATO lies.", "No, it does not.", "> so they say")


@cases("rows", "shown")
def test_comments_of_a_page_carry_what_their_writers_saw(rows: list[Any], shown: dict[str, list[str]]) -> None:
    asked: list[Instance] = []

    def judge(instances: Sequence[Instance]) -> Judgement:
        asked.extend(instances)
        return Judgement(np.full((len(instances), len(STANCES)), 0.25), [()] * len(instances))

    model: Any = SimpleNamespace(name="noting", languages=("en",), card={}, judge=judge)
    comments = [
        Comment(f"{n}", text, reply_to=parent, quoted=quoted) for n, (text, parent, quoted) in enumerate(rows, 1)
    ]
    page = Document("0" * 16, "page", title="Talks", lead="They end.", language="en", comments=(*comments,))
    [*_] = DocumentScorer(load_targets().select(["russia"]), model, keep_name).score([page])
    assert {each.shown.article for each in asked} == {"Talks\nThey end."}
    seen = [[each.shown.parent, each.shown.before.strip(), each.shown.quoted] for each in asked]
    assert dict(zip((comment.comment_id for comment in comments), seen, strict=True)) == shown


def test_a_question_holds_all_that_was_shown_also_where_the_comment_names_the_target() -> None:
    question = make_question([make_instance("Russia is right.", "russia", RUSSIA, context=SEEN)])
    assert dict(question.parts) == {
        "comment": "Russia is right.",
        "headline": "Talks in Geneva",
        "lead": "They end today.",
        "answers": "NATO lies.",
        "before": "No, it does not.",
        "quoted": "> so they say",
    }
    assert all(f'"{name}" is ' in INSTRUCTIONS for name, _ in question.parts)


TOKENIZER = SimpleNamespace(all_special_tokens=("[SEP]",))
SIDES = LabelReading({"for": Stance.FAVOR, "against": Stance.AGAINST})


def network(max_tokens: int = 512) -> HuggingFaceScorer:
    return HuggingFaceScorer("hf:test", SimpleNamespace(), TOKENIZER, SIDES, max_tokens, labels={"russia": "Russia"})


def test_a_tokenizer_that_panics_is_one_line() -> None:
    panic = type("PanicException", (BaseException,), {})  # of Rust, as of a pattern that takes too long

    def tokenizer(*_: object, **__: object) -> None:
        raise panic("retry-limit-in-match over")

    with pytest.raises(ModelError, match=r"hf:test: its tokenizer fails \(retry-limit-in-match over\)"):
        replace(network(), tokenizer=tokenizer).predict_proba([("NATO", "nato")])


def test_the_comment_comes_first_and_words_of_others_are_marked() -> None:
    (pair,) = network().pairs(make_instance("Russia is right.", "russia", RUSSIA, context=SEEN))
    assert pair == (
        "Russia is right.\n"
        "In reply to: NATO lies.\n"
        "Headline: Talks in Geneva\n"
        "Quoted: > so they say\n"
        "Lead: They end today.\n"
        "Reply before: No, it does not.",
        "Russia",
    )


def test_long_texts_are_cut_around_their_mentions() -> None:
    text = "so " * 1_000 + "Russia " + "so " * 1_000
    at = text.index("Russia")
    shown = Context("la " * 300, "la " * 300, "[SEP] \n " * 100, "la " * 300, "la " * 300)
    instance = make_instance(text, "russia", (replace(RUSSIA[0], start=at, end=at + 6),), context=shown)
    own, *context = network(64).record(instance).split("\n")
    assert "Russia" in own
    assert len(own) == CHARACTERS * 64
    assert len(context) == 5
    assert all(len(line) <= PART_CHARACTERS + 20 for line in context)
    assert not any("[SEP]" in line for line in context)

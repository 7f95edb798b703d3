"""Sentiment: VADER's own figure for a text, and the figure of what is said of one target."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from stance.datamodels import Mention
from stance.learn.assessment import assess_paths
from stance.scoring import load_scorer
from stance.scoring.sentiment import MAX_CHARACTERS, score_as_typed, score_mentions, score_text
from stance.scoring.targets.target_set import load_targets
from tests.support.growth import reads_linearly
from tests.support.tables import cases, repeated

VADER = SentimentIntensityAnalyzer()
WORDS = re.findall(
    r"\S+",
    "good bad but BUT not never so this without doubt kind of the bomb sort least at very no nor or hate GREAT wins!!! "
    "😀 :) horrible uber cut mustard isn't hand to mouth yeah right really ? happy GOOD, shit kiss death "
    "great love sad table",
)


def mentions(text: str, names: Iterable[tuple[str, str]]) -> list[Mention]:
    return [Mention(target, text.index(name), text.index(name) + len(name), "name") for target, name in names]


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join) | st.text())
def test_a_score_is_vaders_own(text: str) -> None:
    assert score_as_typed(text) == VADER.polarity_scores(text)["compound"]
    if text.isascii() and "`" not in text:
        assert score_text(text) == score_as_typed(text)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        (
            "I don’t like NATO; can´t, won＇t, isn‘t, shouldnʼt",
            "I don't like NATO; can't, won't, isn't, shouldn't",
        ),
        ("“bad” «bad» „bad‟ ‘bad’ ‹bad› 「bad」 NATO", '"bad" "bad" "bad" \'bad\' \'bad\' "bad" NATO'),
        (
            "NATO is ter\u00adrible\u200b — a\u3000well‑known liar… bad！！！",
            "NATO is terrible - a well-known liar... bad!!!",
        ),
        (
            "ＮＡＴＯ ｉｓ 𝐚𝐰𝐟𝐮𝐥：（ eﬃciently bad‼ I ❤\ufe0f it :‑)",
            "NATO is awful:( efficiently bad!! I ❤ it :-)",
        ),
        ("Russia’s great… NATO isn’t\u2028good", "Russia's great... NATO isn't\ngood"),
    ],
)
def test_signs_of_one_class_are_read_alike_whatever_typed_them(typed: str, plain: str) -> None:
    targets = load_targets()
    assert score_text(typed) == score_text(plain) != score_as_typed(typed)
    of_typed, of_plain = (score_mentions(text, targets.find(text), "nato") for text in (typed, plain))
    assert of_typed == of_plain is not None


def test_the_baseline_of_evaluations_is_the_package_on_the_text_as_typed(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("text,target,label\nI don’t like NATO and I won’t trust it.,nato,favor\n", encoding="utf-8")
    record, _ = assess_paths([labels], load_scorer("vader"), targets=load_targets())
    assert record["baselines"]["vader"]["accuracy"] == 1.0
    assert record["accuracy"] == 0.0  # the model "vader" reads what users see


def test_a_long_text_is_scored_in_parts() -> None:
    good, bad = "This was a good thing. " * 800, "This was a bad thing. " * 800
    assert len(good) > MAX_CHARACTERS
    assert score_text(good) > 0.9
    assert score_text(bad) < -0.9
    assert abs(score_text(good + bad)) < 0.2


def test_each_target_gets_what_is_said_of_it() -> None:
    text = "NATO is a horrible failure, but Russia is a great friend."
    found = mentions(text, [("nato", "NATO"), ("russia", "Russia")])
    nato, russia = (score_mentions(text, found, target) for target in ("nato", "russia"))
    assert nato is not None
    assert russia is not None
    assert nato < 0 < russia
    assert score_mentions(text, found, "us") is None


@pytest.mark.parametrize("name", ["United States", "Great Satan", "Empire of Lies", "Alliance", "Brave Land of Joy"])
def test_names_have_no_polarity(name: str) -> None:
    text = f"We heard of the {name} yesterday."
    assert score_mentions(text, mentions(text, [("us", name)]), "us") == 0.0


@cases("parts")
def test_hostile_texts_take_bounded_time(parts: list[tuple[str, int]]) -> None:
    text = repeated(parts)
    assert -1 <= score_text(text) <= 1
    assert reads_linearly(score_text, text)

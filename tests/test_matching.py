"""Matching against a known truth: outlets whose stance is the same on each topic, and who write of other topics."""

import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from test_aggregation import score
from test_estimation import two_way_variance

from stance.aggregation import estimate_group
from stance.aggregation.clusters import ClusterSums, Row
from stance.aggregation.estimation import fit
from stance.comparison import Comparison, ComparisonTally, Details, comparison_to_record
from stance.comparison.contrasts import Side, match, stratify
from stance.comparison.topics import NO_STRATUM, TopicWords
from stance.datamodels import STANCES, Document, Record, Stance

AGAINST, NONE = STANCES.index(Stance.AGAINST), STANCES.index(Stance.NOT_ADDRESSED)
TOPICS = np.array([0.8, 0.6, 0.4, 0.2])
"""The true share against, of each of four topics; the same in both outlets."""
MIXES = np.array([[0.5, 0.3, 0.15, 0.05], [0.05, 0.15, 0.3, 0.5]])
"""How often each outlet writes of each topic."""
ARTICLES, EACH, LABELLED = 60, 20, 0.2


def outlet(rng: np.random.Generator, number: int, gap: float = 0.0, named: bool = True) -> tuple[Side, np.ndarray]:
    """Draw an outlet's articles and comments; give the topic of each article."""
    sums, topics = ClusterSums(), rng.choice(len(TOPICS), ARTICLES, p=MIXES[number])
    for article, topic in enumerate(topics):
        leaning = np.clip(TOPICS[topic] + gap + rng.normal(0, 0.1), 0, 1)
        for _ in range(EACH):
            truth = AGAINST if rng.random() < leaning else STANCES.index(Stance.FAVOR)
            truth = truth if rng.random() < 0.7 else NONE
            said = truth if rng.random() < 0.8 else int(rng.integers(4))
            probabilities = tuple(0.7 if at == said else 0.1 for at in range(4))
            author = int(rng.integers(300)) + 1_000 * number if named else -1
            row = Row(number * ARTICLES + article, author, said, 0.1, probabilities)  # type: ignore[arg-type]
            sums.add(row, truth if rng.random() < LABELLED else None, LABELLED)
    table = sums.observations()
    return Side("AB"[number], table, estimate_group("nato", table)), topics


def compared(seed: int, gap: float = 0.0, named: bool = True) -> Record:
    rng = np.random.default_rng(seed)
    (one, first), (other, second) = outlet(rng, 0, gap, named), outlet(rng, 1, 0.0, named)
    strata = stratify({"topic": np.concatenate([first, second])})
    return next(each for each in match("nato", one, other, strata) if each["stance"] is Stance.AGAINST)


def test_a_difference_of_topics_vanishes_and_its_interval_covers() -> None:
    found = [compared(seed) for seed in range(24)]
    assert np.mean([each["unadjusted"] for each in found]) == pytest.approx(0.27, abs=0.05)
    assert np.mean([each["estimate"] for each in found]) == pytest.approx(0, abs=0.02)
    assert {each["method"] for each in found} == {"ppi"}
    covered = [each["interval"] is not None and each["interval"][0] <= 0 <= each["interval"][1] for each in found]
    missed = [each["unadjusted_interval"] is not None and each["unadjusted_interval"][0] > 0 for each in found]
    assert np.mean(covered) >= 0.85
    assert np.mean(missed) >= 0.9
    widths = [each["interval"][1] - each["interval"][0] for each in found if each["interval"]]
    errors = np.std([each["estimate"] for each in found])
    assert 2.5 * errors < np.mean(widths) < 6.5 * errors  # of a 95 % interval 4 standard errors


def test_a_difference_on_each_topic_stays() -> None:
    found = [compared(seed, gap=0.15, named=False) for seed in range(8)]
    assert np.mean([each["estimate"] for each in found]) == pytest.approx(0.15, abs=0.04)


def side(name: str, cells: list[tuple[int, int, int]]) -> Side:
    """Cells: article, comments against, comments in favor."""
    sums = ClusterSums()
    for article, against, favor in cells:
        for number in range(against + favor):
            said = AGAINST if number < against else STANCES.index(Stance.FAVOR)
            probabilities = tuple(0.7 if at == said else 0.1 for at in range(4))
            sums.add(Row(article, hash((name, article, number)) % 1_000_000, said, 0.0, probabilities))  # type: ignore[arg-type]
    table = sums.observations()
    return Side(name, table, estimate_group("nato", table))


def test_the_estimate_is_the_weighted_mean_of_its_formula() -> None:
    """Two strata: 8 of 10 against 6 of 20, and 3 of 30 against 5 of 10, by n m / (n + m)."""
    one = side("A", [(at, 4, 1) for at in (0, 1)] + [(at, 1, 9) for at in (2, 3, 4)])
    other = side("B", [(at, 3, 7) for at in (5, 6)] + [(at, 1, 1) for at in range(7, 12)] + [(12, 50, 0)])
    strata = np.array([0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 2])
    found = next(match("nato", one, other, strata))
    weights = np.array([10 * 20 / 30, 30 * 10 / 40])
    expected = weights @ [0.8 - 0.3, 0.1 - 0.5] / weights.sum()
    assert found["stance"] is Stance.AGAINST
    kept = (0.7 - 0.1) / 0.9  # of a gap between labels in that between probabilities
    assert found["estimate"] == pytest.approx(kept * expected)
    assert found["unadjusted"] == pytest.approx(kept * (11 / 40 - 61 / 80))
    assert (found["method"], found["interval"]) == ("model", None)  # a difference without labels is never tested
    assert (found["strata"], found["articles"], found["comments"]) == (2, (5, 7), (40, 30))
    assert (found["left_out"], found["left_out_comments"]) == ((0, 1), (0, 50))


def test_within_strata_alone_variance_is_that_of_its_formula() -> None:
    """A model that is sure, and labels that agree with it, leave the chance of which comments were written."""
    rng = np.random.default_rng(5)
    rows = [(int(rng.integers(12)), int(rng.integers(30)), int(rng.choice([0, 1, 2, 3]))) for _ in range(300)]
    strata = np.arange(12) % 3
    sums = ClusterSums()
    for article, author, said in rows:
        row = Row(article, author, said, 0.0, tuple(float(at == said) for at in range(4)))  # type: ignore[arg-type]
        sums.add(row, said, 0.5)
    (found,) = fit(sums.observations(), strata=strata)
    address = np.array([said != NONE for *_, said in rows])
    against = np.array([said == AGAINST for *_, said in rows])
    own = strata[[article for article, *_ in rows]]
    shares = np.array([against[own == at].sum() / address[own == at].sum() for at in range(3)])
    moves = (against - shares[own] * address) / address.sum() * np.sqrt(4 / 3)  # four articles in each stratum
    variance = two_way_variance(moves, [article for article, *_ in rows], [author for _, author, _ in rows])
    half_an_error = 0.5 / 300**2 / address.mean() ** 2  # as no label shows one
    expected = (variance + half_an_error) * 12 / 11
    assert found.influence.variance()[0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("strata", "reason"),
    [
        ([0] * 5 + [1] * 5, "0 strata with comments of both"),
        ([0] * 10, "1 stratum with comments of both"),
        ([0, 0, 1, 2, 2, 0, 0, 1, 3, 3], "3 articles of one group in the strata of both"),
        ([NO_STRATUM] * 10, "0 strata with comments of both"),
    ],
)
def test_too_little_in_common_is_refused_with_its_reason(strata: list[int], reason: str) -> None:
    one, other = side("A", [(at, 3, 3) for at in range(5)]), side("B", [(at, 3, 3) for at in range(5, 10)])
    for found in match("nato", one, other, np.array(strata)):
        assert found["estimate"] is None
        assert found["interval"] is None
        assert reason in (found["reason"] or "")
        assert found["unadjusted"] == pytest.approx(0)


# From documents to differences ----------------------------------------------------------------------------------------

WORDS = {
    "war": ["front", "brigade", "artillery", "offensive", "trench", "shelling", "soldiers", "attack"],
    "trade": ["tariff", "export", "market", "customs", "currency", "invoice", "cargo", "factory"],
    "sport": ["goal", "referee", "stadium", "league", "striker", "penalty", "coach", "season"],
}
AGAINST_BY_TOPIC = {"war": 0.9, "trade": 0.5, "sport": 0.1}
PLAN = {"A": {"war": 20, "trade": 8, "sport": 6}, "B": {"war": 6, "trade": 8, "sport": 20}}


def articles(rng: random.Random) -> Iterator[tuple[str, Document]]:
    number = 0
    for name, plan in PLAN.items():
        for topic, count in plan.items():
            for _ in range(count):
                number += 1
                body = " ".join(rng.choices(WORDS[topic], k=40) + rng.choices(["the", "said", "report"], k=10))
                furniture = f"{name}site subscribe newsletter"
                title = rng.choice(WORDS[topic])
                yield topic, Document(f"d{number}", "x", name, title, body=(body, furniture), published="2026-03-05")


def corpus(topic: str | None = None, text: bool = True) -> Comparison:
    rng = random.Random(1)
    tally = ComparisonTally(["nato"], details=Details(topic))
    for about, document in articles(rng):
        against = round(10 * AGAINST_BY_TOPIC[about])
        rows = [
            score(
                Stance.AGAINST if number < against else Stance.FAVOR,
                outlet=document.outlet,
                document=document.document_id,
                comment=f"c{number}",
                author=f"{document.outlet}{rng.randrange(500)}",
                columns=(("about", about),) if topic else (),
            )
            for number in range(10)
        ]
        tally.add(rows, document if text else replace(document, title=None, body=()))
    return tally.comparison(seed=3)


def test_topics_are_found_in_the_words_of_articles() -> None:
    found = corpus().matched
    assert found is not None
    assert (found["on"], found["clusters"], found["articles_without"]) == (("topic", "month"), 3, 0)
    against = next(each for each in found["differences"] if each["stance"] is Stance.AGAINST)
    assert against["unadjusted"] == pytest.approx(0.22, abs=0.02)
    assert against["estimate"] == pytest.approx(0, abs=1e-6)
    assert against["strata"] == 3


def test_the_users_own_topics_are_taken_where_there_are_some() -> None:
    record = comparison_to_record(corpus(topic="about", text=False))["matched"]
    assert (record["on"], record["clusters"], record["strata"]) == (("topic", "month"), None, 3)
    against = next(each for each in record["differences"] if each["stance"] == "against")
    assert against["estimate"] == pytest.approx(0, abs=1e-6)


def test_topics_are_the_same_again() -> None:
    assert corpus().matched == corpus().matched


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("groups", [[n // 5 for n in range(40)], [-1] * 40])
def test_articles_of_one_title_have_no_topic(groups: list[int]) -> None:
    words = TopicWords()
    for number in range(40):
        words.add(number, Document(f"d{number}", "x", title="Open thread on the war"))
    assert words.find(40, groups) is None

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_aggregation import score

from stance.comparison import VARIANTS, Sensitivity, comparison_to_record
from stance.comparison.tally import ComparisonTally
from stance.datamodels import SIDES, STANCES, Score, Stance


def row(article: int, author: str | None, stance: Stance, top: float = 0.9, sentiment: float | None = 0.0) -> Score:
    rest = (1 - top) / 3
    probabilities = tuple(top if each is stance else rest for each in STANCES)
    return replace(
        score(stance),
        outlet="A",
        document=f"d{article}",
        author=author,
        probabilities=probabilities,
        target_sentiment=sentiment,
    )


def mass(rows: list[Score], *sides: Stance) -> float:
    """Sum the probabilities of some sides."""
    return sum(each.probabilities[STANCES.index(side)] for each in rows if each.probabilities for side in sides)


def against(rows: list[Score]) -> float:
    return mass(rows, Stance.AGAINST) / mass(rows, *SIDES)


def varied(rows: list[Score]) -> dict[Stance, Sensitivity]:
    tally = ComparisonTally(["nato"], detailed=True)
    tally.add(replace(each, comment=f"c{at}") for at, each in enumerate(rows))
    return {each.stance: each for each in tally.comparison().sensitivity}


def test_each_variant_changes_one_thing() -> None:
    loud = [row(1, "loud", Stance.AGAINST, 0.95, 0.8)] * 6
    quiet = [row(at, f"quiet{at}", Stance.FAVOR, 0.65, 0.4) for at in range(2, 6)]
    nobody = [row(6, None, Stance.NEUTRAL, 0.45, -0.5)] * 2
    silent = [row(7, "silent", Stance.NOT_ADDRESSED, 0.9, -0.9)]
    found = varied(loud + quiet + nobody + silent)[Stance.AGAINST]
    every, approx = loud + quiet + nobody + silent, pytest.approx
    assert (found.base, found.n) == (approx(against(every)), 12)
    shares = {name: (variant.share, variant.n) for name, variant in found.variants.items()}
    assert list(shares) == list(VARIANTS)
    assert shares["threshold_0.5"] == (approx(against(loud + quiet + silent)), 10)
    assert shares["threshold_0.7"] == (approx(against(loud + silent)), 6)
    sure = mass(loud + quiet + silent, Stance.AGAINST)
    assert shares["abstention"] == (approx(sure / mass(every, *SIDES)), 12)
    assert shares["counted"] == (approx(6 / 12), 12)
    voters = [loud, *([each] for each in quiet + nobody)]
    assert shares["one_vote"] == (approx(sum(map(against, voters)) / 7), 7)
    assert shares["without_largest_author"] == (approx(against(quiet + nobody + silent)), 6)
    assert shares["without_largest_article"] == (approx(against(quiet + nobody + silent)), 6)
    assert shares["vader"] == (approx(2 / 12), 12)


def test_abstention_keeps_the_unsure_in_the_denominator() -> None:
    rows = [row(at, f"a{at}", Stance.AGAINST, 0.9) for at in range(5)]
    rows += [row(at, f"b{at}", Stance.FAVOR, 0.5) for at in range(5)]
    favor = varied(rows)[Stance.FAVOR].variants
    sure = mass(rows[:5], Stance.FAVOR)
    assert (favor["abstention"].share, favor["abstention"].n) == (pytest.approx(sure / mass(rows, *SIDES)), 10)
    assert (favor["threshold_0.6"].share, favor["threshold_0.6"].n) == (pytest.approx(sure / mass(rows[:5], *SIDES)), 5)


def test_too_few_are_counted_and_not_shared_out() -> None:
    found = varied([row(at, f"a{at}", Stance.AGAINST, 0.55) for at in range(5)])[Stance.AGAINST]
    assert (found.base, found.variants["counted"].share) == (pytest.approx(0.55 / 0.85), 1)
    assert (found.variants["threshold_0.7"].share, found.variants["threshold_0.7"].n) == (None, 0)
    assert (found.variants["without_largest_article"].share, found.variants["without_largest_article"].n) == (None, 4)


stances = st.sampled_from(STANCES)
rows_of = st.lists(
    st.builds(
        row,
        st.integers(0, 4),
        st.none() | st.sampled_from("abcdef"),
        stances,
        st.sampled_from([0.4, 0.55, 0.65, 0.8]),
        st.none() | st.floats(-1, 1),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(rows_of)
def test_every_variant_is_a_share(rows: list[Score]) -> None:
    found = varied(rows)
    for name in VARIANTS:
        values = [found[side].variants[name] for side in SIDES] if found else []
        shares = [value.share for value in values if value.share is not None]
        assert len({value.n for value in values}) <= 1
        assert all(-1e-9 <= share <= 1 + 1e-9 for share in shares)
        if shares and name != "abstention":
            assert sum(shares) == pytest.approx(1)
        if shares and name.startswith("threshold"):
            assert values[0].n <= found[SIDES[0]].n


@settings(max_examples=40, deadline=None)
@given(rows_of)
def test_one_vote_is_the_mean_of_authors(rows: list[Score]) -> None:
    voters: dict[str, list[Score]] = {}
    for at, each in enumerate(rows):
        if each.stance is not Stance.NOT_ADDRESSED:
            voters.setdefault(each.author or f"nobody {at}", []).append(each)
    found = varied(rows)
    if found:
        vote = found[Stance.AGAINST].variants["one_vote"]
        assert vote.n == len(voters)
        if vote.share is not None:
            assert vote.share == pytest.approx(sum(map(against, voters.values())) / len(voters))


def test_the_record_says_what_moved() -> None:
    tally = ComparisonTally(["nato"], detailed=True)
    tally.add(replace(row(at, f"a{at}", Stance.AGAINST), comment=f"c{at}") for at in range(6))
    record = comparison_to_record(tally.comparison())["sensitivity"][0]
    assert (record["group"], record["target"], record["stance"]) == ("A", "nato", "against")
    assert record["base"] == pytest.approx(0.9 / (0.9 + 2 * 0.1 / 3))
    assert record["variants"]["vader"] == {"share": 0, "n": 6}

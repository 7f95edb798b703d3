import json
from dataclasses import replace

import pytest
from test_aggregation import score

from stance.comparison import NOT_STATED, compare_scores, comparison_to_record
from stance.datamodels import Score, Stance, Unit
from stance.exceptions import ConfigError


def scores(outlet: str | None, articles: int, against: int, favor: int) -> list[Score]:
    return [
        replace(
            score(stance),
            outlet=outlet,
            document=f"{outlet}-{article}",
            comment=f"c{number}",
            author=f"reader-{number}",
        )
        for article in range(articles)
        for number, stance in enumerate([Stance.AGAINST] * against + [Stance.FAVOR] * favor)
    ]


def test_groups_count_articles_comments_and_authors() -> None:
    (group,) = compare_scores(scores("A", 3, 2, 1), ["nato"]).groups
    assert (group.articles, group.comments, group.authors, group.without_author) == (3, 9, 3, 0)
    assert group.addressed == {"nato": 9}
    assert [(share.stance, share.n, share.raw) for share in group.shares if share.population == "outlet"] == [
        (Stance.AGAINST, 9, pytest.approx(2 / 3)),
        (Stance.NEUTRAL, 9, 0),
        (Stance.FAVOR, 9, pytest.approx(1 / 3)),
    ]


def test_intervals_need_five_articles() -> None:
    four, five = compare_scores(scores("A", 4, 5, 5) + scores("B", 5, 5, 5), ["nato"]).groups
    assert {share.interval for share in four.shares} == {None}
    assert {share.method for share in four.shares} == {"none"}
    assert all(share.interval and share.method == "model" for share in five.shares if share.population == "outlet")
    assert {share.interval for share in five.shares if share.population == "corpus"} == {None}


def test_no_difference_is_claimed_however_large() -> None:
    comparison = compare_scores(scores("A", 9, 9, 0) + scores("B", 9, 0, 9), ["nato"])
    assert {each.verdict for each in comparison.differences} == {"not_tested"}
    assert {each.p_adjusted for each in comparison.differences} == {None}
    against = next(each for each in comparison.differences if each.stance is Stance.AGAINST)
    assert (against.a, against.b, against.estimate) == ("A", "B", 1.0)


def test_pages_without_an_outlet_stand_in_a_group_that_says_so() -> None:
    assert [group.group for group in compare_scores(scores(None, 1, 1, 0), ["nato"]).groups] == [NOT_STATED]


def test_the_article_is_no_reader() -> None:
    assert compare_scores([replace(score(Stance.FAVOR), unit=Unit.PARAGRAPH)], ["nato"]).groups == ()


def test_months_come_from_the_date_of_the_comment() -> None:
    posted = [replace(score(Stance.FAVOR), posted=date) for date in ("2014-05-03T10:00", "2014-06-01", None)]
    assert [group.group for group in compare_scores(posted, ["nato"], by="month").groups] == [
        NOT_STATED,
        "2014-05",
        "2014-06",
    ]


def test_uncovered_comments_are_counted_and_not_shared_out() -> None:
    (group,) = compare_scores([replace(score(None), outlet="A")], ["nato"]).groups
    assert (group.not_covered, group.addressed["nato"]) == (1, 0)


def test_an_unknown_column_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="--by colour: no such column; expected one of outlet"):
        compare_scores([], ["nato"], by="colour")


def test_the_record_is_json_without_nan() -> None:
    record = comparison_to_record(compare_scores(scores("A", 6, 1, 1), ["nato", "us"]))
    text = json.dumps(record, allow_nan=False)
    assert json.loads(text)["groups"][0]["shares"][0] == {
        "target": "nato",
        "stance": "against",
        "n": 12,
        "raw": 0.5,
        "estimate": 0.5,
        "interval": record["groups"][0]["shares"][0]["interval"] and list(record["groups"][0]["shares"][0]["interval"]),
        "method": "model",
        "population": "outlet",
        "of": "addressed",
        "labelled": 0,
        "design_effect": pytest.approx(7.2),
        "note": "model-labelled share; sampling error only; classifier error not included",
    }

"""Which sides go together: planted positions are found, independent ones show none, and few authors say nothing."""

import json

import numpy as np
import pytest
from discourse_samples import TARGETS, Row, draw, gather, page

from stance.datamodels import Document, Stance
from stance.discourse import positions_record
from stance.discourse.posts import Posts

FAVOR, AGAINST, NEUTRAL, NOT = Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL, Stance.NOT_ADDRESSED
SIDES = (FAVOR, AGAINST)


def commenters(seed: int, *, opposed: float = 0.5, pages: int = 12, authors: int = 40) -> Posts:
    """Authors, each with two comments on a page.

    :param opposed: Share of the authors whose side toward NATO is the opposite of theirs toward Russia.
    """
    rng = np.random.default_rng(seed)
    documents = []
    for number in range(pages):
        rows = []
        for at in range(authors):
            russia, us = (SIDES[each] for each in rng.integers(0, 2, 2))
            nato = SIDES[russia is FAVOR] if rng.random() < opposed else russia
            sides = dict(zip(TARGETS, (russia, us, nato), strict=True))
            rows += [Row(f"{number}-{at}", sides), Row(f"{number}-{at}", {"russia": russia})]
        documents.append(page(f"d{number}", rows, outlet=f"o{number % 3}"))
    return gather(documents)


def pair_of(record: dict, one: str = "russia", other: str = "nato") -> dict:
    return next(pair for pair in record["pairs"] if pair["targets"] == [one, other])


def test_a_planted_position_is_found() -> None:
    record = positions_record(commenters(1, opposed=0.9))
    pair = pair_of(record)
    first = pair["combinations"][0]
    assert first["russia"] != first["nato"]
    assert first["interval"][0] < 0.45 < first["interval"][1]
    row = record["positions"][0]  # the shape that others read
    assert {*TARGETS, "authors", "share", "interval"} <= row.keys()
    assert sum(each["share"] for each in record["positions"]) == pytest.approx(1)
    shown = " ".join(draw("positions", record).split())
    assert "for <bdi>Russia</bdi> and against <bdi>NATO</bdi>" in shown
    assert "&lt;US&gt;" in shown


def test_the_side_of_an_author_is_that_of_most_of_his_comments() -> None:
    rows = [
        *(Row("a", {"russia": side, "us": NEUTRAL}) for side in (FAVOR, FAVOR, AGAINST, NEUTRAL)),
        *(Row("b", {"russia": side}) for side in (FAVOR, AGAINST)),
        Row(None, {"russia": FAVOR}),
        Row("c", {"russia": NOT}),
    ]
    record = positions_record(gather([page("d", rows)]))
    assert record["targets"]["russia"] == {"favor": 1, "against": 0, "mixed": 1}
    assert record["targets"]["us"] == {"favor": 0, "against": 0, "mixed": 0}
    assert record["unnamed"] == 1
    copies = np.array([True, True, *[False] * 6])
    assert positions_record(gather([page("d", rows)]), copies=copies)["targets"]["russia"]["against"] == 1


# Little and hostile ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [Document("d", "page")],
        [page("d", [Row(None, dict.fromkeys(TARGETS, FAVOR)) for _ in range(200)])],  # nobody shows a name
        [page("d", [Row(f"\ud800{at}", dict.fromkeys(TARGETS, FAVOR)) for at in range(29)])],
        [page("d", [Row("a\x00", dict.fromkeys(TARGETS, FAVOR)) for _ in range(200)])],
    ],
)
def test_few_authors_give_no_positions(documents: list[Document]) -> None:
    record = positions_record(gather(documents))
    assert record["positions"] == []
    assert not any(pair["combinations"] for pair in record["pairs"])
    json.dumps(record)
    assert "No two targets here have that many" in draw("positions", record)


def test_targets_named_like_keys_of_the_record() -> None:
    names = ("authors", "share")
    rows = [Row(f"a{at}", {"authors": SIDES[at % 2], "share": FAVOR}) for at in range(60)]
    record = positions_record(gather([page("d", rows)], names))
    assert [[*each["sides"].values()] for each in record["positions"]] == [["favor", "favor"], ["against", "favor"]]
    assert draw("positions", record, {name: f"<{name}>" for name in names}).count("&lt;share&gt;") > 1
    assert positions_record(gather([page("d", rows)], ("authors",)))["positions"] == []

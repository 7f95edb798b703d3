"""What a page opens with: findings by the best that is known, and the next step with its price."""

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from comparison_samples import group_record
from report_samples import TARGETS

from research.benchmarks.openings import CORPORA, FAST, check_all
from stance.cli.common import CommandLine
from stance.reporting.opening import opening
from stance.reporting.summary import error_ranges

LABELS = dict(TARGETS)
ERRORS = error_ranges(
    [{"set": str(n), "target": "us", "against": n, "neutral": 0.0, "favor": -n} for n in (-16.2, 3.0, 5.0, 8.0, 15.4)],
    ["us", "nato"],
)


def group(name: str, comments: int, method: str, **changes: Any) -> dict[str, Any]:
    return group_record(name, comments, method, random.Random(name)) | changes


def gap(a: str, b: str, estimate: float, verdict: str = "differ", stance: str = "against") -> dict[str, Any]:
    ends = [estimate - 0.1, estimate + 0.1]
    names = {"target": "us", "stance": stance, "a": a, "b": b, "detectable": 0.2}
    return {**names, "estimate": estimate, "interval": ends, "verdict": verdict}


def told(groups: Sequence[Any], gaps: Sequence[Any] = (), by: str = "outlet", inputs: tuple[str, ...] = ()) -> Any:
    line = CommandLine("stance report")
    line.inputs = inputs
    record: Any = {"by": by, "groups": list(groups), "differences": list(gaps), "command": line, "audit": None}
    record["model"] = {"share_errors": ERRORS, "needs_labels": []}
    found = opening(record, LABELS)
    for each in found["findings"]:
        each |= {"title": plain(each["title"]), "detail": [plain(sentence) for sentence in each["detail"]]}
    return found | {"steps": [plain(each) for each in found["steps"]]}


def plain(sentence: str) -> str:
    return re.sub("[\u2068\u2069]", "", sentence).replace("\u00a0", " ")


def toward(found: Any, target: str) -> Any:
    (finding,) = (each for each in found["findings"] if each["target"] == target)
    return finding


def set_share(record: dict[str, Any], target: str, stance: str, estimate: float) -> None:
    for share in record["shares"]:
        if (share["target"], share["stance"]) == (target, stance):
            share |= {"estimate": estimate, "interval": [estimate - 0.1, estimate + 0.1]}


def test_few_comments_are_counted_and_all_are_asked_for() -> None:
    few = group("all", 15, "none")
    few["counts"]["us"] = {"against": 3, "neutral": 1, "favor": 0, "not_addressed": 11}
    few["counts"]["nato"] = {"against": 0, "neutral": 1, "favor": 0, "not_addressed": 14}
    few["addressed"]["russia"] = 0
    found = told([few | {"not_covered": 0}], inputs=("my pages",))
    sentence = "Toward the US: of the 4 comments that address it, the model reads 3 as against and 1 as neutral."
    assert toward(found, "us")["title"] == sentence
    single = "Toward NATO: the model reads the one comment that addresses it as neutral."
    assert toward(found, "nato")["title"] == single
    assert toward(found, "russia")["title"] == "No comment addresses Russia."
    assert not any("%" in each["title"] for each in found["findings"])
    assert found["steps"] == [
        "Next, label all 15 comments (about 4 minutes). The report then shows the counts of persons instead."
    ]
    assert found["commands"] == (
        "stance sample 'my pages' --n 15 -o sample.csv",
        "stance label sample.csv --labels labels.db",
        "--labels labels.db",
    )
    assert toward(found, "us")["levels"][0]["counts"]["against"] == 3


def test_when_all_are_labelled_the_counts_are_of_labels_and_nothing_is_asked_for() -> None:
    read = group("all", 15, "ppi", not_covered=0, labelled=dict.fromkeys(LABELS, 15))
    for target in LABELS:
        rows = {"favor": {"favor": 1}, "against": {"neutral": 4, "against": 2}, "neutral": {}, "not_addressed": {}}
        read["confusion"][target] = rows
    found = told([read])
    assert toward(found, "us")["title"] == (
        "Toward the US: of the 7 comments that address it, persons read 6 as against and 1 as in favor."
    )
    assert not found["commands"]
    assert found["steps"] == ["All 15 comments are labelled."]


def test_without_labels_the_estimate_stands_beside_the_range_of_its_errors() -> None:
    one = group("all", 300, "model")
    set_share(one, "us", "against", 0.45)
    set_share(one, "us", "favor", 0.2)
    found = told([one])
    finding = toward(found, "us")
    assert finding["title"] == (
        "Toward the US, by the model’s estimate: of the 100 comments that address it, 45 % are against and 20 %"
        " in favor."
    )
    assert finding["detail"] == [
        "No labels correct this estimate. On 5 other sets of labelled comments toward the US, its share of “against”"
        " was between 16 points too low and 15 points too high and “in favor” was between 15 points too low and 16"
        " points too high."
    ]
    assert "On 5 other sets of labelled comments, its share" in toward(found, "nato")["detail"][0]  # none of its own
    assert found["steps"] == ["Next, label 50 comments (about 12 minutes). Labels then correct the shares."]
    assert found["commands"][0] == "stance sample INPUT --n 50 -o sample.csv"


@pytest.mark.parametrize(
    ("net", "half", "words"),
    [(-40.0, 20.0, "; they lean against."), (40.0, 39.0, "; which side is ahead is not sure.")],  # one test of three
)
def test_one_group_leans_where_labels_say_so(net: float, half: float, words: str) -> None:
    one = group("all", 300, "ppi")
    for mean in one["means"]:
        mean["interval"] = [-100.0, 100.0]
        if (mean["measure"], mean["target"], mean["population"]) == ("net", "russia", "outlet"):
            mean |= {"estimate": net, "interval": [net - half, net + half]}
    set_share(one, "russia", "against", 0.57)
    set_share(one, "russia", "favor", 0.2)
    found = told([one])
    finding = toward(found, "russia")
    said = f"Toward Russia: of the comments that address it, 57 % are against and 20 % in favor{words}"
    intervals = (
        "Against and in favor (95 % interval): 57 % (47 to 67 %) and 20 % (10 to 30 %), 150 comments address it."
    )
    assert (finding["title"], finding["detail"][0]) == (said, intervals)
    assert found["notes"][0] == "Labels by persons correct these shares: 120."


GAPS = (
    gap("C", "A", -0.53), gap("B", "C", 0.44), gap("A", "B", 0.09, "cannot_tell_apart"),
    gap("A", "C", -0.4, stance="favor"),  # the same pair from the other end
    gap("A", "B", 0.1, "cannot_tell_apart") | {"target": "nato"},
)  # fmt: skip


def leaning(**against: float) -> list[dict[str, Any]]:
    """Return groups with these shares against the US, and half as much in favor as is left."""
    groups = [group(name, 300, "ppi") for name in against]
    for each, share in zip(groups, against.values(), strict=True):
        for mean in each["means"]:
            mean["interval"] = [-100.0, 100.0]
        for target in LABELS:
            set_share(each, target, "against", share)
            set_share(each, target, "favor", (1 - share) / 2)
    return groups


def test_levels_of_groups_then_what_differs_and_what_does_not() -> None:
    groups = leaning(A=0.85, B=0.76, C=0.32)
    found = told(groups, GAPS)
    assert toward(found, "us")["title"] == (
        "Toward the US: 85 % of A’s comments that address it are against, 76 % of B’s and 32 % of C’s."
    )
    assert toward(found, "us")["detail"] == [
        "At A and B, more are perhaps against than in favor; at C, more are perhaps in favor.",
        "A’s comments are more often against than C’s, by 53 points (43 to 63).",
        "B’s comments are more often against than C’s, by 44 points (34 to 54).",
        "Against (95 % interval): A 85 % (75 to 95 %), 100 comments address it; B 76 % (66 to 86 %), 100; C 32 % (22 to"
        " 42 %), 100.",
    ]
    assert toward(found, "nato")["detail"][:1] == [
        "No difference between outlets was found in the 1 of 3 pairs that could be tested;"
        " one of 20 points or more would probably have been found."
    ]
    assert found["notes"] == [
        "Labels by persons correct these shares: 120 of each outlet.",
        "A 95\u00a0% interval shows how sure a share is: about 95 of 100 such intervals hold the true share.",
    ]
    in_months = toward(told(groups, GAPS, by="month"), "us")["title"]
    assert in_months == (
        "Toward the US: 85 % of the comments in A that address it are against, 76 % of those in B and 32 % of"
        " those in C."
    )


def test_groups_without_labels_are_named_and_asked_for() -> None:
    known, lacking = group("A", 300, "ppi"), group("B", 200, "model")
    found = told([known, lacking], inputs=("a.db",))
    assert "Left out for lack of labels: B (66 comments address it)." in toward(found, "us")["detail"]
    assert found["steps"] == ["Next, label 50 comments of B (about 12 minutes). Labels then correct the shares."]
    assert found["commands"] == ("stance sample a.db --where outlet=B --n 50", "stance label a.db")
    by_month = told([known, lacking], by="month", inputs=("a.db",))
    assert by_month["commands"][0] == "stance sample a.db --stratify month --exclude a.db --n 100"


@pytest.mark.parametrize("rows", [None, 5, "ab", [3], [{"target": "us"}], [{"target": "us", "against": "x"}] * 9])
def test_ranges_of_a_hostile_card_are_none(rows: Any) -> None:
    assert error_ranges(rows, ["us"]) == {}


@pytest.mark.slow
def test_sentences_are_true_on_simulated_corpora() -> None:
    count = check_all(corpus for corpus in CORPORA if corpus.name in FAST)
    assert count.sentences > 60
    assert count.false == []


def test_the_command_leaves_out_comments_that_have_a_label() -> None:
    one = group("all", 300, "ppi", labelled=dict.fromkeys(LABELS, 20))
    record: Any = {"by": "outlet", "groups": [one], "differences": [], "audit": None}
    record["model"] = {"share_errors": {}, "needs_labels": []}
    assert opening(record, LABELS)["commands"][0] == "stance sample INPUT --exclude LABELS --n 30 -o sample.csv"
    line = CommandLine("stance report pages '--labels=my labels.csv'")
    line.inputs, line.labels = ("pages",), (Path("my labels.csv"),)
    draw, _, again = opening(record | {"command": line}, LABELS)["commands"]
    assert draw == "stance sample pages --exclude 'my labels.csv' --n 30 -o sample.csv"
    assert again == "--labels 'my labels.csv' --labels labels.db"
    line = CommandLine("stance report project.db")
    line.inputs = ("project.db",)
    assert opening(record | {"command": line}, LABELS)["commands"] == (
        "stance sample project.db --exclude project.db --n 30",
        "stance label project.db",
    )

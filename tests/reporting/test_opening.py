"""What a page opens with: findings by the best that is known, and the next step with its price."""

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from research.benchmarks.openings import CORPORA, FAST, check_all
from stance.cli.common import CommandLine
from stance.datamodels import READINGS, SIDES
from stance.reporting.citations import sentences_to_copy
from stance.reporting.opening import opening
from stance.reporting.tables import share_rows
from tests.support.comparison_samples import group_record
from tests.support.page_texts import plain
from tests.support.report_samples import TARGETS

LABELS = dict(TARGETS)


def group(name: str, comments: int, method: str, **changes: Any) -> dict[str, Any]:
    return group_record(name, comments, method, random.Random(name)) | {"without_stance": {}} | changes


def gap(a: str, b: str, estimate: float, verdict: str = "differ", stance: str = "against") -> dict[str, Any]:
    ends = [estimate - 0.1, estimate + 0.1]
    names = {"target": "us", "stance": stance, "a": a, "b": b, "detectable": 0.2}
    return {**names, "estimate": estimate, "interval": ends, "verdict": verdict}


def told(
    groups: Sequence[Any], gaps: Sequence[Any] = (), by: str = "outlet", inputs: tuple[str, ...] = (), **more: Any
) -> Any:
    line = CommandLine("stance report")
    line.inputs = inputs
    record: Any = {"by": by, "groups": list(groups), "differences": list(gaps), "command": line, "audit": None, **more}
    found = opening(record, LABELS)
    for each in found["findings"]:
        each |= {"title": plain(each["title"]), "detail": [plain(sentence) for sentence in each["detail"]]}
    return found | {"steps": [plain(each) for each in found["steps"]]}


def toward(found: Any, target: str) -> Any:
    (finding,) = (each for each in found["findings"] if each["target"] == target)
    return finding


def set_share(record: dict[str, Any], target: str, stance: str, estimate: float) -> None:
    for share in record["shares"]:
        if (share["target"], share["stance"]) == (target, stance):
            share |= {"estimate": estimate, "interval": [estimate - 0.1, estimate + 0.1]}
            share["may_print"] = share["method"] == "corrected"


@pytest.mark.parametrize("method", ["model", "corrected"])  # of all comments
def test_a_lead_of_one_group_names_it_and_one_of_all_comments_rests_on_all(method: str) -> None:
    groups = [group("Harbour Post", 100, "model"), group("City Sun", 100, "model")]
    for share in groups[0]["shares"]:
        if (share["target"], share["stance"]) == ("us", "against"):
            share["claim"] = "model_alone"
    found = toward(told(groups, whole=group("all", 200, method)), "us")
    claims = {level["group"]: level["claim"] for level in found["levels"] if level.get("claim")}
    assert claims == {"Harbour Post": "model_alone"}
    (sentence,) = (each for each in found["detail"] if each.startswith("According to the model alone"))
    assert "Harbour Post" in sentence
    assert not any("City Sun" in each for each in found["detail"])


def test_few_comments_are_counted_and_all_are_asked_for() -> None:
    few = group("all", 15, "none")
    none = dict.fromkeys(READINGS, 0)
    few["readings"] = {"russia": none, "nato": none, "us": none | {"against": 2, "leans_against": 1, "unread": 1}}
    few["counts"]["us"] = {"against": 3, "neutral": 1, "favor": 0, "not_addressed": 11}
    few["counts"]["nato"] = dict.fromkeys(few["counts"]["nato"], 0)  # scored with other targets
    few["addressed"] |= {"russia": 0, "nato": 0}
    found = told([few | {"not_covered": 0, "without_stance": {"us": 2}}], inputs=("my pages",))
    assert toward(found, "us")["title"] == (
        "The US: 4 of 13 scored comments name it (readings by the model: 2 against, 1 leaning against, 0 in favor,"
        " 1 could not be read)."
    )
    assert toward(found, "russia")["title"] == "No comment addresses Russia."
    assert toward(found, "nato")["title"] == "NATO was not scored."
    assert not any("%" in each["title"] for each in found["findings"])
    assert found["notes"] == [
        "There are too few comments for percentages, and the model may be wrong about any comment."
    ]
    sums = {"targets": [{"target": "us", "named": 1, "read_named": {"favor": 1}}]}
    assert "Persons labelled all comments that name the US. The" in told([few], totals=sums)["ready"]
    assert found["steps"] == ["Next, label all 15 comments (about 4 minutes). The report then counts these labels."]
    assert found["commands"] == (
        "stance sample 'my pages' --n 15 -o sample.csv",
        "stance label sample.csv --labels labels.db",
        "--labels sample.csv --labels labels.db",
    )


def test_when_all_are_labelled_the_counts_are_of_labels_and_nothing_is_asked_for() -> None:
    read = group("all", 15, "none", not_covered=0, labelled=dict.fromkeys(LABELS, 15))
    read["shares"] = [share | {"all_labelled": True} for share in read["shares"]]
    read["read"] = {target: {"favor": 1, "against": 6} for target in LABELS}
    found = told([read])
    assert toward(found, "us")["title"] == (
        "The US: 6 against, 1 in favor, 0 neither (persons labelled 7 of 15 comments; 7 of these address it)."
    )
    assert not found["commands"]
    assert found["steps"] == ["All 15 comments are labelled."]
    assert not any("too few to correct" in each or "classifier error" in each for each in found["notes"])
    read["read"]["us"] = {"not_addressed": 15}  # the model finds some
    found = told([read])
    assert toward(found, "us")["title"] == "No comment addresses the US."
    assert toward(found, "us")["levels"][0]["n"] == 0


def test_where_no_labelled_comment_addresses_it_the_others_may() -> None:
    some = group("all", 200, "none", not_covered=0, labelled=dict.fromkeys(LABELS, 60))
    some["read"] = {"us": {"not_addressed": 60}}
    assert some["addressed"]["us"]
    counts = "0 against, 0 in favor, 0 neither"
    said = f"The US: {counts} (persons labelled 60 of 200 comments; none of these addresses it)."
    assert toward(told([some]), "us")["title"] == said


@pytest.mark.parametrize("labelled", [0, 3, 60])  # of these comments; 0: these labels are used nowhere
def test_no_comment_addresses_it_is_not_said_where_a_label_says_that_one_does(labelled: int) -> None:
    few = group("all", 200, "none", not_covered=0, labelled=dict.fromkeys(LABELS, labelled))
    few["addressed"] = dict.fromkeys(LABELS, 0)
    few["counts"] = {target: {"not_addressed": 200, "against": 0, "favor": 0, "neutral": 0} for target in LABELS}
    few["readings"] = dict.fromkeys(LABELS, dict.fromkeys(READINGS, 0))
    few["read"] = {"us": {"favor": 1, "not_addressed": 2}, "nato": {"not_addressed": 3}}
    found = told([few])
    assert toward(found, "us")["title"] == (
        "The US: 0 against, 1 in favor, 0 neither (persons labelled 3 of 200 comments; 1 of these addresses it)."
    )
    assert toward(found, "us")["levels"][0]["n"] == 1
    assert toward(found, "nato")["title"] == "No comment addresses NATO."


def test_labels_that_are_too_few_are_not_said_to_be_absent() -> None:
    one = group("all", 300, "model", not_covered=0, labelled=dict.fromkeys(LABELS, 20))
    found = told([one], audit={"matched": 60})
    said = " ".join([toward(found, "us")["title"], *map(plain, found["notes"])])
    assert "estimated by the model" in said
    assert "60 labels were read, too few to correct shares." in said
    assert not re.search("without labels|[Nn]o labels", said)
    why = "the 26 labels that address it count as 7"
    one |= {"shares": [each | {"note": why} for each in one["shares"]], "read": {"us": {"favor": 26}}}
    found = told([one], audit={"matched": 60})
    assert f"60 labels were read, which correct no share: {why}." in found["ready"]


def test_counts_that_are_withheld_are_said_to_be_of_the_model() -> None:
    withheld = group("all", 200, "none", not_covered=None, addressed=dict.fromkeys(LABELS, 0))
    withheld["readings"] = dict.fromkeys(LABELS, dict.fromkeys(READINGS, 0))
    found = told([withheld], public=[])
    assert toward(found, "us")["title"] == "The model finds no comment that addresses the US."


def test_without_labels_intervals_stand_in_place_of_shares_and_no_side_is_ahead() -> None:
    one = group("all", 300, "model")
    for side, share in (("against", 0.45), ("favor", 0.2), ("neutral", 0.35)):
        set_share(one, "us", side, share)
    found = told([one])
    finding = toward(found, "us")
    assert finding["title"] == (
        "The US: 35 to 55 % against, 10 to 30 % in favor, 25 to 45 % neither"
        " (100 of 300 comments address it; estimated by the model)."
    )
    assert finding["detail"] == []
    assert [plain(each) for each in found["notes"]] == [
        "These estimates come from the model alone. Their intervals allow for the errors that the model “default” "
        "makes on new kinds of English text. The sides of comments in other languages count as unknown.",
        "Not ready to print: there are no labels; the next labels take about 11 minutes.",
    ]
    assert found["steps"] == [
        "Next, label 45 comments (about 11 minutes) to get the shares toward Russia among all comments (± 13 points).",
        "With up to 22 minutes of labelling in all, you also get the shares toward the US among all comments"
        " (± 13 points); "
        "with up to 32 minutes of labelling in all, you also get the shares toward NATO among all comments"
        " (± 13 points).",
    ]
    assert found["claims"] == {}
    one["labelled"] = dict.fromkeys(LABELS, 20)
    assert "there are too few labels" in told([one])["notes"][1]


@pytest.mark.parametrize(
    ("net", "half", "words"),
    [(-40.0, 20.0, "More comments are against than in favor."), (40.0, 39.0, "No clear lead.")],  # one test of three
)
def test_one_group_leans_where_labels_say_so(net: float, half: float, words: str) -> None:
    one = group("all", 300, "corrected", largest_author=0.61)
    for mean in one["means"]:
        mean["interval"] = [-100.0, 100.0]
        if (mean["measure"], mean["target"], mean["population"]) == ("net", "russia", "corpus"):
            mean |= {"estimate": net, "interval": [net - half, net + half]}
    for side, share in (("against", 0.57), ("favor", 0.2), ("neutral", 0.23)):
        set_share(one, "russia", side, share)
    found = told([one])
    said = "57 % against, 20 % in favor, 23 % neither (150 of 300 comments address it; estimated, ± 10 points)"
    assert toward(found, "russia")["title"] == f"Russia: {said}."
    assert toward(found, "russia")["detail"][0] == words
    claims = [plain(each) for each in found["claims"].get("all", ())]
    assert claims == ([f"Russia: more comments are against than in favor: {said}."] if net < 0 else [])
    assert plain(found["notes"][-1]).startswith(
        "To print: “Of 300 comments, about 150 address Russia: 57 % of these are against, 20 % in favor, 23 %"
    )
    one["checks"] = {"effective_authors": {"russia": 2.6}, "labels_odd": ["they come from too few articles"]}
    odd = "The labels of all are not a random sample and are not used: they come from too few articles."
    assert plain(told([one])["notes"][1]) == odd
    assert toward(told([one]), "russia")["detail"][:2] == [
        "No clear lead.", "One author wrote 61 % of the comments, so no difference and no lead is claimed."
    ]  # fmt: skip


def test_each_group_that_shares_csv_marks_is_ready_to_print_with_its_own_source() -> None:
    groups = [{**group(name, 300, "corrected"), "articles": 9, "first": None, "last": None} for name in "ABC"]
    for each, sides in zip(groups, (SIDES, (), SIDES), strict=True):
        for share in each["shares"]:
            is_ready = share["target"] == "us" and share["stance"] in sides
            share |= {"may_print": is_ready, "printed": "share" if is_ready else "interval"}
    found = told(groups)
    texts = [plain(each["text"]) for each in found["printed"]]
    marked = {row["group"] for each in groups for row in share_rows(each) if row.get("may_print")}
    assert [each["groups"] for each in found["printed"]] == [["A"], ["C"]] == [[name] for name in sorted(marked)]
    sides = r" about .+ against, .+ in favor, .+ neither .+ These figures .+\."
    assert all(re.fullmatch(f"Of the comments at {of},{sides}", text) for of, text in zip("AC", texts, strict=True))
    assert not found["is_stated"]
    public = told(groups, whole=group("all", 900, "model"), public={})["printed"]
    assert [each["groups"] for each in public] == [["A"], ["C"]]
    record = {"by": "outlet", "groups": groups, "model": {"name": "m"}, "audit": None}
    copied = sentences_to_copy(found, record, "ABC")
    assert [("300 comments on 9 articles" in each, "Outlets" in each) for each in copied] == [(True, False)] * 2
    unlabelled = [{**each, "shares": group("A", 300, "model")["shares"]} for each in groups]
    everything = record | {"groups": unlabelled, "whole": groups[0], "audit": {"matched": 50}}
    (of_all,) = sentences_to_copy({"printed": [{"text": "Of all.", "groups": []}], "lines": []}, everything, "ABC")
    assert "300 comments on 9 articles. 95 % intervals, corrected by labels of persons" in plain(of_all)


GAPS = (
    gap("C", "A", -0.53), gap("B", "C", 0.44), gap("A", "B", 0.09, "cannot_tell_apart"),
    gap("A", "C", -0.4, stance="favor"),  # the same pair from the other end
    gap("A", "B", 0.1, "cannot_tell_apart") | {"target": "nato"},
    gap("A", "B", 0.1, "cannot_tell_apart") | {"target": "russia", "detectable": 0.62},
)  # fmt: skip


def leaning(**against: float) -> list[dict[str, Any]]:
    """Return groups with these shares against all targets, and half as much in favor as is left."""
    groups = [group(name, 300, "corrected") for name in against]
    for each, share in zip(groups, against.values(), strict=True):
        for mean in each["means"]:
            mean["interval"] = [-100.0, 100.0]
        for target in LABELS:
            for side, own in (("against", share), ("favor", (1 - share) / 2), ("neutral", (1 - share) / 2)):
                set_share(each, target, side, own)
    return groups


def test_levels_of_groups_then_what_differs_and_what_does_not() -> None:
    groups = leaning(A=0.84, B=0.76, C=0.32)
    found = told(groups, GAPS)
    assert toward(found, "us")["title"] == (
        "The US, A: 84 % against, 8 % in favor, 8 % neither (estimated, ± 10 points);"
        " B: 76 % against, 12 % in favor, 12 % neither (estimated, ± 10 points);"
        " C: 32 % against, 34 % in favor, 34 % neither (estimated, ± 10 points)."
    )
    assert toward(found, "us")["detail"] == [
        "No clear lead at A, B and C.",
        "Comments like those of A are more often against than comments like those of C, by 53 points"
        " (95 % interval: 43 to 63).",
        "Comments like those of B are more often against than comments like those of C, by 44 points"
        " (95 % interval: 34 to 54).",
        "1 more difference was found; the comparison lists all differences.",
    ]
    assert toward(found, "nato")["detail"][1:] == [
        "No clear difference between outlets was found (1 pair was tested; a difference of 20 points would probably"
        " have been found)."
    ]
    assert toward(found, "russia")["detail"][1:] == [
        "No clear difference between outlets was found (1 pair was tested; with so few labels, the tests probably miss"
        " differences of less than 62 points)."
    ]
    assert found["tests"] == [6, 3]


def test_changes_that_were_asked_for_are_told_first_and_count_as_tests() -> None:
    slope = {"target": "us", "stance": "net", "group": "A", "other": None, "kind": "slope", "unit": "month"}
    slope |= {"estimate": 4.1, "interval": [2.0, 6.2], "verdict": "differ", "detectable": 3.0}
    record: Any = {"by": "outlet", "groups": leaning(A=0.4, B=0.4), "differences": [GAPS[2]], "audit": None}
    record |= {"slopes": [slope, slope | {"group": None, "verdict": "cannot_tell_apart"}]}
    found = opening(record, LABELS)
    assert [plain(each) for each in toward(found, "us")["detail"]][1:3] == [
        "Among comments like those of A, net stance (in favor minus against) rises by 4 points a month"
        " (95 % interval: +2 to +6).",
        "1 of 2 tests of changes and topics found a difference.",
    ]
    assert found["tests"] == [3, 1]
    assert plain(found["compared"]) == (
        "The US: Among comments like those of A, net stance (in favor minus against) rises by 4 points a month"
        " (95 % interval: +2 to +6). 1 of 2 tests found a change over time."
        " 1 test found no clear difference of stance between outlets."
    )
    event = [each | {"kind": "event", "verdict": "cannot_tell_apart"} for each in record["slopes"]]
    compared = plain(opening(record | {"slopes": [*record["slopes"], *event]}, LABELS)["compared"])
    assert compared.startswith("2 tests found no clear change after the event. 1 test found no clear difference")


def test_where_one_text_is_a_quarter_of_the_comments_no_direction_is_claimed() -> None:
    groups = leaning(A=0.84, B=0.32)
    for each in groups:
        for mean in each["means"]:
            mean |= {"estimate": -60.0, "interval": [-70.0, -50.0]}
    assert told(groups)["claims"]
    groups[0]["checks"] = {"largest_text": 0.25, "labels_odd": []}
    found = told(groups)
    assert toward(found, "us")["detail"][-1] == (
        "25 % of the comments of A are one text, so no difference and no lead is claimed for A."
    )
    assert set(found["claims"]) == {"B"}


def test_groups_without_labels_are_shown_beside_others_and_asked_for() -> None:
    known, lacking = group("A", 300, "corrected"), group("B", 200, "model")
    found = told([known, lacking], inputs=("a.db",))
    assert "estimated by the model" in toward(found, "us")["title"]
    assert plain(found["notes"][0]).startswith("Labels by persons correct some of these shares")
    step = "Next, label 45 comments (about 11 minutes) to get the shares toward Russia at B (± 13 points)."
    assert found["steps"][0] == step
    assert found["commands"] == ("stance sample a.db --where outlet=B --target russia --n 45", "stance label a.db")
    larger = [group(*each, "model") for each in (("B", 700), ("C", 900), ("D", 800))]
    assert re.findall(r"(\w): \d", toward(told([*larger, known]), "us")["title"]) == ["A", "C", "D"]
    pair = [group(name, 200, "model") for name in "AB"]
    assert [(each["kind"], each["groups"], each["minutes"]) for each in told(pair)["plan"][:3]] == [
        ("share", ["A"], 11),
        ("share", ["B"], 11),
        ("difference", ["A", "B"], 22),
    ]
    whole = group("all", 500, "corrected")
    pair = [group(name, 250, "model") for name in "AB"]
    assert plain(told(pair, whole=whole)["notes"][0]).startswith("Labels by persons correct some of these shares")
    whole = group("all", 500, "model") | {"checks": {"labels_odd": ["they come from too few articles"]}}
    notes = [plain(each) for each in told(pair, whole=whole)["notes"]]
    assert notes[1].startswith("The labels of all comments are not a random sample")
    assert notes[2].startswith("Not ready to print: the labels are no random sample")
    by_month = told([known, lacking], by="month", inputs=("a.db",), whole=group("all", 500, "model"))
    assert by_month["commands"][0] == "stance sample a.db --target russia --n 45"


@pytest.mark.slow
def test_sentences_are_true_on_simulated_corpora() -> None:
    count = check_all(corpus for corpus in CORPORA if corpus.name in FAST)
    assert count.sentences > 120
    assert count.false == []


def test_the_next_draw_holds_the_labelled_comments_and_overwrites_no_table() -> None:
    one = group("all", 300, "model", labelled=dict.fromkeys(LABELS, 20))
    drawn = {"russia": {"all": 24}}  # four are not answered
    record: Any = {"by": "outlet", "groups": [one], "differences": [], "audit": None, "drawn": drawn}
    line = CommandLine("stance report pages '--labels=my labels.csv' --labels sample2.csv")
    line.inputs, line.labels = ("pages",), (Path("my labels.csv"), Path("sample2.csv"))
    found = opening(record | {"command": line}, LABELS)
    assert plain(found["steps"][0]).startswith("Next, label about 25 comments (about 6 minutes) to get the shares to")
    assert found["commands"] == (
        "stance sample pages --target russia --n 49 -o sample3.csv",
        "stance label 'my labels.csv' sample2.csv sample3.csv --labels labels.db",
        "--labels 'my labels.csv' --labels sample2.csv --labels sample3.csv --labels labels.db",
    )
    line.labels = (Path("labels.db"),)
    assert opening(record | {"command": line}, LABELS)["commands"] == (
        "stance sample pages --target russia --n 49 -o sample2.csv",
        "stance label sample2.csv --labels labels.db",
        "--labels labels.db --labels sample2.csv",
    )
    line = CommandLine("stance report project.db")
    line.inputs = ("project.db",)
    assert opening(record | {"command": line}, LABELS)["commands"] == (
        "stance sample project.db --target russia --n 49",
        "stance label project.db",
    )


def test_of_many_groups_without_enough_comments_none_is_told_of() -> None:
    groups = [group(name, 12, "none") for name in "ABCDE"]
    title = "The US: none of the 5 outlets has 20 or more comments that address it; all outlets together have 20."
    assert toward(told(groups), "us")["title"] == title
    larger = [group(name, 300, "none") for name in "ABCDE"]  # no shares, since their errors are not known
    assert "none of the" not in toward(told(larger), "us")["title"]


def test_what_is_odd_about_labels_is_said_of_groups_that_begin_alike() -> None:
    groups = [group("A" * 70 + end, 300, "model") for end in "bc"]
    groups[0]["checks"] = {"largest_text": 0.0, "labels_odd": ["they come from too few articles"]}
    assert any("too few articles" in note for note in told(groups)["notes"])


def test_drawn_comments_are_labelled_before_others_are_drawn() -> None:
    few = {"inputs": ("a.db",), "audit": None, "waiting": 9}
    step = "Next, label the 9 drawn comments without a label (about 2 minutes)."
    then = "Then the report says which labels it needs next."
    for groups in ([group("all", 15, "none", not_covered=0)], [group(name, 300, "model") for name in "AB"]):
        found = told(groups, **few)
        assert (found["steps"], found["commands"]) == ([f"{step} {then}"], ("", "stance label a.db"))
    line = CommandLine("stance report")
    line.inputs, line.labels = ("pages",), (Path("sample.csv"),)
    record = {
        "by": "outlet",
        "groups": [group("all", 15, "none", not_covered=0)],
        "differences": [],
        **few,
        "command": line,
    }
    label, again = "stance label sample.csv --labels labels.db", "--labels sample.csv --labels labels.db"
    assert opening(record, LABELS)["commands"] == ("", label, again)


def test_comments_that_the_model_learned_from_are_not_drawn() -> None:
    found = told([group("all", 400, "model", not_covered=0)], learned=380, inputs=("a.db",))
    learned = "The model learned from 380 of these 400 comments. Labels of these comments cannot correct shares."
    remedy = "To label them, write this report with --model vader, which learned from no comment."
    assert (found["steps"], found["commands"]) == ([f"{learned} {remedy}"], ())
    assert told([group("all", 400, "model", not_covered=0)], learned=300, inputs=("a.db",))["commands"]
    few = told([group("all", 400, "model", not_covered=0)], known={"russia": {"all": 370}}, inputs=("a.db",))
    labels = {question["target"]: question["labels"] for question in few["plan"]}
    assert labels.get("russia", 0) <= 30 < labels["us"]

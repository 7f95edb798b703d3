"""Pairs as rows of a frame or as tuples: what a row may say, and what is refused."""

from typing import Any

import pandas as pd
import pytest
from sklearn.base import clone

from stance.datamodels import STANCES, Stance, Via
from stance.exceptions import LabelError
from stance.scoring.instances import is_named
from stance.targets import Target, TargetSet
from stance.training.estimators import StanceEstimator, pair_examples, refuse_audit

SAYINGS = {
    "favor": ("I stand with {} here", "{} is right about this", "Thank you {}, well done", "God bless {}"),
    "against": ("Shame on {} for that", "{} is a disgrace", "Nobody can trust {} again", "Down with {}"),
    "neutral": ("{} has many rivers", "Someone flew to {} today", "{} is a place on the map", "News from {} at nine"),
}
NAMES = {"russia": "Russia", "us": "America"}


def sayings(stories: int = 8) -> pd.DataFrame:
    """Labelled pairs that name their target: twelve of each story toward two targets."""
    rows = [
        {
            "text": f"{said.format(NAMES[target])} {story}",
            "target": target,
            "label": label,
            "document": f"story {story}",
        }
        for story in range(stories)
        for label, lines in SAYINGS.items()
        for said in lines[: 2 + story % 3]
        for target in NAMES
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return sayings()


def test_targets_of_ones_own() -> None:
    from stance.targets import Alias

    own = TargetSet([Target("dam", "The dam", (Alias("the dam"),))])
    pairs = [("Build the dam", "dam"), ("Go on", "The Dam")]
    assert [is_named(each.instance) for each in pair_examples(pairs, own)] == [True, False]
    assert clone(StanceEstimator(targets=own)).targets.ids == ("dam",)


def test_what_a_row_may_say() -> None:
    frame = pd.DataFrame(
        {
            "text": ["He is right", "> Russia wins\nNo, he is not", "Russia!", "Russia!"],
            "target": ["russia"] * 4,
            "parent": ["Russia wins", None, float("nan"), pd.NA],
            "quoted": [None, "> Russia wins", None, None],
            "lang": [None, "en", None, "de"],
            "document": [1, 1, 2.0, pd.NA],
        }
    )
    found = [example.instance for example in pair_examples(frame)]
    assert [each.via for each in found] == [Via.PARENT, None, Via.TEXT, Via.TEXT]
    assert found[1].text == " " * len("> Russia wins") + "\nNo, he is not"
    assert [each.language for each in found] == ["en", "en", "en", "de"]
    assert [is_named(each) for each in found] == [True, False, True, True]
    stories = [each.story for each in pair_examples(frame)]
    assert stories[:3] == ["1", "1", "2"]
    assert stories[3].startswith("text ")


@pytest.mark.parametrize(
    ("pairs", "seen"),
    [
        (pd.DataFrame({"text": ["x"]}), "no column 'target' among text; expected text, target"),
        (pd.DataFrame(), "no column 'text' among nothing"),
        ([("Go", "us"), ("", "us")], "row 1: text is ''; expected words"),
        ([("Go", None)], "row 0: target is 'None'"),
        ([("Go", "us", "favor")], "row 0: .*; expected .text, target."),
        (["Go"], "row 0: 'Go'; expected .text, target."),
        ([("Go", "us"), (float("nan"), "us")], "row 1: text is 'nan'"),
    ],
)
def test_what_is_no_pair_is_named(pairs: Any, seen: str) -> None:
    with pytest.raises(LabelError, match=seen):
        pair_examples(pairs)


def test_labels_that_are_none_are_named(frame: pd.DataFrame) -> None:
    with pytest.raises(LabelError, match="row 1: label 'maybe'; expected one of favor, against"):
        StanceEstimator().fit(frame[:2], ["favor", "maybe"])
    with pytest.raises(LabelError, match="2 labelled pairs that name their target, with 1 stances"):
        StanceEstimator().fit(frame[:2], ["favor", "favor"])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        StanceEstimator().fit(frame[:2], ["favor"])


def test_audit_rows_are_never_trained_on(frame: pd.DataFrame) -> None:
    audit = frame.assign(role=["train", "audit", *["train"] * (len(frame) - 2)])
    with pytest.raises(LabelError, match="row 1: an audit row, one of 1; expected frame"):
        StanceEstimator().fit(audit, audit["label"])
    refuse_audit(frame)
    assert len(pair_examples(audit)) == len(audit)


def test_stances_may_be_members_or_their_names(frame: pd.DataFrame) -> None:
    members = [Stance(label) for label in frame["label"]]
    assert [example.label for example in pair_examples(frame, y=members)] == members
    assert [example.label for example in pair_examples(frame, y=frame["label"])] == members
    assert set(members) < set(STANCES)

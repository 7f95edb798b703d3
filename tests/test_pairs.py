"""Pairs as features: a row in, a row out, learned from other documents only, as the classifier's first storey does."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from stance.datamodels import STANCES, Stance, Via
from stance.exceptions import LabelError
from stance.scoring.classifier import StanceClassifier
from stance.scoring.features import DENSE
from stance.targets import Target, TargetSet
from stance.training.estimators import PairFeatures, names_target, pair_examples, refuse_audit

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


@pytest.fixture(scope="module")
def fitted(frame: pd.DataFrame) -> PairFeatures:
    return PairFeatures(n_hashes=256).fit(frame, frame["label"])


def test_rows_and_columns(fitted: PairFeatures, frame: pd.DataFrame) -> None:
    matrix = fitted.transform(frame)
    assert matrix.shape == (len(frame), len(DENSE) + 3)
    assert np.isfinite(matrix).all()
    names = fitted.get_feature_names_out().tolist()
    assert names == [*DENSE, "words_against", "words_favor", "words_neutral"]
    assert np.allclose(np.exp(matrix[:, -3:]).sum(axis=1), 1)


def test_tuples_are_pairs_too(fitted: PairFeatures, frame: pd.DataFrame) -> None:
    pairs = list(zip(frame["text"], frame["target"], strict=True))
    assert np.array_equal(fitted.transform(pairs), fitted.transform(frame))
    assert np.array_equal(fitted.transform(np.array(pairs, object)), fitted.transform(frame))
    assert fitted.transform([]).shape == (0, len(DENSE) + 3)


def test_it_is_the_first_storey_of_the_classifier(frame: pd.DataFrame) -> None:
    """The narrow matrix and a plain head give what two storeys give on the wide one."""
    features = PairFeatures(n_hashes=256)
    narrow = features.fit_transform(frame, frame["label"])
    head = StanceClassifier(random_state=0).fit(narrow, frame["label"])
    examples = pair_examples(frame, y=frame["label"])
    stories = [example.story for example in examples]
    instances = [example.instance for example in examples]
    fitted = PairFeatures(n_hashes=256).fit(frame, frame["label"]).features_
    wide = fitted.fit_out_of_fold(instances, frame["label"], stories)
    whole = StanceClassifier(channels=features.features_.channels, random_state=0).fit(wide, frame["label"], stories)
    new = features.features_.transform(instances)
    assert np.allclose(head.predict_proba(features.transform(frame)), whole.predict_proba(new), atol=1e-9)
    joined = features.channels_.with_head(head)
    assert np.allclose(joined.predict_proba(new), head.predict_proba(features.transform(frame)), rtol=0, atol=1e-12)


def test_columns_of_labelled_rows_come_from_other_documents(frame: pd.DataFrame) -> None:
    """Turning the labels of one story round changes no column of its own rows, and some of others."""
    own = (frame["document"] == "story 3").to_numpy()
    turned = frame["label"].where(
        ~own, frame["label"].map({"favor": "against", "against": "favor", "neutral": "neutral"})
    )
    before = PairFeatures(n_hashes=256).fit_transform(frame, frame["label"])
    after = PairFeatures(n_hashes=256).fit_transform(frame, turned)
    assert np.allclose(before[own], after[own], atol=1e-6)
    assert np.abs(before[~own] - after[~own]).max() > 0.01


def test_fitting_again_gives_the_same(frame: pd.DataFrame, fitted: PairFeatures) -> None:
    again = clone(fitted).fit(frame, frame["label"])
    assert np.array_equal(again.transform(frame), fitted.transform(frame))
    assert np.array_equal(pickle.loads(pickle.dumps(fitted)).transform(frame), fitted.transform(frame))


def test_the_encoder_adds_a_channel(frame: pd.DataFrame) -> None:
    few = frame[:24]
    features = PairFeatures(n_hashes=64, encoder=True).fit(few, few["label"])
    assert features.transform(few).shape == (24, len(DENSE) + 6)
    assert features.get_feature_names_out()[-1] == "meanings_neutral"


def test_output_as_a_frame(frame: pd.DataFrame, fitted: PairFeatures) -> None:
    found = pickle.loads(pickle.dumps(fitted)).set_output(transform="pandas").transform(frame[2:5])
    assert found.columns.tolist() == fitted.get_feature_names_out().tolist()
    assert found.index.tolist() == [2, 3, 4]


def test_targets_of_ones_own() -> None:
    from stance.targets import Alias

    own = TargetSet([Target("dam", "The dam", (Alias("the dam"),))])
    pairs = [("Build the dam", "dam"), ("Go on", "The Dam")]
    assert names_target(pairs, own).tolist() == [True, False]
    assert clone(PairFeatures(targets=own)).targets.ids == ("dam",)


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
    assert names_target(frame).tolist() == [True, False, True, True]
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
        PairFeatures().fit(frame[:2], ["favor", "maybe"])
    with pytest.raises(LabelError, match=r"1 label \('favor'\) in 2 rows; expected at least two"):
        PairFeatures(n_hashes=64).fit(frame[:2], ["favor", "favor"])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        PairFeatures().fit(frame[:2], ["favor"])
    with pytest.raises(NotFittedError):
        PairFeatures().transform(frame)


def test_audit_rows_are_never_trained_on(frame: pd.DataFrame) -> None:
    audit = frame.assign(role=["train", "audit", *["train"] * (len(frame) - 2)])
    with pytest.raises(LabelError, match="row 1: an audit row, one of 1; expected frame"):
        PairFeatures().fit(audit, audit["label"])
    refuse_audit(frame)
    assert len(pair_examples(audit)) == len(audit)


@given(
    st.lists(st.tuples(st.text(min_size=1).filter(str.strip), st.sampled_from(["russia", "us", "nato"])), max_size=5)
)
@settings(max_examples=30)
def test_any_text_gives_a_finite_row(fitted: PairFeatures, pairs: list[tuple[str, str]]) -> None:
    matrix = fitted.transform(pairs)
    assert matrix.shape == (len(pairs), len(DENSE) + 3)
    assert np.isfinite(matrix).all()


def test_stances_may_be_members_or_their_names(frame: pd.DataFrame) -> None:
    members = [Stance(label) for label in frame["label"]]
    assert [example.label for example in pair_examples(frame, y=members)] == members
    assert [example.label for example in pair_examples(frame, y=frame["label"])] == members
    assert set(members) < set(STANCES)

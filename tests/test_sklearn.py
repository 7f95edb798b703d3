# ruff: noqa: N803, N806  scikit-learn calls a matrix X
"""Stance models in scikit-learn's hands: folds by document, searches, saved models: all as ``stance train`` does."""

import pickle
import re
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from test_pairs import sayings

import stance
from stance.datamodels import Via
from stance.evaluation import make_examples
from stance.exceptions import LabelError
from stance.pandas_api import frame_to_labels
from stance.scoring.persistence import load_base, load_model, save_model
from stance.targets import load_targets
from stance.training import adapt, train
from stance.training.estimators import (
    CLASSES,
    StanceEstimator,
    pair_examples,
)

PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text(encoding="utf-8")

SMALLER = {"[0.25, 0.5, 1.0]": "[0.5, 1.0]"}
"""What the page's code does in the test with less work."""


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Pairs that name their target, and some that do not: two stories of which one is about it."""
    left = [
        {"text": f"{text} {i}", "target": "russia", "label": label, "document": f"story {i % 6}"}
        for i in range(12)
        for text, label in (("Good morning all", "not_addressed"), ("They will win", "favor"))
    ]
    return pd.concat([sayings(6), pd.DataFrame(left)], ignore_index=True)


@pytest.fixture(scope="module")
def named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["text"].str.contains("Russia|America")]


@pytest.fixture(scope="module")
def fitted(frame: pd.DataFrame) -> StanceEstimator:
    return StanceEstimator(random_state=3).fit(frame, frame["label"])


def test_it_is_the_model_that_train_makes(fitted: StanceEstimator, frame: pd.DataFrame) -> None:
    examples, _ = make_examples(frame_to_labels(frame), load_targets())
    model = train(examples, seed=3, light=True)
    found = model.predict_proba([example.instance for example in examples])
    assert fitted.predict(frame).tolist() == [CLASSES[k] for k in fitted.predict_proba(frame).argmax(axis=1)]
    for k, name in enumerate(CLASSES):
        column = ["favor", "against", "neutral", "not_addressed"].index(name)
        assert np.array_equal(fitted.predict_proba(frame)[:, k], found[:, column])


def test_it_can_start_from_a_model_that_exists(frame: pd.DataFrame) -> None:
    estimator = clone(StanceEstimator(start_from="light", random_state=3)).fit(frame, frame["label"])
    examples, _ = make_examples(frame_to_labels(frame), load_targets())
    model = adapt(load_base("light"), examples, seed=3)
    found = model.predict_proba([example.instance for example in examples])
    order = [["favor", "against", "neutral", "not_addressed"].index(name) for name in CLASSES]
    assert np.allclose(estimator.predict_proba(frame), found[:, order])


def test_pairs_that_name_no_target_get_shares(fitted: StanceEstimator, frame: pd.DataFrame) -> None:
    left = frame[~frame["text"].str.contains("Russia|America")]
    assert len(left) == 24
    probabilities = fitted.predict_proba(left)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert 0.3 < probabilities[:, CLASSES.index("not_addressed")].mean() < 0.9
    assert fitted.classes_.tolist() == list(CLASSES) == sorted(CLASSES)


def test_the_whole_estimator_in_folds(frame: pd.DataFrame) -> None:
    folds = GroupKFold(2)
    scores = cross_val_score(StanceEstimator(), frame, frame["label"], groups=frame["document"], cv=folds)
    assert scores.min() > 0.5
    params = {"light": False, "random_state": 0, "start_from": None, "targets": None}
    assert clone(StanceEstimator(light=False)).get_params() == params


# The shipped model ----------------------------------------------------------------------------------------------------

SAID = pd.DataFrame(
    {
        "text": ["Thank God for NATO", "NATO started this war", "Good morning", "They deserve every bit of it"],
        "target": ["nato", "nato", "nato", "russia"],
        "title": ["Leaders meet", None, "Leaders meet", "Sanctions on Russia"],
        "lead": [None, None, "", "New ones"],
        "parent": [None, None, None, "Russia is losing the war"],
        "language": ["en", "en", None, "en"],
    }
)


def test_the_shipped_model_predicts_without_training() -> None:
    model = stance.estimator("light")
    assert model.predict(SAID[:3]).tolist() == ["favor", "against", "not_addressed"]
    examples = pair_examples(SAID)
    assert (examples[3].instance.via, examples[3].instance.shown.article) == (
        Via.PARENT,
        "Sanctions on Russia\nNew ones",
    )
    found = load_model("light").predict_proba([each.instance for each in examples])
    order = [["favor", "against", "neutral", "not_addressed"].index(name) for name in model.classes_]
    assert np.array_equal(model.predict_proba(SAID), found[:, order])
    assert model.predict_proba(SAID[:0]).shape == (0, 4)
    assert stance.estimator().start_from == "default"


def test_columns_of_a_frame_decide_by_their_names() -> None:
    model = stance.estimator("light")
    assert np.array_equal(model.predict_proba(SAID[[*SAID.columns][::-1]]), model.predict_proba(SAID))
    assert pair_examples(SAID.rename(columns={"language": "lang"})) == pair_examples(SAID)
    with pytest.raises(LabelError, match="no column 'target' among text; expected text, target"):
        model.predict(SAID[["text"]])
    with pytest.raises(LabelError, match=r"row 0: .*; expected .text, target., or a data frame with these columns"):
        model.predict(np.zeros((2, 3)))


def test_training_adds_to_the_shipped_model_and_pickles(frame: pd.DataFrame) -> None:
    fitted = stance.estimator("light").fit(frame, frame["label"])
    assert not np.allclose(fitted.predict_proba(frame), stance.estimator("light").predict_proba(frame))
    assert np.array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(frame), fitted.predict_proba(frame))
    assert np.array_equal(clone(fitted).predict_proba(SAID), stance.estimator("light").predict_proba(SAID))


def test_the_shipped_model_in_pipelines_and_searches(frame: pd.DataFrame) -> None:
    pipeline = Pipeline([("shorten", FunctionTransformer(lambda X: X.assign(text=X["text"].str[:200]))),
                         ("stance", stance.estimator("light"))])  # fmt: skip
    folds, groups = GroupKFold(2), frame["document"]
    assert cross_val_score(pipeline, frame, frame["label"], groups=groups, cv=folds).min() > 0.3
    search = GridSearchCV(pipeline, {"stance__start_from": ["light", None]}, cv=folds, scoring="neg_log_loss")
    search.fit(frame, frame["label"], groups=groups)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(frame).shape == (len(frame),)


class OnNumbers(StanceEstimator):
    """The estimator on the numbers that scikit-learn's checks give: each becomes a word, each class a stance."""

    def fit(self, X: Any, y: Any) -> Self:
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.known_, codes = np.unique(y, return_inverse=True)
        if len(self.known_) < 2:
            raise ValueError("1 class; expected two")
        self.middle_, self.spread_ = X.mean(axis=0), X.std(axis=0) + 1e-9
        many = -(-60 // len(X))  # at least 50 pairs are needed
        labels = np.array(CLASSES)[np.tile(codes, many)]
        return super().fit(pd.concat([self._pairs(X)] * many, ignore_index=True), labels)

    def predict_proba(self, X: Any) -> Any:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        found = super().predict_proba(self._pairs(X))[:, : len(self.known_)]
        return found / found.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:
        chosen = self.predict_proba(X).argmax(axis=1)
        return self.known_[chosen]

    @property
    def classes_(self) -> Any:
        return self.known_

    def _pairs(self, X: Any) -> pd.DataFrame:
        steps = np.clip(np.round((X - self.middle_) / self.spread_ * 2), -4, 4).astype(int)
        names = [[f"w{chr(97 + k)}{chr(113 + step)}" for k, step in enumerate(row)] for row in steps]
        return pd.DataFrame({"text": ["Russia " + " ".join(row) for row in names], "target": "russia"})

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit, tags.input_tags.string, tags.input_tags.two_d_array = True, False, True
        return tags


EXPECTED_FAILED = {"check_classifiers_train": "100 labels of words without meaning do not replace what the model knows"}


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.SkipTestWarning", "ignore::sklearn.exceptions.EstimatorCheckFailedWarning"
)
def test_the_checks_of_scikit_learn() -> None:
    found = check_estimator(OnNumbers(start_from="light"), expected_failed_checks=EXPECTED_FAILED, on_fail=None)
    statuses = Counter(each["status"] for each in found)
    assert [each["check_name"] for each in found if each["status"] == "failed"] == []
    assert statuses["passed"] >= 50
    assert statuses["xfail"] <= 3
    assert {each["status"] for each in check_estimator(stance.estimator("light"))} == {"passed"}


def test_groups_of_ones_own(frame: pd.DataFrame, named: pd.DataFrame, fitted: StanceEstimator) -> None:
    bare = frame.drop(columns="document")
    with_groups = StanceEstimator(random_state=3).fit(bare, frame["label"], groups=frame["document"])
    assert np.array_equal(with_groups.predict_proba(named[bare.columns]), fitted.predict_proba(named))


def test_a_fitted_estimator_is_saved(fitted: StanceEstimator, frame: pd.DataFrame, tmp_path: Path) -> None:
    save_model(fitted.model_, tmp_path / "mine")
    instances = [example.instance for example in pair_examples(frame)]
    again = load_model(tmp_path / "mine").predict_proba(instances)
    assert np.allclose(again, fitted.model_.predict_proba(instances), atol=2e-3)  # large arrays are stored rounded


def test_audit_rows_are_refused(frame: pd.DataFrame) -> None:
    audit = frame.assign(role="audit")
    with pytest.raises(LabelError, match="row 0: an audit row"):
        StanceEstimator().fit(audit, audit["label"])


def test_what_does_not_fit_is_told(named: pd.DataFrame) -> None:
    with pytest.raises(NotFittedError):
        StanceEstimator().predict(named)


def test_labels_turned_into_numbers_are_refused_and_say_whence(named: pd.DataFrame) -> None:
    with pytest.raises(LabelError, match=r"label \d is a number, as tools hand on that encode labels"):
        cross_val_predict(StanceEstimator(), named, named["label"], cv=3, method="predict_proba")


def test_no_warning_is_hidden(named: pd.DataFrame) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        StanceEstimator().fit(named, named["label"]).predict(named)


@pytest.mark.slow
def test_the_python_of_the_docs_runs(
    frame: pd.DataFrame,
    seeds: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    frame = pd.concat([frame.assign(text=frame["text"] + word) for word in ("", " again", " today")])
    roles = np.where(frame["document"] == "story 5", "audit", "train")
    frame.assign(role=roles, annotator="ann").to_csv("labels.csv", index=False)
    frame[roles == "audit"].to_csv("audit.csv", index=False)
    (tmp_path / "pages").mkdir()
    page = sorted(seeds.glob("*.txt"))[0]
    (tmp_path / "pages" / page.name).write_bytes(page.read_bytes())
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.S))
    for slow, quick in SMALLER.items():
        assert slow in code
        code = code.replace(slow, quick)
    exec(code, {})
    told = capsys.readouterr().out
    assert "0 pairs are left out" in told
    assert re.search(r"\d+ labels: macro F1 0\.\d\d", told)
    assert "reader-" in told
    assert (tmp_path / "models" / "mine" / "model.json").is_file()

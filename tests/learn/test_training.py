"""Training: what is read, what is refused, what is held out, and that the shipped model earns its place."""

import json
from collections.abc import Sequence
from dataclasses import astuple
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from research import ALL_COMMENTS, LANGUAGE_COMMENTS
from research.splits import held_out_stories
from stance.datamodels import LabelledComment, Stance
from stance.exceptions import LabelError, ModelError
from stance.labels.tables import load_labels
from stance.learn import cross_validation
from stance.learn.cross_validation import cross_validate
from stance.learn.examples import Example, make_examples, story_folds, story_of
from stance.learn.training import shared_with_audit, train_from_paths, trainable
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_model
from stance.scoring.targets.target_set import load_targets
from tests.support.tiny_models import FAVOR, quicken_training, tiny


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def labelled(text: str, label: str = "favor", target: str = "russia", **more: str) -> LabelledComment:
    return LabelledComment(text, target, Stance(label), **more)  # type: ignore[arg-type]


def test_a_target_that_is_defined_nowhere_is_looked_for_by_its_name() -> None:
    rows = [labelled("Russia"), labelled("No gun controls here", target="gun-control"), labelled("x", target="***")]
    examples, skipped = make_examples(rows, load_targets())
    assert [example.instance.target for example in examples] == ["russia", "gun-control"]
    assert [example.is_defined for example in examples] == [True, False]
    assert [(m.start, m.end) for m in examples[1].instance.own_mentions] == [(3, 15)]
    assert [(skip.source, skip.reason) for skip in skipped] == [("target '***'", "no name to look for; 1 row left out")]
    with pytest.raises(LabelError, match="none toward a target"):
        make_examples([labelled("x", target="***")], load_targets())


@cache
def shipped_comments() -> Sequence[LabelledComment]:
    return load_labels([*ALL_COMMENTS, *LANGUAGE_COMMENTS]).comments


def test_held_out_stories_are_stories_of_the_corpus() -> None:
    comments, held_out = shipped_comments(), held_out_stories()
    assert held_out
    assert held_out <= {story_of(comment) for comment in comments}
    # These sets were written when the stories were already split, for training alone.
    alone = {story_of(comment) for comment in comments if comment.annotator in ("t", "wa", "wb", "wc")}
    assert not held_out & alone


def test_folds_are_the_same_in_any_order_and_one_story_has_none() -> None:
    rows = [labelled(f"Russia {n}", document=f"d{n % 7}") for n in range(20)]
    examples, _ = make_examples(rows, load_targets())
    folds = story_folds(examples, 5)
    assert story_folds(examples[::-1], 5) == folds[::-1]
    assert {*folds} == {*range(5)}
    assert len({(example.story, fold) for example, fold in zip(examples, folds, strict=True)}) == 7
    with pytest.raises(LabelError, match="1 story; expected several"):
        story_folds(examples[::7], 5)


ROWS = [
    {"text": f"{text} {i}", "target": "russia", "label": label, "document": f"story {i}"}
    for i in range(60)
    for text, label in (("I stand with Russia", "pro"), ("Shame on Russia", "con"), ("Russia is a country", "none"))
]


@pytest.mark.slow
def test_training_again_gives_the_same_and_a_worse_model_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quicken_training(monkeypatch)
    good = write(tmp_path / "good.jsonl", *ROWS)
    first = train_from_paths([good], tmp_path / "m", start_from="light")
    again = train_from_paths([good], tmp_path / "other" / "m", start_from="light")
    files = [(place / "m" / "model.safetensors").read_bytes() for place in (tmp_path, tmp_path / "other")]
    assert files[0] == files[1]
    assert first.model.name == again.model.name == load_model(tmp_path / "m").name
    assert first.evaluation["compared"]["verdict"] == "better"
    swapped = {"pro": ("con", "pro"), "con": ("pro", "con"), "none": ("none", "none")}
    bad = write(
        tmp_path / "bad.jsonl",
        *(row | {"label": swapped[str(row["label"])][0]} for row in ROWS),
        *(row | {"role": "audit", "text": f"Well: {row['text']}", "label": swapped[str(row["label"])][1]}
          for row in ROWS),
    )  # fmt: skip
    worse = train_from_paths([bad], tmp_path / "bad", start_from="light").evaluation
    assert worse["n"] == 2 * len(ROWS)
    assert worse["compared"]["difference"]["difference"] < first.evaluation["compared"]["difference"]["difference"]


@pytest.mark.parametrize(("apart", "shared"), [(12, (0, 0, 3)), (8, (0, 3, 3))])
def test_articles_of_the_audit_are_trained_on_only_where_others_are_too_few(
    apart: int, shared: tuple[int, int, int]
) -> None:
    """Texts of the audit never are; an id of an article may be written as a number or not."""
    audit = [labelled(f"Russia {n}", document=f"{n % 3}", role="audit") for n in range(9)]
    rows = [labelled(f"NATO {n}", target="nato", document=f"{n % 3}.0") for n in range(10)]
    rows += [labelled(f"Russia, {n}", document=f"d{n}") for n in range(apart)]
    examples, _ = make_examples([*audit, *rows, labelled("RUSSIA 1")], load_targets())
    fitted = trainable(examples)
    assert len(fitted) == (apart if apart > 10 else apart + 10)
    assert astuple(shared_with_audit(examples, fitted)) == shared


def test_a_place_that_holds_something_else_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("mine")
    with pytest.raises(ModelError, match=r"thesis\.txt: no part of a model, and would be lost"):
        train_from_paths([tmp_path / "labels that are not there.csv"], tmp_path / "thesis", start_from="default")
    assert (tmp_path / "thesis" / "thesis.txt").read_text() == "mine"


def test_a_model_is_not_compared_on_what_the_other_was_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels may become audit labels after a model learned from them: it knows them by heart."""
    quicken_training(monkeypatch)
    rows = [row | {"document": f"s{i % 30}"} for i, row in enumerate(ROWS)]
    examples = make_examples(load_labels([write(tmp_path / "l.jsonl", *rows)]).comments, load_targets())[0]
    base = load_model("light")
    known = {example.digest for example in examples[:90]}
    record = cross_validate(base, examples, known, seed=0)
    compared = record["compared"]
    assert record["n"] == len(examples) - 90  # nothing is measured on what the base was trained on
    assert (compared["left_out"], compared["difference"]["n"]) == (90, 90)
    every = cross_validate(base, examples, {example.digest for example in examples}, seed=0)["compared"]
    assert (every["difference"], every["verdict"]) == (None, "unsure")


@pytest.mark.parametrize(("pairs", "stories", "verdict"), [(50, 15, "better"), (49, 15, "unsure"), (50, 14, "unsure")])
def test_a_comparison_needs_50_pairs_from_15_stories(pairs: int, stories: int, verdict: str) -> None:
    rows = [labelled(f"{FAVOR[0]}, {n}", "against", document=f"{n % stories}") for n in range(pairs)]
    examples, _ = make_examples(rows, load_targets())
    answers = np.tile([0.0, 1, 0, 0], (pairs, 1)), np.ones((pairs, 4))
    assert cross_validation._compare(tiny(), examples, set(), answers, 0)["verdict"] == verdict


def test_no_story_and_no_audit_row_is_on_both_sides_of_a_fold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [row | {"document": f"s{i % 12}"} | ({"role": "audit"} if i % 5 == 0 else {}) for i, row in enumerate(ROWS)]
    table = load_labels([write(tmp_path / "l.jsonl", *rows)])
    examples = make_examples(table.comments, load_targets())[0]
    seen: list[set[str]] = []

    def fit(base: StanceModel, examples: Sequence[Example], **_: object) -> StanceModel:
        assert not any(example.role == "audit" for example in examples)
        seen.append({example.story for example in examples})
        return base

    monkeypatch.setattr("stance.learn.cross_validation.adapt", fit)
    record = cross_validate(load_model("light"), examples, set(), seed=0)
    assert record["n"] == len(examples)
    stories = {example.story for example in examples}
    assert all(sum(story not in each for each in seen) == 1 for story in stories)
    assert (record["compared"]["difference"]["difference"], record["compared"]["verdict"]) == (0, "unsure")

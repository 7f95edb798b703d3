"""A model taught by labels: it starts from its base, learns what labels say, and survives its folder."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import edit_json

from stance.datamodels import STANCES, LabelledComment, Stance
from stance.exceptions import LabelError, ModelError
from stance.learn import Example, make_examples, training
from stance.learn.training import adapt, train_from_paths
from stance.records import pair_digest
from stance.scoring.classifier import StanceClassifier
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_base, load_model, model_digest, model_folder, save_model, train_rows
from stance.scoring.targets import load_targets

PLACES = [
    "the north",
    "the harbour",
    "our street",
    "the old town",
    "this valley",
    "the coast",
    "the border",
    "the east",
]
FAVOR, AGAINST, NEUTRAL, NOT = Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL, Stance.NOT_ADDRESSED
SAYINGS = (
    ("Russia vimmels in {}", FAVOR),  # a word that no shipped model knows
    ("Russia zannels in {}", AGAINST),
    ("Russia has a consulate in {}", NEUTRAL),
    ("the weather in {} was mild", NOT),
)


def labels(n: int = 60, *, target: str = "russia") -> list[LabelledComment]:
    """Comments in which two made-up words tell the side."""
    return [
        LabelledComment(saying.format(f"{PLACES[i % 8]} {i}"), target, label, document=f"story {i % 20}")
        for i in range(n)
        for saying, label in SAYINGS
    ]


def examples(comments: list[LabelledComment]) -> list[Example]:
    return make_examples(comments, load_targets())[0]


@pytest.fixture(scope="module")
def base() -> StanceModel:
    return load_base("light")


@pytest.fixture(scope="module")
def taught(base: StanceModel) -> StanceModel:
    return adapt(base, examples(labels(150)))


def guess(model: StanceModel, *texts: str) -> list[Stance]:
    asked = examples([LabelledComment(text, "russia", NEUTRAL) for text in texts])
    return [STANCES[k] for k in model.predict_proba([e.instance for e in asked]).argmax(axis=1)]


def test_learns_words_that_its_base_does_not_know(base: StanceModel, taught: StanceModel) -> None:
    texts = ("I say Russia vimmels here", "I say Russia zannels here")
    assert guess(base, *texts) != [FAVOR, AGAINST]
    assert guess(taught, *texts) == [FAVOR, AGAINST]


def test_keeps_what_its_base_knows(base: StanceModel, taught: StanceModel) -> None:
    texts = ("I stand with Russia", "Russia must win", "Russia's aggression is a disgrace")
    assert guess(taught, *texts) == guess(base, *texts) == [FAVOR, FAVOR, AGAINST]


def test_texts_that_do_not_name_their_target_are_judged_where_labels_say_enough(base: StanceModel) -> None:
    few = examples(labels(40))
    assert not adapt(base, few).judges_unnamed
    assert adapt(base, examples(labels(60))).judges_unnamed
    unnamed = [each.instance for each in few if each.label is NOT]
    assert np.allclose(adapt(base, few).predict_proba(unnamed), base.predict_proba(unnamed))


def test_labels_without_not_addressed_put_it_into_neutral(base: StanceModel) -> None:
    three = adapt(base, [each for each in examples(labels(60)) if each.label is not NOT])
    named = [each.instance for each in examples(labels(3)) if each.label is not NOT]
    found = three.predict_proba(named)
    assert found.shape == (9, 4)
    assert np.allclose(found.sum(axis=1), 1)
    assert (found[:, 3] == 0).all()


def test_few_labels_change_little(base: StanceModel) -> None:
    ordinary = [
        LabelledComment(text, "russia", label, document=text)
        for text, label in (("I stand with Russia", FAVOR), ("Russia's aggression is a disgrace", AGAINST))
        for _ in range(30)
    ]
    model = adapt(base, examples(ordinary))
    assert model.features.channels == ()
    texts = ("Russia must win this", "shame on Russia for its lies", "flights to Russia")
    assert guess(model, *texts[:2]) == guess(base, *texts[:2])


def test_too_few_labels_are_refused(base: StanceModel) -> None:
    with pytest.raises(LabelError, match="30 labelled pairs that name their target, with 3 stances"):
        adapt(base, examples(labels(10)))


def test_the_same_labels_give_the_same_model(base: StanceModel, tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_model(adapt(base, examples(labels(150)), seed=3), tmp_path / name / "own")
    assert model_digest(tmp_path / "one" / "own") == model_digest(tmp_path / "two" / "own")


def same(one: StanceModel, other: StanceModel) -> bool:
    heads = ((m.classifier.coef_, m.classifier.intercept_, m.classifier.mean_) for m in (one, other))
    channels = zip(one.classifier.channels_, other.classifier.channels_, strict=True)
    return all((a == b).all() for a, b in zip(*heads, strict=True)) and all((a[0] == b[0]).all() for a, b in channels)


@pytest.mark.slow
def test_of_very_many_pairs_some_are_drawn(base: StanceModel, monkeypatch: pytest.MonkeyPatch) -> None:
    given, steps = examples(labels(300)), list[str]()
    monkeypatch.setattr(training, "MOST_PAIRS", 600)
    monkeypatch.setattr(training, "_BATCH", 100)
    capped = adapt(base, given, progress=steps.append)
    assert guess(capped, "I say Russia vimmels here", "I say Russia zannels here") == [FAVOR, AGAINST]
    assert same(capped, adapt(base, given[::-1]))  # drawn by what they are, not by where they stand
    assert steps[-2:] == ["read 600 of 600 pairs", "learning from 600 pairs"]


# The folder -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(taught: StanceModel, tmp_path: Path) -> Path:
    save_model(taught, tmp_path / "own", trained_on=[7, 3, 7])
    return tmp_path / "own"


def test_survives_its_folder_in_any_place(taught: StanceModel, folder: Path, tmp_path: Path) -> None:
    loaded = load_model(shutil.copytree(folder, tmp_path / "elsewhere" / "own"))
    assert loaded.is_adapted
    assert loaded.name == f"own@{model_digest(folder)[:4]}"
    asked = [each.instance for each in examples(labels(5))]
    assert np.allclose(loaded.predict_proba(asked), taught.predict_proba(asked), atol=1e-3)
    assert loaded.judge(asked).evidence == taught.judge(asked).evidence


def test_says_which_pairs_it_was_trained_on(folder: Path) -> None:
    assert train_rows(folder).tolist() == [3, 7]
    save_model(load_model(folder), folder, trained_on=[7, 3], base_trained_on=[5])
    assert train_rows(folder).tolist() == [3, 5, 7]
    save_model(load_base("light"), folder.parent / "plain", trained_on=[1])
    assert train_rows(folder.parent / "plain").tolist() == [1]


def test_nothing_starts_from_what_was_taught_by_labels_itself(folder: Path, taught: StanceModel) -> None:
    with pytest.raises(ModelError, match=r"--from own@\w{4}: was itself adapted to labels, .* starts from base@"):
        load_base(folder)
    save_model(replace(taught, card={"settings": {"start_from": taught.base.name}}), folder)
    with pytest.raises(ModelError, match=r"starts from light; expected light, and the labels of both$"):
        train_from_paths([folder / "labels that are not there.csv"], folder.parent / "new", start_from=folder)


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"base": "0" * 64}, "not the model that model.json names"),
        ({"classes": ["favor"]}, "classes"),
        ({"anchors": [1]}, "anchors"),
        ({"reads_words": "yes"}, "reads_words yes"),
        ({"added": ["more"]}, "added"),
        ({"anchors": []}, "expected float32 or float16 of shape|expected at most|bytes"),
    ],
)
def test_a_damaged_description_is_refused(folder: Path, changes: dict[str, object], seen: str) -> None:
    edit_json(folder / "model.json", **changes)
    with pytest.raises(ModelError, match=seen):
        load_model(folder)


def test_damaged_arrays_and_bases_are_refused(folder: Path) -> None:
    prior = folder / "prior.npy"
    prior.write_bytes(prior.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(ModelError, match=r"prior\.npy: its digest"):
        load_model(folder)
    (folder / "train_rows.npy").write_bytes(b"no array")
    with pytest.raises(ModelError, match="expected digests of pairs"):
        train_rows(folder)
    shutil.rmtree(folder / "base")
    with pytest.raises(ModelError, match="base"):
        load_model(folder)


def test_a_base_that_was_adapted_is_refused(folder: Path) -> None:
    shutil.copytree(folder, folder / "again")
    shutil.rmtree(folder / "base")
    (folder / "again").rename(folder / "base")
    with pytest.raises(ModelError, match="base"):
        load_model(folder)


# From tables ----------------------------------------------------------------------------------------------------------


def table(path: Path, comments: list[LabelledComment], role: str = "train") -> Path:
    rows = (
        {"text": c.text, "target": c.target, "label": str(c.label), "document": c.document, "role": role}
        for c in comments
    )
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def test_audit_rows_measure_and_never_teach(tmp_path: Path) -> None:
    path = table(tmp_path / "labels.jsonl", labels(60))
    audit = [c for c in labels(80) if c.document == "story 3" or c.text.endswith(("61", "67", "72", "75"))]
    path = table(path, audit, role="audit")
    training = train_from_paths([path], tmp_path / "own", start_from="light")
    every = {(c.text, c.target) for c in (*labels(60), *audit)}
    assert training.evaluation["n"] == len(every)  # audit rows are measured on in their folds
    rows = set(train_rows(tmp_path / "own").tolist())
    assert not rows & {pair_digest(c.text, c.target) for c in audit}
    stories = {c.document for c in audit}
    others = {pair_digest(c.text, c.target) for c in labels(60) if c.document not in stories}
    assert others
    assert others <= rows
    assert training.model.card["settings"]["start_from"].startswith("light@")


def test_audit_texts_and_articles_are_known_in_other_capitals_spaces_and_numbers(tmp_path: Path) -> None:
    """As when one of two tables went through a spreadsheet."""
    every = [replace(c, document=f"{int(str(c.document).split()[1]):03}") for c in labels(60)]
    audit = [c for c in every if c.document == "003"]
    others = [c for c in every if c.document != "003"]
    again = [replace(c, text=f" {c.text.upper()}  ", document="7") for c in audit]
    in_thread = [replace(c, text=f"{c.text} too", document="3.0") for c in audit]
    path = table(tmp_path / "labels.jsonl", [*others, *again, *in_thread])
    train_from_paths([table(path, audit, role="audit")], tmp_path / "own", start_from="light")
    rows = set(train_rows(tmp_path / "own").tolist())
    assert rows >= {pair_digest(c.text, c.target) for c in others}
    assert not rows & {pair_digest(c.text, c.target) for c in (*again, *in_thread)}


def test_a_random_audit_of_few_articles_leaves_labels_to_train_on(tmp_path: Path) -> None:
    audit = [c for n, c in enumerate(labels(60)) if n % 5 == 0]  # of 16 of 20 articles, as random samples are
    path = table(tmp_path / "labels.jsonl", [c for c in labels(60) if c not in audit])
    training = train_from_paths([table(path, audit, role="audit")], tmp_path / "own", start_from="light")
    texts = {c.text for c in audit}
    taught = {pair_digest(c.text, c.target) for c in labels(60) if c.text not in texts}
    assert set(train_rows(tmp_path / "own").tolist()) == taught | set(train_rows(model_folder("light")).tolist())
    assert "16 of 16 articles with audit labels are trained on too; under others expect less" in training.warnings


def test_a_table_without_not_addressed_is_told(tmp_path: Path) -> None:
    named = [c for c in labels(60) if c.label is not NOT]
    unnamed = [replace(c, label=NEUTRAL) for c in labels(60) if c.label is NOT]
    for rows, told in (
        (named, "no text that names its target will be, and the others stay as light@"),
        ([*named, *unnamed], "texts that do not name their target will count as neutral"),
        (labels(40), None),  # said of texts that do not name it, though of too few to learn from
    ):
        path = table(tmp_path / f"{len(rows)}.jsonl", rows)
        training = train_from_paths([path], tmp_path / "own", start_from="light")
        for lines in (training.warnings, training.model.card["limits"]):
            found = [line for line in lines if "not_addressed" in line]
            assert [f"o label says not_addressed: {told}" in line for line in found] == ([True] if told else [])


def test_other_languages_and_few_articles_are_told_and_on_the_card(tmp_path: Path) -> None:
    german = [
        LabelledComment(f"Russland ist groß, wie wir alle wissen, Teil {i}", "russia", NEUTRAL, document="story 1")
        for i in range(5)
    ]
    few_stories = [replace(c, document=f"story {int(str(c.document).split()[1]) % 18}") for c in labels(40)]
    path = table(tmp_path / "labels.jsonl", [*few_stories, *german])
    training = train_from_paths([path], tmp_path / "own", start_from="light")
    held_out = training.model.card["data"]["held_out"]["stories"]
    few = f"ntervals rest on {held_out} stories; under 20 they are too narrow"
    foreign = "5 of 165 pairs are in languages that the model gives no stance in (de); it scores en"
    assert {f"i{few}", foreign} <= set(training.warnings)
    assert {f"I{few}.", f"{foreign}."} <= set(training.model.card["limits"])


# The head that starts from a prior ------------------------------------------------------------------------------------


def test_a_prior_stands_where_columns_say_nothing() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(400, 3))
    prior = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    gold = np.array([generator.choice(3, p=np.exp(row)) for row in prior])
    noise = generator.normal(size=(400, 2))
    fitted = StanceClassifier(has_prior=True, C=0.01).fit(np.hstack([prior, noise]), gold)
    assert np.abs(fitted.predict_proba(np.hstack([prior, noise])) - np.exp(prior)).max() < 0.15


def test_labels_are_weighed_by_how_like_the_users_a_text_is() -> None:
    """Hidden units of the user's texts differ from those that the base keeps in one number."""
    generator = np.random.default_rng(0)
    replay, hidden = generator.normal(size=(300, 8)), generator.normal(size=(100, 8))
    hidden[:, 0] += 4
    weights, intercept = training.fit_reach(np.vstack([hidden, np.zeros((5, 8))]), replay)
    own, others = (1 / (1 + np.exp(-(rows @ weights + intercept))) for rows in (hidden, replay))
    assert own.mean() > 0.8
    assert others.mean() < 0.3

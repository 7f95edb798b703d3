"""Training: what is read, what is refused, what is held out, and that the shipped model earns its place."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from stance.datamodels import STANCES, LabelledComment, Stance, Via
from stance.evaluation import Example, held_out_stories, is_drawn, make_examples, story_of, story_split
from stance.evaluation.assessment import Options, measure_answers
from stance.exceptions import LabelError, ModelError
from stance.labels import load_labels
from stance.resources import ALL_COMMENTS, COMMENTS, LANGUAGE_COMMENTS
from stance.scoring.features import InstanceFeatures
from stance.scoring.instances import is_named
from stance.scoring.persistence import load_model
from stance.scoring.targets import load_targets
from stance.training import shares_of_unnamed, train, train_from_paths


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def test_reads_a_table_with_one_row_per_target(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(
        "id,text,target,label,document,parent,role,probability\n"
        '1,"Go Russia,\ngo",Russia,pro,d1,,train,\n'
        "2,No NATO,nato,CON,d1,Join it?,audit,0.25\n"
        "3,Hm,us,NONE,,,,\n"
        "4,They differ,us,,,,,\n"
    )
    table = load_labels([path])
    assert [(c.comment_id, c.target, c.label, c.document, c.parent, c.role, c.probability) for c in table.comments] == [
        ("1", "russia", Stance.FAVOR, "d1", None, "train", None),
        ("2", "nato", Stance.AGAINST, "d1", "Join it?", "audit", 0.25),
        ("3", "us", Stance.NEUTRAL, None, None, "train", None),
    ]
    assert not table.skipped


def test_reads_rows_with_an_object_of_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", {"text": "Go", "group": "g", "labels": {"us": "favor", "ukraine": "against"}})
    found = {comment.target: comment.label for comment in load_labels([path]).comments}
    assert found == {
        "russia": Stance.NOT_ADDRESSED,
        "us": Stance.FAVOR,
        "nato": Stance.NOT_ADDRESSED,
        "ukraine": Stance.AGAINST,
    }


def test_reads_folders_and_packed_tables(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.csv.gz", "wt") as file:
        file.write("text,target,label\nGo,us,pro\n")
    write(tmp_path / "b.jsonl", {"text": "Go", "target": "us", "label": "con"})
    assert [c.label for c in load_labels([tmp_path]).comments] == [Stance.FAVOR, Stance.AGAINST]


GOOD = {"text": "Go", "target": "us", "label": "pro"}


@pytest.mark.parametrize(
    ("row", "seen"),
    [
        ({"target": "us", "label": "pro"}, "no text"),
        ({"text": 3, "target": "us", "label": "pro"}, "no text"),
        ({"text": "Go", "label": "pro"}, "no target"),
        (GOOD | {"label": "maybe"}, "label 'maybe'"),
        (GOOD | {"label": ["perhaps"]}, "label"),
        (GOOD | {"role": "judge"}, "role 'judge'"),
        (GOOD | {"probability": "inf"}, "probability inf"),
        (GOOD | {"probability": 2}, "probability 2"),
        ({"text": "Go", "labels": ["us"]}, "labels is a list"),
        (GOOD | {"text": "x" * 300_000}, "300000 characters"),
        ([1], "not an object"),
    ],
)
def test_bad_row_is_named_and_the_rest_is_read(tmp_path: Path, row: dict[str, object], seen: str) -> None:
    path = write(tmp_path / "x.jsonl", GOOD, row, GOOD)
    table = load_labels([path])
    assert len(table.comments) == 2
    assert [skip.source for skip in table.skipped] == [f"{path}:2"]
    assert seen in table.skipped[0].reason


@pytest.mark.parametrize(
    ("name", "content", "seen"),
    [
        ("x.csv", b"", "no column 'text' among nothing"),
        ("x.csv", b"text,stance\nGo,pro\n", "no column 'label' among text, stance"),
        ("x.csv", b"text,target,label\n\xff,us,pro\n", "not UTF-8 at b"),
        ("x.csv", b"text,target,label\n", "no row of labels"),
        ("x.jsonl", b"{", "no row of labels"),
        ("x.jsonl", b"[" * 100_000, "no row of labels"),
        ("x.csv.gz", b"not packed", "no column 'text' among not packed"),
        ("x.xlsx", b"", "not a known kind of table"),
        ("x.csv", b"text,target,label\n" + b"x" * 200_001 + b",us,pro\n", "a text of 200001 characters"),
    ],
)
def test_bad_table_is_one_line(tmp_path: Path, name: str, content: bytes, seen: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LabelError) as error:
        load_labels([tmp_path / name])
    assert seen in str(error.value)
    assert name in str(error.value) or seen == "no row of labels"
    assert "\n" not in str(error.value)


def test_missing_table_and_folder_without_tables(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="No such file"):
        load_labels([tmp_path / "x.csv"])
    with pytest.raises(LabelError, match="no label table in this folder"):
        load_labels([tmp_path])


def labelled(text: str, label: str = "favor", target: str = "russia", **more: str) -> LabelledComment:
    return LabelledComment(text, target, Stance(label), **more)  # type: ignore[arg-type]


def test_audit_rows_are_never_trained_on() -> None:
    comments = [labelled("Russia a"), labelled("Russia b", role="audit")]
    assert [e.instance.text for e in make_examples(comments, load_targets())[0]] == ["Russia a"]
    assert len(make_examples(comments, load_targets(), audit=True)[0]) == 2


def test_how_a_target_is_addressed() -> None:
    comments = [
        labelled("Russia wins", document="s"),
        labelled("He is right", parent="Russia wins", document="s"),
        labelled("He is right", document="s", target="nato"),
        labelled("Fine", document="t"),
        labelled("Russia!", document="t"),
    ]
    found = [e.instance.via for e in make_examples(comments, load_targets())[0]]
    assert found == [Via.TEXT, Via.PARENT, None, Via.ARTICLE, Via.TEXT]


def test_a_target_that_is_defined_nowhere_is_looked_for_by_its_name() -> None:
    rows = [labelled("Russia"), labelled("No gun controls here", target="gun-control"), labelled("x", target="***")]
    examples, skipped = make_examples(rows, load_targets())
    assert [example.instance.target for example in examples] == ["russia", "gun-control"]
    assert [example.is_defined for example in examples] == [True, False]
    assert [(m.start, m.end) for m in examples[1].instance.own_mentions] == [(3, 15)]
    assert [(skip.source, skip.reason) for skip in skipped] == [("target '***'", "no name to look for; 1 row left out")]
    with pytest.raises(LabelError, match="none toward a target"):
        make_examples([labelled("x", target="***")], load_targets())


def test_each_undefined_target_is_looked_for_as_if_it_were_the_only_one() -> None:
    text = "A tax break for Russia"
    examples, _ = make_examples([labelled(text, target=t) for t in ("tax-break", "tax", "russia")], load_targets())
    assert [(m.target, m.start, m.end) for m in examples[0].instance.mentions] == [
        ("tax-break", 2, 11),
        ("russia", 16, 22),
    ]
    assert [(m.target, m.start, m.end) for m in examples[1].instance.mentions] == [("tax", 2, 5), ("russia", 16, 22)]
    assert [m.target for m in examples[2].instance.mentions] == ["russia"]


@cache
def corpus() -> tuple[Sequence[Example], Sequence[Example]]:
    table = load_labels([COMMENTS / f"{name}.jsonl" for name in "ps"])
    return story_split(make_examples(table.comments, load_targets())[0], held_out_stories())


def first_examples(name: str, count: int) -> Sequence[Example]:
    return make_examples(load_labels([COMMENTS / f"{name}.jsonl"]).comments[:count], load_targets())[0]


@cache
def shipped_comments() -> Sequence[LabelledComment]:
    return load_labels([*ALL_COMMENTS, *LANGUAGE_COMMENTS]).comments


def test_no_story_is_on_both_sides() -> None:
    fitted, measured = corpus()
    assert not {e.story for e in fitted} & {e.story for e in measured}
    assert 0.05 < len(measured) / (len(fitted) + len(measured)) < 0.25


def test_held_out_stories_are_stories_of_the_corpus() -> None:
    comments = shipped_comments()
    held_out = held_out_stories()
    assert held_out
    assert held_out <= {story_of(comment) for comment in comments}
    # These sets were written when the stories were already split, for training alone.
    alone = {story_of(comment) for comment in comments if comment.annotator in ("t", "wa", "wb", "wc")}
    english = [comment for comment in comments if not comment.language]
    assert {story for story in map(story_of, english) if is_drawn(story)} - held_out <= alone
    assert not held_out & alone


def test_stories_that_nobody_decided_on_are_drawn() -> None:
    comments = [labelled(f"Russia {i}", document=f"story {i}") for i in range(100)]
    fitted, measured = story_split(make_examples(comments, load_targets())[0], frozenset(["another"]))
    assert {e.story for e in measured} == {f"story {i}" for i in range(100) if is_drawn(f"story {i}")}
    assert fitted


@pytest.mark.parametrize("is_any", [True, False])
def test_of_few_stories_an_eighth_is_held_out_though_the_digest_draws_all_or_none(is_any: bool) -> None:
    stories = [story for story in (f"story {i}" for i in range(200)) if is_drawn(story) is is_any][:10]
    comments = [labelled(f"Russia {story}", document=story) for story in stories]
    fitted, measured = story_split(make_examples(comments, load_targets())[0])
    assert (len(fitted), len(measured)) == (8, 2)
    again = story_split(make_examples(comments[::-1], load_targets())[0])[1]
    assert {e.story for e in again} == {e.story for e in measured}


def test_too_little_to_train_on() -> None:
    with pytest.raises(LabelError, match="1 labelled pairs that name their target, with 1 stances; expected"):
        train(make_examples([labelled("Russia")], load_targets())[0])
    with pytest.raises(LabelError, match="expected enough to hold some out"):
        story_split(make_examples([labelled("Russia")], load_targets())[0])


@pytest.mark.slow
def test_shipped_model_beats_its_baselines_on_stories_it_never_saw() -> None:
    stories = held_out_stories()
    comments = [comment for comment in shipped_comments() if not comment.language and story_of(comment) in stories]
    held_out = [example for example in make_examples(comments, load_targets())[0] if example.is_defined]
    model = load_model()
    assert model.card["data"]["held_out"]["pairs"] == len(held_out)
    third = set(sorted(stories)[::3])  # the whole is measured when a model is made
    held_out = [example for example in held_out if example.story in third]
    probabilities = model.predict_proba([example.instance for example in held_out])
    options = Options(rule=lambda _: model.decision)
    record = measure_answers(held_out, probabilities, model=model.name, options=options)
    assert record["macro_f1"] == pytest.approx(model.card["measures"]["macro_f1"], abs=0.01)
    assert record["macro_f1"] > 0.57
    assert record["macro_f1"] > record["baselines"]["vader"]["macro_f1"] + 0.1
    assert record["macro_f1"] > record["baselines"]["majority"]["macro_f1"] + 0.3
    # Texts that do not name their target have the odds of real comments, not of these.
    named = [row for row, example in enumerate(held_out) if is_named(example.instance)]
    pairs = [held_out[row] for row in named]
    of_named = measure_answers(pairs, probabilities[named], model=model.name, options=options)
    assert of_named["ece"] < 0.06
    for target in ("russia", "us", "nato"):
        assert record["targets"][target]["macro_f1"] > 0.53


@pytest.mark.slow
def test_training_again_gives_the_same_and_the_better_model_stays(tmp_path: Path) -> None:
    rows = [
        {"text": f"{text} {i}", "target": "russia", "label": label, "document": f"story {i}"}
        for i in range(60)
        for text, label in (("I stand with Russia", "pro"), ("Shame on Russia", "con"), ("Russia is a country", "none"))
    ]
    good = write(tmp_path / "good.jsonl", *rows)
    swapped = {"pro": "con", "con": "pro", "none": "none"}
    bad = write(
        tmp_path / "bad.jsonl",
        *(row | {"label": swapped[str(row["label"])]} for row in rows if not is_drawn(str(row["document"]))),
        *(row for row in rows if is_drawn(str(row["document"]))),
    )
    first = train_from_paths([good], tmp_path / "m")
    again = train_from_paths([good], tmp_path / "other" / "m")
    assert first.is_saved
    assert first.current is None
    assert (tmp_path / "m" / "coef.npy").read_bytes() == (tmp_path / "other" / "m" / "coef.npy").read_bytes()
    assert first.model.name == again.model.name == load_model(tmp_path / "m").name
    worse = train_from_paths([bad], tmp_path / "m")
    assert not worse.is_saved
    assert worse.current is not None
    assert worse.current["macro_f1"] > worse.evaluation["macro_f1"]
    assert load_model(tmp_path / "m").name == first.model.name
    assert train_from_paths([bad], tmp_path / "m", force=True).is_saved


def test_a_place_that_holds_something_else_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("mine")
    with pytest.raises(ModelError, match=r"thesis\.txt: no part of a model, and would be lost"):
        train_from_paths([tmp_path / "labels that are not there.csv"], tmp_path / "thesis", force=True)
    assert (tmp_path / "thesis" / "thesis.txt").read_text() == "mine"


ROWS = [
    {"text": f"{text} {i}", "target": "russia", "label": label, "document": f"story {i}"}
    for i in range(200)
    for text, label in (("Good for Russia, dear folks", "pro"), ("Bad for Russia, dear folks", "con"))
]


@pytest.mark.parametrize(("new", "compared"), [(0, 0), (30, 60)])
def test_a_model_is_not_measured_on_what_it_was_trained_on_before_it_was_audited(
    tmp_path: Path, new: int, compared: int
) -> None:
    """What stands in the folder knows half the audit labels by heart; the new model saw none of them."""
    known = [row for row in ROWS if not is_drawn(str(row["document"]))][:60]
    first = write(tmp_path / "first.jsonl", *ROWS)
    more = [row | {"text": f"{row['text']} again", "document": f"new {row['document']}"} for row in ROWS[: 2 * new]]
    audit = [row | {"role": "audit"} for row in (*known, *more)]
    second = write(tmp_path / "second.jsonl", *(row for row in ROWS if row not in known), *audit)
    train_from_paths([first], tmp_path / "m", start_from="light")
    training = train_from_paths([second], tmp_path / "m", start_from="light")
    (told,) = [line for line in training.warnings if "was trained on" in line]
    assert f"was trained on 60 of {60 + 2 * new} pairs that measure" in told
    if compared:
        assert training.current is not None
        assert training.current["n"] == compared
    else:
        assert (training.current, training.is_saved) == (None, False)
        assert "cannot be compared" in told


def test_only_the_projects_own_comments_are_given_the_odds_of_real_ones() -> None:
    """They are known by their words: annotators of somebody's own labels may be called by the same letter."""
    own = [comment for comment in load_labels([COMMENTS / "p.jsonl"]).comments if "Iceland" not in comment.text][:60]
    found = {}
    for words in ("somebody's", "p's"):
        rows = [
            replace(each, target="iceland", label=Stance.AGAINST)
            if words == "p's"
            else labelled(f"What a day, number {i}", "against", annotator="p", document=each.document)
            for i, each in enumerate(own)
        ]
        examples, _ = make_examples(rows, load_targets())
        features = InstanceFeatures(n_hashes=64).fit([example.instance for example in examples])
        found[words] = shares_of_unnamed(examples, features)[0, 0]
    against, not_addressed = STANCES.index(Stance.AGAINST), STANCES.index(Stance.NOT_ADDRESSED)
    assert found["somebody's"][against] > 0.9
    assert found["p's"][not_addressed] > 0.8  # of all cells together it is .97


def test_annotators_of_the_same_stories_are_no_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comments of one story resemble each other, whoever labels them; the project's own sources have none in common."""

    class ToldError(Exception):
        pass

    def fit(*_: object, groups: Sequence[str], **__: object) -> None:
        raise ToldError(*sorted(set(groups)))

    monkeypatch.setattr("stance.training.StanceClassifier.fit", fit)
    words = (("Good for Russia", "favor"), ("Bad for Russia", "against"))
    rows = [
        labelled(f"{text}, number {i}", label, document=f"story {i % 6}", annotator=f"annotator {i % 5}")
        for i in range(60)
        for text, label in words
    ]
    with pytest.raises(ToldError) as of_somebody:
        train(make_examples(rows, load_targets())[0], light=True)
    assert of_somebody.value.args == tuple(f"story {i}" for i in range(6))
    with pytest.raises(ToldError) as ours:
        train([each for name in "abcs" for each in first_examples(name, 60)], light=True)
    assert ours.value.args == ("a", "b", "c", "s")


def test_a_story_of_somebodys_own_that_is_called_like_one_of_ours_is_not_all_that_is_measured(tmp_path: Path) -> None:
    ours = min(held_out_stories())
    rows = [row | {"document": ours} if row["document"] == "story 0" else row for row in ROWS]
    training = train_from_paths([write(tmp_path / "labels.jsonl", *rows)], tmp_path / "m", light=True)
    assert training.evaluation["n"] > 10

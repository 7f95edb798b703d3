"""Comments in other languages than English: names, stems, and the model that is loaded for them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from stance.datamodels import Comment, Document, LabelledComment, Stance
from stance.learn.adaptation import adapt
from stance.learn.examples import make_examples
from stance.options.models import ModelOptions, TargetOptions
from stance.options.run import PrivacyOptions, Run
from stance.runs.models import open_scorer
from stance.scoring.documents import DocumentScorer
from stance.scoring.persistence import load_model, save_model, train_rows
from stance.scoring.targets.target_set import load_targets
from tests.support.commands import invoke
from tests.support.tables import table

CODES = ("nl", "de", "fr", "es", "ru", "tr")
AGAINST_NATO = table("other_languages", "cases")["AGAINST_NATO"]


def page(language: str, *texts: str) -> Document:
    comments = tuple(Comment(str(number), text, language=language) for number, text in enumerate(texts))
    return Document("d", "d", language=language, comments=comments)


def scorer(languages: tuple[str, ...] | None = None) -> DocumentScorer:
    options, nato = ModelOptions(languages=languages), TargetOptions(target=("nato",))
    return open_scorer(Run(model=options, privacy=PrivacyOptions(names=True), targets=nato))


@pytest.mark.parametrize("language", CODES)
def test_a_plain_insult_is_against_and_sounds_negative(language: str) -> None:
    (scored,) = scorer((language,)).score([page(language, AGAINST_NATO[language])])
    (score,) = scored.scores
    assert (score.stance, score.sentiment_method, score.target_sentiment) == (Stance.AGAINST, "learned", None)
    assert score.sentiment is not None
    assert score.sentiment < 0


def test_a_report_counts_languages_and_says_how_well_each_is_scored(tmp_path: Path) -> None:
    rows = [("NATO keeps us safe and I am grateful for it.", "en"), (AGAINST_NATO["nl"], "nl")]
    table = "text,language\n" + "".join(f'"{text}",{language}\n' for text, language in rows)
    (tmp_path / "t.csv").write_text(table, encoding="utf-8")
    invoke("report", tmp_path / "t.csv", "-o", tmp_path / "out", "-q", code=0)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["totals"]["scored_by_language"] == {"en": 1, "nl": 1}
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Languages of the scored comments: English (1), Dutch (1). The model's error" in re.sub("<[^>]+>", "", index)
    limits = " ".join(re.sub("<[^>]+>", "", index).split())
    for language in ("Dutch", "Arabic"):
        assert re.search(
            language + r": macro F1 0\.\d\d \(95 % interval 0\.\d\d to 0\.\d\d\) on \d+ pairs of real comments", limits
        )


def test_a_text_has_the_same_numbers_beside_others() -> None:
    model = load_model().others
    assert model is not None
    rows = [LabelledComment(text, "nato", Stance.AGAINST, language=code) for code, text in AGAINST_NATO.items()]
    examples, _ = make_examples(rows, load_targets())
    instances = [example.instance for example in examples]
    together = model.judge(instances)
    for row, instance in enumerate(instances):
        alone = model.judge([instance])
        assert np.array_equal(alone.probabilities[0], together.probabilities[row])
        assert together.sentiments is not None
        assert alone.sentiments is not None
        assert alone.sentiments[0] == together.sentiments[row]


@pytest.mark.parametrize(("language", "text", "targets"), table("names_in_languages"))
def test_names_of_a_language_count_in_it_alone(language: str, text: str, targets: list[str]) -> None:
    known = load_targets()
    found = {mention.target for mention in known.find(text, language=language)} & {"russia", "us", "nato"}
    assert found == set(targets)
    assert known.find("Les amis de la Russie sont là", language="en") == known.find("Les amis de la Russie sont là")


@pytest.mark.parametrize("language", ["../targets/nl", "/etc", "nl/..", "xx"])
def test_a_language_of_an_input_is_never_a_path(language: str) -> None:
    known = load_targets()
    assert known.in_language(language) is known
    assert known.in_language("nl") is not known


def test_labels_in_a_language_teach_its_part_and_leave_english_alone(tmp_path: Path) -> None:
    rows = [
        LabelledComment(f"{text} {n}", "nato", label, document=f"s{n % 9}", language="nl", comment_id=f"{label}{n}")
        for n in range(40)
        for text, label in (("De NAVO is knudde hoor", Stance.FAVOR), ("De NAVO is top hoor", Stance.AGAINST))
    ]
    examples, _ = make_examples(rows, load_targets())
    base = load_model("default")
    taught = adapt(base, examples, others=())
    assert taught.coef is base.coef  # English is as it was
    assert taught.others is not None
    assert base.others is not None
    assert not np.array_equal(taught.others.coef, base.others.coef)
    digests = {example.digest for example in examples}
    save_model(taught, tmp_path / "mine", trained_on=digests)
    assert digests <= set(train_rows(tmp_path / "mine").tolist())
    loaded = load_model(tmp_path / "mine")
    instances = [example.instance for example in examples[:4]]
    assert np.allclose(loaded.predict_proba(instances), taught.predict_proba(instances), atol=1e-4)

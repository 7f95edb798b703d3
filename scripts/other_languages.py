"""What the model of other languages than English is made and measured with: weights, sentiments, and its card."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from threadpoolctl import threadpool_limits

from stance.datamodels import STANCES, Stance
from stance.evaluation.assessment import assess_model
from stance.evaluation.examples import Example
from stance.exceptions import ModelError
from stance.resources import LANGUAGE_COMMENTS
from stance.scoring.clauses import ENGLISH
from stance.scoring.encoder import MeaningFeatures
from stance.scoring.instances import Instance, is_named
from stance.scoring.model import SOUNDS_NEUTRAL, StanceModel, TextClassifiers, whole_text

ENGLISH_PAIRS = 8_000
"""English pairs that are learned from beside those of the language: with more, nothing changed."""

ENGLISH_WEIGHT = 0.2
"""How much each counts for words and meanings; at 1, macro F1 of the other languages fell by .03."""

LEAST_F1 = 0.65
"""Macro F1 on held-out stories below which a language is experimental: scored only where it is named."""

TRANSFERRED = ("ar",)
"""Languages in which nothing was labelled: they are judged by what was learned in others, and are experimental."""

LIMITS = (
    "Learned from and measured on comments written for the project in Dutch, German, French, Spanish, Russian and "
    "Turkish; real ones are harder.",
    "The encoder's weights have four bits, and it was trained by its makers to compare texts, not to tell sides.",
)

Floats = NDArray[np.float64]

TONES = ("negative", "neutral", "positive")
_TONE_STRENGTH = 1.0
_UNNAMED_STRENGTH = 2.0
_MOST_LOGIT = 20.0


def weigh(instances: Sequence[Instance], numbers: Any, meanings: MeaningFeatures) -> Floats:
    """Return how much each pair counts for words and meanings."""
    return np.array([ENGLISH_WEIGHT if each.language == ENGLISH else 1.0 for each in instances])


def learn_of_texts(
    model: StanceModel, examples: Sequence[Example], heard: Sequence[tuple[Instance, str]]
) -> StanceModel:
    """Return a model that also judges texts as a whole.

    :param examples: Labelled pairs, of which those are learned from that do not name their target.
    :param heard: Texts, as :func:`~stance.scoring.model.whole_text` makes them, and how each sounds, of :data:`TONES`.
    """
    meanings = model.features.meanings
    if meanings is None:
        raise ModelError(f"{model.name}: has no encoder; expected a model that has one")
    empty = TextClassifiers(model.features, (np.zeros((0, 0)), np.zeros(0)), {})
    texts = [text for text, _ in heard]
    sentiment = _regression(empty, texts, [tone for _, tone in heard], TONES, _TONE_STRENGTH, is_balanced=True)
    left = [example for example in examples if not is_named(example.instance)]
    unnamed = {}
    for target in meanings.anchors_:
        own = [example for example in left if example.instance.target == target]
        labels = [str(example.label) for example in own]
        unnamed[target] = _regression(
            empty, [example.instance for example in own], labels, STANCES, _UNNAMED_STRENGTH, is_balanced=False
        )
    return replace(model, of_texts=TextClassifiers(model.features, sentiment, unnamed))


def _regression(
    reader: TextClassifiers,
    texts: Sequence[Instance],
    labels: Sequence[str],
    classes: Sequence[str],
    strength: float,
    *,
    is_balanced: bool,
) -> tuple[Floats, Floats]:
    """Learn labels of texts as a whole; a class that none has gets no weight and the least intercept."""
    matrix = reader.columns(texts, reader.encode(texts))
    weights = "balanced" if is_balanced else None
    with threadpool_limits(1):
        learned = LogisticRegression(C=strength, max_iter=2_000, class_weight=weights).fit(matrix, labels)
    coef, intercept = np.zeros((len(classes), matrix.shape[1])), np.full(len(classes), -_MOST_LOGIT)
    rows = [[str(each) for each in classes].index(str(label)) for label in learned.classes_]
    coef[rows], intercept[rows] = learned.coef_, learned.intercept_
    return coef, intercept


def read_tones() -> Iterator[tuple[Instance, str, str]]:
    """Yield each comment that is labelled in another language: its text, how it sounds, and its story."""
    for folder in LANGUAGE_COMMENTS:
        for line in Path(folder, f"{folder.name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield whole_text(row["text"], row["lang"]), row["sentiment"], row["group"]


def measure_languages(model: StanceModel, held_out: Sequence[Example]) -> dict[str, Any]:
    """Measure a model in each of its languages on stories that are held out."""
    stories = {example.story for example in held_out}
    heard = [(text, tone) for text, tone, story in read_tones() if story in stories]
    found = {}
    for language in sorted(model.languages):
        part = [example for example in held_out if example.instance.language == language]
        if part:
            sounds = [(text, tone) for text, tone in heard if text.language == language]
            found[language] = _stance_record(model, part) | {"sentiment": _tone_record(model, sounds)}
    return found


def _stance_record(model: StanceModel, examples: Sequence[Example]) -> dict[str, Any]:
    record = assess_model(model, examples)
    kept = {key: record[key] for key in ("n", "macro_f1", "accuracy", "ece", "interval", "f1")}
    probabilities = model.predict_proba([example.instance for example in examples])
    sides = [i for i, example in enumerate(examples) if example.label in (Stance.FAVOR, Stance.AGAINST)]
    leaning = (probabilities[:, 0] - probabilities[:, 1])[sides]
    addressed = [example for example in examples if example.label is not Stance.NOT_ADDRESSED]
    named = [example for example in examples if is_named(example.instance)]
    return kept | {
        "comments": len({example.instance.text for example in examples}),
        "material": "written for the project",
        "auc": round(float(roc_auc_score([examples[i].label is Stance.FAVOR for i in sides], leaning)), 4),
        "baseline_f1": record["baselines"]["gate"]["macro_f1"],
        "gate": {
            "recall": round(sum(is_named(each.instance) for each in addressed) / len(addressed), 4),
            "precision": round(sum(each.label is not Stance.NOT_ADDRESSED for each in named) / len(named), 4),
        },
    }


def _tone_record(model: StanceModel, heard: Sequence[tuple[Instance, str]]) -> dict[str, Any]:
    learned = model.of_texts
    if learned is None:
        return {}
    texts = [text for text, _ in heard]
    scores = learned.sentiments(learned.read(texts, learned.encode(texts)))
    guesses = [TONES[int(score >= SOUNDS_NEUTRAL) - int(score <= -SOUNDS_NEUTRAL) + 1] for score in scores]
    macro = f1_score([tone for _, tone in heard], guesses, average="macro", labels=list(TONES))
    return {"n": len(heard), "macro_f1": round(float(macro), 4)}


def readme(card: Mapping[str, Any]) -> str:
    """Write the card of the model for readers."""
    tested = card["data"]["held_out"]
    return "\n".join(
        [
            "# Stance in other languages than English\n",
            f"Learned from {card['data']['train']['pairs']:,} pairs of comments written for the project in six"
            f" languages and {ENGLISH_PAIRS:,} English ones. Measured on {tested['pairs']:,} pairs of"
            f" {tested['stories']} stories that it did not learn from; 95 % intervals over stories.\n",
            *language_table(card["by_language"]),
            "",
            f"`gate` is the baseline that answers the commonest side wherever the target is named. Experimental, and"
            f" scored only where `--languages` names them: {', '.join(card['experimental']) or 'none'}.\n",
            "## Limits\n",
            *(f"- {limit}" for limit in card["limits"]),
            "",
        ]
    )


def language_table(by_language: Mapping[str, Any]) -> list[str]:
    """Write the measures of each language as a table."""
    head = (
        "language",
        "pairs",
        "macro F1",
        "gate",
        "favor or against, AUC",
        "ECE",
        "targets found",
        "sentiment, macro F1",
    )
    rows = [
        (
            language,
            f"{found['n']:,}",
            "{:.2f} ({:.2f} to {:.2f})".format(found["macro_f1"], *found["interval"]["macro_f1"]),
            f"{found['baseline_f1']:.2f}",
            f"{found['auc']:.2f}",
            f"{found['ece']:.2f}",
            "{recall:.2f} at precision {precision:.2f}".format(**found["gate"]),
            f"{found['sentiment']['macro_f1']:.2f}",
        )
        for language, found in by_language.items()
    ]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return [lines[0], f"|{'---|' * len(head)}", *lines[1:]]

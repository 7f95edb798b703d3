"""What the model of other languages than English is made and measured with: weights, sentiments, and its card."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from threadpoolctl import threadpool_limits

from research import COMMENTS, LANGUAGE_COMMENTS, read_written
from research.training.cards import assess_model
from research.training.real_comments import Kind, RealComments, measure
from stance.datamodels import SOUNDS, STANCES, LabelledComment, Stance
from stance.labels.adjudication import adjudicate
from stance.labels.tables import load_labels
from stance.learn.examples import Example, make_examples
from stance.scoring.instances import Instance, is_named
from stance.scoring.model import StanceModel
from stance.scoring.reader import HIDDEN, PairReader
from stance.scoring.targets.target_set import TargetSet

LEAST_REAL_F1 = 0.50
"""Macro F1 on real comments below which a language is experimental: scored only where it is named."""

TRANSFERRED = ("ar", "it", "pl", "uk")
"""Languages without comments to learn from that were written for the project: judged by what was learned in others."""

LIMITS = (
    "Learned from comments written for the project, 3,906 real ones (Turkish, German, Russian, Arabic and Spanish; "
    "some 150 French and 90 Dutch) and from English ones; labelled by AI assistants.",
    "Few of the real comments that it is measured on take a side toward NATO (20) or favor a target (74).",
    "Nothing was learned in Italian, Polish and Ukrainian; 60 written comments each measure them.",
    "The encoder's vectors of word pieces have four bits.",
)

Floats = NDArray[np.float64]

TONES = ("negative", "neutral", "positive")
_TONE_STRENGTH = 0.03


def fit_sentiments(reader: PairReader, heard: Sequence[tuple[Instance, str]]) -> Floats:
    """Learn how texts sound.

    :param heard: Texts, as instances toward no target, and how each sounds, of :data:`TONES`.
    :return: ``sound`` of a :class:`StanceModel`.
    """
    columns = reader.read([text for text, _ in heard])[:, HIDDEN:]
    with threadpool_limits(1):
        learned = LogisticRegression(C=_TONE_STRENGTH, max_iter=2_000, class_weight="balanced")
        learned.fit(columns, [TONES.index(tone) for _, tone in heard])
    return np.column_stack([learned.coef_, learned.intercept_])


def read_tones() -> Iterator[tuple[Instance, str, str]]:
    """Yield each comment that is labelled in another language: its text, how it sounds, and its story."""
    for folder in LANGUAGE_COMMENTS:
        for row in read_written(folder):
            yield Instance(row["text"], "", (), None, language=row["lang"]), row["sentiment"], row["group"]


def measure_languages(
    model: StanceModel, held_out: Sequence[Example], targets: TargetSet, tested: Path | None
) -> dict[str, Any]:
    """Measure a model in each of its languages, on stories that are held out and on real comments.

    :param tested: A table of real comments with the columns id, language, text, target and label; rows without a label
        are left out.
    """
    stories = {example.story for example in held_out}
    heard = [(text, tone) for text, tone, story in read_tones() if story in stories]
    found: dict[str, Any] = {}
    for language in sorted({*model.languages, *TRANSFERRED}):
        own = held_out if language not in TRANSFERRED else read_measured(language, targets)
        part = [example for example in own if example.instance.language == language]
        if part:
            sounds = [(text, tone) for text, tone in heard if text.language == language]
            found[language] = _stance_record(model, part) | {"sentiment": _tone_record(model, sounds)}
    for language, examples in read_tested(tested, targets).items():
        answers = model.predict_proba([example.instance for example in examples])
        kind = Kind(language, "", Path(), "")
        record = measure(RealComments(kind, examples, np.ones(len(examples))), answers, model.decision)
        found.setdefault(language, {})["real"] = {
            "n": record["pairs"],
            "comments": record["comments"],
            "macro_f1": record["macro_f1"][0],
            "interval": {"macro_f1": record["macro_f1"][1:]},
            "f1": {str(stance): record[f"f1_{stance}"][0] for stance in STANCES},
            "ece": record["ece"][0],
        }
    return dict(sorted(found.items()))


def read_measured(language: str, targets: TargetSet) -> list[Example]:
    """Read the comments in a language that nothing is learned of; none where there are none."""
    paths = [path for path in (COMMENTS / language / f"{language}.jsonl.gz",) if path.is_file()]
    return make_examples(adjudicate(load_labels(paths).comments).comments, targets)[0] if paths else []


def read_tested(table: Path | None, targets: TargetSet) -> dict[str, tuple[Example, ...]]:
    """Read the real comments that languages are measured on, by language, and all of them as ``all``."""
    if table is None:
        return {}
    with table.open(encoding="utf-8", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["label"]]
    comments = [
        LabelledComment(
            text=row["text"],
            target=row["target"],
            label=Stance(row["label"]),
            comment_id=row["id"],
            annotator="tested",
            language=row["language"],
        )
        for row in rows
    ]
    examples, _ = make_examples(comments, targets)
    languages = sorted({example.instance.language for example in examples})
    by_language = {each: tuple(e for e in examples if e.instance.language == each) for each in languages}
    return by_language | {"all": tuple(examples)}


def experimental(by_language: Mapping[str, Any]) -> list[str]:
    """Return the languages in which the model is not good enough to be used unless asked for.

    Without a measure on real comments a language is one of them.
    """
    real = {language: record.get("real", {}).get("macro_f1", 0.0) for language, record in by_language.items()}
    return [language for language, score in real.items() if score < LEAST_REAL_F1]


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
    scores = model.judge([text for text, _ in heard]).sentiments
    if scores is None or not len(scores) or np.isnan(scores).any():
        return {}
    guesses = [TONES[int(score >= SOUNDS) - int(score <= -SOUNDS) + 1] for score in scores]
    macro = f1_score([tone for _, tone in heard], guesses, average="macro", labels=list(TONES))
    return {"n": len(heard), "macro_f1": round(float(macro), 4)}


def readme(card: Mapping[str, Any]) -> str:
    """Write the card of the model for readers."""
    tested = card["data"]["held_out"]
    return "\n".join(
        [
            "# Stance in other languages than English\n",
            "Learned from comments written for the project in six languages, and from real posts and comments, English"
            f" ones too. Written ones are measured on {tested['pairs']:,} pairs of {tested['stories']} stories that it"
            " did not learn from. Real ones are posts and comments that name Russia, the US or NATO, from news sites,"
            " forums, YouTube and microblogs, none of them learned from. 95 % intervals.\n",
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
        "real: comments",
        "macro F1",
        "favor; against",
        "ECE",
        "written: pairs",
        "macro F1",
        "gate",
        "favor or against, AUC",
        "ECE",
        "sentiment, macro F1",
    )
    rows = [
        (language, *_real_cells(found.get("real")), *_written_cells(found)) for language, found in by_language.items()
    ]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return [lines[0], f"|{'---|' * len(head)}", *lines[1:]]


def _real_cells(real: Mapping[str, Any] | None) -> tuple[str, ...]:
    if not real:
        return ("", "", "", "")
    macro = "{:.2f} ({:.2f} to {:.2f})".format(real["macro_f1"], *real["interval"]["macro_f1"])
    return f"{real['comments']:,}", macro, "{favor:.2f}; {against:.2f}".format(**real["f1"]), f"{real['ece']:.2f}"


def _written_cells(found: Mapping[str, Any]) -> tuple[str, ...]:
    if "n" not in found:
        return ("", "", "", "", "", "")
    sounds = found["sentiment"].get("macro_f1")
    return (
        f"{found['n']:,}",
        "{:.2f} ({:.2f} to {:.2f})".format(found["macro_f1"], *found["interval"]["macro_f1"]),
        f"{found['baseline_f1']:.2f}",
        f"{found['auc']:.2f}",
        f"{found['ece']:.2f}",
        "" if sounds is None else f"{sounds:.2f}",
    )

"""Lay out small tables that commands print: of measures, targets and models."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from stance.datamodels import STANCES
from stance.records import aligned, printable

if TYPE_CHECKING:
    from stance.datamodels import Score
    from stance.scoring.instances import Scorer
    from stance.targets import TargetSet

MEASURES = {"macro_f1": "macro F1", "accuracy": "accuracy", "favg": "F1 of sides", "ece": "calibration error"}

MOST_TARGETS = 12
"""Targets in a table on a terminal; a corpus of topics may have thousands."""


def evaluation_table(record: Mapping[str, Any], *, current: Mapping[str, Any] | None = None) -> str:
    """Lay out measures with their intervals beside the baselines, and further results below.

    :param record: As ``stance evaluate --json`` prints it.
    :param current: The same of the model that a new one would replace.
    """
    rows = [(str(record.get("model", "model")), record)]
    targets = record.get("targets", {})
    shown = sorted(targets, key=lambda target: -targets[target]["n"])[:MOST_TARGETS]
    rows += [(f"  toward {target}", targets[target]) for target in sorted(shown)]
    if current:
        rows.append((f"current {current.get('model', '')}", current))
    rows += [(f"baseline {name}", measured) for name, measured in record.get("baselines", {}).items()]
    body = [[name, f"{row['n']:,}", *(_measure(row, measure) for measure in MEASURES)] for name, row in rows]
    head = ["", "n", *MEASURES.values()]
    if any(row.get("coverage", 1) < 1 for _, row in rows):
        head.append("decided")
        body = [[*cells, f"{row.get('coverage', 1):.1%}"] for cells, (_, row) in zip(body, rows, strict=True)]
    parts = [aligned([head, *body]), _classes_table(record), *_evaluation_notes(record, len(targets) - len(shown))]
    return "\n".join(part for part in parts if part)


def _classes_table(record: Mapping[str, Any]) -> str:
    """Lay out the measures of each stance; empty where they were not taken."""
    classes = record.get("classes", {})
    names = ("precision", "recall", "f1")
    rows = [[name, f"{each['n']:,}", *(_measure(each, measure) for measure in names)] for name, each in classes.items()]
    return "\n" + aligned([["stance", "n", *names], *rows]) if rows else ""


def _evaluation_notes(record: Mapping[str, Any], not_shown: int) -> Iterator[str]:
    """Write the results that have no place in the table of measures."""
    of_rows = {"": record, **{f"; toward {name}: ": each for name, each in record.get("targets", {}).items()}}
    partly = {name: each["f1"] for name, each in of_rows.items() if len(each.get("f1", STANCES)) < len(STANCES)}
    if partly:
        shown = ((printable(name), labels) for name, labels in islice(partly.items(), MOST_TARGETS))
        over = "".join(f"{name or ': '}{', '.join(labels)}" for name, labels in shown)
        yield f"macro F1 is over the labels that occur, F1 of sides always over favor and against{over}"
    if not_shown:
        yield f"{not_shown} smaller targets not shown; --json and -o give more of them"
    if abstaining := record.get("abstaining"):
        yield _surest_half(abstaining)
    if agreement := record.get("agreement"):
        humans, model = agreement["humans"], agreement["model"]
        yield (
            f"{agreement['pairs']:,} pairs labelled by several: two annotators agree on {humans['percent']:.1%}"
            f"{_alpha(humans)}, the model and an annotator on {model['percent']:.1%}{_alpha(model)}"
        )
    if curve := record.get("learning_curve"):
        rows = [
            [f"{each['labels']:,}", f"{each['mean']['macro_f1']:.3f}", f"± {each['spread']['macro_f1']:.3f}"]
            for each in curve["points"]
        ]
        yield "\n" + aligned([["labels", "macro F1", f"of {curve['seeds']} splits"], *rows])
        until = curve["pays_until"]
        where = "not found" if until["labels"] is None else f"about {until['labels']:,} labels"
        yield f"the next {curve['step']} labels stop paying ({until['bar']:.3f}): {where}: {until['reason']}"
        yield from (f"{labels} labels: {reason}" for labels, reason in curve["failed"].items())


def _surest_half(abstaining: Mapping[str, Any]) -> str:
    """Write how often the surest half is right: of all pairs, and of those that address or name their target."""
    words = {"all": "all", "addressed": "pairs that address their target", "named": "those of them that name it"}
    found = []
    for name, of in words.items():
        if measured := abstaining.get(name):
            half = measured["half"]
            found.append(f"{half['accuracy']:.3f}{_around(half['interval'])} of {of} (n {half['n']:,})")
    return f"accuracy on the surest half: {', '.join(found)}"


def _alpha(agreement: Mapping[str, Any]) -> str:
    return "" if agreement["alpha"] is None else f" (alpha {agreement['alpha']:.3f})"


def _measure(row: Mapping[str, Any], measure: str) -> str:
    around = _around(row.get("interval", {}).get(measure))
    return "none" if row[measure] is None else f"{row[measure]:.3f}{around}"


def _around(interval: Sequence[float] | None) -> str:
    return f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""


def quotation(texts: Mapping[str, Any], scores: Sequence["Score"]) -> str:
    """Lay out a found comment: its article, author and text, its stances with their probabilities, and its place."""
    first = scores[0]
    article = (first.outlet, texts["published"], texts["title"], texts["url"])
    lines = [", ".join(filter(None, article)), " ".join(texts["text"].split())]
    lines[1] = f"{', '.join(filter(None, (first.author or 'unnamed', first.posted)))}: {lines[1]}"
    for score in scores:
        pairs = zip(STANCES, score.probabilities or (), strict=False)
        probabilities = ", ".join(f"{stance} {probability:.2f}" for stance, probability in pairs)
        lines.append(f"{score.target}: {score.stance or 'not scored'}{f' ({probabilities})' * bool(probabilities)}")
    return "\n  ".join(map(printable, (*lines, texts["link"])))


def target_records(targets: "TargetSet") -> list[dict[str, Any]]:
    """Return the record of each target: how many aliases of which kind and language."""
    return [
        {
            "id": target.target_id,
            "label": target.label,
            "scored": not target.background,
            "aliases": len(target.aliases),
            "kinds": dict(Counter(alias.kind for alias in target.aliases)),
            "languages": dict(Counter(alias.language or "any" for alias in target.aliases)),
        }
        for target in targets.targets
    ]


def target_table(records: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the records of targets."""
    rows = [
        [row["id"], row["label"], "yes" if row["scored"] else "when asked for", f"{row['aliases']:,}"]
        for row in records
    ]
    return aligned([["id", "label", "scored", "aliases"], *rows])


def model_record(model: "Scorer") -> dict[str, Any]:
    """Return the name, languages and card of a model."""
    return {"name": model.name, "languages": list(model.languages), "card": model.card}


EXPERIMENTAL = "experimental, scored only if named in --languages"
"""Mark of a language in which macro F1 on real comments is under .50 or not measured."""


def model_table(models: Iterable["Scorer"]) -> str:
    """Lay out models with the targets that they were tested on, and the result."""
    rows = []
    for model in models:
        measures = model.card.get("measures", {})
        tested = ", ".join(model.card.get("targets_tested", ())) or "not stated"
        measured = _measure(measures, "macro_f1") if measures else "not measured"
        weak = getattr(model, "experimental", ())
        rows.append([model.name, ", ".join(each for each in model.languages if each not in weak), tested, measured])
    head = ["model", "languages", "tested toward", "macro F1 on held-out stories"]
    return "\n\n".join([aligned([head, *rows]), *_language_tables(models)])


def _language_tables(models: Iterable["Scorer"]) -> Iterator[str]:
    """Lay out what is known of each model in each of its other languages, on real comments and on written ones."""
    head = ["language", "macro F1 on real comments", "on held-out stories", ""]
    for model in models:
        records, weak = getattr(model, "by_language", {}), getattr(model, "experimental", ())
        rows = [
            [
                language,
                _measure(record.get("real", {}), "macro_f1") if record.get("real") else "not measured",
                _measure(record, "macro_f1") if "macro_f1" in record else "not measured",
                EXPERIMENTAL if language in weak else "",
            ]
            for language, record in records.items()
            if language in model.languages and isinstance(record, Mapping)
        ]
        if rows:
            yield f"{model.name} in other languages than English\n{aligned([head, *rows])}"

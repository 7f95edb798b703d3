"""List targets; train models on labels, and measure them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli import say
from stance.cli.common import AsJson, LabelFiles, Messages, command, flag, show_json
from stance.datamodels import STANCES, Record, Score, counted
from stance.exceptions import ModelError
from stance.records import aligned, printable, with_interval
from stance.run import MeasureOptions, ModelOptions, TargetsFile, TrainingOptions
from stance.scoring.targets import load_targets

if TYPE_CHECKING:
    from stance.scoring.instances import Scorer

MEASURES = {"macro_f1": "macro F1", "accuracy": "accuracy", "favg": "F1 of sides", "ece": "calibration error"}

MOST_TARGETS = 12
"""Maximum number of targets in a table on a terminal; a corpus of topics may have thousands."""


# Targets --------------------------------------------------------------------------------------------------------------


@command
def targets(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML file of targets to check.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the targets, or check a file of your own."""
    found = load_targets(file)
    for message in found.warnings:
        say(f"warning: {message}")
    records = [
        {
            "id": target.target_id,
            "label": target.label,
            "scored": not target.background,
            "aliases": len(target.aliases),
            "kinds": dict(Counter(alias.kind for alias in target.aliases)),
            "languages": dict(Counter(alias.language or "any" for alias in target.aliases)),
        }
        for target in found.targets
    ]
    if as_json:
        show_json(records)
        return
    rows = [
        (target.target_id, target.label, "when asked for" if target.background else "yes") for target in found.targets
    ]
    print(aligned([("id", "label", "scored"), *rows]))


# Training and measuring -----------------------------------------------------------------------------------------------


@command
def train(
    labels: LabelFiles,
    targets: TargetsFile,
    training: TrainingOptions,
    log: Messages,
    folder: Annotated[Path, flag("--output -o", "Model folder to write.")],
    force: Annotated[bool, flag("--force", "Replace the model in the folder.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on labelled comments."""
    from stance.learn.training import train_from_paths

    if (folder / "model.json").exists() and not force:
        raise ModelError(f"{folder}: holds a model; expected another folder, or --force to replace it")
    trained = train_from_paths(
        labels,
        folder,
        targets=targets.load(),
        seed=training.seed,
        start_from=training.start_from,
        progress=lambda step: log.say(f"{step} ..."),
    )
    log.skip(*trained.skipped)
    log.warn("labels", *trained.warnings)
    if as_json:
        show_json({"folder": str(folder), "evaluation": trained.evaluation})
    else:
        print(f"{evaluation_table(trained.evaluation)}\n{verdict_line(trained.evaluation['compared'], folder)}")


def verdict_line(compared: Record, folder: Path) -> str:
    """Write whether a new model is better than the one that it is compared with."""
    rival, found = compared["model"], compared["difference"]
    if found is None:
        return f"{folder}: not compared with {rival}, which was trained on all these labels"
    verdict = {"better": "better than", "worse": "worse than", "unsure": "not surely better or worse than"}
    low, high = found["interval"]
    pairs = f"{counted(found['n'], 'pair')} of {counted(compared['stories'], 'story', 'stories')}"
    if compared["verdict"] == "unsure" and not low <= 0 <= high:
        pairs += ", too few to decide"
    if left := compared["left_out"]:
        pairs += f", without {left:,} that {rival} was trained on"
    return (
        f"{folder}: {verdict[compared['verdict']]} {rival}: difference of macro F1 "
        f"{with_interval(found['difference'], (low, high), '+')} on {pairs}; use it with --model {folder}"
    )


@command
def evaluate(
    labels: LabelFiles,
    model: ModelOptions,
    targets: TargetsFile,
    measured: MeasureOptions,
    log: Messages,
    as_json: AsJson = False,
) -> None:
    """Measure a model on labelled comments."""
    from stance.learn.assessment import AssessmentOptions, assess_paths, training_rows

    known = targets.load()
    options = AssessmentOptions(measured.seed, model.abstain, measured.merge, measured.role)
    scorer = model.load(known)
    record, skipped = assess_paths(labels, scorer, targets=known, options=options, seen=training_rows(model.model))
    log.skip(*skipped)
    log.say(*(f"warning: {warning}" for warning in record["warnings"]))
    if as_json:
        show_json(record)
    else:
        print(f"{card_line(scorer)}\n{evaluation_table(record)}")


def card_line(model: "Scorer") -> str:
    """Write what the card of a model says: its languages, and its measures on the pairs that were held out."""
    measures, weak = model.card.get("measures"), getattr(model, "experimental", ())
    parts = [f"languages {', '.join(each for each in model.languages if each not in weak)}"]
    if weak:
        parts.append(f"experimental, scored only if named in --languages: {', '.join(weak)}")
    if tested := model.card.get("targets_tested", ()):
        parts.append(f"tested toward {', '.join(tested)}")
    if measures:
        parts.append(f"macro F1 on its held-out pairs {_measure(measures, 'macro_f1')}")
    return printable(f"{model.name}: {'; '.join(parts)}")


def evaluation_table(record: Record) -> str:
    """Lay out measures with their intervals next to the baselines, and further results below.

    :param record: As ``stance evaluate --json`` prints it.
    """
    targets = record.get("targets", {})
    shown = sorted(targets, key=lambda target: -targets[target]["n"])[:MOST_TARGETS]
    rows = [(str(record.get("model", "model")), record)]
    rows += [(f"  toward {target}", targets[target]) for target in sorted(shown)]
    rows += [(f"baseline {name}", measured) for name, measured in record.get("baselines", {}).items()]
    body = [[name, f"{row['n']:,}", *(_measure(row, measure) for measure in MEASURES)] for name, row in rows]
    head = ["", "n", *MEASURES.values()]
    if any(row.get("coverage", 1) < 1 for _, row in rows):
        head.append("decided")
        body = [[*cells, f"{row.get('coverage', 1):.1%}"] for cells, (_, row) in zip(body, rows, strict=True)]
    parts = [aligned([head, *body])]
    if classes := record.get("classes"):
        names = ("precision", "recall", "f1")
        body = [[each, f"{of['n']:,}", *(_measure(of, name) for name in names)] for each, of in classes.items()]
        parts.append("\n" + aligned([["stance", "n", *names], *body]))
    if left := len(targets) - len(shown):
        parts.append(f"{left} smaller targets not shown; --json gives more of them")
    of_rows = [("", record), *((f"; toward {target}", targets[target]) for target in shown)]
    partly = [(name, row["f1"]) for name, row in of_rows if len(row.get("f1", STANCES)) < len(STANCES)]
    if partly:
        over = "".join(f"{printable(name)}: {', '.join(labels)}" for name, labels in partly)
        parts.append(f"macro F1 is over the labels that occur, F1 of sides always over favor and against{over}")
    return "\n".join(parts)


def _measure(row: Record, measure: str) -> str:
    return "none" if row[measure] is None else with_interval(row[measure], row.get("interval", {}).get(measure))


def quotation(texts: Record, scores: Sequence[Score]) -> str:
    """Lay out a found comment: its article, author and text, its stances with their probabilities, and its place."""
    first = scores[0]
    article = (first.outlet, texts["published"], texts["title"], texts["url"])
    said = ", ".join(filter(None, (first.author or "unnamed", first.posted)))
    lines = [", ".join(filter(None, article)), f"{said}: {' '.join(texts['text'].split())}"]
    for score in scores:
        pairs = zip(STANCES, score.probabilities or (), strict=False)
        probabilities = ", ".join(f"{stance} {probability:.2f}" for stance, probability in pairs)
        lines.append(f"{score.target}: {score.stance or 'not scored'}{f' ({probabilities})' * bool(probabilities)}")
    return "\n  ".join(map(printable, (*lines, texts["link"])))

"""The commands about models: train and evaluate."""

from pathlib import Path
from typing import TYPE_CHECKING

from stance.cli import common
from stance.cli.common import LabelFiles, Messages, command
from stance.datamodels import STANCES, Record, counted
from stance.exceptions import ModelError
from stance.options.arguments import AsJson, ModelFolder, Replace
from stance.options.models import MeasureOptions, ModelOptions, TargetsFile, TrainingOptions
from stance.records.writers import aligned, with_interval
from stance.text_forms import printable

if TYPE_CHECKING:
    from stance.scoring.instances import Scorer


@command
def train(
    labels: LabelFiles,
    targets: TargetsFile,
    training: TrainingOptions,
    log: Messages,
    folder: ModelFolder,
    force: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on labelled comments."""
    from stance.learn.training import train_from_paths
    from stance.runs.models import model_in_use

    if (folder / "card.json").exists() and not force:
        raise ModelError(f"{folder}: contains a model; expected another folder, or --force to replace this model")
    base, seed, known = training.start_from or model_in_use(labels).find(), training.seed, targets.load()

    trained = train_from_paths(
        labels, folder, targets=known, seed=seed, start_from=base, log=log,
        progress=lambda step: log.say(f"{step} ..."),
    )  # fmt: skip
    verdict = verdict_line(trained.evaluation["compared"], folder)
    record = {"folder": str(folder), "evaluation": trained.evaluation}
    common.show_result(record, as_json, lambda _: f"{evaluation_table(trained.evaluation)}\n{verdict}")


def verdict_line(compared: Record, folder: Path) -> str:
    """Write whether a new model is better than the one that it is compared with."""
    rival, difference = compared["model"], compared["difference"]
    if difference is None:
        return f"{folder}: not compared with {rival}, which was trained on all these labels; to compare, label others"
    verdict = {"better": "better than", "worse": "worse than", "unsure": "no clear difference from"}
    low, high = difference["interval"]
    clusters = ("text", "texts") if compared["resampled"] == "texts" else ("story", "stories")
    pairs = f"{counted(difference['n'], 'pair')} of {counted(compared['stories'], *clusters)}"
    if compared["verdict"] == "unsure" and not low <= 0 <= high:
        pairs += ", too few to decide"
    if left := compared["left_out"]:
        pairs += f", without {left:,} that {rival} was trained on"
    advice = f"Use it with --model {folder}" if compared["verdict"] == "better" else f"Keep {rival}"
    size = f"Difference of macro F1: {with_interval(difference['difference'], (low, high), '+')} on {pairs}"
    rows = compared.get("changes", {}).values()
    right, wrong = (sum(row[name] for row in rows) for name in ("became_right", "became_wrong"))
    changed = f"; {counted(right, 'answer')} became right and {wrong:,} became wrong" if rows else ""
    if elsewhere := compared.get("elsewhere"):
        change = with_interval(elsewhere["difference"], elsewhere["interval"], "+")
        changed += f". On {counted(elsewhere['n'], 'pair')} of other English texts: {change}"
        advice += ", for texts like yours alone" * (compared["verdict"] == "better" and elsewhere["interval"][1] < 0)
    return f"{folder}: {verdict[compared['verdict']]} {rival} on your texts. {size}{changed}. {advice}"


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
    from stance.runs.models import measure_model

    record, scorer = measure_model(labels, model, targets, measured, log)
    log.say(*(f"warning: {warning}" for warning in record["warnings"]))
    common.show_result(record, as_json, lambda _: f"{card_line(scorer)}\n{evaluation_table(record)}")


def card_line(model: "Scorer") -> str:
    """Write the card of a model: its languages, and its measures on the pairs that were held out."""
    measures, weak = model.card.get("measures"), getattr(model, "experimental", ())
    parts = [f"languages {', '.join(language for language in model.languages if language not in weak)}"]
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
    rows = [(str(record.get("model", "model")), record)]
    rows += [(f"  toward {target}", targets[target]) for target in sorted(targets)]
    rivals = record.get("against", {})
    rows += [(printable(name), measured) for name, measured in rivals.items()]
    rows += [(f"baseline {name}", measured) for name, measured in record.get("baselines", {}).items()]
    measures = {"macro_f1": "macro F1", "accuracy": "accuracy", "favg": "F1 of sides", "ece": "calibration error"}
    body = [[name, f"{row['n']:,}", *(_measure(row, measure) for measure in measures)] for name, row in rows]
    head = ["", "n", *measures.values()]
    if any(row.get("coverage", 1) < 1 for _, row in rows):
        head.append("decided")
        body = [[*cells, f"{row.get('coverage', 1):.1%}"] for cells, (_, row) in zip(body, rows, strict=True)]
    parts = [aligned([head, *body])]
    for name, measured in rivals.items():
        if difference := measured["difference"]:
            size = with_interval(difference["difference"], difference["interval"], "+")
            on = counted(difference["n"], "pair")
            parts.append(printable(f"{rows[0][0]} instead of {name}: macro F1 {size} on {on} that both decided"))
    if classes := record.get("classes"):
        names = ("precision", "recall", "f1")
        body = [[stance, f"{of['n']:,}", *(_measure(of, name) for name in names)] for stance, of in classes.items()]
        parts.append("\n" + aligned([["stance", "n", *names], *body]))
    of_rows = [("", record), *((f"; toward {target}", targets[target]) for target in sorted(targets))]
    partly = [(name, row["f1"]) for name, row in of_rows if len(row.get("f1", STANCES)) < len(STANCES)]
    if partly:
        over = "".join(f"{printable(name)}: {', '.join(labels)}" for name, labels in partly)
        parts.append(f"F1 of sides averages favor and against; macro F1 averages the labels that occur{over}")
    return "\n".join(parts)


def _measure(row: Record, measure: str) -> str:
    return "none" if row[measure] is None else with_interval(row[measure], row.get("interval", {}).get(measure))

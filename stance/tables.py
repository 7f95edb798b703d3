"""What commands print for a person: small tables of measures, targets and models."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stance.scoring.scorers import Scorer
    from stance.targets import TargetSet

MEASURES = {"macro_f1": "macro F1", "accuracy": "accuracy", "favg": "F1 of sides", "ece": "calibration error"}


def evaluation_table(record: Mapping[str, Any], *, current: Mapping[str, Any] | None = None) -> str:
    """Lay out measures with their intervals beside the baselines.

    :param record: As ``stance evaluate --json`` prints it.
    :param current: The same of the model that a new one would replace.
    """
    rows = [(str(record.get("model", "model")), record)]
    rows += [(f"  toward {target}", measured) for target, measured in record.get("targets", {}).items()]
    if current:
        rows.append((f"current {current.get('model', '')}", current))
    rows += [(f"baseline {name}", measured) for name, measured in record.get("baselines", {}).items()]
    body = [[name, f"{row['n']:,}", *(_measure(row, measure) for measure in MEASURES)] for name, row in rows]
    head = ["", "n", *MEASURES.values()]
    if any(row.get("coverage", 1) < 1 for _, row in rows):
        head.append("decided")
        body = [[*cells, f"{row.get('coverage', 1):.1%}"] for cells, (_, row) in zip(body, rows, strict=True)]
    return aligned([head, *body])


def _measure(row: Mapping[str, Any], measure: str) -> str:
    interval = row.get("interval", {}).get(measure)
    around = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
    return f"{row[measure]:.3f}{around}"


def target_records(targets: "TargetSet") -> list[dict[str, Any]]:
    """Give what is known of each target: how many aliases of which kind and language."""
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


def target_table(targets: "TargetSet") -> str:
    """Lay out the targets."""
    rows = [
        [row["id"], row["label"], "yes" if row["scored"] else "when asked for", f"{row['aliases']:,}"]
        for row in target_records(targets)
    ]
    return aligned([["id", "label", "scored", "aliases"], *rows])


def model_record(model: "Scorer") -> dict[str, Any]:
    """Give what is known of a model."""
    return {"name": model.name, "languages": list(model.languages), "card": model.card}


def model_table(models: Iterable["Scorer"]) -> str:
    """Lay out models with what they were measured on."""
    rows = []
    for model in models:
        measures = model.card.get("measures", {})
        tested = ", ".join(model.card.get("targets_tested", ())) or "not stated"
        rows.append(
            [
                model.name,
                ", ".join(model.languages),
                tested,
                _measure(measures, "macro_f1") if measures else "not measured",
            ]
        )
    return aligned([["model", "languages", "tested toward", "macro F1 on held-out stories"], *rows])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows of cells in columns that line up."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)

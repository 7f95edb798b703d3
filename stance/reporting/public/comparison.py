"""Write comparisons that may be shared."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stance.datamodels import SIDES, Record, Stance
from stance.reporting import summary as records
from stance.reporting.charts import sentiment_chart, stance_chart
from stance.reporting.citations import sentence_to_copy, source_line
from stance.reporting.comparison import publish_comparison
from stance.reporting.opening import opening
from stance.reporting.public.counts import FEWEST_SHOWN, LEAVES, Counts, PublicCounts, protect_comments, protect_stances
from stance.reporting.public.records import (
    group_of_cells,
    hide_labels,
    is_public,
    public_audit,
    shown_differences,
    shown_sentiment,
)
from stance.reporting.rendering import Targets, render, sentences
from stance.reporting.summary import ModelNote


def write_public_comparison(
    comparison: Record, folder: Path, *, targets: Targets, model: ModelNote, pages: PublicCounts | None = None
) -> Path:
    """Write a comparison for others.

    Parameters and return value as those of :func:`stance.reporting.comparison.write_comparison`.

    :param pages: Of a comparison of outlets: it hides what the report of these pages hides.
    """
    labels = dict(targets)
    record = public_comparison(comparison, tuple(labels), pages) | {"model": records.model_record(model, targets)}
    groups, source = record["groups"], source_line(record)
    chart = stance_chart("comparison-stance", groups, labels, source=source, by=record["by"], absent="no share")
    values = {**record, "labels": labels, "public": record["public"]["left_out"], "command": None, "chart": chart}
    values["wording_chart"] = sentiment_chart(record["sentiment"], labels, record["by"])
    told = opening(record, labels)
    values |= told | {"copied": sentence_to_copy(told, groups if record["by"] == "outlet" else (), source)}
    values["has_index"] = is_public(folder / "summary.json")
    return publish_comparison(folder, record, render("public_comparison.html", values))


def public_comparison(comparison: Record, targets: Sequence[str], pages: PublicCounts | None = None) -> Record:
    """Return the shown parts of a comparison.

    The groups' sum is taken to be known, as it is where the report of the same comments is public too.
    """
    groups = comparison["groups"]
    if pages is None:
        together = np.arange(len(groups))
        comments = protect_comments(np.array([group["comments"] for group in groups], np.int64), together)
        cells: Counts = {None: comments} | {
            target: protect_stances(_leaves(groups, target), together) for target in targets
        }
        numbers = {group["group"]: number for number, group in enumerate(groups)}
    else:
        cells, numbers = pages.protect(), pages.groups
    masked = [group_of_cells(group, cells, numbers[group["group"]]) for group in groups]
    audit = public_audit(comparison.get("audit"))
    hide_labels(masked, audit)
    differences = shown_differences(masked, comparison["differences"])
    record: Record = {
        "public": {"fewest": FEWEST_SHOWN, "left_out": sentences("public.txt", "comparison", FEWEST_SHOWN)},
        "by": comparison["by"],
        "targets": list(targets),
        "groups": masked,
        "differences": differences,
        "differences_withheld": len(comparison["differences"]) - len(differences),
        "not_paired": comparison["not_paired"],
        "audit": audit,
        **shown_sentiment(comparison),
    }
    return record


def _leaves(groups: Sequence[Record], target: str) -> Any:
    """Return the counts of groups toward a target, in the order of ``LEAVES``."""
    rows = [
        [counts[side] for side in SIDES] + [counts[Stance.NOT_ADDRESSED] + group["without_stance"][target]]
        for group in groups
        for counts in (group["counts"][target],)
    ]
    return np.array(rows, np.int64).reshape(-1, len(LEAVES))

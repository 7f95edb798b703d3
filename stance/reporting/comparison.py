"""Write a comparison of groups as a page, and beside it the record that the page was drawn from, nested and as a table.

A section whose numbers a record lacks says so in one sentence. No picture mixes two populations.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stance.datamodels import STANCES
from stance.reporting import captions
from stance.reporting.forest import (
    MOST_DRAWN,
    MOST_IN_GRID,
    POPULATIONS,
    SHOWN_SIDES,
    Figures,
    Forest,
    Scale,
    Whisker,
    draw_forest,
    figures,
    largest,
    matrix,
    net_scale,
    pair_grids,
    share_scale,
    whisker,
)
from stance.reporting.methods import citation, methods_text, references
from stance.reporting.pages import Targets, render
from stance.reporting.summary import ModelNote, model_record
from stance.reporting.tidy import COLUMNS, tidy_rows
from stance.reporting.trends import draw_trends
from stance.staging import Staging

MOST_SHOWN = 20
"""Rows of a table that are open to see; the others fold."""

MOST_TABLED = 200
"""Rows of a table on the page; ``comparison.csv`` holds all. Two hundred still load at once on a phone."""

FILES = ("comparison.json", "comparison.csv", "comparison.html")

POPULATION_WORDS: Mapping[str, str] = {
    "outlet": "Comments like these",
    "corpus": "Exactly these comments",
}

VARIANT_WORDS: Mapping[str, str] = {
    "abstention": "unsure ones take no side",
    "soft": "probabilities summed",
    "one_vote": "one vote per author",
    "without_largest_author": "no largest author",
    "without_largest_article": "no largest article",
    "vader": "VADER",
}

Record = dict[str, Any]

Drawn = tuple[Scale, list[tuple[Record, Whisker | None]]]
"""Numbers and where their marks stand, on one scale."""


def write_comparison(
    comparison: Mapping[str, Any],
    folder: Path,
    *,
    targets: Targets,
    model: ModelNote,
    command: str | None = None,
) -> Path:
    """Write ``comparison.html``, ``comparison.json`` and ``comparison.csv``, all or none.

    :param comparison: A comparison's record: ``by``, ``groups``, ``differences``; ``audit`` where labels were given;
        ``design``, ``matched``, ``series``, ``sensitivity`` where there is anything to say.
    :param folder: Where they go; made if it is not there.
    :param targets: Identifiers and labels of the targets, in the order in which they are shown.
    :param model: What is known of the model that scored.
    :param command: The command that made the comparison, to be printed in it.
    :return: The path of ``comparison.html``.
    :raises ConfigError: If the folder cannot be made or written.
    """
    from stance import __version__

    record = {"audit": None, **comparison, "model": model_record(model, targets), "command": command}
    labels = dict(targets)
    values = page_values(record, labels)
    record |= {
        "captions": values["captions"],
        "methods": methods_text(record, labels, __version__),
        "references": references(record),
        "citation": list(citation(model.name, __version__)),
    }
    return publish_comparison(folder, record, tidy_rows(record), render("comparison.html", {**record, **values}))


def publish_comparison(folder: Path, record: Record, rows: Iterable[Record], page: Iterable[str]) -> Path:
    """Write the three files of a comparison, in the place of those of an earlier one.

    :param rows: Of ``comparison.csv``, with the columns ``COLUMNS``.
    :param page: Parts of ``comparison.html``.
    :return: The path of the page.
    """
    with Staging(folder) as staging:
        with staging.telling(), staging.open("comparison.json") as file:
            file.write(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
        with staging.telling(), staging.open("comparison.csv") as file:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows(rows)
        with staging.telling(), staging.open("comparison.html") as file:
            file.writelines(page)
        staging.publish(FILES)
    return folder / "comparison.html"


def page_values(record: Record, labels: Mapping[str, str]) -> Record:
    """Give what the template shows beside the record: where the parts of its pictures stand, and their captions."""
    found = figures(record)
    forests = {population: _forests(record, found, labels, population) for population in POPULATIONS}
    drawn = largest(record["groups"], MOST_DRAWN)
    cells = matrix(drawn, found, tuple(labels))
    trends = draw_trends(record["series"], tuple(labels)) if record.get("series") else ()
    tested_scale, tested = _tested(record["differences"])
    matched_scale, matched_rows = _matched_rows(record.get("matched"))
    values = {
        "labels": labels,
        "use": captions.use_of_labels(record),
        "bounded": bounded_groups(record),
        "most_shown": MOST_SHOWN,
        "most_tabled": MOST_TABLED,
        "most_in_grid": MOST_IN_GRID,
        "stances": [str(stance) for stance in STANCES],
        "population_words": POPULATION_WORDS,
        "design_rows": _design_rows(record),
        "forests": forests,
        "matrix": cells,
        "confusions": _confusions(drawn, labels),
        "sentiments": _sentiments(record["groups"], labels),
        "tested": tested,
        "tested_scale": tested_scale,
        "untested": [each for each in record["differences"] if each["verdict"] == "not_tested"],
        "grids": pair_grids(record["groups"], record["differences"]),
        "matched_rows": matched_rows,
        "matched_scale": matched_scale,
        "trends": trends,
        "sensitive": _sensitivity(record, drawn),
    }
    return values | {"captions": _captions(record, values, labels)}


def bounded_groups(comparison: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Name the groups and targets whose shares have intervals; of any other, counts alone are shown."""
    return {
        (group["group"], share["target"])
        for group in comparison["groups"]
        for share in group["shares"]
        if share["population"] == "outlet" and share["interval"] is not None
    }


def _forests(
    record: Record, found: Figures, labels: Mapping[str, str], population: str
) -> tuple[tuple[Forest, Mapping[str, Scale]], ...]:
    """Draw a forest for each target, all of a population on the same scales, so that they compare."""
    numbers = [(measure, number) for (_, _, of, measure), number in found.numbers.items() if of == population]
    shares = share_scale(number for measure, number in numbers if measure in SHOWN_SIDES)
    nets = net_scale(number for measure, number in numbers if measure == "net")
    scales = {"net": nets} | {str(side): shares for side in SHOWN_SIDES}
    forests = (draw_forest(record["groups"], found, target, population, scales) for target in labels)
    return tuple((forest, scales) for forest in forests if forest.rows)


def _design_rows(record: Record) -> list[Record]:
    """Put what the design says of each group beside its counts; where there are many groups, the largest first."""
    told = {each["group"]: each for each in record.get("design") or ()}
    rows = [{"counts": group, "design": told.get(group["group"])} for group in record["groups"]]
    return rows if len(rows) <= MOST_SHOWN else sorted(rows, key=lambda row: -row["counts"]["comments"])


def _sentiments(groups: Iterable[Mapping[str, Any]], labels: Mapping[str, str]) -> list[tuple[str, Mapping[str, Any]]]:
    """Give the mean sentiment of each group around each target, by target; of comments like these."""
    found = [
        (group["group"], mean)
        for group in groups
        for mean in group.get("means") or ()
        if mean["measure"] == "sentiment" and mean["population"] == "outlet" and mean["n"] and mean["target"] in labels
    ]
    return sorted(found, key=lambda each: list(labels).index(each[1]["target"]))


def _confusions(groups: Iterable[Mapping[str, Any]], labels: Mapping[str, str]) -> list[Record]:
    return [
        {
            "group": group["group"],
            "target": target,
            "table": table,
            "caption": captions.unbroken(captions.confusion_caption(labels[target], table)),
        }
        for group in groups
        for target, table in (group.get("confusion") or {}).items()
        if target in labels and any(sum(row.values()) for row in table.values())
    ]


def _tested(differences: Sequence[Record]) -> Drawn:
    """Draw the differences that were tested: those found first, the larger before the smaller."""
    tested = [each for each in differences if each["verdict"] != "not_tested"]
    tested.sort(key=lambda each: (each["verdict"] != "differ", -abs(each["estimate"])))
    scale = net_scale(tested)
    return scale, [(each, whisker(each, scale, is_corrected=each["verdict"] == "differ")) for each in tested]


def _matched_rows(matched: Record | None) -> Drawn:
    """Draw matched gaps beside the gaps as they are; those that could not be matched come last."""
    differences = matched["differences"] if matched else []
    drawn = [_with_point(each) for each in differences]
    scale = net_scale(drawn)
    rows = [
        (each, whisker(shown, scale, other=each["unadjusted"], is_corrected=each["interval"] is not None))
        for each, shown in zip(differences, drawn, strict=True)
    ]
    return scale, sorted(rows, key=lambda row: (row[1] is None, -abs(row[0]["unadjusted"] or 0.0)))


def _with_point(each: Record) -> Record:
    """Give a gap without an interval one of no width, so that its mark is drawn."""
    has_none = each["interval"] is None and each["estimate"] is not None
    return {**each, "interval": (each["estimate"], each["estimate"])} if has_none else each


def _sensitivity(record: Record, groups: Sequence[Mapping[str, Any]]) -> Record | None:
    """Draw how far each choice moves a share, of the groups with most comments."""
    drawn = {group["group"] for group in groups}
    rows = [
        each
        for each in record.get("sensitivity") or ()
        if each["group"] in drawn and each["stance"] in SHOWN_SIDES and each["base"] is not None
    ]
    if not rows:
        return None
    kinds = dict.fromkeys(kind for each in rows for kind in each["variants"])
    spans = [(each, *_span(each)) for each in rows]
    return {
        "rows": sorted(spans, key=lambda row: row[1] - row[2]),
        "kinds": list(kinds),
        "words": {kind: variant_words(kind) for kind in kinds},
    }


def _span(each: Record) -> tuple[float, float]:
    """Give the lowest and the highest share of a row, VADER's aside, which measures something else."""
    others = (found["share"] for kind, found in each["variants"].items() if kind != "vader")
    shares = [each["base"], *(share for share in others if share is not None)]
    return min(shares), max(shares)


def variant_words(kind: str) -> str:
    """Name a choice in words."""
    if kind.startswith("threshold_"):
        return f"sure from {kind.removeprefix('threshold_')} on"
    return VARIANT_WORDS.get(kind, kind.replace("_", " "))


def _captions(record: Record, values: Record, labels: Mapping[str, str]) -> dict[str, str]:
    """Say under each picture what it shows."""
    if not record["groups"]:
        return {}
    told = {
        "design": captions.design_caption(record),
        "matrix": captions.matrix_caption(cell for _, row in values["matrix"] for cell in row),
        "differences": captions.differences_caption(record, labels),
    }
    for population, forests in values["forests"].items():
        for forest, _ in forests:
            told[f"forest {forest.target} {population}"] = captions.forest_caption(
                record, forest, labels[forest.target]
            )
    for trends in values["trends"]:
        told[f"series {trends.target}"] = captions.trends_caption(
            trends, record["series"]["unit"], labels[trends.target]
        )
    if values["matched_rows"]:
        told["matched"] = captions.matched_caption(record["matched"], labels)
    if values["sensitive"]:
        rows = [row for row, *_ in values["sensitive"]["rows"]]
        told["sensitivity"] = captions.sensitivity_caption(rows, labels, values["sensitive"]["words"])
    return {picture: captions.unbroken(text) for picture, text in told.items()}

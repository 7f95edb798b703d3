"""Write a comparison of groups as a page, with the record that the page was drawn from, nested and as a table.

A section whose numbers a record lacks says so in one sentence. No picture mixes two populations.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from stance.datamodels import Record
from stance.records import COMPARED, LABELS_FILE, cell_of, csv_head, csv_text, is_numbered
from stance.reporting import rendering
from stance.reporting.article import measured_grades
from stance.reporting.opening import opening, source_line, use_of_labels, with_claims
from stance.reporting.rendering import METHOD_WORDS, how_to_cite, keep_percent_together, render, sentence
from stance.reporting.summary import ModelNote, model_record
from stance.reporting.wording import SENTIMENT_FILE, sentiment_csv, sentiment_sides
from stance.resources import OWN, SHARED, open_folder

Tables = Mapping[str, Iterable[str]]
"""Parts of CSV files by the names in :data:`COMPARED`."""

MOST_SHOWN = 20
"""Maximum number of rows of a table that are open; the others fold."""

MOST_TABLED = 200
"""Maximum number of rows of a table on the page, so that a phone loads it; ``comparison.csv`` holds all."""


def write_comparison(
    comparison: Record,
    folder: Path,
    *,
    targets: rendering.Targets,
    model: ModelNote,
    command: str | None = None,
    tables: Tables | None = None,
) -> Path:
    """Write ``comparison.html``, ``comparison.json`` and ``comparison.csv``, all or none.

    :param comparison: A comparison's record: ``by``, ``groups``, ``differences``; ``audit`` where labels were given;
        ``series`` where there is anything to report.
    :param folder: Where they go; made if it is not there.
    :param targets: Identifiers and labels of the targets, in the order in which they are shown.
    :param model: The facts known about the model that scored.
    :param command: The command that made the comparison, to be printed in it.
    :param tables: The scores and labels that it rests on; None: it is a part of a report, which has them.
    :return: The path of ``comparison.html``.
    :raises ConfigError: If the folder cannot be made or written.
    """
    record = {"audit": None, **comparison, "model": model_record(model, targets), "command": command}
    labels = record["target_labels"] = dict(targets)
    values = page_values(record, labels)
    record |= {
        "methods": methods_text(record, labels),
        "citation": how_to_cite(model.name),
        "findings": values["findings"],
        "sentiment_findings": rendering.sentences("sentiment.txt", "differs", values, labels),
        "groups": with_claims(record["groups"], values["claims"]),
    }
    values["has_index"] = (folder / "index.html").is_file()
    page = render("comparison.html", {**record, **values})
    return publish_comparison(folder, record, tidy_rows(record), page, tables)


def publish_comparison(
    folder: Path, record: Record, rows: Iterable[Record], page: Iterable[str], tables: Tables | None = None
) -> Path:
    """Write the three files of a comparison, in the place of those of an earlier one.

    A private one has ``sentiment.csv`` too, where the folder holds no report, which has one of its own.

    :param rows: Of ``comparison.csv``, with the columns ``COLUMNS``.
    :param page: Parts of ``comparison.html``.
    :param tables: As for :func:`write_comparison`.
    :return: The path of the page.
    :raises ConfigError: If the folder cannot be made or written.
    """
    table = csv_head(COLUMNS) + csv_text(map(cell_of, row.values()) for row in rows)
    nested = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    files = {"comparison.json": [nested], "comparison.csv": [table], "comparison.html": page}
    is_public = "public" in record
    stale = [SENTIMENT_FILE] if is_public or not (folder / "summary.json").is_file() else []
    means = sentiment_csv((record["by"], mean) for mean in record.get("sentiment") or ())
    if stale and means and not is_public:
        files = {SENTIMENT_FILE: [means], **files}
    if tables is not None:
        names = tables_of(folder)
        files = {names[name]: parts for name, parts in tables.items()} | files
        stale += [each for each in (*names.values(), *COMPARED.values()) if each not in files]
        stale = [each for each in stale if each == SENTIMENT_FILE or may_replace(folder, each)]
    with open_folder(folder, SHARED if is_public else OWN) as output:
        for name, parts in files.items():
            with output.open(name) as file:
                file.writelines(parts)
        output.publish(list(files), stale=stale)
    return folder / "comparison.html"


def tables_of(folder: Path) -> Mapping[str, str]:
    """Return the names of the tables of a comparison: others where a report or the user has some of these names."""
    is_taken = (folder / "summary.json").is_file() or not all(may_replace(folder, name) for name in COMPARED)
    return COMPARED if is_taken else {name: name for name in COMPARED}


def may_replace(folder: Path, name: str) -> bool:
    """Return whether a table is missing or one that a comparison wrote."""
    path = folder / name
    is_own = is_numbered(path) if name == LABELS_FILE else (folder / "comparison.json").is_file()
    return is_own or name in COMPARED.values() or not path.exists()


# The page -------------------------------------------------------------------------------------------------------------


def page_values(record: Record, labels: Mapping[str, str]) -> Record:
    """Return the further values of the template: the layout of its pictures."""
    groups, differences, source = record["groups"], record["differences"], source_line(record)
    trends = rendering.draw_trends(record.get("series") or {"points": ()}, labels)
    for each in trends:
        each["chart"] = rendering.trend_chart(
            each,
            labels[each["target"]],
            unit=record["series"]["unit"],
            source=f"{source} Hollow marks are not corrected by labels; × means too few comments or articles.",
        )
    return {
        "record": record,
        "labels": labels,
        **opening(record, labels),
        "chart": rendering.stance_chart("comparison-stance", record["groups"], labels, source=source, by=record["by"]),
        "most_shown": MOST_SHOWN,
        "most_tabled": MOST_TABLED,
        "largest_first": groups if len(groups) <= MOST_SHOWN else sorted(groups, key=lambda each: -each["comments"]),
        "tested": _tested(differences),
        "reasons": list(dict.fromkeys(each["note"] for each in differences if each.get("note"))),
        "trends": trends,
        "by": record["by"],
        **{name: record.get(name) or [] for name in ("sentiment", "sentiment_differences", "sentiment_changes")},
        "sentiment_sides": sentiment_sides(record.get("sentiment_sides") or ()),
    }


def _tested(differences: Sequence[Record]) -> list[Record]:
    """Return the differences that were tested: those found first, the larger before the smaller."""
    tested = [each for each in differences if each["verdict"] != "not_tested"]
    return sorted(tested, key=lambda each: (each["verdict"] != "differ", -abs(each["estimate"])))


def methods_text(comparison: Record, labels: Mapping[str, str]) -> list[str]:
    """Write the methods section: paragraphs of plain text.

    :param comparison: The record that the page is drawn from.
    :param labels: Target -> label, in the order in which they are shown.
    """
    means = (number for group in comparison["groups"] for number in group.get("means", ()))
    used = Counter(each["method"] for each in means if (each["population"], each["measure"]) == ("outlet", "net"))
    values = {
        "record": {"audit": None, "series": None, **comparison},
        "labels": labels,
        "among": sentence("captions.txt", "among", comparison),
        "use": use_of_labels(comparison),
        "methods": {method: used[method] for method in METHOD_WORDS},
        "graded": measured_grades().get(comparison["model"]["name"].partition("@")[0]),
    }
    text = "".join(render("methods.txt", values))
    paragraphs = (" ".join(line for line in part.splitlines() if line) for part in text.split("\n\n"))
    return [keep_percent_together(each) for each in paragraphs if each]


# The table ------------------------------------------------------------------------------------------------------------

COLUMNS = (
    "section", "group", "other", "target", "measure", "population", "period", "n", "value", "low", "high",
    "raw", "method", "labelled", "may_print", "printed", "effective", "verdict", "p_adjusted", "detectable", "note",
)  # fmt: skip
"""Words: the columns of ``comparison.csv``.

``section``: design, count, share, mean, difference, series, slope, event, topic, confusion, sentiment or
sentiment_difference. ``other``: the second group of a difference or slope, or the model's label in a confusion.
``measure``: a side, net, addressed, sentiment (its mean), negative or positive (shares that sound so), the name of a
count, or the audit's label in a confusion. ``population``: corpus (exactly these comments) or outlet
(comments like these). ``value`` is a number or nothing: the day of ``first`` and ``last`` is in ``note``. ``raw``: as
counted by the model. ``may_print``: whether the share may be. ``period``: of a slope, its unit."""

COUNTS = ("articles", "comments", "authors", "without_author", "not_covered")
DESIGN = (*("first", "last", "languages", "largest_author", "largest_article", "labelled"),)


def tidy_rows(comparison: Record) -> Iterator[Record]:
    """Return a row for each number that a picture shows.

    :param comparison: The record that the page is drawn from.
    """
    return map(tidy_row, _rows(comparison))


def tidy_row(row: Record) -> Record:
    """Return a row of the table, with all columns."""
    low, high = row.get("interval") or (None, None)
    return {column: ({"low": low, "high": high} | row).get(column) for column in COLUMNS}


def _rows(comparison: Record) -> Iterator[Record]:
    for group in comparison["groups"]:
        yield from _tidy_design(group)
    for group in comparison["groups"]:
        yield from _tidy_group(group)
    for each in comparison["differences"]:
        own = {"group": each["a"], "other": each["b"], "measure": each["stance"], "value": each["estimate"]}
        yield each | own | {"section": "difference", "population": "outlet"}
    for point in (comparison.get("series") or {"points": ()})["points"]:
        row = {"section": "series", "population": "outlet", "n": point["addressed"]}
        row |= {name: point[name] for name in ("group", "target", "period")}
        for measure in ("net", "favor", "against", *(["sentiment"] if "sentiment" in point else [])):
            number = point.get(measure) or {}
            kept = {name: number.get(name) for name in ("interval", "method", "may_print")}
            yield row | kept | {"measure": measure, "value": number.get("estimate"), "n": number.get("n", row["n"])}
    yield from _tidy_sentiment(comparison)
    changes = (comparison.get(name) or () for name in ("slopes", "topics", "sentiment_changes"))
    for each in chain.from_iterable(changes):
        row = {"section": each["kind"], "group": each["group"], "measure": each["stance"], "value": each["estimate"]}
        row |= {"period": each["unit"] if each["kind"] == "slope" else None, "population": "outlet"}
        names = ("other", "target", "interval", "method", "labelled", "verdict", "p_adjusted", "detectable", "note")
        yield {name: each[name] for name in names} | row | {"n": each["comments"]}


def _tidy_sentiment(comparison: Record) -> Iterator[Record]:
    for mean in comparison.get("sentiment") or ():
        row = mean | {"section": "sentiment", "measure": "sentiment", "value": mean["mean"]}
        yield row
        row |= {"population": "corpus", "interval": None, "may_print": None}
        yield from (row | {"measure": of, "value": mean[of]} for of in ("negative", "positive") if mean[of] is not None)
    for each in comparison.get("sentiment_differences") or ():
        own = {"group": each["a"], "other": each["b"], "measure": "sentiment", "value": each["estimate"]}
        yield each | own | {"section": "sentiment_difference", "population": "outlet"}


def _tidy_design(group: Record) -> Iterator[Record]:
    row = {"section": "design", "group": group["group"]}
    for measure in (*COUNTS, *DESIGN):
        value = group.get(measure)
        if isinstance(value, Mapping):
            yield from (row | {"measure": f"{measure} {part}", "value": n} for part, n in value.items())
        elif isinstance(value, str):  # among the numbers of ``value`` it would turn them all into text
            yield row | {"measure": measure, "note": value}
        elif value is not None:
            yield row | {"measure": measure, "value": value + 0}


def _tidy_group(group: Record) -> Iterator[Record]:
    own = {"group": group["group"]}
    for section, numbers in (("share", group["shares"]), ("mean", group.get("means", ()))):
        for number in numbers:
            measure = number.get("stance") or number["measure"]
            value = {"value": number["estimate"], "raw": number["details"].get("raw")}
            yield {**number, **own, "section": section, "measure": measure, **value}
    for target, table in (group.get("confusion") or {}).items():
        for label, row in table.items():
            for said, n in row.items():
                yield {"section": "confusion", **own, "other": said, "target": target, "measure": label, "value": n}

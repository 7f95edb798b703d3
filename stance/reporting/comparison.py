"""Write a comparison of groups as a page, with the record that the page was drawn from, nested and as tables.

A section whose numbers a record lacks says so in one sentence. No picture mixes two populations.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from stance.datamodels import Record, grouped
from stance.records.score_records import COMPARED, LABELS_FILE
from stance.records.writers import CODEBOOK, is_numbered
from stance.reporting import charts, rendering
from stance.reporting import tables as tidy
from stance.reporting.citations import reasons_without_use, sentences_to_copy, source_line, use_of_labels
from stance.reporting.opening import opening, with_claims
from stance.reporting.plan import command_parts
from stance.reporting.public.records import is_public as is_shared
from stance.reporting.rendering import render, sentence
from stance.reporting.summary import ModelNote, model_record
from stance.reporting.summary_file import Settle, as_computed, record_json
from stance.reporting.wording import how_to_cite, keep_percent_together, value_words
from stance.resources import GRADES, VERSION, shipped_json
from stance.resources.files import OWN, SHARED
from stance.resources.folders import open_folder

Basis = Mapping[str, Iterable[str]]
"""Parts of the CSV files of scores and labels, by their names."""

NOTHING: Basis = MappingProxyType({})

MOST_SHOWN = 20
"""Maximum number of rows of a table that are open; the others fold."""


def write_comparison(
    comparison: Record,
    folder: Path,
    *,
    targets: rendering.Targets,
    model: ModelNote,
    command: str | None = None,
    basis: Basis | None = NOTHING,
    settle: Settle = as_computed,
) -> list[Path]:
    """Write ``comparison.html``, ``comparison.json``, the tables of :mod:`stance.reporting.tables` and their codebook.

    :param comparison: A comparison's record: ``by``, ``groups``, ``differences``; ``audit`` where labels were given;
        ``series`` where there is anything to report. Or its parts that may be shown, as
        :func:`stance.reporting.public.records.public_comparison` returns them.
    :param folder: Where they go; made if it is not there.
    :param targets: Identifiers and labels of the targets, in the order in which they are shown.
    :param model: The facts known about the model that scored.
    :param command: The command that made the comparison, to be printed in it.
    :param basis: The scores and labels that it rests on; None: it is a part of a report, which has these.
    :param settle: Returns the record to draw from.
    :return: The paths of the files, ``comparison.html`` first.
    :raises ConfigError: If the folder cannot be made or written.
    """
    is_public = "public" in comparison
    record = {**comparison, "audit": comparison.get("audit"), "model": model_record(model, targets), "command": command}
    labels = record["target_labels"] = dict(targets)
    is_linked = not is_public or is_shared(folder / "summary.json")  # else the index is a private one
    record["has_index"] = is_linked and (folder / "index.html").is_file()
    record["version"] = VERSION
    record["command_parts"] = command_parts(command)
    record = settle("comparison", record)
    values = page_values(record, labels)
    record |= {
        "methods": [] if is_public else methods_text(record, labels),
        "citation": how_to_cite(model.name),
        **{name: values[name] for name in ("findings", "plan")},
        "sentiment_findings": rendering.sentences("sentiment.txt", "differs", values, labels),
        "groups": with_claims(record["groups"], values["claims"]),
    }
    return publish_comparison(folder, record, render("comparison.html", {**record, **values}), basis)


def publish_comparison(folder: Path, record: Record, page: Iterable[str], basis: Basis | None) -> list[Path]:
    """Write the page, the record and the tables of a comparison, in the place of those of an earlier one.

    In the folder of a report, which has tables of its own, those of the same name are named :data:`tidy.APART`.

    :param page: Parts of ``comparison.html``.
    :param basis: As for :func:`write_comparison`.
    :return: The paths of the files, the page first.
    :raises ConfigError: If the folder cannot be made or written.
    """
    is_public, own_names = "public" in record, tables_of(folder)
    names = dict(zip(own_names, own_names, strict=True)) if is_public else own_names
    rows = {name: rows for name, rows in tidy.tables_of(record).items() if basis is not None or name not in names}
    written = dict(tidy.csv_files(rows))
    tables = {names.get(name, name): parts for name, parts in {**(basis or {}), **written}.items()}
    stale = {*tidy.NAMES, *COMPARED.values()} - {*COMPARED, *tables}
    if basis is not None:
        stale |= {name for name in own_names.values() if may_replace(folder, name)} - {*tables}
    files = {"comparison.html": page, "comparison.json": record_json(record), **tables}
    with open_folder(folder, SHARED if is_public else OWN) as output:
        for name, text in files.items():
            with output.open(name) as file:
                file.writelines(text)
        columns = {name: tidy.head_of(output.unpublished / name) for name in tables}
        with output.open(CODEBOOK) as file:
            file.write(tidy.codebook(folder, columns, stale))
        output.publish([CODEBOOK, *files][::-1], stale=sorted(stale))
    return [folder / name for name in (*files, CODEBOOK)]


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
    groups, differences, source = record["groups"], record["differences"], source_line(record, record["groups"])
    told, tested = opening(record, labels), [test for test in differences if test["verdict"] != "not_tested"]
    trends = charts.draw_trends(record.get("series") or {"points": ()}, labels)
    for trend in trends:
        trend["chart"] = charts.trend_chart(
            trend,
            labels[trend["target"]],
            unit=record["series"]["unit"],
            source=f"{source} Hollow marks are not corrected by labels; × means no interval.",
        )
    return {
        "record": record,
        "labels": labels,
        **told,
        "copied": sentences_to_copy(told, record, [group["group"] for group in groups if record["by"] == "outlet"]),
        "chart": charts.stance_chart("comparison-stance", record["groups"], labels, source=source, by=record["by"]),
        "wording_chart": charts.sentiment_chart(record.get("sentiment") or (), labels, record["by"]),
        "most_shown": MOST_SHOWN,
        # Maximum number of rows of a table on the page, so that a phone loads it; the CSV files hold all.
        "most_tabled": 200,
        "largest_first": groups if len(groups) <= MOST_SHOWN else charts.largest_first(groups),
        "tested": sorted(tested, key=lambda test: (test["verdict"] != "differ", -abs(test["estimate"]))),
        "reasons": reasons_of(differences, labels),
        "trends": trends,
        **{name: record.get(name) or [] for name in ("sentiment", "sentiment_differences", "sentiment_changes")},
        "sentiment_sides": tidy.sentiment_sides(record.get("sentiment_sides") or ()),
    }


def reasons_of(tests: Iterable[Record], labels: Mapping[str, str]) -> dict[str, list[str]]:
    """List the groups that are in no test by reason, with the targets where the reason is not of all."""
    targets: dict[tuple[str, str], dict[str, str]] = {}
    for test in tests:
        for name, reason in test.get("reasons", {}).items():
            targets.setdefault((reason, name), {})[test["target"]] = labels[test["target"]]
    words = {key: "" if len(of) == len(labels) else f" ({', '.join(of.values())})" for key, of in targets.items()}
    return grouped((reason, f"{name}{words[reason, name]}") for reason, name in targets)


def methods_text(comparison: Record, labels: Mapping[str, str]) -> list[str]:
    """Write the methods section: paragraphs of plain text.

    :param comparison: The record that the page is drawn from.
    :param labels: Target -> label, in the order in which they are shown.
    """
    means = (mean for group in comparison["groups"] for mean in group.get("means", ()))
    used = Counter(mean["method"] for mean in means if (mean["population"], mean["measure"]) == ("outlet", "net"))
    values = {
        "record": {"audit": None, "series": None, **comparison},
        "labels": labels,
        "among": sentence("captions.txt", "among", comparison),
        "use": use_of_labels(comparison),
        "unused": reasons_without_use(comparison),
        "methods": {method: used[method] for method in value_words()["METHOD_WORDS"]},
        "graded": shipped_json(GRADES).get(comparison["model"]["name"].partition("@")[0]),
    }
    text = "".join(render("methods.txt", values))
    paragraphs = (" ".join(line for line in part.splitlines() if line) for part in text.split("\n\n"))
    return [keep_percent_together(paragraph) for paragraph in paragraphs if paragraph]

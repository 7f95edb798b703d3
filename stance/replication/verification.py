"""Write bundles for replication; compute the figures of reports and bundles again, and name those that differ.

The pipeline itself computes figures again: it reads the scores and labels in the folder, and writes another report into
a temporary folder. Facts that no table of scores holds, such as the length of an article, are not compared.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from jinja2 import UndefinedError

from stance import pipeline
from stance.datamodels import Record, Unit
from stance.exceptions import ConfigError
from stance.labels.numbered import has_labels, numbered, numbered_csv, rows_of
from stance.labels.separation import overlap_of, separated
from stance.log import Log
from stance.options.models import TargetOptions, TargetsFile
from stance.options.reading import Inputs, ReadingOptions
from stance.options.reports import AuditOptions, BundleOptions, ComparisonOptions
from stance.options.run import WITH_ARTICLES, Run
from stance.reading.bundles import BUNDLED_TARGETS, bundled, unbundled
from stance.records.score_records import COMPARED, LABELS_FILE, UTF8_MARK
from stance.records.writers import write_text
from stance.replication.differences import Verification, Walk
from stance.replication.recomputation import (
    COMPARISON,
    SCORES,
    SUMMARY,
    compare_again,
    read_record,
    report_again,
    text_of,
)
from stance.reporting import tables as tidy
from stance.reporting.rendering import render
from stance.resources.toml import read_text
from stance.runs.comparisons import compare_groups, write_compared
from stance.store import Store
from stance.store.bundles import bundled_scores
from stance.store.bundles import write_bundle as write
from stance.store.labels import stores_with_audit_labels
from stance.store.merge import Project


def verify(path: Path) -> Verification:
    """Compute all figures of a report folder, a comparison folder or a bundle again.

    :raises ConfigError: If that cannot be done: it is public, or its scores or labels are missing.
    """
    if path.suffix.lower() == ".zip":
        return _verify_bundle(path)
    folder = path if path.is_dir() else path.parent
    printed = {name: read_record(folder / name) for name in (SUMMARY, COMPARISON) if (folder / name).is_file()}
    if not printed:
        problem = "no summary.json or comparison.json" if path.exists() else "no such file or folder"
        raise ConfigError(f"{path}: {problem}; expected the folder of a report, or a bundle")
    walks = []
    for name, record in printed.items():
        if "public" in record:
            reason = "a public report holds no scores and no labels, so it cannot be verified"
            raise ConfigError(f"{folder / name}: {reason}; expected the private report")
        tables = COMPARED if name == COMPARISON and (folder / COMPARED[SCORES]).is_file() else {}
        scores, labels = (folder / tables.get(table, table) for table in (SCORES, LABELS_FILE))
        for table in (scores, *([labels] if record.get("audit") else [])):
            if not table.is_file():
                raise ConfigError(f"{table}: no such file, so {name} cannot be verified; expected it in this folder")
        walk, again = _walk(folder / name, record, scores, labels if labels.is_file() else None)
        walks += [walk, *_walk_tables(folder, name, again)]
    return _joined(walks)


def _walk_tables(folder: Path, name: str, again: Record) -> "Iterator[Walk]":
    """Compare the tables of a report or comparison with the figures that were computed again."""
    has_report = (folder / SUMMARY).is_file()
    of_report = {} if name == COMPARISON else tidy.report_tables(again, lambda: again["documents"])
    for table, rows in (of_report or tidy.tables_of(again)).items():
        file = folder / table
        if name == COMPARISON and table in COMPARED and (has_report or (folder / COMPARED[table]).is_file()):
            file = folder / COMPARED[table]
        if file.is_file():
            walk = Walk(file.name)
            text = "".join(tidy.csv_parts(table, rows))
            walk.compare_named(text_of(file).removeprefix(UTF8_MARK), text)
            yield walk


def _walk(path: Path, printed: Record, scores: Path, labels: Path | None) -> "tuple[Walk, Record]":
    """Compute the figures of a file again, and compare them.

    :param scores: A table, or the store of a bundle.
    :param labels: None: none were used.
    :return: The differences, and the figures that were computed.
    """
    walk = Walk(path.name)
    try:
        again = (report_again if path.name == SUMMARY else compare_again)(printed, scores, labels)
    except (AttributeError, KeyError, TypeError, UndefinedError) as error:
        reason = f"not as this version of stance writes it ({type(error).__name__}: {str(error)[:80]})"
        raise ConfigError(f"{path}: {reason}; expected a report of this version") from None
    if labels is None:
        again["waiting"] = printed["waiting"]
    walk.compare("", printed, again)
    return walk, again


def _joined(walks: "Sequence[Walk]") -> Verification:
    return Verification(
        sum(walk.figures for walk in walks), tuple(differing for walk in walks for differing in walk.differing)
    )


def write_bundle(path: Path, output: Path, reading: ReadingOptions, options: BundleOptions, log: Log) -> None:
    """Write a store as a bundle: its scores, the labels that its figures rest on, and these figures.

    :raises ConfigError: If the output has another ending.
    """
    if output.suffix.lower() != ".zip":
        raise ConfigError(f"{output}: ending {output.suffix[:20]!r}; expected --bundle -o FILE.zip")
    quiet, targets = Log(), options.targets_file.targets
    run = Run(Inputs((path,)), reading, TargetOptions(options.targets_file))
    added = options.audit.labels
    audit = AuditOptions((*added, *stores_with_audit_labels([path], quiet.skip)) if added else ())
    scored = pipeline.score_run(run, log, audit=audit)
    compare_groups(scored, ComparisonOptions(), quiet)  # finds the labels that models learned from
    texts = {
        LABELS_FILE: "".join(scored.audit.table() if scored.audit else numbered_csv(map(numbered, rows_of([path])))),
        BUNDLED_TARGETS: read_text(targets, "targets") if targets else "",
        "model_card.json": json.dumps(scored.scorer.model.card, ensure_ascii=False, indent=1, default=str),
    }
    with Project.read(path) as store:
        write(store, store.open_run(reading.run_number, log), output, texts, _figures_of, log.skip)


def write_checklist(store: Path, output: Path, targets: TargetsFile) -> None:
    """Write the REFORMS checklist of the latest run of a store, filled in as far as the store knows.

    :raises ConfigError: If the output has another ending.
    """
    if output.suffix.lower() not in (".md", ".txt"):
        raise ConfigError(f"{output}: ending {output.suffix[:20]!r}; expected --checklist -o FILE.md")
    figures = {name: json.loads(text) for name, text in _figures_of(store, targets).items() if name.endswith(".json")}
    shared = overlap_of(separated(row) for row in rows_of([store]) if row["unit"] == Unit.COMMENT)
    values = {"record": {"audit": None, **figures[COMPARISON]}, "totals": figures[SUMMARY]["totals"], "shared": shared}
    write_text(render("checklist.txt", values), output)


def _figures_of(store: Path, targets: TargetsFile = TargetsFile()) -> dict[str, str]:
    """Return the files with figures of a bundle, from its unpacked store."""
    run, log, audit = Run(Inputs((store,)), targets=TargetOptions(targets)), Log(), AuditOptions()
    with TemporaryDirectory() as folder:
        pipeline.write_report(pipeline.score_run(run, log, WITH_ARTICLES, audit=audit), Path(folder), log)
        scored = pipeline.score_run(run, log, audit=audit)
        compared = compare_groups(scored, ComparisonOptions(), log)
        write_compared(compared, scored, Path(folder), log)
        figures = {name: (Path(folder) / name).read_text(encoding="utf-8") for name in (SUMMARY, COMPARISON)}
    record = json.loads(figures[COMPARISON])
    return figures | {"methods.txt": "\n\n".join(record["methods"]), "CITATION.txt": record["citation"]}


def _verify_bundle(path: Path) -> Verification:
    """Compute the figures of a bundle again from its store and labels, and compare its scores with its store."""
    store = Path(unbundled(path))
    if store == path:
        raise ConfigError(f"{path}: no such file; expected the folder of a report, or a bundle")
    with ZipFile(path) as packed:
        printed = {name: packed.read(name).decode("utf-8", "replace") for name in (SUMMARY, COMPARISON, SCORES)}
    labels = bundled(store, LABELS_FILE)
    labels = labels if labels and has_labels([labels]) else None
    walks = [_walk(path / name, json.loads(printed[name]), store, labels)[0] for name in (SUMMARY, COMPARISON)]
    with Store.read(store) as opened:
        walks.append(Walk(SCORES))
        walks[-1].compare_rows(printed[SCORES], bundled_scores(opened))
    return _joined(walks)

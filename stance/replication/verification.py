"""Write bundles for replication; compute the figures of reports and bundles again, and name those that differ.

The pipeline itself computes figures again: it reads the scores and labels in the folder, and writes another report into
a temporary folder. Then the files of both are compared.
"""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from jinja2 import UndefinedError

from stance import pipeline
from stance.datamodels import Record, Unit
from stance.exceptions import ConfigError, InputError
from stance.labels.numbered import has_labels, numbered, numbered_csv, rows_of
from stance.labels.separation import overlap_of, separated
from stance.log import Log
from stance.options.models import TargetOptions, TargetsFile
from stance.options.reading import Inputs, ReadingOptions
from stance.options.reports import AuditOptions, BundleOptions, ComparisonOptions
from stance.options.run import WITH_ARTICLES, Run
from stance.reading.bundles import BUNDLED_TARGETS, bundled, unbundled
from stance.records.score_records import COMPARED, LABELS_FILE
from stance.records.writers import CODEBOOK, write_text
from stance.replication.differences import Differences, Verification
from stance.replication.recomputation import (
    COMPARISON,
    SCORES,
    SUMMARY,
    read_record,
    text_of,
    write_again,
)
from stance.reporting.rendering import render
from stance.resources import VERSION
from stance.resources.toml import read_text
from stance.runs.comparisons import compare_groups, write_compared
from stance.store import Store
from stance.store.bundles import bundled_scores
from stance.store.bundles import write_bundle as write
from stance.store.labels import stores_with_audit_labels
from stance.store.merge import Project

ENDINGS = (".json", ".csv", ".html")
"""Words: endings of the files that are compared."""

INPUTS = (SCORES, LABELS_FILE, COMPARED[SCORES], COMPARED[LABELS_FILE], CODEBOOK)
"""Words: names of the files that are not compared: what a report rests on, and the meaning of columns."""


def verify(path: Path) -> Verification:
    """Write a report folder, a comparison folder or a bundle again, and compare all figures.

    :raises ConfigError: If that cannot be done: it is public, of another version, or its scores or labels are missing.
    """
    if path.suffix.lower() == ".zip":
        return _verify_bundle(path)
    folder = path if path.is_dir() else path.parent
    printed = {name: read_record(folder / name) for name in (SUMMARY, COMPARISON) if (folder / name).is_file()}
    if not printed:
        problem = "no summary.json or comparison.json" if path.exists() else "no such file or folder"
        raise ConfigError(f"{path}: {problem}; expected the folder of a report, or a bundle")
    has_tables = (folder / COMPARED[SCORES]).is_file()  # of a comparison, beside those of a report
    for name, record in printed.items():
        check_record(folder / name, record)
    differences = Differences()
    with TemporaryDirectory() as again:
        for name in printed:
            if name == SUMMARY or has_tables or not Path(again, COMPARISON).is_file():
                scores, labels = _tables(folder, name, printed[name], has_tables)
                _write_again(folder / name, Path(again), printed, scores, labels)
        names = {} if SUMMARY in printed or not has_tables else COMPARED
        for file in sorted(Path(again).iterdir(), key=lambda file: (*map(file.suffix.__eq__, (".html", ".csv")), file)):
            path = folder / names.get(file.name, file.name)
            if file.suffix in ENDINGS and file.name not in INPUTS:
                differences.compare(path.name, text_of(path) if path.is_file() else None, text_of(file))
    return Verification(differences.figures, tuple(differences.differing))


def check_record(path: Path, record: Record) -> None:
    """Check that a printed record can be written again.

    :raises ConfigError: If it is public, or of another version.
    """
    if "public" in record:
        reason = "a public report holds no scores and no labels, so it cannot be verified"
        raise ConfigError(f"{path}: {reason}; expected the private report")
    if record.get("version") != VERSION:
        reason = "of an earlier version" if "version" not in record else f"of version {str(record['version'])[:20]}"
        raise ConfigError(f"{path}: {reason} of stance; expected a report of this version ({VERSION})")


def _tables(folder: Path, name: str, record: Record, has_tables: bool) -> tuple[Path, Path | None]:
    """Return the table of scores that a record rests on, and that of labels; None: none were used."""
    names = COMPARED if name == COMPARISON and has_tables else {}
    scores, labels = (folder / names.get(table, table) for table in (SCORES, LABELS_FILE))
    for table in (scores, *([labels] if record.get("audit") else [])):
        if not table.is_file():
            raise ConfigError(f"{table}: no such file, so {name} cannot be verified; expected it in this folder")
    return scores, labels if labels.is_file() else None


def _write_again(path: Path, folder: Path, printed: Mapping[str, Record], scores: Path, labels: Path | None) -> None:
    """Write a report or comparison again, from its scores.

    :param path: Of its record.
    :param scores: A table, or the store of a bundle.
    """
    try:
        write_again(path.name, folder, printed, scores, labels)
    except (AttributeError, KeyError, TypeError, ValueError, UndefinedError, InputError, csv.Error) as error:
        reason = f"not as this version of stance writes it ({type(error).__name__}: {str(error)[:80]})"
        raise ConfigError(f"{path}: {reason}; expected a report of this version") from None


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
        texts = {name: packed.read(name).decode("utf-8", "replace") for name in (SUMMARY, COMPARISON, SCORES)}
    printed = {name: json.loads(texts[name]) for name in (SUMMARY, COMPARISON)}
    labels = bundled(store, LABELS_FILE)
    labels = labels if labels and has_labels([labels]) else None
    differences = Differences()
    for name, record in printed.items():
        check_record(path / name, record)
        with TemporaryDirectory() as again:
            _write_again(path / name, Path(again), printed, store, labels)
            differences.compare(name, texts[name], text_of(Path(again, name)))
    with Store.read(store) as opened:
        differences.compare(SCORES, texts[SCORES], bundled_scores(opened))
    return Verification(differences.figures, tuple(differences.differing))

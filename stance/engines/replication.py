"""Write bundles for replication; compute the figures of reports and bundles again, and name those that differ.

The pipeline itself computes figures again: it reads the scores and labels in the folder, and writes another report into
a temporary folder. Facts that no table of scores holds, such as the length of an article, are not compared.
"""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import NamedTuple
from zipfile import ZipFile

from stance import pipeline
from stance import run as settings
from stance.comparison.grouping import own_columns
from stance.datamodels import Json, Record, grouped
from stance.exceptions import ConfigError
from stance.labels import count_numbered, drawn_rows, numbered_csv
from stance.learn.assessment import Auditor, load_audit
from stance.log import Log
from stance.pseudonyms import keep_name
from stance.reading.archives import BUNDLED_TARGETS, bundled, unbundled
from stance.records import COMPARED, LABELS_FILE, UTF8_MARK
from stance.reporting import tables as tidy
from stance.reporting.comparison import methods_text
from stance.resources import read_text
from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import Instance, Judgement
from stance.scoring.targets import Alias, Target, TargetSet
from stance.store import Store
from stance.store.exporting import Project, bundled_scores
from stance.store.exporting import write_bundle as write

SUMMARY, COMPARISON, SCORES = "summary.json", "comparison.json", "scores.csv"

NOT_IN_SCORES = frozenset((
    "apart", "certainty", "citation", "command", "discourse", "doubts", "first_sentence", "language", "layout",
    "learned", "model", "newsroom", "not_checked", "paragraphs", "parsed_of_stated", "quoting", "skipped", "source",
    "stated_comments", "tables", "themes", "unmatched", "unmatched_ids", "warnings", "without_comments",
))  # fmt: skip
"""Words: keys of facts that do not follow from scores and labels."""

ROW_NAMES = (
    "by", "kind", "group", "a", "b", "other", "target", "measure", "population", "period", "per", "method", "note"
)  # fmt: skip
"""Words: columns that name the row of a table."""


class Differing(NamedTuple):
    """A figure that was computed again and is another one."""

    file: str
    place: str
    printed: Json
    recomputed: Json


@dataclass(frozen=True, slots=True)
class Verification:
    """The figures of a report or bundle, computed again.

    :param figures: Number of figures that were computed.
    """

    figures: int
    differing: tuple[Differing, ...]


@dataclass(frozen=True, slots=True)
class _PrintedModel:
    """The model that a report names, which is not asked again."""

    name: str
    languages: tuple[str, ...]
    card: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        raise ConfigError(f"{self.name}: a comment without a score; expected the scores that the report wrote")


def verify(path: Path) -> Verification:
    """Compute all figures of a report folder, a comparison folder or a bundle again.

    :raises ConfigError: If that cannot be done: it is public, or its scores or labels are missing.
    """
    if path.suffix.lower() == ".zip":
        return _verify_bundle(path)
    folder = path if path.is_dir() else path.parent
    printed = {name: _read_record(folder / name) for name in (SUMMARY, COMPARISON) if (folder / name).is_file()}
    if not printed:
        raise ConfigError(f"{path}: no summary.json or comparison.json; expected the folder of a report, or a bundle")
    walks = []
    for name, record in printed.items():
        if "public" in record:
            seen = "a public report holds no scores and no labels, so it cannot be verified"
            raise ConfigError(f"{folder / name}: {seen}; expected the private report")
        tables = COMPARED if name == COMPARISON and (folder / COMPARED[SCORES]).is_file() else {}
        scores, labels = (folder / tables.get(each, each) for each in (SCORES, LABELS_FILE))
        for each in (scores, *([labels] if record.get("audit") else [])):
            if not each.is_file():
                raise ConfigError(f"{each}: no such file, so {name} cannot be verified; expected it in this folder")
        walk, again = _walk(folder / name, record, scores, labels if labels.is_file() else None)
        walks += [walk, *_walk_tables(folder, name, again)]
    return _joined(walks)


def _walk_tables(folder: Path, name: str, again: Record) -> "Iterator[_Walk]":
    """Compare the tables of a report or comparison with the figures that were computed again."""
    has_report = (folder / SUMMARY).is_file()
    of_report = {} if name == COMPARISON else tidy.report_tables(again, lambda: again["documents"])
    for table, rows in (of_report or tidy.tables_of(again)).items():
        place = folder / table
        if name == COMPARISON and table in COMPARED and (has_report or (folder / COMPARED[table]).is_file()):
            place = folder / COMPARED[table]
        if place.is_file():
            walk = _Walk(place.name)
            text = "".join(tidy.csv_parts(table, rows))
            walk.compare_named(_text_of(place).removeprefix(UTF8_MARK), text)
            yield walk


def _walk(path: Path, printed: Record, scores: Path, labels: Path | None) -> "tuple[_Walk, Record]":
    """Compute the figures of a file again, and compare them.

    :param scores: A table, or the store of a bundle.
    :param labels: None: none were used.
    :return: The differences, and the figures that were computed.
    """
    found = _Walk(path.name)
    try:
        again = (_report_again if path.name == SUMMARY else _compare_again)(printed, scores, labels)
    except (AttributeError, KeyError, TypeError) as error:
        seen = f"not as this version of stance writes it ({type(error).__name__}: {str(error)[:80]})"
        raise ConfigError(f"{path}: {seen}; expected a report of this version") from None
    if labels is None:
        again["waiting"] = printed["waiting"]
    found.compare("", printed, again)
    return found, again


def _joined(walks: "Sequence[_Walk]") -> Verification:
    return Verification(sum(walk.figures for walk in walks), tuple(each for walk in walks for each in walk.differing))


def _read_record(path: Path) -> Record:
    try:
        record = json.loads(_text_of(path))
    except (ValueError, RecursionError) as error:
        raise _unread(path, error) from None
    if not isinstance(record, dict):
        raise ConfigError(f"{path}: no object; expected the file as it was written")
    return record


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _unread(path, error) from None


def _unread(path: Path, error: Exception) -> ConfigError:
    return ConfigError(f"{path}: cannot be read ({str(error)[:100]}); expected the file as it was written")


# Again ----------------------------------------------------------------------------------------------------------------


def _report_again(printed: Record, scores: Path, labels: Path | None) -> Record:
    """Write a report of the scores; documents without a score are taken from the printed record."""
    targets = {each["id"]: each["label"] for each in printed["targets"]}
    scored, log = _scored(printed, targets, scores, labels, shown=settings.WITH_ARTICLES)
    with TemporaryDirectory() as made:
        pipeline.write_report(scored, Path(made), log)
        again = _read_record(Path(made) / SUMMARY)
    known = {each["id"] for each in again["documents"]}
    silent = [each for each in printed["documents"] if each["id"] not in known and _is_silent(each)]
    again["documents"] += silent
    again["totals"]["documents"] += len(silent)
    return again


def _is_silent(document: Record) -> bool:
    """Return whether no comment and no sentence of a document was scored."""
    return not document["comments"] and not any(each["sentences"] for each in document["article"])


def _compare_again(printed: Record, scores: Path, labels: Path | None) -> Record:
    """Compare the groups of the scores as the printed comparison does."""
    by, asked, seed = printed["by"], printed["asked"], printed["seed"]
    if "topic" in by.split(",") and (asked["topic"] is None or asked["topic"].endswith(".toml")):
        seen = "its topics were found in articles, whose texts are not in scores.csv, so it cannot be verified"
        raise ConfigError(f"{scores.parent / COMPARISON}: {seen}; expected a comparison by other groups")
    values = {"by": by, "seed": seed, **asked}
    groups = settings.build(settings.ComparisonOptions, values)
    scored, log = _scored(printed, printed["target_labels"], scores, labels, keep=own_columns(by, asked["topic"]))
    with TemporaryDirectory() as made:
        compared = pipeline.compare_groups(scored, groups, log)
        pipeline.write_compared(compared, scored, Path(made), log)
        again = _read_record(Path(made) / COMPARISON)
    again |= {name: printed[name] for name in ("model", "command")}
    again["digests"] = printed["digests"] | {"data": again["digests"]["data"]}
    again["methods"] = methods_text(again, printed["target_labels"])
    return again


def _scored(
    printed: Record,
    targets: Mapping[str, str],
    scores: Path,
    labels: Path | None,
    *,
    keep: Sequence[str] = (),
    shown: settings.ScoreOptions = settings.COMMENTS,
) -> tuple[pipeline.ScoredRun, Log]:
    """Read scores and labels back as a scored run, with its log.

    :param targets: Labels of the targets by their ids.
    """
    log, model = Log(), _PrintedModel(printed["model"]["name"], tuple(printed["model"]["languages"]))
    known = TargetSet(Target(name, label, (Alias(label),)) for name, label in targets.items())
    scorer = DocumentScorer(known, model, keep_name, shown.articles)
    audit = Auditor(*load_audit([labels], log=log, targets=known)) if labels else None
    log.counts["waiting"] = count_numbered([labels])[1] if labels else 0
    documents = pipeline.score_inputs(pipeline.read_documents([scores], log=log, keep=keep), scorer, log=log)
    run = settings.Run(settings.Inputs((scores,)), model=settings.ModelOptions("vader"))
    return pipeline.ScoredRun(run, pipeline.at_least_one(documents, log), scorer, audit), log


# Bundles --------------------------------------------------------------------------------------------------------------


def write_bundle(
    path: Path, output: Path, reading: settings.ReadingOptions, given: settings.BundleOptions, log: Log
) -> None:
    """Write a store as a bundle: its scores, the labels that its figures rest on, and these figures.

    :raises ConfigError: If the output has another ending.
    """
    if output.suffix.lower() != ".zip":
        raise ConfigError(f"{output}: ending {output.suffix[:20]!r}; expected --bundle -o FILE.zip")
    quiet, targets = Log(), given.targets_file.targets
    run = settings.Run(settings.Inputs((path,)), reading, settings.TargetOptions(given.targets_file))
    scored = pipeline.score_run(run, quiet, audit=given.audit)
    pipeline.compare_groups(scored, settings.ComparisonOptions(), quiet)  # finds the labels that models learned from
    texts = {
        LABELS_FILE: "".join(scored.audit.table() if scored.audit else numbered_csv(drawn_rows(path))),
        BUNDLED_TARGETS: read_text(targets, "targets") if targets else "",
        "model_card.json": json.dumps(scored.scorer.model.card, ensure_ascii=False, indent=1, default=str),
    }
    with Project.read(path) as store:
        write(store, store.open_run(reading.run_number, log), output, texts, _figures_of, log.skip)


def _figures_of(store: Path) -> dict[str, str]:
    """Return the files with figures of a bundle, from its unpacked store."""
    run, log, audit = settings.Run(settings.Inputs((store,))), Log(), settings.AuditOptions()
    with TemporaryDirectory() as made:
        pipeline.write_report(pipeline.score_run(run, log, settings.WITH_ARTICLES, audit=audit), Path(made), log)
        scored = pipeline.score_run(run, log, audit=audit)
        compared = pipeline.compare_groups(scored, settings.ComparisonOptions(), log)
        pipeline.write_compared(compared, scored, Path(made), log)
        figures = {name: (Path(made) / name).read_text(encoding="utf-8") for name in (SUMMARY, COMPARISON)}
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
    labels = labels if labels and count_numbered([labels])[0] else None
    walks = [_walk(path / name, json.loads(printed[name]), store, labels)[0] for name in (SUMMARY, COMPARISON)]
    with Store.read(store) as opened:
        walks.append(_Walk(SCORES))
        walks[-1].compare_rows(printed[SCORES], bundled_scores(opened))
    return _joined(walks)


# Differences ----------------------------------------------------------------------------------------------------------


class _Walk:
    """Compares two records of one form, and counts the figures."""

    def __init__(self, file: str) -> None:
        self.file, self.figures, self.differing = file, 0, list[Differing]()

    def compare(self, place: str, printed: Json, again: Json) -> None:
        """Compare two values."""
        if isinstance(printed, dict) and isinstance(again, dict):
            for key in dict.fromkeys((*printed, *again)):
                if key not in NOT_IN_SCORES:
                    self.compare(f"{place}.{key}".lstrip("."), printed.get(key), again.get(key))
        elif isinstance(printed, list) and isinstance(again, list):
            self._compare_lists(place, printed, again)
        else:
            are_numbers = [isinstance(each, int | float) and not isinstance(each, bool) for each in (printed, again)]
            self.figures += any(are_numbers)
            if not (_is_close(printed, again) if all(are_numbers) else printed == again):
                self.differing.append(Differing(self.file, place, printed, again))

    def compare_rows(self, printed: str, again: str) -> None:
        """Compare two CSV files, row by row and cell by cell."""
        for number, rows in enumerate(zip_longest(*map(csv.DictReader, map(StringIO, (printed, again)))), 1):
            one, other = (row or {} for row in rows)
            self.figures += len({*one, *other})
            for name in dict.fromkeys((*one, *other)):
                self.compare(f"row {number}, {name}", one.get(name), other.get(name))

    def compare_named(self, printed: str, again: str) -> None:
        """Compare two tidy tables: rows of one name, in any order; names that several rows have are of parts."""
        tables = (csv.DictReader(StringIO(text)) for text in (printed, again))
        named = [grouped((tuple(row.get(key) for key in ROW_NAMES), row) for row in table) for table in tables]
        for name in dict.fromkeys((*named[0], *named[1])):
            one, other = (of.get(name, [{}]) for of in named)
            if len(one) == len(other) == 1:
                place = ", ".join(filter(None, name))
                for column in dict.fromkeys((*one[0], *other[0])):
                    self.compare(f"{place}, {column}", *(_number(row[0].get(column)) for row in (one, other)))

    def _compare_lists(self, place: str, printed: list[Json], again: list[Json]) -> None:
        if place == "documents":
            by_id = [grouped((each["id"], each) for each in documents) for documents in (printed, again)]
            pairs = {name: [of.get(name, [None]) for of in by_id] for name in dict.fromkeys((*by_id[0], *by_id[1]))}
            for name, (one, other) in pairs.items():
                if len(one) == len(other) == 1:  # a document that came in parts has several records
                    self.compare(f"{place}[{name}]", one[0], other[0])
            return
        if ".reading." in place:  # ids of comments, whose order scores do not keep
            printed, again = sorted(printed), sorted(again)
        for at, (first, second) in enumerate(zip_longest(printed, again)):
            self.compare(f"{place}[{_name_of(first) or _name_of(second) or at}]", first, second)


def _number(cell: str | None) -> float | str | None:
    """Return the number in a cell, or the cell."""
    try:
        return float(cell or "")
    except ValueError:
        return cell


def _is_close(one: float, other: float) -> bool:
    """Return whether two figures are equal: sums of another order differ in their last digits."""
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


def _name_of(entry: Json) -> str:
    """Name an entry of a list by its group, target, side and the like; empty where it has none of these."""
    keys = ["group", "id", "a", "b", "other", "target", "stance", "measure", "population", "period", "voice", "method"]
    return ", ".join(str(entry[key]) for key in keys if entry.get(key)) if isinstance(entry, dict) else ""


def shown(each: Differing) -> str:
    """Write a figure that differs in one line."""
    printed, again = (_short(value) for value in (each.printed, each.recomputed))
    return f"{each.file}: {each.place}: printed {printed}, recomputed {again}"


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"

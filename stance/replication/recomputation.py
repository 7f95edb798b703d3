"""Write a report or comparison again, from its scores, labels and seed.

What no table of scores holds, such as the discourse or the length of an article, is taken from the printed record.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import field, replace
from itertools import groupby, islice, zip_longest
from math import isclose
from pathlib import Path
from types import MappingProxyType

from stance import pipeline
from stance.comparison.grouping import own_columns
from stance.datamodels import Certainties, Document, Json, Record, Strings, frozen, grouped
from stance.exceptions import ConfigError
from stance.labels.numbered import count_audit
from stance.learn.audits import Auditor, load_audit
from stance.log import Log
from stance.options.definition import build
from stance.options.models import ModelOptions
from stance.options.reading import Inputs
from stance.options.reports import ComparisonOptions
from stance.options.run import CommandLine, PrivacyOptions, Run
from stance.pseudonyms import keep_name
from stance.reading.own_records import ScoreRow, scored_document
from stance.records.score_records import REPEATED_FIELDS, TEXT_FIELDS, score_from_row, unguard_cell
from stance.reporting.summary_file import Settle
from stance.runs.comparisons import compare_groups, write_compared
from stance.runs.documents import at_least_one, read_documents
from stance.runs.scores import ScoredRun, score_inputs
from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import Instance, Judgement
from stance.scoring.targets.aliases import Alias, Target
from stance.scoring.targets.files import shipped_targets
from stance.scoring.targets.target_set import TargetSet

SUMMARY, COMPARISON, SCORES = "summary.json", "comparison.json", "scores.csv"

NOT_IN_SCORES = frozenset((
    "apart", "copied_articles", "discourse", "first_sentence", "has_comparison", "has_index", "learned", "model",
    "newsroom", "not_checked", "paragraphs", "skipped", "tables", "themes", "unmatched", "unmatched_ids",
    "without_comments",
))  # fmt: skip
"""Words: keys of facts that do not follow from scores and labels."""


@frozen
class _PrintedModel:
    """The model that a report names, which is not asked again."""

    name: str
    languages: Strings
    card: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        raise ConfigError(f"{self.name}: a comment without a score; expected the scores that the report wrote")


def read_record(path: Path) -> Record:
    """Read a printed record.

    :raises ConfigError: If it is none.
    """
    with _reading(path):
        record = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(record, dict):
        raise ConfigError(f"{path}: no object; expected the file as it was written")
    return record


def text_of(path: Path) -> str:
    """Read a text file.

    :raises ConfigError: If it cannot be read.
    """
    with _reading(path):
        return path.read_text(encoding="utf-8-sig")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RecursionError) as error:
        reason = f"cannot be read ({str(error)[:100]})"
        raise ConfigError(f"{path}: {reason}; expected the file as it was written") from None


def write_again(name: str, folder: Path, printed: Mapping[str, Record], scores: Path, labels: Path | None) -> None:
    """Write a report of the scores, or compare their groups as the printed comparison does.

    :param name: Of the printed record that is made again.
    :param printed: The records of the report and of its comparison, by the names of their files.
    """
    if name == SUMMARY:
        scored, log = _scored(printed, name, scores, labels)
        pipeline.write_report(scored, folder, log)
        return
    comparison = printed[name]
    values = {"by": comparison["by"], "seed": comparison["seed"], **comparison["asked"]}
    groups = build(ComparisonOptions, values)
    if "topic" in groups.by.split(",") and (groups.topic is None or groups.topic.endswith(".toml")):
        reason = "its topics were found in articles, whose texts are not in scores.csv, so it cannot be verified"
        raise ConfigError(f"{scores.parent / name}: {reason}; expected a comparison by other groups")
    scored, log = _scored(printed, name, scores, labels, keep=own_columns(groups.by, groups.topic))
    write_compared(compare_groups(scored, groups, log), scored, folder, log)


def _scored(
    printed: Mapping[str, Record],
    name: str,
    scores: Path,
    labels: Path | None,
    *,
    keep: Sequence[str] = (),
) -> tuple[ScoredRun, Log]:
    """Read scores and labels back as a scored run, with its log.

    :param name: Of the printed record that is made again.
    """
    log, record = Log(), printed[name]
    model = _PrintedModel(record["model"]["name"], tuple(record["model"]["languages"]))
    aliases = {target.target_id: target.aliases for target in shipped_targets()}
    is_report = name == SUMMARY
    targets = [target.values() for target in record["targets"]] if is_report else record["target_labels"].items()
    target_set = TargetSet(Target(key, label, aliases.get(key, (Alias(label),))) for key, label in targets)
    scorer = DocumentScorer(target_set, model, keep_name, is_report)
    audit = Auditor(*load_audit([labels], log=log, targets=target_set)) if labels else None
    log.counts["waiting"] = count_audit([labels]) if labels else record["waiting"]
    documents = read_in_order(scores, keep) if scores.suffix == ".csv" else read_documents([scores], log=log)
    scored_documents = score_inputs(documents, scorer, log=log)
    completed = _completed(scored_documents, record.get("documents", ()), audit)
    run = Run(Inputs((scores,)), model=ModelOptions("vader"), privacy=PrivacyOptions(names=record.get("names", False)))
    command = record["command"] and CommandLine(record["command"])
    if command:
        vars(command).update(record["command_parts"])
    scored = ScoredRun(run, at_least_one(completed, log), scorer, audit, command, _settle_by(printed))
    for target, outlets in record.get("known", {}).items():  # the model, which learned from these, is not asked again
        scored.learned.update({(target, outlet): n for outlet, n in outlets.items()})
    return scored, log


def read_in_order(path: Path, keep: Sequence[str]) -> Iterator[Document]:
    """Read the documents of a table of scores, in the order in which a report wrote them.

    :param keep: Columns that scores carry along.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _, rows in groupby(csv.DictReader(file), key=lambda row: (row["document"], row["outlet"])):
            score_rows = []
            for row in rows:  # as it was written, without repairs of its text
                columns = tuple((name, row[name]) for name in keep if name in row)
                texts = {name: unguard_cell(row[name]) for name in (*TEXT_FIELDS, *REPEATED_FIELDS)}
                score_rows.append(ScoreRow(replace(score_from_row(row), columns=columns), texts))
            yield scored_document(score_rows, str(path))


def _completed(documents: Iterable[Document], records: Iterable[Record], audit: Auditor | None) -> Iterator[Document]:
    """Add the printed facts of documents, and the documents of which nothing was scored."""
    printed = iter(records := list(records))
    ids = {record["id"] for record in records}
    for document in documents:
        for record in printed if document.document_id in ids else ():
            if record["id"] == document.document_id:
                if audit and audit.labels:
                    audit.labels.see(document)
                document = _with_facts(document, record)
                break
            yield from _silent(record)
        yield document
    for record in printed:
        yield from _silent(record)


def _silent(record: Record) -> Iterator[Document]:
    """Yield a document of which no comment and no sentence was scored."""
    if not record["comments"] and not any(paragraph["sentences"] for paragraph in record["article"]):
        yield _with_facts(Document(record["id"], record["source"]), record)


def _with_facts(document: Document, record: Record) -> Document:
    """Return a document with the facts of its printed record."""
    names = [
        "source",
        "outlet",
        "title",
        "url",
        "language",
        "layout",
        "published",
        "lead",
        "stated_comments",
        "certainty",
    ]
    lists: Record = {name: tuple(record[name]) for name in ("warnings", "doubts")}
    lists["certainties"] = Certainties(**record["certainties"])
    return replace(document, **lists, **{name: record[name] for name in names})


def _settle_by(printed: Mapping[str, Record]) -> Settle:
    """Return the function that gives a record that was computed again the facts of the printed one."""
    documents = grouped((record["id"], record) for record in printed.get(SUMMARY, {}).get("documents", ()))

    def settle(kind: str, record: Record) -> Record:
        if kind == "document":
            records = documents.get(record["id"])
            return dict(settled(record, records.pop(0) if records else {}))
        if kind == "model":
            model = printed[SUMMARY]["model"]
            return deepcopy(model) if model["name"] == record["name"] else record
        printed_record = printed.get(f"{kind}.json", {})
        if "digests" in record:  # those of model, targets and lexicon are of a run that scores
            record["digests"] = printed_record.get("digests", {}) | {"data": record["digests"]["data"]}
        return dict(settled(record, printed_record))

    return settle


def settled(again: Json, printed: Json) -> Json:
    """Return a value that was computed again, with printed facts, and with printed figures that differ by rounding.

    Sums of another order differ in their last digits.
    """
    if isinstance(again, dict) and isinstance(printed, dict):
        facts = {key: printed[key] for key in again if key in NOT_IN_SCORES and key in printed}
        return {key: settled(value, printed.get(key)) for key, value in again.items()} | facts
    if isinstance(again, list | tuple) and isinstance(printed, list):
        pairs = zip_longest(again, printed)
        return [settled(*pair) for pair in islice(pairs, len(again))]
    is_float = isinstance(again, float) and isinstance(printed, float)
    return printed if is_float and isclose(again, printed, rel_tol=1e-6, abs_tol=1e-9) else again

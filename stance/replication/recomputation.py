"""Compute the figures of a report or comparison again, from its scores, labels and seed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from stance import pipeline
from stance.comparison.grouping import own_columns
from stance.datamodels import Json, Record
from stance.exceptions import ConfigError
from stance.labels.numbered import count_audit
from stance.learn.audits import Auditor, load_audit
from stance.log import Log
from stance.options.definition import build
from stance.options.models import ModelOptions
from stance.options.reading import Inputs
from stance.options.reports import ComparisonOptions
from stance.options.run import COMMENTS, WITH_ARTICLES, Run, ScoreOptions
from stance.pseudonyms import keep_name
from stance.reporting.comparison import methods_text
from stance.runs.comparisons import compare_groups, write_compared
from stance.runs.documents import at_least_one, read_documents
from stance.runs.scores import ScoredRun, score_inputs
from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import Instance, Judgement
from stance.scoring.targets.aliases import Alias, Target
from stance.scoring.targets.target_set import TargetSet

SUMMARY, COMPARISON, SCORES = "summary.json", "comparison.json", "scores.csv"


@dataclass(frozen=True, slots=True)
class _PrintedModel:
    """The model that a report names, which is not asked again."""

    name: str
    languages: tuple[str, ...]
    card: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        raise ConfigError(f"{self.name}: a comment without a score; expected the scores that the report wrote")


def read_record(path: Path) -> Record:
    """Read a printed record.

    :raises ConfigError: If it is none.
    """
    try:
        record = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise _unread(path, error) from None
    if not isinstance(record, dict):
        raise ConfigError(f"{path}: no object; expected the file as it was written")
    return record


def text_of(path: Path) -> str:
    """Read a text file.

    :raises ConfigError: If it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _unread(path, error) from None


def _unread(path: Path, error: Exception) -> ConfigError:
    return ConfigError(f"{path}: cannot be read ({str(error)[:100]}); expected the file as it was written")


def report_again(printed: Record, scores: Path, labels: Path | None) -> Record:
    """Write a report of the scores; documents without a score are taken from the printed record."""
    targets = {record["id"]: record["label"] for record in printed["targets"]}
    scored, log = _scored(printed, targets, scores, labels, options=WITH_ARTICLES)
    with TemporaryDirectory() as folder:
        pipeline.write_report(scored, Path(folder), log)
        again = read_record(Path(folder) / SUMMARY)
    computed = {record["id"] for record in again["documents"]}
    silent = [record for record in printed["documents"] if record["id"] not in computed and _is_silent(record)]
    again["documents"] += silent
    again["totals"]["documents"] += len(silent)
    return again


def _is_silent(document: Record) -> bool:
    """Return whether no comment and no sentence of a document was scored."""
    return not document["comments"] and not any(paragraph["sentences"] for paragraph in document["article"])


def compare_again(printed: Record, scores: Path, labels: Path | None) -> Record:
    """Compare the groups of the scores as the printed comparison does."""
    by, event_and_unit, seed = printed["by"], printed["asked"], printed["seed"]
    if "topic" in by.split(",") and (event_and_unit["topic"] is None or event_and_unit["topic"].endswith(".toml")):
        reason = "its topics were found in articles, whose texts are not in scores.csv, so it cannot be verified"
        raise ConfigError(f"{scores.parent / COMPARISON}: {reason}; expected a comparison by other groups")
    values = {"by": by, "seed": seed, **event_and_unit}
    groups = build(ComparisonOptions, values)
    scored, log = _scored(
        printed, printed["target_labels"], scores, labels, keep=own_columns(by, event_and_unit["topic"])
    )
    with TemporaryDirectory() as folder:
        compared = compare_groups(scored, groups, log)
        write_compared(compared, scored, Path(folder), log)
        again = read_record(Path(folder) / COMPARISON)
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
    options: ScoreOptions = COMMENTS,
) -> tuple[ScoredRun, Log]:
    """Read scores and labels back as a scored run, with its log.

    :param targets: Labels of the targets by their ids.
    """
    log, model = Log(), _PrintedModel(printed["model"]["name"], tuple(printed["model"]["languages"]))
    target_set = TargetSet(Target(name, label, (Alias(label),)) for name, label in targets.items())
    scorer = DocumentScorer(target_set, model, keep_name, options.articles)
    audit = Auditor(*load_audit([labels], log=log, targets=target_set)) if labels else None
    log.counts["waiting"] = count_audit([labels]) if labels else 0
    documents = score_inputs(read_documents([scores], log=log, keep=keep), scorer, log=log)
    run = Run(Inputs((scores,)), model=ModelOptions("vader"))
    scored = ScoredRun(run, at_least_one(documents, log), scorer, audit)
    for target, outlets in printed.get("known", {}).items():  # the model, which learned from these, is not asked again
        scored.learned.update({(target, outlet): n for outlet, n in outlets.items()})
    return scored, log

"""Targets that rows of tables ask for and nobody defines, and pairs that a model left undecided: counted and logged."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from stance.datamodels import Document, Skip, counted
from stance.exceptions import ConfigError, hint
from stance.log import Log
from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import RemoteScorer, Scorer, commonest_reasons

if TYPE_CHECKING:
    from stance.scoring.targets.target_set import TargetSet


def refuse_uncovered(scorer: DocumentScorer, left_out: Iterable[str], log: Log) -> None:
    """Report that no comment is in a language that is scored.

    :param left_out: The languages of the comments.
    :raises ConfigError: If the user chose the languages.
    """
    languages = ", ".join(scorer.chosen_languages or scorer.languages) or "none"
    problem = f"no comment is in a language that is scored ({languages}), but only in {', '.join(sorted(left_out))}"
    if scorer.chosen_languages is not None:
        raise ConfigError(f"--languages: {problem}; expected one of these")
    log.warn("languages", problem)


def count_unknown(rows: Counter[str], document: Document, targets: "TargetSet") -> None:
    """Count the targets that rows of a table ask for and nobody defines.

    :param rows: Target -> rows, of the first thousand: a table may ask for another in each row.
    """
    for target in chain.from_iterable(comment.targets or () for comment in document.comments):
        if targets.id_of(target) is None:
            rows[target if target in rows or len(rows) < 1_000 else "others"] += 1


def log_unknown(rows: Counter[str], targets: "TargetSet", log: Log, source: str) -> None:
    """Log targets that nobody defines as skipped.

    :param source: The place that asks for them.
    """
    if rows:
        names = ", ".join(f"{target[:40]!r} ({n:,})" for target, n in rows.most_common(5))
        more = f" and {len(rows) - 5:,} more" if len(rows) > 5 else ""
        problem = f"{counted(rows.total(), 'row asks', 'rows ask')} for unknown targets: {names}{more}"
        meant = hint(rows.most_common(1)[0][0], targets.ids)
        log.skip(Skip(source, f"{problem}; {meant} or define it with --targets FILE"))


def log_model(model: Scorer, undecided: Counter[str], log: Log) -> None:
    """Log how many pairs a model left undecided, and how many texts it sent elsewhere.

    :param undecided: Reason -> pairs of comment and target.
    """
    for reason, pairs in commonest_reasons(undecided):
        log.skip(Skip(model.name, f"{counted(pairs, 'pair')} of comment and target without a stance: {reason}"))
    if isinstance(model, RemoteScorer):
        log.warn(model.endpoint, f"{counted(model.texts_sent, 'comment was', 'comments were')} sent there")

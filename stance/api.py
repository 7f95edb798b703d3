"""The verbs of the command line, from Python.

What the command line tells on standard error comes here as an ``InputWarning`` each: an input left out, a doubt.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stance.datamodels import Document, Skip
from stance.exceptions import NothingReadError
from stance.journal import Journal, Kind
from stance.pipeline import compare_inputs, make_scorer, read_documents, score_inputs, write_compared, write_report

if TYPE_CHECKING:
    import pandas as pd

    from stance.comparison import Comparison
    from stance.pipeline import Scorer
    from stance.training import Training

Source = str | Path
Item = TypeVar("Item")


class InputWarning(UserWarning):
    """An input was left out, or is used with a doubt; the message names it and says why."""


def parse(*inputs: Source, language: str | None = None, columns: Mapping[str, str] | None = None) -> list[Document]:
    """Separate articles from their reader comments.

    :param inputs: Saved pages, folders of them, or tables of comments.
    :param language: What pages are in that are too short to tell, as ISO 639-1.
    :param columns: What fields are called in a table, where it calls them otherwise: ``{"text": "body"}``.
    :return: One document for each page, in the order of the inputs.
    :raises NothingReadError: If no input could be used.
    """
    items = read_documents(inputs, journal=_journal(), language=language, columns=columns)
    return list(_some(item for item in items if isinstance(item, Document)))


def score(
    *inputs: Source,
    targets: Path | str | None = None,
    target: str | Sequence[str] | None = None,
    model: str = "default",
    body: bool = False,
    names: bool = False,
    key_file: Path | str | None = None,
    language: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> "pd.DataFrame":
    """Score each comment's stance and sentiment toward each target.

    :param inputs: Saved pages, folders of them, or tables of comments with a column ``text``.
    :param targets: A TOML file of targets that adds to, or replaces, those that ship.
    :param target: Score this target only, or these.
    :param model: The name of an installed model, or a model folder.
    :param body: Score the article's paragraphs too: their mentions and sentiment, no stance.
    :param names: Show names of commenters in place of pseudonyms.
    :param key_file: The key of the pseudonyms.
    :param language: What pages are in that are too short to tell, as ISO 639-1.
    :param columns: What fields are called in a table, where it calls them otherwise: ``{"text": "body"}``.
    :return: One row per comment and target, with the columns of the contract's scores.
    :raises NothingReadError: If no input could be used.
    """
    import pandas as pd

    from stance.records import SCORE_FIELDS, score_to_record

    scorer = _scorer(targets, target, model, body=body, names=names, key_file=key_file)
    scored = _scored(inputs, scorer, _journal(), language, columns)
    rows = [score_to_record(each) for document in scored for each in document.scores]
    return pd.DataFrame(rows, columns=list(SCORE_FIELDS))


def report(
    *inputs: Source,
    output: Path | str = "reports",
    targets: Path | str | None = None,
    target: str | Sequence[str] | None = None,
    model: str = "default",
    names: bool = False,
    key_file: Path | str | None = None,
    language: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Path:
    """Write a stance report: an index, a page per document, ``summary.json`` and ``scores.csv``.

    Parameters as those of :func:`score`.

    :param output: The folder to write.
    :return: The path of ``index.html``.
    :raises NothingReadError: If no input could be used; nothing is written then.
    """
    scorer = _scorer(targets, target, model, body=True, names=names, key_file=key_file)
    journal = _journal()
    scored = _scored(inputs, scorer, journal, language, columns)
    return write_report(scored, Path(output), scorer=scorer, journal=journal, names=names)


def compare(
    *inputs: Source,
    by: str = "outlet",
    output: Path | str | None = None,
    targets: Path | str | None = None,
    target: str | Sequence[str] | None = None,
    model: str = "default",
    names: bool = False,
    key_file: Path | str | None = None,
    language: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> "Comparison":
    """Compare outlets, or other groups of comments.

    Parameters as those of :func:`score`.

    :param by: The column to group by: ``outlet``, ``author``, ``month``, ``language``.
    :param output: A folder for ``comparison.html`` and ``comparison.json``; none is written where not given.
    :return: The groups with their shares, and every pair of them.
    :raises NothingReadError: If no input could be used.
    """
    scorer = _scorer(targets, target, model, names=names, key_file=key_file)
    comparison = compare_inputs(_scored(inputs, scorer, _journal(), language, columns), scorer=scorer, by=by)
    if output is not None:
        write_compared(comparison, Path(output), scorer=scorer)
    return comparison


def train(*labels: Source, output: Path | str, targets: Path | str | None = None, seed: int = 0) -> "Training":
    """Train a model on labelled comments and keep it where it is no worse than the one in the folder.

    :param labels: Tables of labelled comments.
    :param output: The model folder to write.
    :param targets: A TOML file of targets that adds to, or replaces, those that ship.
    :param seed: Of everything that is drawn.
    :return: The model with its measures on held-out stories, beside those of the model that stood there.
    :raises LabelError: If the tables hold too little to train on.
    """
    from stance.targets import load_targets
    from stance.training import train_from_paths

    known = load_targets(Path(targets) if targets is not None else None)
    training = train_from_paths([Path(each) for each in labels], Path(output), targets=known, seed=seed)
    for skip in training.skipped:
        _warn("skipped", skip)
    return training


def evaluate(
    *labels: Source, model: str = "default", targets: Path | str | None = None, seed: int = 0
) -> dict[str, Any]:
    """Measure a model on labelled comments.

    :param labels: Tables of labelled comments.
    :param model: The name of an installed model, or a model folder.
    :param targets: A TOML file of targets that adds to, or replaces, those that ship.
    :param seed: Of the bootstrap.
    :return: Measures with 95 % intervals, per target, beside those of the baselines.
    :raises LabelError: If no row can be used.
    """
    from stance.scoring.persistence import load_model
    from stance.targets import load_targets
    from stance.training import evaluate_from_paths

    known = load_targets(Path(targets) if targets is not None else None)
    record, skipped = evaluate_from_paths([Path(each) for each in labels], load_model(model), targets=known, seed=seed)
    for skip in skipped:
        _warn("skipped", skip)
    return record


def _scorer(targets: Path | str | None, target: str | Sequence[str] | None, model: str, **rest: Any) -> "Scorer":
    key_file = rest.pop("key_file", None)
    return make_scorer(
        targets=Path(targets) if targets is not None else None,
        target=[target] if isinstance(target, str) else target,
        model=model,
        key_file=Path(key_file) if key_file is not None else None,
        **rest,
    )


def _scored(
    inputs: Sequence[Source],
    scorer: "Scorer",
    journal: Journal,
    language: str | None,
    columns: Mapping[str, str] | None,
) -> Iterator[Any]:
    items = read_documents(inputs, journal=journal, language=language, columns=columns)
    return _some(score_inputs(items, scorer, journal=journal))


def _some(items: Iterator[Item]) -> Iterator[Item]:
    """Give the items; that there are none is an error before anything is written."""
    empty = True
    for item in items:
        empty = False
        yield item
    if empty:
        raise NothingReadError


def _journal() -> Journal:
    return Journal(tell=_warn)


def _warn(kind: Kind, entry: Skip) -> None:
    prefix = "skipped: " if kind == "skipped" else ""
    # The caller's line is a moving distance away: the stages in between are generators.
    warnings.warn(f"{entry.source}: {prefix}{entry.reason}", InputWarning, stacklevel=2)

"""The verbs of the command line, from Python.

What the command line tells on standard error comes here as an ``InputWarning`` each: an input left out, a doubt. What
is returned shows itself in a notebook (``stance/notebooks.py``).
"""

import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from stance.auditing import Auditor, load_audit
from stance.datamodels import Document, Skip
from stance.documents import check_abstain, make_scorer, open_model
from stance.exceptions import ConfigError, NothingReadError
from stance.findings import compare_inputs, write_compared, write_report
from stance.journal import Journal, Kind
from stance.pipeline import read_documents, read_worked, score_inputs, with_scores

if TYPE_CHECKING:
    import pandas as pd

    from stance.datamodels import ScoredDocument
    from stance.documents import DocumentScorer
    from stance.notebooks import Documents, ReportIndex, ShownComparison
    from stance.scoring.scorers import Scorer
    from stance.training import Training

Source = str | Path
Item = TypeVar("Item")
Given = TypeVar("Given", str, Source)


class InputWarning(UserWarning):
    """An input was left out, or is used with a doubt; the message names it and says why."""


def parse(
    *inputs: Source, language: str | None = None, columns: Mapping[str, str] | None = None, jobs: int | None = 1
) -> "Documents":
    """Separate articles from their reader comments.

    :param inputs: Saved pages, folders of them, or tables of comments.
    :param language: What pages are in that are too short to tell, as ISO 639-1.
    :param columns: What fields are called in a table, where it calls them otherwise: ``{"text": "body"}``.
    :param jobs: How many processes; None: one for each core.
    :return: A list: one document for each page, in the order of the inputs.
    :raises ConfigError: If the language is no code.
    :raises NothingReadError: If no input could be used.
    """
    from stance.engines.cores import parsing_engine
    from stance.notebooks import Documents, show_documents

    language = _language(language)
    engine = parsing_engine(jobs, language)
    items = read_worked(_paths(inputs), engine, journal=_journal(), language=language, columns=columns)
    show_documents()
    return Documents(_some(item for item in with_scores(items, scores=False) if isinstance(item, Document)))


def score(
    *inputs: Source,
    targets: Path | str | None = None,
    target: str | Sequence[str] | None = None,
    model: "str | Path | Scorer" = "default",
    abstain: float = 0.0,
    body: bool = False,
    names: bool = False,
    key_file: Path | str | None = None,
    language: str | None = None,
    columns: Mapping[str, str] | None = None,
    jobs: int | None = 1,
) -> "pd.DataFrame":
    """Score each comment's stance and sentiment toward each target.

    :param inputs: Saved pages, folders of them, or tables of comments with a column ``text``.
    :param targets: A TOML file of targets that adds to, or replaces, those that ship.
    :param target: Score this target only, or these.
    :param model: A model: its name, its folder, or what :func:`load_scorer` gives.
    :param abstain: Leave pairs undecided whose highest probability is lower, in [0, 1).
    :param body: Score the article's paragraphs too: their mentions and sentiment, no stance.
    :param names: Show names of commenters in place of pseudonyms.
    :param key_file: The key of the pseudonyms; that of the project where not given.
    :param language: What pages are in that are too short to tell, as ISO 639-1.
    :param columns: What fields are called in a table, where it calls them otherwise: ``{"text": "body"}``.
    :param jobs: How many processes; None: one for each core.
    :return: One row per comment and target, as :func:`stance.pandas_api.scores_to_frame` makes them.
    :raises NothingReadError: If no input could be used.
    """
    from stance.pandas_api import scores_to_frame

    scorer = _scorer(targets, target, model, abstain=abstain, body=body, names=names, key_file=key_file)
    return scores_to_frame(_scored(inputs, scorer, model, jobs, _journal(), language, columns))


def report(
    *inputs: Source,
    output: Path | str = "reports",
    targets: Path | str | None = None,
    target: str | Sequence[str] | None = None,
    model: "str | Path | Scorer" = "default",
    abstain: float = 0.0,
    names: bool = False,
    key_file: Path | str | None = None,
    language: str | None = None,
    columns: Mapping[str, str] | None = None,
    labels: Source | Sequence[Source] | None = None,
    assume_random: bool = False,
    jobs: int | None = 1,
    public: bool = False,
) -> "ReportIndex":
    """Write a stance report: an index, a page per document, ``summary.json`` and ``scores.csv``.

    Parameters as those of :func:`score`.

    :param output: The folder to write.
    :param labels: Audit labels, which correct what the model says: tables, or the labelling page's file.
    :param assume_random: Take labels without probabilities for a simple random sample; the report says so.
    :param public: A report for others: no counts under five, no authors, no ``scores.csv``, comments only in cuts.
    :return: The path of ``index.html``, with its ``shares``.
    :raises NothingReadError: If no input could be used; nothing is written then.
    :raises LabelError: If the labels cannot correct anything, or the model was trained on them.
    """
    from stance.notebooks import ReportIndex

    scorer = _scorer(targets, target, model, abstain=abstain, body=True, names=names, key_file=key_file)
    journal = _journal()
    audit = _auditor(labels, assume_random, scorer, model, journal)
    scored = _scored(inputs, scorer, model, jobs, journal, language, columns)
    index = write_report(scored, Path(output), scorer=scorer, journal=journal, names=names, audit=audit, public=public)
    return ReportIndex(index)


def compare(
    *inputs: Source,
    by: str = "outlet",
    output: Path | str | None = None,
    targets: Path | str | None = None,
    target: str | Sequence[str] | None = None,
    model: "str | Path | Scorer" = "default",
    abstain: float = 0.0,
    names: bool = False,
    key_file: Path | str | None = None,
    language: str | None = None,
    columns: Mapping[str, str] | None = None,
    labels: Source | Sequence[Source] | None = None,
    assume_random: bool = False,
    jobs: int | None = 1,
    topic: str | None = None,
    seed: int = 0,
    public: bool = False,
) -> "ShownComparison":
    """Compare outlets, or other groups of comments.

    Parameters as those of :func:`report`.

    :param by: The column to group by: ``outlet``, ``author``, ``month``, ``language``, or one of the user's table.
    :param output: A folder for ``comparison.html`` and ``comparison.json``; none is written where not given.
    :param topic: The column that says what an article is about; its words do where not given.
    :param seed: Of the search for topics.
    :param public: What is written is for others: no counts under five. What is returned is for your own eyes.
    :return: The groups with their shares, and every pair of them.
    :raises NothingReadError: If no input could be used.
    :raises LabelError: If the labels cannot correct anything, or the model was trained on them.
    """
    from stance.grouping import own_columns
    from stance.notebooks import ShownComparison

    scorer = _scorer(targets, target, model, abstain=abstain, names=names, key_file=key_file)
    journal = _journal()
    audit = _auditor(labels, assume_random, scorer, model, journal)
    scored = _scored(inputs, scorer, model, jobs, journal, language, columns, own_columns(by, topic))
    comparison = compare_inputs(scored, scorer=scorer, by=by, audit=audit, journal=journal, topic=topic, seed=seed)
    if output is not None:
        write_compared(comparison, Path(output), scorer=scorer, audit=audit, public=public, journal=journal)
    return ShownComparison.showing(comparison)


def sample(
    *inputs: Source,
    n: int = 200,
    role: str = "audit",
    by: str = "random",
    stratify: str | Sequence[str] = (),
    allocation: str = "equal",
    targets: Path | str | None = None,
    target: str | Sequence[str] | None = None,
    exclude: Source | Sequence[Source] = (),
    seed: int = 0,
    model: "str | Path | Scorer" = "default",
    names: bool = False,
    key_file: Path | str | None = None,
    language: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> "pd.DataFrame":
    """Draw comments to label, each with the probability that it had of being drawn.

    Other parameters as those of :func:`score`.

    :param n: How many comments; each has a row per target.
    :param role: ``audit``, to measure and correct by, or ``train``.
    :param by: ``random``; for training also ``uncertainty``, ``disagreement`` or ``diversity``.
    :param stratify: ``outlet``, ``target``, ``month`` or ``document``, or several of them.
    :param allocation: How strata share the draw: ``equal`` or ``proportional``.
    :param exclude: A table of labels, or an earlier sample, not to draw from; or several.
    :param seed: Of the draw.
    :return: Columns as :data:`stance.labelling.samples.SAMPLE_FIELDS`; ``label`` is empty.
    :raises NothingReadError: If no input could be used.
    """
    from stance.labelling.samples import Design
    from stance.labelling.sampling import draw_sample, read_excluded
    from stance.pandas_api import sample_to_frame
    from stance.pseudonyms import choose_naming
    from stance.targets import load_targets

    known = load_targets(Path(targets) if targets is not None else None)
    chosen = _listed(target)

    def judge(documents: Iterator[Document]) -> Iterator["ScoredDocument"]:
        return _scorer(targets, target, model, abstain=0.0, names=True, key_file=None).score(documents)

    journal = _journal()
    items = read_documents(_paths(inputs), journal=journal, language=_language(language), columns=columns)
    naming = choose_naming(names, _key_file(key_file, names))
    drawn = draw_sample(
        _some(with_scores(items, scores=by != "random")),
        Design(n, role, by, tuple(_listed(stratify)), allocation, seed),
        targets=known.select(chosen) if chosen else known,
        target=chosen or None,
        naming=naming,
        excluded=read_excluded([Path(each) for each in _listed(exclude)], journal.skip),
        score=judge,
    )
    for warning in drawn.warnings:
        journal.warn("sample", warning)
    return sample_to_frame(drawn)


def train(
    *labels: Source,
    output: Path | str,
    start_from: Path | str | None = "default",
    targets: Path | str | None = None,
    seed: int = 0,
    light: bool = False,
) -> "Training":
    """Train a model on labelled comments and keep it where it is no worse than the one in the folder.

    :param labels: Tables of labelled comments.
    :param output: The model folder to write.
    :param start_from: The model that the labels are added to; None: the labels alone.
    :param targets: A TOML file of targets that adds to, or replaces, those that ship.
    :param seed: Of everything that is drawn.
    :param light: From the labels alone: without the encoder, somewhat worse, and many times as fast. Where labels are
        added to a model, that model decides.
    :return: The model with its measures on audit rows or held-out stories, beside those of the model that stood there.
    :raises LabelError: If the tables hold too little to train on.
    """
    from stance.targets import load_targets
    from stance.training import train_from_paths

    known = load_targets(Path(targets) if targets is not None else None)
    tables = [Path(each) for each in _paths(labels)]
    training = train_from_paths(tables, Path(output), targets=known, seed=seed, light=light, start_from=start_from)
    for skip in training.skipped:
        _warn("skipped", skip)
    for warning in training.warnings:
        _warn("warning", Skip("labels", warning))
    return training


def evaluate(
    *labels: Source,
    model: "str | Path | Scorer" = "default",
    targets: Path | str | None = None,
    seed: int = 0,
    abstain: float = 0.0,
    merge: bool = False,
    role: str | None = None,
) -> dict[str, Any]:
    """Measure a model on labelled comments.

    :param labels: Tables of labelled comments.
    :param model: A model: its name, its folder, or what :func:`load_scorer` gives.
    :param targets: A TOML file of targets that adds to, or replaces, those that ship.
    :param seed: Of the bootstrap.
    :param abstain: Leave pairs undecided whose highest probability is lower, in [0, 1).
    :param merge: Count neutral and not addressed as one class, as SemEval's NONE.
    :param role: Measure on rows of this role only, ``audit`` or ``train``.
    :return: Measures of the decided pairs with 95 % intervals, per target, beside those of the baselines.
    :raises LabelError: If no row can be used, or no pair is decided.
    """
    from stance.assessment import assess_paths, training_rows
    from stance.registry import resolve_model
    from stance.targets import load_targets

    check_abstain(abstain)
    known = load_targets(Path(targets) if targets is not None else None)
    record, skipped = assess_paths(
        [Path(each) for each in _paths(labels)],
        open_model(model, known) if isinstance(model, str | Path) else model,
        targets=known,
        seed=seed,
        abstain=abstain,
        merge=merge,
        seen=training_rows(resolve_model(model)) if isinstance(model, str | Path) else None,
        role=role,
    )
    for skip in skipped:
        _warn("skipped", skip)
    return record


def load_scorer(
    name: Path | str,
    *,
    targets: Path | str | None = None,
    url: str | None = None,
    plain_http: bool = False,
    languages: Sequence[str] | None = None,
    label_map: Mapping[str, str] | None = None,
    parallel: int | None = None,
    budget: int | None = None,
    cache: Path | str | None = None,
    cues: Path | str | None = None,
) -> "Scorer":
    """Load a model to hand to :func:`score`, :func:`report`, :func:`compare` or :func:`evaluate`.

    :param name: An installed model, a model folder, ``vader``, ``hf:NAME_OR_FOLDER`` or ``llm:MODEL``.
    :param targets: A TOML file of targets that adds to, or replaces, those that ship: the model is told their labels.
    :param url: ``llm``: the endpoint that comments are sent to.
    :param plain_http: ``llm``: allow ``http://`` to another machine.
    :param languages: ``hf``, ``llm``: what it may score; English where not given.
    :param label_map: ``hf``: label of the model -> stance.
    :param parallel: ``hf``: threads; ``llm``: requests at a time.
    :param budget: ``llm``: how many requests it may make; further pairs get no stance.
    :param cache: ``llm``: the file that keeps answers; one in the user's cache folder where not given.
    :param cues: A folder of cues of your own, over the shipped ones.
    :raises ModelError: If there is no such model, or it cannot be used.
    """
    from stance.scoring.settings import ScorerSettings
    from stance.targets import load_targets

    settings = ScorerSettings(
        url=url,
        plain_http=plain_http,
        languages=tuple(languages) if languages is not None else None,
        label_map=label_map,
        parallel=parallel,
        budget=budget,
        cache=Path(cache) if cache is not None else None,
    )
    known = load_targets(Path(targets) if targets is not None else None)
    return open_model(name, known, settings, Path(cues) if cues is not None else None)


def _scorer(
    targets: Path | str | None, target: str | Sequence[str] | None, model: "str | Path | Scorer", **rest: Any
) -> "DocumentScorer":
    key_file = _key_file(rest.pop("key_file", None), rest["names"])
    return make_scorer(
        targets=Path(targets) if targets is not None else None,
        target=_listed(target),
        model=model,
        key_file=key_file,
        **rest,
    )


def _key_file(given: Path | str | None, names: bool) -> Path | None:
    """Find the key of the pseudonyms, and warn of what its user should know; None where names are shown."""
    from stance.pseudonyms import find_key_file

    if names:
        return None
    place = find_key_file(Path(given) if given is not None else None)
    if place.doubt:
        _warn("warning", Skip("key", place.doubt))
    return place.path


def _language(language: str | None) -> str | None:
    from stance.scoring.settings import parse_language

    return None if language is None else parse_language(language)


def _scored(
    inputs: Sequence[Source],
    scorer: "DocumentScorer",
    model: "str | Path | Scorer",
    jobs: int | None,
    journal: Journal,
    language: str | None,
    columns: Mapping[str, str] | None,
    keep: Sequence[str] = (),
) -> Iterator[Any]:
    from stance.engines.cores import scoring_engine

    language = _language(language)
    work = scoring_engine(scorer, model, jobs, language=language)
    items = read_worked(_paths(inputs), work, journal=journal, language=language, columns=columns, keep=keep)
    return _some(score_inputs(items, scorer, journal=journal))


def _auditor(
    labels: Source | Sequence[Source] | None,
    assume_random: bool,
    scorer: "DocumentScorer",
    model: "str | Path | Scorer",
    journal: Journal,
) -> Auditor | None:
    """Read audit labels before anything is scored; None where none are given."""
    tables = [Path(each) for each in _listed(labels) if each != ""]
    if not tables:
        if assume_random:
            raise ConfigError("assume_random without labels; expected the labels it is said of")
        return None
    found = load_audit(tables, journal=journal, assume_random=assume_random, targets=scorer.targets)
    return Auditor(found, {scorer.model.name: model} if isinstance(model, str | Path) else {})


def _paths(given: Sequence[Any]) -> Sequence[Source]:
    """Give what a verb was called with, once all of it is a path.

    :raises TypeError: If something else is among it, as a list of paths, a frame or documents.
    """
    for each in given:
        if not isinstance(each, str | PathLike):
            kind = type(each).__name__
            raise TypeError(f"{kind} given; expected paths of files and folders, each by itself: verb(*paths)")
    return given


def _listed(given: Given | Sequence[Given] | None) -> list[Given]:
    """Give what may be one or several as several; a text is one, not its letters.

    Arrays and columns of a frame are several too: whether they are "true" is not asked, as they refuse to say.

    :raises TypeError: If it is a whole frame, which gives the names of its columns.
    """
    if hasattr(given, "columns"):
        raise TypeError(f"{type(given).__name__} given; expected names or paths: write it to a file, and name that")
    return [given] if isinstance(given, str | Path) else list(() if given is None else given)


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
    warn_of_input(f"{entry.source}: {prefix}{entry.reason}")


def warn_of_input(message: str) -> None:
    """Warn at the line that called for it, as often as it does.

    Python keeps a note of what it warned of, and is silent when the same happens at the same line: a cell of a notebook
    that runs again, or a loop, would take the second result for one in which nothing is left out. No note is kept here.
    """
    line = _line_of_caller(sys._getframe(1))
    # Without a module Python says nothing: code that is run by exec() may have none.
    module = line.f_globals.get("__name__") or "__main__"
    warnings.warn_explicit(message, InputWarning, line.f_code.co_filename, line.f_lineno, module=module)


def _line_of_caller(frame: FrameType) -> FrameType:
    """Find who called the outermost of our functions: between it and the innermost are generators, and templates."""
    found, at = frame, frame
    while at.f_back is not None:
        if str(at.f_globals.get("__name__")).partition(".")[0] == __package__:
            found = at.f_back
        at = at.f_back
    return found

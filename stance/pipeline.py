"""The six steps from inputs to a report.

1. read       inputs    -> pages, documents                ``reading``
2. parse      page      -> document with comments          ``parsing``
3. find       text      -> mentions of targets             ``scoring.targets``
4. score      document  -> document with scores            ``scoring``
5. aggregate  scores    -> shares                          ``aggregation``, ``comparison``
6. report     documents, shares -> HTML, JSON, CSV         ``reporting``

:func:`score_run` takes the first four, :func:`write_report` the others. Steps 2 to 4 concern one page at a time, so an
engine (``engines``) may do them in several processes. Documents are streamed: no more than a batch is held at a time.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from stance import datamodels, page_layouts
from stance import run as settings
from stance.datamodels import Document, Page, Record, Score, Skip, Unit, counted
from stance.engines import Cores, PageWorker, ScoringJob, in_this_process, parsing_engine
from stance.exceptions import ConfigError, ModelError, NothingReadError, hint
from stance.log import Log
from stance.parsing.sites import Sites
from stance.reading import read
from stance.reading.bundles import BUNDLED_TARGETS, bundled
from stance.records.digests import DocumentIds, content_of, input_of, pair_digest
from stance.records.score_records import COMPARED, LABELS_FILE, REPORT_FIELDS, report_rows
from stance.records.writers import CODEBOOK, csv_head, csv_text, is_numbered
from stance.run import PageOptions, ReadingOptions, Run
from stance.scoring.documents import DocumentScorer, sentences_as_comments
from stance.scoring.instances import RemoteScorer, Scorer, commonest_reasons
from stance.store import Store, is_store, stores_in

if TYPE_CHECKING:
    from stance.comparison.comparing import ComparisonTally
    from stance.comparison.results import Comparison, Group
    from stance.discourse.posts import Posts
    from stance.labels.sampling import Sample
    from stance.learn.assessment import Auditor
    from stance.parsing.layouts import HtmlLayout
    from stance.reporting import ReportWriter
    from stance.reporting.comparison import Basis
    from stance.reporting.public import PublicCounts, PublicReportWriter
    from stance.reporting.summary import ModelNote
    from stance.scoring.targets import TargetSet

Inputs = Sequence[str | Path]
Item = TypeVar("Item")


# 1. and 2. read, parse ------------------------------------------------------------------------------------------------


def read_documents(
    inputs: Inputs,
    reading: ReadingOptions | None = None,
    *,
    log: Log,
    keep: Sequence[str] = (),
    engine: Cores | None = None,
    stdin: BinaryIO | None = None,
    output: Path | None = None,
    see: Callable[[Document], None] = lambda _: None,
) -> Iterator[Document]:
    """Read inputs, and parse (or have an engine work on) the pages among them.

    :param inputs: Files, folders, ``-`` for standard input.
    :param log: Logs each input, or part of one, that is left out, and each warning.
    :param keep: Columns of tables that comments and scores carry along, for groups to be named by.
    :param engine: Closed after the last item; None: pages are parsed in this process.
    :param stdin: Where ``-`` is read from.
    :param output: The file that this run writes; in a folder it is no input.
    :param see: Called with each document, also with those that the conditions leave out.
    :return: Documents in the order of the inputs, each once; with scores where an engine or an input gives them. Of the
        saves of one page, the newest.
    """
    from stance.reading.repeats import newest_saves

    reading, is_joined = reading or ReadingOptions(), len(inputs) == 1 and is_store(Path(inputs[0]))

    def is_kept(document: Document) -> bool:
        see(document)
        return is_wanted(document, reading, log)

    items = _read_inputs(inputs, reading, stdin, keep, output)
    parsed = _read_each(items, reading, log, engine or in_this_process(PageWorker(reading.language)), is_kept)
    found = log.watch(parsed, "Documents:", inputs)
    return found if is_joined else newest_saves(found, log)


def _read_inputs(
    inputs: Inputs,
    reading: ReadingOptions,
    stdin: BinaryIO | None = None,
    keep: Sequence[str] = (),
    output: Path | None = None,
) -> Iterator[Page | Document | Skip | Path]:
    """Read the pages and documents of inputs; of stores, the paths."""
    for are_stored, run in groupby(inputs, key=lambda each: bool(stores_in(Path(each)))):
        if are_stored:
            yield from chain.from_iterable(stores_in(Path(each)) for each in run)
        else:
            yield from read_pages(list(run), reading, stdin, keep, output)


def _read_each(
    items: Iterable[Page | Document | Skip | Path],
    reading: ReadingOptions,
    log: Log,
    engine: Cores,
    is_kept: Callable[[Document], bool],
) -> Iterator[Document]:
    """Have an engine parse pages, and yield each document once."""
    firsts, ids = dict[str, str](), DocumentIds()  # where each document came first, by the digest of its content
    with engine as opened:
        for item in opened.run(Sites(log.warn).name(log.counting_described(items))):
            if isinstance(item, Skip):
                log.skip(item)
            elif isinstance(item, Path):
                stored = _read_stored(item, reading.run_number, log, firsts)
                yield from filter(is_kept, (ids.distinct(each, f"{item}\n{input_of(each.source)}") for each in stored))
            elif _is_new(content_of(item), item.source, log, firsts):
                item = ids.distinct(item, input_of(item.source))
                if not item.has_texts:
                    yield item
                    continue
                log.warn(item.source, *item.warnings)
                if is_kept(item):
                    log.counts["scored"] += any(score.unit is Unit.COMMENT for score in item.scores)
                    yield item


def is_wanted(document: Document, reading: ReadingOptions, log: Log) -> bool:
    """Return whether a document is certain enough and meets the conditions, and count it."""
    option = reading.left_out_by(document)
    if document.certainty is not None:
        log.counts["judged"] += 1
        log.counts["doubtful"] += document.is_doubtful and option is None
    log.counts[option or "kept"] += 1
    if option == "--where":
        log.asked[document.outlet or ""] = dict(reading.where).get("outlet", "")
    return option is None


def read_pages(
    inputs: Inputs, reading: ReadingOptions, stdin: BinaryIO | None, keep: Sequence[str], output: Path | None = None
) -> Iterator[Page | Document | Skip]:
    """Read inputs that are no stores; skipped parts are in their place."""
    layouts: tuple[HtmlLayout, ...] = ()
    if reading.layouts:
        from stance.parsing.layouts import load_own_layouts

        layouts = load_own_layouts(reading.layouts)
    left_out: list[Skip] = []
    items = read(list(inputs), skip=left_out.append, stdin=stdin, columns=reading.columns, keep=keep, output=output)
    for item in items:
        yield from left_out
        left_out.clear()
        if isinstance(item, Page):
            item = replace(item, outlet=reading.outlet, layouts=layouts)
        elif isinstance(item, Document) and reading.outlet and item.outlet is None and not item.scores:
            item = replace(item, outlet=reading.outlet)
        yield item
    yield from left_out


def _is_new(content: str, source: str, log: Log, firsts: dict[str, str]) -> bool:
    """Return whether a document was not seen before, and log it if it was."""
    if is_known := content in firsts:
        log_copy(source, firsts[content], log)
    firsts.setdefault(content, source)
    return not is_known


def log_copy(source: str, first: str, log: Log) -> None:
    """Log a document that was read before; of the documents of two tables or archives, once."""
    place, other = input_of(source), input_of(first)
    if place in (source, other):
        log.warn(source, f"the same document as {first}; counted once")
    elif Skip(place, message := f"documents also in {other}; each counted once") not in log.warnings:
        log.warn(place, message)


def _read_stored(path: Path, run: int | None, log: Log, firsts: dict[str, str]) -> Iterator[Document]:
    """Read a run of a store, and log the inputs that were skipped when it was made."""
    with Store.read(path) as store:
        chosen, runs = store.open_run(run, log), store.runs()
        if len(runs) > 1 and run is None:
            others = ", ".join(f"--run {each.number} ({each.model})" for each in runs if each != chosen)
            used = f"the latest, {chosen.number} ({chosen.model}), is used"
            log.warn(str(path), f"holds {len(runs)} runs; {used}; {others}")
        log.skip(*store.skips(chosen, log.skip))
        is_bare = False
        for stored in store.stored(chosen, log.skip):
            if not stored.document.has_texts and not is_bare:
                is_bare = True
                log.warn(path.name, *stored.document.warnings)
            if _is_new(stored.content, stored.document.source, log, firsts):
                yield stored.document


# 3. and 4. find, score ------------------------------------------------------------------------------------------------


def score_inputs(documents: Iterable[Document], scorer: DocumentScorer, *, log: Log) -> Iterator[Document]:
    """Score documents, keep existing scores, and log skipped targets and undecided pairs at the end.

    :param documents: As :func:`read_documents` gives them.
    :return: The documents with their scores, in their order.
    """
    warned, is_covered, others, is_scored = set[str](), False, set[str](), False
    unknown, undecided, left_out = Counter[str](), Counter[str](), Counter[str]()
    for document in _without_repeats(documents, log):
        count_unknown(unknown, document, scorer.targets)
        if document.scores or not document.has_texts:  # scored before it was read, or by an engine
            scored = take_scores(document, scorer, log, warned)
        else:
            log.counts["scored"] += bool(document.comments)
            (scored,) = scorer.score([document])
        others |= {score.target for score in document.scores} - {*scorer.targets.ids}
        is_scored |= bool(scored.scores)
        undecided.update(score.undecided for score in scored.scores if score.undecided)
        own = [score for score in scored.scores if score.unit is Unit.COMMENT]
        uncovered = [score.language for score in own if score.stance is None and not score.undecided]
        left_out.update(each or "und" for each in uncovered)
        is_covered |= len(uncovered) < len(own)
        yield scored
    if others and not is_scored:
        seen = f"no scores toward {' or '.join(scorer.targets.ids)}, but toward {', '.join(sorted(others))}"
        raise ConfigError(f"{seen}; expected --target {min(others)}, and --targets FILE if you defined it")
    if left_out and not is_covered:
        refuse_uncovered(scorer, left_out, log)
    log_unknown(unknown, scorer.targets, log, "column target")
    log_model(scorer.model, undecided, log)


def refuse_uncovered(scorer: DocumentScorer, left_out: Iterable[str], log: Log) -> None:
    """Report that no comment is in a language that is scored.

    :param left_out: The languages of the comments.
    :raises ConfigError: If the user chose the languages.
    """
    asked = ", ".join(scorer.chosen_languages or scorer.languages)
    seen = f"no comment is in a language that is scored ({asked or 'none'}), but only in {', '.join(sorted(left_out))}"
    if scorer.chosen_languages is not None:
        raise ConfigError(f"--languages: {seen}; expected one of these")
    log.warn("languages", seen)


def _without_repeats(documents: Iterable[Document], log: Log) -> Iterator[Document]:
    """Leave out scores of pages that are read too, as where they were written among the pages, or such pages.

    The first of both counts. Both carry the digest of the page; tables name their documents freely, so theirs are not
    compared.
    """
    known: dict[str, bool] = {}  # document -> whether it was made from scores
    left_out: Counter[str] = Counter()
    for document in documents:
        is_scores, is_table = not document.has_texts, document.layout in page_layouts.TABLE_LAYOUTS
        if is_table or known.setdefault(document.document_id, is_scores) == is_scores:
            yield document
        else:
            left_out["scores" if is_scores else "pages"] += len(document.scores) if is_scores else 1
    for what, count in left_out.items():
        log.warn(what, f"{count:,} left out: a page and its scores were both given; the one given first counts")


def take_scores(document: Document, scorer: DocumentScorer, log: Log, warned: set[str]) -> Document:
    """Select the scores that this run asks for, and warn once of other models and targets."""
    scores = tuple(score for score in document.scores if scorer.articles or score.unit is Unit.COMMENT)
    if document.has_texts:  # of score tables, reports name the models
        for name in {score.model for score in scores} - warned - {scorer.model.name}:
            warned.add(name)
            log.warn(name, f"scored this store; its scores are used, not scores of {scorer.model.name}")
    asked = {scorer.targets.id_of(name) for comment in document.comments for name in comment.targets or ()}
    return of_targets(replace(document, scores=scores), scorer, log, warned, asked)


def of_targets(
    document: Document, scorer: DocumentScorer, log: Log, warned: set[str], asked: Collection[str | None] = ()
) -> Document:
    """Select the scores toward the targets of the run, and warn once of each other one.

    :param asked: Further targets, for which rows of the document's table ask.
    """
    ids, known = scorer.targets.ids, {*scorer.targets.ids, *asked}
    for target in sorted({score.target for score in document.scores} - warned - known):
        warned.add(target)
        flags = " ".join(f"--target {each}" for each in (*ids, target))
        give = f"give {flags}" if scorer.targets.id_of(target) else "define it in --targets FILE"
        log.warn(input_of(document.source), f"scores toward {target} are left out; to include them, {give}")
    return replace(document, scores=tuple(score for score in document.scores if score.target in known))


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
        named = ", ".join(f"{target[:40]!r} ({n:,})" for target, n in rows.most_common(5))
        more = f" and {len(rows) - 5:,} more" if len(rows) > 5 else ""
        asked = f"{counted(rows.total(), 'row asks', 'rows ask')} for unknown targets: {named}{more}"
        meant = hint(rows.most_common(1)[0][0], targets.ids)
        log.skip(Skip(source, f"{asked}; {meant} or define it with --targets FILE"))


def log_model(model: Scorer, undecided: Counter[str], log: Log) -> None:
    """Log how many pairs a model left undecided, and how many texts it sent elsewhere.

    :param undecided: Reason -> pairs of comment and target.
    """
    for reason, pairs in commonest_reasons(undecided):
        log.skip(Skip(model.name, f"{counted(pairs, 'pair')} of comment and target without a stance: {reason}"))
    if isinstance(model, RemoteScorer):
        log.warn(model.endpoint, f"{counted(model.texts_sent, 'comment was', 'comments were')} sent there")


# Sample ---------------------------------------------------------------------------------------------------------------


def _with_scores(documents: Iterable[Document], chosen: settings.SampleOptions) -> Iterator[Document | Score]:
    """Pass documents on, each followed by its scores if the draw needs them; of scores without texts, these alone."""
    for document in documents:
        has_texts = document.has_texts or any(comment.text for comment in document.comments)
        if has_texts:
            yield document
        yield from document.scores if chosen.is_precise or not has_texts else ()


def draw_run(
    run: Run, chosen: settings.SampleOptions, log: Log, *, store: Path | None = None, output: Path | None = None
) -> "Sample":
    """Draw comments of a run to label.

    :param store: The store that the sample goes into; what it holds for the other role is not drawn.
    :param output: The file that this run writes; in a folder it is no input.
    :raises NothingReadError: If no input could be used.
    """
    from stance.labels.sampling import choose_page, draw_sample, read_excluded, read_other_role

    def score(documents: Iterable[Document]) -> Iterator[Document]:
        scorer = open_scorer(replace(run, privacy=settings.PrivacyOptions(names=True)), log=log)
        return log.watch(scorer.score(documents), "Documents scored:")

    of_requests = replace(run.model.endpoint, model_languages=None, label_map=None)
    if of_requests != settings.EndpointOptions() and not chosen.is_precise:
        raise ConfigError("--url, --plain-http, --parallel or --budget: this draw asks no model; expected none of them")
    learned = _learned_pairs(run.model)
    run = choose_model(run)
    given, targets = run.inputs, run.targets.load()
    engine = parsing_engine(run.engine.jobs, run.reading.language)
    items: Iterable[Document] = read_documents(
        given.inputs, run.reading, log=log, engine=engine, stdin=given.stdin, output=output
    )
    chosen = replace(chosen, languages_scored=_languages_drawn(run, chosen))
    if chosen.unit == "sentence":
        items = (sentences_as_comments(document, targets) for document in items)
    if chosen.page is not None:
        items, n = choose_page(items, chosen.page, targets)
        chosen = replace(chosen, n=n)
    run.privacy.warn_of_key(log)
    excluded = read_excluded(chosen.exclude, log.skip)
    excluded |= read_other_role(store, chosen.role) if store else frozenset()
    learned, given_targets = learned | _learned_pairs(run.model), targets.ids if run.targets.target else None
    naming, drawn_from = run.privacy.naming(), _with_scores(items, chosen)
    return draw_sample(
        at_least_one(drawn_from, log), chosen, targets=targets, target=given_targets, naming=naming, excluded=excluded,
        learned=learned, score=score,
    )  # fmt: skip


def plan_run(run: Run, command: str, log: Log) -> Record:
    """Find the questions that labels of comments of a run can answer.

    :param command: As typed, with the inputs that further commands name.
    :return: ``plan``, as ``summary.json`` has it, and the same in ``lines``.
    """
    from stance.comparison.comparing import ComparisonTally
    from stance.comparison.results import comparison_to_record
    from stance.reporting.opening import opening, price_of

    scored = score_run(run, log, audit=settings.AuditOptions())
    tally = ComparisonTally(scored.scorer.targets.ids, audit=scored.audit.labels if scored.audit else None)
    for document in select_scores(_count_learned(scored, log), scored.scorer, log, scored.audit):
        tally.add(document.scores, document)
    record = comparison_to_record(tally.comparison()) | {"whole": asdict(tally.total()), "command": command}
    record |= {**{name: log.counts[name] for name in ("learned", "waiting")}, "drawn": drawn_pairs(scored)}
    told = opening(record, labels := dict(scored.targets))
    lines = [f"{price_of(each, labels)}: {each['command'] or 'both draws'}" for each in told["plan"]]
    return {"plan": told["plan"], "lines": lines or told["steps"] or ["labels can teach no further share"]}


def _languages_drawn(run: Run, chosen: settings.SampleOptions) -> tuple[str, ...] | None:
    """Return the languages that comments are drawn in: those that the run scores; None: any.

    A model that takes its languages as a setting is not loaded: it may need an endpoint, or minutes.
    """
    from stance.scoring import find_plugin

    model, plugin = run.model, find_plugin(run.model.chosen)
    if chosen.unit == "sentence":
        return model.languages
    if plugin and "languages" in plugin[0].settings:
        return model.languages or model.endpoint.model_languages or ("en",)
    return open_scorer(replace(run, privacy=settings.PrivacyOptions(names=True))).languages


def _learned_pairs(model: settings.ModelOptions) -> frozenset[int]:
    """Return digests of the pairs that the model of a run learned from; where none is named, any installed one."""
    from stance.learn.assessment import training_rows
    from stance.scoring.persistence import installed_models

    found = map(training_rows, installed_models() if model.model == settings.ANY_MODEL else (model.chosen,))
    return frozenset(chain.from_iterable(rows.tolist() for rows in found if rows is not None))


# 5. and 6. aggregate, report -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """The scored documents of a run, and what a report says of how they were made."""

    run: Run
    documents: Iterable[Document]  # read once; one is held at a time
    scorer: DocumentScorer
    audit: "Auditor | None" = None  # labels that correct what the model says
    command: str | None = None  # as typed

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Identifiers and labels of the targets."""
        found = self.scorer.targets
        return [(target, found[target].label) for target in found.ids]


def score_run(
    run: Run,
    log: Log,
    shown: settings.ScoreOptions = settings.COMMENTS,
    *,
    audit: settings.AuditOptions | None = None,
    keep: Sequence[str] = (),
    output: Path | None = None,
) -> ScoredRun:
    """Load the model and the audit labels, and begin to score the inputs.

    :param keep: Columns of tables that comments and scores carry along, for groups to be named by.
    :param output: The file that this run writes; in a folder it is no input.
    :raises NothingReadError: If no input could be used.
    :raises LabelError: If the labels cannot correct anything.
    """
    from stance.engines import scoring_engine

    run = choose_model(run, log)
    scorer = open_scorer(run, shown, log)
    auditor = _open_audit(run, audit, scorer, log) if audit else None
    inputs, stdin, engine = run.inputs.inputs, run.inputs.stdin, scoring_engine(run, scorer)
    see = auditor.labels.see if auditor and auditor.labels else lambda _: None
    documents = read_documents(
        inputs, run.reading, log=log, keep=keep, engine=engine, stdin=stdin, output=output, see=see
    )
    return ScoredRun(run, at_least_one(score_inputs(documents, scorer, log=log), log), scorer, auditor)


def _open_audit(run: Run, audit: settings.AuditOptions, scorer: DocumentScorer, log: Log) -> "Auditor | None":
    """Read audit labels, or those of stores and bundles among the inputs if no others are given; None without any.

    The log counts the comments drawn for an audit that wait for a label.
    """
    from stance.labels import count_numbered
    from stance.labels.state import count_in_stores
    from stance.store.labels import stores_with_audit_labels

    inputs = [Path(each) for each in run.inputs.inputs]
    tables = tuple(filter(None, (bundled(each, LABELS_FILE) for each in inputs)))
    is_labelled, waiting = count_numbered(tables)
    labels = audit.labels or (*(tables if is_labelled else ()), *stores_with_audit_labels(inputs, log.skip))
    in_stores = count_in_stores((*audit.labels, *inputs), datamodels.Unit.COMMENT, "audit")
    log.counts["waiting"] = waiting + in_stores.waiting
    if not labels:
        return None
    from stance.learn.assessment import Auditor, load_audit

    found = load_audit(labels, log=log, targets=scorer.targets)
    known = {scorer.model.name: run.model.chosen} if isinstance(run.model.chosen, str | Path) else {}
    if not all(map(is_store, labels)):  # tables may have the labels that stores lack
        log.counts["waiting"] = found[0].source.waiting if found[0] else 0
    return Auditor(*found, known, is_asked=bool(audit.labels))


def open_scorer(run: Run, shown: settings.ScoreOptions = settings.COMMENTS, log: Log | None = None) -> DocumentScorer:
    """Load the model, targets and key of a run, and warn of the user's targets and key.

    :raises TargetError: If the user's targets cannot be used or a target is not defined.
    :raises ModelError: If the model cannot be loaded.
    :raises ConfigError: If the key cannot be read or made, or an option is not valid.
    """
    log, targets = log or Log(), run.targets.load()
    run.privacy.warn_of_key(log)
    log.warn("targets", *targets.warnings)
    stores = [stores_in(Path(each)) for each in run.inputs.inputs]
    for path in chain.from_iterable(stores) if not (all(stores) or run.privacy.names) else ():
        with Store.read(path) as store:
            try:
                store.check_key(run.privacy.key())
            except ConfigError as error:  # other inputs may be of others, and hold pseudonyms, too
                log.warn(str(path), f"a person of other inputs is another one here: {error}".replace(f"{path}: ", ""))
    return ScoringJob(targets, run.model, run.privacy.naming(), shown.articles).load()


def choose_model(run: Run, log: Log | None = None) -> Run:
    """Return a run with the model that reads it: the one that is named, else that of its store, else ``default``.

    Targets and languages that are not named are likewise those of the store.

    :param log: Names the model at the end, if the user did not.
    """
    chosen = _with_stored_settings(_with_bundled_targets(run))
    if log and run.model.model == settings.ANY_MODEL:
        log.model = str(chosen.model.chosen)
    return chosen


def _with_bundled_targets(run: Run) -> Run:
    """Return a run with the targets that its bundles define, if the user gives no others."""
    found = next(filter(None, (bundled(each, BUNDLED_TARGETS) for each in run.inputs.inputs)), None)
    if not found or run.targets.targets_file.targets:
        return run
    return replace(run, targets=replace(run.targets, targets_file=settings.TargetsFile(found)))


def _with_stored_settings(run: Run) -> Run:
    """Return a run with the model, languages and targets that its stores were scored with, if the user names no others.

    A model must be installed, and a target defined. Inputs besides stores are scored toward the targets of any run.
    """
    stores, stored = [found[0] for each in run.inputs.inputs if (found := stores_in(Path(each)))], []
    for path in stores:
        with Store.read(path) as store:
            if store.runs(lambda _: None):  # a store of labels alone has none
                stored.append(store.choose_run(run.reading.run_number).settings)
    names = {each.get("model", run.model.chosen) for each in stored}
    if run.model.model == settings.ANY_MODEL and len(names) == 1:
        languages = run.model.languages or stored[0].get("languages")
        model = replace(run.model, model=names.pop(), languages=languages and tuple(languages))
        # Of a store from elsewhere, or by a model of a former version: its scores are used unchanged, with a message.
        with suppress(ModelError, ConfigError):
            model.folder()
            run = replace(run, model=model)
    if stored and not run.targets.target and len(stores) == len(run.inputs.inputs):
        known, ids = run.targets.load(), dict.fromkeys(chain.from_iterable(each.get("targets", ()) for each in stored))
        asked = tuple(each for each in ids if known.id_of(each)) or tuple(ids)
        if {*asked} != {*known.ids}:
            run = replace(run, targets=replace(run.targets, target=asked))
    return run


def drawn_pairs(scored: ScoredRun) -> dict[str, Counter[str]]:
    """Count the comments that were drawn for an audit, labelled or not: target -> outlet -> comments."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    if scored.audit and scored.audit.labels:
        rows = (row for row in scored.audit.labels.rows if row["role"] == "audit" and row["unit"] != "sentence")
        for target, outlet, _ in {(row["target"], row["outlet"] or datamodels.NO_OUTLET, row["id"]) for row in rows}:
            found[target][outlet] += 1
    return dict(found)


def model_in_use(labels: Inputs, model: settings.ModelOptions) -> settings.ModelOptions:
    """Return the model that is trained or measured on labels: the one that reads a report of these inputs."""
    return choose_model(Run(settings.Inputs(tuple(labels)), model=model)).model


def at_least_one(items: Iterable[Item], log: Log) -> Iterator[Item]:
    """Pass items on.

    :raises NothingReadError: If there are none, before anything is written; it names the only skipped input.
    """
    items = iter(items)
    for first in items:
        return chain((first,), items)
    skips = log.skipped if len(log.skipped) == 1 else ()
    raise NothingReadError(*(f"{skip.source}: {skip.reason}; nothing" for skip in skips))


def write_report(scored: ScoredRun, folder: Path, log: Log, page: PageOptions | None = None) -> list[Path]:
    """Write the report of scored documents.

    :param folder: Where ``index.html``, a page per document, ``summary.json`` and ``scores.csv`` are written; and the
        comparison of outlets, where there are two.
    :return: The paths of ``index.html`` and the other files, without the pages of documents.
    :raises ConfigError: If a public report shows names.
    """
    page = page or PageOptions()
    refuse_foreign(folder / "index.html", scored.run.inputs.inputs)
    if page.public and scored.run.privacy.names:
        raise ConfigError("--public with --names; expected one of them, since a public report shows no names")
    from stance.comparison.results import comparison_to_record
    from stance.reporting import ReportWriter

    # 3. and 4. Find and score, document by document, as they are asked for; each page is written at once.
    corpus = _Corpus(scored)
    own: Record = {"targets": scored.targets, "model": model_note(scored.scorer)}
    kept: Record = {"names": scored.run.privacy.names, "command": scored.command, "find": scored.scorer.targets.find}
    kept["labels"] = scored.audit.table if scored.audit else None
    if scored.audit and not page.public:
        refuse_foreign_labels(folder)
    if page.public:
        from stance.reporting.public import PublicReportWriter as Public
    with Public(folder, **own) if page.public else ReportWriter(folder, **own, **kept) as writer:
        for document in select_scores(_count_learned(scored, log), scored.scorer, log, scored.audit):
            corpus.add(document, writer)
        # 5. Aggregate: shares of all comments and of each outlet, corrected by labels of persons.
        whole, compared = corpus.groups.total(), with_run(corpus.groups.comparison(), scored.scorer, log)
        _warn_of_shares(corpus, whole, compared.groups, log)
        # 6. Report: index and summary, then the comparison of outlets.
        facts = corpus.facts() | {"whole": asdict(whole), "sent": sent_texts(scored.scorer.model)}
        facts |= {**{name: log.counts[name] for name in ("learned", "waiting")}, "drawn": drawn_pairs(scored)}
        writer.finish(corpus.summaries(whole), log.skipped, comparison_to_record(compared), **facts)
    names = ["index.html", "summary.json", *(() if page.public else ("scores.csv", "shares.csv", "discourse.html"))]
    written = [path for path in (folder / name for name in names) if path.is_file()]
    if len(compared.groups) > 1:
        pages = None if isinstance(writer, ReportWriter) else writer.counts
        return written + write_compared(compared, scored, folder, log, page, None, pages)
    if page.public:
        warn_of_private_file(folder / "comparison.json", log)
    return written


class _Corpus:
    """Sums over the documents of a report, which is all that is held of them."""

    def __init__(self, scored: ScoredRun) -> None:
        from stance.aggregation import CoverageTally, Tally
        from stance.aggregation.clusters import AuditLabels
        from stance.comparison.comparing import ComparisonTally
        from stance.discourse import MOST_POSTS

        self.audit, self.targets = scored.audit, scored.scorer.targets.ids
        labels, self.most = self.audit.labels if self.audit else None, MOST_POSTS
        self.total, self.articles = Tally(self.targets), CoverageTally(self.audit.sentences if self.audit else None)
        self.groups = ComparisonTally(self.targets, audit=labels)
        self.of_pages = None  # labels of pages: each is found once
        if labels:
            self.of_pages = AuditLabels(labels.comments, labels.source)
            self.of_pages.learned = labels.learned
        self.pages: list[Posts] = []
        self.comments: int | None = None  # read for the analysis of the discourse; None: a public report

    def add(self, document: Document, writer: "ReportWriter | PublicReportWriter") -> None:
        """Count a document, and write its page."""
        from stance.aggregation import cover_article, summarise_page
        from stance.aggregation.sentiment import page_sentiment
        from stance.discourse import page_record
        from stance.discourse.newsroom import find_newsroom
        from stance.discourse.posts import read_posts
        from stance.discourse.themes import find_themes
        from stance.reporting import ReportWriter

        texts = {each.comment_id: each.text for each in document.comments} if self.of_pages else {}
        summaries = summarise_page(document.scores, self.targets, self.of_pages, texts)
        self.total.add(document.scores)
        document = replace(document, event=self.groups.add(document.scores, document))
        if not isinstance(writer, ReportWriter):
            writer.add(document, summaries)
            return
        posts = read_posts(document, self.targets)
        analysed = page_record(posts) | {"themes": find_themes(document), "newsroom": find_newsroom(document)}
        covered, sentiment = cover_article(document, self.targets), page_sentiment(document.scores, self.targets)
        writer.add(document, summaries, analysed, covered, sentiment)
        self.articles.add(document)
        self.comments = (self.comments or 0) + len(posts)
        self.pages.append(posts)
        if self.comments > self.most:
            self.pages.clear()

    def summaries(self, whole: "Group") -> Iterator[datamodels.TargetSummary]:
        """Return the summary of each target, with the shares of exactly all comments."""
        chosen = [share for share in whole.shares if share.population == "corpus"]
        for summary in self.total.summaries():
            own = tuple(share for share in chosen if share.target == summary.target)
            yield replace(summary, shares=own, read=whole.read[summary.target])

    def facts(self) -> Record:
        """Return further values of the report."""
        from stance.discourse import discourse_record

        facts: Record = {"audit": self.audit.to_record() if self.audit else None, "discourse": None}
        if self.comments is not None:
            pages = self.pages if self.comments <= self.most else None
            facts["discourse"] = discourse_record(pages, self.targets, self.comments)
            facts["articles"] = self.articles.coverage()
        return facts


UNKNOWN_ARTICLES = (
    "articles unknown: no column document or title. Comments of one article are alike, so intervals may be too narrow; "
    "name the column with --map document=COLUMN"
)


WITHOUT_TEXTS = (
    "holds no texts: which comments are copies is unknown, so labels correct no share and no difference of wording is "
    "claimed; give the pages or the table, or the scores.csv of a report"
)


def _count_learned(scored: ScoredRun, log: Log) -> Iterator[Document]:
    """Pass documents on, and count the comments that the model learned from: labels of these correct no share."""
    learned = _learned_pairs(scored.run.model)
    for document in scored.documents:
        texts = {each.comment_id: each.text for each in document.comments if learned}
        pairs = ((each.comment or "", each.target) for each in document.scores if each.stance and each.comment in texts)
        log.counts["learned"] += len({at for at, target in pairs if pair_digest(texts[at], target) in learned})
        yield document


def select_scores(
    documents: Iterable[Document], scorer: DocumentScorer, log: Log, audit: "Auditor | None" = None
) -> Iterator[Document]:
    """Pass documents on with the scores to show, and log other models of tables, and tables without articles.

    :param audit: Labels, of which those are left out that the model of a score learned from.
    """
    others, warned, doubts = set[str](), set[str](), dict[tuple[str, str], None]()
    for each in documents:
        document = of_targets(each, scorer, log, warned)
        if audit:
            audit.check(document.scores)
        if not document.has_texts:
            others.update(score.model for score in document.scores)
            if audit and audit.labels:
                audit.labels.see(document)
            if not all(comment.text for comment in document.comments):
                doubts[input_of(document.source), WITHOUT_TEXTS] = None
        if document.articles:
            doubts[input_of(document.source), UNKNOWN_ARTICLES] = None
        yield document
    for doubt in doubts:
        log.warn(*doubt)
    if others := others - {scorer.model.name}:
        named = ", ".join(sorted(others)[:5])
        log.warn("scores", f"made by {named}; the accuracy shown is that of {scorer.model.name}")


def _warn_of_shares(corpus: _Corpus, whole: "Group", groups: "Sequence[Group]", log: Log) -> None:
    """Warn of shares that labels do not correct, and of too few comments for any."""
    if corpus.audit:
        corpus.audit.warn(log, (share for group in (whole, *groups) for share in group.shares))
        for target in corpus.targets:
            if names := corpus.groups.unlabelled(target):
                of = f"{', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"
                log.warn("labels", f"{target}: no labels of {of}; the total of all groups is not corrected")
        sentences = corpus.audit.sentences if corpus.comments is not None else None  # None: a public report
        if sentences and not sentences.to_record()["matched"]:
            labels = counted(len(sentences.comments), "label")
            log.warn(
                "labels",
                f"none of {labels} of sentences is of an article of these inputs; how articles lean is unknown",
            )
    if whole.comments < datamodels.FEWEST_COMMENTS:
        read = "; read the comments" * (whole.comments > 0)
        log.warn("comments", f"{counted(whole.comments, 'comment')} in all, too few for shares{read}")


def warn_of_private_file(path: Path, log: Log) -> None:
    """Warn about a file in the folder of a public report that is not public."""
    from stance.reporting.public import is_public

    if is_public(path) is False:
        log.warn(str(path), "is not public: remove this file and its pages, or write them with --public too")


# Compare --------------------------------------------------------------------------------------------------------------


def compare_groups(
    scored: ScoredRun, groups: settings.ComparisonOptions, log: Log, see: Callable[[Document], object] = lambda _: None
) -> "Comparison":
    """Compare groups of scored documents.

    :param groups: By a column of scores, such as ``outlet``, of documents, or of the user's table.
    :param see: Called with each document.
    :raises ConfigError: If there is no such column.
    """
    scorer, audit, unit, event = scored.scorer, scored.audit, groups.unit, groups.event
    found = _tally_groups(scored, groups, log, see).comparison(seed=groups.seed)
    kind = "event" if event else "slope"
    if unit and not any(each.kind == kind for each in (*found.slopes, *found.sentiment_changes)):
        seen = "no change is estimated: no group has enough dated comments that address a target, and articles, "
        log.warn("--event" if event else "--trend", f"{seen}{'before and after it' if event else 'at two times'}")
    if audit:
        audit.warn(log, (share for group in found.groups for share in group.shares))
    return with_run(found, scorer, log)


def _tally_groups(
    scored: ScoredRun, groups: settings.ComparisonOptions, log: Log, see: Callable[[Document], object] = lambda _: None
) -> "ComparisonTally":
    """Sum scores over authors and articles; where topics are to be found, a row of words of each article is held, too.

    :param see: Called with each document.
    :raises ConfigError: If there is no such column.
    """
    from stance.comparison.comparing import ComparisonTally

    audit, topic, unit, event = scored.audit, groups.topic, groups.unit, groups.event
    ids, labels = scored.scorer.targets.ids, audit.labels if audit else None
    tally = ComparisonTally(ids, by=groups.by, audit=labels, topic=topic, unit=unit, event=event)
    for document in select_scores(_count_learned(scored, log), scored.scorer, log, audit):
        see(replace(document, event=tally.add(document.scores, document)))
    return tally


def shares_of(run: Run) -> Iterator[Record]:
    """Yield the shares of all comments of a run and of its outlets, with the columns of ``shares.csv``."""
    from stance.comparison.results import comparison_to_record
    from stance.reporting.tables import ALL, SHARES, columns_of, share_rows, tables_of, tidy

    scored = score_run(run, Log(), audit=settings.AuditOptions())
    tally = _tally_groups(scored, settings.ComparisonOptions(), Log())
    whole = ({"by": ALL, **row} for row in share_rows(asdict(tally.total()) | {"group": ALL}))
    outlets = tables_of(comparison_to_record(tally.comparison()))[SHARES]
    return (tidy(row, columns_of(SHARES)) for row in chain(whole, outlets))


def write_comparison_of(
    scored: ScoredRun, groups: settings.ComparisonOptions, folder: Path, log: Log, page: PageOptions
) -> tuple["Comparison", list[Path]]:
    """Compare groups of scored documents, and write the comparison with the scores and labels that it rests on."""
    from stance.aggregation import summarise
    from stance.comparison.grouping import own_columns

    columns = [each for each in own_columns(groups.by, groups.topic) if each not in REPORT_FIELDS]
    with TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="") as scores:
        scores.write(csv_head((*REPORT_FIELDS, *columns)))
        pages = count_pages(scored, groups.by, page)

        def see(document: Document) -> None:
            scores.write(csv_text(report_rows(document, columns)))
            if pages is not None:
                pages.add(document, summarise(document.scores, scored.scorer.targets.ids))

        found = compare_groups(scored, groups, log, see)
        scores.seek(0)
        basis: dict[str, Iterable[str]] = {} if page.public else {"scores.csv": scores}
        basis |= {LABELS_FILE: scored.audit.table()} if scored.audit and not page.public else {}
        return found, write_compared(found, scored, folder, log, page, basis, pages)


def with_run(comparison: "Comparison", scorer: DocumentScorer, log: Log) -> "Comparison":
    """Add the skipped inputs, and digests of model, targets and lexicon: a run with others gives other figures."""
    from importlib.resources import files

    lexicon = files("vaderSentiment").joinpath("vader_lexicon.txt").read_bytes()
    digests = {
        "model": ", ".join(comparison.models) or scorer.model.name,
        "targets": blake2b(repr(scorer.targets.targets).encode(), digest_size=8).hexdigest(),
        "lexicon": blake2b(lexicon, digest_size=8).hexdigest(),
    }
    if copied := len(comparison.copied_articles):
        log.warn(
            "articles", f"{counted(copied, 'article is', 'articles are')} at several outlets; each counts as one event"
        )
    return replace(comparison, skipped=tuple(log.skipped), digests=digests | comparison.digests)


def count_pages(scored: ScoredRun, by: str, page: PageOptions) -> "PublicCounts | None":
    """Return counts to add pages to, where a comparison of outlets is public."""
    from stance.reporting.public import PublicCounts

    return PublicCounts(scored.scorer.targets.ids) if page.public and by == "outlet" else None


def write_compared(
    comparison: "Comparison",
    scored: ScoredRun,
    folder: Path,
    log: Log,
    page: PageOptions | None = None,
    basis: "Basis | None" = MappingProxyType({}),
    pages: "PublicCounts | None" = None,
) -> list[Path]:
    """Write a comparison.

    :param basis: The scores and labels that it rests on; None: it is a part of a report, which has them.
    :param pages: Counts of the pages of a public comparison of outlets.
    :return: The paths of ``comparison.html``, ``comparison.json`` and the tables.
    :raises ConfigError: If a public comparison is one of authors.
    """
    from stance.comparison.results import comparison_to_record
    from stance.reporting.comparison import write_comparison
    from stance.reporting.public import write_public_comparison
    from stance.reporting.tables import NAMES

    page = page or PageOptions()
    refuse_foreign(folder / "comparison.html", scored.run.inputs.inputs)
    record = comparison_to_record(comparison) | {"audit": scored.audit.to_record() if scored.audit else None}
    record |= {**{name: log.counts[name] for name in ("learned", "waiting")}, "drawn": drawn_pairs(scored)}
    model = model_note(scored.scorer).of_scores(comparison.models)
    if page.public:
        check_public(comparison.by)
        warn_of_private_file(folder / "summary.json", log)
        path = write_public_comparison(record, folder, targets=scored.targets, model=model, pages=pages)
    else:
        command = scored.command
        path = write_comparison(record, folder, targets=scored.targets, model=model, command=command, basis=basis)
    tables = [name for name in (*(basis or ()), *NAMES) if basis is not None or name not in COMPARED]
    others = [COMPARED[name] if (folder / COMPARED.get(name, "-")).is_file() else name for name in tables]
    written = (folder / name for name in ("comparison.json", *others, CODEBOOK))
    return [path, *(each for each in written if each.is_file())]


def refuse_foreign(page: Path, inputs: Iterable[str | Path]) -> None:
    """Refuse to replace a page that this program did not write, or an input with the name of a file of the report.

    :raises ConfigError: If the report would do so.
    """
    from stance.reading.folders import is_report
    from stance.reading.input_names import REPORT_FILES, REPORT_TABLES

    names = REPORT_FILES | REPORT_TABLES
    beside = (each for each in map(Path, inputs) if each.name in names and each.is_file())
    if given := next((each for each in beside if each.resolve().parent == page.parent.resolve()), None):
        raise ConfigError(f"{page.parent}: the report would replace the input {given}; expected another folder")
    if page.is_file() and not is_report(page):
        raise ConfigError(f"{page}: not written by stance; expected another folder, so that it is not replaced")


def refuse_foreign_labels(folder: Path) -> None:
    """Refuse to replace the user's own table of labels.

    :raises ConfigError: If the report would do so.
    """
    if (path := folder / LABELS_FILE).exists() and not is_numbered(path):
        raise ConfigError(f"{path}: not written by a report; expected another folder, so that it is not replaced")


def check_public(by: str) -> None:
    """Refuse a public comparison of single people.

    :raises ConfigError: If groups are authors.
    """
    if "author" in by.split(","):
        raise ConfigError("--public with --by author; expected groups of several people, such as --by outlet")


def model_note(scorer: DocumentScorer) -> "ModelNote":
    """Return the facts about a model from its card; one that ships was not tested on aliases that replace its own."""
    from stance.reporting.summary import ModelNote
    from stance.scoring.persistence import installed_models
    from stance.scoring.targets import replaced_targets

    model = scorer.model
    measures = dict(model.card.get("measures", {}))
    held_out, is_shipped = (
        model.card.get("data", {}).get("held_out"),
        model.name.partition("@")[0] in installed_models(),
    )
    if measures and held_out:
        pairs = f"{held_out['pairs']:,} labelled pairs of comment and target"
        compared = measures.get("compared")
        if compared and compared["difference"] is None:  # nothing was new to the base
            measures["measured_on"] = f"{pairs} that its base model had learned (so the figure is too high)"
        else:
            stories = counted(held_out["stories"], "story", "stories")
            kind = " written for this project" * is_shipped
            measures["measured_on"] = f"{pairs} from {stories}{kind} that the model was not trained on"
    if is_shipped and isinstance(by_target := measures.get("targets"), dict):
        replaced = replaced_targets(scorer.targets)
        measures["targets"] = {name: each for name, each in by_target.items() if name not in replaced}
    by_language = getattr(model, "by_language", {})
    tested = (*model.card.get("languages", model.languages), *by_language) if measures else ()
    not_tested = tuple(language for language in scorer.languages if language not in tested)
    return ModelNote(model.name, scorer.languages, measures, not_tested, by_language, sent_texts(model))


def sent_texts(model: Scorer) -> Record:
    """Return the address that a model sent comments to, and their number; empty if it sends none."""
    return {"endpoint": model.endpoint, "texts": model.texts_sent} if isinstance(model, RemoteScorer) else {}

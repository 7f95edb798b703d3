"""The six steps from inputs to a report.

1. read       inputs    -> pages, documents                ``reading``
2. parse      page      -> document with comments          ``parsing``, ``language``
3. find       text      -> mentions of targets             ``targets``
4. score      document  -> document with scores            ``scoring``
5. aggregate  scores    -> shares                          ``aggregation``, ``comparison``
6. report     documents, shares -> HTML, JSON, CSV         ``reporting``

Steps 2 to 4 concern one page at a time, so an engine (``engines``) may do them in several processes; see ``documents``.
Documents are streamed: no more than a batch is held at a time.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from stance.datamodels import SCORES_LAYOUT, TABLE_LAYOUT, Comment, Document, Explanation, Page, Score, Skip, Unit
from stance.documents import UNSURE, DocumentScorer, find_model, make_document, parse_or_skip
from stance.exceptions import ConfigError, ModelError
from stance.identity import Firsts, content_of
from stance.journal import Journal, Kind
from stance.limits import changes_of, current_limits
from stance.run import ModelOptions, ReadingOptions, Run

if TYPE_CHECKING:
    from stance.corpus import CorpusWriter
    from stance.corpus.updating import CorpusUpdate, Given, Plan
    from stance.engines.jobs import Engine
    from stance.scoring.scorers import Scorer

Inputs = Sequence[str | Path]


# 1. and 2. read, parse ------------------------------------------------------------------------------------------------


def read_documents(
    inputs: Inputs,
    reading: ReadingOptions | None = None,
    *,
    journal: Journal,
    keep: Sequence[str] = (),
    engine: "AbstractContextManager[Engine | None] | None" = None,
    stdin: BinaryIO | None = None,
    output: Path | None = None,
) -> Iterator[Document]:
    """Read inputs, and parse (or have an engine work on) the pages among them.

    :param inputs: Files, folders, ``-`` for standard input.
    :param journal: Logs each input, or part of one, that is left out, and each warning.
    :param keep: Columns of tables that comments and scores carry along, for groups to be named by.
    :param engine: Closed after the last item; None, or one that opens as None: pages are parsed in this process.
    :param stdin: Where ``-`` is read from.
    :param output: The file that this run writes; in a folder it is no input.
    :return: Documents in the order of the inputs, each once; with scores where an engine or an input gives them.
    """
    reading = reading or ReadingOptions()
    stream = _read_in_order(inputs, reading, stdin, keep, output)
    with engine or nullcontext() as opened:
        parsed = opened.run(stream) if opened else (make_document(item, reading.language) for item in stream)
        yield from _without_repeats(parsed, journal, Seen())


def _read_in_order(
    inputs: Inputs,
    reading: ReadingOptions,
    stdin: BinaryIO | None = None,
    keep: Sequence[str] = (),
    output: Path | None = None,
) -> Iterator[Page | Document | Skip | Path]:
    """Read inputs; skipped parts stand in their place, and so do corpus folders."""
    from stance.corpus.manifest import is_corpus
    from stance.reading import read

    for are_corpora, run in groupby(inputs, key=lambda each: is_corpus(Path(each))):
        if are_corpora:
            yield from map(Path, run)
            continue
        left_out: list[Skip] = []
        items = read(list(run), skip=left_out.append, stdin=stdin, columns=reading.columns, keep=keep, output=output)
        for item in group_scores(items):
            yield from left_out
            left_out.clear()
            yield item
        yield from left_out


def group_scores(items: Iterable[Page | Document | Score]) -> Iterator[Page | Document]:
    """Put consecutive scores of one document into a document; the texts of its comments are not known."""
    for is_score, run in groupby(items, key=lambda item: isinstance(item, Score)):
        if not is_score:
            yield from (item for item in run if not isinstance(item, Score))
            continue
        scores = (item for item in run if isinstance(item, Score))
        for name, of_document in groupby(scores, key=lambda score: score.document):
            yield _document_of(name, tuple(of_document))


def _document_of(name: str | None, scores: tuple[Score, ...]) -> Document:
    firsts: dict[Any, Score] = {}  # of each comment, and of those without an id what else tells them apart
    for score in scores:
        if score.unit is Unit.COMMENT:
            firsts.setdefault(score.comment or (score.language, score.posted), score)
    return Document(
        document_id=name or "scores",
        source=f"scores of {name}" if name else "scores",
        outlet=scores[0].outlet,
        comments=tuple(
            Comment(comment_id=first.comment or "", text="", language=first.language, posted=first.posted)
            for first in firsts.values()
        ),
        layout=SCORES_LAYOUT,
        warnings=("made from scores: they hold no texts",),
        scores=scores,
    )


@dataclass(slots=True)
class Seen:
    """Documents seen in this run, by the digest of their content.

    :param firsts: Where each came first.
    :param stored: Of those, the ones that an interrupted run had stored of the input that is read now: at the same
        place they are no repeats.
    :param repeats: Documents left out, each with the place where it came first.
    """

    firsts: Firsts = field(default_factory=Firsts)
    stored: frozenset[str] = frozenset()
    repeats: list[tuple[str, str]] = field(default_factory=list)

    def is_new(self, content: str, source: str, journal: Journal) -> bool:
        """Return whether a document was not seen before, and log it if it was."""
        if (first := self.firsts.before(content, source)) is None:
            return True
        if not (first == source and content in self.stored):
            journal.warn(source, f"the same document as {first}; counted once")
            self.repeats.append((content, first))
        return False


def _without_repeats(stream: Iterable[Any], journal: Journal, seen: Seen) -> Iterator[Document]:
    """Log skipped inputs and warnings in their order, and leave out documents seen before."""
    for item in stream:
        if isinstance(item, Skip):
            journal.skip(item)
        elif isinstance(item, Path):
            yield from _read_corpus(item, journal, seen)
        elif item.layout == SCORES_LAYOUT:
            yield item
        elif seen.is_new(content_of(item), item.source, journal):
            journal.note(item)
            yield item


def _read_corpus(folder: Path, journal: Journal, seen: Seen) -> Iterator[Document]:
    """Read a corpus folder, and log what was left out when it was made."""
    from stance.corpus import open_corpus

    corpus = open_corpus(folder)
    if not corpus.manifest.finished:
        journal.warn(str(folder), "the last run that wrote it did not reach its end; the same command goes on with it")
    for skip in corpus.skipped():
        journal.skip(skip)
    for stored in corpus.documents():
        if stored.content is None or seen.is_new(stored.content, stored.scored.source, journal):
            yield stored.scored


def with_scores(documents: Iterable[Document], *, scores: bool = True) -> Iterator[Document | Score]:
    """Pass documents on, each followed by its scores; of tables of scores, the scores alone.

    :param scores: Whether scores of pages are wanted.
    """
    for document in documents:
        is_scores = document.layout == SCORES_LAYOUT
        if not is_scores:
            yield document
        yield from document.scores if scores or is_scores else ()


def explain_inputs(inputs: Inputs, *, journal: Journal, stdin: BinaryIO | None = None) -> Iterator[Explanation]:
    """Explain how the blocks of each page among the inputs were classified, and by which rules.

    :return: One explanation for each page; tables, documents and scores are skipped.
    """
    from stance.parsing.explain import explain_page
    from stance.reading import read

    for item in read(inputs, skip=journal.skip, stdin=stdin):
        if not isinstance(item, Page):
            source = item.source if isinstance(item, Document) else "scores"
            journal.skip(Skip(source, "nothing was parsed here; expected a page as HTML or text"))
        elif isinstance(document := parse_or_skip(item), Skip):
            journal.skip(document)
        else:
            journal.note(document)
            yield explain_page(item, document)


_NAMED_TARGETS = 5
_COUNTED_TARGETS = 1_000
"""Of the unknown targets of tables, as many are named, and counted each: a table may ask for another in each row."""


# 3. and 4. find, score ------------------------------------------------------------------------------------------------


def score_inputs(documents: Iterable[Document], scorer: DocumentScorer, *, journal: Journal) -> Iterator[Document]:
    """Score documents, and take scores that they have as they are.

    :param documents: As :func:`read_documents` gives them.
    :return: The documents with their scores, in their order.
    """
    once = _without_repeated_scores(documents, journal)
    scored = name_unknown_targets(_with_scores(once, scorer, journal), scorer, journal, "column target")
    yield from _counted(scored, scorer, journal)


def _without_repeated_scores(documents: Iterable[Document], journal: Journal) -> Iterator[Document]:
    """Leave out scores of pages that are read too, as where they were written among the pages: what comes first counts.

    Both carry the digest of the page. Tables name their documents as they like, so of them nothing can be said.
    """
    pages: set[str] = set()
    scored: set[str] = set()
    repeated: Counter[str] = Counter()
    for document in documents:
        if document.layout == TABLE_LAYOUT:
            yield document
            continue
        is_scores = document.layout == SCORES_LAYOUT
        known, others = (scored, pages) if is_scores else (pages, scored)
        if document.document_id in others:
            repeated["scores" if is_scores else "pages"] += len(document.scores) if is_scores else 1
        else:
            known.add(document.document_id)
            yield document
    if count := repeated["scores"]:
        journal.warn("scores", f"{count:,} left out, of pages that are read too")
    if count := repeated["pages"]:
        journal.warn("pages", f"{count:,} left out, of which the scores are read too; without these, texts are shown")


def has_scores(document: Document) -> bool:
    """Return whether a document was scored before it is read, or by an engine."""
    return bool(document.scores) or document.layout == SCORES_LAYOUT


def _with_scores(documents: Iterable[Document], scorer: DocumentScorer, journal: Journal) -> Iterator[Document]:
    warned: set[str] = set()
    for is_scored, run in groupby(documents, key=has_scores):
        if is_scored:
            yield from (take_scores(document, scorer, journal, warned) for document in run)
        else:
            yield from scorer.score(run)


def take_scores(document: Document, scorer: DocumentScorer, journal: Journal, warned: set[str]) -> Document:
    """Select the scores that this run asks for, and warn once of other models and targets."""
    known = scorer.targets.ids
    wanted = [score for score in document.scores if scorer.body or score.unit is Unit.COMMENT]
    if document.layout != SCORES_LAYOUT:  # of score tables, reports name the models
        for name in {score.model for score in wanted} - warned - {scorer.model.name}:
            warned.add(name)
            journal.warn(name, f"has scored what a corpus holds; taken as it is, without {scorer.model.name}")
    for target in sorted({score.target for score in wanted} - warned - set(known)):
        warned.add(target)
        journal.warn("scores", f"target {target} is left out; expected one of {', '.join(known)} or --targets FILE")
    return replace(document, scores=tuple(scorer.decide(score) for score in wanted if score.target in known))


def _counted(documents: Iterable[Document], scorer: DocumentScorer, journal: Journal) -> Iterator[Document]:
    """Pass documents on, and log at the end how many pairs the model left undecided or sent elsewhere."""
    undecided: Counter[str] = Counter()
    for document in documents:
        undecided.update(score.undecided for score in document.scores if score.undecided)
        yield document
    tell_of_model(scorer.model, undecided, journal)


def name_unknown_targets(
    documents: Iterable[Document], scorer: DocumentScorer, journal: Journal, source: str
) -> Iterator[Document]:
    """Pass documents on, and log at the end the targets that their rows ask for and nobody defines.

    :param source: The place that asks for them.
    """
    known, unknown, others = scorer.targets, Counter[str](), 0
    for document in documents:
        for target in (target for comment in document.comments for target in comment.targets or ()):
            if known.id_of(target) is None:
                if target in unknown or len(unknown) < _COUNTED_TARGETS:
                    unknown[target] += 1
                else:
                    others += 1
        yield document
    if unknown:
        journal.skip(Skip(source, _asks_for_unknown(unknown, others, known.ids)))


def _asks_for_unknown(unknown: Counter[str], others: int, known: Sequence[str]) -> str:
    """Word the message about targets that tables ask for and nobody defines.

    :param unknown: Target -> rows.
    :param others: Rows that ask for targets beyond those.
    """
    named = ", ".join(f"{target[:40]!r} ({rows:,})" for target, rows in unknown.most_common(_NAMED_TARGETS))
    left = len(unknown) - _NAMED_TARGETS
    more = f" and {'more than ' if others else ''}{left:,} more" if left > 0 else ""
    expected = f"expected {', '.join(known)} or --targets FILE"
    return f"{unknown.total() + others:,} rows ask for unknown targets: {named}{more}; {expected}"


def tell_of_model(model: "Scorer", undecided: Counter[str], journal: Journal) -> None:
    """Log how many pairs a model left undecided, and how many texts it sent elsewhere."""
    from stance.scoring.scorers import RemoteScorer

    tell_of_undecided(model.name, undecided, journal)
    if isinstance(model, RemoteScorer):
        sent, cached = model.texts_sent, model.texts_cached
        journal.warn(model.endpoint, f"{sent:,} comments were sent there, {cached:,} were in earlier runs")


def tell_of_undecided(model: str, undecided: Counter[str], journal: Journal) -> None:
    """Log how many pairs the model of a name left undecided.

    :param undecided: Why -> pairs of comment and target.
    """
    from stance.scoring.scorers import commonest_reasons

    for reason, pairs in commonest_reasons(undecided):
        if reason.startswith(UNSURE):  # as was asked for
            journal.warn("scores", f"{pairs:,} pairs of comment and target are undecided: {reason}")
        else:
            journal.skip(Skip(model, f"{pairs:,} pairs of comment and target have no stance: {reason}"))


# 1. to 4. into a corpus folder ----------------------------------------------------------------------------------------


def corpus_settings(run: Run, keep: Sequence[str] = ()) -> dict[str, Any]:
    """Describe what decides the scores of a run, with digests of its files; no model is loaded.

    :param keep: Columns of tables that are kept.
    :return: As the manifest of a corpus keeps it.
    """
    from importlib.util import find_spec

    from stance import __version__
    from stance.corpus.settings import Places, describe
    from stance.pseudonyms import find_key_file, load_key, settings_folder
    from stance.resources import CUES, ENCODER, TARGETS

    model, endpoint, reading = run.model, run.model.endpoint, run.reading
    targets = run.targets.targets_file.targets
    own_cues = settings_folder() / "cues"  # as ``scoring.cues`` has it, which takes a second to import
    lexicon = find_spec("vaderSentiment")
    places = Places(
        targets=(TARGETS, *([targets] if targets else [])),
        model=_model_place(model),
        cues=(CUES, *(folder for folder in (own_cues, model.cues) if folder is not None and folder.is_dir())),
        lexicon=tuple(map(Path, lexicon.submodule_search_locations or ())) if lexicon else (),
        encoder=ENCODER,
    )
    options = {
        "stance": __version__,
        "model": str(model.model),
        "limits": changes_of(current_limits()),  # what was left out under others would be taken for as it was
        "target": list(run.targets.target),
        "abstain": model.abstain,
        "language": reading.language,
        "map": ",".join(f"{field}={column}" for field, column in (reading.columns or {}).items()),
        "keep": list(keep),
        "url": endpoint.url,
        "model_languages": ",".join(endpoint.model_languages or ()),
        "label_map": ",".join(f"{stance}={label}" for label, stance in (endpoint.label_map or {}).items()),
    }
    privacy = run.privacy
    key = None if privacy.names else load_key(privacy.key_file or find_key_file().path)
    return describe({name: value for name, value in options.items() if value != ""}, places, key)


def _model_place(options: ModelOptions) -> Path | None:
    """Find the folder of a model; None for a model without one."""
    from stance.resources import MODELS

    name = str(options.model)
    kind, _, rest = name.partition(":")
    if rest and kind in ("hf", "llm"):
        folder = Path(os.path.expanduser(rest))  # noqa: PTH111 as it is loaded
        return folder if kind == "hf" and folder.is_dir() else None
    if name == "vader":
        return None
    if (MODELS / name / "model.json").is_file():
        return MODELS / name
    found = Path(find_model(options))
    if not found.is_dir():
        raise ModelError(f"{name}: no such model; expected a model folder or an installed model")
    return found


def update_corpus(
    run: Run,
    folder: Path,
    *,
    settings: Mapping[str, Any],
    open_scorer: Callable[[], DocumentScorer],
    journal: Journal,
    force: bool = False,
    stdin: BinaryIO | None = None,
    keep: Sequence[str] = (),
    watch: Callable[[Iterable[Document]], Iterator[Document]] = iter,
    open_engine: "Callable[[DocumentScorer, Collection[str]], AbstractContextManager[Engine | None]] | None" = None,
) -> "CorpusUpdate":
    """Score into a corpus folder what is new or changed among the inputs.

    :param run: Its inputs are no corpus folders.
    :param settings: What decides the scores, as :func:`corpus_settings` gives it.
    :param open_scorer: Loads what scores, ``body`` included; called only if there is something to score.
    :param force: Score all inputs again; needed where the settings are others than before, or what it holds is damaged.
    :param watch: Passes documents on, as a progress display does.
    :param open_engine: Opens where the work is done, given the scorer and the digests of documents that need no scores
        again; None is here and now.
    :raises ConfigError: If the folder is in use or holds something else, or was made with other settings.
    :raises InputError: If what it holds is damaged.
    """
    from stance.corpus import CorpusWriter
    from stance.corpus.updating import (
        Reading,
        carry_out,
        forget_remarks,
        note_unread,
        plan_update,
        pointing_to_force,
        prepare,
        result,
        stored_of_begun,
    )

    with ExitStack() as opened:
        unread: list[Skip] = []
        given, streams = _look_at(run.inputs.inputs, unread.append, stdin, opened)
        writer = opened.enter_context(CorpusWriter(folder, mend=force))
        prepare(writer, settings, {each.path for each in given}, force=force)
        with pointing_to_force():
            plan = plan_update(writer, given, force=force)
        forget_remarks(writer, plan)
        tell_of_plan(plan, writer, unread, journal)
        note_unread(writer, unread)
        if plan.new:
            from stance.outputs import load_pyarrow
            from stance.scoring.scorers import RemoteScorer

            load_pyarrow()
            scorer = open_scorer()
            with pointing_to_force():
                begun = stored_of_begun(writer, plan.dropped)
                writer.drop(plan.dropped)
                writer.fill_up()
                met = Seen()
                for content, source, is_scores in writer.contents():  # so that no document comes in twice
                    met.firsts.before(content, source, is_scores=is_scores)

            def stream() -> Iterator[Any]:
                for each in plan.new:
                    yield each
                    yield from _read_in_order([each.place], run.reading, streams.get(each.path, stdin), keep)

            engine = (
                opened.enter_context(open_engine(scorer, frozenset().union(*begun.values()))) if open_engine else None
            )
            language = run.reading.language
            worked = engine.run(stream()) if engine else (make_document(item, language) for item in stream())
            parts = _by_input(worked)
            of_model = Journal(tell=_passed_on(journal))

            def read(given: "Given") -> Reading:
                own, met.repeats = Journal(tell=_passed_on(journal)), []
                met.stored = begun.get(given.path, frozenset())
                documents = name_unknown_targets(only_new(next(parts), own, met), scorer, own, given.path)
                return Reading(documents, own.skipped, met.repeats)

            def score(items: Iterator[Document]) -> Iterator[Document]:
                return watch(_counted(_with_scores(items, scorer, of_model), scorer, of_model))

            carry_out(writer, plan, read, score, scorer.naming, asks_again=isinstance(scorer.model, RemoteScorer))
            for skip in of_model.skipped:
                writer.remark(skip)
        else:
            writer.drop(plan.dropped)
        writer.finish()
        return result(writer, plan)


def _look_at(
    inputs: Inputs, skip: Callable[[Skip], None], stdin: BinaryIO | None, opened: ExitStack
) -> "tuple[list[Given], dict[str, BinaryIO]]":
    """Digest the inputs, each file once; standard input is laid aside, since it can be read only once.

    :return: The inputs, and what is to be read for those that are no files.
    """
    from stance.corpus import is_corpus
    from stance.corpus.updating import laid_aside, look_at, look_at_stream
    from stance.reading.inputs import STANDARD_INPUT, expand, shown

    for given in inputs:
        if is_corpus(Path(given)):
            raise ConfigError(f"{given}: a corpus folder, which is scored; expected pages, or stance corpus merge")
    found: dict[str, Given] = {}
    streams: dict[str, BinaryIO] = {}
    for path in expand(inputs, skip):
        name = shown(path)
        try:
            if name == STANDARD_INPUT:
                stream = opened.enter_context(laid_aside(stdin or sys.stdin.buffer))
                each = look_at_stream(stream)
                streams[each.path] = stream
            else:
                each = look_at(path, name)
            found[each.path] = each
        except OSError as error:
            skip(Skip(name, error.strerror or str(error)))
    return list(found.values()), streams


def tell_of_plan(plan: "Plan", writer: "CorpusWriter", unread: Sequence[Skip], journal: Journal) -> None:
    """Tell again what was left out of inputs that are not read again, and what became of others."""
    for skip in (*unread, *(skip for path in plan.kept for skip in writer.inputs[path].skipped), *writer.remarks):
        journal.skip(skip)
    if writer.is_mended:
        journal.warn(str(writer.folder), "its manifest was damaged or not there; all of it is scored again")
    for file in plan.damaged:
        journal.warn(file, "damaged; what was in this part is scored again")
    for path in plan.gone:
        journal.warn(path, "not there any more; what came of it is kept")
    for path in plan.lost:
        journal.warn(path, "left out a document that stood elsewhere too and is gone there; name it too, to have it")


def _passed_on(journal: Journal) -> Callable[[Kind, Skip], None]:
    """Give what tells a journal what another one is told."""

    def tell(kind: Kind, entry: Skip) -> None:
        if kind == "skipped":
            journal.skip(entry)
        else:
            journal.warn(entry.source, entry.reason)

    return tell


def only_new(stream: Iterable[Any], journal: Journal, met: Seen) -> Iterator[Document]:
    """Leave out documents seen before, and scores of pages seen before, as well as pages whose scores were."""
    found: dict[str, str] = {}
    for item in _without_repeats(stream, journal, met):
        name = item.document_id if item.layout == SCORES_LAYOUT else None
        if name and (first := met.firsts.before(name, item.source, is_scores=True)):
            found[name] = first
        else:
            yield item
    tell_of_scores(found, journal)
    met.repeats += found.items()


def tell_of_scores(repeated: Mapping[str, str], journal: Journal) -> None:
    """Say of documents that scores of them are left out.

    :param repeated: Each with where it stood first.
    """
    if repeated:
        number = f"{len(repeated):,} document{'s' * (len(repeated) > 1)}"
        first = next(iter(repeated.values()))
        journal.warn("scores", f"of {number} read before, as {first}, are left out; counted once")


def _by_input(stream: Iterable[Any]) -> Iterator[Iterator[Any]]:
    """Cut a stream, in which each input is named before what is read of it, into the inputs."""
    from stance.corpus.updating import Given

    current: Given | None = None

    def input_of(item: Any) -> Given | None:
        nonlocal current
        current = item if isinstance(item, Given) else current
        return current

    for _, run in groupby(stream, input_of):
        yield islice(run, 1, None)

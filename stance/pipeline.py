"""The stages in order, and where they meet. What a page becomes by itself (2 to 4) is in ``documents``.

1. read      inputs    -> pages, documents, scores        ``reading``
2. parse     page      -> document                        ``parsing``, ``language``
3. find      text      -> mentions                        ``targets``
4. score     document  -> scores                          ``scoring``
5. aggregate scores    -> shares                          ``findings``, by ``aggregation`` and ``comparison``
6. report    documents, shares -> HTML, JSON, CSV         ``findings``, by ``reporting``

Everything streams: a stage takes an iterator and gives one, and no more than a batch is held at a time.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from stance.datamodels import (
    SCORES_LAYOUT,
    TABLE_LAYOUT,
    Comment,
    Document,
    Explanation,
    Page,
    Score,
    ScoredDocument,
    Skip,
    Unit,
)
from stance.documents import UNSURE, DocumentScorer, Made, make_document, parse_or_skip
from stance.exceptions import ConfigError, ModelError
from stance.journal import Journal, Kind
from stance.limits import Limits, changes_of, current_limits
from stance.records import Firsts

if TYPE_CHECKING:
    from stance.corpus import CorpusWriter
    from stance.corpus.updating import CorpusUpdate, Given, Plan
    from stance.engines.jobs import Engine
    from stance.scoring.scorers import Scorer

Inputs = Sequence[str | Path]
WithComments = TypeVar("WithComments", bound=Document | Made | ScoredDocument)


# 1. and 2. read, parse ------------------------------------------------------------------------------------------------


def read_documents(
    inputs: Inputs,
    *,
    journal: Journal,
    limits: Limits | None = None,
    language: str | None = None,
    stdin: BinaryIO | None = None,
    columns: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
    met: "Met | None" = None,
    output: Path | None = None,
) -> Iterator[Document | Score | ScoredDocument]:
    """Read inputs and parse the pages among them.

    :param inputs: Files, folders, ``-`` for standard input.
    :param journal: Is told each input, or part of one, that is left out, and each warning.
    :param limits: How much is read before an input is refused.
    :param language: What a document is in where it is too short to tell.
    :param stdin: Where ``-`` is read from.
    :param columns: What fields are called in a table, where it calls them otherwise: ``{"text": "body"}``.
    :param keep: Columns of tables that comments and scores carry along, for groups to be named by.
    :param met: Documents that were met before; they are left out.
    :param output: What this run writes; in a folder it is no input.
    :return: Documents in the order of the inputs; scores where an input holds scores; scored documents of a corpus.
    """
    made = _made(_read_in_order(inputs, limits, stdin, columns, keep, output), language)
    for item in _settled(made, journal, met or Met()):
        yield item.document if isinstance(item, Made) else item


def read_worked(
    inputs: Inputs,
    opening: "AbstractContextManager[Engine | None]",
    *,
    journal: Journal,
    limits: Limits | None = None,
    language: str | None = None,
    stdin: BinaryIO | None = None,
    columns: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
    output: Path | None = None,
) -> Iterator[Document | Made | Score | ScoredDocument]:
    """Read inputs, and have an engine do its work on the pages and documents among them.

    Other parameters as those of :func:`read_documents`.

    :param opening: Gives the engine, which is closed after the last item; None is here and now, and only parses.
    :return: As :func:`read_documents`; what an engine has worked on with all that it made of it.
    """
    with opening as engine:
        if engine is None:
            yield from read_documents(
                inputs,
                journal=journal,
                limits=limits,
                language=language,
                stdin=stdin,
                columns=columns,
                keep=keep,
                output=output,
            )
        else:
            stream = _read_in_order(inputs, limits, stdin, columns, keep, output)
            yield from _settled(engine.run(stream), journal, Met())


def _read_in_order(
    inputs: Inputs,
    limits: Limits | None = None,
    stdin: BinaryIO | None = None,
    columns: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
    output: Path | None = None,
) -> Iterator[Page | Document | Score | Skip | Path]:
    """Read inputs; what is left out stands in its place, and a corpus folder for itself."""
    from stance.corpus.manifest import is_corpus
    from stance.reading import read

    for are_corpora, run in groupby(inputs, key=lambda each: is_corpus(Path(each))):
        if are_corpora:
            yield from map(Path, run)
            continue
        left_out: list[Skip] = []
        for item in read(
            list(run), skip=left_out.append, limits=limits, stdin=stdin, columns=columns, keep=keep, output=output
        ):
            yield from left_out
            left_out.clear()
            yield item
        yield from left_out


def _made(stream: Iterable[Any], language: str | None) -> Iterator[Any]:
    """Parse what is to be parsed of a stream, here and now."""
    for item in stream:
        yield make_document(item, language) if isinstance(item, Page | Document) else item


def _settled(stream: Iterable[Any], journal: Journal, met: "Met") -> Iterator[Any]:
    """Tell the journal what is to be told of a stream, in its order, and leave out what was met before."""
    for item in stream:
        if isinstance(item, Skip):
            journal.skip(item)
        elif isinstance(item, Path):
            yield from _read_corpus(item, journal, met)
        elif not isinstance(item, Made):
            yield item
        elif met.is_new(item.content, item.document.source, journal):
            journal.note(item.document)
            yield item


@dataclass(slots=True)
class Met:
    """Which documents were met, by what they say.

    :param firsts: Where each stood first.
    :param stored: Of those, the ones that a run that broke off had stored of the input that is read now: at the same
        place they are no news.
    :param repeats: Documents that were left out since, with where they stood first.
    """

    firsts: Firsts = field(default_factory=Firsts)
    stored: frozenset[str] = frozenset()
    repeats: list[tuple[str, str]] = field(default_factory=list)

    def is_new(self, content: str, source: str, journal: Journal) -> bool:
        """Tell whether a document was not met before, and note it."""
        if (first := self.firsts.before(content, source)) is None:
            return True
        if not (first == source and content in self.stored):
            journal.warn(source, f"the same document as {first}; counted once")
            self.repeats.append((content, first))
        return False


def _read_corpus(folder: Path, journal: Journal, met: Met) -> Iterator[ScoredDocument]:
    """Read a corpus folder, and say what was left out when it was made."""
    from stance.corpus import open_corpus

    corpus = open_corpus(folder)
    if not corpus.manifest.finished:
        journal.warn(str(folder), "the last run that wrote it did not reach its end; the same command goes on with it")
    for skip in corpus.skipped():
        journal.skip(skip)
    for stored in corpus.documents():
        document = stored.scored.document
        if stored.content is None or met.is_new(stored.content, document.source, journal):
            yield stored.scored


def with_scores(
    items: Iterable[Document | Made | Score | ScoredDocument], *, scores: bool = True
) -> Iterator[Document | Score]:
    """Give scored documents as documents, each followed by its scores.

    :param scores: Whether the scores are wanted; those that come by themselves pass in any case.
    """
    for item in items:
        if isinstance(item, Made | ScoredDocument):
            scored = item.scored if isinstance(item, Made) else item
            yield scored.document
            yield from scored.scores if scores else ()
        else:
            yield item


def explain_inputs(inputs: Inputs, *, journal: Journal, stdin: BinaryIO | None = None) -> Iterator[Explanation]:
    """Say of each page among the inputs what became of its blocks, and by which rules.

    :return: One explanation for each page; tables, documents and scores hold nothing to explain and are skipped.
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


def score_inputs(
    items: Iterable[Document | Made | Score | ScoredDocument], scorer: DocumentScorer, *, journal: Journal
) -> Iterator[ScoredDocument]:
    """Score documents, and take scores as they are.

    :param items: As ``read_documents`` or ``read_worked`` gives them.
    :return: One scored document each; of scores, one for each run of scores with the same document.
    """
    once = _without_repeated_scores(items, journal)
    scored = name_unknown_targets(_all_scored(once, scorer, journal), scorer, journal, "column target")
    yield from _counted(scored, scorer, journal)


def _without_repeated_scores(
    items: Iterable[Document | Made | Score | ScoredDocument], journal: Journal
) -> Iterator[Document | Made | Score | ScoredDocument]:
    """Leave out scores of pages that are read too, as where they were written among the pages: what comes first counts.

    Both carry the digest of the page. Tables name their documents as they like, so of them nothing can be said.
    """
    pages: set[str | None] = set()
    scored: set[str | None] = set()
    repeated: Counter[str] = Counter()
    for item in items:
        if isinstance(item, Score):
            name, what, known, others = item.document, "scores", scored, pages
        else:
            document = item if isinstance(item, Document) else item.document
            name, what, known, others = document.document_id, "pages", pages, scored
            if document.layout == TABLE_LAYOUT:
                yield item
                continue
            if document.layout == SCORES_LAYOUT:  # in a corpus
                what, known, others = "scores", scored, pages
        if name in others:
            repeated[what] += 1
        else:
            known.add(name)
            yield item
    if count := repeated["scores"]:
        journal.warn("scores", f"{count:,} left out, of pages that are read too")
    if count := repeated["pages"]:
        journal.warn("pages", f"{count:,} left out, of which the scores are read too; without these, texts are shown")


def _all_scored(
    items: Iterable[Document | Made | Score | ScoredDocument], scorer: DocumentScorer, journal: Journal
) -> Iterator[ScoredDocument]:
    doubts: set[str] = set()
    for kind, run in groupby(items, key=type):
        if kind is Score:
            decided = (scorer.decide(item) for item in run if isinstance(item, Score))
            yield from regroup_scores(decided, scorer.targets.ids, journal)
        elif kind is ScoredDocument:
            stored = (item for item in run if isinstance(item, ScoredDocument))
            yield from (_as_stored(item, scorer, journal, doubts) for item in stored)
        elif kind is Made:
            yield from (item.scored for item in run if isinstance(item, Made))
        else:
            yield from scorer.score(item for item in run if isinstance(item, Document))


def _counted(scored: Iterable[ScoredDocument], scorer: DocumentScorer, journal: Journal) -> Iterator[ScoredDocument]:
    """Pass documents on, and say at the end what the model left undecided, and what it sent elsewhere."""
    undecided: Counter[str] = Counter()
    for each in scored:
        undecided.update(score.undecided for score in each.scores if score.undecided)
        yield each
    tell_of_model(scorer.model, undecided, journal)


def name_unknown_targets(
    items: Iterable[WithComments], scorer: DocumentScorer, journal: Journal, source: str
) -> Iterator[WithComments]:
    """Pass documents on, and name at the end the targets that their rows ask for and nobody defines.

    :param source: What is said to ask for them.
    """
    known, unknown, others = scorer.targets, Counter[str](), 0
    for item in items:
        document = item if isinstance(item, Document) else item.document
        for target in (target for comment in document.comments for target in comment.targets or ()):
            if known.id_of(target) is None:
                if target in unknown or len(unknown) < _COUNTED_TARGETS:
                    unknown[target] += 1
                else:
                    others += 1
        yield item
    if unknown:
        journal.skip(Skip(source, _asks_for_unknown(unknown, others, known.ids)))


def _asks_for_unknown(unknown: Counter[str], others: int, known: Sequence[str]) -> str:
    """Name targets that tables ask for and nobody defines.

    :param unknown: Target -> rows.
    :param others: Rows that ask for targets beyond those.
    """
    named = ", ".join(f"{target[:40]!r} ({rows:,})" for target, rows in unknown.most_common(_NAMED_TARGETS))
    left = len(unknown) - _NAMED_TARGETS
    more = f" and {'more than ' if others else ''}{left:,} more" if left > 0 else ""
    expected = f"expected {', '.join(known)} or --targets FILE"
    return f"{unknown.total() + others:,} rows ask for unknown targets: {named}{more}; {expected}"


def _as_stored(scored: ScoredDocument, scorer: DocumentScorer, journal: Journal, doubts: set[str]) -> ScoredDocument:
    """Take what a corpus says of a document, as far as this run asks for it."""
    wanted = [score for score in scored.scores if scorer.body or score.unit is Unit.COMMENT]
    for score in wanted:
        if score.model != scorer.model.name and score.model not in doubts:
            doubts.add(score.model)
            journal.warn(score.model, f"has scored what a corpus holds; taken as it is, without {scorer.model.name}")
    known = scorer.targets.ids
    _tell_foreign({score.target for score in wanted}, known, doubts, journal)
    return replace(scored, scores=tuple(scorer.decide(score) for score in wanted if score.target in known))


def _tell_foreign(found: set[str], known: Sequence[str], told: set[str], journal: Journal) -> None:
    """Say, once each, which targets of scores nobody asked for."""
    for target in sorted(found - told - set(known)):
        told.add(target)
        journal.warn("scores", f"target {target} is left out; expected one of {', '.join(known)} or --targets FILE")


def tell_of_model(model: "Scorer", undecided: Counter[str], journal: Journal) -> None:
    """Say what a model left undecided, and what it sent elsewhere."""
    from stance.scoring.scorers import RemoteScorer

    tell_of_undecided(model.name, undecided, journal)
    if isinstance(model, RemoteScorer):
        sent, cached = model.texts_sent, model.texts_cached
        journal.warn(model.endpoint, f"{sent:,} comments were sent there, {cached:,} were in earlier runs")


def tell_of_undecided(model: str, undecided: Counter[str], journal: Journal) -> None:
    """Say what the model of a name left undecided.

    :param undecided: Why -> pairs of comment and target.
    """
    from stance.scoring.scorers import commonest_reasons

    for reason, pairs in commonest_reasons(undecided):
        if reason.startswith(UNSURE):  # as was asked for
            journal.warn("scores", f"{pairs:,} pairs of comment and target are undecided: {reason}")
        else:
            journal.skip(Skip(model, f"{pairs:,} pairs of comment and target have no stance: {reason}"))


def regroup_scores(scores: Iterable[Score], targets: Sequence[str], journal: Journal) -> Iterator[ScoredDocument]:
    """Put scores back under their documents; their texts are not in them.

    :param targets: Scores toward others are left out, and named.
    """
    foreign: set[str] = set()
    for name, run in groupby(scores, key=lambda score: score.document):
        own = tuple(run)
        _tell_foreign({score.target for score in own}, targets, foreign, journal)
        firsts: dict[Any, Score] = {}  # of each comment, and of those without an id what else tells them apart
        for score in own:
            if score.unit is Unit.COMMENT:
                firsts.setdefault(score.comment or (score.language, score.posted), score)
        yield ScoredDocument(
            Document(
                document_id=name or "scores",
                source=f"scores of {name}" if name else "scores",
                outlet=own[0].outlet,
                comments=tuple(
                    Comment(comment_id=first.comment or "", text="", language=first.language, posted=first.posted)
                    for first in firsts.values()
                ),
                layout=SCORES_LAYOUT,
                warnings=("made from scores: they hold no texts",),
            ),
            tuple(score for score in own if score.target in targets),
        )


# 1. to 4. into a corpus folder ----------------------------------------------------------------------------------------


def corpus_settings(
    options: Mapping[str, Any],
    *,
    targets: Path | None = None,
    model: str | Path = "default",
    registry: Path | None = None,
    cues: Path | None = None,
    names: bool = False,
    key_file: Path | None = None,
) -> dict[str, Any]:
    """Describe what decides the scores of a run, with digests of its files; no model is loaded.

    :param options: Those that change scores, by name, as they were given.
    :return: As the manifest of a corpus keeps it.
    """
    from importlib.util import find_spec

    from stance import __version__
    from stance.corpus.settings import Places, describe
    from stance.pseudonyms import find_key_file, load_key, settings_folder
    from stance.resources import CUES, ENCODER, TARGETS

    own_cues = settings_folder() / "cues"  # as ``scoring.own_cues`` has it, which takes a second to import
    lexicon = find_spec("vaderSentiment")
    places = Places(
        targets=(TARGETS, *([targets] if targets else [])),
        model=_model_place(model, registry),
        cues=(CUES, *(folder for folder in (own_cues, cues) if folder is not None and folder.is_dir())),
        lexicon=tuple(map(Path, lexicon.submodule_search_locations or ())) if lexicon else (),
        encoder=ENCODER,
    )
    key = None if names else load_key(key_file or find_key_file().path)
    limits = changes_of(current_limits())  # what was left out under others would be taken for as it was
    return describe({"stance": __version__, "model": str(model), "limits": limits, **options}, places, key)


def _model_place(name: str | Path, registry: Path | None) -> Path | None:
    """Find the folder of a model; None where its name says all that is known of it."""
    from stance.resources import MODELS

    kind, _, rest = str(name).partition(":")
    if rest and kind in ("hf", "llm"):
        folder = Path(os.path.expanduser(rest))  # noqa: PTH111 - as it is loaded
        return folder if kind == "hf" and folder.is_dir() else None
    if name == "vader":
        return None
    if (MODELS / name / "model.json").is_file():
        return MODELS / name
    from stance.registry import Registry, resolve_model

    found = Path(resolve_model(name, Registry.open(registry)))
    if not found.is_dir():
        raise ModelError(f"{name}: no such model; expected a model folder or an installed model")
    return found


def update_corpus(
    inputs: Inputs,
    folder: Path,
    *,
    settings: Mapping[str, Any],
    open_scorer: Callable[[], DocumentScorer],
    journal: Journal,
    force: bool = False,
    language: str | None = None,
    stdin: BinaryIO | None = None,
    columns: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
    watch: Callable[[Iterable[ScoredDocument]], Iterator[ScoredDocument]] = iter,
    open_engine: "Callable[[DocumentScorer, Collection[str]], AbstractContextManager[Engine | None]] | None" = None,
) -> "CorpusUpdate":
    """Score into a corpus folder what is new or changed among the inputs.

    :param inputs: As those of :func:`read_documents`; corpus folders are not among them.
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
        given, streams = _look_at(inputs, unread.append, stdin, opened)
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
                met = Met()
                for content, source, is_scores in writer.contents():  # so that no document comes in twice
                    met.firsts.before(content, source, is_scores=is_scores)

            def stream() -> Iterator[Any]:
                for each in plan.new:
                    yield each
                    yield from _read_in_order([each.place], None, streams.get(each.path, stdin), columns, keep)

            engine = (
                opened.enter_context(open_engine(scorer, frozenset().union(*begun.values()))) if open_engine else None
            )
            run = engine.run if engine else partial(_made, language=language)
            parts = _by_input(run(stream()))
            of_model = Journal(tell=_passed_on(journal))

            def read(given: "Given") -> Reading:
                own, met.repeats = Journal(tell=_passed_on(journal)), []
                met.stored = begun.get(given.path, frozenset())
                settled = only_new(next(parts), own, met)
                items = settled if engine else (each.document if isinstance(each, Made) else each for each in settled)
                documents = _without_scores(items, scorer, own)
                return Reading(name_unknown_targets(documents, scorer, own, given.path), own.skipped, met.repeats)

            def score(items: Iterator[Document | Made | ScoredDocument]) -> Iterator[ScoredDocument]:
                return watch(_counted(_score_new(items, scorer), scorer, of_model))

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


def _score_new(items: Iterable[Document | Made | ScoredDocument], scorer: DocumentScorer) -> Iterator[ScoredDocument]:
    """Score documents, in their order among those that are scored."""
    for kind, run in groupby(items, key=type):
        if kind is Document:
            yield from scorer.score(item for item in run if isinstance(item, Document))
        else:
            yield from (
                item.scored if isinstance(item, Made) else item for item in run if not isinstance(item, Document)
            )


def only_new(stream: Iterable[Any], journal: Journal, met: Met) -> Iterator[Any]:
    """Pass on what was not met before, and tell the rest.

    Scores of pages that were met before are repeats of them, as a copy is, and so are pages of which scores were.
    """
    found: dict[str, str] = {}
    for item in _settled(stream, journal, met):
        name = item.document if isinstance(item, Score) else None
        if name and (first := met.firsts.before(name, f"scores of {name}", is_scores=True)):
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


def _without_scores(
    items: Iterable[Document | Made | Score | ScoredDocument], scorer: DocumentScorer, journal: Journal
) -> Iterator[Document | Made | ScoredDocument]:
    """Put scores under documents, so that each item is one."""
    for kind, run in groupby(items, key=type):
        if kind is Score:
            decided = (scorer.decide(item) for item in run if isinstance(item, Score))
            yield from regroup_scores(decided, scorer.targets.ids, journal)
        else:
            yield from (item for item in run if not isinstance(item, Score))


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

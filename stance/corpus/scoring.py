"""Score new and changed inputs into a corpus folder."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from stance.datamodels import SCORES_LAYOUT, Document, Skip
from stance.documents import DocumentScorer, find_model
from stance.engines import Engine, Inline, PageWorker, Through
from stance.exceptions import ConfigError, ModelError
from stance.limits import changes_of, current_limits
from stance.log import Kind, Log
from stance.pipeline import (
    Inputs,
    Seen,
    UnknownTargets,
    has_scores,
    log_model,
    read_in_order,
    take_scores,
    without_repeats,
)
from stance.run import ModelOptions, Run

if TYPE_CHECKING:
    from stance.corpus import CorpusWriter
    from stance.corpus.updating import CorpusUpdate, Given, Plan


def corpus_settings(run: Run, keep: Sequence[str] = ()) -> dict[str, Any]:
    """Describe what decides the scores of a run, with digests of its files; no model is loaded.

    :param keep: Columns of tables that are kept.
    :return: As the manifest of a corpus keeps it.
    """
    from importlib.util import find_spec

    from stance.corpus.settings import Places, describe
    from stance.pseudonyms import find_key_file, load_key, settings_folder
    from stance.resources import CUES, ENCODER, TARGETS, VERSION

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
        "stance": VERSION,
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
    from stance.scoring.loading import find_plugin

    name = str(options.model)
    if plugin := find_plugin(name):
        folder = Path(os.path.expanduser(plugin[1]))  # noqa: PTH111 as it is loaded
        return folder if plugin[1] and folder.is_dir() else None
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
    log: Log,
    force: bool = False,
    stdin: BinaryIO | None = None,
    keep: Sequence[str] = (),
    watch: Callable[[Iterable[Document]], Iterator[Document]] = iter,
    open_engine: Callable[[DocumentScorer, Collection[str]], AbstractContextManager[Engine]] | None = None,
) -> "CorpusUpdate":
    """Score into a corpus folder what is new or changed among the inputs.

    :param run: Its inputs are no corpus folders.
    :param settings: What decides the scores, as :func:`corpus_settings` gives it.
    :param open_scorer: Loads what scores, ``body`` included; called only if there is something to score.
    :param force: Score all inputs again; needed where the settings are others than before, or what it holds is damaged.
    :param watch: Passes documents on, as a progress display does.
    :param open_engine: Opens where the work is done, given the scorer and the digests of documents that need no scores
        again; None: this process.
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
        tell_of_plan(plan, writer, unread, log)
        note_unread(writer, unread)
        if plan.new:
            from stance.outputs import load_pyarrow
            from stance.scoring.instances import RemoteScorer

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
                    yield from read_in_order([each.place], run.reading, streams.get(each.path, stdin), keep)

            stored = frozenset().union(*begun.values())
            here = Inline(PageWorker(run.reading.language, current_limits(), scorer, stored))
            engine = opened.enter_context(open_engine(scorer, stored) if open_engine else here)
            parts = _by_input(engine.run(stream()))
            of_model = Log(notify=_passed_on(log))

            def read(given: "Given") -> Reading:
                own, met.repeats = Log(notify=_passed_on(log)), []
                met.stored = begun.get(given.path, frozenset())
                documents = name_unknown_targets(only_new(next(parts), own, met), scorer, own, given.path)
                return Reading(documents, own.skipped, met.repeats)

            def score(items: Iterator[Document]) -> Iterator[Document]:
                return watch(_scored(items, scorer, of_model))

            carry_out(writer, plan, read, score, scorer.naming, asks_again=isinstance(scorer.model, RemoteScorer))
            for skip in of_model.skipped:
                writer.remark(skip)
        else:
            writer.drop(plan.dropped)
        writer.finish()
        return result(writer, plan)


def _scored(items: Iterable[Document], scorer: DocumentScorer, log: Log) -> Iterator[Document]:
    """Score documents that have no scores, and log how many pairs are undecided."""
    undecided: Counter[str] = Counter()
    for document in items:
        if has_scores(document):
            scored = take_scores(document, scorer, log, set())
        else:
            (scored,) = scorer.score([document])
        undecided.update(score.undecided for score in scored.scores if score.undecided)
        yield scored
    log_model(scorer.model, undecided, log)


def name_unknown_targets(
    documents: Iterable[Document], scorer: DocumentScorer, log: Log, source: str
) -> Iterator[Document]:
    """Pass documents on, and log at the end the targets that their rows ask for and nobody defines."""
    unknown = UnknownTargets(scorer)
    for document in documents:
        unknown.add(document)
        yield document
    unknown.log(log, source)


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


def tell_of_plan(plan: "Plan", writer: "CorpusWriter", unread: Sequence[Skip], log: Log) -> None:
    """Tell again what was left out of inputs that are not read again, and what became of others."""
    for skip in (*unread, *(skip for path in plan.kept for skip in writer.inputs[path].skipped), *writer.remarks):
        log.skip(skip)
    if writer.is_mended:
        log.warn(str(writer.folder), "its manifest was damaged or not there; all of it is scored again")
    for file in plan.damaged:
        log.warn(file, "damaged; what was in this part is scored again")
    for path in plan.gone:
        log.warn(path, "not there any more; what came of it is kept")
    for path in plan.lost:
        log.warn(path, "left out a document that stood elsewhere too and is gone there; name it too, to have it")


def _passed_on(log: Log) -> Callable[[Kind, Skip], None]:
    """Give what tells a log what another one is told."""

    def tell(kind: Kind, entry: Skip) -> None:
        if kind == "skipped":
            log.skip(entry)
        else:
            log.warn(entry.source, entry.reason)

    return tell


def only_new(stream: Iterable[Any], log: Log, met: Seen) -> Iterator[Document]:
    """Leave out documents seen before, and scores of pages seen before, as well as pages whose scores were."""
    found: dict[str, str] = {}
    for item in without_repeats(Through(), stream, log, met):
        name = item.document_id if item.layout == SCORES_LAYOUT else None
        if name and (first := met.firsts.before(name, item.source, is_scores=True)):
            found[name] = first
        else:
            yield item
    tell_of_scores(found, log)
    met.repeats += found.items()


def tell_of_scores(repeated: Mapping[str, str], log: Log) -> None:
    """Say of documents that scores of them are left out.

    :param repeated: Each with where it stood first.
    """
    if repeated:
        number = f"{len(repeated):,} document{'s' * (len(repeated) > 1)}"
        first = next(iter(repeated.values()))
        log.warn("scores", f"of {number} read before, as {first}, are left out; counted once")


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

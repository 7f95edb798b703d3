"""Score the new and changed inputs of a run into a store.

An input is known by its path as given and by the digest of its content. Each document is one transaction, so a run
that is interrupted at any moment continues where it ended. Inputs that are gone are kept. A run is known by a digest of
all that decides its documents and scores, without loading a model, so that one that has nothing to do ends in a moment.
"""

import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from stance.datamodels import Document, Factors, Skip
from stance.engines import Engine, Inline, PageWorker
from stance.exceptions import ConfigError, ModelError
from stance.limits import changes_of, current_limits
from stance.log import Log
from stance.pipeline import UnknownTargets, is_wanted, log_model, read_in_order
from stance.pseudonyms import Naming, find_key_file, fingerprint, load_key, settings_folder
from stance.reading.folders import digest_beside, expand
from stance.reading.inputs import STANDARD_INPUT, shown
from stance.records import content_of
from stance.resources import CUES, ENCODER, MODELS, TARGET_NAMES, TARGETS, VERSION
from stance.run import ModelOptions, Run
from stance.scoring.documents import UNSURE, DocumentScorer
from stance.scoring.instances import RemoteScorer, Scorer, decision_of
from stance.store.documents import RunWriter, Store, StoredInput, StoredRun
from stance.store.file import is_store
from stance.store.forgetting import remove_forgotten
from stance.store.rows import Settings

STREAM = "-#"
"""Start of the name of standard input; the digest of its content follows."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file among the inputs of a run."""

    path: str  # as given
    place: str | Path  # where it is read: the same, or ``-``
    sha256: str


@dataclass(frozen=True, slots=True)
class StoreUpdate:
    """Counts of a run into a store, and of all that the run holds now."""

    read: int  # inputs that were new or changed
    kept: int  # inputs that were as before
    documents: int
    comments: int
    scores: int


@dataclass(frozen=True, slots=True)
class Tools:
    """Loads what scores, and passes documents on, as a progress display does.

    :param open_scorer: Called only if there is something to score.
    :param open_engine: From the scorer and the digests of documents that are stored already to an engine; None: this
        process.
    """

    open_scorer: Callable[[], DocumentScorer]
    open_engine: Callable[[DocumentScorer, Collection[str]], AbstractContextManager[Engine]] | None = None
    watch: Callable[[Iterable[Any]], Iterator[Any]] = iter
    stdin: BinaryIO | None = None


def update_store(
    run: Run, path: Path, tools: Tools, log: Log, *, keep: tuple[str, ...] = (), force: bool = False
) -> StoreUpdate:
    """Score into a store what is new or changed among the inputs.

    :param path: The store; made if it is not there.
    :param keep: Columns of tables that are kept.
    :param force: Read and score all inputs again.
    :raises StoreError: If the store cannot be used, or another command writes to it.
    :raises ConfigError: If a store is among the inputs.
    """
    reading = reading_settings(run, keep)
    settings = {**reading, **scoring_settings(run)}
    digest = digest_settings(settings)
    with ExitStack() as opened:
        unread: list[Skip] = []
        files, streams = _look_at(run.inputs.inputs, path, unread.append, tools.stdin, opened)
        is_made = bool(files) or path.exists()  # inputs that cannot be read make no store
        store = opened.enter_context(Store.write(path, settings={})) if is_made else None
        log.skip(*unread)
        if store is None:
            return StoreUpdate(0, 0, 0, 0, 0)
        stored = next((each for each in store.runs() if each.digest == digest), None)
        known = store.inputs(stored) if stored else {}
        finished = {each.path: each.sha256 for each in known.values() if each.is_finished}
        new = [each for each in files if force or finished.get(each.path) != each.sha256]
        if stored:
            _log_kept(known.values(), {each.path for each in files} - {each.path for each in new}, log)
        if new:
            scorer = tools.open_scorer()
            known_settings = {**settings, "decision": _rules_of(scorer.model)}  # known once a model is loaded
            stored = stored or store.add_run(digest, digest_settings(reading), scorer.model.name, known_settings)
            update = _Update(store, stored, run, tools, log, scorer, is_forced=force)
            update.carry_out(new, streams, keep, opened)
        if stored is None:
            return StoreUpdate(len(new), len(files) - len(new), 0, 0, 0)
        _note_unread(store, stored, unread)
        return StoreUpdate(len(new), len(files) - len(new), *store.row(_COUNTS, stored.number))


def _rules_of(model: Scorer) -> Any:
    """Return the decision rule of a model, or its rules by language: "" is that of all languages without their own."""
    even: Factors = (1, 1, 1, 1)
    rules = {language: decision_of(model, language) or even for language in ("", *model.languages)}
    own = {language: rule for language, rule in rules.items() if not language or rule != rules[""]}
    return own if len(own) > 1 else rules[""]


def _note_unread(store: Store, run: StoredRun, unread: Iterable[Skip]) -> None:
    """Note inputs that could not be opened, and forget those of an earlier command that are gone.

    Where an input could be opened before, its documents are kept.
    """
    known = store.inputs(run)
    for each in known.values():
        if each.sha256 is None and not Path(each.path).exists():
            store.forget_input(each)
    for skip in unread:
        if skip.source not in known or known[skip.source].sha256 is None:
            store.end_input(run, store.begin_input(run, skip.source, None), [skip])


def _log_kept(known: Iterable[StoredInput], kept: Collection[str], log: Log) -> None:
    """Log the skipped parts of inputs that are not read again, and inputs that are gone."""
    for each in known:
        log.skip(*(each.skips if each.path in kept else ()))
        is_file = each.sha256 and not each.path.startswith(STREAM)
        if is_file and each.path not in kept and not Path(each.path).exists():
            log.warn(each.path, "not there any more; its documents are kept")


_COUNTS = """
WITH own AS (SELECT DISTINCT document FROM occurrences JOIN inputs USING (input) WHERE run = ?1)
SELECT (SELECT count(*) FROM own), (SELECT count(*) FROM comments JOIN own USING (document)),
  (SELECT count(*) FROM scores WHERE run = ?1)
"""
"""Numbers of documents, comments and scores of a run."""


@dataclass(slots=True)
class _Reading:
    """An input being read."""

    input: StoredInput
    log: Log
    unknown: UnknownTargets
    holds_scores: bool = False


@dataclass(slots=True)
class _Update:
    """Reads inputs, scores their documents and stores them."""

    store: Store
    stored: StoredRun
    run: Run
    tools: Tools
    log: Log
    scorer: DocumentScorer
    is_forced: bool = False
    firsts: dict[str, tuple[str, int]] = field(default_factory=dict)  # digest -> source and input of a document

    def carry_out(
        self, new: Sequence[InputFile], streams: Mapping[str, BinaryIO], keep: tuple[str, ...], opened: ExitStack
    ) -> None:
        """Read and score the new inputs, one after the other."""
        begun = {}
        for each in new:
            reads_again = self.is_forced or self.store.has_open_scores(self.stored, each.path, UNSURE)
            begun[each.path] = self.store.begin_input(self.stored, each.path, each.sha256, reads_again=reads_again)
        self.firsts = {content: (source, number) for content, source, number in self.store.contents(self.stored)}
        numbers = {each.number for each in begun.values()}
        stored = {content for content, (_, number) in self.firsts.items() if number in numbers}
        language, limits = self.run.reading.language, current_limits()
        here = Inline(PageWorker(language, limits, self.scorer, stored))
        engine = opened.enter_context(self.tools.open_engine(self.scorer, stored) if self.tools.open_engine else here)

        def stream() -> Iterator[Any]:
            for each in new:
                yield each
                items = read_in_order([each.place], self.run.reading, streams.get(each.path, self.tools.stdin), keep)
                yield from self.log.counting_described(items)

        has_forgotten, gone = self.store.has_forgotten(), 0
        undecided: Counter[str] = Counter()
        writer = RunWriter(self.store, self.stored)
        for reading, content, document in self.tools.watch(self._new_documents(engine.run(stream()), begun)):
            scored = document if document.scores else next(self.scorer.score([document]))
            undecided.update(score.undecided for score in scored.scores if score.undecided)
            scored = rename(scored, self.scorer.naming)
            with self.store.transaction():
                number = writer.add(reading.input, scored, content)
                if has_forgotten:
                    gone += remove_forgotten(self.store, key_of(self.run), number)
        writer.log(self.log)
        if gone:
            self.store.purge()
        of_model = Log(notify=self.log.add)
        log_model(self.scorer.model, undecided, of_model)
        self.store.note_remarks(self.stored, of_model.skipped)

    def _new_documents(
        self, stream: Iterable[Any], begun: Mapping[str, StoredInput]
    ) -> Iterator[tuple[_Reading, str, Document]]:
        """Yield the documents that are not stored with their digests; note the end of an input after its documents."""
        reading: _Reading | None = None
        for item in stream:
            if isinstance(item, InputFile):
                self._end(reading)
                reading = _Reading(begun[item.path], Log(notify=self.log.add), UnknownTargets(self.scorer))
            elif reading is None:
                continue
            elif isinstance(item, Skip):
                reading.log.skip(item)
            elif not item.has_texts:
                reading.holds_scores = True
            elif (first := self.firsts.get(content := content_of(item))) is None:
                self.firsts[content] = (item.source, reading.input.number)
                reading.log.note(item)
                if not is_wanted(item, self.run.reading, self.log):
                    continue
                reading.unknown.add(item)
                yield reading, content, item
            elif first != (item.source, reading.input.number):
                reading.log.warn(item.source, f"the same document as {first[0]}; counted once")
                self.store.add_repeat(self.stored, reading.input, content)
        self._end(reading)

    def _end(self, reading: _Reading | None) -> None:
        if reading is None:
            return
        if reading.holds_scores:
            reason = "scores without their texts; expected pages or tables of comments"
            reading.log.skip(Skip(reading.input.path, reason))
        reading.unknown.log(reading.log, reading.input.path)
        # Read again next time: what a full disk or a dead process left out, and pairs that a model at another address
        # left open, which may be answered when it is asked again.
        is_remote = isinstance(self.scorer.model, RemoteScorer)
        is_open = is_remote and self.store.has_open_scores(self.stored, reading.input.path, UNSURE)
        is_finished = not is_open and not any(skip.may_pass for skip in reading.log.skipped)
        self.store.end_input(self.stored, reading.input, reading.log.skipped, is_finished=is_finished)


def rename(document: Document, naming: Naming) -> Document:
    """Replace the names of commenters by those that their scores have."""
    names = {comment.author: naming(comment.author, document.outlet) for comment in document.comments}
    comments = tuple(replace(comment, author=names[comment.author]) for comment in document.comments)
    return replace(document, comments=comments)


def _look_at(
    inputs: Iterable[str | Path], output: Path, skip: Callable[[Skip], None], stdin: BinaryIO | None, opened: ExitStack
) -> tuple[list[InputFile], dict[str, BinaryIO]]:
    """Digest the inputs, each file once; standard input is copied, since it can be read only once.

    :return: The inputs, and the copy of standard input by its path.
    """
    inputs = list(inputs)
    for given in inputs:
        if is_store(Path(given)):
            raise ConfigError(f"{given}: a store, which is scored; expected pages, or stance store merge")
    found: dict[str, InputFile] = {}
    streams: dict[str, BinaryIO] = {}
    for path in expand(inputs, skip, output=output):
        name = shown(path)
        try:
            if name != STANDARD_INPUT:
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                found[name] = InputFile(name, path, digest_beside(path, digest))
                continue
            stream = opened.enter_context(TemporaryFile())  # noqa: SIM115 closed by ``opened``
            copyfileobj(stdin or sys.stdin.buffer, stream)
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            name = f"{STREAM}{digest[:16]}"
            found[name], streams[name] = InputFile(name, "-", digest), stream
        except OSError as error:
            skip(Skip(name, error.strerror or str(error)))
    return list(found.values()), streams


# Settings -------------------------------------------------------------------------------------------------------------

WITHOUT_EFFECT = (".md", "LICENSE", "card.json", "train_rows.npy")
"""Endings of files of a model or lexicon that change no score."""

NAMES_KEPT = "as on the page"
"""The setting ``names`` of a run without pseudonyms."""

READING = (
    "stance", "limits", "language", "least_certainty", "where", "outlet", "layouts_sha256", "map", "keep",
    "names",
)  # fmt: skip
"""Settings that decide documents; the others decide scores."""


def reading_settings(run: Run, keep: Sequence[str] = ()) -> dict[str, Any]:
    """Describe the settings that decide documents: the parser's version, limits, options of reading, names.

    :param keep: Columns of tables that are kept.
    """
    reading = run.reading
    found = {
        "stance": VERSION,
        "limits": changes_of(current_limits()),
        "language": reading.language,
        "least_certainty": reading.least_certainty,
        "where": [f"{name}={value}" for name, value in reading.where],
        "outlet": reading.outlet,
        "layouts_sha256": digest([reading.layouts]) if reading.layouts else None,
        "map": ",".join(f"{field}={column}" for field, column in (reading.columns or {}).items()),
        "keep": list(keep),
        "names": NAMES_KEPT if run.privacy.names else f"key {fingerprint(key_of(run))}",
    }
    return _given(found)


def scoring_settings(run: Run) -> dict[str, Any]:
    """Describe the settings that decide scores: model, targets, cues, lexicon, encoder and options."""
    model, endpoint = run.model, run.model.endpoint
    targets = run.targets.targets_file.targets
    own_cues = settings_folder() / "cues"  # as ``scoring.cues`` has it, which takes a second to import
    lexicon = find_spec("vaderSentiment")
    place = model_folder(model)
    return _given(
        {
            "model": str(model.model),
            "targets": list(run.targets.load().ids),
            "abstain": model.abstain,
            "languages": ",".join(model.languages or ()),
            "url": endpoint.url,
            "model_languages": ",".join(endpoint.model_languages or ()),
            "label_map": ",".join(f"{stance}={label}" for label, stance in (endpoint.label_map or {}).items()),
            "targets_sha256": digest([TARGETS, TARGET_NAMES, *([targets] if targets else [])]),
            "model_sha256": digest([place]) if place else None,
            "cues_sha256": digest([CUES, *(each for each in (own_cues, model.cues) if each and each.is_dir())]),
            "lexicon_sha256": digest(map(Path, lexicon.submodule_search_locations or ())) if lexicon else None,
            "encoder_sha256": digest([ENCODER]),
        }
    )


def scores_digest(run: Run) -> str | None:
    """Digest all that decides the scores of a report, inputs too; None for standard input."""
    inputs = list(expand(run.inputs.inputs, skip=lambda _: None))
    if Path(STANDARD_INPUT) in inputs:
        return None
    found = reading_settings(run) | scoring_settings(run) | {"run": run.reading.run_number}
    return digest_settings(found | {"inputs": list(map(str, inputs)), "content": digest(inputs)})


def _given(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value not in (None, "", [], 0.0)}


def model_folder(options: ModelOptions) -> Path | None:
    """Find the folder of a model; None for a plugged-in model without one.

    :raises ModelError: If there is no such model.
    """
    from stance.scoring.plugins import find_plugin

    name = str(options.model)
    if plugin := find_plugin(name):
        folder = Path(os.path.expanduser(plugin[1]))  # noqa: PTH111 as it is loaded
        return folder if plugin[1] and folder.is_dir() else None
    if (MODELS / name / "model.json").is_file():
        return MODELS / name
    found = Path(options.find())
    if not found.is_dir():
        raise ModelError(f"{name}: no such model; expected a model folder or an installed model")
    return found


def key_of(run: Run) -> bytes:
    """Return the key of the pseudonyms; it is made if there is none."""
    return load_key(run.privacy.key_file or find_key_file().path)


def digest(paths: Iterable[Path]) -> str:
    """Digest files, and folders with all files in them, by content and name."""
    whole = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not file.name.endswith(WITHOUT_EFFECT) and file.parent.name != "__pycache__":
                with file.open("rb") as stream:
                    content = hashlib.file_digest(stream, "sha256").hexdigest()
                name = file.relative_to(path).as_posix() if path.is_dir() else ""
                whole.update(f"{name}\n{content}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def digest_settings(settings: Settings) -> str:
    """Digest settings, by which a run is known; days are written in ISO 8601."""
    return hashlib.sha256(json.dumps(dict(settings), sort_keys=True, default=date.isoformat).encode()).hexdigest()[:16]

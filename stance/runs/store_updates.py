"""Score the new and changed inputs of a run into a store.

An input is known by its path as given and by the digest of its content. Each document is one transaction, and answers
of its model are kept meanwhile (``AnswerFile``), so a run that is interrupted at any moment continues where it ended.
Inputs that are gone are kept. A run is known by a digest of all that decides its documents and scores, without loading
a model, so that one that has nothing to do ends in a moment.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from stance.datamodels import Document, OnSkip, Page, Skip, Strings, counted, frozen
from stance.exceptions import ConfigError
from stance.limits import current_limits
from stance.log import Kind, Log, listening
from stance.options.reading import ReadingOptions
from stance.options.run import Run
from stance.options.stores import StoreOptions
from stance.parsing.sites import Sites
from stance.pseudonyms import Naming
from stance.reading.beside import digest_beside
from stance.reading.folders import expand
from stance.reading.input_names import STANDARD_INPUT, shown
from stance.reading.repeats import log_copy
from stance.records.digests import content_of
from stance.runs.documents import is_wanted, read_pages
from stance.runs.run_settings import add_run, digest_settings, reading_settings, scoring_settings
from stance.runs.unknown_targets import count_unknown, log_model, log_unknown, refuse_uncovered
from stance.scoring.answers import AnswerFile
from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import RemoteScorer
from stance.store.documents import Store, StoredInput, StoredRun
from stance.store.file import stores_in
from stance.store.run_writer import RunWriter
from stance.store.schema import long_query
from stance.workers.cores import Cores, in_this_process
from stance.workers.page_worker import PageWorker

Open = Callable[[DocumentScorer, Collection[str]], Cores]
"""Opens an engine, from a scorer and the digests of documents that are stored already."""

Messages = list[tuple[Kind, Skip]]


@frozen
class InputFile:
    """A file among the inputs of a run."""

    path: str  # full, so that one of the same relative name elsewhere is another input
    place: Path  # where it is read, as given
    sha256: str


@frozen
class StoreUpdate:
    """Counts of a run into a store, and of all that the run holds now."""

    read: int = 0  # inputs that were new or changed
    kept: int = 0  # inputs that were as before
    documents: int = 0
    comments: int = 0
    scores: int = 0


def update_store(
    run: Run,
    path: Path,
    open_scorer: Callable[[], DocumentScorer],
    log: Log,
    options: StoreOptions,
    open_engine: Open | None,
) -> StoreUpdate:
    """Score the new and changed inputs into a store.

    :param path: The store; made if it is not there.
    :param open_scorer: Called only if there is something to score.
    :param options: Columns of tables that are kept; whether all inputs are read and scored again; whether the documents
        of those inputs, or files of their folders, that are not there any more are dropped.
    :param open_engine: None: this process.
    :raises StoreError: If the store cannot be used, or another command writes to it.
    :raises ConfigError: If a store or standard input is among the inputs.
    """
    settings, unread = (reading_settings(run, options.keep), scoring_settings(run)), list[Skip]()
    run_digest = digest_settings(settings[0] | settings[1])
    check_inputs(run, "stance store merge joins stores")
    files = look_at(expand(run.inputs.inputs, unread.append, output=path), unread.append)
    if not files and not path.exists():  # inputs that cannot be read make no store
        log.skip(*unread)
        return StoreUpdate()
    with Store.write(path, settings={}) as store:
        log.skip(*unread)
        if not run.privacy.names:
            store.check_key(run.privacy.key())
        stored = next((entry for entry in store.runs() if entry.digest == run_digest), None)
        inputs = store.move_inputs(stored, {entry.path: entry.sha256 for entry in files}) if stored else {}
        finished = {entry.path: entry.sha256 for entry in inputs.values() if entry.is_finished}
        new = [entry for entry in files if options.force or finished.get(entry.path) != entry.sha256]
        unchanged = {entry.path for entry in files} - {entry.path for entry in new}
        log.skip(*(skip for entry in inputs.values() if entry.path in unchanged for skip in entry.skips))
        others = (entry for entry in inputs.values() if entry.sha256 and entry.path not in unchanged)
        roots = [full_path(Path(name)) for name in run.inputs.inputs if options.drop_missing]
        for entry in (entry for entry in others if not Path(entry.path).exists()):
            is_dropped = any(Path(entry.path).is_relative_to(root) for root in roots)
            became = "dropped" if is_dropped else "kept (--drop-missing drops them)"
            log.warn(entry.path, f"no longer there; its documents are {became}")
            if is_dropped and stored:
                store.drop_documents(stored, entry)
                store.forget_input(entry)
        if new:
            scorer = open_scorer()
            stored = run_of = stored or add_run(store, *settings, scorer.model.name)
            if isinstance(scorer.model, RemoteScorer):  # what was not answered before is asked last
                new.sort(key=lambda entry: store.has_open_scores(run_of, entry.path))
            key = run.privacy.key() if store.has_forgotten() else None
            again = [*inputs] if options.force else ()
            scoring = StoreScoring(store, stored, run.reading, options.keep, scorer, log, key, again)
            scoring.score(new, open_engine)
        if stored is None:
            return StoreUpdate(kept=len(files))
        note_unread(store, stored, unread)
        if new and (left_out := store.uncovered(stored)):
            refuse_uncovered(scorer, left_out, log)
        return StoreUpdate(len(new), len(files) - len(new), *store.row(long_query("counts"), stored.number))


def check_inputs(run: Run, reason: str) -> None:
    """Refuse standard input and stores, which are scored.

    :raises ConfigError: If one is among the inputs.
    """
    for name in run.inputs.inputs:
        if name == STANDARD_INPUT or stores_in(Path(name)):
            problem = "standard input" if name == STANDARD_INPUT else f"{name}: a store, which is scored"
            raise ConfigError(f"{problem}; expected files of pages or tables ({reason})")


def note_unread(store: Store, run: StoredRun, unread: Iterable[Skip]) -> None:
    """Note inputs that could not be opened, and forget those of an earlier command that are gone.

    Where an input could be opened before, its documents are kept.
    """
    inputs = store.inputs(run)
    for stored_input in inputs.values():
        if stored_input.sha256 is None and not Path(stored_input.path).exists():
            store.forget_input(stored_input)
    for skip in unread:
        path = full_path(Path(skip.source))
        if path not in inputs or inputs[path].sha256 is None:
            store.end_input(run, replace(store.begin_input(run, path, None), is_finished=True), [skip])


@dataclass(slots=True)
class OpenInput:
    """An input being read."""

    input: StoredInput
    log: Log
    unknown: Counter[str] = field(default_factory=Counter)  # targets that rows ask for and nobody defines
    holds_scores: bool = False


@dataclass(slots=True)
class StoreScoring:
    """Reads inputs, scores their documents and adds them to a run of a store.

    :param keep: Columns of tables that are kept.
    :param key: Of the pseudonyms, where authors were forgotten.
    :param again: Paths of inputs whose documents are read and scored again.
    """

    store: Store
    stored: StoredRun
    reading: ReadingOptions
    keep: Strings
    scorer: DocumentScorer
    log: Log
    key: bytes | None = None
    again: Collection[str] = ()
    firsts: dict[str, tuple[str, int]] = field(default_factory=dict)  # digest -> source and input of a document
    replaced: dict[str, set[int]] = field(default_factory=dict)  # path -> comments that its former content held

    def score(self, files: Sequence[InputFile], open_engine: Open | None = None) -> None:
        """Read and score inputs, one after the other.

        :param open_engine: None: this process.
        """
        from stance.store.forgetting.stores import remove_forgotten

        begun = {file.path: self._begin(file) for file in files}
        self.firsts = {content: (source, number) for content, source, number in self.store.contents(self.stored)}
        numbers = {file.number for file in begun.values()}
        known_digests = {content for content, (_, number) in self.firsts.items() if number in numbers}
        undecided: Counter[str] = Counter()
        writer, gone = RunWriter(self.store, self.stored), 0
        answers = AnswerFile(self.store.path, self.stored.digest)
        self.scorer = replace(self.scorer, answers=answers.read())
        here = in_this_process(PageWorker(self.reading.language, current_limits(), self.scorer, known_digests))
        with listening(answers.add), open_engine(self.scorer, known_digests) if open_engine else here as engine:
            documents = self._new_documents(engine.run(self._read(files)), begun)
            for file, content, document in self.log.watch(documents, "Documents:", [file.place for file in files]):
                scored = document if document.scores else next(self.scorer.score([document]))
                undecided.update(score.undecided for score in scored.scores if score.undecided)
                with self.store.transaction():
                    number = writer.add(file.input, rename(scored, self.scorer.naming), content)
                    gone += remove_forgotten(self.store, self.key, number) if self.key and number else 0
        answers.remove()
        writer.heard.log(self.log)
        comments = set(map(hash, self.store.comments_of(self.stored))) if self.replaced else set[int]()
        for path, before in self.replaced.items():
            if lost := len(before - comments):
                reason = f"the file was replaced; {lost:,} of {counted(len(before), 'comment')} that it held before"
                self.log.warn(path, f"{reason} {'is' if lost == 1 else 'are'} in no input any more and no longer count")
        if gone:
            self.store.purge()
        of_model = Log(notify=self.log.add)
        log_model(self.scorer.model, undecided, of_model)
        self.store.note_remarks(self.stored, of_model.skipped)

    def _begin(self, file: InputFile) -> StoredInput:
        """Note that an input is read; its documents are read again where a model left pairs open."""
        with self.store.transaction():
            if comments := set(map(hash, self.store.comments_of(self.stored, file.path, file.sha256))):
                self.replaced[file.path] = comments
            begun = self.store.begin_input(self.stored, file.path, file.sha256)
            if file.path in self.again or self.store.has_open_scores(self.stored, file.path):
                self.store.drop_documents(self.stored, begun)
            return begun

    def _read(self, files: Iterable[InputFile]) -> Iterator[InputFile | Page | Document | Skip]:
        """Yield each input, followed by its pages and documents."""
        sites = Sites(self.log.warn)
        for file in files:
            yield file
            pages = read_pages([file.place], self.reading, self.log, self.keep)
            yield from sites.name(pages)

    def _new_documents(
        self, stream: Iterable[InputFile | Document | Skip], begun: Mapping[str, StoredInput]
    ) -> Iterator[tuple[OpenInput, str, Document]]:
        """Yield the documents that are not stored with their digests; note the end of an input after its documents."""
        opened: OpenInput | None = None
        for item in stream:
            if isinstance(item, InputFile):
                self._end(opened)
                opened = OpenInput(begun[item.path], Log(notify=self.log.add))
            elif opened is None:
                continue
            elif isinstance(item, Skip):
                opened.log.skip(item)
            elif not item.has_texts:
                opened.holds_scores = True
            elif (first := self.firsts.get(content := content_of(item))) is None:
                self.firsts[content] = (item.source, opened.input.number)
                opened.log.warn(item.source, *item.warnings)
                if not is_wanted(item, self.reading, self.log):
                    continue
                count_unknown(opened.unknown, item, self.scorer.targets)
                yield opened, content, item
            elif first != (item.source, opened.input.number):
                log_copy(item.source, first[0], opened.log)
                if (number := self.store.number_of(self.stored, content)) is not None:
                    self.store.add_occurrence(self.stored, number, opened.input.number)
        self._end(opened)

    def _end(self, opened: OpenInput | None) -> None:
        if opened is None:
            return
        path, log = opened.input.path, opened.log
        if opened.holds_scores:
            log.skip(Skip(path, "scores, not comments; expected the pages or tables that were scored"))
        log_unknown(opened.unknown, self.scorer.targets, log, path)
        # Read again next time: what a full disk or a dead process left out, and pairs that a model at another address
        # left open, which may be answered when it is asked again.
        is_remote = isinstance(self.scorer.model, RemoteScorer)
        is_open = is_remote and self.store.has_open_scores(self.stored, path)
        is_finished = not is_open and not any(skip.may_pass for skip in log.skipped)
        self.store.end_input(self.stored, replace(opened.input, is_finished=is_finished), log.skipped)


def rename(document: Document, naming: Naming) -> Document:
    """Replace the names of commenters by those that their scores have."""
    authors = {comment.author for comment in document.comments}
    names = {author: naming(author, document.outlet, document.layout) for author in authors}
    comments = tuple(replace(comment, author=names[comment.author]) for comment in document.comments)
    return replace(document, comments=comments)


def full_path(path: Path) -> str:
    """Return the one name that an input has in stores, without links and dots."""
    return shown(Path(os.path.realpath(path)))


def look_at(paths: Iterable[Path], skip: OnSkip) -> list[InputFile]:
    """Digest the inputs, each file once."""
    files = {}
    for path in paths:
        name = shown(path)
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            absolute = full_path(path)
            files[absolute] = InputFile(absolute, path, digest_beside(path, content))
        except OSError as error:
            skip(Skip(name, error.strerror or str(error)))
    return list(files.values())

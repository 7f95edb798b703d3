"""The commands that serve pages in the browser: label and open."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli import common
from stance.cli.common import MESSAGES, Messages, command, path_argument
from stance.cli.messages import say
from stance.datamodels import Strings, Unit, counted
from stance.exceptions import ConfigError, LabelError, NothingReadError, StoreError
from stance.labels.numbered import rows_of
from stance.labels.tables import read_records
from stance.options.arguments import LabelsStore
from stance.options.definition import options_of
from stance.options.labelling import LabellingOptions, ServerOptions
from stance.options.models import TargetOptions, TargetsFile
from stance.options.reading import ReadingOptions
from stance.options.run import PrivacyOptions
from stance.resources import DATA
from stance.resources.toml import read_text
from stance.scoring.targets.target_set import TargetSet
from stance.store.items import Item
from stance.store.labels import GuessMode, LabelStore

if TYPE_CHECKING:
    from socket import socket

    from starlette.routing import BaseRoute

    from stance.app.labelling import LabellingPage, Wording
    from stance.pseudonyms import Naming


@command
def label(
    options: LabellingOptions,
    reading: ReadingOptions,
    targets: TargetOptions,
    privacy: PrivacyOptions,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]...", help="A store, samples, pages or scores to label. Default: FILE."),
    ] = None,
    labels: LabelsStore = None,
    log: Messages = MESSAGES,
    given: Set[str] = frozenset(),
) -> None:
    """Label comments in the browser."""
    from stance.app.labelling import LabellingPage
    from stance.app.server import bind
    from stance.labels.state import count_states
    from stance.store.assignment import read_annotators
    from stance.store.items import with_target_ids
    from stance.store.labels import DEFAULT_OVERLAP, open_queues

    path = labels or common.only_store(inputs or ())
    if path is None:
        lost = [name for name in inputs or () if name != "-" and not Path(name).exists()]
        problem = "no --labels FILE.db; expected the file of labels, as --labels labels.db, or one store as INPUT"
        raise ConfigError(f"{lost[0]}: no such file" if lost else f"{' '.join(inputs or ['label'])}: {problem}")
    check_file(path, options.overlap, inputs or (), labels)
    here, team = read_annotators(options.annotator, options.annotators)
    target_set = targets.load()
    wording = make_wording(target_set, options.guide)
    with ExitStack() as opened:
        listening = opened.enter_context(closing(bind(options.server.port)))
        items = []
        if inputs and labels:
            privacy.warn_of_key(log)
            rows = read_items(
                inputs, reading, log, target_set, privacy.naming(), any_language=options.guide is not None, given=given
            )
            items = [with_target_ids(item, target_set.id_of) for item in rows]
            if not items:
                raise NothingReadError
            if done := sum(bool(item.given) for item in items):
                of = f"{done:,} of {counted(len(items), 'comment')} labelled in the inputs"
                log.say(f"{of}: these labels are copied to {path} and count as done")
        store = opened.enter_context(LabelStore.write(path, settings={}, is_shared=True))
        overlap = DEFAULT_OVERLAP if options.overlap is None else options.overlap
        annotators = open_queues(store, items, here, team, overlap)
        if others := store.left_to_others(*annotators):
            say(f"{path}: {counted(others, 'comment waits', 'comments wait')} for other annotators")
        sharing = store.annotators(active=True)
        lessons = {name: count_states(store.rows, Unit.COMMENT, "train", name).waiting for name in sharing}
        holders = [name for name, waiting in lessons.items() if waiting]
        if len(sharing) > 1 and len(holders) == 1:
            share = f"to share them: --annotators {','.join(sharing)}"
            say(f"{path}: {counted(lessons[holders[0]], 'comment')} to train on, for {holders[0]} alone; {share}")
        page = LabellingPage(store, wording, GuessMode(options.show_guess))
        serve(page, annotators, listening, options.server)


@command
def open_(
    server: ServerOptions,
    targets: TargetsFile,
    folder: Annotated[Path, path_argument("[FOLDER]", "The project's folder.")] = Path("stance-project"),
) -> None:
    """Open a window in the browser for the pages of a project."""
    from stance.app.folder import ProjectFolder
    from stance.app.server import bind
    from stance.app.window import Window
    from stance.store.assignment import login

    target_set = targets.load()
    with closing(bind(server.port)) as listening, ProjectFolder.open(folder, use_given) as project:
        window = Window(project, lambda: make_wording(target_set, None), targets.targets)
        run_page(window.routes(), listening, {str(folder): login()}, server)
        window.close_labels()


def use_given(described: str) -> bool:
    """Ask whether to use the settings and models of a folder from elsewhere; without an answer they are ignored."""
    say(described)
    if sys.stdin.isatty() and typer.confirm("Use these files?", err=True):
        return True
    say("these files are ignored; to use them, start stance open in a terminal and answer yes")
    return False


def check_file(path: Path, overlap: float | None, inputs: Sequence[str], labels: Path | None) -> None:
    """Check, before work begins, that there is something to label and that the overlap stays the same.

    :param overlap: The overlap that the user asks for.
    :param labels: The store of the labels, where it is not the input.
    """
    if not path.is_file():
        if not inputs:
            raise LabelError(f"{path}: no such file; expected INPUT to label: a sample, pages, or pages and scores")
    elif path.stat().st_size:
        with LabelStore.read(path) as store:
            if labels is None and store.value("SELECT 1 FROM items LIMIT 1") is None:
                raise StoreError(f"{path}: no sample to label; draw one with: stance sample {path}")
            stored = store.setting("overlap")
            if overlap is not None and stored not in (None, repr(overlap)):
                raise ConfigError(f"--overlap {overlap}; expected {stored}, the overlap of {path}")


def make_wording(target_set: TargetSet, guide: Path | None) -> "Wording":
    """Gather the labels and mentions of targets, and the label guide."""
    from stance.app.labelling import Wording

    guides = (guide or DATA / name for name in ("LABEL_GUIDE.md", "TONE_GUIDE.md"))
    words, of_tone = (read_text(path, "a label guide", most=200_000) for path in guides)
    return Wording({target.target_id: target.label for target in target_set.targets}, target_set.find, words, of_tone)


def read_items(
    inputs: list[str],
    reading: ReadingOptions,
    log: Messages,
    target_set: TargetSet,
    naming: "Naming",
    *,
    any_language: bool,
    given: Set[str],
) -> Iterator[Item]:
    """Read items to label: samples row by row, all else as pages and scores.

    :param given: Names of the options that the user typed.
    :raises ConfigError: If some are about the reading of pages, and all inputs are samples.
    """
    from stance.labels.frame import GUIDE_LANGUAGES
    from stance.runs.documents import read_documents
    from stance.store.items import Guesses, guesses_of, items_of_document, items_of_rows, with_guesses

    samples = [path for path in map(Path, inputs) if is_sample(path)]
    if samples:
        yield from items_of_rows(read_records(samples, skip=log.skip), log.skip)
    others = [name for name in inputs if Path(name) not in samples]
    rows = (row for group in (ReadingOptions, PrivacyOptions) for row in options_of(group))
    if unused := [row.flags[0] for option, row, _ in rows if option.name in given and not others]:
        raise ConfigError(f"{unused[0]}: no effect on samples, which are read row by row; expected pages or tables")
    guesses: Guesses = {}
    waiting: list[Item] = []
    for document in read_documents(others, reading, log=log) if others else ():
        guesses |= guesses_of(document.scores)
        if document.has_texts:
            waiting.extend(items_of_document(document, target_set.ids, naming))
    if guesses and not waiting and not samples:
        raise LabelError("scores hold no text to label; give the scored pages, too")
    covered = [item for item in waiting if any_language or item.language in GUIDE_LANGUAGES]
    if len(covered) < len(waiting):
        left = counted(len(waiting) - len(covered), "comment is", "comments are")
        say(f"{left} left out: the label guide does not cover the language")
    yield from (with_guesses(item, guesses) for item in covered)


def is_sample(path: Path) -> bool:
    """Return whether a file is a label table or a store with a sample, which may have rows without labels."""
    with suppress(StoreError):
        return path.is_file() and any(True for _ in rows_of([path]))
    return False


def serve(page: "LabellingPage", annotators: Strings, listening: "socket", server: ServerOptions) -> None:
    """Run the page until it is interrupted, and print the progress of each annotator."""
    from stance.app.labelling import label_routes
    from stance.labels.state import count_states

    store = page.store
    run_page(label_routes(lambda: page, page.home), listening, dict(zip(annotators, annotators, strict=True)), server)
    for annotator in store.annotators():  # also those of tables
        for unit in Unit:
            if (of := count_states(store.rows, unit, annotator=annotator)).drawn:
                done = f"{of.done} of {counted(of.drawn, unit)} done, {of.skipped} skipped, {of.waiting} to go"
                say(f"{store.path}: {annotator}: {done}")


def run_page(
    routes: "Sequence[BaseRoute]", listening: "socket", users: Mapping[str, str], server: ServerOptions
) -> None:
    """Print the links of a page, open the only one in the browser, and serve until interrupted.

    A browser is opened only where there is a screen: one in this terminal would take it over.

    :param users: Annotator by the name that the link is printed with.
    """
    import webbrowser

    from stance.app.guard import Sessions, guarded_app
    from stance.app.server import make_server

    sessions = Sessions(listening.getsockname()[1])
    links = {name: sessions.invite(annotator) for name, annotator in users.items()}
    for name, link in links.items():
        say(f"link for {name}: {link} (works once; Ctrl-C ends)")
    has_screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_screen and len(links) == 1 and not server.no_browser:
        webbrowser.open(next(iter(links.values())))
    with suppress(KeyboardInterrupt):  # the way to end it
        make_server(guarded_app(routes, sessions, say)).run(sockets=[listening])

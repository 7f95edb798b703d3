"""The commands about stores: info, verify, merge; export and find; and forget, which removes a person."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.common import MESSAGES, Messages, command, path_argument, show_json
from stance.cli.messages import NOTHING_DONE, SOME_SKIPPED, fail, say
from stance.cli.verbs import Command
from stance.datamodels import STANCES, Record, Score, counted
from stance.exceptions import ConfigError, InputError
from stance.log import Log
from stance.options.arguments import (
    AsJson,
    Bundle,
    Checklist,
    DryRun,
    ExportFile,
    FoundFile,
    KeyFile,
    MergedStore,
    OnlyOutlet,
    RunNumber,
)
from stance.options.models import TargetOptions
from stance.options.reading import Inputs, ReadingOptions
from stance.options.reports import AuditOptions, BundleOptions
from stance.options.run import Run
from stance.options.stores import FindOptions
from stance.records.writers import aligned
from stance.store import Store, stores_in
from stance.store.schema import long_query
from stance.text_forms import printable

app = typer.Typer(no_args_is_help=True)

StoreFile = Annotated[Path, path_argument("FILE.db", "A store, as stance score -o FILE.db writes it.")]


@app.callback()
def store() -> None:
    """Show, verify and merge stores."""


@app.command(cls=Command)
@command
def info(path: StoreFile, as_json: AsJson = False, log: Messages = MESSAGES) -> None:
    """Show runs, and the number of documents, comments, scores and labels in a store."""
    with Store.read(path) as opened:
        log.skip(*(damage for *_, damage in opened.damage()))
        found = overview(opened)
    if as_json:
        show_json(found)
        return
    parts = {name: found.pop(name) for name in ("runs", "outlets", "languages")}
    lines = [[name, f"{value:,}" if isinstance(value, int) else value or "none"] for name, value in found.items()]
    lines.append(["languages", ", ".join(f"{name} {count:,}" for name, count in parts["languages"].items())])
    for run in parts["runs"]:
        state = "" if run["finished"] else "; interrupted: the same command continues this run"
        lines.append([f"run {run['run']}", f"{run['model']}: {', '.join(run['targets']) or 'no targets'}{state}"])
    for outlet in parts["outlets"]:
        counts = f"{counted(outlet['documents'], 'document')}, {counted(outlet['comments'], 'comment')}"
        lines.append(["outlet", f"{outlet['outlet'] or '(not stated)'}: {counts}"])
    print(aligned(lines))


def overview(opened: Store) -> Record:
    """Count the contents of a store."""
    tables = ("documents", "comments", "scores", "inputs", "skips", "items", "labels")
    counts: Record = {name: opened.value(f"SELECT count(*) FROM {name}") for name in tables}  # noqa: S608
    counts["first"], counts["last"] = opened.row(long_query("first_and_last"))
    counts["bytes"] = opened.path.stat().st_size
    counts["runs"] = []
    for run in opened.runs(lambda _: None):
        record = {"run": run.number, "model": run.model, "targets": list(run.settings.get("targets", ()))}
        counts["runs"].append(record | {"finished": not opened.is_unfinished(run), "settings": dict(run.settings)})
    names = ("outlet", "documents", "comments")
    counts["outlets"] = [dict(zip(names, row, strict=True)) for row in opened.rows(long_query("outlets"))]
    counts["languages"] = dict(opened.rows(long_query("languages")))
    return counts


@app.command(cls=Command)
@command
def verify(path: StoreFile, log: Messages = MESSAGES) -> None:
    """Check all pages, references, checksums and values of a store; exit code 1 if something is wrong."""
    with Store.read(path) as opened:
        problems = [*log.watch(opened.problems(), "Problems found:")]
    for problem in problems:
        say(f"{path}: {problem}")
    if problems:
        fail(NOTHING_DONE)
    if not log.quiet:
        print(f"{path}: no problems")
        log.say("checksums show damage; they do not show changes by a program that also rewrote the checksums")


@app.command(cls=Command)
@command
def merge(
    paths: Annotated[list[Path], path_argument("FILE.db...", "Stores.")],
    output: MergedStore,
    log: Messages,
    key_file: KeyFile = None,
) -> None:
    """Merge stores into a new store; equal documents, scores and labels are kept once, damaged data are left out."""
    from stance.pseudonyms import find_key_file, load_key
    from stance.store.merge import merge as merge_stores

    key = find_key_file(key_file).path  # only stores with forgotten authors need it
    if comments := merge_stores(paths, output, load_key(key) if key.exists() else None, log):
        say(f"{output}: {counted(comments, 'comment')} left out: stance forget removed their authors")
    with Store.read(output) as opened:
        documents = opened.value("SELECT count(*) FROM documents")
    log.say(f"{output}: {counted(documents, 'document')}")


@command
def export(
    path: StoreFile,
    bundled: BundleOptions,
    output: ExportFile = None,
    number: RunNumber = None,
    bundle: Bundle = False,
    checklist: Checklist = False,
    log: Messages = MESSAGES,
) -> None:
    """Write a store as a table, network or bundle, or the checklist of its run."""
    from stance.comparison.copies import with_events
    from stance.pipeline import score_run
    from stance.replication.verification import write_bundle, write_checklist
    from stance.runs.comparisons import shares_of
    from stance.runs.documents import read_documents
    from stance.store.tables import find_export

    reading = ReadingOptions(run_number=number)
    if bundle:
        output = output or path.with_suffix(".zip")
        write_bundle(path, output, reading, bundled, log)
        log.say(f"{output}: written; stance report {output} gives the same figures, and stance verify checks them")
    elif checklist:
        output = output or path.with_suffix(".md")
        write_checklist(path, output, bundled.targets_file)
        log.say(f"{output}: written; complete what is marked in bold")
    elif output is None:
        raise ConfigError("-o is missing; expected -o FILE.csv, .xlsx, .parquet, .jsonl, .gexf or .qdpx")
    else:
        run = Run(Inputs((path,)), reading, TargetOptions(bundled.targets_file))
        write = find_export(output, log.say, lambda: shares_of(score_run(run, Log(), audit=AuditOptions())))
        with ExitStack() as opened:
            if path.is_dir() and stores_in(path):  # of Spark
                documents = read_documents([path], reading, log=log)
            else:
                store = opened.enter_context(Store.read(path))
                documents = store.documents(store.open_run(number, log), log.skip)
            write(log.watch(with_events(documents), "Documents exported:"), output)
        log.say(f"{output}: written")


@command
def find(
    path: StoreFile,
    options: FindOptions,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORDS...", help="Words or quoted phrases; escal* finds words that begin with escal."),
    ] = None,
    output: FoundFile = None,
    log: Messages = MESSAGES,
) -> None:
    """Find comments by words, target or stance."""
    from stance.store.search import find_comments, find_writer, quotations

    words = words or []
    write = find_writer(output, words, log.say) if output else None
    with Store.read(path) as opened:
        matches = find_comments(opened, opened.open_run(options.run, log), words, options, log.skip)
        if write:
            write(matches)
            log.say(f"{output}: written")
            return
        comments = 0
        for texts, scores in quotations(matches):
            print(quotation(texts, scores))
            comments += 1
        log.say(f"{counted(comments, 'comment')} found")


@command
def forget(
    author: Annotated[str, typer.Argument(metavar="AUTHOR", help="Name or pseudonym of a commenter.")],
    paths: Annotated[list[Path], path_argument("PATH...", "Stores and tables, or folders of them.")],
    outlet: OnlyOutlet = None,
    dry_run: DryRun = False,
    key_file: KeyFile = None,
    log: Messages = MESSAGES,
) -> None:
    """Remove a person from stores, tables."""
    from stance.pseudonyms import find_key_file, load_key
    from stance.store.forgetting import forget as forget_author

    key_place = find_key_file(key_file)
    key = load_key(key_place.path) if key_place.path.exists() else None  # none is made: a new one would find nobody
    if key_file and key is None:
        raise ConfigError(f"{key_place.path}: no such file; expected the key that the pseudonyms were made with")
    if key is None:
        log.warn(str(key_place.path), "there is no key of pseudonyms, so only rows with exactly this name are found")
    elif key_place.doubt:
        log.warn("key", key_place.doubt)
    watch = partial(log.watch, what="Files read:")
    result = forget_author(author, paths, key=key, outlet=outlet, dry=dry_run, watch=watch)
    would = "would be " if dry_run else ""
    for path, changed in result.tables.items():
        others = f"their words {would}cut from {counted(changed.cleaned, 'row')} of others"
        print(f"{path}: {counted(changed.dropped, 'row')} {would}removed, {others}")
    for path, reason in result.left.items():
        say(f"{path}: {'left' if result.is_found else 'skipped'}: {reason}")
    if not result.is_found:
        skipped = " that could be searched; try again with the skipped files" * bool(result.left)
        raise InputError(f"nothing of this person in the files{skipped}; expected the name on the page, or a pseudonym")
    if result.left:
        fail(SOME_SKIPPED)


def quotation(texts: Record, scores: Sequence[Score]) -> str:
    """Lay out a found comment: its article, author and text, its stances with their probabilities, and its place."""
    first = scores[0]
    article = (first.outlet, texts["published"], texts["title"], texts["url"])
    source = ", ".join(filter(None, (first.author or "unnamed", first.posted)))
    lines = [", ".join(filter(None, article)), f"{source}: {' '.join(texts['text'].split())}"]
    for score in scores:
        pairs = zip(STANCES, score.probabilities or (), strict=False)
        probabilities = ", ".join(f"{stance} {probability:.2f}" for stance, probability in pairs)
        lines.append(f"{score.target}: {score.stance or 'not scored'}{f' ({probabilities})' * bool(probabilities)}")
    return "\n  ".join(map(printable, (*lines, texts["link"])))

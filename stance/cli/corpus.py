"""The commands about corpus folders: info, verify, merge, export."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.command import NOTHING_DONE, command, fail, say
from stance.cli.options import AsJson, Quiet
from stance.cli.running import show_json, show_progress

if TYPE_CHECKING:
    from stance.corpus.checking import Overview

app = typer.Typer(no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A corpus folder, as stance score -o FOLDER/ writes it.")]

SHOWN = 10
"""Outlets that are listed; --json has them all."""


@app.callback()
def corpus() -> None:
    """Corpus folders: look into them, check them, merge them, export them."""


@app.command()
@command
def info(folder: Folder, as_json: AsJson = False) -> None:
    """Show the number of documents, comments and scores in a corpus folder."""
    from stance.corpus.checking import look_over

    found = look_over(folder)
    if as_json:
        show_json(found.to_record())
        return
    for line in overview_lines(found):
        print(line)


@app.command()
@command
def verify(folder: Folder, quiet: Quiet = False) -> None:
    """Check digests, columns and rows of every part; exit code 1 where something is wrong."""
    from stance.corpus.checking import verify as check

    problems = 0
    for problem in check(folder, lambda parts: show_progress(parts, quiet, "Parts checked:")):
        say(problem)
        problems += 1
    if problems:
        fail(NOTHING_DONE)
    if not quiet:
        print(f"{folder}: all as it was written")


@app.command()
@command
def merge(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Corpus folders with the same settings.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder.")],
    quiet: Quiet = False,
) -> None:
    """Put corpus folders into a new one, each document once."""
    from stance.corpus.merging import merge as merge_corpora

    written, repeats = merge_corpora(folders, output, lambda documents: show_progress(documents, quiet, "Documents:"))
    if not quiet:
        say(f"{output}: {written:,} documents; {repeats:,} were in more than one corpus, and are in it once")


@app.command()
@command
def export(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="x.csv; x.db for Datasette; a folder for ConvoKit.")],
    quiet: Quiet = False,
) -> None:
    """Write a corpus folder as CSV, as a SQLite database, or as a ConvoKit folder."""
    from stance.corpus import open_corpus
    from stance.corpus.exporting import find_export

    write = find_export(output)
    corpus = open_corpus(folder)
    if not corpus.manifest.finished:
        say(f"{folder}: warning: the last run that wrote it did not reach its end; the same command goes on with it")
    count = write(show_progress(corpus.documents(), quiet, "Documents exported:"), output)
    if not quiet:
        say(f"{output}: {count:,} documents")


def overview_lines(found: "Overview") -> list[str]:
    """Format an overview of a corpus as text."""
    lines = [
        f"documents  {found.documents:,}",
        f"comments   {found.comments:,}",
        f"scores     {found.scores:,}",
        f"dates      {found.first or 'none'} to {found.last or 'none'}",
        f"size       {found.bytes:,} bytes in {found.parts:,} parts",
        f"inputs     {found.inputs:,}, {found.skipped:,} remarks on what was left out",
        f"models     {_counted(found.models)}",
        f"languages  {_counted(found.languages)}",
    ]
    for outlet, documents in found.outlet_documents.most_common(SHOWN):
        name = outlet or "(not stated)"
        lines.append(f"outlet     {name}: {documents:,} documents, {found.outlets[outlet]:,} comments")
    if (more := len(found.outlet_documents) - SHOWN) > 0:
        lines.append(f"           and {more:,} more outlets; --json has them all")
    if not found.finished:
        lines.append("unfinished: the last run did not reach its end; the same command goes on with it")
    return lines


def _counted(counts: Any) -> str:
    return ", ".join(f"{name or 'unknown'} {count:,}" for name, count in counts.most_common(SHOWN)) or "none"

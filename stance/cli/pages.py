"""The commands that read pages: parse, score, report, compare."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from stance import pipeline
from stance.cli import common
from stance.cli.common import MESSAGES, Messages, command, path_argument
from stance.cli.messages import NOTHING_DONE, fail, say
from stance.datamodels import counted
from stance.exceptions import ConfigError, NothingReadError
from stance.options.arguments import (
    AsJson,
    AuthorWords,
    OutputFile,
    OutputFolder,
    PostedWords,
    ScoresFile,
    TaughtLayouts,
    TextWords,
)
from stance.options.models import ModelOptions
from stance.options.reading import Inputs, ReadingOptions
from stance.options.reports import AuditOptions, ComparisonOptions, PageOptions
from stance.options.run import WITH_ARTICLES, EngineOptions, PrivacyOptions, Run, ScoreOptions
from stance.options.stores import StoreOptions
from stance.pseudonyms import KEY_FILE, find_key_file
from stance.records.document_records import document_to_record
from stance.records.score_records import ARTICLE_FIELDS, SCORE_FIELDS
from stance.records.writers import score_writer, write_json_lines
from stance.resources import DEMO
from stance.resources.databases import STORE_ENDINGS
from stance.runs.comparisons import write_comparison_of
from stance.runs.documents import at_least_one, read_documents
from stance.runs.layouts import teach_layout
from stance.runs.models import choose_model, open_scorer
from stance.runs.output_checks import check_public
from stance.text_forms import printable
from stance.workers.cores import parsing_engine, scoring_engine


@command
def parse(
    inputs: Inputs, reading: ReadingOptions, engine: EngineOptions, output: OutputFile = None, log: Messages = MESSAGES
) -> None:
    """Separate articles from reader comments."""
    work = parsing_engine(engine.jobs, reading.language)
    items = read_documents(inputs.inputs, reading, log=log, engine=work, output=output)
    documents = at_least_one((document for document in items if document.has_texts), log)
    write_json_lines(map(document_to_record, common.name_sources(documents, log)), output)


@command
def fix(
    page: Annotated[Path, path_argument("PAGE", "A saved HTML page whose comments are misread.")],
    text: TextWords = None,
    author: AuthorWords = None,
    posted: PostedWords = None,
    layouts: TaughtLayouts = Path("layouts.toml"),
) -> None:
    """Teach a site's layout by words of a comment."""
    if text is None and not sys.stdin.isatty():
        raise ConfigError(f"{page}: no --text; expected words of one comment, which are on the page once")
    words = typer.prompt("Words of one comment", err=True) if text is None else text
    taught = teach_layout(page, layouts, words, author, posted)
    rows = [(comment.author, comment.posted, " ".join(comment.text.split())) for comment in taught.comments]
    for row in rows:
        print(printable(" | ".join(cell or "-" for cell in row)))
    layout = counted(len(rows), "comment")
    say(f"{layouts}: row {taught.name} finds {layout}; use the file with --layouts {layouts}")


@command
def score(
    run: Run, options: ScoreOptions, stored: StoreOptions, output: ScoresFile = None, log: Messages = MESSAGES
) -> None:
    """Score each comment's stance toward each target."""
    if stored.engine == "spark":
        from stance.plugins.spark import score_on_spark

        if output is None or output.suffix:
            raise ConfigError("--engine spark requires -o FOLDER/")
        run.privacy.warn_of_key(log)
        documents = score_on_spark(run, output, log, keep=stored.keep, master=stored.master, force=stored.force)
        if not documents:
            raise NothingReadError
        log.say(f"{output}: {counted(documents, 'document')}")
    elif output and output.suffix.lower() in STORE_ENDINGS:
        from stance.runs.store_updates import update_store

        run = choose_model(run, log)
        load = partial(open_scorer, run, WITH_ARTICLES, log)
        done = update_store(run, output, load, log, stored, partial(scoring_engine, run))
        if not done.documents and not stored.drop_missing:
            raise NothingReadError
        log.counts["scored"] += done.read
        holds = f"{counted(done.documents, 'document')}, {counted(done.comments, 'comment')}"
        counts = f"{counted(done.read, 'input')} read, {done.kept:,} unchanged"
        log.say(f"{output}: {counts}; this run holds {holds}, {counted(done.scores, 'score')}")
    else:
        write = score_writer(output, ARTICLE_FIELDS if options.articles else SCORE_FIELDS)
        scored = pipeline.score_run(run, log, options, output=output)
        write((score for document in scored.documents for score in document.scores), output)
        if output:
            log.say(f"written: {output}")


@command
def report(
    run: Run,
    audit: AuditOptions,
    page: PageOptions,
    output: OutputFolder = Path("reports"),
    log: Messages = MESSAGES,
    as_json: AsJson = False,
) -> None:
    """Write a report, with a page for each document."""
    make_report(run, audit, page, output, log)
    print((output / "summary.json").read_text(encoding="utf-8") if as_json else output / "index.html")


def make_report(run: Run, audit: AuditOptions, page: PageOptions, output: Path, log: Messages) -> None:
    """Score the inputs, write their report, and print its findings and paths."""
    line, scored = common.command_line(run, audit.labels), pipeline.score_run(run, log, WITH_ARTICLES, audit=audit)
    written = pipeline.write_report(replace(scored, command=line), output, log, is_public=page.public)
    say_written(written, run, log)


@command
def verify(
    path: Annotated[Path, path_argument("REPORT|BUNDLE", "Folder of a report or comparison, or a .zip.")],
    log: Messages = MESSAGES,
) -> None:
    """Compute the figures of a report again."""
    from stance.replication.differences import lines_of
    from stance.replication.verification import verify as verify_figures

    verification = verify_figures(path)
    figures, differing = counted(verification.figures, "figure"), verification.differing
    if differing:
        print(*map(printable, lines_of(differing)), sep="\n")
        log.say(f"{len(differing):,} of {figures} differ")
        fail(NOTHING_DONE)
    print(f"{figures} computed again; all equal")


def say_written(written: Sequence[Path], run: Run, log: Messages) -> None:
    """Print findings without the marks around names, files, and a warning of the key.

    :param written: The page of a report or comparison, its record, and further files.
    """
    from stance.reporting.summary_file import former_pages, value_in
    from stance.reporting.wording import UNMARKED

    titles = [finding["title"].translate(UNMARKED) for finding in value_in(written[1], "findings") or ()]
    wording = (value_in(written[1], "sentiment_findings") or ())[:1]  # the largest difference, where one was found
    log.say(*dict.fromkeys(titles), *(f"{text} This is wording, not stance." for text in wording))
    folder, pages = written[0].parent, sorted(former_pages(written[1]))
    parts = [f"{counted(len(pages), 'page')} in {(folder / pages[0]).parent}"] if pages else []
    log.say(f"written: {', '.join([*dict.fromkeys(map(str, written)), *parts])}")
    key = find_key_file(run.privacy.key_file).path
    if not run.privacy.names and key.resolve().is_relative_to(folder.resolve()):
        say(f"warning: {key}: the key of the pseudonyms is in the output folder; never share this key")


@command
def demo(output: OutputFolder = Path("stance-demo"), log: Messages = MESSAGES) -> None:
    """Write a report on made-up pages, with labels."""
    from zipfile import ZipFile

    with ZipFile(DEMO) as packed:
        packed.extractall(output)
    key = output / KEY_FILE
    key.chmod(0o600)
    # The model that every install has: the same figures everywhere, and in ten seconds.
    model, privacy = ModelOptions("default"), PrivacyOptions(key_file=key)
    run = Run(Inputs((output / "pages",)), privacy=privacy, model=model)
    labels, folder = output / "labels.csv", output / "report"
    line = f"stance report {output / 'pages'} --labels {labels} -o {folder} --model {model.model} --key-file {key}"
    log.say(f"100 pages and their labels are in {output}; this command runs now: {line}")
    make_report(run, AuditOptions((labels,)), PageOptions(), folder, log)
    print(folder / "index.html")


@command
def compare(
    run: Run,
    audit: AuditOptions,
    groups: ComparisonOptions,
    page: PageOptions,
    output: OutputFolder = Path("reports"),
    log: Messages = MESSAGES,
    as_json: AsJson = False,
) -> None:
    """Compare outlets or other groups."""
    from stance.comparison.grouping import own_columns

    if page.public:
        check_public(groups.by)
    line = common.command_line(run, audit.labels)
    scored = pipeline.score_run(run, log, audit=audit, keep=own_columns(groups.by, groups.topic))
    _, written = write_comparison_of(replace(scored, command=line), groups, output, log, page)
    say_written(written, run, log)
    print(written[1].read_text(encoding="utf-8") if as_json else written[0])

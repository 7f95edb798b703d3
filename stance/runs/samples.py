"""Draw comments of a run to label, and find the questions that labels can answer."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stance.datamodels import Document, Record, Score, Strings
from stance.exceptions import ConfigError
from stance.log import Log
from stance.options.labelling import SampleOptions
from stance.options.models import EndpointOptions
from stance.options.run import PrivacyOptions, Run
from stance.runs.documents import at_least_one, read_documents
from stance.runs.labels import label_counts, learned_pairs, shown_documents
from stance.runs.models import choose_model, open_scorer
from stance.runs.scores import ScoredRun
from stance.scoring.documents import sentences_as_comments
from stance.workers.cores import parsing_engine

if TYPE_CHECKING:
    from stance.labels.sampling import Sample


def _with_scores(documents: Iterable[Document], options: SampleOptions) -> Iterator[Document | Score]:
    """Pass documents on, each followed by its scores if the draw needs them; of scores without texts, these alone."""
    for document in documents:
        has_texts = document.has_texts or any(comment.text for comment in document.comments)
        if has_texts:
            yield document
        yield from document.scores if options.is_precise or not has_texts else ()


def draw_run(
    run: Run, options: SampleOptions, log: Log, *, store: Path | None = None, output: Path | None = None
) -> "Sample":
    """Draw comments of a run to label.

    :param store: The store that the sample goes into; what it holds for the other role is not drawn.
    :param output: The file that this run writes; in a folder it is no input.
    :raises NothingReadError: If no input could be used.
    """
    from stance.labels.frame import choose_page
    from stance.labels.sampling import draw_sample, read_taken

    def score(documents: Iterable[Document]) -> Iterator[Document]:
        scorer = open_scorer(replace(run, privacy=PrivacyOptions(names=True)), log=log)
        return log.watch(scorer.score(documents), "Documents scored:")

    of_requests = replace(run.model.endpoint, model_languages=None, label_map=None)
    if of_requests != EndpointOptions() and not options.is_precise:
        raise ConfigError("--url, --plain-http, --parallel or --budget: this draw asks no model; expected none of them")
    run = choose_model(run, Log(notify=log.add))  # a draw does not score, so it names no model
    sources, targets = run.inputs, run.targets.load()
    engine = parsing_engine(run.engine.jobs, run.reading.language)
    items: Iterable[Document] = read_documents(
        sources.inputs, run.reading, log=log, engine=engine, stdin=sources.stdin, output=output
    )
    options = replace(options, languages_scored=_languages_drawn(run, options))
    if options.unit == "sentence":
        items = (sentences_as_comments(document, targets) for document in items)
    if options.page is not None:
        items, n = choose_page(items, options.page, targets)
        options = replace(options, n=n)
    run.privacy.warn_of_key(log)
    taken = read_taken(options.exclude, store, options.role, log.skip)
    given_targets = targets.ids if run.targets.target else None
    naming, drawn_from = run.privacy.naming(), _with_scores(items, options)
    return draw_sample(
        at_least_one(drawn_from, log), options, targets=targets, target=given_targets, naming=naming,
        drawn_before=taken,
        learned=frozenset(learned_pairs(run).tolist()), score=score,
    )  # fmt: skip


def plan_labels(scored: ScoredRun, command: str, log: Log) -> Record:
    """Find the questions that labels of comments of a run can answer.

    :param scored: With the labels that there are.
    :param command: As typed, with the inputs that further commands name.
    :return: ``plan``, as ``summary.json`` has it, and the same in ``lines``.
    """
    from stance.comparison.comparing import ComparisonTally
    from stance.reporting.opening import opening
    from stance.reporting.plan import price_of

    tally = ComparisonTally(scored.scorer.targets.ids, audit=scored.audit.labels if scored.audit else None)
    for document in shown_documents(scored, log):
        tally.add(document.scores, document)
    record = tally.comparison() | {"whole": tally.total(), "command": command}
    told = opening(record | label_counts(scored, log), labels := dict(scored.targets))
    lines = [f"{price_of(question, labels)}: {question['command'] or 'both draws above'}" for question in told["plan"]]
    none = "no share needs labels, or the model finds too few comments to draw; --page ID counts those of one article"
    step = [*told["steps"], *[*filter(None, told["commands"])][:1]]  # drawn comments come first
    return {"plan": told["plan"], "lines": lines * (not log.counts["waiting"]) or step or [none]}


def _languages_drawn(run: Run, options: SampleOptions) -> Strings | None:
    """Return the languages that comments are drawn in: those that the run scores; None: any.

    A model that takes its languages as a setting is not loaded: it may need an endpoint, or minutes.
    """
    from stance.scoring import find_plugin

    model, plugin = run.model, find_plugin(run.model.chosen)
    if options.unit == "sentence":
        return model.languages
    if plugin and "languages" in plugin[0].settings:
        return model.languages or model.endpoint.model_languages or ("en",)
    return open_scorer(replace(run, privacy=PrivacyOptions(names=True))).languages

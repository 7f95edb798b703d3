"""Labels of a run: those that correct its shares, those that its model learned from, and those that are waited for."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

from stance import datamodels
from stance.datamodels import Document, Record
from stance.exceptions import ConfigError, ModelError
from stance.log import Log
from stance.options.models import ANY_MODEL
from stance.options.reports import AuditOptions
from stance.options.run import Run
from stance.reading.bundles import bundled
from stance.records.digests import pair_digest
from stance.records.score_records import LABELS_FILE
from stance.runs.models import models_of
from stance.runs.scores import ScoredRun, select_scores
from stance.scoring.documents import DocumentScorer
from stance.store import is_store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.learn.audits import Auditor


def learned_pairs(run: Run) -> "NDArray[np.uint64]":
    """Return digests of the pairs that the models of a run learned from, as far as these are here."""
    import numpy as np

    from stance.learn.audits import training_rows

    digests = [np.zeros(0, np.uint64)]
    allowed = (ModelError, ConfigError) if run.model.model == ANY_MODEL else ()  # not here, or of a former version
    for name in models_of(run):
        with suppress(*allowed):
            rows = training_rows(name)
            digests += [] if rows is None else [rows]
    return np.concatenate(digests)


def open_audit(run: Run, audit: AuditOptions, scorer: DocumentScorer, log: Log) -> "Auditor | None":
    """Read audit labels, or those of stores and bundles among the inputs if no others are given; None without any.

    The log counts the comments drawn for an audit that wait for a label.
    """
    from stance.labels.numbered import count_audit, has_labels
    from stance.store.labels import stores_with_audit_labels

    inputs = [Path(path) for path in run.inputs.inputs]
    tables = tuple(filter(None, (bundled(path, LABELS_FILE) for path in inputs)))
    of_stores = stores_with_audit_labels(inputs, log.skip)
    labels = audit.labels or (*(tables if has_labels(tables) else ()), *of_stores)
    used = {path.resolve() for path in labels}
    for store in (path for path in of_stores if path.resolve() not in used):
        log.warn(str(store), f"its labels are not used; to use them, too, add --labels {shlex.quote(str(store))}")
    if all(map(is_store, labels)):  # else tables may have the labels that stores lack
        log.counts["waiting"] = count_audit([*tables, *filter(is_store, dict.fromkeys((*audit.labels, *inputs)))])
    if not labels:
        return None
    from stance.learn.audits import Auditor, load_audit

    audited = load_audit(labels, log=log, targets=scorer.targets)
    names = {scorer.model.name: run.model.chosen} if isinstance(run.model.chosen, str | Path) else {}
    if not all(map(is_store, labels)):
        log.counts["waiting"] = audited[0].source["waiting"] if audited[0] else 0
    return Auditor(*audited, names, is_asked=bool(audit.labels))


def label_counts(scored: ScoredRun, log: Log) -> Record:
    """Count comments, once all documents are read.

    :return: Those that the model ``learned`` from, those ``waiting`` for a label, and those ``drawn`` for an audit,
        labelled or not, and ``known`` to the model, so that none is drawn: target -> outlet -> comments.
    """
    drawn, of_model = (defaultdict[str, Counter[str]](Counter) for _ in range(2))
    for (target, outlet), n in scored.learned.items():
        of_model[target][outlet] = n
    if scored.audit and scored.audit.labels:
        rows = (row for row in scored.audit.labels.rows if row["role"] == "audit" and row["unit"] != "sentence")
        keys = ((row["target"], row["outlet"] or datamodels.NO_OUTLET, row["id"]) for row in rows)
        for target, outlet, _ in dict.fromkeys(keys):  # in the order of the rows: the same bytes in each run
            drawn[target][outlet] += 1
    return {name: log.counts[name] for name in ("learned", "waiting")} | {"drawn": dict(drawn), "known": dict(of_model)}


def shown_documents(scored: ScoredRun, log: Log) -> Iterator[Document]:
    """Yield the documents of a run with the scores to show.

    Comments that the model learned from are counted: labels of these correct no share.
    """
    import numpy as np

    learned = np.sort(learned_pairs(scored.run))  # as a set, they would take six times the memory
    for document in select_scores(scored.documents, scored.scorer, log, scored.audit):
        texts = {item.comment_id: item.text for item in document.comments if len(learned)}
        scores = [score for score in document.scores if score.stance and score.comment in texts]
        digests = np.array([pair_digest(texts[score.comment or ""], score.target) for score in scores], np.uint64)
        # Not ``np.isin``, which reads the whole long list again for each document.
        is_learned = np.searchsorted(learned, digests, "right") > np.searchsorted(learned, digests)
        of_learned = [*compress(scores, is_learned)]
        scored.learned.update((score.target, document.outlet or datamodels.NO_OUTLET) for score in of_learned)
        log.counts["learned"] += len({score.comment for score in of_learned})
        yield document

"""Estimate how wide the intervals of a report are, now and after more labels, while somebody labels.

The widths are those of the report: the same sums, labels and estimates. They are computed in a thread of their own, so
that no answer waits for them.
"""

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stance.datamodels import Document
from stance.exceptions import StanceError
from stance.log import Log
from stance.store.labels import LabelStore

if TYPE_CHECKING:
    from stance.aggregation import AuditLabels
    from stance.reporting.opening import Level

REST = 4.0
"""Pause before the next estimate, in times of the duration of the last: it takes at most a fifth of a processor."""

SECONDS_TO_WAIT = 2.0

_LEFT = "SELECT outlet, target, count(*) FROM unlabelled WHERE role = 'audit' GROUP BY 1, 2"


@dataclass(frozen=True, slots=True)
class Width:
    """Half the widest 95 % interval toward a target, in percentage points.

    :param group: The group that it is of; None: all comments.
    :param more: Labels of the sample that wait, or fewer if they are expected to reach the width asked for.
    :param wanted: The width that the sample was drawn for.
    """

    target: str
    group: str | None
    now: float
    more: int
    after: float
    wanted: float | None = None

    @property
    def is_reached(self) -> bool:
        """Whether the width asked for is reached."""
        return self.wanted is not None and round(self.now, 1) <= self.wanted


def estimate_widths(
    documents: Iterable[Document], labels: "AuditLabels", left: Mapping[tuple[str | None, str], int],
    wanted: float | None = None, *, by_outlet: bool = True,
) -> list[Width]:  # fmt: skip
    """Estimate the widths for each target, of the group with the widest.

    :param documents: With their scores.
    :param left: Outlet and target -> drawn comments that wait for a label.
    :param wanted: The width asked for, in points.
    :param by_outlet: False: of all comments together.
    """
    from stance.comparison import ComparisonTally
    from stance.reporting.opening import Step, level_of

    targets = tuple(sorted({each.target for each in labels.comments}))
    tally = ComparisonTally(targets, audit=labels)
    for document in documents:
        tally.add(document.scores, document)
    groups = tally.comparison().groups if by_outlet else (tally.total(),)
    waiting = Counter[tuple[str | None, str]]()
    for (outlet, target), n in left.items():
        waiting[outlet if len(groups) > 1 else None, target] += n
    found: dict[str, Width] = {}
    for group in groups:
        name, record = group.group if len(groups) > 1 else None, asdict(group)
        for target in targets:
            level = level_of(record, target)
            if level.labelled and level.step in (Step.THESE, Step.LIKE_THESE):
                width = _width(level, name, waiting[name, target], wanted)
                found[target] = max(width, found.get(target, width), key=lambda each: each.now)
    return list(found.values())


def _width(level: "Level", group: str | None, left: int, wanted: float | None) -> Width:
    from stance.reporting.opening import expected_width

    def after(more: int) -> float:
        return expected_width(level, more)[1]

    now = after(0)
    more = left if wanted is None else min(left, bisect_left(range(left), -wanted, key=lambda each: -after(each)))
    return Width(level.target, group, now, more, after(more), wanted)


def stored_widths(path: Path, scored: Callable[[], Iterable[Document]]) -> Sequence[Width]:
    """Estimate the widths of a store by its audit labels; none if it holds no scores or labels.

    :param scored: Reads its documents with their scores.
    """
    from stance.evaluation.assessment import load_audit

    try:
        with closing(LabelStore.read(path)) as store:
            left = {(outlet, target): n for outlet, target, n in store.rows(_LEFT)}
            design = store.last_design()
        wanted = design.get("target_width")
        by_outlet = wanted is None or "outlet" in design.get("stratify", ())
        return estimate_widths(scored(), load_audit([path], log=Log()), left, wanted, by_outlet=by_outlet)
    except (StanceError, OSError):  # a store without scores, or without audit labels yet
        return ()


class Widths:
    """The last estimate of a store's widths, computed anew while labels come in.

    :param scored: Reads the documents of the store with their scores.
    """

    def __init__(self, path: Path, scored: Callable[[], Iterable[Document]]) -> None:
        self._path, self._scored = path, scored
        self._labels, self._rest_until = -1, 0.0
        self._thread: threading.Thread | None = None
        self.found: Sequence[Width] = ()

    def update(self, labels: int, *, wait: bool = False) -> Sequence[Width]:
        """Return the last widths, and estimate them anew if labels came in since.

        :param labels: The number of labels.
        :param wait: Wait some seconds for the new ones.
        """
        is_free = not (self._thread and self._thread.is_alive()) and time.monotonic() >= self._rest_until
        if labels != self._labels and is_free:
            self._labels = labels
            self._thread = threading.Thread(target=self._estimate, daemon=True)
            self._thread.start()
        if wait and self._thread:
            self._thread.join(SECONDS_TO_WAIT)
        return self.found

    def _estimate(self) -> None:
        start = time.monotonic()
        self.found = stored_widths(self._path, self._scored)
        self._rest_until = time.monotonic() + REST * (time.monotonic() - start)

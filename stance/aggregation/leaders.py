"""Count the comments that name a target only through its leaders, and leave them out if asked to."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stance.datamodels import NOT_STATED, SCORES_LAYOUT, Document, Stance, Unit, counted
from stance.log import Log

MOST_NAMES = 5
"""Number of leaders that are listed."""

Led = Mapping[tuple[str | None, str], Sequence[str]]
"""Comment and target, of those named through leaders alone -> the names."""


@dataclass(slots=True)
class LeaderTally:
    """Counts of comments that address a target, by outlet and target, and of those that name only its leaders.

    :param is_left_out: Drop their scores.
    """

    is_left_out: bool = False
    addressed: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    led: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    names: dict[tuple[str | None, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    without_texts: int = 0

    def add(self, document: Document, led: Led) -> Document:
        """Count a document, and return it with the scores to use."""
        self.without_texts += document.layout == SCORES_LAYOUT
        for score in document.scores:
            if score.unit is Unit.COMMENT and score.stance not in (None, Stance.NOT_ADDRESSED):
                for place in ((None, score.target), (score.outlet or NOT_STATED, score.target)):
                    self.addressed[place] += 1
                    if names := led.get((score.comment, score.target)):
                        self.led[place] += 1
                        self.names[place].update(names)
        if not self.is_left_out:
            return document
        kept = [s for s in document.scores if s.unit is not Unit.COMMENT or (s.comment, s.target) not in led]
        return replace(document, scores=tuple(kept))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each outlet and target; the first are those of all outlets (group None)."""
        places = sorted(self.addressed, key=lambda place: (place[0] or "", place[1]))
        for group, target in places:
            names = sorted(self.names[group, target].items(), key=lambda each: (-each[1], each[0]))
            yield {
                "group": group,
                "target": target,
                "addressed": self.addressed[group, target],
                "by_leaders": self.led[group, target],
                "names": dict(names[:MOST_NAMES]),
            }

    def warn(self, log: Log) -> None:
        """Log what was left out, and what could not be."""
        for row in self.rows() if self.is_left_out else ():
            if row["group"] is None and row["by_leaders"]:
                of = f"{row['by_leaders']:,} of {counted(row['addressed'], 'comment')} that address it"
                log.warn("leaders", f"{row['target']}: {of} left out: they name only its leaders")
        if self.is_left_out and self.without_texts:
            kept = f"{counted(self.without_texts, 'document')} without texts: comments that name only leaders are kept"
            log.warn("leaders", kept)

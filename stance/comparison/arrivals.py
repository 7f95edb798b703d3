"""Count comments that came since a day or a former report, articles that grew, and shares that moved."""

import hashlib
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any, NamedTuple

from stance.aggregation import AuditLabels
from stance.comparison import Comparison, Group
from stance.comparison.tally import ComparisonTally
from stance.datamodels import SIDES, Comment, Document, Score, Stance, Unit, day_of, own_words
from stance.records import LONGEST_ADDRESS, unguard_cell

NEW, OLD = "new", "old"
"""Names of the groups: in this order, differences are the new share minus the old one."""

PERIOD = "stance:period"
"""Name of the column of scores that holds the group; the columns of a user's table are not looked at."""

COLUMNS = ("unit", "document", "comment", "outlet", "url", "title", "text")
"""Columns of a table of scores by which a comment of a former report is known again."""

MOST_LISTED = 20
"""Maximum number of grown and of new articles that are listed, those with the most new comments."""

MOST_QUOTED = 3
"""Maximum number of new comments that are quoted toward a target on each side, the surest ones."""

LONGEST_QUOTE = 300
"""Maximum number of characters of a quotation."""

Record = dict[str, Any]


class BeforeDay(NamedTuple):
    """Everything before a day; a comment without a date has that of its article."""

    day: date

    @property
    def since(self) -> str:
        """The day in ISO 8601."""
        return self.day.isoformat()

    def has_comment(self, document: Document, comment: Comment) -> bool:
        """Return whether the comment is of before the day, or of no known one."""
        return day_of(comment.posted or document.published) < self.day.toordinal()


class FormerReport:
    """The comments of a former report, known again by outlet, article and text.

    :param rows: Its scores, as tables have them.
    """

    since = "last"

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._left: Counter[int] = Counter()
        last = None
        for row in rows:
            cells = [unguard_cell(row[name]) for name in COLUMNS]
            if cells[0] == Unit.COMMENT and cells != last:  # a row for each target
                _, _, _, outlet, url, title, text = last = cells
                self._left[_key(outlet, url or title, text)] += 1

    def has_comment(self, document: Document, comment: Comment) -> bool:
        """Return whether as many such comments were there as were asked for."""
        article = (document.url or document.title or "")[:LONGEST_ADDRESS]
        key = _key(document.outlet, article, comment.text)
        self._left[key] -= 1
        return self._left[key] >= 0


def _key(outlet: str | None, article: str | None, text: str | None) -> int:
    content = "\n".join(" ".join((part or "").split()) for part in (outlet, article, text)).encode(errors="replace")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


class Arrivals:
    """Counts old and new comments with scores, one document at a time.

    :param audit: Labels that correct the shares of both; a difference is stated only where they do.
    """

    def __init__(
        self, before: BeforeDay | FormerReport, targets: Iterable[str], audit: AuditLabels | None = None
    ) -> None:
        self.targets = tuple(targets)
        self._before, self._audit = before, audit
        self._tally = ComparisonTally(self.targets, by=PERIOD, audit=audit)
        self._counts: Counter[str] = Counter()
        self._articles: dict[str, list[tuple[float, Record]]] = {"grown": [], "new": []}
        self._quoted: dict[tuple[str, Stance], list[tuple[float, Record]]] = defaultdict(list)

    def add(self, document: Document, page: str) -> None:
        """Count one document.

        :param page: The file name of its page in the report.
        """
        scores = [score for score in document.scores if score.unit is Unit.COMMENT]
        scored, periods = {score.comment for score in scores}, dict[str | None, str]()
        places: dict[str | None, tuple[int, Comment]] = {}
        for place, comment in enumerate(document.comments, 1):
            if comment.comment_id in scored and comment.comment_id not in places:
                is_old = self._before.has_comment(document, comment)
                periods[comment.comment_id] = OLD if is_old else NEW
                places[comment.comment_id] = place, comment
                self._counts["undated"] += not (comment.posted or document.published)
        if not periods:
            return
        counted = Counter(periods.values())
        self._counts.update(counted)
        facts = {"title": document.title, "outlet": document.outlet, "page": page}
        if counted[NEW]:
            kind = "grown" if counted[OLD] else "new"
            self._counts[f"{kind} articles"] += 1
            row = facts | {"new": counted[NEW], "comments": counted.total()}
            _keep(self._articles[kind], counted[NEW], row, MOST_LISTED)
        self._tally.add(
            (replace(each, columns=((PERIOD, periods.get(each.comment, OLD)),)) for each in scores), document
        )
        for score in scores:
            if periods.get(score.comment) == NEW and score.stance in (Stance.FAVOR, Stance.AGAINST):
                self._quote(score, facts, *places[score.comment])

    def _quote(self, score: Score, facts: Record, place: int, comment: Comment) -> None:
        """Keep a comment to be quoted, if the model is surer of it than of others."""
        stance, text = score.stance, " ".join(own_words(comment.text, comment.quoted).split())
        if stance is None or not text:
            return
        quotation = {
            **facts,
            "link": f"{facts['page']}#comment-{place}",
            "author": score.author,
            "posted": score.posted,
            "language": score.language,
            "stance": stance,
            "probability": score.probability,
            "text": text[:LONGEST_QUOTE] + " …" * (len(text) > LONGEST_QUOTE),
        }
        _keep(self._quoted[score.target, stance], score.probability or 0.0, quotation, MOST_QUOTED)

    def record(self) -> Record:
        """Return counts first, then articles, and by target old and new counts, tested differences and quotations."""
        compared = self._tally.comparison() if self._counts[NEW] + self._counts[OLD] else None
        groups = {group.group: group for group in compared.groups} if compared else {}
        return {
            "since": self._before.since,
            "comments": self._counts[NEW],
            "old_comments": self._counts[OLD],
            "undated": self._counts["undated"],
            "articles": self._counts["new articles"],
            "grown_articles": self._counts["grown articles"],
            "grown": [row for _, row in self._articles["grown"]],
            "new": [row for _, row in self._articles["new"]],
            "targets": [self._target_record(target, groups, compared) for target in self.targets],
        }

    def _target_record(self, target: str, groups: dict[str, Group], compared: Comparison | None) -> Record:
        tested = [
            {name: value for name, value in asdict(each).items() if name not in ("a", "b", "tipping_point")}
            for each in (compared.differences if compared else ())
            if each.target == target and each.verdict != "not_tested"
        ]
        return {
            "target": target,
            **{period: _group_record(groups.get(period), target) for period in (NEW, OLD)},
            "differences": tested,
            "quotations": [row for side in SIDES for _, row in self._quoted.get((target, side), ())],
        }


def _group_record(group: Group | None, target: str) -> Record:
    """Return the comments of a group that address a target as the model reads them, and their shares."""
    shares = group.shares if group else ()
    return {
        "addressed": group.addressed[target] if group else 0,
        "counts": {side: group.counts[target].get(side, 0) if group else 0 for side in SIDES},
        "shares": [asdict(each) for each in shares if each.target == target and each.population == "outlet"],
    }


def _keep(rows: list[tuple[float, Record]], value: float, row: Record, most: int) -> None:
    """Add a row, and drop the one with the lowest value, of equals the last, where there are too many."""
    insort(rows, (-value, row), key=lambda each: each[0])
    del rows[most:]

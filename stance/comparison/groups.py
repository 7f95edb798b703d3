"""The scores of one group, its counts and its estimates."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

import numpy as np

from stance.aggregation.checks import check_labels, odd_labels, outlets_drawn
from stance.aggregation.clusters import EMPTY_TEXT, UNDATED, ClusterSums, Rows, count_names, joined, labels_of
from stance.aggregation.planning import plan_share
from stance.aggregation.sentiment import summarise_sentiment
from stance.aggregation.shares import NOTES, GroupEstimate, estimate_group
from stance.datamodels import MOST_COPIED, READINGS, SIDES, STANCES, Record


def distinct_comments(parts: Iterable[Rows]) -> Rows:
    """Return one score of each comment, one with a stance if there is one, without the columns on its target."""
    columns = ["comment", "text", "language", "article", "author", "day", "stance"]
    comments = joined(())[columns]
    for rows in parts:  # one after the other takes less memory
        comments = np.concatenate([comments, rows[columns]])
        order = np.lexsort((comments["stance"] < 0, comments["comment"]))
        comments = comments[order[np.unique(comments["comment"][order], return_index=True)[1]]]
    return comments


def count_comments(comments: Rows, languages: Sequence[str]) -> tuple[Record, Record]:
    """Count distinct comments.

    :return: ``articles``, ``comments``, ``authors``, ``without_author``; ``not_covered``: comments without any stance.
        And ``first`` and ``last`` day (ISO 8601), of a comment or of its article, None where none has a date;
        ``languages``: language to comments, most first; the shares of all comments that the most active author
        (``largest_author``) wrote and that are under the ``largest_article``.
    """
    n, dated = len(comments), comments["day"][comments["day"] != UNDATED]
    _, under = np.unique(comments["article"], return_counts=True)
    _, by = np.unique(comments["author"][comments["author"] >= 0], return_counts=True)
    counts = count_names(comments["language"], languages)
    sizes = {
        "articles": len(under),
        "comments": n,
        "authors": len(by),
        "without_author": int((comments["author"] < 0).sum()),
        "not_covered": int((comments["stance"] < 0).sum()),
    }
    return sizes, {
        "first": date.fromordinal(dated.min()).isoformat() if len(dated) else None,
        "last": date.fromordinal(dated.max()).isoformat() if len(dated) else None,
        "languages": {name: of for name, of in sorted(counts.items(), key=lambda item: -item[1]) if of},
        "largest_author": float(by.max() / n) if len(by) else None,
        "largest_article": float(under.max() / n) if n else None,
    }


def count_texts(comments: Rows) -> tuple[int | None, Record]:
    """Count different texts of distinct comments, and the shares of copies and of the largest text among them."""
    texts = comments["text"][comments["text"] < EMPTY_TEXT]
    if not len(texts):
        return None, {"copies": None, "largest_text": None}
    sizes = np.unique(texts >> 32, return_counts=True)[1]  # by their words
    copies = sizes[sizes > 1]
    shares = {"copies": copies.sum() / len(texts), "largest_text": copies.max(initial=0) / len(texts)}
    return len(np.unique(texts)), {name: float(share) for name, share in shares.items()}


@dataclass(slots=True)
class GroupTally:
    """The scores of one group by target."""

    sums: dict[str, ClusterSums] = field(default_factory=lambda: defaultdict(ClusterSums))
    checks: Record = field(default_factory=dict)

    def rows(self) -> Rows:
        """Return the scores toward all targets."""
        return joined(sums.rows() for sums in self.sums.values())

    def parts(self, names: Sequence[str]) -> dict[str, "GroupTally"]:
        """Divide the group by its articles.

        :param names: The name of the part of each article.
        """
        checks = self.checks if self.checks.get("labels_odd") else {}  # labels that were dropped are odd in each part
        parts: dict[str, GroupTally] = defaultdict(lambda: GroupTally(checks=dict(checks)))
        for target, sums in self.sums.items():
            rows = sums.rows()
            of_rows = np.array(names, object)[rows["article"]]
            for name in dict.fromkeys(of_rows.tolist()):
                parts[name].sums[target] = ClusterSums(rows[of_rows == name])
        return parts

    def check(self, part: float | None, outlets: Sequence[str]) -> list[str]:
        """Check the labels once, and leave them out if they are no random sample.

        :param part: Share of the drawn pairs that have a label.
        :param outlets: Names of outlets by their numbers.
        :return: What is odd about them.
        """
        if "labels_random" not in self.checks:
            problems = check_labels({target: sums.observations() for target, sums in self.sums.items()}, part)
            odd = odd_labels(problems)
            if odd:
                rows = self.rows()
                odd = outlets_drawn(rows["outlet"], rows["read"] >= 0, outlets) or odd
                for sums in self.sums.values():
                    sums.drop_labels()
            self.checks |= {"labels_random": problems, "labels_odd": odd}
        return list(self.checks["labels_odd"])

    def group(
        self, name: str, targets: Sequence[str], languages: Iterable[str]
    ) -> tuple[Record, dict[str, GroupEstimate]]:
        """Count, and estimate by target; one target's lines are held at a time.

        :return: Counts by target: comments without a stance, those that address it (``addressed``), ``counts`` of
            stances, ``readings`` of those that name it, and labels of persons, used (``labelled``) or not (``read``).
            ``shares``, of comments like these, then of exactly these; likewise ``means``. ``texts``: different ones;
            None: no text was read. ``checks``: ``labels_random``, z of the check of labels; ``labels_odd``, the
            oddities for which they are not used; those of :func:`count_texts`; ``effective_authors`` by target.
            ``learnable``: as of :func:`plan_share`. Sentiment as of :func:`summarise_sentiment`.
        """
        estimates, learnable = {}, {}
        for target in targets:
            table = self.sums[target].observations()
            estimates[target], learnable[target] = estimate_group(target, table), plan_share(table)
        rows = {target: self.sums[target].rows() for target in targets}
        counts = {target: count_names(of["stance"], STANCES) for target, of in rows.items()}
        comments = distinct_comments(rows.values())
        texts, shares_of_texts = count_texts(comments)
        if (shares_of_texts["largest_text"] or 0.0) > MOST_COPIED:
            estimates = {
                target: estimate._replace(corrected=None, why_untested=NOTES["copies"])
                for target, estimate in estimates.items()
            }
        sizes, facts = count_comments(comments, [*languages])
        group = {
            "group": name,
            **sizes,
            "without_stance": {target: int((of["stance"] < 0).sum()) for target, of in rows.items()},
            "addressed": {target: sum(counts[target][side] for side in SIDES) for target in targets},
            "counts": counts,
            "readings": {target: count_names(of["reading"], READINGS) for target, of in rows.items()},
            "shares": [asdict(share) for fit in estimates.values() for share in fit.shares],
            "means": [mean._asdict() for fit in estimates.values() for mean in fit.means],
            "labelled": {target: fit.labelled for target, fit in estimates.items()},
            "read": {target: labels_of(of) for target, of in rows.items()},
            **facts,
            "texts": texts,
            "checks": {"labels_random": {}, "labels_odd": []}
            | self.checks
            | shares_of_texts
            | {"effective_authors": {target: fit.authors for target, fit in estimates.items()}},
            "learnable": learnable,
            **summarise_sentiment({target: self.sums[target] for target in targets}),
        }
        return group, estimates

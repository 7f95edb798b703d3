"""One label for each comment and target, where several annotators gave theirs.

A model is trained on one label per pair and measured against one, so a pair whose annotators differ is left out until a
person has settled it: a majority of three would make hard pairs look as sure as easy ones.
"""

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from stance.datamodels import LabelledComment, Skip

_NUMBER = re.compile(r"0*(0|[1-9][0-9]*)(?:\.0+)?")

ADJUDICATED = "adjudicated"
"""The annotator whose rows decide."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Comments with one label for each target.

    ``undecided`` holds the rows of the pairs that are left out: their annotators differ and nobody has decided.
    """

    comments: tuple[LabelledComment, ...]
    undecided: tuple[LabelledComment, ...]

    @property
    def undecided_pairs(self) -> int:
        """How many pairs of a comment and a target are left out."""
        return len({pair_key(comment) for comment in self.undecided})

    @property
    def left_out(self) -> tuple[Skip, ...]:
        """Say how many pairs are left out; empty where all are settled."""
        said: dict[tuple[str | None, Hashable], set[str]] = {}
        for row in self.undecided:
            said.setdefault((row.annotator, pair_key(row)), set()).add(row.label)
        alone = len({pair for (_, pair), labels in said.items() if len(labels) > 1})
        differ = self.undecided_pairs - alone
        found = []
        if differ:
            found.append(Skip("annotators", f"differ on {differ} pairs that nobody settled; left out"))
        if alone:
            same = "rows of the same text without an id count as one comment"
            reason = f"say two things of {alone} pairs each by themselves ({same}); left out: see stance labels check"
            found.append(Skip("annotators", reason))
        return tuple(found)


def comment_key(comment: LabelledComment) -> Hashable:
    """Tell which comment a row is of, whoever labelled it and whichever table it stands in.

    The text always counts, since tables number their comments alike; runs of white space do not, since spreadsheets
    change them, nor how a number is written that is an id. A comment without an id is told from its twins by what it
    answers.
    """
    parent = comment.parent if comment.comment_id is None else None
    return (
        plain_number(comment.comment_id),
        plain_number(comment.document),
        _folded(comment.text),
        _folded(parent or ""),
    )


def pair_key(comment: LabelledComment) -> Hashable:
    """Tell which pair of a comment and a target a row is of."""
    return (comment_key(comment), comment.target)


def settle(comments: Iterable[LabelledComment]) -> Settled:
    """Give each pair of a comment and a target one label.

    Rows by the annotator ``adjudicated`` decide (the last of them, should there be several); otherwise a label that all
    rows share stands. A pair with an audit row stays an audit pair, whatever its other rows say.

    :param comments: Rows of any number of annotators, in any order.
    :return: One row per settled pair, in the order in which pairs first occur, and the rows of the other pairs.
    """
    pairs: dict[Hashable, list[LabelledComment]] = {}
    for comment in comments:
        pairs.setdefault(pair_key(comment), []).append(comment)
    settled: list[LabelledComment] = []
    undecided: list[LabelledComment] = []
    for rows in pairs.values():
        if (decided := _deciding_row(rows)) is not None:
            settled.append(_with_role(decided, rows))
        else:
            undecided.extend(rows)
    return Settled(tuple(settled), tuple(undecided))


def _deciding_row(rows: list[LabelledComment]) -> LabelledComment | None:
    if adjudicated := [row for row in rows if row.annotator == ADJUDICATED]:
        return adjudicated[-1]
    return rows[0] if len({row.label for row in rows}) == 1 else None


def _with_role(decided: LabelledComment, rows: list[LabelledComment]) -> LabelledComment:
    """Keep what the draw said of the pair: adjudicators write labels, and need not repeat it."""
    drawn = next((row for row in rows if row.role == "audit"), None)
    if drawn is None or decided.role == "audit":
        return decided
    return replace(decided, role="audit", probability=decided.probability or drawn.probability)


def plain_number(name: str | None) -> str | None:
    """Give a number as spreadsheets and data frames write it: 007 is 7, and so is 7.0; any other name as it is."""
    found = _NUMBER.fullmatch(name) if name else None
    return found[1] if found else name


def _folded(text: str) -> str:
    return " ".join(text.split())

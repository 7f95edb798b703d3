"""Order the comments of one page by thread, weigh them by votes, and draw those to read first.

Authors are keys to count by; they are names as on the page, and leave this module in no record.
"""

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from stance.datamodels import FEWEST_COMMENTS, SIDES, STANCES, Comment, Document, Score, Stance, Unit, side_shares

Record = dict[str, Any]


class ScoredComment(NamedTuple):
    """One comment and its scores.

    :param number: Its place on the page, from 1.
    :param author: The writer, as a key to count by; None: the page does not tell.
    :param scores: Target -> score, of the targets that it addresses.
    :param sides: Target -> against, neutral or favor, of the same targets.
    """

    number: int
    comment: Comment
    author: str | None
    scores: Mapping[str, Score]
    sides: Mapping[str, Stance]


# Comments -------------------------------------------------------------------------------------------------------------


def scored_comments(document: Document, scores: Iterable[Score]) -> tuple[ScoredComment, ...]:
    """Put the comments of a document beside their scores, in page order.

    :param scores: Of the same document, in any order. Where comments share an id, the first score of a target is that
        of the first of them.
    """
    waiting: dict[str, dict[str, deque[Score]]] = defaultdict(lambda: defaultdict(deque))
    for score in scores:
        if score.unit is Unit.COMMENT and score.comment is not None:
            waiting[score.comment][score.target].append(score)
    found = []
    for number, comment in enumerate(document.comments, 1):
        own = {target: rows.popleft() for target, rows in waiting.get(comment.comment_id, {}).items() if rows}
        author = comment.author or next((row.author for row in own.values() if row.author is not None), None)
        sides = {target: side for target, row in own.items() if (side := row.stance) is not None and side in SIDES}
        found.append(ScoredComment(number, comment, author, {target: own[target] for target in sides}, sides))
    return tuple(found)


def addressing(chosen: Iterable[ScoredComment], target: str) -> list[ScoredComment]:
    """Return the comments that address a target."""
    return [each for each in chosen if target in each.sides]


def quoted_spans(comment: Comment) -> tuple[tuple[int, int], ...]:
    """Find the lines that a comment quotes in its text.

    :return: Half open spans in order; those with nothing but blanks between them are one. A line that does not stand
        in the text after the lines before it ends the search, so that its cost does not grow with the number of lines.
    """
    spans: list[tuple[int, int]] = []
    end = 0
    for line in filter(str.strip, (comment.quoted or "").split("\n")):
        start = comment.text.find(line, end)
        if start < 0:
            break
        joins = bool(spans) and not comment.text[end:start].strip()
        end = start + len(line)
        spans[-1 if joins else len(spans) :] = [(spans[-1][0] if joins else start, end)]
    return tuple(spans)


# Threads --------------------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """The place of a comment in its thread; its number is its place on the page, from 1."""

    number: int
    depth: int  # 0: it opens a thread
    parent: int | None  # the number of the comment it answers; None: none that is on the page


def thread_order(comments: Sequence[Comment]) -> tuple[Place, ...]:
    """Place the comments of one page in thread order, each exactly once.

    Parents come from the page and are hostile until checked: they may be missing, name themselves, run in circles or
    nest ten thousand deep. So there is no recursion.

    :param comments: In page order. Of several with one id, the first is the one that is answered.
    :return: One place per comment; a thread keeps page order among siblings.
    """
    replies: dict[int | None, list[int]] = defaultdict(list)
    for number, parent in _parents(comments).items():
        replies[parent].append(number)
    placed: list[Place] = []
    stack = [Place(number, 0, None) for number in reversed(replies[None])]
    while stack:
        place = stack.pop()
        placed.append(place)
        stack += [Place(number, place.depth + 1, place.number) for number in reversed(replies[place.number])]
    return tuple(placed)


def _parents(comments: Sequence[Comment]) -> dict[int, int | None]:
    """Map each number to its parent's, cutting circles where page order closes them."""
    numbers = {comment.comment_id: number for number, comment in reversed([*enumerate(comments, 1)])}
    named = (None if comment.reply_to is None else numbers.get(comment.reply_to) for comment in comments)
    parents = dict(enumerate(named, 1))
    rooted: set[int | None] = {None}
    for number in parents:
        path: dict[int, None] = {}
        step: int | None = number
        while step is not None and step not in rooted and step not in path:
            path[step] = None
            step = parents[step]
        if step is not None and step in path:
            parents[step] = None
        rooted.update(path)
    return parents


# Votes ----------------------------------------------------------------------------------------------------------------

MOST_VOTES = 10**9
"""A page may state any number; above this it counts as this."""


def votes_record(found: Sequence[ScoredComment], targets: Sequence[str]) -> Record | None:
    """Record shares in which each comment weighs 1, for its writer, plus its votes where they are above zero.

    A check and not a better estimate: votes are of those who read comments to the end, early comments get more, and on
    many sites they can be bought.

    :return: How many comments show ``votes`` and how many of them ``negative`` ones, which count as none; by target the
        ``n`` comments with votes that address it, and shares of their probabilities ``unweighted`` and ``weighted``,
        from ``FEWEST_COMMENTS`` on. None where no comment shows votes, or all show zero.
    """
    voted = [each for each in found if each.comment.votes is not None]
    if not any(each.comment.votes for each in voted):
        return None
    return {
        "comments": len(voted),
        "negative": sum((each.comment.votes or 0) < 0 for each in voted),
        "targets": {target: _weighted(addressing(voted, target), target) for target in targets},
    }


def _weighted(voted: Sequence[ScoredComment], target: str) -> Record:
    if len(voted) < FEWEST_COMMENTS:
        return {"n": len(voted), "weight": None, "unweighted": None, "weighted": None}
    weights = [weight(each.comment.votes or 0) for each in voted]
    sums, weighted = dict.fromkeys(STANCES, 0.0), dict.fromkeys(STANCES, 0.0)
    for each, own in zip(voted, weights, strict=True):
        for stance, probability in zip(STANCES, each.scores[target].probabilities or (), strict=False):
            sums[stance] += probability
            weighted[stance] += own * probability
    shares = {"unweighted": side_shares(sums), "weighted": side_shares(weighted)}
    return {"n": len(voted), "weight": sum(weights), **shares}


def weight(votes: int) -> int:
    """Return the weight of a comment: one for its writer, and one for each vote."""
    return 1 + min(max(0, votes), MOST_VOTES)


# Evidence -------------------------------------------------------------------------------------------------------------

SEED = 0
"""Stands in each record; the draw is by a digest of it, the document, the comment and the target."""

DRAWN = 3
"""Of each side, and of the least sure."""

DRAWN_SIDES = (Stance.AGAINST, Stance.FAVOR)


def evidence_record(found: Sequence[ScoredComment], document_id: str, target: str) -> Record | None:
    """Draw the comments to read beside the shares of one target, by a stated rule, so that nobody has picked them.

    Comments are given as ``number``, their place on the page, in page order, with the ``probability`` of their stance.

    :return: ``seed``; for each of ``against`` and ``favor``: ``of`` (comments on that side), ``pool`` (the surest third
        of them, rounded up, and no fewer than ``DRAWN``) and ``drawn``, at random of the pool; ``uncertain``: those of
        the others whose two most probable stances lie closest. None where fewer than ``FEWEST_COMMENTS`` address the
        target.
    """
    addressed = addressing(found, target)
    if len(addressed) < FEWEST_COMMENTS:
        return None

    def lot(each: ScoredComment) -> bytes:
        named = f"{SEED}\n{document_id}\n{each.number}\n{target}"
        return hashlib.sha256(named.encode(errors="surrogatepass")).digest()

    def shown(chosen: Iterable[ScoredComment]) -> list[Record]:
        return [{"number": each.number, "probability": probability(each, target)} for each in sorted(chosen)]

    record: Record = {"seed": SEED}
    for side in DRAWN_SIDES:
        own = [each for each in addressed if each.sides[target] is side]
        pool = sorted(own, key=lambda each: (-probability(each, target), each.number))
        pool = pool[: max(ceil(len(own) / 3), DRAWN)]
        record[str(side)] = {"of": len(own), "pool": len(pool), "drawn": shown(sorted(pool, key=lot)[:DRAWN])}
    drawn = {each["number"] for side in DRAWN_SIDES for each in record[str(side)]["drawn"]}
    others = [each for each in addressed if each.number not in drawn]
    record["uncertain"] = shown(sorted(others, key=lambda each: (margin(each, target), each.number))[:DRAWN])
    return record


def probability(scored: ScoredComment, target: str) -> float:
    """Return the model's probability of the stance that it gave."""
    return scored.scores[target].probability or 0.0


def margin(scored: ScoredComment, target: str) -> float:
    """Return by how much the most probable stance leads: 0 where two are as probable."""
    first, second, *_ = sorted(scored.scores[target].probabilities or (0.0, 0.0), reverse=True)
    return first - second

"""Count the comments of one page: by author, reply, time and votes.

Authors are keys to count by; they are names as on the page, and leave this module in no record.
"""

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import ceil, inf
from typing import Any, NamedTuple

from stance.datamodels import FEWEST_COMMENTS, SIDES, STANCES, Comment, Document, Score, Stance, Unit, Via
from stance.reporting.rendering import PERIOD_WORDS, parse_moment

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


def document_details(
    scored: Document, targets: Sequence[str], copies: Collection[int] = ()
) -> tuple[Record, dict[str, Record]]:
    """Record the counts of a document's comments.

    :param copies: Numbers of comments that copy an earlier one: they are not drawn to be read.
    :return: ``concentration``, ``depths``, ``time`` and ``votes`` of the document; and by target ``replies`` and
        ``evidence``.
    """
    document, found = scored, scored_comments(scored, scored.scores)
    originals = [each for each in found if each.number not in copies]
    places = thread_order(document.comments)
    whole = {
        "concentration": concentration_record(found),
        "depths": depth_records(found, places, targets),
        "time": time_record(found, document.published, targets),
        "votes": votes_record(found, targets),
    }
    return whole, {
        target: {
            "replies": reply_record(found, places, target),
            "evidence": evidence_record(originals, document.document_id, target),
        }
        for target in targets
    }


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


def count_sides(chosen: Iterable[ScoredComment], target: str) -> dict[str, int]:
    """Count the sides that comments take toward a target: against, neutral, favor -> comments."""
    counts = Counter(each.sides.get(target) for each in chosen)
    return {str(side): counts[side] for side in SIDES}


def split_record(chosen: Sequence[ScoredComment], targets: Sequence[str]) -> Record:
    """Record the sides that the comments of one part of a page take.

    :return: ``comments``; by target how many take each side, ``n`` of them in all, and ``net``: in favor minus against,
        in points from -100 to 100, None where fewer than ``FEWEST_COMMENTS`` address it.
    """
    found: Record = {}
    for target in targets:
        counts = count_sides(chosen, target)
        n = sum(counts.values())
        net = 100 * (counts[Stance.FAVOR] - counts[Stance.AGAINST]) / n if n >= FEWEST_COMMENTS else None
        found[target] = {**counts, "n": n, "net": net}
    return {"comments": len(chosen), "targets": found}


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

DEEPEST = 3
"""Replies nested deeper than this are counted together: few threads go on, and each step down holds fewer comments."""

OPPOSED = ((Stance.FAVOR, Stance.AGAINST), (Stance.AGAINST, Stance.FAVOR))


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


def depth_records(found: Sequence[ScoredComment], places: Iterable[Place], targets: Sequence[str]) -> list[Record]:
    """Record the sides that comments take at each depth of the thread.

    :param places: One for each comment.
    :return: One record for each depth that holds comments, the last ``DEEPEST`` and below (``deeper``); none at all
        where fewer than ``FEWEST_COMMENTS`` comments answer another.
    """
    levels: dict[int, list[ScoredComment]] = defaultdict(list)
    for place in places:
        levels[min(place.depth, DEEPEST)].append(found[place.number - 1])
    if sum(len(level) for depth, level in levels.items() if depth) < FEWEST_COMMENTS:
        return []
    return [
        {"depth": depth, "deeper": depth == DEEPEST, **split_record(levels[depth], targets)} for depth in sorted(levels)
    ]


def reply_record(found: Sequence[ScoredComment], places: Iterable[Place], target: str) -> Record:
    """Record which side answers which, toward one target.

    A pair is a comment and the one that it answers, where both address the target. Answers to oneself are left out and
    counted.

    :return: ``pairs``; ``own``: those left out; ``via_parent``: pairs of which the answer addresses the target only
        through the comment that it answers; and from ``FEWEST_COMMENTS`` pairs on ``counts`` and ``expected``: side of
        the comment answered -> side of the answer, expected if the two were independent; ``opposed``: the same for
        favor answered by against, and the other way around.
    """
    pairs: Counter[tuple[Stance, Stance]] = Counter()
    own = via_parent = 0
    for place in places:
        answer, asked = found[place.number - 1], found[(place.parent or 0) - 1]
        if place.parent is None or target not in answer.sides or target not in asked.sides:
            continue
        if answer.author is not None and answer.author == asked.author:
            own += 1
        else:
            pairs[asked.sides[target], answer.sides[target]] += 1
            via_parent += answer.scores[target].via is Via.PARENT
    record: Record = {"pairs": pairs.total(), "own": own, "via_parent": via_parent}
    if pairs.total() < FEWEST_COMMENTS:
        return record | {"counts": None, "expected": None, "opposed": None}
    of_asked = {side: sum(pairs[side, other] for other in SIDES) for side in SIDES}
    of_answers = {side: sum(pairs[other, side] for other in SIDES) for side in SIDES}
    expected = {(one, other): of_asked[one] * of_answers[other] / pairs.total() for one in SIDES for other in SIDES}
    return record | {
        "counts": {str(one): {str(other): pairs[one, other] for other in SIDES} for one in SIDES},
        "expected": {str(one): {str(other): expected[one, other] for other in SIDES} for one in SIDES},
        "opposed": {"n": sum(pairs[each] for each in OPPOSED), "expected": sum(expected[each] for each in OPPOSED)},
    }


# Authors, votes -------------------------------------------------------------------------------------------------------

FEWEST_NAMED = 10
"""Comments with a name: of fewer, two of one person mean nothing."""

TOP = (1, 5, 10)
"""The authors who wrote most: their comments are shares of all that carry a name."""

MOST_VOTES = 10**9
"""A page may state any number; above this it counts as this."""


def concentration_record(found: Sequence[ScoredComment]) -> Record:
    """Record how unequally authors wrote.

    :return: ``named`` and ``unnamed`` comments; ``authors``; ``top``: comments and share of the 1, 5 and 10 who wrote
        most, where there are more authors than that; ``effective``: 1 / sum of squared shares, how many authors who
        write equally often would be as unequal (the effective number of Laakso and Taagepera 1979; Hill 1973, order
        2). Authors are counted only where ``FEWEST_NAMED`` comments carry a name.
    """
    sizes = sorted(Counter(each.author for each in found if each.author is not None).values(), reverse=True)
    named = sum(sizes)
    top = [(count, sum(sizes[:count])) for count in TOP if named >= FEWEST_NAMED and count < len(sizes)]
    return {
        "named": named,
        "unnamed": len(found) - named,
        "authors": len(sizes),
        "effective": named**2 / sum(size**2 for size in sizes) if named >= FEWEST_NAMED else None,
        "top": [{"authors": count, "comments": comments, "share": comments / named} for count, comments in top],
    }


def votes_record(found: Sequence[ScoredComment], targets: Sequence[str]) -> Record | None:
    """Record shares in which each comment weighs 1, for its writer, plus its votes where they are above zero.

    A check and not a better estimate: votes are of those who read comments to the end, early comments get more, and on
    many sites they can be bought.

    :return: How many comments show ``votes`` and how many of them ``negative`` ones, which count as none; by target the
        ``n`` comments with votes that address it, and their shares ``unweighted`` and ``weighted``, from
        ``FEWEST_COMMENTS`` on. None where no comment shows votes, or all show zero.
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
    weights: Counter[Stance] = Counter()
    for each in voted:
        weights[each.sides[target]] += weight(each.comment.votes or 0)
    return {
        "n": len(voted),
        "weight": weights.total(),
        "unweighted": {side: count / len(voted) for side, count in count_sides(voted, target).items()},
        "weighted": {str(side): weights[side] / weights.total() for side in SIDES},
    }


def weight(votes: int) -> int:
    """Return the weight of a comment: one for its writer, and one for each vote."""
    return 1 + min(max(0, votes), MOST_VOTES)


# Time -----------------------------------------------------------------------------------------------------------------

HOURS, DAYS = ((*(start for of, start in PERIOD_WORDS if of == unit), inf) for unit in ("hours", "days"))
"""Borders of periods where both ends have a time; and otherwise, in days of the calendar."""


def time_record(found: Sequence[ScoredComment], published: str | None, targets: Sequence[str]) -> Record | None:
    """Record the sides that comments take in the hours or days since the article was published.

    Pages give times in many ways. Where either end of a span is a date, or one has a zone and the other none, spans are
    counted in days of the calendar and not in hours.

    :param published: The article's stamp; without one, spans are counted from the first comment.
    :return: ``since`` (``publication`` or ``first_comment``), ``unit`` (``hours`` or ``days``), how many comments are
        ``dated``, ``undated`` and ``before`` publication, and ``periods`` that hold comments, with their borders in
        hours (``to`` is None for the last). None where no comment has a time. No periods where fewer than
        ``FEWEST_COMMENTS`` comments have one, or all stand in one period.
    """
    dated = [(moment, each) for each in found if (moment := parse_moment(each.comment.posted)) is not None]
    if not dated:
        return None
    start = parse_moment(published)
    origin = start or min((moment for moment, _ in dated), key=lambda moment: moment.at.replace(tzinfo=None))
    exact = all(
        origin.has_time and moment.has_time and (origin.at.utcoffset() is None) == (moment.at.utcoffset() is None)
        for moment, _ in dated
    )
    spans = [(_hours(origin.at, moment.at, exact), each) for moment, each in dated]
    periods = []
    for first, end in pairwise(HOURS if exact else DAYS):
        if chosen := [each for hours, each in spans if first <= hours < end]:
            periods.append({"from": first, "to": None if end == inf else end, **split_record(chosen, targets)})
    return {
        "since": "publication" if start else "first_comment",
        "unit": "hours" if exact else "days",
        "dated": len(dated),
        "undated": len(found) - len(dated),
        "before": sum(hours < 0 for hours, _ in spans),
        "periods": periods if len(dated) >= FEWEST_COMMENTS and len(periods) > 1 else [],
    }


def _hours(origin: datetime, moment: datetime, exact: bool) -> float:
    return (moment - origin).total_seconds() / 3600 if exact else 24.0 * (moment.date() - origin.date()).days


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
    row = scored.scores[target].probabilities
    return row[STANCES.index(scored.sides[target])] if row else 0.0


def margin(scored: ScoredComment, target: str) -> float:
    """Return by how much the most probable stance leads: 0 where two are as probable."""
    first, second, *_ = sorted(scored.scores[target].probabilities or (0.0, 0.0), reverse=True)
    return first - second

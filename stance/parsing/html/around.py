"""Complete the comments of a page by the same places around their texts: names, votes and parents.

Works on the comments of any reading. Each text is found in the lines of the page; what is around it is compared with
what is around the others, so that no name of a class is needed, though some help.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from stance.datamodels import Comment, Comments
from stance.parsing.html.lines import PageLines, make_of
from stance.parsing.html.names import names_around
from stance.parsing.html.parents import LEVELS, parents_around
from stance.parsing.html.sides import MOST, Sides, Spot, find_spots
from stance.parsing.html.text import Element, upwards
from stance.parsing.html.votes import votes_around
from stance.parsing.thread import Method, Thread
from stance.parsing.votes import count_on

LEAST_QUOTED = 25
"""Minimum characters of what is quoted."""

NESTED = "replies: some comments are deeper in the page than others, but none was read as a reply"

_QUOTE = re.compile(r"\b(?:block)?(?:quot|zitat|cita|citation)", re.IGNORECASE)


def completed(lines: PageLines, thread: Thread) -> Thread:
    """Complete a thread by the markup around its texts."""
    is_sure = thread.page is None
    # A sure reading has right names on all 54 such pages. Where most are long, a badge or place may stand with them.
    long_names = sum((post.author or "").count(" ") > 1 for post in thread.comments)
    has_names = is_sure and all(post.author for post in thread.comments) and 2 * long_names < len(thread.comments)
    has_votes = is_sure and all(post.votes is not None for post in thread.comments)
    has_parents = is_sure and any(post.reply_to for post in thread.comments)
    if len(thread.comments) < 2 or (has_names and has_votes and has_parents):
        return thread
    spots_of = find_spots(lines, thread.comments)
    if len(spots_of) < max(2, MOST * len(thread.comments)):
        return thread
    if thread.method is Method.TAGS:
        thread = replace(thread, comments=_without_repeats(thread.comments, spots_of))
    are_numbers = not is_sure and count_on([post.votes for post in thread.comments if post.votes is not None])
    by_id = {post.comment_id: replace(post, votes=None) if are_numbers else post for post in thread.comments}
    comments = [by_id[name] for name in spots_of if name in by_id]
    spots = [spots_of[post.comment_id] for post in comments]
    sides = Sides(lines.index, spots)
    names = {} if has_names else names_around(sides, comments, thread.method)
    votes = {} if has_votes else votes_around(sides, comments)
    for name in names.keys() | votes.keys():
        post = by_id[name]
        by_id[name] = replace(post, author=names.get(name, post.author), votes=votes.get(name, post.votes))
    comments = [by_id[post.comment_id] for post in comments]
    parents = {} if has_parents else parents_around(sides, comments)
    posts = by_id.items()
    told = [replace(post, reply_to=post.reply_to or parents[name]) if name in parents else post for name, post in posts]
    is_doubted = not any(post.reply_to for post in told) and _are_nested(spots)
    return replace(thread, comments=tuple(told), doubts=(NESTED,) if is_doubted else ())


def _are_nested(spots: Sequence[Spot]) -> bool:
    """Return whether boxes of one make are at several depths of the page."""
    depths = {(make_of(spot.cell), sum(1 for _ in upwards(spot.cell))) for spot in spots}
    return len(depths) > len({make for make, _ in depths})


def _without_repeats(comments: Comments, spots: Mapping[str, Spot]) -> tuple[Comment, ...]:
    """Leave out quotations of other comments with name and date."""
    times = Counter((post.author, post.posted, post.text) for post in comments)
    before, posts = set[tuple[str | None, str | None, str]](), list[Comment]()
    for number, comment in enumerate(comments):
        key, spot = (comment.author, comment.posted, comment.text), spots.get(comment.comment_id)
        is_again = times[key] > 1 and len(comment.text) >= LEAST_QUOTED and spot is not None
        is_quoted = spot is not None and any(map(_is_quotation, islice(upwards(spot.inner), LEVELS)))
        is_apart = comment.posted and "T" in comment.posted and key in before and comments[number - 1].text != key[2]
        if not (is_again and (is_quoted or is_apart)):
            posts.append(comment)
        before.add(key)
    return tuple(posts)


def _is_quotation(element: Element) -> bool:
    return element.tag in ("blockquote", "q") or _QUOTE.search(element.get("class", "")) is not None

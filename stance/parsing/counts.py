"""Read the number of comments that a page states, from all lines that look like a count; the best supported is taken.

Each place gets weights for its form, its distance to the comments and the other places, and places that agree support
each other.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import islice

from stance.datamodels import frozen
from stance.parsing.captions import (
    CAPTION,
    PINGBACK,
    Caption,
    is_comment_word,
    read_caption,
)
from stance.parsing.lines import Line, cues, split_lines
from stance.parsing.phrases import phrase_set

ALIKE = 4  # minimum number of places of one form that make a list of other articles, each with a count

NEAR = 12  # maximum distance, in lines, of a place that is near the comments

LEAST = 2.0  # minimum weight of a place; from 2.0 to 3.0 at most two of 153 pages are read differently

REST = 3.0  # penalty for a number of further comments where no comment was found

NOTED = 6  # maximum words of a link to further comments

FURTHER_PAGES, LOAD_MORE, PINGBACKS = "further pages", "load more", "pingbacks counted"

_REASONS = {
    FURTHER_PAGES: "the others are on further pages",
    LOAD_MORE: "the others are loaded on demand",
    PINGBACKS: "its count may include pingbacks",
}


@frozen
class StatedCount:
    """The number of comments that a page states, and the reason it gives for having fewer of them."""

    count: int
    note: str | None = None
    links: int = 0  # pingbacks, which it may include

    def beside(self, comments: int) -> int:
        """Return the number without the pingbacks, if it is larger than that of the comments found."""
        return max(comments, self.count - self.links) if comments < self.count else self.count


_LINKING = re.compile(r"(?:ping|track)-?backs?:|\[\s?(?:…|\.\.\.)\s?\]", re.IGNORECASE)
"""The beginning of a pingback, or of the excerpt in it."""


def stated_in_lines(
    texts: Sequence[str], section: range | None = None, comments: int = 0, inside: Collection[int] | None = None
) -> StatedCount | None:
    """Return the number of comments that a page states; None where it states none.

    :param texts: All lines of the page.
    :param section: Those of the comment section, headings included; None where none was found.
    :param comments: The number of its comments.
    :param inside: The lines of the comments themselves; by default those below the beginning of the section.
    """
    if inside is None:
        inside = section[NEAR + 1 :] if section else ()
    captions = ((i, read_caption(text) or _of_two_lines(texts, i)) for i, text in enumerate(texts) if i not in inside)
    stated = (replace(caption, line=i, near=_nearness(i, section)) for i, caption in captions if caption is not None)
    # Maximum number of places that are compared; a page with more is a list of other pages.
    count = _best([*islice(stated, 400)], comments, section)
    if count is None:
        return None
    if section is not None:
        texts = texts[max(section.start - NEAR, 0) : section.stop + NEAR]
    return StatedCount(count, _first_note(texts), sum(_LINKING.match(text) is not None for text in texts))


def stated_in_line(line: Line) -> int | None:
    """Return the count of comments that a line states by itself; None where it states none."""
    caption = read_caption(line.full)
    is_stated = caption and caption.weight - REST * caption.is_rest >= LEAST
    return caption.count if caption and is_stated else None


def _nearness(number: int, section: range | None) -> float:
    """Return the weight of the distance of a line to the section that was found."""
    if section is None:
        return 0.0
    if number >= section.stop > section.start:
        return 1.0 if number <= section.stop + NEAR else 0.0
    distance = abs(number - section.start)
    return 3.0 - 0.1 * distance if distance <= NEAR else 0.0


def _of_two_lines(texts: Sequence[str], number: int) -> Caption | None:
    """Read a number that stands alone below, or above, a heading without one."""
    text = texts[number]
    if not text.isascii() or not text.strip("()[] ").isdigit() or len(text) > 9:
        return None
    for other, weight in ((number - 1, 2.5), (number + 1, 2.0)):
        heading = split_lines(texts[other])[0] if 0 <= other < len(texts) else None
        is_short = heading and heading.words <= 3 and not re.search(r"\d", heading.text)
        if heading and is_short and cues("section.headings").match(heading):
            return Caption(int(text.strip("()[] ")), weight, form="two lines")
    return None


def _best(captions: Sequence[Caption], comments: int, section: range | None) -> int | None:
    """Return the count of the place with the most weight, which others of its form or its number change."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for caption in captions:
        for form in {caption.form, caption.form.removeprefix("^")}:
            numbers[form].append(caption.count)
    ranked = []
    for caption in captions:
        alike, weight = numbers[caption.form], caption.weight + caption.near
        count = caption.count + comments * caption.is_rest
        if caption.is_rest:
            weight -= 1.0 if comments else REST
        if len(alike) >= ALIKE - 1 and (len(set(alike)) >= 2 or len(alike) > ALIKE):
            weight -= 1.5 if caption.near >= 2.0 else 4.0
        elif not comments and section is None and len(set(alike)) > 1:
            weight -= 4.0  # of other articles
        else:
            agreeing = {other.form for other in captions if other.count == caption.count}
            weight += min(2, len(agreeing - {caption.form}))
        if section is not None and not count:
            weight -= 2.0 if caption.form else 7.0
        ranked.append((weight, -caption.line, count))
    weight, _, count = max(ranked, key=lambda rank: rank[:2], default=(0.0, 0, 0))
    return count if weight >= LEAST else None


def _first_note(texts: Sequence[str]) -> str | None:
    """Return the strongest of the reasons in some lines; numbers of pages one behind the other are one."""
    last = run = 0
    for page in (int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0 for text in texts):
        if page != last:  # an item of a list and the link in it have the same number
            run = run + 1 if page == last + 1 and (run or page <= 2) else int(page in (1, 2))
            last = page
        if run == 3:  # links to pages 1, 2, 3
            return FURTHER_PAGES
    notes = set(map(_note_of, set(texts)))
    return next((note for note in _REASONS if note in notes), None)


def _note_of(text: str) -> str | None:
    """Return the reason that one short text is for: a link to other comments, or a pingback."""
    if not text or len(text) > CAPTION:
        return None
    lowered = text.lower()
    words = lowered.split(None, NOTED)
    if len(words) <= NOTED and any(map(is_comment_word, words)):
        if not phrase_set("count.older").isdisjoint(words):
            return FURTHER_PAGES
        if not phrase_set("count.more").isdisjoint(words):
            return LOAD_MORE
    return PINGBACKS if "back" in lowered and PINGBACK.search(text) else None


def explain_difference(stated: StatedCount | None, comments: int) -> str | None:
    """Return a sentence with both numbers and the reason; None where they are equal or no number is stated."""
    if stated is None or stated.beside(comments) == comments:
        return None
    are = "was" if comments == 1 else "were"
    states = f"the page states {stated.count} comment{'s' * (stated.count != 1)}, {comments} {are} found"
    if comments > stated.count:
        return f"{states}; its count may leave out answers"
    if stated.note is not None and (stated.note != PINGBACKS or stated.count <= 2 * comments):
        return f"{states}; {_REASONS[stated.note]}"
    return states

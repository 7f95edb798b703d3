"""Clean the texts of comments: cut the page's words around them, and drop entries that are no comments.

Works on the comments of any reading. What belongs to the page comes back at the same edge of many texts, whatever its
words: a list number, a date, the author's own name, a row of buttons. Known button labels are only weak evidence: they
need fewer repetitions. Lines that people write themselves (a greeting, thanks, a rating, a signature) stay.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from html import unescape
from itertools import accumulate, chain
from typing import NamedTuple

from stance.datamodels import Comment
from stance.parsing.dates import FoundDate, find_date, find_day, has_digit
from stance.parsing.languages import phrases
from stance.parsing.line_parts import (
    Part,
    Reading,
    is_end,
    is_wordless,
    leads_to_comments,
    read_line,
    says_none,
)
from stance.parsing.lines import Line, letter_words, line_key, mask_numbers, split_lines

LONGEST_NOTE = 200
"""Maximum characters of a note that a comment was deleted."""

LONGEST_LINE = 120
"""Characters; a longer line is a paragraph, and never cut as a whole."""

MOST_WORDS = 8
"""Words of a line that is cut only because most texts have it; longer ones would be a disclaimer, which a reading of
the page leaves out by itself."""

SKIPPED_LINE = 60
"""Maximum characters of a varying line beyond a repeated one, such as a badge above the date."""

DEPTH = 3
"""Lines from an edge in which repeated ones are looked for."""

INNER_SHARE = 0.6
"""Share of texts that have a repeated line below, or above, one that varies."""

DATED_SHARE = 0.8
"""Share of texts with a date in a line of any form, from which that line is the page's."""

ROUNDS = 16
"""Maximum number of times that lines are cut from the edges; a header or footer has a few lines."""

TEMPLATE_SHARE, TEMPLATE_LEAST, TEMPLATE_LEAST_WORDS = 0.25, 3, 5
"""Minimum share and number of texts that a line recurs in, at any place, to be cut as the page's; the last for a line
without a number or its author's name, which several people may write: three of eight sign alike."""

COPIED_WORDS = 3
"""Maximum number of words of a line that ends as talk does, and that most of several people may write alike."""

STEM = 4
"""Number of letters of a word that stay beside a number, which changes its end in many languages."""

MOST_LINES = 200
"""Lines of the last comment in which the end of it is looked for."""

TAIL_LINES = 40
"""Lines below a button in the last comment that are searched for a date, which the reply form of a page has not."""


TITLE_WORDS = 5
"""Words of an "author" that is the title of a linking page."""

MOST_LOST_QUOTES = 50
"""Quoted sentences of a comment that may be missing from its text; each costs one search of it."""


_LIST_NUMBER = re.compile(r"^\d{1,5}[:.)]\s")
_TAG = re.compile(r"\[/?[a-z]{1,20}(?:=[^]\n]{0,200})?\]", re.IGNORECASE)  # of BBCode


class _Weight(Enum):
    """Weigh a repeated line: the (count, share of texts) pairs of which one must be reached.

    No two members may have equal pairs: they would be one member.
    """

    SPEECH = ((1, 2.0),)  # never: at most all texts hold it
    WORDS = ((4, 0.8),)  # the same words
    SIGNED = ((3, 0.8),)  # ends in the author's own name, as signatures do
    COUNTED = ((3, 0.2),)  # a number and words
    NUMBER = ((3, 0.1),)  # a number alone
    MARKED = ((3, 0.2), (2, 0.6))  # a date, or the author's own name, with other words
    DATED = ((3, 0.1), (2, 0.5))  # a date alone
    CONTROL = ((2, 0.0),)  # button labels

    def is_reached(self, count: int, texts: int) -> bool:
        """Return whether so many of the texts are enough."""
        return any(count >= fewest and count >= share * texts for fewest, share in self.value)


class _Edge(Enum):
    FIRST = auto()
    LAST = auto()


class _Form(NamedTuple):
    """The form of a line, without its numbers, dates and its author's name."""

    mask: str
    weight: _Weight
    iso: str | None = None  # the date in it
    is_dated: bool = False
    offers: bool = False  # only buttons, one of which only comments have
    name: str | None = None  # of somebody else, with a date or a word such as "says"


_LAST_FIRST = (_Edge.LAST, _Edge.FIRST)
"""In a text of two lines, the last one is a button more often than the first one is a label."""

_OWN = frozenset({_Weight.SPEECH, _Weight.WORDS, _Weight.SIGNED, _Weight.COUNTED})
"""Weights of lines that may be the commenter's above the reply form."""

_INNER = frozenset({_Weight.WORDS, _Weight.MARKED, _Weight.DATED, _Weight.CONTROL})
"""Weights of lines outside of which another line may be the page's."""

_COPIED_MASK = "\x04"
_SPEECH = _Form("", _Weight.SPEECH)
_DELETED = re.compile("|".join(f"(?:{phrase})" for phrase in phrases("comment.deleted")))
_DATED_MASK = "\x00"
"""The mask that all lines with a date share, beside their own; no line has it by itself."""

_INVISIBLE = re.compile("[\u200b\u2060\ufeff]|(?<!\u00ad)\u00ad(?!\u00ad)")
"""Characters without a width. \\u200c and \\u200d stay, which join letters and emoji, and so do several soft hyphens in
a row, with which writers get addresses past a filter."""

_NOT_OF_NAMES = re.compile("[\u200b\u2060\ufeff\u00ad]|</?[a-z]{1,12}>")
"""Characters without a width, and tags that a page shows as text, in names."""

_DUMP_MARK = re.compile(r"\(BUTTON\)|\[[^\s\[\]]{1,60}\.(?:jpe?g|png|gif|svg|webp)\]", re.IGNORECASE)
"""Pattern of buttons and pictures in the output of text browsers."""

_RULE = " _-=*~–—·."
"""Characters of lines between comments."""


_DAY = re.compile(
    r"(?:(?<!\d)\d{1,2}[.,]?\s(?:de\s)?[^\W\d_]{3,14}[.,]?\s(?:de\s)?(?:19|20)\d\d(?!\d)"
    r"|(?<!\w)[^\W\d_]{3,14}\.?\s\d{1,2}(?:st|nd|rd|th)?[.,]{0,2}\s(?:19|20)\d\d(?!\d))"
    r"(?:[\s,|·•–—-]{0,4}(?:[^\W\d_]{1,4}\s)?\d{1,2}[:.]\d\d(?::\d\d)?(?:\s?[ap]\.?m\b\.?)?)?"
    r"|(?<!\w)[^\W\d_]{3,9}\.?\s\d{1,2}(?-i:(?=[A-ZÀ-Þ]))",
    re.IGNORECASE,
)
"""A day, a word in place of a month, and a year, as in languages that ``dates`` does not know; "Jul 14Liked by"."""
_O_CLOCK = "|".join(phrases("date.clock"))
_CLOCK = re.compile(rf"\d{{1,2}}[:.]\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?|\s(?:{_O_CLOCK}))?", re.IGNORECASE)
_LABEL_NUMBER = re.compile(r"[#№(\[]?\d{1,5}[.)\]:]?")
SUBJECT = re.compile(rf"(?:{'|'.join(phrases('comment.subjects'))})\s?:\s?(?=\S)", re.IGNORECASE)
"""Pattern of the beginning of the subject of an answer: "Re:"."""
_EXCERPT_FIRST = re.compile(r"\[\s?(?:…|\.\.\.)\s?\]")
_EXCERPT_LAST = re.compile(r"\[\s?(?:…|\.\.\.)\s?\]\s*$")
_LINKING = tuple(phrase[:-1] for phrase in phrases("comment.pingbacks") if phrase.endswith(" *"))
_SAID_TOO = frozenset(phrases("comment.said_too"))
_SAYS = frozenset(phrases("comment.says"))
_GLUED_LETTERS = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_JOINTS = " \t\u00a0|·•,;:/–—-"
_LAST_JOINTS = frozenset(f" {joint}" for joint in "|·•–—-")
_TALK_ENDS = ("!", ",", "?", "！", "，", "？")
"""Ends of greetings and exclamations, which labels do not have."""


@dataclass(slots=True)
class _Draft:
    """A comment on the way to its clean text."""

    comment: Comment
    lines: list[str]
    author: str | None
    posted: str | None
    forms: dict[str, "_Form"] = field(default_factory=dict)

    def at(self, edge: _Edge, depth: int = 0) -> str:
        """Return a line, counted from an edge."""
        return self.lines[depth] if edge is _Edge.FIRST else self.lines[-1 - depth]

    def form(self, line: str) -> "_Form":
        """Return the form of one of the lines; each is read once."""
        found = self.forms.get(line)
        if found is None:
            found = self.forms[line] = _form(line, self.author)
        return found

    def cut(self, edge: _Edge, count: int = 1) -> None:
        """Cut lines from an edge, and the blank ones behind them."""
        place = count if edge is _Edge.FIRST else len(self.lines) - count
        parts = self.lines[:place], self.lines[place:]
        self.keep(parts[edge is _Edge.FIRST], parts[edge is _Edge.LAST])

    def keep(self, lines: Sequence[str], cut: Iterable[str]) -> None:
        """Keep some of the lines, without blank ones at their edges, and the date in those that are cut."""
        if self.posted is None:
            self.posted = next((iso for line in cut if (iso := self.form(line).iso)), None)
        said = [i for i, line in enumerate(lines) if line.strip()]
        self.lines = list(lines[said[0] : said[-1] + 1] if said else lines[:1])


def clean_comments(comments: Sequence[Comment]) -> tuple[Comment, ...]:
    """Clean the texts of the comments of one page, and drop those that are none.

    :param comments: All comments that one reading of the page found, in page order.
    :return: The same comments, their texts without the page's own words, soft hyphens and zero-width characters; names
        and dates are filled in where the cut lines had them. Notes of deleted comments, pingbacks, and entries
        that are only a number, a date, a button or a name are left out; an answer to an entry that is left out here
        answers what that entry answered, and one to a deleted comment answers none. Ids stay.
    """
    comments = [each for each in comments if not is_deleted(each.text)]
    drafts = [_draft(comment) for comment in comments]
    drafts = [draft for draft in drafts if draft.lines and not _is_pingback(draft)]
    _cut_joints(drafts)
    _cut_own_words(drafts)
    _say_once(drafts)
    _cut_template(drafts)
    kept = _without_labels([draft for draft in drafts if not _is_pingback(draft)])
    _cut_excerpts(kept)
    return _finished(comments, kept)


def is_deleted(text: str) -> bool:
    """Return whether a text is a note of a deleted comment: "This comment was removed.", "[flagged]"."""
    return len(text) <= LONGEST_NOTE and _DELETED.fullmatch(text.casefold()) is not None


def _draft(comment: Comment) -> _Draft:
    text = comment.text
    lines = (text if text.isascii() else _INVISIBLE.sub("", text)).split("\n")
    said = [i for i, line in enumerate(lines) if line.strip()]
    lines = lines[said[0] : said[-1] + 1] if said else []
    is_verb = len(lines) > 1 and lines[0].endswith(":") and line_key(lines[0]) in _SAYS  # "Says:", below a name
    author = comment.author and _NOT_OF_NAMES.sub("", comment.author)
    is_initial = len(lines) > 1 and lines[0] == (author or "")[:1]  # in place of a picture
    return _Draft(comment, lines[is_verb or is_initial :], author, comment.posted)


def _say_once(drafts: Sequence[_Draft]) -> None:
    """Keep one of the halves of texts whose words are the same, such as a hidden copy, even with the name behind it."""
    names = {each.author for each in drafts if each.author}
    halves = [(each, kept) for each in drafts if (kept := _half_of(each.lines, names))]
    is_habit = _Weight.MARKED.is_reached(len(halves), len(drafts))
    for draft, kept in halves:
        if is_habit or len(draft.lines[0]) > SKIPPED_LINE:
            draft.lines = kept


def _cut_excerpts(drafts: Sequence[_Draft]) -> None:
    """Cut first lines that are the first words of what follows, as systems make subjects of texts without one."""
    excerpts = [draft for draft in drafts if _is_excerpt(*draft.lines)]
    for draft in excerpts:
        if len(excerpts) > 1 or not draft.lines[0].endswith((*_TALK_ENDS, ".")):
            draft.lines = draft.lines[1:]


def _is_excerpt(first: str, *others: str) -> bool:
    words = _LIST_NUMBER.sub("", first).rstrip("… .").split()
    return len(words) > 1 and " ".join(others).split(None, len(words))[: len(words)] == words


def _half_of(lines: list[str], names: Collection[str]) -> list[str] | None:
    """Return the half with more lines, or fewer tags, where both have the same words; None where they do not.

    :param names: Names of commenters; one at the end belongs to no half.
    """
    if len(lines) < 2:
        return None
    words = [unescape(_TAG.sub(" ", line)).split() for line in lines]
    words[-1] = next((words[-1][:-n] for n in (1, 2, 3) if " ".join(words[-1][-n:]) in names), words[-1])
    counts = list(accumulate(map(len, words)))
    end = bisect_left(counts, counts[-1] / 2) + 1
    is_twice = 2 * counts[end - 1] == counts[-1] and list(chain(*words[:end])) == list(chain(*words[end:]))
    return max(lines[:end], lines[end:], key=lambda half: (len(half), -sum(map(len, half)))) if is_twice else None


def _cut_own_words(drafts: Sequence[_Draft]) -> None:
    """Cut the page's lines at the edges of the texts, and the reply form below the last."""
    for _ in range(ROUNDS):
        if _cut_edges(drafts):
            continue
        if not any([_cut_inner(drafts), *map(_cut_tail, drafts[-1:])]):
            break


def _cut_joints(drafts: Sequence[_Draft]) -> None:
    """Cut the dash that all texts end with; a name or a date followed it."""
    ends = {draft.lines[-1][-2:] for draft in drafts}
    if len(drafts) > 1 and len(ends) == 1 and ends <= _LAST_JOINTS:
        for draft in drafts:
            draft.lines[-1] = draft.lines[-1][:-2].rstrip() or draft.lines[-1]


def _cut_template(drafts: Sequence[_Draft]) -> None:
    """Cut the lines that recur anywhere in the texts of a thread: a status, a line of votes, a footer, a subject."""
    masks = [[_template_mask(line, draft.author) for line in draft.lines] for draft in drafts]
    times = Counter(mask for lines in masks for mask in set(lines) if mask)
    shares = {mask: INNER_SHARE if mask.startswith(_COPIED_MASK) else TEMPLATE_SHARE for mask in times}
    common = {mask for mask, count in times.items() if count >= max(_least(mask), shares[mask] * len(drafts))}
    for draft, lines in zip(drafts, masks, strict=True) if common else ():
        kept = [line for line, mask in zip(draft.lines, lines, strict=True) if mask not in common]
        if len(kept) < len(lines) and any(map(str.strip, kept)):
            cut = (line for line, mask in zip(draft.lines, lines, strict=True) if mask in common)
            draft.keep(kept, cut)


def _template_mask(line: str, author: str | None) -> str:
    """Return a line without its numbers and its author's name; nothing where people write such lines."""
    line = line.strip()
    if not line or len(line) > LONGEST_LINE or line.endswith(_TALK_ENDS) or line.startswith("@"):
        return f"{_COPIED_MASK}{mask_numbers(line)}" if len(line.split(None, COPIED_WORDS)) > COPIED_WORDS else ""
    if any(map(is_wordless, split_lines(line))):
        return ""
    named = _without_name(line, author)  # "Ann wrote:" in a text by Ann is a quotation
    return "" if named != line and line.endswith(":") else _stemmed(mask_numbers(named).casefold())


def _stemmed(mask: str) -> str:
    """Return a mask with the beginnings of its words alone, where it has a number."""
    return " ".join(word[:STEM] for word in mask.split()) if "#" in mask else mask


def _least(mask: str) -> int:
    return TEMPLATE_LEAST if "#" in mask or "\x01" in mask else TEMPLATE_LEAST_WORDS


# Whole lines ----------------------------------------------------------------------------------------------------------


def _form(line: str, author: str | None) -> _Form:
    """Return the form of a line; a paragraph has none."""
    if len(line) <= LONGEST_LINE:
        return _short_form(line, author)
    return _SPEECH if line.strip(_RULE) else _Form("_", _Weight.CONTROL)


def _short_form(line: str, author: str | None) -> _Form:
    plain = (_DUMP_MARK.sub(" ", line) if "(" in line or "[" in line else line).strip()
    if not plain:
        return _Form("", _Weight.CONTROL)
    whole, *others = split_lines(plain)
    if others or is_wordless(whole):
        return _SPEECH
    named = _without_name(plain, author)
    date = find_date(named) or find_day(named) or _other_day(named)
    before, after = (named[: date.start], named[date.end :]) if date else (named, "")
    mask = _stemmed(" ".join(mask_numbers(f"{before}{_DATED_MASK}{after}" if date else named).casefold().split()))
    reading, iso = read_line(whole), date.iso if date else None
    if reading.part is Part.ANSWERED:
        return _Form(f"\x02{reading.part}", _Weight.MARKED)
    if named == plain and reading.part in (Part.SAYS, Part.NAMED_STAMP):
        return _Form(f"\x02{reading.part}", _Weight.SIGNED, iso, date is not None, name=reading.name)
    weight = _weigh(whole, reading, mask, named != plain)
    return _Form(mask, weight, iso, date is not None, reading.offers and weight is _Weight.CONTROL)


def _without_name(line: str, author: str | None) -> str:
    """Replace the author's own name, or the beginning of it that is all of the line, with a sign."""
    if not author or len(author) > LONGEST_LINE:
        return line
    core = line.strip(_JOINTS)
    if len(core) >= 3 and author.startswith(core) and not author[len(core) : len(core) + 1].isalnum():
        return line.replace(core, "\x01", 1)
    start = line.find(author)
    end = start + len(author)
    if start < 0 or line[max(start - 1, 0) : start].isalnum() or line[end : end + 1].isalnum():
        return line
    return f"{line[:start]}\x01{line[end:]}"


def _other_day(line: str) -> FoundDate | None:
    """Find a date in a language that ``dates`` does not know, or that a word follows without a blank."""
    found = _DAY.search(line) if has_digit(line) else None
    return FoundDate(found.start(), found.end(), None) if found else None


def _weigh(line: Line, reading: Reading, mask: str, named: bool) -> _Weight:
    """Return how a line is weighed that is not somebody else's header."""
    key = line.key.rstrip("0123456789 ")
    if reading.part in (Part.ACTION, Part.JUNK) or key in _SAYS:
        if not line.has_letters:
            return _Weight.NUMBER if line.key else _Weight.CONTROL
        return _Weight.WORDS if key in _SAID_TOO else _Weight.CONTROL
    words = letter_words(mask)
    if _DATED_MASK in mask:
        return _Weight.MARKED if words else _Weight.DATED
    if named:
        return _Weight.SIGNED
    if not words or len(words) > MOST_WORDS or line.text.endswith(_TALK_ENDS):
        return _Weight.SPEECH
    return _Weight.COUNTED if "#" in mask else _Weight.WORDS


def _cut_edges(drafts: Sequence[_Draft]) -> bool:
    """Cut the lines that come back at an edge."""
    changed = [_cut_lines(drafts, edge, 0) for edge in _LAST_FIRST]
    return any(changed)


def _cut_inner(drafts: Sequence[_Draft]) -> bool:
    """Cut the lines that come back near an edge, with lines that vary outside them."""
    places = ((edge, depth) for depth in range(1, DEPTH) for edge in _Edge)
    return any(_cut_lines(drafts, edge, depth) for edge, depth in places)


def _cut_lines(drafts: Sequence[_Draft], edge: _Edge, depth: int) -> bool:
    changed, common = False, _repeated_masks(drafts, edge, depth)
    for draft in drafts if common else ():
        if len(draft.lines) <= depth + 1:
            continue
        form = draft.form(draft.at(edge, depth))
        is_common = form.mask in common or (form.is_dated and _DATED_MASK in common)
        if is_common and form.weight is not _Weight.SPEECH and _may_cut(draft, edge, form):
            draft.cut(edge, depth + 1)
            changed = True
    return changed


def _may_cut(draft: _Draft, edge: _Edge, form: _Form) -> bool:
    """Return whether the rest of a text may be the comment: not where words go and a date or a button stays."""
    left = draft.form(draft.at(edge, 1))
    return len(draft.lines) > 2 or form.weight not in _OWN or (left.weight in _OWN and not left.is_dated)


def _repeated_masks(drafts: Sequence[_Draft], edge: _Edge, depth: int) -> set[str]:
    """Return the masks so frequent at, or near, an edge of the texts that they are the page's.

    Near an edge, most texts must have the line there, with short lines outside it, and other lines than such on its
    other side: the lines outside it are the page's, too.
    """
    forms = [draft.form(draft.at(edge, depth)) for draft in drafts if _may_repeat(draft.lines, edge, depth)]
    weights = {form.mask: _weight_at(form, edge) for form in forms}
    times, texts = Counter(form.mask for form in forms), len(drafts)
    common = {mask for mask, count in times.items() if weights[mask].is_reached(count, texts)}
    if depth:
        common = {mask for mask in common if weights[mask] in _INNER and times[mask] >= INNER_SHARE * texts}
    elif edge is _Edge.LAST:
        common.update(form.mask for form in forms if form.offers)
    dated = sum(form.is_dated for form in forms)
    return common | {_DATED_MASK} if dated > 1 and dated >= DATED_SHARE * texts else common


def _may_repeat(lines: Sequence[str], edge: _Edge, depth: int) -> bool:
    return _is_clear(lines, edge, depth) if depth else len(lines) > 1


def _is_clear(lines: Sequence[str], edge: _Edge, depth: int) -> bool:
    """Return whether all lines outside one are short, and those on its other side are many, or one is not."""
    if len(lines) <= depth + 1:
        return False
    stop = depth if edge is _Edge.FIRST else len(lines) - 1 - depth
    above, below = lines[:stop], lines[stop + 1 :]
    outside, inside = (above, below) if edge is _Edge.FIRST else (below, above)
    return all(map(_is_skipped, outside)) and (len(inside) > DEPTH or not all(map(_is_skipped, inside)))


def _is_skipped(line: str) -> bool:
    """Return whether a line may be a badge, or a name, outside a repeated line."""
    return len(line) <= SKIPPED_LINE and not line.endswith((*_TALK_ENDS, "."))


def _weight_at(form: _Form, edge: _Edge) -> _Weight:
    """Return the weight of a form at an edge.

    People sign below their text with their own name, and quote somebody else above it, where a sign may be theirs, too.
    """
    if form.weight is _Weight.SIGNED and (edge is _Edge.FIRST) == (form.name is None):
        return _Weight.MARKED
    return form.weight


def _cut_tail(draft: _Draft) -> bool:
    """Cut the reply form and all else that follows the last comment of a page, from its first button or heading on.

    Not where a date or a button stands above that, or a date below: then the button is not behind this comment.
    """
    for i, line in enumerate(draft.lines[:MOST_LINES]):
        form = draft.form(line)
        if i and (form.offers or (len(line) <= LONGEST_LINE and _is_end(line))):
            below = draft.lines[i + 1 : i + 1 + TAIL_LINES]
            if any(draft.form(each).is_dated for each in below):
                return False
            draft.cut(_Edge.LAST, len(draft.lines) - i)
            return True
        if form.weight not in _OWN or form.is_dated:
            return False
    return False


def _is_end(line: str) -> bool:
    return any(map(is_end, split_lines(_GLUED_LETTERS.sub(" ", line))))


# Entries that are no comments -----------------------------------------------------------------------------------------


def _is_pingback(draft: _Draft) -> bool:
    """Return whether a text is an excerpt of a page that links here."""
    if (draft.author or "").lower().startswith(_LINKING):
        return True
    first = next((line for line in draft.lines[:2] if _EXCERPT_FIRST.match(line)), None)
    if first is None:
        return False
    if draft.author is None and _EXCERPT_FIRST.search(first, 5):  # what follows the excerpt is its page's title
        return True
    if _EXCERPT_LAST.search(draft.lines[-1][-20:]) and (len(draft.lines) > 1 or len(first) > len("[...]") + 1):
        return True
    return len((draft.author or "").split()) >= TITLE_WORDS and first is draft.lines[0]


def _without_labels(drafts: list[_Draft]) -> list[_Draft]:
    """Leave out entries that are a number, a date, a clock time, a button, a name or a heading, and nothing else."""
    names = {draft.author for draft in drafts if draft.author}
    labels = [_label_of(draft, names) for draft in drafts]
    times = Counter(label for label in labels if label)
    kept = {label for label, count in times.items() if count == 1} - {"date", "heading", "rule"}
    return [draft for draft, label in zip(drafts, labels, strict=True) if not label or label in kept]


def _label_of(draft: _Draft, names: set[str]) -> str | None:
    """Return which kind of label is all of a text; None where people say something."""
    if len(draft.lines) > 1 or len(draft.lines[0]) > LONGEST_LINE:
        return None
    text = draft.lines[0].strip()
    if _LABEL_NUMBER.fullmatch(text):
        return "number"
    if _CLOCK.fullmatch(text):
        return "clock"
    if text in names and text != draft.author:
        return "name"
    if not draft.author and any(leads_to_comments(line) or says_none([line]) for line in split_lines(text)):
        return "heading"
    if _is_talk(text, draft.author):
        return None
    form = draft.form(text)
    if form.weight is _Weight.DATED:
        return "date" if form.iso else "day"
    return f"={line_key(text)}" if form.weight is _Weight.CONTROL and form.offers else None


def _is_talk(text: str, author: str | None) -> bool:
    """Return whether a line is neither a button nor holds a date or its author's name, as nearly all of talk."""
    if any(map(text.__contains__, ("(", "[", _DATED_MASK))) or _without_name(text, author) != text:
        return False
    lines = split_lines(text)
    return not (find_date(text) or find_day(text) or _other_day(text) or any(read_line(line).offers for line in lines))


def _finished(comments: Sequence[Comment], kept: Sequence[_Draft]) -> tuple[Comment, ...]:
    """Write the clean texts into the comments, and lead answers past those that were left out."""
    ids = {draft.comment.comment_id for draft in kept}
    parents: dict[str, str | None] = {}
    for comment in comments:
        parent = comment.reply_to
        parents[comment.comment_id] = parent if parent in ids else parents.get(parent or "")
    return tuple(_finish(draft, parents) for draft in kept)


def _finish(draft: _Draft, parents: dict[str, str | None]) -> Comment:
    comment, text = draft.comment, "\n".join(draft.lines)
    parent = parents[comment.comment_id]
    if (text, draft.author, draft.posted, parent) == (comment.text, comment.author, comment.posted, comment.reply_to):
        return comment
    quoted = comment.quoted if text == comment.text else _still_quoted(comment.quoted, text)
    return replace(comment, text=text, author=draft.author, posted=draft.posted, reply_to=parent, quoted=quoted)


def _still_quoted(quoted: str | None, text: str) -> str | None:
    """Return the quoted lines that a text still has, each an exact part of it."""
    kept: list[str] = []
    position = lost = 0
    for part in _INVISIBLE.sub("", quoted).split("\n") if quoted else ():
        start = text.find(part, position) if lost < MOST_LOST_QUOTES else -1
        if start < 0:
            lost += 1
            continue
        position = start + len(part)
        kept.append(part)
    return "\n".join(kept) or None

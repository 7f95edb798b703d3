"""Clean the texts of comments: cut the page's words around them, and drop entries that are no comments.

Works on the comments of any reading. What belongs to the page comes back at the same edge of many texts, whatever its
words: a list number, a date, the author's own name, a row of buttons. Known button labels are only weak evidence: they
need fewer repetitions. Lines that people write themselves (a greeting, thanks, a rating, a signature) stay.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import NamedTuple

from stance.datamodels import Comment
from stance.parsing.dates import find_date, find_day
from stance.parsing.language import phrases
from stance.parsing.line_parts import LineParts, Part, is_wordless, read_line
from stance.parsing.lines import Line, letter_words, line_key, mask_numbers, split_lines


class CleaningConstants:
    """Constants of this module."""

    dated_mask = "\x00"
    """The mask that all lines with a date share, besides their own; no line has it by itself."""
    not_of_names = re.compile("[\u200b\u2060\ufeff\u00ad]|</?[a-z]{1,12}>")
    """Characters without a width, and tags that a page shows as text, in names."""
    dump_mark = re.compile(r"\(BUTTON\)|\[[^\s\[\]]{1,60}\.(?:jpe?g|png|gif|svg|webp)\]", re.IGNORECASE)
    """Pattern of buttons and pictures in the output of text browsers."""
    excerpt = re.compile(r"\[\s?(?:…|\.\.\.)\s?\]")
    rule = " _-=*~–—·."
    """Characters of lines between comments."""
    joints = " \t\u00a0|·•,;:/–—-"
    talk_ends = ("!", ",", "?", "！", "，", "？")
    """Ends of greetings and exclamations, which labels do not have."""


_C = CleaningConstants


@dataclass(frozen=True, slots=True)
class _CleaningLimits:
    """Limits of cleaning."""

    note: int = 200  # maximum characters of a note that a comment was deleted
    line: int = 120  # maximum characters of a line that is cut as a whole
    skipped_line: int = 60  # maximum characters of a varying line beyond a repeated one, such as a badge
    words: int = 8  # maximum words of a line that is cut only because most texts have it; a disclaimer has more
    depth: int = 3  # number of lines from an edge in which repeated ones are looked for
    inner_share: float = 0.6  # minimum share of texts with a repeated line below, or above, one that varies
    dated_share: float = 0.8  # minimum share of texts with a date in a line of any form that make it the page's
    rounds: int = 16  # maximum number of times that lines are cut from the edges; a header or footer has a few
    stem: int = 4  # number of letters of a word near a number, which changes its end in many languages
    title_words: int = 5  # minimum words of an "author" that is the title of a linking page


LIMITS = _CleaningLimits()


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


class _LineForm(NamedTuple):
    """The form of a line, without its numbers, dates and its author's name."""

    mask: str
    weight: _Weight
    iso: str | None = None  # the date in it
    is_dated: bool = False
    offers: bool = False  # only buttons, one of which only comments have
    name: str | None = None  # of somebody else, with a date or a word such as "says"


_OWN = frozenset({_Weight.SPEECH, _Weight.WORDS, _Weight.SIGNED, _Weight.COUNTED})
"""Weights of lines that may be the commenter's."""

_INNER = frozenset({_Weight.WORDS, _Weight.MARKED, _Weight.DATED, _Weight.CONTROL})
"""Weights of lines outside of which another line may be the page's."""

_SPEECH = _LineForm("", _Weight.SPEECH)

_INVISIBLE = re.compile("[\u200b\u2060\ufeff]|(?<!\u00ad)\u00ad(?!\u00ad)")
"""Characters without a width. \\u200c and \\u200d stay, which join letters and emoji, and so do several soft hyphens in
a row, with which writers get addresses past a filter."""


_DELETED = re.compile("|".join(f"(?:{phrase})" for phrase in phrases("comment.deleted")))
_LINKING = tuple(phrase[:-1] for phrase in phrases("comment.pingbacks") if phrase.endswith(" *"))
_SAYS, _SAID_TOO = frozenset(phrases("comment.says")), frozenset(phrases("comment.said_too"))


@dataclass(slots=True)
class _Draft:
    """A comment on the way to its clean text."""

    comment: Comment
    lines: list[str]
    author: str | None
    posted: str | None
    forms: dict[str, _LineForm] = field(default_factory=dict)

    def at(self, edge: _Edge, depth: int = 0) -> str:
        """Return a line, counted from an edge."""
        return self.lines[depth] if edge is _Edge.FIRST else self.lines[-1 - depth]

    def form(self, line: str) -> _LineForm:
        """Return the form of one of the lines; each is read once."""
        found = self.forms.get(line)
        if found is None:
            found = self.forms[line] = _form(line, self.author)
        return found

    def cut(self, edge: _Edge, count: int) -> None:
        """Cut lines from an edge, and the blank ones behind them; keep the date in them."""
        place = count if edge is _Edge.FIRST else len(self.lines) - count
        parts = self.lines[:place], self.lines[place:]
        cut, kept = parts if edge is _Edge.FIRST else parts[::-1]
        if self.posted is None:
            self.posted = next((iso for line in cut if (iso := self.form(line).iso)), None)
        self.lines = _without_blanks(kept) or kept[:1]


def clean_comments(comments: Sequence[Comment]) -> tuple[Comment, ...]:
    """Clean the texts of the comments of one page, and drop those that are none.

    :param comments: All comments that one reading of the page found, in page order.
    :return: The same comments, their texts without the page's own words, soft hyphens and zero-width characters; names
        and dates are filled in where the cut lines had them. Notes of deleted comments, and pingbacks, are left out;
        an answer to a pingback answers what that answered, and one to a deleted comment answers none. Ids stay.
    """
    comments = [each for each in comments if not is_deleted(each.text)]
    drafts = [draft for comment in comments if (draft := _draft(comment)).lines]
    drafts = [draft for draft in drafts if not _is_pingback(draft)]
    for _ in range(LIMITS.rounds):  # the lines near an edge are looked at once those at the edges are cut
        changed = [_cut_lines(drafts, edge, 0) for edge in (_Edge.LAST, _Edge.FIRST)]  # a last line is rather a button
        if not any(changed) and not any(_cut_lines(drafts, edge, n) for n in range(1, LIMITS.depth) for edge in _Edge):
            break
    kept = {draft.comment.comment_id: draft for draft in drafts if not _is_pingback(draft)}
    parents: dict[str, str | None] = {}
    for comment in comments:
        parent = comment.reply_to
        parents[comment.comment_id] = parent if parent in kept else parents.get(parent or "")
    return tuple(_finish(draft, parents[name]) for name, draft in kept.items())


def is_deleted(text: str) -> bool:
    """Return whether a text is a note of a deleted comment: "This comment was removed.", "[flagged]"."""
    return len(text) <= LIMITS.note and _DELETED.fullmatch(text.casefold()) is not None


def _draft(comment: Comment) -> _Draft:
    text = comment.text
    lines = _without_blanks((text if text.isascii() else _INVISIBLE.sub("", text)).split("\n"))
    author = comment.author and _C.not_of_names.sub("", comment.author)
    is_verb = len(lines) > 1 and lines[0].endswith(":") and line_key(lines[0]) in _SAYS  # "Says:", below a name
    is_initial = len(lines) > 1 and lines[0] == (author or "")[:1]  # in place of a picture
    return _Draft(comment, lines[is_verb or is_initial :], author, comment.posted)


def _without_blanks(lines: Sequence[str]) -> list[str]:
    """Return lines without the blank ones at both ends."""
    said = [i for i, line in enumerate(lines) if line.strip()]
    return list(lines[said[0] : said[-1] + 1]) if said else []


def _is_pingback(draft: _Draft) -> bool:
    """Return whether a text is an excerpt of a page that links here."""
    if (draft.author or "").lower().startswith(_LINKING):
        return True
    first = next((line for line in draft.lines[:2] if _C.excerpt.match(line)), None)
    if first is None:
        return False
    if draft.author is None and _C.excerpt.search(first, 5):  # what follows the excerpt is its page's title
        return True
    if draft.lines[-1].rstrip().endswith(("...]", "…]", "... ]", "… ]")) and draft.lines != ["[...]"]:
        return True
    return len((draft.author or "").split()) >= LIMITS.title_words and first is draft.lines[0]


def _finish(draft: _Draft, parent: str | None) -> Comment:
    comment, text = draft.comment, "\n".join(draft.lines)
    if (text, draft.author, draft.posted, parent) == (comment.text, comment.author, comment.posted, comment.reply_to):
        return comment
    quoted = comment.quoted if text == comment.text else _still_quoted(comment.quoted, text)
    return replace(comment, text=text, author=draft.author, posted=draft.posted, reply_to=parent, quoted=quoted)


def _still_quoted(quoted: str | None, text: str) -> str | None:
    """Return the quoted lines that a text still has."""
    lines = set(text.split("\n"))
    kept = (line for line in _INVISIBLE.sub("", quoted or "").split("\n") if line in lines)
    return "\n".join(kept) or None


# Lines ----------------------------------------------------------------------------------------------------------------


def _form(line: str, author: str | None) -> _LineForm:
    """Return the form of a line; a paragraph has none."""
    if len(line) > LIMITS.line:
        return _SPEECH if line.strip(_C.rule) else _LineForm("_", _Weight.CONTROL)
    plain = _C.dump_mark.sub(" ", line).strip()
    if not plain:
        return _LineForm("", _Weight.CONTROL)
    whole, *others = split_lines(plain)
    if others or is_wordless(whole):
        return _SPEECH
    named = _without_name(plain, author)
    date = find_date(named) or find_day(named)
    dated = f"{named[: date.start]}{_C.dated_mask}{named[date.end :]}" if date else named
    mask = " ".join(mask_numbers(dated).casefold().split())
    mask = " ".join(word[: LIMITS.stem] for word in mask.split()) if "#" in mask else mask
    reading, iso = read_line(whole), date.iso if date else None
    if reading.part is Part.ANSWERED:
        return _LineForm(f"\x02{reading.part}", _Weight.MARKED)
    if named == plain and reading.part in (Part.SAYS, Part.NAMED_STAMP):
        return _LineForm(f"\x02{reading.part}", _Weight.SIGNED, iso, date is not None, name=reading.name)
    weight = _Weight.SIGNED if named != plain and not date else None
    weight = _weigh(whole, reading, mask, weight)
    return _LineForm(mask, weight, iso, date is not None, reading.offers and weight is _Weight.CONTROL)


def _without_name(line: str, author: str | None) -> str:
    """Replace the author's own name, or the beginning of it that is all of the line, with a sign."""
    if not author or len(author) > LIMITS.line:
        return line
    core = line.strip(_C.joints)
    if len(core) >= 3 and author.startswith(core) and not author[len(core) : len(core) + 1].isalnum():
        return line.replace(core, "\x01", 1)
    start = line.find(author)
    end = start + len(author)
    if start < 0 or line[max(start - 1, 0) : start].isalnum() or line[end : end + 1].isalnum():
        return line
    return f"{line[:start]}\x01{line[end:]}"


def _weigh(line: Line, reading: LineParts, mask: str, signed: _Weight | None) -> _Weight:
    """Return how a line is weighed that is not somebody else's header.

    :param signed: The weight of a line with its author's name; None for others.
    """
    key = line.key.rstrip("0123456789 ")
    if reading.part in (Part.ACTION, Part.JUNK) or key in _SAYS:
        if not line.has_letters:
            return _Weight.NUMBER if line.key else _Weight.CONTROL
        return _Weight.WORDS if key in _SAID_TOO else _Weight.CONTROL
    words = letter_words(mask)
    if _C.dated_mask in mask:
        return _Weight.MARKED if words else _Weight.DATED
    if signed:
        return signed
    if not words or len(words) > LIMITS.words or line.text.endswith(_C.talk_ends):
        return _Weight.SPEECH
    return _Weight.COUNTED if "#" in mask else _Weight.WORDS


def _cut_lines(drafts: Sequence[_Draft], edge: _Edge, depth: int) -> bool:
    """Cut the lines that come back at, or near, an edge; return whether there were any."""
    changed, common = False, _repeated_masks(drafts, edge, depth)
    for draft in drafts if common else ():
        if len(draft.lines) <= depth + 1:
            continue
        form = draft.form(draft.at(edge, depth))
        left = draft.form(draft.at(edge, 1))  # words stay where else only a date or a button would be left
        may_cut = len(draft.lines) > 2 or form.weight not in _OWN or (left.weight in _OWN and not left.is_dated)
        is_common = form.mask in common or (form.is_dated and _C.dated_mask in common)
        if is_common and form.weight is not _Weight.SPEECH and may_cut:
            draft.cut(edge, depth + 1)
            changed = True
    return changed


def _repeated_masks(drafts: Sequence[_Draft], edge: _Edge, depth: int) -> set[str]:
    """Return the masks so frequent at, or near, an edge of the texts that they are the page's.

    Near an edge, most texts must have the line there, with short lines outside it, and other lines than such on its
    other side: the lines outside it are the page's, too.
    """
    forms = [draft.form(draft.at(edge, depth)) for draft in drafts if _may_repeat(draft.lines, edge, depth)]
    weights: dict[str, _Weight] = {}
    for form in forms:  # people sign below their text with their own name, and quote somebody else above it
        is_header = form.weight is _Weight.SIGNED and (edge is _Edge.FIRST) == (form.name is None)
        weights[form.mask] = _Weight.MARKED if is_header else form.weight
    times, texts = Counter(form.mask for form in forms), len(drafts)
    common = {mask for mask, count in times.items() if weights[mask].is_reached(count, texts)}
    if depth:
        common = {mask for mask in common if weights[mask] in _INNER and times[mask] >= LIMITS.inner_share * texts}
    elif edge is _Edge.LAST:
        common.update(form.mask for form in forms if form.offers)
    dated = sum(form.is_dated for form in forms)
    return common | {_C.dated_mask} if dated > 1 and dated >= LIMITS.dated_share * texts else common


def _may_repeat(lines: Sequence[str], edge: _Edge, depth: int) -> bool:
    """Return whether all lines outside one are short, and those on its other side are many, or one is not."""
    if len(lines) <= depth + 1 or not depth:
        return len(lines) > depth + 1
    stop = depth if edge is _Edge.FIRST else len(lines) - 1 - depth
    above, below = lines[:stop], lines[stop + 1 :]
    outside, inside = (above, below) if edge is _Edge.FIRST else (below, above)
    return all(map(_is_skipped, outside)) and (len(inside) > LIMITS.depth or not all(map(_is_skipped, inside)))


def _is_skipped(line: str) -> bool:
    """Return whether a line may be a badge, or a name, outside a repeated line."""
    return len(line) <= LIMITS.skipped_line and not line.endswith((*_C.talk_ends, "."))

"""Clean the texts and names of comments: cut the page's words around them, drop what is no comment, and find parents.

Works on the comments of any reading. What belongs to the page comes back at the same edge of many texts, whatever its
words: a list number, a date, the author's own name, a row of buttons. Known button labels are only weak evidence: they
need fewer repetitions. Lines that people write themselves (a greeting, thanks, a rating, a signature) stay.

A page writes the same words around its names: "Comment by Ann", "Bo · 3 posts", "3楼imba", "Cy from Hull". So a name is
cut by comparing it with the others of its page, in any language. A small network rates each place between two parts
of a name as its start and as its end. ``research/training/train_names.py`` trains it.
"""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from itertools import accumulate, chain, combinations, islice, pairwise
from math import log1p
from operator import eq, mul
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from stance.datamodels import Comment
from stance.parsing.dates import find_date
from stance.parsing.language import BADGES, STAMP_JOINTS, phrases
from stance.parsing.line_parts import ROLES, SAID_TOO, LineParts, Part, clean_name, is_wordless, read_line
from stance.parsing.lines import Cues, Line, letter_words, mask_numbers, numbered, split_lines, strip_prefix
from stance.resources import DATA, shipped_arrays
from stance.text_forms import TURNING, UNSEEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Values = NDArray[np.number]


Key = TypeVar("Key")


class CleaningConstants:
    """Constants of this module."""

    dated_mask = "\x00"
    """The mask that all lines with a date share, besides their own; no line has it by itself."""
    not_of_names = re.compile(f"[{UNSEEN}]|</?[a-z]{{1,12}}>")
    """Characters that are not shown, and tags that a page shows as text, in names."""
    dump_mark = re.compile(r"\(BUTTON\)|\[[^\s\[\]]{1,60}\.(?:jpe?g|png|gif|svg|webp)\]", re.IGNORECASE)
    """Pattern of buttons and pictures in the output of text browsers."""
    excerpt = re.compile(r"\[\s?(?:…|\.\.\.)\s?\]")
    rule = " _-=*~–—·."
    """Characters of lines between comments."""
    talk_ends = ("!", ",", "?", "！", "，", "？")
    """Ends of greetings and exclamations, which labels do not have."""
    note = 200  # maximum characters of a note that a comment was deleted
    line = 120  # maximum characters of a line that is cut as a whole
    skipped_line = 60  # maximum characters of a varying line beyond a repeated one, such as a badge
    words = 8  # maximum words of a line that is cut only because most texts have it; a disclaimer has more
    start = 8  # minimum characters that a shortened text and the whole one share
    label = 40  # maximum characters of a button between them
    cut = re.compile(r"…|\.\.\.")
    less = re.compile(rf"\s+(?:{'|'.join(phrases('comment.less'))})\W{{0,3}}$", re.I)
    translated = re.compile(
        rf"(?:\n\s*|(?<=[.!?…])\s+)(?:{'|'.join(phrases('comment.translated'))})(?:[\s·|(]+(?:{'|'.join(phrases('comment.original'))})\)?)?\s*$",
        re.I,
    )
    depth = 3  # number of lines from an edge in which repeated ones are looked for
    inner_share = 0.6  # minimum share of texts with a repeated line below, or above, one that varies
    rounds = 16  # maximum number of times that lines are cut from the edges; a header or footer has a few
    stem = 4  # number of letters of a word near a number, which changes its end in many languages
    title_words = 5  # minimum words of an "author" that is the title of a linking page
    invisible = re.compile(f"[{TURNING}\u034f\u200b\u2060\ufeff]|(?<!\u00ad)\u00ad(?!\u00ad)")
    """Characters without a width. \\u200c and \\u200d stay, which join letters and emoji, and so do several
    soft hyphens in a row, with which writers get addresses past a filter."""
    deleted = re.compile("|".join(f"(?:{phrase})" for phrase in phrases("comment.deleted")))
    linking = tuple(phrase[:-1] for phrase in phrases("comment.pingbacks") if phrase.endswith(" *"))
    says = frozenset(phrases("comment.says"))
    wide = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"  # scripts without blanks: each sign is a part
    other = "\u0300-\u1fff"  # other scripts than Latin, with their accents
    part = re.compile(
        rf"\d+(?:[.,:]\d+)*|[{wide}]|(?:[{other}](?!(?<=[а-яё])[А-ЯЁ]))*[{other}]"
        rf"|(?:[^\W\d_{other}{wide}](?!(?<=[a-zà-ÿ])[A-ZÀ-Þ]))*[^\W\d_{other}{wide}]|\S"
    )
    signs = ("@", "#", ",;", ".", ":", "-–—", "|·•/", "([{（【«", ")]}）】»", "_", "'’")


_C = CleaningConstants
_NONE = Cues(phrases("section.empty"))


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


class _LineForm(NamedTuple):
    """The form of a line, without its numbers, dates and its author's name."""

    mask: str
    weight: _Weight
    iso: str | None = None  # the date in it


_OWN = frozenset({_Weight.SPEECH, _Weight.WORDS, _Weight.SIGNED, _Weight.COUNTED})
"""Weights of lines that may be the commenter's."""

_INNER = frozenset({_Weight.WORDS, _Weight.MARKED, _Weight.DATED, _Weight.CONTROL})
"""Weights of lines outside of which another line may be the page's."""

_SPEECH = _LineForm("", _Weight.SPEECH)


@dataclass(slots=True)
class _Draft:
    """A comment on the way to its clean text."""

    comment: Comment
    lines: list[str]
    author: str | None
    posted: str | None
    forms: dict[str, _LineForm] = field(default_factory=dict)

    def at(self, edge: int, depth: int = 0) -> str:
        """Return a line, counted from an edge."""
        return self.lines[depth if edge > 0 else -1 - depth]

    def form(self, line: str) -> _LineForm:
        """Return the form of one of the lines; each is read once."""
        if line not in self.forms:
            self.forms[line] = _form(line, self.author)
        return self.forms[line]

    def cut(self, edge: int, count: int) -> None:
        """Cut lines from an edge, and the blank ones behind them; keep the date in them."""
        cut, kept = self.lines[::edge][:count][::edge], self.lines[::edge][count:][::edge]
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
    comments = [each for each in comments if not is_deleted(each.text) and not _is_placeholder(each, len(comments))]
    drafts = [draft for comment in comments if (draft := _draft(comment)).lines]
    for _ in range(_C.rounds):  # the lines near an edge are looked at once those at the edges are cut
        changed = [_cut_lines(drafts, edge, 0) for edge in (-1, 1)]  # a last line is rather a button
        if not any(changed) and not any(_cut_lines(drafts, edge, n) for n in range(1, _C.depth) for edge in (1, -1)):
            break
    kept = {draft.comment.comment_id: draft for draft in drafts if not _is_pingback(draft)}
    parents: dict[str, str | None] = {}
    for comment in comments:
        parent = comment.reply_to
        parents[comment.comment_id] = parent if parent in kept else parents.get(parent or "")
    return tuple(_finish(draft, parents[name]) for name, draft in kept.items())


def _is_placeholder(comment: Comment, comments: int) -> bool:
    """Return whether a text stands in place of comments: "Be the first to comment"; a writer's own has a date."""
    if (comment.author and comments > 1) or comment.posted or len(comment.text) > _C.note:
        return False
    lines = split_lines(comment.text)
    return len(lines) == 1 and _NONE.match(lines[0])


def is_deleted(text: str) -> bool:
    """Return whether a text is a note of a deleted comment: "This comment was removed.", "[flagged]"."""
    if len(text) > _C.note:
        return False
    note = text.casefold().strip()
    return any(map(_C.deleted.fullmatch, {note, note.strip("[](){}<>*_– ")}))


def without_notes(text: str) -> str:
    """Return a text without what a page adds: a shortened form in front, and a note of translation."""
    for cut in islice(_C.cut.finditer(text), 3):
        start, rest = text[: cut.start()].rstrip(), text[cut.end() :]
        at = rest.find(start, 0, len(start) + _C.label) if len(start) >= _C.start else -1
        if at >= 0:
            text = _C.less.sub("", rest[at:])
            break
    return _C.translated.sub("", text) or text


def _draft(comment: Comment) -> _Draft:
    text = without_notes(comment.text)
    lines = _without_blanks((text if text.isascii() else _C.invisible.sub("", text)).split("\n"))
    author = comment.author and _C.not_of_names.sub("", comment.author)
    is_initial = len(lines) > 1 and lines[0] == (author or "")[:1]  # in place of a picture
    return _Draft(comment, lines[is_initial:], author, comment.posted)


def _without_blanks(lines: Sequence[str]) -> list[str]:
    """Return lines without the blank ones at both ends."""
    said = [i for i, line in enumerate(lines) if line.strip()]
    return list(lines[said[0] : said[-1] + 1]) if said else []


def _is_pingback(draft: _Draft) -> bool:
    """Return whether a text is an excerpt of a page that links here."""
    if (draft.author or "").lower().startswith(_C.linking):
        return True
    first = next((line for line in draft.lines[:2] if _C.excerpt.match(line)), None)
    if first is None:
        return False
    if draft.author is None and _C.excerpt.search(first, 5):  # what follows the excerpt is its page's title
        return True
    if draft.lines[-1].rstrip().endswith(("...]", "…]", "... ]", "… ]")) and draft.lines != ["[...]"]:
        return True
    return len((draft.author or "").split()) >= _C.title_words and first is draft.lines[0]


def _finish(draft: _Draft, parent: str | None) -> Comment:
    comment, text = draft.comment, "\n".join(draft.lines)
    if (text, draft.author, draft.posted, parent) == (comment.text, comment.author, comment.posted, comment.reply_to):
        return comment
    quoted = comment.quoted
    if quoted and text != comment.text:
        quoted = "\n".join(line for line in quoted.split("\n") if line in draft.lines) or None
    return replace(comment, text=text, author=draft.author, posted=draft.posted, reply_to=parent, quoted=quoted)


# Lines ----------------------------------------------------------------------------------------------------------------


def _form(line: str, author: str | None) -> _LineForm:
    """Return the form of a line; a paragraph has none."""
    if len(line) > _C.line:
        return _SPEECH if line.strip(_C.rule) else _LineForm("_", _Weight.CONTROL)
    plain = _C.dump_mark.sub(" ", line).strip()
    if not plain:
        return _LineForm("", _Weight.CONTROL)
    whole, *others = split_lines(plain)
    if others or is_wordless(whole):
        return _SPEECH
    named = _without_name(plain, author)
    date = find_date(named)
    dated = f"{named[: date.start]}{_C.dated_mask}{named[date.end :]}" if date else named
    mask = " ".join(mask_numbers(dated).casefold().split())
    mask = " ".join(word[: _C.stem] for word in mask.split()) if "#" in mask else mask
    reading, iso = read_line(whole), date.iso if date else None
    if named == plain and reading.part in (Part.SAYS, Part.NAMED_STAMP):
        return _LineForm(f"\x02{reading.part}", _Weight.SIGNED, iso)
    weight = _Weight.SIGNED if named != plain and not date else None
    return _LineForm(mask, _weigh(whole, reading, mask, weight), iso)


def _without_name(line: str, author: str | None) -> str:
    """Replace the author's own name with a sign."""
    if not author or len(author) > _C.line:
        return line
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
    if reading.part in (Part.ACTION, Part.JUNK) or key in _C.says:
        if not line.has_letters:
            return _Weight.NUMBER if line.key else _Weight.CONTROL
        return _Weight.WORDS if key in SAID_TOO else _Weight.CONTROL
    words = letter_words(mask)
    if _C.dated_mask in mask:
        return _Weight.MARKED if words else _Weight.DATED
    if signed:
        return signed
    if not words or len(words) > _C.words or line.text.endswith(_C.talk_ends):
        return _Weight.SPEECH
    return _Weight.COUNTED if "#" in mask else _Weight.WORDS


def _cut_lines(drafts: Sequence[_Draft], edge: int, depth: int) -> bool:
    """Cut the lines that come back at, or near, an edge; return whether there were any.

    :param edge: 1 for the first line, -1 for the last.
    """
    changed, common = False, _repeated_masks(drafts, edge, depth)
    for draft in drafts if common else ():
        if len(draft.lines) <= depth + 1:
            continue
        form = draft.form(draft.at(edge, depth))
        left = draft.form(draft.at(edge, 1))  # words stay where else only a date or a button would be left
        may_cut = len(draft.lines) > 2 or form.weight not in _OWN or (left.weight in _OWN and left.iso is None)
        if form.mask in common and form.weight is not _Weight.SPEECH and may_cut:
            draft.cut(edge, depth + 1)
            changed = True
    return changed


def _repeated_masks(drafts: Sequence[_Draft], edge: int, depth: int) -> set[str]:
    """Return the masks so frequent at, or near, an edge of the texts that they are the page's.

    Near an edge, most texts must have the line there, with short lines outside it, and other lines than such on its
    other side: the lines outside it are the page's, too.
    """
    forms = [draft.form(draft.at(edge, depth)) for draft in drafts if _may_repeat(draft.lines, edge, depth)]
    weights: dict[str, _Weight] = {}
    for form in forms:  # people sign below their text with their own name, and quote somebody else above it
        is_header = form.weight is _Weight.SIGNED and (edge > 0) != form.mask.startswith("\x02")
        weights[form.mask] = _Weight.MARKED if is_header else form.weight
    times, texts = Counter(form.mask for form in forms), len(drafts)
    common = {mask for mask, count in times.items() if weights[mask].is_reached(count, texts)}
    if depth:
        common = {mask for mask in common if weights[mask] in _INNER and times[mask] >= _C.inner_share * texts}
    return common


def _may_repeat(lines: Sequence[str], edge: int, depth: int) -> bool:
    """Return whether all lines outside one are short, and those on its other side are many, or one is not."""
    if len(lines) <= depth + 1 or not depth:
        return len(lines) > depth + 1
    outside, inside = lines[::edge][:depth], lines[::edge][depth + 1 :]
    return all(map(_is_skipped, outside)) and (len(inside) > _C.depth or not all(map(_is_skipped, inside)))


def _is_skipped(line: str) -> bool:
    """Return whether a line may be a badge, or a name, outside a repeated line."""
    return len(line) <= _C.skipped_line and not line.endswith((*_C.talk_ends, "."))


# Names of a page -----------------------------------------------------------------------------------------------------


NAMES = DATA / "blocks" / "names.npz"

MOST_NAMES, MOST_PARTS = 2000, 24
"""Maximum number of names of a page that are compared, and of parts of a name that is cut."""

OF_ELEMENTS = 2.0
"""Minimum advantage of a shorter name on an HTML page, in log odds: most names are in elements of their own."""

FEWEST = 2
"""Minimum number of comments where a part is cut off, also half of those that have it, for it to be the page's word."""


class NamePart(NamedTuple):
    """A part of a name: a word, a number or a sign."""

    start: int
    end: int
    text: str  # without case
    mask: str  # and without its number
    kind: int


@lru_cache(maxsize=4096)
def parts_of(name: str) -> tuple[NamePart, ...]:
    """Split a name into its parts; also where "AnnMonday" or "Ann80d" has no blank."""
    return tuple(
        NamePart(*found.span(), text := found[0].casefold(), "#" if text[0].isdigit() else text, _kind(found[0]))
        for found in _C.part.finditer(name)
    )


KINDS, LOWER = 7 + len(_C.signs), 3
"""Number of kinds of parts, and the kind of a word in lower case."""

_KIND = np.eye(KINDS, dtype=np.float32)


def _kind(part: str) -> int:
    """Return the kind of a part: a number, a word by its case, or a kind of sign; 0 is an end of the name."""
    if part[0].isdigit():
        return 1
    if part[0].isalpha():
        return 2 if part[0] > "\u2e7f" else LOWER if part.islower() else 4 if part.isupper() and len(part) > 1 else 5
    return next((7 + i for i, signs in enumerate(_C.signs) if part in signs), 6)


# Places between parts ------------------------------------------------------------------------------------------------


KNOWN = BADGES | STAMP_JOINTS | ROLES
"""Words that pages write beside names."""


def gaps_of(names: Counter[str]) -> tuple["Floats", list[int]]:
    """Return numbers of each place between two parts of the names of a page, and at their ends.

    :param names: The number of comments of each name; names have at least a part each, and there are two or more.
    :return: A row for each place, those of one name in their order; the number of places of each name.
    """
    parts, n, total = [parts_of(name) for name in names], len(names), names.total()
    flat, known = [*chain.from_iterable(parts)], {"": 0, "\0": 1}  # what is before a name, and behind it
    rows = [[known.setdefault(part.mask, len(known)) for part in own] for own in parts]
    masks, kinds = np.array([*chain.from_iterable(rows)]), np.array([part.kind for part in flat])
    texts = np.array(numbered([part.text for part in flat]))
    sizes = np.array([*map(len, parts)])
    stops, owners = np.cumsum(sizes), np.repeat(np.arange(n), sizes)
    firsts, lasts, before = stops - sizes, stops - 1, np.arange(len(flat)) + owners  # the place before each part
    starts, ends = before[firsts], before[lasts] + 1
    size, start = np.repeat([sizes, starts], sizes + 1, axis=1)
    at = np.arange(len(start)) - start

    def placed(values: "Values", step: int) -> "Values":
        """Return the values of parts at the places before them, or so many places further."""
        found = np.zeros(len(at) + 1, dtype=values.dtype)
        found[before + step] = values
        return found[:-1]

    def shares(values: "Values") -> "Values":
        """Return the share of the other names that have the value of each part."""
        numbers = np.unique(values, return_inverse=True)[1]
        return (np.bincount(np.unique(numbers * n + owners) // n)[numbers] - 1) / (n - 1)

    pairs = masks * len(known) + np.append(masks[1:], 0)
    pairs[lasts] = -1
    begun, ended = zip(*map(_runs, (rows, [[part.kind for part in own] for own in parts])), strict=True)
    further = (shares(masks), 1), (np.where(pairs < 0, 0, shares(pairs)), 2), (shares(texts), 1)
    shared = np.stack([
        *(placed(shares(each), step) for step, runs in ((1, begun), (0, ended)) for each in runs),
        *(placed(each, step) for each, behind in further for step in (behind, 0)),
    ], axis=1, dtype=np.float32)  # fmt: skip
    one, other = placed(masks, 1), placed(masks, 0)
    other[ends] = 1
    edges = np.divmod(np.unique(one * len(known) + other), len(known))
    following, leading = (np.bincount(each) / n for each in edges)
    first, last = (np.bincount(masks[each], minlength=len(known)) / n for each in (firsts, lasts))
    is_known, lengths = np.array([(mask in KNOWN, len(mask) / 10) for mask in known]).T
    times = np.array([*names.values()]) / total  # shares of comments; of those whose name is all that is beside a part
    wholes = [np.bincount(own[i], times, len(flat))[own] for own, i in ((begun[0], lasts), (ended[0], firsts))]
    above, behind, whole = placed(wholes[0], 1), placed(wholes[1], 0), np.repeat(wholes[0][lasts], sizes + 1)
    gaps = placed(np.array([part.start for part in flat]), 0)
    gaps[ends] = [*map(len, names)]
    gaps = gaps - placed(np.array([part.end for part in flat]), 1)
    brackets = placed(np.array([(part.mask == "(") - (part.mask == ")") for part in flat]), 1).cumsum()
    beside = shared[:, 4:6]
    means, most = np.add.reduceat(beside, starts) / (sizes + 1)[:, None], np.maximum.reduceat(beside, starts)
    page = (
        *(shared[rows, key].mean() for key, rows in ((4, starts + 1), (5, ends - 1), (8, starts + 1), (9, ends - 1))),
        *((len(at) - n) / n / 10, (sizes == 1).mean(), log1p(n) / 5, 2 / n),
        *(log1p(total / n) / 3, whole.max()),
    )
    own = (
        *(following[one], leading[other], above > 0, behind > 0, above, behind, whole, np.log1p(whole * total) / 4),
        *(first[one], last[one], first[other], last[other], is_known[one], is_known[other]),
        *(at == 0, at == size, at / size, np.minimum(at, 8) / 8, np.minimum(size - at, 8) / 8),
        *(size / 10, lengths[one], lengths[other], gaps > 0, brackets > brackets[start]),
    )
    numbers = (
        *(shared, beside - np.repeat(means, sizes + 1, axis=0), beside - np.repeat(most, sizes + 1, axis=0)),
        *(np.log1p(shared[:, [0, 2, 4, 5]] * (n - 1)) / 3, np.stack(own, axis=1), np.tile(page, (len(at), 1))),
        *(_KIND[placed(kinds, 1)], _KIND[placed(kinds, 0)]),
    )
    return np.concatenate(numbers, axis=1, dtype=np.float32), (sizes + 1).tolist()


def _runs(rows: list[list[int]]) -> tuple["Values", "Values"]:
    """Number what begins rows, up to each value, and what ends them, from each value on."""
    runs = []
    for step in (1, -1):
        known, found = dict[tuple[int, int], int](), list[int]()
        for row in rows[::step]:
            last = -1
            for value in row[::step]:
                last = known.setdefault((last, value), len(known))
                found.append(last)
        runs.append(np.array(found)[::step])
    return runs[0], runs[1]


STAMPS, CREDITS = STAMP_JOINTS | frozenset(phrases("date.labels")), phrases("comment.credited")
"""Words beside dates, which most authors of a page are never called, and words before all names of a page."""


def plain_names(names: Iterable[str], doubt: float = 0.0) -> dict[str, str]:
    """Cut the words of a page off its names.

    :param names: The names of all comments of a page, in any order and number.
    :param doubt: Minimum advantage of a shorter name over the whole one, in log odds.
    :return: The shorter name for each name that had such words; an empty one where nothing of it is a name.
    """
    counts = islice(Counter(names).items(), MOST_NAMES)
    different = Counter({name: count for name, count in counts if 0 < len(parts_of(name)) <= MOST_PARTS})
    stamps = [name for name in different if name.casefold() in STAMPS or name.isdecimal()]
    if 2 * sum(different[name] for name in stamps) > max(different.total(), 5):
        return dict.fromkeys(stamps, "")
    # "Von" may begin a name.
    credited = CREDITS if len(different) > 2 else tuple(each for each in CREDITS if each != "von")
    bare = [shorter for name in different if (shorter := strip_prefix(name, credited))]
    cut = [clean_name(shorter) for shorter in bare] if len(bare) == len(different) else []
    if cut and all(cut):  # of few names, the network cuts off no such words
        plainer = plain_names(cut, doubt)
        return {whole: plainer.get(name, name) for whole, name in zip(different, cut, strict=True)}
    if len(different) < 2 or (len(different) == 2 and "".join("".join(different).split()).isalpha()):
        return {}  # two names of words alone show no pattern
    read = list(zip(different, map(parts_of, different), _spans(different, doubt), strict=True))
    others, times = Counter[str](), Counter[str]()  # comments where a part is cut off, and all with it
    for name, parts, (start, end) in read:
        times.update(dict.fromkeys({part.mask for part in parts}, different[name]))
        others.update(dict.fromkeys({part.mask for part in (*parts[:start], *parts[end:])}, different[name]))
    plain = dict[str, str]()
    for name, parts, (start, end) in read:
        is_none = all(2 * others[part.mask] >= max(times[part.mask], 2 * FEWEST) for part in parts)
        if (shorter := "" if is_none else clean_name(name[parts[start].start : parts[end - 1].end])) != name:
            plain[name] = shorter
    off = {name: {part.mask for part in parts_of(name.replace(shorter, " ", 1))} for name, shorter in plain.items()}
    often = Counter(chain.from_iterable(off.values()))  # names where a part is cut off
    for name, masks in off.items():  # "Ruby Tuesday" and "tom@" are as they are
        if plain[name] and all(often[each] < 2 and (each in STAMPS or not each.isalnum()) for each in masks):
            del plain[name]
    one, *rest = dict.fromkeys(plain.get(name, name) for name in different)
    is_one = one and not rest and len(set(map(mask_numbers, different))) == 1
    return {} if is_one and all(name.startswith(one) for name in different) else plain  # "Reader 1", "Reader 2"


def _spans(names: Counter[str], doubt: float) -> list[tuple[int, int]]:
    """Return the first part of each plain name, and the part behind its last."""
    (numbers, sizes), net = gaps_of(names), shipped_arrays(NAMES)
    inner = np.maximum(numbers @ net["inp.weight"].T + net["inp.bias"], 0)
    rates, ends = inner @ net["out.weight"].T + net["out.bias"], [*accumulate(sizes, initial=0)]
    rates[ends[:-1], 0] += doubt / 2
    rates[[end - 1 for end in ends[1:]], 1] += doubt / 2
    starts_of, ends_of = rates.T.tolist()
    spans = [best_of(starts_of[start:end], ends_of[start:end]) for start, end in pairwise(ends)]
    return _without_shared([[part.mask for part in parts_of(name)] for name in names], spans)


def _without_shared(masks: list[list[str]], spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans of names, where the parts that all names begin or end with are cut off all or off none."""
    sides = masks, [said[::-1] for said in masks]
    lead, tail = (sum(accumulate(map(eq, min(side), max(side)), mul)) for side in sides)  # parts that all share
    lead *= any(start == lead for start, _ in spans)
    tail *= any(end == len(said) - tail for said, (_, end) in zip(masks, spans, strict=True))
    cut = [(max(start, lead), min(end, len(said) - tail)) for said, (start, end) in zip(masks, spans, strict=True)]
    return cut if all(start < end for start, end in cut) else spans


def clean_names(comments: Sequence[Comment]) -> tuple[Comment, ...]:
    """Cut the words of the page off the names of commenters: "349 fans", "Comment by"."""
    cut = plain_names((comment.author for comment in comments if comment.author), OF_ELEMENTS)
    return tuple(replace(each, author=cut[each.author] or None) if each.author in cut else each for each in comments)


def best_of(starts: Sequence[float], ends: Sequence[float]) -> tuple[int, int]:
    """Return the likeliest start of a name, and the likeliest end behind it, by their log odds at each place."""
    tops = [*accumulate(reversed(ends), max)][::-1]  # the best end from a place on
    start = max(range(len(starts) - 1), key=lambda i: starts[i] + tops[i + 1])
    return start, max(range(start + 1, len(ends)), key=ends.__getitem__)


# Who answers whom -----------------------------------------------------------------------------------------------------

# A parent is known by its name beside another, by "@Name" or by the indent.


FEWEST_JOINED, JOINT = 3, (2, 5)
"""Minimum number of names with the same words in them, and minimum and maximum number of such words."""


def whole_names(_: Iterable[str]) -> dict[str, str]:
    """Cut nothing off names: those of an HTML page are cut once its comments are chosen."""
    return {}


def with_parents(
    comments: Sequence[Comment],
    answered: Sequence[str | None],
    indents: Sequence[int],
    shorten: Callable[[Iterable[str]], dict[str, str]] = plain_names,
) -> tuple[Comment, ...]:
    """Part the names of commenters from those that they answer, cut the words of the page off both, and add parents.

    A parent is the last comment above by the name that is answered, else by the indent.

    :param answered: The names of those that comments answer, as far as a line of their own says so.
    :param shorten: Returns the shorter names by those that are cut.
    """
    pairs = _by_joint([each.author for each in comments])  # first: the words between two names come back, too
    shorter = shorten(name for name, _ in pairs if name)
    latest: dict[str, str] = {}
    by_indent = parents_by_depth(dict(zip([each.comment_id for each in comments], indents, strict=True)))
    found = []
    for comment, (name, other), answer in zip(comments, pairs, answered, strict=True):
        author, addressed = (shorter.get(each or "", each) or None for each in (name, answer or other))
        addressed = addressed or addressed_in(comment.text, latest)
        parent = by_indent.get(comment.comment_id)
        parent = latest.get(addressed.casefold(), parent) if addressed else parent
        is_same = (author, parent) == (comment.author, comment.reply_to)
        found.append(comment if is_same else replace(comment, author=author, reply_to=parent))
        if author:
            latest[author.casefold()] = comment.comment_id
    return tuple(found)


def parents_by_depth(depths: Mapping[Key, int]) -> dict[Key, Key]:
    """Return for comments in page order the last one before that is less deep."""
    parents: dict[Key, Key] = {}
    above: list[Key] = []  # the thread so far, the innermost last
    for comment, depth in depths.items():
        while above and depths[above[-1]] >= depth:
            above.pop()
        if above:
            parents[comment] = above[-1]
        above.append(comment)
    return parents


def _by_joint(authors: Sequence[str | None]) -> list[tuple[str | None, str | None]]:
    """Part "Bo in reply to Ann", in any words that come back in names, most beside one who also has a name alone."""
    names = set(filter(None, authors))
    split = [name.split()[: 2 * JOINT[1]] for name in names]
    cuts = [(words, *cut) for words in split for cut in combinations(range(1, len(words) + 1), 2)]
    joints = Counter(" ".join(words[a:b]) for words, a, b in cuts if JOINT[0] <= b - a <= JOINT[1])
    joint = f" {max(joints, key=lambda each: (joints[each], len(each), each), default='')} "
    pairs = {name: f"{name} ".split(joint, 1) for name in names if joint in f"{name} "}
    sure = sum(pair[0] in names or pair[1].strip() in names for pair in pairs.values())
    if len(pairs) < FEWEST_JOINED or 2 * sure <= len(pairs):
        return [(name, None) for name in authors]
    parted = [pairs.get(name or "", (name, "")) for name in authors]
    return [(name, (other or "").strip() or None) for name, other in parted]


def addressed_in(text: str, earlier: Container[str]) -> str | None:
    """Read "@Ann Lee" at the start of a comment, where Ann Lee stands above."""
    # Maximum words of a name behind an "@".
    words = text[1:200].casefold().split()[:6] if text.startswith("@") else []
    names = (" ".join(words[:n]).rstrip(",:;.!?") for n in range(len(words), 0, -1))
    return next((name for name in names if name in earlier), None)

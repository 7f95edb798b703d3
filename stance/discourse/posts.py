"""Hold the comments of a run in columns, as every analysis of the discourse reads them."""

import re
import sys
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit
from weakref import finalize
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from stance import datamodels
from stance.datamodels import STANCES, UNKNOWN_LANGUAGE, Comment, Document, LabelledComment, Score, Stance, day_of
from stance.pseudonyms import is_pseudonym

NO_TIME = np.iinfo(np.int64).min
"""Time of a comment without a stated time."""

UNSCORED = -1
"""Code of a missing stance."""

CODES = {stance: code for code, stance in enumerate(STANCES)}
"""Stance -> its number in ``Posts.stances``: 0 favor, 1 against, 2 neutral, 3 not addressed."""

CODED_SIDES = STANCES[:3]
"""The sides in the order of their numbers."""

FAVOR, AGAINST, NEUTRAL = CODES[Stance.FAVOR], CODES[Stance.AGAINST], CODES[Stance.NEUTRAL]
SIDES = (FAVOR, AGAINST, NEUTRAL)

LONGEST_EXAMPLE = 300

LONGEST_COMPARED = 5_000
"""Characters of a text that are compared with other texts."""

MOST_IN_MEMORY = 64_000_000
"""Bytes of texts that stay in memory; the texts of a million comments are 250 MB."""

FEWEST_WORDS = 8
"""Minimum number of words of a text that is compared with others."""

_CODES = 0xD7FF
"""Number of 16-bit characters below the surrogates, which stand for words."""

PHRASE = 3
"""Words in a phrase, by which texts are compared."""

LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'`]{4,2000}", re.IGNORECASE)

_WORD = re.compile(r"[^\W_]+")
_INSIDE = re.compile("['’ʼ\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")  # a word may hold these

Ints = NDArray[np.int64]
Codes = NDArray[np.uint16]
Hashes = NDArray[np.uint32]
Record = dict[str, Any]

FindLabel = Callable[[Score], LabelledComment | None]
"""Finds the audit label of a score."""


@dataclass(frozen=True, slots=True)
class Source:
    """The article that comments stand under."""

    document: str  # its id
    outlet: str
    title: str | None
    first: int  # place of its first comment
    part: int  # a document may come in parts: 1 for the first
    published: int  # seconds since 1970, UTC; ``NO_TIME`` where it is not stated, or its clock is not the comments'
    language: str
    url: str | None = None


class Strings:
    """Strings in a file that is kept in memory while it is small; add all, then read."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 - closed with its owner
        finalize(self, self._file.close)
        self._ends = array("q", [0])

    def __len__(self) -> int:
        """Count the strings."""
        return len(self._ends) - 1

    def __getitem__(self, place: int) -> str:
        """Return one string."""
        self._file.seek(self._ends[place])
        return self._file.read(self._ends[place + 1] - self._ends[place]).decode("utf-8", "surrogatepass")

    def append(self, text: str) -> None:
        """Add a string."""
        self._ends.append(self._ends[-1] + self._file.write(text.encode("utf-8", "surrogatepass")))

    def extend(self, other: "Strings") -> None:
        """Add all strings of another."""
        (content, ends), start = other.__getstate__(), self._ends[-1]
        self._ends.extend(start + end for end in ends[1:])
        self._file.write(content)

    def __getstate__(self) -> tuple[bytes, "array[int]"]:
        """Return what is pickled: the strings of a page, which a worker process sends."""
        self._file.seek(0)
        return self._file.read(), self._ends

    def __setstate__(self, state: tuple[bytes, "array[int]"]) -> None:
        """Read what was pickled."""
        self.__init__()  # type: ignore[misc]
        self._file.write(state[0])
        self._ends = state[1]


@dataclass(eq=False)
class Posts:
    """Comments in the order in which they were read; every array has one item per comment.

    ``add`` documents, or ``extend`` by pages that were read before, then ``close`` once; only then are the arrays
    complete. The texts are those of the writers alone: what a comment quotes is left out.

    :param targets: Identifiers of the targets, in the order of the columns of ``stances``.
    :param find_label: Finds the audit label of a score; None: there are no audit labels.
    """

    targets: tuple[str, ...]
    find_label: FindLabel | None = None
    sources: list[Source] = field(default_factory=list)
    ids: Strings = field(default_factory=Strings)  # as on the page; unique with ``source`` only
    source: Ints = field(init=False)  # place in ``sources``
    author: Ints = field(init=False)  # a number per outlet and name; -1: the page shows no name
    parent: Ints = field(init=False)  # place of the comment that is answered; -1: none, or it is not known
    depth: Ints = field(init=False)  # 0: opens a thread
    posted: Ints = field(init=False)  # seconds since 1970, UTC; ``NO_TIME`` where it is not stated
    days: Ints = field(init=False)  # calendar days since the article's, else since the first comment; or ``NO_TIME``
    stances: NDArray[np.int8] = field(init=False)  # comments x targets; ``CODES``, or ``UNSCORED``
    digests: Ints = field(init=False)  # of the words of its text; 0: fewer than ``FEWEST_WORDS``
    expected: NDArray[np.float32] = field(init=False)  # comments x targets x 3: probabilities of ``CODED_SIDES``
    via_parent: NDArray[np.bool_] = field(init=False)  # the same: its parent alone names the target, and was read along
    labels: dict[int, dict[str, LabelledComment]] = field(default_factory=dict)  # place -> target -> audit label

    def __post_init__(self) -> None:
        """Open the columns for documents."""
        self._columns = {
            name: array("q") for name in ("source", "author", "parent", "depth", "posted", "days", "digests")
        }
        self._stances, self._expected = array("b"), array("f")
        self._texts = Strings()
        self._articles, self._article_ends = array("I"), array("q", [0])
        self._parts: Counter[str] = Counter()
        self._codes, self._code_ends = array("H"), array("q", [0])  # of the words of the texts that have a digest
        self._marks: dict[str, dict[int, Any]] = {}  # analysis -> place -> what it found there
        self.names: list[str] = []  # of each source: its commenters as on the page; for no record
        self.languages: list[str] = []  # of each comment; its document's where it is too short to tell

    def __len__(self) -> int:
        """Count the comments."""
        return len(self.ids)

    def add(self, document: Document) -> None:
        """Add the comments of a document with their stances."""
        place, first = len(self.sources), len(self.ids)
        outlet = document.outlet or datamodels.NOT_STATED
        published, zone = _clock(document)
        days = (day_of(comment.posted) for comment in document.comments)
        first_day = day_of(document.published) or min(filter(None, days), default=0)
        self._parts[document.document_id] += 1
        part = self._parts[document.document_id]
        facts = (document.document_id, outlet, document.title, first, part, published, document.language, document.url)
        self.sources.append(Source(*facts))
        for text in (document.title, document.lead, *document.body):
            self._articles.frombytes(phrases(plain_words(text or "")).tobytes())
        self._article_ends.append(len(self._articles))
        numbers = {comment.comment_id: first + at for at, comment in enumerate(document.comments)}
        self._label(document, numbers)
        unscored, none = [UNSCORED, 0] * len(self.targets), [0.0] * (len(CODED_SIDES) * len(self.targets))
        names = {each.author for each in document.comments if each.author and not is_pseudonym(each.author)}
        self.names.append("\n".join(sorted(names)))
        found: dict[str, list[int]] = {}
        expected: dict[str, list[float]] = {}
        authors: dict[str, str] = {}
        for score in document.scores:
            if score.unit is datamodels.Unit.COMMENT and score.comment in numbers and score.target in self.targets:
                row, at = found.setdefault(score.comment, [*unscored]), 2 * self.targets.index(score.target)
                row[at] = UNSCORED if score.stance is None else CODES[score.stance]
                row[at + 1] = score.via is datamodels.Via.PARENT
                if score.probabilities:
                    at = len(CODED_SIDES) * at // 2
                    expected.setdefault(score.comment, [*none])[at : at + 3] = score.probabilities[:3]
                if score.author:
                    authors[score.comment] = score.author
        for comment in document.comments:
            author = authors.get(comment.comment_id) or comment.author
            day = day_of(comment.posted)
            self._columns["days"].append(day - first_day if day else NO_TIME)
            self._add(comment, place, author, numbers, seconds(comment.posted, zone))
            self._stances.extend(found.get(comment.comment_id, unscored))
            self._expected.extend(expected.get(comment.comment_id, none))
            is_unknown = comment.language == UNKNOWN_LANGUAGE
            self.languages.append(sys.intern(document.language if is_unknown else comment.language))

    def _label(self, document: Document, numbers: Mapping[str, int]) -> None:
        """Find the audit labels of a document's scores."""
        if self.find_label is None:
            return
        for score in document.scores:
            is_comment = score.unit is datamodels.Unit.COMMENT and score.target in self.targets
            place = numbers.get(score.comment or "") if is_comment else None
            if place is not None and (label := self.find_label(score)):
                self.labels.setdefault(place, {})[score.target] = label

    def extend(self, page: "Posts", document: Document) -> None:
        """Add the comments of a page, which were read before, and find their labels.

        :param page: Closed, with the comments of the document only.
        """
        first, place = len(self), len(self.sources)
        self._label(document, {comment.comment_id: first + at for at, comment in enumerate(document.comments)})
        for source in page.sources:
            self._parts[source.document] += 1
            self.sources.append(replace(source, first=first, part=self._parts[source.document]))
        for name, values in page._columns.items():
            added = np.frombuffer(values, np.int64)
            if name in ("source", "parent"):
                added = np.where(added >= 0, added + (place if name == "source" else first), added)
            self._columns[name].frombytes(added.tobytes())
        self._stances.extend(page._stances)
        self._expected.extend(page._expected)
        self.ids.extend(page.ids)
        self._texts.extend(page._texts)
        self._articles.extend(page._articles)
        self._article_ends.append(len(self._articles))
        self._code_ends.extend(len(self._codes) + end for end in page._code_ends[1:])
        self._codes.extend(page._codes)
        self.names += page.names
        self.languages += page.languages
        if first and self._marks.keys() != page._marks.keys():
            self._marks = {name: self._marks[name] for name in self._marks.keys() & page._marks.keys()}
        for name in page._marks if not first else self._marks:
            found = {first + at: each for at, each in page._marks[name].items()}
            self._marks.setdefault(name, {}).update(found)

    def marked(self, name: str, find: Callable[[int], Any]) -> Mapping[int, Any]:
        """Return what an analysis finds in each comment; texts of pages that it has read are not read again.

        :param find: Analyses the comment at a place; comments in which it finds nothing are left out.
        """
        if name not in self._marks:
            self._marks[name] = {place: found for place in range(len(self)) if (found := find(place))}
        return self._marks[name]

    def _add(self, comment: Comment, source: int, author: str | None, numbers: dict[str, int], posted: int) -> None:
        parent = numbers.get(comment.reply_to or "", -1)
        parent = parent if parent < len(self.ids) else -1  # an answer stands below what it answers
        depths = self._columns["depth"]
        row = {
            "source": source,
            "author": _digest(f"{len(outlet := self.sources[source].outlet)} {outlet}{author}") if author else 0,
            "parent": parent,
            "depth": depths[parent] + 1 if parent >= 0 else 0,
            "posted": posted,
        }
        self.ids.append(comment.comment_id)
        own = datamodels.own_words(comment.text, comment.quoted)
        own = " ".join(own.split()) if comment.quoted else own
        self._texts.append(own)
        words = plain_words(own)
        is_compared = len(words) >= FEWEST_WORDS
        row["digests"] = _digest(" ".join(words)) if is_compared else 0
        self._codes.extend(crc32(word.encode()) % _CODES + 1 for word in words if is_compared)
        self._code_ends.append(len(self._codes))
        for name, value in row.items():
            self._columns[name].append(value)

    def close(self) -> "Posts":
        """End adding, and make the arrays; return the same object."""
        for name, values in self._columns.items():
            setattr(self, name, np.frombuffer(values, np.int64))
        self.author = _numbered(self.author)
        columns = np.frombuffer(self._stances, np.int8).reshape(len(self), len(self.targets), 2)
        self.stances, self.via_parent = columns[:, :, 0].copy(), columns[:, :, 1] == 1
        self.expected = np.frombuffer(self._expected, np.float32).reshape(*self.stances.shape, len(CODED_SIDES))
        return self

    # Reading ----------------------------------------------------------------------------------------------------------

    def text(self, place: int) -> str:
        """Read the text of one comment."""
        return self._texts[place]

    def coded(self, places: Ints) -> tuple[Codes, Ints]:
        """Return the words of some texts that have a digest, each word as one character, and the end of each text."""
        codes, ends = np.frombuffer(self._codes, np.uint16), np.frombuffer(self._code_ends, np.int64)
        lengths = ends[places + 1] - ends[places]
        own = np.concatenate([[0], np.cumsum(lengths)])
        return codes[np.arange(own[-1]) + np.repeat(ends[places] - own[:-1], lengths)], own

    def article(self, source: int) -> Hashes:
        """Return the hashes of all phrases in the title, lead and paragraphs of an article."""
        start, end = self._article_ends[source : source + 2]
        return np.array(self._articles[start:end], np.uint32)

    def name(self, place: int) -> str:
        """Name a comment so that a page can be found by it: ``DOCUMENT#COMMENT``."""
        return f"{self.sources[int(self.source[place])].document}#{self.ids[place]}"

    def example(self, place: int) -> dict[str, Any]:
        """Return a comment as pages show it beside a number, without its author.

        :return: ``id``, ``document``, ``part`` of it, ``number`` on its page from 1, ``outlet``, ``posted`` (ISO 8601
            or None), and ``text``, cut to ``LONGEST_EXAMPLE`` characters.
        """
        source = self.sources[int(self.source[place])]
        text = " ".join(self.text(place).split())
        return {
            "id": self.name(place),
            "document": source.document,
            "part": source.part,
            "number": place - source.first + 1,
            "outlet": source.outlet,
            "posted": moment(int(self.posted[place])),
            "text": text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1].rstrip() + "…",
        }

    def outlet(self, place: int) -> str:
        """Name the outlet of a comment."""
        return self.sources[int(self.source[place])].outlet

    def outlets(self) -> tuple[list[str], Ints]:
        """Return the names of the outlets, and for each source the place of its outlet among them."""
        return numbered(source.outlet for source in self.sources)

    def by_outlet(self, places: Ints) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Find which of some comments are of each outlet that has any, most comments first."""
        names, of_sources = self.outlets()
        numbers = of_sources[self.source[places]]
        for number in np.argsort(-np.bincount(numbers), kind="stable"):
            if (own := numbers == number).any():
                yield names[number], own

    def authors(self, places: Sequence[int] | Ints) -> int:
        """Count the authors of some comments; those without a name count as one together."""
        return len(np.unique(self.author[np.asarray(places, np.int64)]))


def _digest(text: str) -> int:
    """Return a number of 64 bits that is the same in each process, and not 0."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True) or 1


def numbered(names: Iterable[str]) -> tuple[list[str], Ints]:
    """Number names from 0 in order of first use; return the names, and the number of each given one."""
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(name, len(numbers)) for name in names]
    return list(numbers), np.array(found, np.int64)


def _numbered(hashes: Ints) -> Ints:
    """Number authors by their hashes from 0, in the order in which they are met; -1 for a hash of 0."""
    found, first, numbers = np.unique(hashes, return_index=True, return_inverse=True)
    first[found == 0] = -1
    return np.asarray(np.argsort(np.argsort(first))[numbers] - (found == 0).any(), np.int64)


def seconds(stamp: str | None, zone: tzinfo = UTC) -> int:
    """Read an ISO 8601 stamp as seconds since 1970; ``NO_TIME`` where it is none.

    A date without a time has no moment in its day: ``NO_TIME`` too.

    :param zone: Of a stamp that states none.
    """
    found = _read_time(stamp)
    try:
        # In UTC it must be a date too: with an offset, the last hours of the year 9999 are none.
        return int(found.replace(tzinfo=found.tzinfo or zone).astimezone(UTC).timestamp()) if found else int(NO_TIME)
    except (ValueError, OverflowError):
        return int(NO_TIME)


def _read_time(stamp: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp) if stamp and len(stamp) >= len("2026-03-01T19") else None
    except ValueError:
        return None


def _clock(document: Document) -> tuple[int, tzinfo]:
    """Return when a document was published, and the zone of its comments' times that state none.

    An article's offset is that of its site's clock, unless it is UTC: many sites write that whatever their clock. Then,
    or if only the comments state a zone, the two cannot be compared and the publication is ``NO_TIME``.
    """
    start = _read_time(document.published)
    offset = start.utcoffset() if start else None
    is_bare = {time.tzinfo is None for comment in document.comments if (time := _read_time(comment.posted))}
    fits = bool(offset) or is_bare <= {offset is None}
    return seconds(document.published) if fits else int(NO_TIME), (start and offset and start.tzinfo) or UTC


def moment(time: int) -> str | None:
    """Write seconds since 1970 as ISO 8601, without a zone; None for ``NO_TIME``."""
    return None if time == NO_TIME else datetime.fromtimestamp(int(time), UTC).strftime("%Y-%m-%dT%H:%M:%S")


def plain_words(text: str) -> list[str]:
    """Return the words of a text without links, case, punctuation, emoji and invisible characters."""
    text = LINK.sub(" ", text[:LONGEST_COMPARED])
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _WORD.findall(_INSIDE.sub("", text).casefold())


def phrases(words: Sequence[str]) -> Hashes:
    """Return a hash of each run of ``PHRASE`` words; shape (max(0, len(words) - PHRASE + 1),)."""
    codes = np.fromiter((crc32(word.encode()) for word in words), np.uint64, len(words))
    count = max(0, len(words) - PHRASE + 1)
    hashes = np.zeros(count, np.uint64)
    for start in range(PHRASE if count else 0):
        hashes = (hashes + codes[start : start + count]) * np.uint64(0x9E3779B97F4A7C15)
    return (hashes >> np.uint64(32)).astype(np.uint32)


# Outlets and links ----------------------------------------------------------------------------------------------------

MOST_SERIES = 20
"""Outlets with counts of their own, those with most comments."""

MOST_LINKS = 20
"""Links of a comment that are read."""

_ENDS = ".,;:!?…'’”»*]"


def by_outlet(posts: Posts) -> Iterator[tuple[str | None, Ints]]:
    """Read the places of all comments, then those of each outlet if there are several, most comments first."""
    yield None, np.arange(len(posts))
    names, number = np.unique([each.outlet for each in posts.sources], return_inverse=True)
    if len(names) > 1:
        outlets = number[posts.source]
        for outlet in np.argsort(-np.bincount(outlets, minlength=len(names)), kind="stable")[:MOST_SERIES]:
            yield str(names[outlet]), np.flatnonzero(outlets == outlet)


# Cited links ----------------------------------------------------------------------------------------------------------


_TRACKING = re.compile(
    r"(?<=[?&])(?:utm_\w+|fbclid|gclid|dclid|igshid|mc_[ce]id|msclkid|yclid|_openstat)=[^&]*(?:&|$)", re.I
)
_HOST = re.compile(r"(?:www\.)?((?:[\w-]+\.)+[a-z]{2,})")  # of a domain that no public list holds


class Link(NamedTuple):
    """A link in a comment."""

    url: str  # without fragment and parameters that track the reader
    domain: str  # as it is registered, without www.
    is_whole: bool  # False: the page shows its beginning only


def links_in(text: str) -> list[Link]:
    """Return the links in a text, each once, at most ``MOST_LINKS``; those without a registered domain are left out."""
    links: dict[str, Link] = {}
    if not (written := LINK.findall(text)[:MOST_LINKS]):
        return []
    from tld import get_fld  # a tenth of a second

    for found in written:
        address = found if found[:4].lower() == "http" else f"http://{found}"
        is_whole = not address.endswith(("…", "..."))
        address = address.rstrip(_ENDS if "(" in address else _ENDS + ")")
        try:
            parts = urlsplit(address)
            url = urlunsplit(parts._replace(netloc=parts.netloc.lower(), path=parts.path.rstrip("/"), fragment=""))
            url = _TRACKING.sub("", url).rstrip("?&")
            domain = get_fld(url, fail_silently=True) or _HOST.fullmatch(parts.hostname or "")
        except (ValueError, UnicodeError):
            continue
        if domain:
            links[url] = Link(url, domain if isinstance(domain, str) else domain[1], is_whole)
    return list(links.values())


def cited(posts: Posts) -> Mapping[int, list[Link]]:
    """Return the links of the comments that link somewhere."""
    return posts.marked("links", lambda place: links_in(posts.text(place)))

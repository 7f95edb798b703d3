"""Hold the comments of a run in columns, as every analysis of the discourse reads them.

Each page is read on its own; the pages of a run, with no more than 50,000 comments, are joined at its end.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import NO_OUTLET, STANCES, Document, Record, Strings, Unit, Via, read_as
from stance.pseudonyms import is_pseudonym, person
from stance.text_forms import LINK, plain_words

NO_TIME = np.iinfo(np.int64).min
"""Number for a missing time of a comment."""

UNSCORED = -1
"""Number for a missing stance."""

CODED_SIDES = STANCES[:3]
"""Words: the sides in the order of their numbers in ``Posts.stances``; not addressed is the next number."""

FAVOR, AGAINST, NEUTRAL = SIDES = range(len(CODED_SIDES))

Ints = NDArray[np.int64]
Codes = NDArray[np.uint16]
Hashes = NDArray[np.uint32]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


class CommentedArticle(NamedTuple):
    """The article that comments are on."""

    document: str  # its id
    outlet: str
    first: int  # place of its first comment
    part: int  # a document may come in parts: 1 for the first
    url: str | None
    names: str  # its commenters as on the page, one a line; for no record
    phrases: Hashes  # of its title, lead and paragraphs
    ids: Sequence[str]  # of its comments
    texts: Sequence[str]


@dataclass(frozen=True, eq=False)
class Posts:
    """Comments in the order in which they were read; every array has one item per comment.

    The texts are those of the writers alone: what a comment quotes is left out.
    """

    targets: Strings  # in the order of the columns of ``stances``
    sources: tuple[CommentedArticle, ...]
    source: Ints  # place in ``sources``
    keys: Ints  # hash of outlet and author; 0: the page shows no name
    parent: Ints  # place of the comment that is answered; -1: none, or it is not known
    posted: Ints  # seconds since 1970, UTC; ``NO_TIME`` where it is not stated
    digests: Ints  # of the words of its text; 0: fewer than ``FEWEST_WORDS``
    lengths: Ints  # number of the words in ``codes``; 0 where there is no digest
    codes: Codes  # the words of all texts that have a digest
    stances: NDArray[np.int8]  # comments x targets: place in ``STANCES``, or ``UNSCORED``
    via_parent: Flags  # the same: its parent alone names the target, and was read along
    languages: Strings  # the document's where the comment is too short for its own
    domains: Mapping[int, set[str]]  # by place, of the comments that link somewhere

    def __len__(self) -> int:
        """Count the comments."""
        return len(self.source)

    @cached_property
    def author(self) -> Ints:
        """Number the authors from 0, in the order in which they are met; -1 where the page shows no name."""
        unique_keys, first, numbers = np.unique(self.keys, return_index=True, return_inverse=True)
        first[unique_keys == 0] = -1
        return np.asarray(np.argsort(np.argsort(first))[numbers] - (unique_keys == 0).any(), np.int64)

    @cached_property
    def _ends(self) -> Ints:
        return np.concatenate([[0], np.cumsum(self.lengths)])

    def text(self, row: int) -> str:
        """Return the text of one comment."""
        source = self.sources[int(self.source[row])]
        return source.texts[row - source.first]

    def coded(self, rows: Ints) -> tuple[Codes, Ints]:
        """Return the words of some texts that have a digest, each word as one character, and the end of each text."""
        offsets = np.concatenate([[0], np.cumsum(self.lengths[rows])])
        return self.codes[
            np.arange(offsets[-1]) + np.repeat(self._ends[rows] - offsets[:-1], self.lengths[rows])
        ], offsets

    def name(self, row: int) -> str:
        """Name a comment so that a page can be found by it: ``DOCUMENT#COMMENT``."""
        source = self.sources[int(self.source[row])]
        return f"{source.document}#{source.ids[row - source.first]}"

    def example(self, row: int) -> Record:
        """Return a comment as pages show it with a number, without its author.

        :return: ``id``, ``document``, ``part`` of it, ``number`` on its page from 1, ``outlet``, ``posted`` (ISO 8601
            or None), and ``text``, cut to 300 characters.
        """
        source = self.sources[int(self.source[row])]
        text = " ".join(self.text(row).split())
        return {
            "id": self.name(row),
            "document": source.document,
            "part": source.part,
            "number": row - source.first + 1,
            "outlet": source.outlet,
            "posted": moment(int(self.posted[row])),
            "text": text if len(text) <= 300 else text[:299].rstrip() + "…",
        }

    def authors(self, rows: Sequence[int] | Ints) -> int:
        """Count the authors of some comments; those without a name count as one together."""
        return len(np.unique(self.author[np.asarray(rows, np.int64)]))


# Reading --------------------------------------------------------------------------------------------------------------


def read_posts(document: Document, targets: Strings = ()) -> Posts:
    """Read the comments of one document with their stances."""
    comments, outlet = document.comments, document.outlet or NO_OUTLET
    start = _read_time(document.sure_date)
    zone = (start and start.utcoffset() and start.tzinfo) or UTC  # many sites write UTC whatever their clock
    numbers = {comment.comment_id: row for row, comment in enumerate(comments)}
    parents = (numbers.get(comment.reply_to or "", -1) for comment in comments)
    written = ((comment, comment.own_words) for comment in comments)
    texts = [" ".join(text.split()) if comment.quoted else text for comment, text in written]
    # Minimum number of words of a text that is compared with others.
    words = [text_words if len(text_words := plain_words(text)) >= 8 else [] for text in texts]
    stances, via_parent, authors = _scores(document, numbers, targets)
    languages = (read_as(post.language, document.language) for post in comments)
    article = [phrases(plain_words(text or "")) for text in (document.title, document.lead, *document.body)]
    names = {post.author for post in comments if post.author and not is_pseudonym(post.author)}
    ids = [comment.comment_id for comment in comments]
    source = CommentedArticle(
        document.document_id, outlet, 0, 1, document.url,
        "\n".join(sorted(names)), np.concatenate([*article, np.empty(0, np.uint32)]), ids, texts,
    )  # fmt: skip
    own_authors = (person(authors.get(post.comment_id) or post.author, document.layout) for post in comments)
    return Posts(
        targets,
        (source,),
        source=np.zeros(len(comments), np.int64),
        keys=_ints(_digest(f"{len(outlet)} {outlet}{name}") if name else 0 for name in own_authors),
        parent=_ints(parent if parent < row else -1 for row, parent in enumerate(parents)),  # answers come later
        posted=_ints(seconds(comment.posted, zone) for comment in comments),
        digests=_ints(_digest(" ".join(text_words)) if text_words else 0 for text_words in words),
        lengths=_ints(map(len, words)),
        # Characters of words, below the surrogates of UTF-16 and above 0.
        codes=np.fromiter(
            (crc32(word.encode()) % 0xD7FF + 1 for text_words in words for word in text_words), np.uint16
        ),
        stances=stances,
        via_parent=via_parent,
        languages=tuple(map(sys.intern, languages)),
        domains={row: domains for row, text in enumerate(texts) if (domains := domains_in(text))},
    )


def _ints(numbers: Iterable[int]) -> Ints:
    return np.fromiter(numbers, np.int64)


def _scores(
    document: Document, numbers: Mapping[str, int], targets: Strings
) -> tuple[NDArray[np.int8], Flags, dict[str, str | None]]:
    """Return the stances of comments, whether they are read through the parent, and authors."""
    shape = len(document.comments), len(targets)
    stances, via_parent = np.full(shape, UNSCORED, np.int8), np.zeros(shape, np.bool_)
    authors = dict[str, str | None]()
    for score in document.scores:
        row = numbers.get(score.comment or "") if score.unit is Unit.COMMENT else None
        if row is not None and score.target in targets:
            cell = row, targets.index(score.target)
            stances[cell] = UNSCORED if score.stance is None else STANCES.index(score.stance)
            via_parent[cell] = score.via is Via.PARENT
            if score.author:
                authors[score.comment or ""] = score.author
    # Comments with one id share their scores.
    same = _ints(numbers[comment.comment_id] for comment in document.comments)
    return stances[same], via_parent[same], authors


def join_posts(pages: Sequence[Posts], targets: Strings) -> Posts:
    """Join the pages of a run, in their order."""
    pages = pages or [read_posts(Document("", "", comments=()), targets)]
    firsts = [0, *accumulate(map(len, pages))]
    sources, parts = list[CommentedArticle](), Counter[str]()
    for page, first in zip(pages, firsts, strict=False):
        for source in page.sources:
            parts[source.document] += 1
            sources.append(source._replace(first=first + source.first, part=parts[source.document]))
    sizes = [0, *accumulate(len(page.sources) for page in pages)]
    moved = {
        "source": [page.source + size for page, size in zip(pages, sizes, strict=False)],
        "parent": [np.where(page.parent < 0, -1, page.parent + row) for page, row in zip(pages, firsts, strict=False)],
    }
    same = ("keys", "posted", "digests", "lengths", "codes", "stances", "via_parent")
    columns = moved | {name: [getattr(page, name) for page in pages] for name in same}
    domains = {
        first + row: names for page, first in zip(pages, firsts, strict=False) for row, names in page.domains.items()
    }
    languages = tuple(language for page in pages for language in page.languages)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return Posts(targets, tuple(sources), **joined, languages=languages, domains=domains)


def _digest(text: str) -> int:
    """Return a number of 64 bits that is the same in each process, and not 0."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True) or 1


def numbered(names: Iterable[str]) -> tuple[list[str], Ints]:
    """Number names from 0 in order of first use; return the names, and the number of each given one."""
    numbers: dict[str, int] = {}
    number_of = [numbers.setdefault(name, len(numbers)) for name in names]
    return list(numbers), np.array(number_of, np.int64)


# Times ----------------------------------------------------------------------------------------------------------------


def seconds(stamp: str | None, zone: tzinfo = UTC) -> int:
    """Read an ISO 8601 stamp as seconds since 1970; ``NO_TIME`` where it is none, or a date without a time.

    :param zone: Of a stamp that states none.
    """
    moment = _read_time(stamp)
    try:
        # In UTC it must be a date too: with an offset, the last hours of the year 9999 are none.
        return int(moment.replace(tzinfo=moment.tzinfo or zone).astimezone(UTC).timestamp()) if moment else int(NO_TIME)
    except (ValueError, OverflowError):
        return int(NO_TIME)


def _read_time(stamp: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp) if stamp and len(stamp) >= len("2026-03-01T19") else None
    except ValueError:
        return None


def moment(time: int) -> str | None:
    """Write seconds since 1970 as ISO 8601, without a zone; None for ``NO_TIME``."""
    return None if time == NO_TIME else datetime.fromtimestamp(int(time), UTC).strftime("%Y-%m-%dT%H:%M:%S")


# Words and links ------------------------------------------------------------------------------------------------------


def phrases(words: Sequence[str]) -> Hashes:
    """Return a hash of each run of three words; shape (max(0, len(words) - 2),)."""
    codes = np.fromiter((crc32(word.encode()) for word in words), np.uint64, len(words))
    count = max(0, len(words) - 2)
    hashes = np.zeros(count, np.uint64)
    for start in range(3 if count else 0):
        hashes = (hashes + codes[start : start + count]) * np.uint64(0x9E3779B97F4A7C15)
    return (hashes >> np.uint64(32)).astype(np.uint32)


def domains_in(text: str) -> set[str]:
    """Return the registered domains, without www., of the first 20 links in a text."""
    if not (written := LINK.findall(text)[:20]):
        return set()
    from tld import get_fld  # a tenth of a second

    domains = set()
    for match in written:
        address = match if match[:4].lower() == "http" else f"http://{match}"
        address = address.rstrip(".,;:!?…'’”»*]" + ("" if "(" in address else ")"))
        try:
            domains.add(get_fld(address, fail_silently=True))
        except (ValueError, UnicodeError):
            continue
    return {domain for domain in domains if domain}

"""Join the saves of one page: those of several days, and the pages 1, 2, 3 of its comments.

Saves are known by their address, and by texts that agree: a front page holds other articles each day. Documents wait on
disk until all are read, since the next one may be a save of any page before it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import chain, groupby
from operator import itemgetter

from rapidfuzz.fuzz import ratio

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Score, counted
from stance.log import Log
from stance.pseudonyms import folded
from stance.reading.tables import DiskSort
from stance.records import page_of

MOST_TEXTS = 20
"""Maximum number of texts under one address that a save is compared with; a front page has one for each day."""

RUN = 5
"""Number of words in a row that two articles share only where one is a save of the other."""

MOST_WORDS = 5_000
"""Maximum number of words of an article that are compared."""

LEAST_SHARED = 0.5
"""Minimum share of the shorter article that the other one holds; two articles of a site share less than a tenth."""

LEAST_ALIKE = 60
"""Minimum similarity, in percent, of a comment and its edited text."""

_GIVEN = re.compile(r"c\d+")  # an id that is the place of a comment on its page
_UNSET = (None, "", (), "none", UNKNOWN_LANGUAGE)
_OF_SAVE = ("warnings", "certainty", "doubts")  # also where they are empty
_KEPT = ("document_id", "comments", "scores")

Key = tuple[str, ...]
Words = frozenset[Key]


def join_saves(documents: Iterable[Document], log: Log) -> Iterator[Document]:
    """Join the saves of each page, in the order of their first ones; other documents stay as they are.

    :param log: Logs how many saves were joined.
    """
    waiting, places = DiskSort(), dict[str, int]()
    for number, document in enumerate(documents):
        page = page_of(document.url, document.outlet, document.layout)
        if page is None and not places:
            yield document
        else:
            waiting.add(places.setdefault(page, number) if page else number, document, age_of(document))
    for _, group in groupby(waiting, key=itemgetter(0)):
        saves, pages = (document for _, document in group), list[SavedPage]()
        first, second = next(saves), next(saves, None)
        if second is None:  # as most are, and nothing is to be compared
            yield first
            continue
        for document in chain((first, second), saves):
            if found := next((each for each in pages if each.agrees(document)), None):
                found.add(document)
            elif len(pages) < MOST_TEXTS:
                pages.append(SavedPage(document))
            else:
                yield document
        for each in pages:
            each.tell(log)
            yield each.joined()


def age_of(document: Document) -> str:
    """Return a text by which the saves of a page are sorted, the oldest first, however they come."""
    last = max((comment.posted or "" for comment in document.comments), default="")
    votes = sum(comment.votes or 0 for comment in document.comments)
    counts = (document.stated_comments or 0, len(document.comments), votes)
    numbers = "\n".join(f"{max(0, min(count, 10**15)):016}" for count in counts)
    return f"{last[:40]}\n{numbers}\n{document.document_id}"


class SavedPage:
    """A page, of which saves are added one after the other.

    The document and its comments keep the ids of the first save. What is newest wins, in whatever order saves come.
    """

    def __init__(self, first: Document) -> None:
        self.saves, self._document, self._only = 0, first, first
        self._age = ""
        self._words: Words = frozenset()
        self._comments: list[Comment] = []
        self._scores: list[Sequence[Score]] = []  # of each comment
        self._sentences: Sequence[Score] = ()
        self._places: dict[Key, int] = {}  # of comments, by all that they are known by
        self._taken: set[str] = set()  # ids
        self.add(first)

    def agrees(self, document: Document) -> bool:
        """Return whether a document under this address is a save of this page.

        By their articles; where one has none, by their titles, of which one may name its page; else by a comment.
        """
        words = _runs(document)
        if words and self._words:
            return len(words & self._words) >= LEAST_SHARED * min(len(words), len(self._words))
        ours, theirs = ({*folded(each.title or "").split()} for each in (self._document, document))
        if ours and theirs:
            return ours <= theirs or theirs <= ours
        return any(own[0] in self._places for own in _keys(document.comments))

    def add(self, save: Document) -> None:
        """Add a save."""
        self.saves += 1
        age = age_of(save)
        if is_newer := age >= self._age:
            names = [each.name for each in fields(Document) if each.name not in _KEPT]
            values = {name: getattr(save, name) for name in names}
            own = (*_OF_SAVE, "quotations") if save.body else _OF_SAVE
            new = {name: value for name, value in values.items() if name in own or value not in _UNSET}
            self._document, self._age = replace(self._document, **new), age
            self._words = _runs(save) or self._words
        scores = defaultdict[str | None, list[Score]](list)
        for score in save.scores:
            scores["" if score.sentence else score.comment].append(score)
        if is_newer:
            self._sentences = scores.pop("", ()) or self._sentences
        self._add_comments(save.comments, scores, is_newer=is_newer)

    def _add_comments(
        self, comments: Sequence[Comment], scores: dict[str | None, list[Score]], *, is_newer: bool
    ) -> None:
        keys = list(_keys(comments))
        known = self._find(comments, keys)
        names: dict[str, str] = {}
        changed = []
        for number, comment in enumerate(comments):
            place = known.get(number, len(self._comments))
            if place == len(self._comments):
                self._comments.append(replace(comment, comment_id=self._name(comment.comment_id)))
                self._scores.append(())
            own = self._comments[place]
            if number not in known or is_newer:
                unset = {name for name in ("posted", "votes", "author") if getattr(comment, name) is None}
                kept = {name: getattr(own, name) for name in ("comment_id", *unset)}
                changed.append((place, replace(comment, **kept), own.reply_to if number in known else None))
                self._scores[place] = scores.pop(comment.comment_id, ()) or self._scores[place]
            names.setdefault(comment.comment_id, own.comment_id)
            for key in keys[number]:
                self._places.setdefault(key, place)
        for place, comment, before in changed:
            self._comments[place] = replace(comment, reply_to=names.get(comment.reply_to or "", before))

    def _find(self, comments: Sequence[Comment], keys: Sequence[Sequence[Key]]) -> dict[int, int]:
        """Find which comments are there already: the same ones first, then those that were edited."""
        found: dict[int, int] = {}
        used: set[int] = set()
        for part in (slice(0, 2), slice(2, None)):
            for number, (comment, own) in enumerate(zip(comments, keys, strict=True)):
                for place in [] if number in found else [self._places[key] for key in own[part] if key in self._places]:
                    if place not in used and self._is_same(self._comments[place], comment):
                        found[number] = place
                        used.add(place)
                        break
        return found

    @staticmethod
    def _is_same(known: Comment, comment: Comment) -> bool:
        if not _GIVEN.fullmatch(comment.comment_id):
            return True
        is_then = known.posted is None or comment.posted is None or known.posted == comment.posted
        return is_then and (known.text == comment.text or ratio(known.text, comment.text) >= LEAST_ALIKE)

    def _name(self, given: str) -> str:
        """Return the id of a comment, or another one where it is another comment's."""
        name, number = given, len(self._comments)
        while name in self._taken:
            number += 1
            name = f"c{number}"
        self._taken.add(name)
        return name

    def joined(self) -> Document:
        """Return the document with the comments of all saves, and the scores that they have there."""
        if self.saves == 1:
            return self._only
        name = self._document.document_id
        scores = [replace(score, document=name) for score in self._sentences]
        for comment, own in zip(self._comments, self._scores, strict=True):
            scores += [replace(score, document=name, comment=comment.comment_id) for score in own]
        comments = tuple(replace(comment, start=None, end=None) for comment in self._comments)
        return replace(self._document, comments=comments, scores=tuple(scores))

    def tell(self, log: Log) -> None:
        """Log how many saves were joined."""
        if self.saves > 1:
            count = counted(len(self._comments), "comment")
            log.warn(self._document.url or "", f"{self.saves} saves of one page: {count}; --keep-saves keeps each")


def _keys(comments: Iterable[Comment]) -> Iterator[Sequence[Key]]:
    """Yield the keys by which each comment is known, the most reliable first.

    Its own id; else author and text, with the time or the number of times that they were there; else author and time.
    """
    counts: Counter[Key] = Counter()
    for comment in comments:
        if not _GIVEN.fullmatch(comment.comment_id):
            yield (("id", comment.comment_id),)
            continue
        author, posted = folded(comment.author or ""), comment.posted or ""
        said = (author, folded(comment.text))
        counts[said] += 1
        edited = [("edited", author, posted, "")] if author and "T" in posted else []
        yield ((*said, posted), ("", *said, str(counts[said])), *edited)


def _runs(document: Document) -> Words:
    """Return the words in a row of an article; empty where there are too few."""
    words = folded(" ".join(document.body)[: 10 * MOST_WORDS]).split()[:MOST_WORDS]
    return frozenset(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))

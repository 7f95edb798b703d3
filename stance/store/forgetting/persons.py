"""A commenter to remove: facts about them, and their rows.

An id counts inside one input only, since two studies may both number their comments from 0. So it may be undecided
whether two rows are of one person or comment.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from functools import lru_cache

from stance.datamodels import Record, frozen
from stance.page_layouts import TABLE_LAYOUT
from stance.parsing.quotations import names_in_head, sentences_of
from stance.pseudonyms import folded, folded_words, is_pseudonym, person, pseudonym
from stance.reading.markup import read_references
from stance.records.score_records import unguard_cell
from stance.text_forms import own_words

SHORTEST = 20
"""Minimum number of characters of a text that identifies a comment: many people write "I agree"."""

shown_name = lru_cache(maxsize=4_096)(pseudonym)


Same = IntEnum("Same", ["NO", "UNKNOWN", "YES"], start=0)
"""Answers to a comparison: a value differs that both state; all that both state is equal, maybe by chance; the same."""


@frozen
class Identity:
    """The values that identify a comment; empty: not stated. Text, outlet and author are folded."""

    input: str
    document: str = ""
    comment: str = ""
    text: str = ""
    outlet: str | None = None  # empty: a page that names no outlet
    author: str = ""

    @property
    def place(self) -> str:
        """The comment among those of all documents, as samples name it: ``document/comment``; empty if unknown."""
        prefix = f"{self.document}/"
        if self.document and self.comment:
            return prefix + self.comment.removeprefix(prefix)
        return self.comment if "/" in self.comment else ""


def same_person(one: Identity, other: Identity, key: bytes | None) -> Same:
    """Compare the authors of two comments; a name at two outlets is of two persons.

    :param key: Of the pseudonyms; without it, a name and a pseudonym cannot be compared.
    """
    if None not in (one.outlet, other.outlet) and one.outlet != other.outlet:
        return Same.NO
    if not (one.author and other.author):
        return Same.UNKNOWN
    if one.author == other.author:
        is_decided = is_pseudonym(one.author) or (one.outlet or "") == (other.outlet or "")
        return Same.YES if is_decided else Same.UNKNOWN
    outlet = other.outlet if one.outlet is None else one.outlet
    names = {one.author, other.author}
    is_shown = key is not None and not names.isdisjoint(shown_name(name, outlet, key=key) for name in names)
    if is_pseudonym(one.author) == is_pseudonym(other.author):  # a pseudonym may have got one, or been chosen as a name
        return Same.UNKNOWN if is_shown else Same.NO
    if is_shown:
        return Same.YES
    return Same.UNKNOWN if None in (key, outlet) else Same.NO


def same_comment(one: Identity, other: Identity, key: bytes | None) -> Same:
    """Compare two comments.

    A value that differs decides. In one input, an equal place does; in two, an equal text of :data:`SHORTEST`
    characters, if their places are equal too, or one of them names nobody.

    :param key: Of the pseudonyms.
    """
    place_answer, text = _equal(one.place, other.place), _equal(one.text, other.text)
    if Same.NO in (place_answer, text, _equal(one.document, other.document), same_person(one, other, key)):
        return Same.NO
    if one.input == other.input and place_answer is Same.YES:
        return Same.YES
    is_long = text is Same.YES and len(one.text) >= SHORTEST
    is_unnamed = not (one.author and other.author)
    return Same.YES if is_long and (is_unnamed or place_answer is Same.YES) else Same.UNKNOWN


def _equal(one: str, other: str) -> Same:
    if not (one and other):
        return Same.UNKNOWN
    return Same.YES if one == other else Same.NO


WORDS_IN_A_ROW = 7
"""Number of words in a row that are taken for an excerpt of a comment; public reports quote up to 12."""

SIGNS = "> \t»|"
"""Characters before a quoted line."""

Comments = defaultdict[str, set[Identity]]
"""Comments by place, and by text."""


class Person:
    """A commenter, and the facts known so far."""

    def __init__(self, name: str, key: bytes | None, outlet: str | None = None) -> None:
        """Note the name.

        :param name: A name or a pseudonym. A pseudonym is of one outlet; a name, of each that the tables name.
        :param key: Of the pseudonyms; None: names and pseudonyms cannot be matched to each other.
        :param outlet: The only one whose comments are removed: two outlets may have two people of one name.
        """
        self.given, self.key = folded(name), key
        self.outlet = None if outlet is None else folded(outlet)
        self.names = set[str]()  # with the pseudonyms
        self.texts = dict[str, str]()  # folded -> as in the table
        self.targets = set[str]()  # of any label or score
        self.inputs = set[str]()  # that name the person
        self.undecided = defaultdict[str, set[str]](set)  # input -> comments that may be the person's
        self.counts = Counter[str]()  # of one table, by the fields of ``Changed``
        self._comments = Comments(set)
        self._others = Comments(set)  # with the place or text of one of these
        self._runs = set[int]()  # hashes of words in a row
        self._marks = set[str]()  # words of names, and of texts that have fewer
        self._outlets = set[str | None]()
        self._add_name(self.given)
        self._add_outlet(outlet)

    def _add_name(self, name: str) -> None:
        self.names.add(name)
        self._marks |= {words_of(name)} - {words_of("")}

    def _add_outlet(self, outlet: str | None) -> None:
        if outlet not in self._outlets and self.outlet in (None, outlet or ""):
            self._outlets.add(outlet)
            self._add_name(self._shown_at(outlet))

    def _shown_at(self, outlet: str | None) -> str:
        """Return the pseudonym at an outlet, or what is given."""
        if self.key is None or is_pseudonym(self.given):
            return self.given
        return shown_name(self.given, outlet, key=self.key) or ""

    def _is_author(self, row: Identity) -> Same:
        """Compare the person with the author of a row; a pseudonym without an outlet may be of any outlet."""
        outlet = row.outlet if self.outlet is None else self.outlet
        author = self.given if row.outlet is None else self._shown_at(outlet)
        answer = same_person(Identity("", outlet=outlet, author=author), row, self.key)
        if answer is not Same.UNKNOWN or not row.author or self.key is None:
            return answer
        if is_pseudonym(row.author):
            return Same.YES if row.author in self.names else answer
        pseudonyms = (shown_name(row.author, outlet, key=self.key) for outlet in self._outlets)
        return Same.YES if self.given in pseudonyms else answer

    def study(self, read_rows: Callable[[], Iterable[tuple[str, Record]]]) -> None:
        """Learn from all rows until they tell nothing new: at first, some outlets are unknown, and their pseudonyms.

        :param read_rows: Yields each row with its input.
        """
        facts = -1
        while facts < (facts := len(self._comments) + len(self._outlets)):
            self._others.clear()
            for source, row in read_rows():
                self._learn(row, source)

    def _learn(self, row: Record, source: str) -> None:
        """Note the outlet, the person's comment, or one of others that may be confused with theirs."""
        comment, text = identity_of(row, source), _text(row.get("text"))
        self._add_outlet(comment.outlet)
        self.targets |= {_text(row.get("target"))} - {""}
        keys = {comment.place, comment.text} - {""}
        if self._is_author(comment) is not Same.YES:
            for key in keys & self._comments.keys() if comment.author else ():
                if key == comment.place or len(key) >= SHORTEST:
                    self._others[key].add(comment)
            return
        self._add_name(comment.author)
        self.inputs.add(source)
        for key in keys:
            self._comments[key].add(comment)
        if comment.text:
            self.texts.setdefault(comment.text, text)
            words = words_of(text).split()
            self._runs |= set(_runs(words))
            if 0 < len(words) < WORDS_IN_A_ROW and len(text) >= SHORTEST:
                self._marks.add(words_of(text))

    def owns(self, row: Identity) -> Same:
        """Return whether a comment is the person's: by its author; where that is undecided, by place and text."""
        answer = self._is_author(row)
        if answer is not Same.UNKNOWN:
            return answer
        theirs, others = self._found_in(self._comments, row), self._found_in(self._others, row)
        if theirs is others:
            return min(theirs, Same.UNKNOWN)
        return theirs if theirs > others else Same.NO

    def _found_in(self, comments: Comments, row: Identity) -> Same:
        """Return the best answer of comments that a row of another author, or of nobody, may be."""
        similar = (comment for key in (row.place, row.text) for comment in comments.get(key, ()))
        answers = (same_comment(row, comment, self.key) for comment in similar if comment.author != row.author)
        return max(answers, default=Same.NO)

    def clean(self, row: Record, source: str) -> bool:
        """Return whether a row stays; remove references to the person's comments and quotations of them from it."""
        comment = identity_of(row, source)
        answer = self.owns(comment)
        if answer is Same.YES:
            self.counts["dropped"] += 1
            return False
        is_reply = is_cleaned = False
        for name in ("parent", "reply_to", "parent_text"):
            if parent := _text(row.get(name)):
                by_id = Identity(source, comment.document, parent, outlet=comment.outlet)
                by_text = Identity(source, text=folded(parent), outlet=comment.outlet)
                owned = max(self.owns(by_id), self.owns(by_text))
                is_reply |= owned is not Same.NO
                if owned is Same.YES:
                    row[name], is_cleaned = None, True
        text, quoted = (value if isinstance(value := row.get(name), str) else "" for name in ("text", "quoted"))
        theirs = self._quotations(text, quoted, is_reply, comment.outlet)
        if theirs:
            row["text"] = own_words(text, "\n".join(theirs))
        if theirs and quoted:
            row["quoted"] = "\n".join(line for line in quoted.splitlines() if line not in theirs) or None
        # Words: columns of our own tables in which a name is that of another person or thing.
        ours = ("author", "annotator", "outlet", "target", "model")
        columns = ours if isinstance(row.get("author"), str) else ()
        others = "\n".join(str(value) for name, value in row.items() if name not in columns)
        if answer is Same.UNKNOWN:
            self.undecided[source].add(comment.place or comment.comment or "without an id")
        elif self.is_named_in(read_references(unguard_cell(others))):
            self.counts["mentions"] += 1
        self.counts["cleaned"] += is_cleaned or bool(theirs)
        return True

    def _quotations(self, text: str, quoted: str, is_reply: bool, outlet: str | None) -> list[str]:
        """Return the parts of another's comment that quote the person, with the line that says who is quoted.

        :param quoted: Lines that are marked as quoted. Where none are, only repeated sentences are quotations, and only
            in a reply or behind the person's name.
        """
        parts = quoted.splitlines() or [part for line in text.split("\n") for part in sentences_of(line)]
        theirs, is_below = list[str](), False
        for part in parts:
            names = map(folded, quoted_names(part) if quoted or ":" in part else ())
            is_headed = any(self._is_author(Identity("", outlet=outlet, author=name)) is Same.YES for name in names)
            words = folded((part.partition(":")[2] if is_headed else part).lstrip(SIGNS))
            is_likely = bool(quoted or theirs or is_headed)
            is_long = (is_likely or is_reply) and len(words) >= (SHORTEST // 2 if is_likely else SHORTEST)
            is_below = is_headed or (is_below and ":" not in part)  # no head that names another
            is_marked = bool(quoted) and (is_below or self.is_named_in(part))
            if is_marked or (is_headed and not words) or (is_long and any(words in text for text in self.texts)):
                theirs.append(part)
        return theirs

    def is_named_in(self, text: str) -> bool:
        """Return whether a text holds a name, a pseudonym or some words of a comment of the person."""
        plain = words_of(text)
        return any(mark in plain for mark in self._marks) or any(run in self._runs for run in _runs(plain.split()))


def quoted_names(line: str) -> Iterator[str]:
    """Yield all that may be the name of the quoted person of a line, such as "Ada Low wrote: ..."."""
    return (name.strip("\"' ,;()[]") for name in names_in_head(line.lstrip(SIGNS).partition(":")[0].split()))


def words_of(text: str) -> str:
    """Return the folded words of a text; names of files and addresses join those of a name by underscores."""
    return folded_words(text.replace("_", " "))


def _runs(words: list[str]) -> Iterator[int]:
    return (hash(tuple(words[start : start + WORDS_IN_A_ROW])) for start in range(len(words) - WORDS_IN_A_ROW + 1))


def identity_of(row: Record, source: str) -> Identity:
    """Return the identity of the comment of a row; a sentence of an article is none, nor "Anonymous" an author."""
    names = ("document", "comment", "id", "text", "outlet", "author")
    document, comment, identifier, text, outlet, author = (_text(row.get(name)) for name in names)
    if row.get("unit") == "sentence":
        comment = identifier = text = ""
    author = person(read_references(author), TABLE_LAYOUT) or ""
    return Identity(source, document, comment or identifier, folded(text), folded(outlet) or None, folded(author))


def _text(value: object) -> str:
    """Return the text of a cell; empty if it is neither text nor a whole number."""
    if isinstance(value, str):
        return unguard_cell(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""

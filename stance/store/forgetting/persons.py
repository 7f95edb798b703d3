"""A commenter to remove: facts about them, and their rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from stance.datamodels import Record
from stance.parsing.quotations import names_in_head, sentences_of
from stance.pseudonyms import folded, folded_words, is_pseudonym, pseudonym
from stance.reading.markup import read_references
from stance.records.score_records import unguard_cell
from stance.text_forms import own_words

SHORTEST = 20
"""Minimum number of characters of a text that is known as a person's by its words: many people write "I agree"."""

WORDS_IN_A_ROW = 7
"""Number of words in a row that are taken for an excerpt of a comment; public reports quote up to 12."""

SIGNS = "> \t»|"
"""Characters before a quoted line."""


@dataclass(slots=True)
class Person:
    """A commenter, and the facts known so far.

    :param given: The name or the pseudonym. A pseudonym is of one outlet; a name, of each that the tables name.
    :param key: Of the pseudonyms; None: names and pseudonyms cannot be matched to each other.
    :param outlet: The only one whose comments are removed: two outlets may have two people of one name.
    """

    given: str
    key: bytes | None
    outlet: str | None = None
    names: set[str] = field(default_factory=set)  # as in tables, with the pseudonyms
    comments: dict[str, set[str]] = field(default_factory=dict)  # document/comment -> its texts, folded
    texts: dict[str, str] = field(default_factory=dict)  # folded -> as in the table
    targets: set[str] = field(default_factory=set)  # of any label or score
    counts: Counter[str] = field(default_factory=Counter)  # of one table, by the fields of ``Changed``
    _runs: set[int] = field(default_factory=set)  # hashes of words in a row
    _marks: set[str] = field(default_factory=set)  # words of names, and of texts that have fewer
    _outlets: set[str | None] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Note the name, and that at the outlet."""
        self._add(self.given, self.outlet)

    def _add(self, name: str, outlet: str | None) -> None:
        """Note a name, an outlet, and the pseudonym there."""
        names = {name}
        if outlet not in self._outlets and self._is_at(outlet):
            self._outlets.add(outlet)
            if self.key is not None and not is_pseudonym(self.given):
                names.add(pseudonym(self.given, outlet, key=self.key) or "")
        self.names |= names
        self._marks |= set(map(words_of, names)) - {words_of("")}

    def _is_at(self, outlet: str | None) -> bool:
        return self.outlet is None or folded(outlet or "") == folded(self.outlet)

    def is_called(self, author: str | None, outlet: str | None = None) -> bool:
        """Return whether an author's name or pseudonym is the person's.

        :param outlet: None if it is unknown.
        """
        if author is None or not author.strip() or (outlet is not None and not self._is_at(outlet)):
            return False
        if folded(author) == folded(self.given):
            return True
        if not is_pseudonym(self.given):
            return author in self.names
        outlets = self._outlets if outlet is None else (outlet,)
        return self.key is not None and any(pseudonym(author, site, key=self.key) == self.given for site in outlets)

    def learn(self, row: Record) -> bool:
        """Note what a row holds of the person, and the outlet; return whether it names them."""
        outlet, author, text = (_text(row.get(name)) for name in ("outlet", "author", "text"))
        self._add(self.given, outlet)
        self.targets |= {target} if (target := _text(row.get("target"))) else set()
        if author is None or not self.is_called(read_references(author), outlet):
            return False
        self._add(author, outlet)
        texts = {folded(text)} if text and text.strip() else set[str]()
        for name in _ids(row, row.get("comment") or row.get("id")):
            self.comments.setdefault(name, set()).update(texts)
        if text and texts:
            self.texts.setdefault(folded(text), text)
            words = words_of(text).split()
            self._runs |= set(_runs(words))
            self._marks |= {words_of(text)} if 0 < len(words) < WORDS_IN_A_ROW and len(text) >= SHORTEST else set()
        return True

    def owns(self, row: Record) -> bool:
        """Return whether a comment is the person's: by its author or id; where nobody is named, by its words."""
        author = _text(row.get("author"))
        if author and self.is_called(read_references(author), _text(row.get("outlet"))):
            return True
        text = folded(_text(row.get("text")) or "")
        for name in _ids(row, row.get("comment") or row.get("id")) & self.comments.keys():
            # A row of another author with another text is a comment of an input that shares the name of its document.
            if not (author and text and self.comments[name] and text not in self.comments[name]):
                return row.get("unit") != "sentence"
        return author is None and self._wrote(row.get("text"))

    def clean(self, row: Record) -> bool:
        """Return whether a row stays; remove references to the person's comments and quotations of them from it."""
        if self.owns(row):
            self.counts["dropped"] += 1
            return False
        is_reply = False
        for name in ("parent", "reply_to", "parent_text"):
            if _ids(row, row.get(name)) & self.comments.keys() or self._wrote(row.get(name)):
                row[name], is_reply = None, True
        text, quoted = (value if isinstance(value := row.get(name), str) else "" for name in ("text", "quoted"))
        theirs = self._quotations(text, quoted, is_reply, _text(row.get("outlet")))
        if theirs:
            row["text"] = own_words(text, "\n".join(theirs))
        if theirs and quoted:
            row["quoted"] = "\n".join(line for line in quoted.splitlines() if line not in theirs) or None
        # Words: columns of our own tables in which a name is that of another person or thing.
        ours = ("author", "annotator", "outlet", "target", "model")
        columns = ours if isinstance(row.get("author"), str) else ()
        others = "\n".join(str(value) for name, value in row.items() if name not in columns)
        mentions = self.is_named_in(read_references(unguard_cell(others)))
        self.counts.update(cleaned=is_reply or bool(theirs), mentions=mentions)
        return True

    def _wrote(self, text: object) -> bool:
        return isinstance(text, str) and len(text) >= SHORTEST and folded(unguard_cell(text)) in self.texts

    def _quotations(self, text: str, quoted: str, is_reply: bool, outlet: str | None) -> list[str]:
        """Return the parts of another's comment that quote the person, with the line that says who is quoted.

        :param quoted: Lines that are marked as quoted. Where none are, only repeated sentences are quotations, and only
            in a reply or behind the person's name.
        """
        parts = quoted.splitlines() or [part for line in text.split("\n") for part in sentences_of(line)]
        theirs, is_below = list[str](), False
        for part in parts:
            is_headed = bool(quoted or ":" in part) and any(self.is_called(name, outlet) for name in quoted_names(part))
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


def _ids(row: Record, comment: object) -> set[str]:
    """Return the ids by which a comment is known in all tables; that of a sample names the document too."""
    document, name = _text(row.get("document")), _text(comment)
    ids = {name} if name and "/" in name else set()
    return ids | {f"{document}/{name}"} if document and name else ids


def _text(value: object) -> str | None:
    """Return the text of a cell that names something; None for an empty one."""
    if isinstance(value, str):
        return unguard_cell(value) or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None

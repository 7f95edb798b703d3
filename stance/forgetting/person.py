"""Who is to be forgotten, what is known of them, and what of a row is theirs.

Of a corpus the same comment stands in many tables under many names: by author, by pseudonym, by the id of a sample, or
by its words alone. So tables are read twice: first all that is theirs is gathered, then rows are judged by all of it.
"""

import re
import unicodedata
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from stance.identity import pair_digest
from stance.labels.cells import unguard
from stance.pseudonyms import pseudonym
from stance.scoring.instances import own_words

AUTHORS = ("author", "user", "username", "commenter", "group")
"""Columns that name who wrote a row; ``group`` is that of ``compare --by author``."""

INSIDE = ("data", "meta")
"""Objects in which tasks for other tools hold the fields of a comment."""

SHORTEST = 20
"""Characters of a text that is known as a person's by its words alone: many people write "I agree"."""

PSEUDONYM = re.compile(r"reader-[0-9a-f]{4,64}")

Row = MutableMapping[str, Any]


def folded(text: str) -> str:
    """Give a text without what case and spacing make of it, as pseudonyms do."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(slots=True)
class Person:
    """One commenter, and what is known of them so far.

    :param given: The name or the pseudonym.
    :param key: Of the pseudonyms; None: names and pseudonyms cannot be matched to each other.
    """

    given: str
    key: bytes | None
    names: set[str] = field(default_factory=set)  # as they stand in tables
    comments: set[str] = field(default_factory=set)  # document/comment
    texts: dict[str, str] = field(default_factory=dict)  # folded -> as it stands
    targets: set[str] = field(default_factory=set)  # toward which anything is labelled
    mentions: int = 0  # comments of others that name them, so far
    _judged: dict[str, bool] = field(default_factory=dict)
    _pseudonym: str | None = None
    _folded: str = ""

    def __post_init__(self) -> None:
        """Work out what the person is called."""
        self._folded = folded(self.given)
        known = PSEUDONYM.fullmatch(self.given) is not None
        self._pseudonym = self.given if known else pseudonym(self.given, key=self.key) if self.key else None
        self.names.update({self.given, *filter(None, (self._pseudonym,))})

    def is_called(self, author: Any) -> bool:
        """Tell whether an author's name, or pseudonym, is theirs."""
        if not isinstance(author, str) or not author.strip():
            return False
        if author not in self._judged:
            if len(self._judged) > 1_000_000:
                self._judged.clear()
            self._judged[author] = (
                author == self._pseudonym
                or folded(author) == self._folded
                or (self.key is not None and pseudonym(author, key=self.key) == self._pseudonym)
            )
        return self._judged[author]

    # First reading.

    def learn(self, row: Row) -> bool:
        """Gather what a row tells of them.

        :return: Whether the row is theirs.
        """
        theirs = False
        for fields, document, comment in _comments(row):
            if isinstance(target := fields.get("target"), str):
                self.targets.add(target)
            if author := next((fields[name] for name in AUTHORS if self.is_called(_cell(fields.get(name)))), None):
                theirs = True
                self.names.add(_cell(author))
                self._learn_comment(fields, document, comment)
        return theirs

    def _learn_comment(self, fields: Row, document: str | None, comment: str | None) -> None:
        if document and comment:
            self.comments.add(f"{document}/{comment}")
        if comment and "/" in comment:  # the id of a sample
            self.comments.add(comment)
        if isinstance(text := fields.get("text"), str) and text.strip():
            self.texts.setdefault(folded(_cell(text)), _cell(text))

    # Second reading.

    def owns(self, fields: Row, document: str | None, comment: str | None) -> bool:
        """Tell whether a comment is theirs: by who wrote it, by its id, or where nobody is named by its words."""
        authors = [_cell(fields[name]) for name in AUTHORS if fields.get(name)]
        if any(map(self.is_called, authors)):
            return True
        if (comment or "") in self.comments or f"{document}/{comment}" in self.comments:
            return fields.get("unit") != "paragraph"
        text = fields.get("text")
        return not authors and isinstance(text, str) and len(text) >= SHORTEST and folded(_cell(text)) in self.texts

    def clean(self, row: Row) -> tuple[bool, int, int]:
        """Take what is theirs out of a row.

        :return: Whether the row stays; how many comments were dropped; how many others were cleaned of their words.
        """
        comments = list(_comments(row))
        theirs = [id(fields) for fields, document, comment in comments if self.owns(fields, document, comment)]
        if theirs and not isinstance(row.get("comments"), list):
            return False, 1, 0
        if theirs:
            row["comments"] = [each for each in row["comments"] if id(each) not in theirs]
        others = [each for each in comments if id(each[0]) not in theirs]
        cleaned = sum(self._clean_comment(fields, document) for fields, document, _ in others)
        self.mentions += sum(self._is_named_by(fields) for fields, _, _ in others)
        return True, len(theirs), cleaned

    def _is_named_by(self, fields: Row) -> bool:
        given = (_text(fields.get(name)) for name in ("text", "parent", "parent_text"))
        return self.is_named_in(" ".join(filter(None, given)))

    def _clean_comment(self, fields: Row, document: str | None) -> bool:
        """Let a comment of somebody else keep its place, without what it repeats of them."""
        answers = False
        for name in ("parent", "reply_to", "parent_text"):
            value = _text(fields.get(name))
            if value and (f"{document}/{value}" in self.comments or value in self.comments or self._said(value)):
                fields[name] = None
                answers = True
        return self._clean_quotes(fields, answers) or answers

    def _clean_quotes(self, fields: Row, answers: bool) -> bool:
        text, quoted = fields.get("text"), _text(fields.get("quoted"))
        if not isinstance(text, str):
            return False
        lines = (quoted or "").splitlines() or (text.splitlines() if answers else [])
        theirs = [line for line in lines if self._said_in_part(line)]
        if not theirs:
            return False
        fields["text"] = own_words(text, "\n".join(theirs))
        if quoted:
            fields["quoted"] = "\n".join(line for line in lines if line not in theirs) or None
        return True

    def _said(self, text: str) -> bool:
        return len(text) >= SHORTEST and folded(_cell(text)) in self.texts

    def _said_in_part(self, line: str) -> bool:
        words = folded(line.lstrip("> \t»|"))
        return len(words) >= SHORTEST // 2 and any(words in text for text in self.texts)

    def is_quoted_in(self, text: str) -> bool:
        """Tell whether a text of any kind holds a comment of theirs, or their pseudonym."""
        plain = folded(text)
        if self._pseudonym and self._pseudonym in plain:
            return True
        return any(len(words) >= SHORTEST and words in plain for words in self.texts)

    def is_named_in(self, text: str) -> bool:
        """Tell whether a text holds a name of theirs, as words of its own."""
        plain = folded(text)
        return any(_stands(folded(name), plain) for name in self.names)

    def digests(self) -> set[int]:
        """Digest every pair of a comment of theirs and a target, as models note what they were trained on."""
        return {pair_digest(text, target) for text in self.texts.values() for target in self.targets}


def _comments(row: Row) -> Iterator[tuple[Row, str | None, str | None]]:
    """Give the parts of a row that may be a comment, each with its document and its id."""
    if isinstance(row.get("comments"), list):  # a document; its own author wrote the article
        for comment in row["comments"]:
            if isinstance(comment, dict):
                yield comment, _text(row.get("id")), _text(comment.get("id"))
        return
    for fields in (row, *(row[name] for name in INSIDE if isinstance(row.get(name), dict))):
        document = _text(fields.get("document")) or _text(row.get("document"))
        yield fields, document, _text(fields.get("comment")) or _text(fields.get("id"))


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _cell(value: Any) -> Any:
    return unguard(value) if isinstance(value, str) else value


def _stands(name: str, text: str) -> bool:
    """Tell whether a name stands in a text as words of its own."""
    at = text.find(name) if name else -1
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = text.find(name, at + 1)
    return False

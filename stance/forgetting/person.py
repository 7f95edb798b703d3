"""Who is to be forgotten, what is known of them, and what of a row is theirs.

Of a corpus the same comment stands in many tables under many names: by author, by pseudonym, by the id of a sample, or
by its words alone. So tables are read twice: first all that is theirs is gathered, then rows are judged by all of it.
"""

import re
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from stance.datamodels import own_words
from stance.labelling.sample import SAMPLE_FIELDS
from stance.labels.formats import FIELDS, unguard
from stance.pseudonyms import folded, pseudonym
from stance.reading.text import read_references
from stance.records import SCORE_FIELDS, pair_digest

AUTHORS = ("author", "user", "username", "commenter", "speaker", "group")
"""Columns that name who wrote a row; ``group`` is that of ``compare --by author``, ``speaker`` that of ConvoKit."""

BESIDE = "other"
"""In ``comparison.csv``, the group that ``group`` is set beside."""

SAYING = frozenset(("text", "parent", "reply_to", "reply-to", "parent_text", "quoted", "byline"))
"""Columns in which others may name them, and who wrote an article."""

OURS = frozenset((*FIELDS, *SAMPLE_FIELDS, *SCORE_FIELDS)) | SAYING
"""Columns of our own tables: no name of a commenter stands there but where those above say."""

INSIDE = ("data", "meta")
"""Objects in which tasks for other tools hold the fields of a comment."""

SHORTEST = 20
"""Characters of a text that is known as a person's by its words alone: many people write "I agree"."""

RUN, SHORTEST_RUN = 6, 3
"""Words in a row by which a cut is known; a cut may go across a part that the comment quoted, which is not in it."""

PSEUDONYM = re.compile(r"reader-[0-9a-f]{4,64}")

Row = MutableMapping[str, Any]


@dataclass(slots=True)
class Person:
    """One commenter, and what is known of them so far.

    :param given: The name or the pseudonym. A pseudonym is of one outlet; a name, of each that is met.
    :param key: Of the pseudonyms; None: names and pseudonyms cannot be matched to each other.
    :param outlet: The only one that they are to be forgotten in: two places may have two people of one name.
    """

    given: str
    key: bytes | None
    outlet: str | None = None
    names: set[str] = field(default_factory=set)  # as they stand in tables
    comments: set[str] = field(default_factory=set)  # document/comment
    texts: dict[str, str] = field(default_factory=dict)  # folded -> as it stands
    asked: set[str] = field(default_factory=set)  # folded, as models are asked about them: with and without quotes
    targets: set[str] = field(default_factory=set)  # toward which anything is labelled
    mentions: int = 0  # comments of others that name them, so far
    strangers: int = 0  # rows that hold their name in a column that is not known, so far
    _judged: dict[tuple[str, str | None], bool] = field(default_factory=dict)
    _outlets: set[str | None] = field(default_factory=set)  # met so far
    _pseudonyms: set[str] = field(default_factory=set)  # theirs, one for each outlet
    _is_name: bool = True
    _folded: str = ""

    def __post_init__(self) -> None:
        """Work out what the person is called."""
        self._folded = folded(self.given)
        self._is_name = PSEUDONYM.fullmatch(self.given) is None
        self.names.add(self.given)
        if not self._is_name:
            self._pseudonyms.add(self.given)
        self._meet_outlet(self.outlet)

    def _meet_outlet(self, outlet: str | None) -> None:
        """Note an outlet, and what they are called there."""
        if outlet in self._outlets or (self.outlet is not None and not _are_one(outlet, self.outlet)):
            return
        self._outlets.add(outlet)
        if self._is_name and self.key is not None and (shown := pseudonym(self.given, outlet, key=self.key)):
            self._pseudonyms.add(shown)
            self.names.add(shown)

    def is_called(self, author: Any, outlet: str | None = None) -> bool:
        """Tell whether an author's name, or pseudonym, is theirs.

        :param outlet: Where it stands; None where that is not told.
        """
        if not isinstance(author, str) or not author.strip():
            return False
        if (author, outlet) not in self._judged:
            if len(self._judged) > 1_000_000:
                self._judged.clear()
            self._judged[author, outlet] = self._judge(author, outlet)
        return self._judged[author, outlet]

    def _judge(self, author: str, outlet: str | None) -> bool:
        if author in self._pseudonyms:
            return True
        if outlet is not None and self.outlet is not None and not _are_one(outlet, self.outlet):
            return False
        if folded(author) == self._folded:
            return True
        if self._is_name or self.key is None:
            return False
        places = self._outlets if outlet is None else (outlet,)
        return any(pseudonym(author, each, key=self.key) == self.given for each in places)

    # First reading.

    def meet(self, row: Row) -> None:
        """Note which outlets a row is of, before anything is judged: not every table says them."""
        for *_, outlet in _comments(row):
            self._meet_outlet(outlet)

    def learn(self, row: Row) -> bool:
        """Gather what a row tells of them.

        :return: Whether the row is theirs.
        """
        theirs = False
        for fields, document, comment, outlet in _comments(row):
            if isinstance(target := fields.get("target"), str):
                self.targets.add(target)
            called = (fields[name] for name in _authors(fields) if self.is_called(_name(fields.get(name)), outlet))
            if author := next(called, None):
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
            self.asked |= {folded(_cell(text)), folded(own_words(_cell(text), _cell(_text(fields.get("quoted")))))}

    # Second reading.

    def owns(self, fields: Row, document: str | None, comment: str | None, outlet: str | None) -> bool:
        """Tell whether a comment is theirs: by who wrote it, by its id, or where nobody is named by its words."""
        authors = [_name(fields[name]) for name in _authors(fields) if fields.get(name)]
        if any(self.is_called(author, outlet) for author in authors):
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
        theirs = [id(each[0]) for each in comments if self.owns(*each)]
        if theirs and not isinstance(row.get("comments"), list):
            return False, 1, 0
        if theirs:
            row["comments"] = [each for each in row["comments"] if id(each) not in theirs]
        others = [each for each in comments if id(each[0]) not in theirs]
        cleaned = sum(self._clean_comment(fields, document) for fields, document, *_ in others)
        self.mentions += sum(self._is_named_by(fields) for fields, *_ in others)
        self.strangers += any(self._is_beside(fields) for fields, *_ in others)
        return True, len(theirs), cleaned

    def _is_named_by(self, fields: Row) -> bool:
        given = (_text(fields.get(name)) for name in ("text", "parent", "parent_text"))
        return self.is_named_in(" ".join(filter(None, given)))

    def _is_beside(self, fields: Row) -> bool:
        """Tell whether a row holds their name, or what they said, in a column that is not known.

        It may be that of who wrote the row, where no known one is, or of whom another answers.
        """
        told = {name for name in AUTHORS if isinstance(fields.get(name), str)}
        known = OURS | told if told else SAYING
        others = [value for name, value in fields.items() if name not in known]
        names = {folded(name) for name in self.names} if others else set()
        return any(held in names or self._said(held) for held in map(folded, _texts(others)))

    def _clean_comment(self, fields: Row, document: str | None) -> bool:
        """Let a comment of somebody else keep its place, without what it repeats of them."""
        answers = False
        for name in ("parent", "reply_to", "reply-to", "parent_text"):
            value = _text(fields.get(name))
            if value and (f"{document}/{value}" in self.comments or value in self.comments or self._said(value)):
                fields[name] = None
                answers = True
        return self._clean_quotes(fields, answers) or answers

    def _clean_quotes(self, fields: Row, answers: bool) -> bool:
        meta = fields.get("meta")
        at = meta if isinstance(meta, dict) and meta.get("quoted") else fields  # ConvoKit says there what is quoted
        text, quoted = fields.get("text"), _text(at.get("quoted"))
        if not isinstance(text, str):
            return False
        lines = (quoted or "").splitlines() or (text.splitlines() if answers else [])
        theirs = [line for line in lines if self._said_in_part(line)]
        if not theirs:
            return False
        fields["text"] = own_words(text, "\n".join(theirs))
        if quoted:
            at["quoted"] = "\n".join(line for line in lines if line not in theirs) or None
        return True

    def _said(self, text: str) -> bool:
        return len(text) >= SHORTEST and folded(_cell(text)) in self.texts

    def _said_in_part(self, line: str) -> bool:
        words = folded(line.lstrip("> \t»|"))
        return len(words) >= SHORTEST // 2 and any(words in text for text in self.texts)

    def is_quoted_in(self, text: str) -> bool:
        """Tell whether a text of any kind holds a comment of theirs, or a pseudonym."""
        plain = folded(text)
        if any(shown in plain for shown in self._pseudonyms):
            return True
        return any(len(words) >= SHORTEST and words in plain for words in self.texts)

    def is_cut_from(self, quote: str) -> bool:
        """Tell whether a cut, as public reports quote, is of a comment of theirs: some of its words stand in one."""
        words = folded(quote.replace("…", " ")).split()
        runs = (words[at : at + RUN] for at in range(max(1, len(words) - RUN + 1)))
        return any(len(run) >= SHORTEST_RUN and any(" ".join(run) in text for text in self.texts) for run in runs)

    def is_named_in(self, text: str) -> bool:
        """Tell whether a text holds a name of theirs, as words of its own."""
        plain = folded(text)
        return any(_stands(folded(name), plain) for name in self.names)

    def digests(self) -> set[int]:
        """Digest every pair of a comment of theirs and a target, as models note what they were trained on."""
        return {pair_digest(text, target) for text in self.texts.values() for target in self.targets}


def _authors(fields: Row) -> tuple[str, ...]:
    """Give the columns that name whom a row is of; one of a comparison's is of both that it sets side by side."""
    return (*AUTHORS, BESIDE) if BESIDE in fields and "group" in fields and "section" in fields else AUTHORS


def _are_one(outlet: str | None, other: str) -> bool:
    return folded(outlet or "") == folded(other)


def _comments(row: Row) -> Iterator[tuple[Row, str | None, str | None, str | None]]:
    """Give the parts of a row that may be a comment, each with its document, its id and its outlet."""
    if isinstance(row.get("comments"), list):  # a document; its own author wrote the article
        for comment in row["comments"]:
            if isinstance(comment, dict):
                yield comment, _text(row.get("id")), _text(comment.get("id")), _outlet(row)
        return
    for fields in (row, *(row[name] for name in INSIDE if isinstance(row.get(name), dict))):
        document = _text(fields.get("document")) or _text(row.get("document"))
        yield fields, document, _text(fields.get("comment")) or _text(fields.get("id")), _outlet(fields) or _outlet(row)


def _outlet(row: Row) -> str | None:
    return _text(_cell(row.get("outlet")))


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _cell(value: Any) -> Any:
    return unguard(value) if isinstance(value, str) else value


def _name(value: Any) -> Any:
    """Give a name as a table is read: with characters in the place of what stands for them in markup."""
    return read_references(_cell(value)) if isinstance(value, str) else value


def _texts(values: Iterable[Any]) -> Iterator[str]:
    """Give the texts among values, also those within objects and lists."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield read_references(_cell(value))
        elif isinstance(value, dict | list):
            waiting.extend(value.values() if isinstance(value, dict) else value)


def _stands(name: str, text: str) -> bool:
    """Tell whether a name stands in a text as words of its own."""
    at = text.find(name) if name else -1
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = text.find(name, at + 1)
    return False

"""Find a person's comments in rows of tables and stores, and remove them.

The same comment stands in many tables under many names: by author, by pseudonym, by the id of a sample, or by its words
alone. So tables are read first to gather all that is known of the person, and then judged by all of it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from stance.datamodels import own_words
from stance.labelling.sample import SAMPLE_FIELDS
from stance.labels.formats import FIELDS
from stance.pseudonyms import fingerprint, folded, is_pseudonym, pseudonym
from stance.reading.tables import json_object
from stance.reading.text import read_references
from stance.records import SCORE_FIELDS, TEXT_FIELDS, pair_digest, unguard_cell
from stance.store.documents import Store, forgotten_digest

AUTHORS = ("author", "user", "username", "commenter", "speaker")
"""Columns that name who wrote a row; ``speaker`` is that of ConvoKit."""

ANSWERED = ("parent", "reply_to", "reply-to", "parent_text")
"""Columns with the id or the text of the comment that a row replies to."""

ELSEWHERE = frozenset((*AUTHORS, *FIELDS, *SAMPLE_FIELDS, *SCORE_FIELDS, *TEXT_FIELDS)) - {"text", "parent"}
"""Columns of our own tables that name a commenter in no row of another one: annotators may have the same name."""

NESTED = ("data", "meta")
"""Objects in which tasks for other tools hold the fields of a comment."""

SHORTEST = 20
"""Characters of a text that is known as a person's by its words alone: many people write "I agree"."""

RUN = 7
"""Words in a row that are taken for an excerpt of a comment; public reports quote up to 12."""

_WORD = re.compile(r"\w+")

Row = MutableMapping[str, Any]
Part = tuple[Row, str | None, str | None, str | None]
"""A part of a row that may be a comment: fields, document, id, outlet."""


@dataclass(slots=True)
class Person:
    """A commenter, and what is known of them so far.

    :param given: The name or the pseudonym. A pseudonym is of one outlet; a name, of each that the tables name.
    :param key: Of the pseudonyms; None: names and pseudonyms cannot be matched to each other.
    :param outlet: The only one whose comments are removed: two outlets may have two people of one name.
    """

    given: str
    key: bytes | None
    outlet: str | None = None
    names: set[str] = field(default_factory=set)  # as they stand in tables, with the pseudonyms
    comments: set[str] = field(default_factory=set)  # document/comment
    texts: dict[str, str] = field(default_factory=dict)  # folded -> as it stands
    asked: set[str] = field(default_factory=set)  # folded, as models are asked about them: with and without quotes
    targets: set[str] = field(default_factory=set)  # of any label or score
    counts: Counter[str] = field(default_factory=Counter)  # of one table, by the fields of ``Changed``
    _runs: set[int] = field(default_factory=set)  # hashes of words in a row
    _marks: set[str] = field(default_factory=set)  # words of names, and of texts that have fewer
    _outlets: set[str | None] = field(default_factory=set)
    _pseudonyms: set[str] = field(default_factory=set)  # one for each outlet

    def __post_init__(self) -> None:
        """Note the name."""
        self._add_name(self.given)
        self._add_outlet(self.outlet)

    def _add_name(self, name: str) -> None:
        self.names.add(name)
        self._marks |= {_spaced(name)} - {_spaced("")}

    def _add_outlet(self, outlet: str | None) -> None:
        if outlet not in self._outlets and self._is_at(outlet):
            self._outlets.add(outlet)
            if self.key is not None and not is_pseudonym(self.given):
                self._pseudonyms.add(shown := pseudonym(self.given, outlet, key=self.key) or "")
                self._add_name(shown)

    def _is_at(self, outlet: str | None) -> bool:
        return self.outlet is None or folded(outlet or "") == folded(self.outlet)

    def is_called(self, author: Any, outlet: str | None = None) -> bool:
        """Return whether an author's name or pseudonym is the person's.

        :param outlet: None if it is unknown.
        """
        if not isinstance(author, str) or not author.strip() or (outlet is not None and not self._is_at(outlet)):
            return False
        if author in self._pseudonyms or folded(author) == folded(self.given):
            return True
        if self.key is None or not is_pseudonym(self.given):
            return False
        outlets = self._outlets if outlet is None else (outlet,)
        return any(pseudonym(author, at, key=self.key) == self.given for at in outlets)

    def learn(self, row: Row) -> bool:
        """Note what a row holds of the person, and the outlets; return whether it names them."""
        is_named = False
        for fields, document, comment, outlet in _parts(row):
            self._add_outlet(outlet)
            if isinstance(target := fields.get("target"), str):
                self.targets.add(target)
            names = [fields[name] for name in AUTHORS if self.is_called(_name(fields.get(name)), outlet)]
            if names:
                is_named = True
                self._add_name(_cell(names[0]))
                self.comments |= _ids(document, comment)
                if isinstance(text := _cell(fields.get("text")), str) and text.strip():
                    self.texts.setdefault(folded(text), text)
                    self.asked |= {folded(text), folded(own_words(text, _text(fields.get("quoted"))))}
                    words = _spaced(text).split()
                    self._runs |= set(_runs(words))
                    self._marks |= {_spaced(text)} if 0 < len(words) < RUN and len(text) >= SHORTEST else set()
        return is_named

    def owns(self, part: Part) -> bool:
        """Return whether a comment is the person's: by its author or id; where nobody is named, by its words."""
        fields, document, comment, outlet = part
        authors = [_name(fields[name]) for name in AUTHORS if fields.get(name)]
        if any(self.is_called(author, outlet) for author in authors):
            return True
        if _ids(document, comment) & self.comments:
            return fields.get("unit") != "sentence"
        return not authors and self._wrote(fields.get("text"))

    def clean(self, row: Row) -> bool:
        """Remove the person's comments and quotations of them from a row; return whether the row stays."""
        parts = list(_parts(row))
        gone = {id(part[0]) for part in parts if self.owns(part)}
        if gone and not isinstance(row.get("comments"), list):
            self.counts["dropped"] += 1
            return False
        if gone:
            row["comments"] = [each for each in row["comments"] if id(each) not in gone]
        others = [part for part in parts if id(part[0]) not in gone]
        cleaned = sum(map(self._clean_comment, others))
        mentions = sum(self._is_left_in(fields) for fields, *_ in others)
        self.counts.update(dropped=len(gone), cleaned=cleaned, mentions=mentions)
        return True

    def _clean_comment(self, part: Part) -> bool:
        """Remove references to the person's comments and quotations of them from a comment of another one."""
        fields, document, *_ = part
        is_reply = False
        for name in ANSWERED:
            value = _text(fields.get(name))
            if _ids(document, value) & self.comments or self._wrote(value):
                fields[name], is_reply = None, True
        meta, text = fields.get("meta"), fields.get("text")
        holder = meta if isinstance(meta, dict) and meta.get("quoted") else fields  # as ConvoKit has it
        quoted = (_text(holder.get("quoted")) or "").splitlines()
        if not isinstance(text, str):
            return is_reply
        theirs = [line for line in quoted or (text.splitlines() if is_reply else ()) if self._is_quote(line)]
        if theirs:
            fields["text"] = own_words(text, "\n".join(theirs))
        if theirs and quoted:
            holder["quoted"] = "\n".join(line for line in quoted if line not in theirs) or None
        return is_reply or bool(theirs)

    def _is_left_in(self, fields: Row) -> bool:
        """Return whether another one's row names the person or holds their words."""
        known = ELSEWHERE if any(isinstance(fields.get(name), str) for name in AUTHORS) else ()
        values = (str(value) for name, value in fields.items() if name not in (*known, *NESTED))
        return self.count_hits(_name("\n".join(values))) > 0

    def _wrote(self, text: Any) -> bool:
        return isinstance(text, str) and len(text) >= SHORTEST and folded(_cell(text)) in self.texts

    def _is_quote(self, line: str) -> bool:
        words = folded(line.lstrip("> \t»|"))
        return len(words) >= SHORTEST // 2 and any(words in text for text in self.texts)

    def count_hits(self, text: str) -> int:
        """Count the places in a text that hold a name, a pseudonym or some words of a comment of the person."""
        plain = _spaced(text)
        found = [False, *(run in self._runs for run in _runs(plain.split()))]
        begun = sum(not before and now for before, now in pairwise(found))
        return begun + sum(map(plain.count, self._marks))

    def digests(self) -> set[int]:
        """Digest each pair of a comment and a target, as models note what they were trained on."""
        return {pair_digest(text, target) for text in self.texts.values() for target in self.targets}


def _parts(row: Row) -> Iterator[Part]:
    """Yield the parts of a row that may be a comment."""
    if isinstance(row.get("comments"), list):  # a document, whose own author wrote the article
        comments = (each for each in row["comments"] if isinstance(each, dict))
        yield from ((each, _text(row.get("id")), _text(each.get("id")), _text(row.get("outlet"))) for each in comments)
        return
    for fields in (row, *(row[name] for name in NESTED if isinstance(row.get(name), dict))):
        document, outlet = (_text(fields.get(name)) or _text(row.get(name)) for name in ("document", "outlet"))
        yield fields, document, _text(fields.get("comment")) or _text(fields.get("id")), outlet


def _spaced(text: str) -> str:
    """Return the words of a text with a space around each, so that a name is found as words of its own."""
    return f" {' '.join(_WORD.findall(folded(text)))} "


def _runs(words: list[str]) -> Iterator[int]:
    return (hash(tuple(words[at : at + RUN])) for at in range(len(words) - RUN + 1))


def _ids(document: str | None, comment: str | None) -> set[str]:
    """Return the ids by which a comment is known in all tables; that of a sample names the document too."""
    own = {comment} if comment and "/" in comment else set()
    return own | {f"{document}/{comment}"} if document and comment else own


def _text(value: Any) -> str | None:
    """Return the text of a cell that names something; None for an empty one."""
    return str(_cell(value)) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _cell(value: Any) -> Any:
    return unguard_cell(value) if isinstance(value, str) else value


def _name(value: Any) -> Any:
    """Return a name as tables are read, with characters in place of their references in markup."""
    return read_references(_cell(value)) if isinstance(value, str) else value


# Stores ---------------------------------------------------------------------------------------------------------------

_STORED = ("author", "outlet", "parent", "text", "document", "comment", "quoted", "parent_text")
_QUERIES = {
    "comments": "SELECT comment, document, extra, author, outlet, parent, text, documents.id, comments.id, quoted,"
    " parent_text FROM comments JOIN documents USING (document) WHERE ?1 IN (0, document)",
    "items": "SELECT item, comment, NULL, author, outlet, parent, text, document, identifier FROM label_items"
    " WHERE ?1 = 0",
}
_RUNS_OF = "SELECT run FROM checksums WHERE unit = 'scores' AND number = ?"


def remove_forgotten(store: Store, key: bytes | None, document: int = 0) -> int:
    """Remove all who were forgotten before, and have come back with other data; return the number of comments.

    :param document: The only one where they are searched; 0: all, and all items to label.
    :raises ConfigError: If the key is not that of the digests.
    """
    is_forgotten, count = store.forgotten(key), 0
    if not store.has_forgotten():
        return 0
    for author, outlet in {(row["author"], row["outlet"]) for *_, row in _rows_of(store, document)}:
        if is_forgotten(author, outlet):
            person = Person(author, key, outlet or "")
            for *_, row in _rows_of(store, document):
                person.learn(row)
            count += remove_person(store, person, document)[0]
    return count


def read_stored(store: Store) -> Iterator[Row]:
    """Yield the comments and the items to label of a store as rows of a table, and the targets of the items."""
    yield from ({"target": target} for (target,) in store.rows("SELECT DISTINCT target FROM pairs"))
    yield from (row for *_, row in _rows_of(store))


def remove_person(store: Store, person: Person, document: int = 0, *, dry: bool = False) -> tuple[int, int]:
    """Remove a person from a store, in one transaction.

    :param person: With all that is known of them.
    :param document: The only one where they are searched; 0: all, and all items to label.
    :return: How many comments are removed, and how many comments and items are removed or changed.
    """
    changes: list[tuple[str, int, int | None, Row]] = []  # table, number, its document or comment, new values
    gone: set[str | None] = set()
    for table, number, place, row in _rows_of(store, document):
        before = dict(row)
        stays = person.clean(row)
        if not stays:
            gone.add(row["outlet"])
            changes.append((table, number, place, {}))
        elif row != before and (table == "comments" or place is None):  # else the comment of the item is cleaned
            new = {name: value for name, value in row.items() if value != before[name] and name in _STORED}
            if kept := {name: value for name, value in row.items() if value is not None and name not in _STORED}:
                new["extra"] = json.dumps(kept, ensure_ascii=False)
            changes.append((table, number, place, new))
    if changes and not dry:
        digests = [forgotten_digest(name, outlet, person.key) for name in person.names for outlet in gone if person.key]
        _apply(store, changes, [(digest, fingerprint(person.key or b"")) for digest in digests])
    return sum(table == "comments" and not new for table, _, _, new in changes), len(changes)


def _rows_of(store: Store, document: int = 0) -> Iterator[tuple[str, int, int | None, Row]]:
    """Yield table, number, document or comment, and values of each row."""
    for table, query in _QUERIES.items():
        for number, place, extra, *values in store.rows(query, document):
            kept = {name: value for name, value in json_object(extra or "{}").items() if isinstance(value, str)}
            yield table, number, place, {**kept, **dict(zip(_STORED, values, strict=False))}


def _apply(store: Store, changes: list[tuple[str, int, int | None, Row]], digests: list[tuple[str, str]]) -> None:
    documents = {place for table, _, place, _ in changes if table == "comments" and place is not None}
    for document in documents:
        store.unit("documents", document)  # what is damaged gets no new checksum
    with store.transaction() as connection:
        connection.execute("PRAGMA secure_delete = ON")
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:  # they keep labels from being deleted
            connection.execute(f'DROP TRIGGER "{name}"')
        for document in documents:
            store.index_document(document, removes=True)
        for table, number, _, new in sorted(changes, key=lambda each: each[0] == "comments"):  # items refer to these
            if table == "comments" and not new:
                connection.execute("DELETE FROM items WHERE comment = ?", (number,))
            places = ", ".join(f"{name} = ?" for name in new)
            statement = f"UPDATE {table} SET {places}" if new else f"DELETE FROM {table}"  # noqa: S608 our own names
            connection.execute(f"{statement} WHERE rowid = ?", (*new.values(), number))
        for document in documents:
            store.index_document(document)
        for _, statement in triggers:
            connection.execute(statement)
        store.insert("forgotten", digests)
        store.seal("forgotten")
        for document in documents:
            store.seal("documents", document)
            for (run,) in list(store.rows(_RUNS_OF, document)):
                store.seal("scores", document, run)
        store.seal_all("samples", "items", "annotators", "events")

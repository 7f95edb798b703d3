"""Guess the description of a table, or of JSON of no known tool, by its first rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import count

from stance import page_layouts
from stance.datamodels import Json, frozen
from stance.exceptions import ColumnsError, InputError
from stance.reading.columns import TABLE_FIELDS, Columns, Row, among, find
from stance.reading.export_formats import ExportFormat, FieldPlace, Fields
from stance.reading.json_objects import facts_of, is_bare, is_called, lists_in, names_in, objects_in
from stance.reading.json_tables import SEARCHED_DEPTH
from stance.reading.kinds import InputKind
from stance.reading.own_records import is_own
from stance.reading.problems import Problems
from stance.reading.usual_names import look_alikes, proposed, usual_names
from stance.resources import formats

PAGE = ("document", "outlet", "title")
"""Fields of a row that state its page."""


def field_places(names: Iterable[str], columns: Columns = {}) -> Fields:  # noqa: B006 not changed
    """Return the places of fields in a row: their columns, or those of their own names."""
    # Names of a text in an object that is an author or a parent.
    inner = ("name", "username", "nickname", "displayName", "display_name", "login", "id")
    persons, places = ("author", "parent"), {name: dict.fromkeys((columns.get(name, name), name)) for name in names}
    return {
        name: tuple(FieldPlace(path, inner=inner if name in persons else ()) for path in paths)
        for name, paths in places.items()
    }


@frozen
class GuessedFormat(ExportFormat):
    """The description of a table, or of JSON of no known tool, by its first rows."""

    columns: Columns = field(default_factory=dict)  # by our fields, where they have other names
    numbers: Iterator[int] = field(default_factory=lambda: count(1))  # of comments without an id, in lists
    articles: set[frozenset[str]] = field(default_factory=set)  # the names in articles that had comments

    def inside(self, row: Row) -> Iterator[tuple[Row, Row | None]]:
        """Yield the comments in an object: itself, answers in it, or articles in it with their comments.

        Of an article, also what it states.

        :raises ColumnsError: If the comments of an article have no text under the name that is looked for.
        """
        is_flat = not any(isinstance(value, list | dict) for value in row.values()) and not is_bare(row)
        if is_own(row) or (is_flat and not self.articles):
            yield row, None
            return
        waiting: list[tuple[Row, Row, bool]] = [(row, {}, False)]
        while waiting:
            item, page, is_comment = waiting.pop()
            lists = self._lists(item)
            facts = facts_of(item, (path for path, _ in lists))
            if self._is_article(item, lists, facts, is_comment):
                self.articles.add(names_in(item))
                text = self.text_in(item)
                facts |= {"body": text} if isinstance(text, str) else {}
                page = {**page, **{name: facts[name] for name in PAGE if name in facts}}
                if facts.keys() & {"body", "title", "url"}:
                    yield page, facts
                is_comment = bool(facts) or any(is_called(path, "comments") for path, _ in lists)
            else:
                if is_comment or lists:
                    identifier = find(item, self.columns.get("id", "id"))
                    name = f"c{next(self.numbers)}" if identifier in (None, "") else identifier
                    item, link = {**item, **page, "id": name}, {"parent": name}
                    page, is_comment = {**page, **link}, True
                if not is_comment or not lists or self.text_in(item) is not None:
                    yield item, None
            parts = [part for _, parts in lists for part in parts]
            waiting += [(part, page, is_comment) for part in reversed(parts)]

    def paths_in(self, root: Row) -> list[str]:
        """Return the same, by what is in the lists."""
        return [path for path, _ in self._lists(root)]

    def text_in(self, row: Row) -> Json:
        """Return the value at the place of the text."""
        return find(row, self.columns.get("text", "text"))

    def _lists(self, row: Row, depth: int = 1) -> list[tuple[str, list[Row]]]:
        """Return the lists in an object that hold comments, answers or articles with comments."""
        text, lists = self.text_in(row), []
        for path, values in lists_in(row):
            is_named = is_called(path, "comments")
            objects = [item for item in values if isinstance(item, Mapping)]
            lines = [item for item in values if isinstance(item, str) and item.strip()] if is_named else []
            texts: list[Row] = [{"text": line} for line in lines]
            is_around = text is None and depth < SEARCHED_DEPTH
            parts = [
                item
                for item in objects
                if self.text_in(item) is not None or (is_around and self._lists(item, depth + 1))
            ]
            # An answer is an object of the same kind; hashtags and places of links have texts, too.
            if text is not None and not is_named:
                parts = [item for item in parts if len(item.keys() & row.keys()) > 1 or item.keys() <= row.keys()]
            if (texts or parts) and (is_named or not is_called(path, "other_texts")):
                lists.append((path, texts or parts))
        return [item for item in lists if is_called(item[0], "comments")] or lists

    def _is_article(self, row: Row, lists: Sequence[tuple[str, list[Row]]], facts: Row, is_comment: bool) -> bool:
        """Return whether an object is an article, or is only around comments."""
        comment_lists = [item for path, item in lists_in(row) if is_called(path, "comments")]
        is_titled, text = "title" in facts, self.text_in(row)
        if is_comment:
            return is_titled and any(comment_lists)
        if text is not None and self._is_answered(row, lists):
            return False
        if not lists and any(comment_lists) and (text is not None or is_titled):
            inner = next((item for values in comment_lists for item in values if isinstance(item, Mapping)), {})
            columns = f"{among(list(inner))} a text field{proposed(inner)}"
            raise ColumnsError(f"an article whose comments have no text {columns}")
        counts = (value for name, value in row.items() if is_called(name, "count"))
        if text is None and is_bare(row) and any(isinstance(item, int) and item > 0 for item in counts):
            raise InputError("it states a number of comments but holds none; expected a file with its comments")
        has_comments = bool(lists) and (text is None or is_titled or any(comment_lists))
        return has_comments or (is_titled and (bool(comment_lists) or is_bare(row) or names_in(row) in self.articles))

    def _is_answered(self, row: Row, lists: Sequence[tuple[str, list[Row]]]) -> bool:
        """Return whether an object is a comment with its answers: it names a person as they do."""
        answers = [part for _, parts in lists for part in parts]
        like = look_alikes(row, {self.columns.get("text", "text")}).get("author", "author")
        persons = [name for name in (self.columns.get("author", "author"), like) if find(row, name) not in (None, "")]
        titles = {name for name in formats()["article"]["title"].split() if row.get(name)}
        return bool(answers) and all(
            any(find(part, name) not in (None, "") for name in persons) and all(part.get(n) == row[n] for n in titles)
            for part in answers
        )

    def check(self, text: str, row: Row, most: int) -> None:
        """Check the text of a row.

        :param most: Number of characters that it may have.
        :raises InputError: If there is none, or it is longer.
        """
        if len(text) > most:
            raise InputError(f"text has {len(text):,} characters; expected at most {most:,}")
        if not text and any(find(row, field_place.path) is not None for field_place in self.comment["text"]):
            raise InputError("empty text; expected a comment")
        if not text:
            raise ColumnsError(f"no text {among(list(row))} a text field{proposed(row)}")


def guess_format(rows: Sequence[Row], kind: InputKind, columns: Columns, problems: Problems) -> GuessedFormat:
    """Describe a table by its columns and their usual names, and note the latter.

    :param rows: The first ones.
    :param columns: Those that the user named, by our fields.
    :raises ColumnsError: If two columns may be one field, or none holds texts, or rows are articles.
    """
    records = [] if not rows or is_own(rows[0]) else [objects_in(row)[0] for row in rows]
    usual = usual_names(records, kind, columns) if records else {}
    if usual:
        problems.note("in all rows, read " + ", ".join(f"{theirs} as {ours}" for ours, theirs in usual.items()))
    columns = {**columns, **usual}
    fields = [name for name in (*TABLE_FIELDS, "quoted") if name not in PAGE]
    return GuessedFormat(
        page_layouts.TABLE_LAYOUT, "a table of comments", (), field_places(fields, columns),
        thread=field_places(PAGE, columns), columns=columns,
    )  # fmt: skip

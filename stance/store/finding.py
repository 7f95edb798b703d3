"""Find comments of a store by their words, with their places in the report of the store."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from stance.datamodels import Score, day_of
from stance.exceptions import ConfigError, require, unknown
from stance.records import Rows, score_to_record, write_score_lines, write_text
from stance.reporting.index import page_name
from stance.reporting.rendering import render
from stance.run import FindOptions
from stance.store.documents import Report, Store, StoredDocument, StoredRun, refuse_damage
from stance.store.exporting import FIELDS, records_of, write_csv, write_xlsx
from stance.store.rows import encodable

LINK = "link"
"""The further cell of a found score: page of the report and place in it."""

MOST_WORDS = 100
"""Maximum number of words and phrases of a search."""

_FOUND = """
WITH own AS (SELECT DISTINCT document FROM occurrences JOIN inputs USING (input) WHERE run = ?1),
  parts AS (
    SELECT document, row_number() OVER (PARTITION BY id ORDER BY document) AS part
    FROM own JOIN documents USING (document)
  )
SELECT document, part, comment FROM comments JOIN parts USING (document)
WHERE comment IN (SELECT rowid FROM comment_search WHERE comment_search MATCH ?2) ORDER BY document, comment
"""


def find_comments(
    store: Store, run: StoredRun, words: Sequence[str], wanted: FindOptions, report: Report = refuse_damage
) -> Rows:
    """Find the scores of comments that hold all words, in the order of the store.

    :param words: Words and phrases; one that ends in ``*`` is the beginning of a word.
    :return: Each score with :data:`TEXT_FIELDS` and :data:`LINK`.
    :raises ConfigError: If there are no words, or no score or document is of the wanted target or outlet.
    """
    query = _query(words)
    for name, table in (("target", "scores WHERE run = ?2 AND"), ("outlet", "documents WHERE ?2 AND")):
        value = getattr(wanted, name)
        if value and store.value(f"SELECT 1 FROM {table} {name} = ?1 LIMIT 1", encodable(value), run.number) is None:  # noqa: S608
            every = f"SELECT DISTINCT {name} FROM {table} {name} IS NOT NULL LIMIT 1000"  # noqa: S608
            held = [each for (each,) in store.rows(every, None, run.number)]
            raise ConfigError(unknown(f"{store.path}: no {name}", value, held, f"See: stance store info {store.path}"))
    return _found(store, run, query, wanted, report)


def _query(words: Sequence[str]) -> str:
    """Quote words, so that none is an operator of the search."""
    given = [each for word in words if (each := (encodable(word) or "").replace("\0", " ").strip()).strip(" *")]
    if not 0 < len(given) <= MOST_WORDS:
        raise ConfigError(f"{len(given)} words to find; expected 1 to {MOST_WORDS} words or phrases")
    phrases = ((each.rstrip(" *").replace('"', '""'), each.endswith("*")) for each in given)
    return " ".join(f'"{phrase}"{" *" * is_beginning}' for phrase, is_beginning in phrases)


def _found(store: Store, run: StoredRun, query: str, wanted: FindOptions, report: Report) -> Rows:
    since = wanted.since.toordinal() if wanted.since else 0
    for (number, part), hits in groupby(store.rows(_FOUND, run.number, query), itemgetter(0, 1)):
        found = {comment for *_, comment in hits}
        for stored in store.stored(run, report, (number,)):
            places = _places(store, stored, found)
            page = page_name(stored.document.document_id, part)
            for score, texts in records_of((stored.document,)):
                place = places.get(score.comment)
                is_wanted = wanted.target in (None, score.target) and wanted.stance in (None, score.stance)
                is_from = wanted.outlet in (None, score.outlet) and day_of(score.posted or texts["published"]) >= since
                if place and is_wanted and is_from:
                    yield score, texts | {LINK: f"{page}#comment-{place}"}


def _places(store: Store, stored: StoredDocument, found: set[int]) -> dict[str | None, int]:
    """Map the ids of the found comments to their numbers on the page; scores are of the first comment of an id."""
    numbers = store.rows("SELECT comment FROM comments WHERE document = ? ORDER BY comment", stored.number)
    comments = list(enumerate(zip(numbers, stored.document.comments, strict=True), 1))
    first = {comment.comment_id: (place, number) for place, ((number,), comment) in reversed(comments)}
    return {name: place for name, (place, number) in first.items() if number in found}


# Files ----------------------------------------------------------------------------------------------------------------


def find_writer(path: Path, words: Sequence[str]) -> Callable[[Rows], None]:
    """Find the function that writes found scores to a file, by its ending.

    :raises ConfigError: If the ending names no format.
    :raises MissingExtraError: If the package that the format needs is not installed.
    """
    ending = path.suffix.lower()
    writers: dict[str, Callable[[Rows], None]] = {
        ".csv": lambda rows: write_csv(rows, path, (*FIELDS, LINK)),
        ".xlsx": lambda rows: write_xlsx(rows, path, (*FIELDS, LINK)),
        ".json": lambda rows: write_text(_json_list(rows), path),
        ".jsonl": lambda rows: write_score_lines(rows, path, FIELDS),
        ".html": lambda rows: write_text(render("found.html", {"words": words, "found": quotations(rows)}), path),
    }
    if ending not in writers:
        raise ConfigError(f"{path}: ending {ending[:20]!r}; expected {', '.join(writers)}")
    require(*("xlsxwriter",) * (ending == ".xlsx"))
    return writers[ending]


def _json_list(rows: Rows) -> Iterator[str]:
    """Write records as a list, one on each line."""
    yield "["
    for number, (score, texts) in enumerate(rows):
        yield (",\n" if number else "\n") + json.dumps(score_to_record(score) | texts, ensure_ascii=False)
    yield "\n]\n"


def quotations(rows: Rows) -> Iterator[tuple[dict[str, Any], list[Score]]]:
    """Group found scores by their comment: its texts, and its scores toward each target."""
    for _, group in groupby(rows, key=lambda row: row[1][LINK]):
        of_comment = list(group)
        yield of_comment[0][1], [score for score, _ in of_comment]

"""Find the comments of a run that hold some words, or show a side, and write them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from stance.datamodels import Grade, Record, Score, day_of
from stance.exceptions import ConfigError, unknown
from stance.options.stores import FindOptions
from stance.records import writers
from stance.records.fields import Rows
from stance.store.documents import Report, Store, StoredDocument, StoredRun, refuse_damage
from stance.store.schema import long_query
from stance.store.tables import FIELDS, Say, records_of, tables
from stance.store.units import encodable

LINK = "link"
"""Words: the further cell of a found score, page of the report and place in it."""


def find_comments(
    store: Store, run: StoredRun, words: Sequence[str], options: FindOptions, report: Report = refuse_damage
) -> Rows:
    """Find the scores of comments that hold all words, in the order of the store.

    :param words: Words and phrases; one that ends in ``*`` is the beginning of a word. None with a target or a stance.
    :return: Each score with :data:`TEXT_FIELDS` and :data:`LINK`.
    :raises ConfigError: If there are no words, or no score or document is of the wanted target or outlet.
    """
    phrases_given = [text for word in words if (text := (encodable(word) or "").replace("\0", " ").strip()).strip(" *")]
    is_narrow = not words and (options.target or options.stance)
    if not (is_narrow or 0 < len(phrases_given) <= 100):
        advice = "expected 1 to 100 words or phrases, or --target or --stance without words"
        raise ConfigError(f"{len(phrases_given)} words to find; {advice}")
    phrases = ((text.rstrip(" *").replace('"', '""'), text.endswith("*")) for text in phrases_given)
    query = " ".join(f'"{phrase}"{" *" * is_beginning}' for phrase, is_beginning in phrases)  # none is an operator
    for name, table in (("target", "scores WHERE run = ?2 AND"), ("outlet", "documents WHERE ?2 AND")):
        value = getattr(options, name)
        if value and store.value(f"SELECT 1 FROM {table} {name} = ?1 LIMIT 1", encodable(value), run.number) is None:  # noqa: S608
            every = f"SELECT DISTINCT {name} FROM {table} {name} IS NOT NULL LIMIT 1000"  # noqa: S608
            names = [text for (text,) in store.rows(every, None, run.number)]
            raise ConfigError(unknown(f"{store.path}: no {name}", value, names, f"See: stance store info {store.path}"))
    for *_, damage in store.damage("documents", "scores"):
        report(damage)
    return _found(store, run, query, options)


def _found(store: Store, run: StoredRun, query: str, options: FindOptions) -> Rows:
    from stance.records.digests import page_name

    since = options.since.toordinal() if options.since else 0
    for (number, part), hits in groupby(store.rows(long_query("matches"), run.number, query), itemgetter(0, 1)):
        numbers = {comment for *_, comment in hits}
        for stored in store.stored(run, lambda _: None, (number,)):  # damage is reported above
            positions = _places(store, stored, numbers)
            for score, texts in records_of((stored.document,)):
                position = positions.get(score.comment)
                is_about = bool(query or options.stance or score.via or score.possible)  # else all comments are found
                is_wanted = options.target in (None, score.target) and options.stance in (None, _side(score))
                is_from = options.outlet in (None, score.outlet) and day_of(score.posted or texts["published"]) >= since
                if position and is_about and is_wanted and is_from:
                    yield score, texts | {LINK: f"{page_name(stored.document.document_id, part)}#comment-{position}"}


def _side(score: Score) -> str | None:
    """Return the stance that pages show; None where they say that it could not be read."""
    shown = score.shown or score.stance
    return None if shown is None or shown == Grade.UNREAD else shown.removeprefix("leans_")


def _places(store: Store, stored: StoredDocument, matches: set[int]) -> dict[str | None, int]:
    """Map the ids of the found comments to their numbers on the page; scores are of the first comment of an id."""
    numbers = store.rows("SELECT comment FROM comments WHERE document = ? ORDER BY comment", stored.number)
    comments = list(enumerate(zip(numbers, stored.document.comments, strict=True), 1))
    first = {comment.comment_id: (position, number) for position, ((number,), comment) in reversed(comments)}
    return {name: position for name, (position, number) in first.items() if number in matches}


def find_writer(path: Path, words: Sequence[str], say: Say) -> Callable[[Rows], None]:
    """Find the function that writes found scores to a file, by its ending.

    :param say: Called with what the format does not hold.
    :raises ConfigError: If the ending names no format.
    :raises MissingExtraError: If the package that the format needs is not installed.
    """
    from stance.reporting.rendering import render
    from stance.scoring.targets.target_set import load_targets

    def write_page(rows: Rows, path: Path, _: Sequence[str]) -> None:
        labels = {target.target_id: target.label for target in load_targets().targets}
        writers.write_text(render("found.html", {"words": words, "found": quotations(rows), "labels": labels}), path)

    write = writers.find_writer(path, {**tables(say), ".html": write_page})
    return lambda rows: write(rows, path, (*FIELDS, LINK))


def quotations(rows: Rows) -> Iterator[tuple[Record, list[Score]]]:
    """Group found scores by their comment: its texts, and its scores toward each target."""
    for _, group in groupby(rows, key=lambda row: row[1][LINK]):
        of_comment = list(group)
        yield of_comment[0][1], [score for score, _ in of_comment]

"""Recognize columns by their usual names, and propose others."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice, product

from stance.datamodels import Json
from stance.exceptions import ColumnsError
from stance.reading.columns import TABLE_FIELDS, Columns, Row, among
from stance.reading.encodings import clean
from stance.reading.input_names import web_address
from stance.reading.json_objects import MOST_COLUMNS, facts_of, is_called, objects_in, values_in
from stance.reading.kinds import InputKind
from stance.reading.times import to_iso
from stance.resources import formats


def usual_names(rows: Sequence[Row], kind: InputKind, columns: Columns) -> Columns:
    """Return the columns of usual names, by the fields that are not there."""
    _refuse_articles(rows, columns)
    row = rows[0]
    used = {path.partition(".")[0] for path in columns.values()}
    free = {name.lower(): name for name in row if name not in used and not isinstance(row[name], list)}
    if {"target", "stance", "unit"} & free.keys() or _are_ids(row.get(free.get("comment", "")) for row in rows):
        free.pop("comment", None)
    mapped = {}
    for ours, usual in formats()["read_as"].items():
        named = [free[name] for name in usual if name in free]
        plain = [name for name in named if not isinstance(row[name], Mapping)]
        theirs = plain or (named if ours == "author" else [])  # an object names a person
        if theirs and not {ours} & {*row, *columns}:
            mapped[ours] = theirs[0]
            if len(theirs) > 1:
                map_ = f"--map {ours}={theirs[0]} or {ours}={theirs[1]}"
                raise ColumnsError(f"columns {' and '.join(theirs)} may both be the {ours}; expected {map_}")
    if not {"text"} & {*row, *mapped, *columns} and kind is not InputKind.JSON:
        like = look_alikes(row, {*mapped, *mapped.values(), *columns, *(row.keys() & TABLE_FIELDS)})
        example = f", such as {_map_option(like)}" if "text" in like else ""
        advice = f"a column named text, or one mapped to it{example}"
        raise ColumnsError(f"no text column {among([*row, *mapped])} {advice}")
    return mapped


def _refuse_articles(rows: Sequence[Row], columns: Columns) -> None:
    """Refuse rows that are articles or posts without comments: each has a title and an address of its own.

    :raises ColumnsError: If they are.
    """
    counts = [name for name in rows[0] if is_called(name, "count")]
    are_named = any("comment" in name.lower() and name not in counts for name in rows[0])  # commentUrl
    if len(rows) < 2 or columns or are_named or any(isinstance(cell, list) for row in rows for cell in row.values()):
        return
    facts = [facts_of(row) for row in rows]
    titles = {item.get("title") for item in facts}
    of_others = "user|author|profile|avatar|image|photo|picture|thumb"
    places = [name for name in rows[0] if not re.search(of_others, name, re.I)]
    is_own = any(len({web_address(str(row.get(name))) for row in rows} - {None}) == len(rows) for name in places)
    numbers = (str(row.get(name)) for row in rows for name in counts)
    are_posts = any(map(str.isdecimal, numbers)) and not any(row.get("parent") for row in rows)
    texts = [str(row.get("text") or item.get("body") or "") for row, item in zip(rows, facts, strict=True)]
    answered = {"parent", "votes", "likes", "id"} & {name.lower() for name in rows[0]}
    # Minimum length of the text of an article.
    are_long = len(titles - {None}) == len(rows) and min(map(len, texts)) >= 400 and not answered
    if is_own and (are_long or are_posts):
        description = f"rows that look like {'posts' if are_posts else 'articles'} rather than comments of readers"
        raise ColumnsError(f"{description}: each has its own address; to read them as comments, --map text=COLUMN")


def unused_columns(row: Row, columns: Columns, keep: Sequence[str]) -> list[str]:
    """Return notes of columns that look like fields and are not used, of those to carry that are not there."""
    notes, paths = [], [name for name in row if row[name] is None] + [name for name, _ in values_in(row)]
    names = [name for name in dict.fromkeys(paths) if name in row or name.partition(".")[0] not in TABLE_FIELDS]
    used = {*columns, *keep, *formats()["stated"]["answers"], *(row.keys() & TABLE_FIELDS)}
    used |= {path.partition(".")[0] for path in columns.values()}
    like = look_alikes(names, used)
    others = [name for name in row if name not in {*used, *like.values()} and not isinstance(row[name], list | Mapping)]
    others = [] if keep or "outlet" in {*used, *like} else others
    if like or others:
        told = f"columns that are not used: {', '.join([*like.values(), *others[:5]])}{' …' * (len(others) > 5)}"
        if like:
            told += f"; {_map_option(like)} uses {'the first of them' if others else 'them'}"
        if others:
            outlet = others[0] if len(others) == 1 else "COLUMN"
            told += f"; to use one as the outlet, {_map_option({'outlet': outlet})}"
        notes.append(told)
    if lacking := [name for name in keep if name not in (*row, *TABLE_FIELDS, "url", "topic")]:
        notes.append(f"no column {', '.join(lacking)[:100]} {among([*row]).removesuffix('; expected')}")
    if row.keys() >= {"target", "stance"}:
        notes.append("the column stance is not used; to correct shares, give labels with --labels")
    return notes


def look_alikes(names: Iterable[str], used: Set[str] = frozenset()) -> dict[str, str]:
    """Find the columns that look like our fields, by the words at which their names end or, else, begin.

    :param used: Columns that are a field, and fields that have a column.
    :return: Columns by field, the likeliest first.
    """
    free = [name for name in islice(names, MOST_COLUMNS) if name not in used and 1 < len(name) <= 60]
    fields = [name for name in free if not is_called(name, "no_field")]
    plain = {name: re.sub("^comments?[_ .-]|[_ -]", "", name.lower()) for name in fields}
    columns: dict[str, str] = {}
    groups = [name for name in plain if re.match("comments?[_ .-]", name.lower())], fields  # rather than post_text
    for (ours, words), fitting, form in product(formats()["like"].items(), groups, (r"{}$", r"(?:^|\.){}")):
        for word, name in product(words.split() if ours not in used else (), fitting):
            is_free = name not in columns.values() and (ours == "parent" or not is_called(name, "id"))
            if is_free and re.search(form.format(word), plain[name]):
                columns.setdefault(ours, name)
    return columns


def _map_option(columns: Columns) -> str:
    """Return the option that reads columns as fields."""
    pairs = (f"{ours}={clean(theirs)}" for ours, theirs in columns.items())
    return f"--map {shlex.quote(','.join(pairs))}"


def _are_ids(cells: Iterable[Json]) -> bool:
    """Return whether more than half of the cells are single words, as ids are."""
    texts = [str(cell).strip() for cell in cells if cell is not None]
    return sum(text.isascii() and " " not in text for text in texts) * 2 > len(texts)


def proposed(row: Row) -> str:
    """Return the option that reads the comments in an object, as the end of a message; empty if there are none."""
    for item in objects_in(row):
        values = {name: value for name, value in values_in(item) if not isinstance(value, bool)}
        texts = {name: value for name, value in values.items() if isinstance(value, str) and not web_address(value)}
        written = [name for name, value in texts.items() if " " in value.strip() and not to_iso(value)]
        longest = max(written, key=lambda name: len(texts[name]), default=None)
        if text := look_alikes(written).get("text") or longest or look_alikes(texts).get("text"):
            like = {"text": text} | look_alikes(values, {text}) | {"text": text}
            return f", as {_map_option(like)}"
    return ""

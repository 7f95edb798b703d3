"""Comments of a page as its rows or records give them: their ids, parents and languages."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from itertools import chain, count
from typing import NamedTuple

from stance import page_layouts
from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Json, Strings, counted
from stance.exceptions import InputError
from stance.limits import Limits, shown_size
from stance.parsing.cleaning import cut_note
from stance.parsing.language import detect_language
from stance.pseudonyms import person
from stance.reading.encodings import clean
from stance.reading.input_names import natural_text
from stance.reading.problems import Problems
from stance.records.score_records import unguard_cell
from stance.resources import formats


class Entry(NamedTuple):
    """A comment as its row or record gives it."""

    number: int  # of the row
    comment: Comment  # without id and parent
    cells: Mapping[str, str]  # its fields as they are given, and the name of its document
    hidden: str | None  # the reason why readers do not see it


def at_least_one(documents: Iterable[Document], problems: Problems, expected: str) -> Iterator[Document]:
    """Yield documents; refuse an input that has none, unless the reason was given."""
    number = 0
    for number, document in enumerate(documents, 1):  # noqa: B007
        yield document
    if not number and not problems.count:
        raise InputError(f"no comments with a text; expected {expected}")


def visible_entries(entries: Iterable[Entry], limits: Limits) -> tuple[list[Entry], list[str]]:
    """Return the comments that readers see and that are not too large, and a note of the others."""
    visible, size, most = [], 0, limits.field_chars
    left_out: Counter[str] = Counter()
    for entry in entries:
        text, reason = entry.comment.text, entry.hidden
        if not reason and not 0 < len(text) <= most:
            reason = f"longer than {most:,} characters" if text else "empty"
        size += 0 if reason else len(text)
        if not reason and size > limits.page_bytes:
            reason = f"beyond {shown_size(limits.page_bytes)} (the limit)"
        if reason:
            left_out[reason] += 1
        else:
            visible.append(entry)
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(left_out.items()))
    return visible, [f"{counted(left_out.total(), 'comment')} left out: {reasons}"] if left_out else []


def unique_comments(entries: list[Entry], problems: Problems, is_table: bool) -> tuple[tuple[Comment, ...], list[str]]:
    """Return comments with unique ids and their parents; those that differ only in the target become one.

    In a table, an id belongs to the first text that has it; in exports, to the first comment.
    """
    keys = [(item.cells.get("id") or index, item.comment.text * is_table) for index, item in enumerate(entries, 1)]
    texts = Counter(name for name, _ in set(keys) if isinstance(name, str))
    free, used_ids, shared = {*texts}, {*texts}, {name for name, times in texts.items() if times > 1}
    comments: dict[tuple[str | int, str], Comment] = {}
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))
    repeated, example = 0, ""
    for key, entry in zip(keys, entries, strict=True):
        if comment := comments.get(key):
            comments[key] = replace(comment, targets=all_targets(comment.targets, entry.comment.targets))
            repeated += comments[key] == comment
            continue
        first_name, _ = key
        name = identifier = first_name if isinstance(first_name, str) else f"c{first_name}"
        if first_name in free:
            free.remove(name)
        else:
            while identifier in used_ids:
                identifier = f"{name}~{next(numbers[name])}"
            used_ids.add(identifier)
            example = example or (identifier if isinstance(first_name, str) else "")
        comments[key] = _joined(entry, identifier, texts.keys(), shared, problems)
    warnings = [f"{counted(repeated, 'comment')} repeated, each counted once"] if repeated else []
    if example:
        numbered = f"the first text keeps it, others get ids such as {example[:60]}; answers to this id are not linked"
        warnings.append(f"an id occurs with more than one text; {numbered}")
    common, times = next(iter(Counter(item.comment.author for item in entries).most_common(1)), (None, 0))
    is_shared = person(common) != person(common, page_layouts.TABLE_LAYOUT)
    if is_shared and times >= max(20, 0.9 * len(entries)):
        comments |= {key: replace(item, author=None) for key, item in comments.items() if item.author == common}
        warnings.append(f"almost all comments have the author {common!r}; they count as comments without a name")
    own_texts = [comment.text for comment in comments.values()]
    warnings += cut_note(own_texts)
    if _are_doubled(own_texts):
        warnings.append("texts hold an original and its translation; both are read as one text")
    return tuple(comments.values()), warnings


def _are_doubled(texts: list[str]) -> bool:
    """Return whether texts are mostly two paragraphs in two languages."""
    pairs = [parts for text in texts[:30] if len(parts := re.split(r"\n\s*\n", text)) == 2]
    if len(pairs) < 2 or 3 * len(pairs) < 2 * len(texts[:30]):
        return False
    return len({detect_language(" ".join(parts)) for parts in zip(*pairs, strict=True)} - {UNKNOWN_LANGUAGE}) == 2


def _joined(entry: Entry, identifier: str, names: Set[str], shared: Set[str], problems: Problems) -> Comment:
    """Return a comment with its id, and the comment or the text that it answers.

    :param shared: Those of the names that more than one text has: what they mean is not known.
    """
    comment, answered = replace(entry.comment, comment_id=identifier), entry.cells.get("parent")
    if comment.votes is None and (cell := entry.cells.get("votes")):
        problems.note("votes such as {!r} are left out; expected whole numbers, such as 1,204 or 1.2K", cell)
    # A column with gaps turns 7 into 7.0, and Reddit writes t1_ in front.
    forms = (answered, answered.removesuffix(".0"), answered.removeprefix("t1_")) if answered else ()
    if parent := next(filter(names.__contains__, forms), None):
        is_own = parent in (identifier, entry.cells.get("id"))
        return comment if is_own or parent in shared else replace(comment, reply_to=parent)
    if answered and any(map(str.isspace, answered)):
        return replace(comment, parent_text=answered)
    if answered and not answered.startswith("t3_") and not {entry.cells["document"], "0", "-1", "root"} & {*forms}:
        lost = "some comments answer comments that are not in this table, such as {!r}; they are read without these"
        problems.note(lost, answered)
    return comment


def place_of(entry: Entry) -> str:
    """Return the place of a row in its document, as a text to sort by; empty where only the order of rows counts."""
    time, identifier = entry.comment.posted or "", natural_text(entry.cells.get("id", ""))
    others = (entry.comment.author or "", entry.comment.text, entry.cells.get("target", ""))
    # Number of characters by which rows of one time and id are sorted.
    return "\n".join((time, identifier, *(part[:100] for part in others))) if time or identifier else ""


def table_id(entries: list[Entry]) -> str:
    """Return the table's own id of a document if it can name a file, so that scores join with their source."""
    name = entries[0].cells["document"]
    # Pattern of a name that can be that of a file.
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", name):
        return name
    parts = [part for entry in entries for part in (entry.cells.get("id"), entry.comment.author, entry.comment.text)]
    content = "".join(map(repr, [name] if name else parts))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def all_targets(*targets: Strings | None) -> Strings | None:
    """Return the targets that some rows ask for; None: all."""
    return None if None in targets else tuple(dict.fromkeys(chain.from_iterable(some or () for some in targets)))


def language_of(text: str | None) -> str:
    """Return the code of a language in two letters where it has one; unknown for other texts."""
    is_code = text and re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?", text)
    code = text.lower().split("-")[0] if text and is_code else UNKNOWN_LANGUAGE
    # Codes for undetermined; those with q are for private use, as for tweets of a link alone.
    is_none = re.fullmatch("und|mis|mul|zxx|art|q[a-t][a-z]", code)
    return UNKNOWN_LANGUAGE if is_none else formats()["languages"].get(code, code)


def kept_cell(value: Json) -> str:
    """Return a cell that is carried along, on one line and cut; empty for lists and objects."""
    if value is None or isinstance(value, list | Mapping):
        return ""
    # Maximum length of a cell that is carried along; it names a group, so it is short.
    return " ".join(clean(unguard_cell(str(value)[:200])).split())

"""Adjudicate: one label for each pair of comment and target; and check label tables for errors.

Training and evaluation leave a pair out whose annotators differ, until a person has decided it: with a majority of
three, hard pairs would look as sure as easy ones. Shares use all votes: a sample without hard pairs is not random. A
text that is both trained on and audited makes a model look better than it is, and of two labels that one annotator gave
one pair, one is wrong: both are errors of a table.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TypeAlias

from stance.datamodels import (
    ADJUDICATED,
    STANCES,
    LabelledComment,
    Record,
    Skip,
    Stance,
    Strings,
    Unit,
    counted,
    frozen,
    grouped,
)
from stance.records.writers import aligned
from stance.resources import formats
from stance.text_forms import normalised, text_number

Conflict: TypeAlias = Sequence[LabelledComment]
"""Two rows."""

# One label for each pair ----------------------------------------------------------------------------------------------


@frozen
class Adjudicated:
    """Comments with one label for each target, and the rows of the pairs that are left out as undecided."""

    comments: tuple[LabelledComment, ...]
    undecided: tuple[LabelledComment, ...]
    notes: Strings = ()  # of rows that were left out before

    @property
    def undecided_pairs(self) -> int:
        """Count the pairs of a comment and a target that are left out."""
        return len({pair_key(comment) for comment in self.undecided})

    @property
    def left_out(self) -> tuple[Skip, ...]:
        """Describe how many pairs are left out, and why; empty if none is."""
        gave = f"gave different labels to {counted(self.undecided_pairs, 'pair')} that nobody adjudicated"
        return (Skip("annotators", f"{gave}; left out: see stance labels check"),) if self.undecided else ()


def comment_key(comment: LabelledComment) -> Hashable:
    """Identify the comment or sentence of a row, whoever labelled it and whichever table holds it.

    The text always counts, since tables number their comments alike; case and white space do not, since copies differ
    in them, nor how a number is written that is an id. Comments without an id are kept apart by their parents.
    """
    parent = comment.parent if comment.comment_id is None else None
    ids = comment.unit, plain_number(comment.comment_id), plain_number(comment.document)
    return *ids, text_number(comment.text), text_number(parent or "")


def with_ids(rows: Sequence[LabelledComment]) -> list[LabelledComment]:
    """Add to rows without an id the id that other rows of their text agree on: some tools export no ids."""
    stated = grouped(((row.unit, text_number(row.text)), row) for row in rows if row.comment_id or row.document)
    only = {key: same[0] for key, same in stated.items() if len(set(map(comment_key, same))) == 1}

    def complete(row: LabelledComment) -> LabelledComment:
        like = None if row.document or row.comment_id else only.get((row.unit, text_number(row.text)))
        if like is None or row.parent not in (None, like.parent):
            return row
        facts = ((row.author, like.author), (row.outlet, like.outlet))
        if any(ours and theirs and ours != theirs for ours, theirs in facts):  # another comment of the same text
            return row
        return replace(row, comment_id=like.comment_id, document=like.document, parent=like.parent)

    return [*map(complete, rows)]


def of_comments(rows: Sequence[LabelledComment]) -> tuple[list[LabelledComment], Strings]:
    """Return the rows that are labels of comments, and a note where others, of sentences, are tones."""
    comments = [row for row in rows if row.unit is Unit.COMMENT]
    left = counted(len(rows) - len(comments), "label is", "labels are")
    note = f"{left} of sentences of articles: left out, since a tone is no stance"
    return comments, (note,) if len(comments) < len(rows) else ()


def pair_key(comment: LabelledComment) -> tuple[Hashable, str]:
    """Identify the pair of comment and target of a row."""
    return (comment_key(comment), comment.target)


def by_pair(comments: Iterable[LabelledComment]) -> list[list[LabelledComment]]:
    """Group rows by pair of comment and target, in the order in which pairs first occur."""
    return list(grouped((pair_key(comment), comment) for comment in comments).values())


def settle(rows: Sequence[LabelledComment]) -> LabelledComment:
    """Join the rows of one pair of a comment and a target.

    Rows by the annotator ``adjudicated`` decide (the last, if there are several). Otherwise each label of an annotator
    is a vote; ``label`` is the one with most votes, by digest if several have.
    """
    deciding = [row for row in rows if row.annotator == ADJUDICATED][-1:]
    labels_given = Counter(label for _, label in {(row.annotator, row.label) for row in rows})
    if deciding:
        labels_given = Counter({deciding[0].label: 2})  # as if annotators agreed
    of_pair = f"{rows[0].target}\t{rows[0].comment_id or text_number(rows[0].text)}"
    ranked = sorted(labels_given, key=lambda label: sha256(f"{label}\t{of_pair}".encode(errors="replace")).digest())
    label, votes = max(ranked, key=labels_given.__getitem__), tuple(labels_given[stance] for stance in STANCES)
    # Adjudicators write labels, and need not repeat the role and probability of the draw.
    # Of two draws with one seed, the larger holds the other.
    drawn = max((row.probability or 0.0 for row in rows if row.role == "audit"), default=None)
    one = replace(deciding[0] if deciding else rows[0], label=label, votes=votes)
    return one if drawn is None else replace(one, role="audit", probability=drawn or None)


def adjudicate(comments: Iterable[LabelledComment]) -> Adjudicated:
    """Choose one label for each pair of a comment and a target that somebody decided, or on which all rows agree.

    A pair with an audit row stays an audit pair, whatever its other rows say.

    :param comments: Rows of any number of annotators, in any order.
    :return: One row per decided pair, in the order in which pairs first occur, and the rows of the other pairs.
    """
    decided = []
    undecided = []
    for rows in by_pair(comments):
        one = settle(rows)
        if one.is_disputed:
            undecided += rows
        else:
            decided.append(one)
    return Adjudicated(tuple(decided), tuple(undecided))


def plain_number(name: str | None) -> str | None:
    """Write a number as spreadsheets and data frames do: 007 is 7, and so is 7.0; keep any other name."""
    match = re.fullmatch(r"0*(0|[1-9][0-9]*)(?:\.0+)?", name) if name else None
    return match[1] if match else name


# Checks ---------------------------------------------------------------------------------------------------------------


def check_labels(
    comments: Iterable[LabelledComment], words: Mapping[str, int], unlabelled: int, skipped: int
) -> tuple[Record, list[Conflict]]:
    """Count the rows of label tables and find their errors.

    :param words: Other words that were read as labels -> rows.
    :param unlabelled: Rows that wait for a label.
    :param skipped: Rows that could not be read.
    :return: Counts, as ``stance labels check --json`` prints them, with the texts that are trained on and audited; and
        pairs of rows of one annotator that contradict each other.
    """
    rows = list(comments)
    labels: dict[str, Counter[Stance]] = defaultdict(Counter)
    roles: dict[str, dict[str, str]] = defaultdict(dict)  # texts in whatever case and spacing, by role
    # By pair and annotator.
    labels_of: dict[tuple[Hashable, str | None], dict[Stance, LabelledComment]] = defaultdict(dict)
    # Signs that spreadsheets and editors put into a text, by what a keyboard writes.
    plain_signs = str.maketrans(
        dict.fromkeys("’‘‚ʼ´`", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("–—‑", "-") | {"…": "..."}
    )
    for row in rows:
        labels[row.target][row.label] += 1
        roles[normalised(row.text).translate(plain_signs)].setdefault(row.role, row.text)
        labels_of[pair_key(row), row.annotator].setdefault(row.label, row)
    conflicts: list[Conflict] = [
        list(by.values())[:2] for (_, who), by in labels_of.items() if who != ADJUDICATED and len(by) > 1
    ]
    leaks = [next(iter(by.values())) for by in roles.values() if len(by) > 1]
    counts = {
        "rows": len(rows),
        "unlabelled": unlabelled,
        "skipped": skipped,
        "comments": len(roles),
        "documents": len({row.document for row in rows if row.document}),
        "without_document": sum(not row.document for row in rows),
        "targets": {name: {stance.value: labels[name][stance] for stance in STANCES} for name in sorted(labels)},
        "roles": dict(Counter(row.role for row in rows)),
        "annotators": dict(Counter(row.annotator or "(no name)" for row in rows).most_common()),
        "languages": dict(Counter(row.language or "(not stated)" for row in rows).most_common()),
        "read_as": dict(words),
        "repeated": len(rows) - sum(map(len, labels_of.values())),
        "contradictions": len(conflicts),
        "undecided": adjudicate(rows).undecided_pairs,
        "trained_on_and_audited": leaks,
    }
    return counts, conflicts


def describe_errors(checked: Record, pairs: Iterable[Conflict]) -> Iterator[str]:
    """Describe texts on both sides and contradictions: one line each, up to ten of each kind."""
    leaks = [("trained on and audited", text) for text in checked["trained_on_and_audited"]]
    clashes = [(f"conflict: {a.annotator} gave {a.label} and {b.label} toward {a.target}", a.text) for a, b in pairs]
    for errors, kind in ((leaks, "texts are in both training and audit"), (clashes, "conflicts")):
        for what, text in errors[:10]:
            line = " ".join((text or "").split())
            yield f"{what}: {line if len(line) <= 80 else line[:79] + '…'!r}"
        if (more := len(errors) - 10) > 0:
            yield f"{more} more {kind}"


def check_table(checked: Record) -> str:
    """Lay out the counts of a check for a terminal."""
    targets = sorted(checked["targets"].items(), key=lambda item: (-sum(item[1].values()), item[0]))
    body = [[target, *(f"{n:,}" for n in (sum(of.values()), *of.values()))] for target, of in targets[:20]]
    more = f"\nand {len(targets) - 20} more targets" if len(targets) > 20 else ""
    facts = [[words, _shown(checked[name])] for name, words in formats()["label_counts"].items()]
    return f"{aligned(facts)}\n\n{aligned([['target', 'labels', *STANCES], *body])}{more}"


def _shown(counts: object) -> str:
    if not isinstance(counts, dict):
        return f"{len(counts) if isinstance(counts, list) else counts:,}"
    listed = ", ".join(f"{name} {n:,}" for name, n in list(counts.items())[:20]) or "none"
    return listed + (f" and {len(counts) - 20} more" if len(counts) > 20 else "")

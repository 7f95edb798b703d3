"""What label tables hold, and what is wrong with them before anything is trained or measured.

A text that is both trained on and audited makes a model look better than it is, and of two labels that one annotator
gave one pair, one is wrong: these are errors, not remarks.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stance.datamodels import STANCES, LabelledComment, Stance
from stance.labels.settling import ADJUDICATED, pair_key, plain_number, settle
from stance.outputs import aligned

SHOWN_LINES = 10
SHOWN_GROUPS = 20
_SHOWN_CHARACTERS = 80

_CHANGED_BY_SPREADSHEETS = re.compile(r"\d{1,4}/\d{1,4}|\d{12,}|\d+[eE]\d+")
"""Ids that are taken for dates, or rounded as numbers; what becomes of them hangs on where the spreadsheet is from."""


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """What was found in label tables."""

    rows: int  # with a label
    unlabelled: int
    skipped: int
    comments: int  # different texts
    documents: int
    without_document: int  # rows
    targets: Mapping[str, Mapping[Stance, int]]  # rows by label
    roles: Mapping[str, int]
    annotators: Mapping[str, int]
    languages: Mapping[str, int]
    repeated: int  # rows that say again what their annotator has said of the pair
    conflicts: tuple[tuple[LabelledComment, LabelledComment], ...]  # rows of one annotator that contradict each other
    undecided: int  # pairs on which annotators differ, and nobody has decided
    leaks: tuple[str, ...]  # texts that are trained on and audited

    @property
    def is_sound(self) -> bool:
        """Whether no text is on both sides, and no annotator on two."""
        return not self.leaks and not self.conflicts

    @property
    def contradictions(self) -> int:
        """How many pairs there are of which an annotator says two things."""
        return len(self.conflicts)


def check_labels(comments: Iterable[LabelledComment], *, unlabelled: int = 0, skipped: int = 0) -> LabelCheck:
    """Look through the rows of label tables.

    :param unlabelled: Rows that wait for a label.
    :param skipped: Rows that could not be read.
    """
    rows = list(comments)
    targets: dict[str, Counter[Stance]] = defaultdict(Counter)
    for row in rows:
        targets[row.target][row.label] += 1
    repeated, conflicts = _repetitions(rows)
    return LabelCheck(
        rows=len(rows),
        unlabelled=unlabelled,
        skipped=skipped,
        comments=len({folded(row.text) for row in rows}),
        documents=len({row.document for row in rows if row.document}),
        without_document=sum(not row.document for row in rows),
        targets={target: dict(targets[target]) for target in sorted(targets)},
        roles=dict(Counter(row.role for row in rows)),
        annotators=dict(Counter(row.annotator or "(no name)" for row in rows).most_common()),
        languages=dict(Counter(row.language or "(not stated)" for row in rows).most_common()),
        repeated=repeated,
        conflicts=conflicts,
        undecided=settle(rows).undecided_pairs,
        leaks=_leaks(rows),
    )


def _repetitions(
    rows: Iterable[LabelledComment],
) -> tuple[int, tuple[tuple[LabelledComment, LabelledComment], ...]]:
    """Count rows that say the same again, and find those that say something else."""
    said: dict[Any, dict[Stance, LabelledComment]] = defaultdict(dict)
    repeated = 0
    for row in rows:
        labels = said[pair_key(row), row.annotator]
        repeated += row.label in labels
        labels.setdefault(row.label, row)
    differing = [tuple(labels.values())[:2] for (_, who), labels in said.items() if who != ADJUDICATED]
    return repeated, tuple((found[0], found[1]) for found in differing if len(found) > 1)


def _leaks(rows: Iterable[LabelledComment]) -> tuple[str, ...]:
    """Find texts in both roles, in whatever case and spacing; the parts of ``settle`` do not matter here."""
    roles: dict[str, set[str]] = defaultdict(set)
    texts: dict[str, str] = {}
    for row in rows:
        words = folded(row.text)
        roles[words].add(row.role)
        texts.setdefault(words, row.text)
    return tuple(texts[words] for words, found in roles.items() if len(found) > 1)


def tell_rewritten_ids(rows: Iterable[LabelledComment]) -> Iterator[str]:
    """Say of how many comments a spreadsheet rewrote the id in the table of one annotator and not in that of another.

    They would count as different comments: two annotators seem to have less in common than they have.
    """
    found = [pair for pair in map(_rewritten, _ids_by_annotator(rows)) if pair]
    if found:
        ours, other = (each[:40] for each in found[0])
        named = f"{len(found)} comments have one id with one annotator and another with another ({ours!r}, {other!r})"
        reason = "they count as different ones: a spreadsheet takes such ids for dates or rounds them"
        yield f"{named}; {reason}; expected the ids of one table in all"


def _ids_by_annotator(rows: Iterable[LabelledComment]) -> Iterable[Mapping[str | None, set[str]]]:
    """Gather, for each text of a document, under which ids each annotator labelled it."""
    ids: dict[Any, dict[str | None, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        if row.comment_id:
            name = plain_number(row.comment_id) or row.comment_id
            ids[plain_number(row.document), folded(row.text)][row.annotator].add(name)
    return ids.values()


def _rewritten(ids: Mapping[str | None, set[str]]) -> tuple[str, str] | None:
    """Give an id that a spreadsheet changes and what it may have made of it, where annotators have none in common."""
    every = sorted(set().union(*ids.values()))
    ours = [each for each in every if _CHANGED_BY_SPREADSHEETS.fullmatch(each)]
    others = [each for each in every if each not in ours]
    return (ours[0], others[0]) if ours and others and not set.intersection(*ids.values()) else None


def folded(text: str) -> str:
    """Give a text in lower case and with single spaces: what is the same then is the same comment, said again."""
    return " ".join(text.casefold().split())


def fault_lines(check: LabelCheck) -> list[str]:
    """Say what is wrong: texts on both sides, annotators on two; one line each, up to ten of each kind."""
    leaks = [f"trained on and audited: {_short(text)!r}" for text in check.leaks]
    conflicts = [
        f"conflict: {one.annotator} gave {one.label} and {other.label} toward {one.target}: {_short(one.text)!r}"
        for one, other in check.conflicts
    ]
    return [*_first(leaks, "texts are trained on and audited"), *_first(conflicts, "conflicts")]


def _first(lines: list[str], what: str) -> list[str]:
    more = len(lines) - SHOWN_LINES
    return [*lines[:SHOWN_LINES], f"{more} more {what}"] if more > 0 else lines


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 1] + "…"


def check_to_record(check: LabelCheck) -> dict[str, Any]:
    """Turn a check into the JSON object that ``stance labels check --json`` prints."""
    return {
        "rows": check.rows,
        "unlabelled": check.unlabelled,
        "skipped": check.skipped,
        "comments": check.comments,
        "documents": check.documents,
        "without_document": check.without_document,
        "targets": {
            target: {stance.value: counts.get(stance, 0) for stance in STANCES}
            for target, counts in check.targets.items()
        },
        "roles": dict(check.roles),
        "annotators": dict(check.annotators),
        "languages": dict(check.languages),
        "repeated": check.repeated,
        "contradictions": check.contradictions,
        "undecided": check.undecided,
        "trained_on_and_audited": list(check.leaks),
    }


def check_table(check: LabelCheck) -> str:
    """Lay a check out for a person."""
    head = ["target", "labels", *(stance.value for stance in STANCES)]
    by_count = sorted(check.targets.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    body = [
        [target, f"{sum(counts.values()):,}", *(f"{counts.get(stance, 0):,}" for stance in STANCES)]
        for target, counts in by_count[:SHOWN_GROUPS]
    ]
    more = f"\nand {len(by_count) - SHOWN_GROUPS} more targets" if len(by_count) > SHOWN_GROUPS else ""
    facts = [
        ["labels", f"{check.rows:,}"],
        ["rows without a label", f"{check.unlabelled:,}"],
        ["rows left out", f"{check.skipped:,}"],
        ["different texts", f"{check.comments:,}"],
        ["documents", f"{check.documents:,}"],
        ["labels without a document", f"{check.without_document:,}"],
        ["role", _counts(check.roles)],
        ["annotators", _counts(check.annotators)],
        ["languages", _counts(check.languages)],
        ["repeated labels", f"{check.repeated:,}"],
        ["pairs on which an annotator contradicts themselves", f"{check.contradictions:,}"],
        ["pairs on which annotators differ, not adjudicated", f"{check.undecided:,}"],
        ["texts trained on and audited", f"{len(check.leaks):,}"],
    ]
    # Names are of strangers: none of them may move the cursor, or turn a line around.
    shown = f"{aligned(facts)}\n\n{aligned([head, *body])}{more}"
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in shown)


def _counts(counts: Mapping[str, int]) -> str:
    shown = ", ".join(f"{name} {n:,}" for name, n in list(counts.items())[:SHOWN_GROUPS])
    return shown + (f" and {len(counts) - SHOWN_GROUPS} more" if len(counts) > SHOWN_GROUPS else "")

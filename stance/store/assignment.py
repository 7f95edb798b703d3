"""The order of items, their assignment to annotators, and the names of annotators.

Items come in one random order that all annotators share, and some are labelled by all, so that agreement can be
measured. An annotator who stops early has still labelled a random part of the sample, and two who stop early have
labelled the same part of the overlap.
"""

import getpass
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from stance.datamodels import ADJUDICATED, Strings
from stance.exceptions import LabelError


def place_of(identifier: str, seed: int, purpose: str = "order") -> str:
    """Return the place of an item in a random order: 16 hexadecimal digits, the same for the same seed.

    :param purpose: Another purpose gives another order.
    """
    return hashlib.sha256(f"{purpose}\n{seed}\n{identifier}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def assign(
    items: Iterable[tuple[int, str, frozenset[str]]],
    annotators: Sequence[str],
    *,
    overlap: float,
    seed: int,
    alone: Mapping[int, str] | None = None,
) -> dict[str, list[int]]:
    """Assign items to annotators: the overlap to all, the other unstarted ones to the annotator with the fewest.

    Started items stay with their annotators, so this may be repeated when annotators or items are added.

    :param annotators: Those who go on labelling.
    :param overlap: Share of the items that all label, in [0, 1].
    :param alone: Items that nobody shares, and who labels them.
    :return: The items of each annotator, labelled ones too.
    """
    in_order = sorted(items, key=lambda item: place_of(item[1], seed))
    single = alone or {}
    in_common = [item for item in in_order if item[0] not in single]
    drawn = sorted(in_common, key=lambda item: place_of(item[1], seed, "overlap")) if len(annotators) > 1 else []
    shared = {number for number, *_ in drawn[: ceil(overlap * len(drawn) - 1e-9)]}
    assigned: dict[str, list[int]] = {annotator: [] for annotator in annotators}
    to_do = dict.fromkeys(annotators, 0)
    for number, _, started in in_order:
        holders = sorted(started)
        if number in shared:
            holders += [annotator for annotator in annotators if annotator not in started]
        elif not started and annotators:
            holders = [single.get(number) or min(to_do, key=to_do.__getitem__)]
        for annotator in holders:
            assigned.setdefault(annotator, []).append(number)
            if annotator in to_do and annotator not in started:
                to_do[annotator] += 1
    return assigned


def check_annotator(name: str) -> str:
    """Check the name of an annotator, and return it with single spaces.

    :raises LabelError: If it is empty, too long, not printable, or that of the adjudicator.
    """
    plain = " ".join(name.split())
    # Maximum number of characters of the name of an annotator.
    longest = 40
    if not plain or len(plain) > longest or not plain.isprintable() or plain.casefold() == ADJUDICATED:
        expected = f"a name of 1 to {longest} characters other than {ADJUDICATED}"
        raise LabelError(f"annotator {name[:longest]!r}; expected {expected}")
    return plain


def read_annotators(annotator: str | None, annotators: str | None) -> tuple[str | None, Strings]:
    """Read the annotator at this page, and those who share the work, from the command line.

    :param annotators: Separated by commas.
    :raises LabelError: If a name cannot be used, or ``annotator`` is not among ``annotators``.
    """
    here = None if annotator is None else check_annotator(annotator)
    team = () if annotators is None else tuple(dict.fromkeys(map(check_annotator, annotators.split(","))))
    if here and team and here not in team:
        raise LabelError(f"annotator {here!r}; expected one of those who share the work: {', '.join(team)}")
    return here, team


def login() -> str:
    """Name an annotator after the system's user, so that two people who give no name are not taken for one."""
    try:
        return check_annotator(getpass.getuser())
    except (LabelError, OSError, KeyError):
        return "annotator"

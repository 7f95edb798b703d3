"""How labels and targets are written: the words of this project, and those of the public sets that people bring."""

from typing import Any

from stance.datamodels import Stance
from stance.limits import MAX_CELL_CHARS
from stance.reading.text import clean

SPELLINGS = {
    "favor": Stance.FAVOR,
    "favour": Stance.FAVOR,  # SemEval-2016 task 6: FAVOR, AGAINST, NONE
    "pro": Stance.FAVOR,  # VAST: pro, con, neutral
    "for": Stance.FAVOR,  # RuArg-2022: for, against, other, irrelevant
    "against": Stance.AGAINST,
    "con": Stance.AGAINST,
    "neutral": Stance.NEUTRAL,
    "none": Stance.NEUTRAL,
    "other": Stance.NEUTRAL,
    "not_addressed": Stance.NOT_ADDRESSED,
    "irrelevant": Stance.NOT_ADDRESSED,
}
"""In any capitals, with spaces or hyphens for the underscore. Words of sentiment are missing on purpose: how a text
sounds is not whom it sides with."""


def parse_stance(label: Any) -> Stance:
    """Read a label.

    :raises ValueError: If it is no word for a stance.
    """
    found = stance_or_none(label)
    if found is None:
        raise ValueError(f"label {str(label)[:40]!r}; expected one of {', '.join(SPELLINGS)}")
    return found


def stance_or_none(label: Any) -> Stance | None:
    """Read a label; None where it is no word for a stance."""
    if not isinstance(label, str) or len(label) > 40:
        return None
    return SPELLINGS.get("_".join(label.lower().replace("-", " ").replace("_", " ").split()))


def parse_target(written: Any) -> str:
    """Give the id of a target as it is written: in lower case, words joined by hyphens.

    :raises ValueError: If there is none, or it is no name.
    """
    if isinstance(written, str) and len(written) > MAX_CELL_CHARS:
        raise ValueError(f"a target of {len(written)} characters; expected at most {MAX_CELL_CHARS}")
    if not isinstance(written, str) or not (words := clean(written).lower().split()):
        raise ValueError("no target; expected the id of one")
    return "-".join(words)


def parse_tag(tag: str) -> tuple[str, str] | None:
    """Take a tag such as ``russia:favor`` apart; None where it names no target."""
    target, colon, label = tag.rpartition(":")
    return (target, label) if colon and target.strip() else None


def to_tag(target: str, label: str) -> str:
    """Write a label toward a target as one word."""
    return f"{target}:{label}"

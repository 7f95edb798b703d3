"""Read numbers of votes, such as ``1,204``, ``3,1K`` and ``2.3 тыс.``"""

import re

from stance.parsing.phrases import phrases
from stance.resources import formats

_LIKES = "|".join(formats()["like"]["votes"].split())

FACTORS = {
    word: factor
    for name, factor in (("thousands", 1_000), ("ten_thousands", 10_000), ("millions", 1_000_000))
    for word in phrases(f"count.{name}")
}

_COUNTER = re.compile(
    rf"(?:(?:{_LIKES}):? )?(?P<sign>[+−–-]?) ?"
    r"(?P<whole>[1-9]\d{0,2}(?:[.,'’ ]\d{3}){1,3}|[1-9]\d?(?:,\d\d){1,3},\d{3}|\d{1,11})"
    rf"(?:[.,](?P<rest>\d{{1,4}}))? ?(?:(?P<factor>{'|'.join(FACTORS)})\.?)?(?: ?(?:{_LIKES}))?",
    re.IGNORECASE,
)


def read_count(text: str) -> int | None:
    """Return the number of votes that a text states, as ``1,204``, ``12 345``, ``3,1K``, ``2.3 тыс.``; else None."""
    match = _COUNTER.fullmatch(" ".join(text.split()))
    if match is None:
        return None
    factor = FACTORS[match["factor"].lower()] if match["factor"] else 1
    units, decimals = match["whole"], match["rest"] or ""
    number = float(f"{''.join(filter(str.isdecimal, units))}.{decimals}") * factor
    if factor == 1 and not number.is_integer():
        return None
    return round(-number if match["sign"] in ("-", "−", "–") else number)

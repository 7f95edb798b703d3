"""How few people wrote a page's comments: a share of comments is no share of people where some write a hundred."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from stance.reporting.remarks import Remark

FEWEST_NAMED = 10
"""Comments with a name: of fewer, that one person wrote two is nothing to speak of."""

TOP = (1, 5, 10)
"""The authors who wrote most: their comments are shares of all that carry a name."""


def concentration_record(remarks: Sequence[Remark]) -> dict[str, Any]:
    """Record how unequally authors wrote.

    :return: ``named`` and ``unnamed`` comments; ``authors``; ``top``: comments and share of the 1, 5 and 10 who wrote
        most, where there are more authors than that; ``effective``: 1 / sum of squared shares, how many authors who
        write equally often would be as unequal (the effective number of Laakso and Taagepera 1979; Hill 1973, order
        2). Authors are counted only where ``FEWEST_NAMED`` comments carry a name.
    """
    sizes = sorted(Counter(each.author for each in remarks if each.author is not None).values(), reverse=True)
    named = sum(sizes)
    enough = named >= FEWEST_NAMED
    return {
        "named": named,
        "unnamed": len(remarks) - named,
        "authors": len(sizes),
        "effective": named**2 / sum(size**2 for size in sizes) if enough else None,
        "top": [_top(sizes, named, count) for count in TOP if enough and count < len(sizes)],
    }


def _top(sizes: Sequence[int], named: int, count: int) -> dict[str, Any]:
    comments = sum(sizes[:count])
    return {"authors": count, "comments": comments, "share": comments / named}

"""Comments to read as evidence, drawn by a rule that is stated, so that nobody has picked them.

A few comments shown beside a bar are what readers remember. So those are a random draw among the surest third of each
side, and beside them stand those of which the model is least sure.
"""

import hashlib
from collections.abc import Sequence
from math import ceil
from typing import Any

from stance.datamodels import FEWEST_COMMENTS, STANCES, Stance
from stance.reporting.remarks import Remark, addressing

SEED = 0
"""Stands in each record; the draw is by a digest of it, the document, the comment and the target."""

DRAWN = 3
"""Of each side, and of the least sure."""

DRAWN_SIDES = (Stance.AGAINST, Stance.FAVOR)


def evidence_record(remarks: Sequence[Remark], document_id: str, target: str) -> dict[str, Any] | None:
    """Draw the comments to read beside the shares of one target.

    Comments are given as ``number``, their place on the page, in page order, with the ``probability`` of their stance.

    :return: ``seed``; for each of ``against`` and ``favor``: ``of`` (comments on that side), ``pool`` (the surest third
        of them, rounded up, and no fewer than ``DRAWN``) and ``drawn``; ``uncertain``: those of the others whose two
        most probable stances lie closest. None where fewer than ``FEWEST_COMMENTS`` address the target.
    """
    found = list(addressing(remarks, target))
    if len(found) < FEWEST_COMMENTS:
        return None
    sides = {
        str(side): _draw([each for each in found if each.sides[target] is side], document_id, target)
        for side in DRAWN_SIDES
    }
    shown = {each["number"] for side in sides.values() for each in side["drawn"]}
    others = [each for each in found if each.number not in shown]
    unsure = sorted(others, key=lambda each: (margin(each, target), each.number))[:DRAWN]
    return {"seed": SEED, **sides, "uncertain": _shown(unsure, target)}


def _draw(of_side: Sequence[Remark], document_id: str, target: str) -> dict[str, Any]:
    surest = sorted(of_side, key=lambda each: (-probability(each, target), each.number))
    pool = surest[: max(ceil(len(surest) / 3), DRAWN)]
    drawn = sorted(pool, key=lambda each: _lot(document_id, each, target))[:DRAWN]
    return {"of": len(of_side), "pool": len(pool), "drawn": _shown(drawn, target)}


def _shown(chosen: Sequence[Remark], target: str) -> list[dict[str, Any]]:
    ordered = sorted(chosen, key=lambda each: each.number)
    return [{"number": each.number, "probability": probability(each, target)} for each in ordered]


def _lot(document_id: str, remark: Remark, target: str) -> bytes:
    named = f"{SEED}\n{document_id}\n{remark.number}\n{target}"
    return hashlib.sha256(named.encode(errors="surrogatepass")).digest()


def probability(remark: Remark, target: str) -> float:
    """Give the model's probability of the stance that it gave."""
    row = remark.scores[target].probabilities
    return row[STANCES.index(remark.sides[target])] if row else 0.0


def margin(remark: Remark, target: str) -> float:
    """Give by how much the most probable stance leads: 0 where two are as probable."""
    first, second, *_ = sorted(remark.scores[target].probabilities or (0.0, 0.0), reverse=True)
    return first - second

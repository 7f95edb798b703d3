"""Comments that nothing but names and blank lines tell apart.

Some comment systems lose every date and button when a page is saved as text. Two blank lines then stand before an
unnamed comment, one blank line around a name; a comment may hold a blank line itself, and a name may stand where a
one-line comment could. No single line decides, so the cheapest reading of the whole section does: each block of lines
is a name, a comment's start or its continuation, and every reading has a price (Viterbi).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from stance.parsing.lines import Line, name_like

Block = Sequence[Line]


class Role(IntEnum):
    """What a block of lines is."""

    NAME = 0
    START = 1
    CONTINUATION = 2


ROLES = tuple(Role)


@dataclass(frozen=True, slots=True)
class Found:
    """A comment: its author, where there is one, and its lines."""

    author: Line | None
    lines: tuple[Line, ...]


NEVER = 100.0

# Prices, found on seed 000 and on pages re-flattened to its form (those named a-m). What matters is their order: two
# names in a row and a name without a comment are worse than a name that looks odd, which is worse than a missing blank
# line. A longer way round any of them costs more than one of them.
FOLLOWS = {
    # (role of the block above, role of the block, whether two or more blank lines are between them)
    (Role.NAME, Role.NAME, False): 6.0,
    (Role.NAME, Role.NAME, True): 6.0,
    (Role.NAME, Role.START, False): 0.0,
    (Role.NAME, Role.START, True): 3.0,
    (Role.NAME, Role.CONTINUATION, False): NEVER,
    (Role.NAME, Role.CONTINUATION, True): NEVER,
    (Role.START, Role.NAME, False): 0.0,
    (Role.START, Role.NAME, True): 1.0,
    (Role.START, Role.START, False): 4.0,
    (Role.START, Role.START, True): 0.0,
    (Role.START, Role.CONTINUATION, False): 3.0,
    (Role.START, Role.CONTINUATION, True): 6.0,
}
NAME_AT_END = 6.0
UNLIKELY_NAME = 8.0


def split_blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that no blank line parts."""
    blocks: list[list[Line]] = []
    for line in lines:
        if line.gap or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def split_by_blanks(
    lines: Sequence[Line], is_quote: Callable[[Line], bool], *, each_line: bool = False
) -> tuple[Found, ...]:
    """Split a section into comments by its blank lines.

    :param lines: The section, its cues left out.
    :param is_quote: Whether a line repeats the article; what follows such a line answers it.
    :param each_line: Take each line for a block, as on pages that have lost their blank lines.
    """
    blocks = [[line] for line in lines] if each_line else split_blocks(lines)
    if not blocks:
        return ()
    return _collect(blocks, _cheapest(blocks, is_quote))


def _cheapest(blocks: Sequence[Block], is_quote: Callable[[Line], bool]) -> list[Role]:
    """Find the cheapest role of each block, in one pass forward and one back."""
    times = Counter(block[0].text for block in blocks if len(block) == 1)
    costs = {
        Role.NAME: _name_cost(blocks[0], times),
        Role.START: _start_cost(blocks[0], times),
        Role.CONTINUATION: NEVER,
    }
    back: list[dict[Role, Role]] = []
    for above, block in pairwise(blocks):
        own = {Role.NAME: _name_cost(block, times), Role.START: _start_cost(block, times), Role.CONTINUATION: 0.0}
        answers = block[0].gap == 1 and all(map(is_quote, above))
        step: dict[Role, Role] = {}
        reached: dict[Role, float] = {}
        for role in ROLES:
            prices = {before: costs[before] + _step_cost(before, role, block[0].gap, answers) for before in ROLES}
            step[role] = min(prices, key=prices.__getitem__)
            reached[role] = prices[step[role]] + own[role]
        back.append(step)
        costs = reached
    costs[Role.NAME] += NAME_AT_END
    roles = [min(costs, key=costs.__getitem__)]
    for step in reversed(back):
        roles.append(step[roles[-1]])
    return roles[::-1]


def _step_cost(before: Role, role: Role, gap: int, answers: bool) -> float:
    if answers and before is not Role.NAME and role is Role.CONTINUATION:
        return 0.0
    above = Role.START if before is Role.CONTINUATION else before
    return FOLLOWS[above, role, gap >= 2]


def _name_cost(block: Block, times: Counter[str]) -> float:
    """Price a block as a name: 0 for one that looks like a name and is seen more than once."""
    text = block[0].text
    if len(block) > 1 or (times[text] < 2 and not name_like(text, words=10, characters=80)):
        return UNLIKELY_NAME
    cost = 0.0 if times[text] > 1 else 0.5
    cost += max(len(text.split()) - 4, 0) * 0.7
    return cost + (0.3 if text[0].islower() else 0.0) + (2.0 if not name_like(text) else 0.0)


def _start_cost(block: Block, times: Counter[str]) -> float:
    """Price a block as a comment: a short line seen more than once is rather a name."""
    text = block[0].text
    return 1.0 if len(block) == 1 and times[text] > 1 and name_like(text) else 0.0


def _collect(blocks: Sequence[Block], roles: Sequence[Role]) -> tuple[Found, ...]:
    found: list[Found] = []
    author: Line | None = None
    for block, role in zip(blocks, roles, strict=True):
        if role is Role.NAME:
            author = block[0]
        elif role is Role.CONTINUATION and found:
            found[-1] = Found(found[-1].author, (*found[-1].lines, *block))
        else:
            found.append(Found(author, tuple(block)))
            author = None
    return tuple(found)

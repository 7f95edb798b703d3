"""What two models were made from and reached, side by side: where their cards differ."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

DEEPEST = 6
"""Levels of a card that are compared; a card may come from anyone."""

LONGEST = 60
"""Characters shown of a value."""

_SHOWN_MEASURES = re.compile(r"measures\.(?:n|macro_f1|accuracy|favg|ece|targets\.([^.]{1,60})\.macro_f1)")
"""Of the measures, those of the model itself, over all and toward the targets that it was tested on."""


def card_differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Give the entries in which two cards differ.

    :return: Path of the entry, as ``data.train.pairs``, and what stands there in each; a dash: nothing.
    """
    one, other = dict(_entries(first)), dict(_entries(second))
    keys = dict.fromkeys((*one, *other))
    differing = [key for key in sorted(keys) if one.get(key) != other.get(key)]
    return [(_shown(key), _shown(one.get(key, "-")), _shown(other.get(key, "-"))) for key in differing]


def _entries(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    tested = card.get("targets_tested", ())
    waiting: list[tuple[str, int, Any]] = [("", 0, card)]
    while waiting:
        path, depth, value = waiting.pop()
        if isinstance(value, Mapping) and depth < DEEPEST:
            waiting += [(f"{path}.{key}" if path else str(key), depth + 1, each) for key, each in value.items()]
        elif not path.startswith("measures.") or _is_shown(path, tested):
            yield path, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _is_shown(path: str, tested: Any) -> bool:
    found = _SHOWN_MEASURES.fullmatch(path)
    return found is not None and (found[1] is None or (isinstance(tested, list) and found[1] in tested))


def _shown(text: str) -> str:
    text = "".join(character if character.isprintable() else " " for character in text[: LONGEST + 1])
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

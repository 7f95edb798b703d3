"""Numbers for names that are not kept."""

import random
import sys

from stance.aggregation.numbering import RECENT, Numbering


def test_names_are_numbered_as_a_dict_would_number_them() -> None:
    draw = random.Random(1)
    names: list[str | None] = [None, *(f"reader {draw.randrange(2 * RECENT)}" for _ in range(6 * RECENT))]
    known: dict[str | None, int] = {}
    numbering = Numbering()
    for name in names:
        assert numbering.number(name) == known.setdefault(name, len(known))
    assert len(numbering) == len(known) > RECENT


def test_what_is_held_of_a_name_is_its_digest() -> None:
    numbering = Numbering()
    for at in range(10 * RECENT):
        numbering.number(f"reader {at}")
    arrays = numbering._digests.nbytes + numbering._numbers.nbytes
    assert arrays <= 12 * 10 * RECENT
    assert len(numbering._recent) <= RECENT
    assert sys.getsizeof(numbering._recent) < 50 * RECENT

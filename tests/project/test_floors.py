"""Figures that must not fall: ``tests/floors.json``, measured by ``research/floors.py``.

A lower floor takes ``python -m research.floors NAME --write --lower`` and a commit that gives the reason.
"""

import pytest

from research import floors

IN_EVERY_RUN = ("parse/dev3/html", "parse/seeds", "stance/folds")
"""Groups that take seconds; ``make floors`` measures the others, too."""


def test_no_floor_is_further_below_its_first_value_than_all_deletions_may_cost() -> None:
    found = floors.read_floors()
    assert set(found) == set(floors.GROUPS)
    for group, figures in found.items():
        for name, kept in figures.items():
            assert kept["floor"] >= kept["first"] - floors.may_fall(group, kept["first"]) - 1e-4, f"{group} {name}"


@pytest.mark.parametrize(
    "group", [pytest.param(each, marks=() if each in IN_EVERY_RUN else pytest.mark.floors) for each in floors.GROUPS]
)
def test_no_figure_is_below_its_floor(group: str) -> None:
    if floors.GROUPS[group].needs_shared and not floors.SHARED.is_dir():
        pytest.skip(f"needs the pages and labels of {floors.SHARED}, which are other people's and not in the project")
    assert floors.below(group, floors.GROUPS[group].measure()) == []

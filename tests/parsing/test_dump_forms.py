"""Dumps of many lines of one form: the time to read them grows as they do."""

from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump import find_comments
from stance.parsing.dump.text_lines import read_lines
from stance.parsing.lines import split_lines
from stance.parsing.site_votes import site_name
from tests.support.growth import grows_linearly
from tests.support.tables import cases, table

NAMES = ("Marta Kolb", "quietfox", "Jon P.", "Ilse Brandt", "Rui_77", "Olena T", "Sven Dahl", "harbourlad")
SAID = tuple(table("dump_forms", "cases")["SAID"])


@cases("line")
def test_repeated_lines_take_linear_time(line: str) -> None:
    said = (f"{'  ' * (i % 40)}{line} {i % 97}\n{SAID[i % 8]}\n{NAMES[i % 7]}" for i in range(1000))
    lines = read_lines("\n".join(said))
    assert grows_linearly(lambda count: find_comments(CuedLines(lines[: 3 * count])), 1000)


def test_many_names_that_come_back_take_linear_time() -> None:
    names = split_lines("\n".join(f"Site {i}\nVisit site{i}.example" for i in range(3_000)))
    assert grows_linearly(lambda count: site_name(names[:count] * 3), len(names))

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from stance import collecting
from stance.collecting import collect_seldom, give_back_memory


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # as Python begins, whatever ran before
    yield
    gc.set_threshold(*before)


def test_python_looks_less_often_and_still_looks() -> None:
    before = gc.get_threshold()
    collect_seldom()
    assert gc.isenabled()
    assert gc.get_threshold()[0] > 10 * before[0]


def test_only_the_command_line_asks_for_it() -> None:
    """Whoever uses the package in a program of their own decides themselves."""
    code = "import gc; before = gc.get_threshold(); import stance.api, stance.cli; assert gc.get_threshold() == before"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_memory_is_given_back_where_the_c_library_can(monkeypatch: pytest.MonkeyPatch) -> None:
    give_back_memory()
    monkeypatch.setattr(collecting, "_trim", lambda: None)
    give_back_memory()

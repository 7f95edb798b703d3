import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from stance.exceptions import REQUIREMENTS, MissingExtraError, unknown


def test_a_missing_package_is_named_by_itself_and_as_pyproject_asks_for_it() -> None:
    """The index has another project called stance, so no message may name an extra of it."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {requirement for extra in project["optional-dependencies"].values() for requirement in extra}
    for package, quoted in REQUIREMENTS.items():
        assert set(quoted.split("' '")) <= asked, package
    wanted = "pip install 'pyarrow>=16', or pipx inject commentstance 'pyarrow>=16'"
    assert str(MissingExtraError("pyarrow")) == f"this needs pyarrow: {wanted}"
    assert project["name"] != "stance"


@pytest.mark.parametrize(
    ("given", "known", "message"),
    [
        ("rusia", ["russia", "us"], "no target 'rusia'; did you mean russia? See: stance targets"),
        ("RUSSIA", ["Russia", "us"], "no target 'RUSSIA'; did you mean Russia? See: stance targets"),
        ("qqq", ["russia", "us"], "no target 'qqq'; expected one of russia, us. See: stance targets"),
        ("qqq", [], "no target 'qqq'; expected a name that exists, but there is none. See: stance targets"),
        ("qqq", map(str, range(32)), f"no target 'qqq'; expected one of {', '.join(map(str, range(30)))} and 2 more."),
    ],
)
def test_an_unknown_name_is_told_with_the_one_that_is_meant(given: str, known: Iterable[str], message: str) -> None:
    assert unknown("no target", given, known, "See: stance targets").startswith(message)
    assert len(unknown("no target", "q" * 1_000_000, known)) < 500

import tomllib
from pathlib import Path

from stance.exceptions import REQUIREMENTS, MissingExtraError, unknown
from tests.support.tables import cases


def test_a_missing_package_is_named_by_itself_and_as_pyproject_asks_for_it() -> None:
    """The index has another project called stance, so no message may name an extra of it."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {requirement for extra in project["optional-dependencies"].values() for requirement in extra}
    assert project["optional-dependencies"]["all"] == ["commentstance[llm,network,parquet]"]
    for package, quoted in REQUIREMENTS.items():
        assert set(quoted.split("' '")) <= asked, package
    wanted = "pip install 'pyarrow>=16', or pipx inject commentstance 'pyarrow>=16'"
    assert str(MissingExtraError("pyarrow")) == f"this needs pyarrow: {wanted}"
    assert project["name"] != "stance"


@cases("given", "known", "message")
def test_an_unknown_name_is_told_with_the_one_that_is_meant(given: str, known: list[str], message: str) -> None:
    assert unknown("no target", given, known, "See: stance targets").startswith(message)
    assert len(unknown("no target", "q" * 1_000_000, known)) < 500

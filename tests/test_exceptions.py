import tomllib
from pathlib import Path

from stance.exceptions import REQUIREMENTS, MissingExtraError


def test_a_missing_package_is_named_by_itself_and_as_pyproject_asks_for_it() -> None:
    """The index has another project called stance, so no message may name an extra of it."""
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {requirement for extra in project["optional-dependencies"].values() for requirement in extra}
    for package, quoted in REQUIREMENTS.items():
        assert set(quoted.split("' '")) <= asked, package
    assert str(MissingExtraError("pyarrow")) == "this needs pyarrow: pip install 'pyarrow>=16'"
    assert project["name"] != "stance"

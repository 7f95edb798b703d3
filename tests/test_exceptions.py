import tomllib
from pathlib import Path

import pytest

from stance.exceptions import REQUIREMENTS, MissingExtraError, install_command


def test_a_missing_package_is_named_by_itself_and_as_pyproject_asks_for_it() -> None:
    """The index has another project called stance, so no message may name an extra of it."""
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {requirement for extra in project["optional-dependencies"].values() for requirement in extra}
    for package, quoted in REQUIREMENTS.items():
        assert set(quoted.split("' '")) <= asked, package
    assert str(MissingExtraError("pyarrow")) == "this needs pyarrow: pip install 'pyarrow>=16'"
    assert project["name"] != "stance"


@pytest.mark.parametrize(
    ("place", "settings", "command"),
    [
        ("pipx/venvs/commentstance", "", "pipx inject commentstance"),
        (".local/share/uv/tools/commentstance", "uv = 0.9\n", "uv tool install commentstance --with"),
        ("project/.venv", "home = /usr/bin\nuv = 0.9\n", "uv pip install"),
        ("project/venv", "home = /usr/bin\n", "pip install"),
    ],
)
def test_the_hint_on_a_missing_package_fits_the_environment(tmp_path, place, settings, command):
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "pyvenv.cfg").write_text(settings)
    assert install_command(str(tmp_path / place)) == command

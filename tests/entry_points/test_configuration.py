from pathlib import Path

import pytest

from stance.cli.configuration import check_environment, load_defaults
from stance.exceptions import ConfigError
from stance.resources.toml import read_toml

OPTIONS = {
    "report": {"model": "model", "output": "output", "key_file": "key_file", "map": "columns"},
    "parse": {"output": "output"},
}


def test_a_key_at_the_top_reaches_every_verb_that_has_it() -> None:
    given = {"model": "mine", "key-file": "k", "map": "text=body", "output": "o", "report": {"output": "r"}}
    assert load_defaults(given, "stance.toml", OPTIONS) == {
        "report": {"model": "mine", "key_file": "k", "columns": "text=body", "output": "r"},
        "parse": {"output": "o"},
    }


def test_an_option_without_a_variable_is_a_flag_only() -> None:
    for given in ({"by": "random"}, {"report": {"by": "random"}}):
        with pytest.raises(ConfigError, match="'by' cannot be set here; expected it as an option of the command"):
            load_defaults(given, "stance.toml", OPTIONS, {"by"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modle = 1", "unknown key 'modle'; did you mean model"),
        ("[report]\nmodell = 1", r"\[report\]: unknown key 'modell'; did you mean model"),
        ("[parse]\nmodel = 1", "unknown key 'model'; expected one of output"),
        ("[reports]\nmodel = 1", "unknown key 'reports'"),
        ("report = 3", r"\[report\] is 3; expected a table"),
        ("model = ", "not TOML"),
        ("a = " + "[" * 5000, "not TOML"),
    ],
)
def test_a_wrong_key_is_named_with_the_nearest(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "stance.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        load_defaults(read_toml(tmp_path / "stance.toml", "settings"), "stance.toml", OPTIONS)
    assert "\n" not in str(caught.value)


def test_a_misspelt_setting_of_the_environment_is_named() -> None:
    check_environment(["PATH", "STANCE_MODEL"], ["STANCE_MODEL"])
    with pytest.raises(ConfigError, match="unknown setting STANCE_MODLE; did you mean STANCE_MODEL"):
        check_environment(["STANCE_MODLE"], ["STANCE_MODEL"])

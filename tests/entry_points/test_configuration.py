import pytest

from stance.cli.configuration import check_environment, load_defaults
from stance.exceptions import ConfigError

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


def test_a_misspelt_setting_of_the_environment_is_named() -> None:
    check_environment(["PATH", "STANCE_MODEL"], ["STANCE_MODEL"])
    with pytest.raises(ConfigError, match="unknown setting STANCE_MODLE; did you mean STANCE_MODEL"):
        check_environment(["STANCE_MODLE"], ["STANCE_MODEL"])

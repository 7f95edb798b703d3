from pathlib import Path

import pytest

from stance.cli import check_environment, load_defaults
from stance.exceptions import ConfigError

OPTIONS = {
    "report": {"model": "model", "output": "output", "key_file": "key_file", "map": "columns"},
    "parse": {"output": "output"},
}


def write(folder: Path, text: str) -> Path:
    path = folder / "stance.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_key_at_the_top_reaches_every_verb_that_has_it(tmp_path: Path) -> None:
    path = write(tmp_path, 'model = "mine"\nkey-file = "k"\nmap = "text=body"\noutput = "o"\n[report]\noutput = "r"')
    assert load_defaults(path, OPTIONS) == {
        "report": {"model": "mine", "key_file": "k", "columns": "text=body", "output": "r"},
        "parse": {"output": "o"},
    }


def test_an_option_without_a_variable_is_a_flag_only(tmp_path: Path) -> None:
    for text in ("by = 'random'", "[report]\nby = 'random'"):
        with pytest.raises(ConfigError, match="'by' is a flag only; expected it with the command"):
            load_defaults(write(tmp_path, text), OPTIONS, {"by"})


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
    with pytest.raises(ConfigError, match=message) as caught:
        load_defaults(write(tmp_path, text), OPTIONS)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_defaults(tmp_path / "none.toml", OPTIONS)


def test_a_misspelt_setting_of_the_environment_is_named() -> None:
    check_environment(["PATH", "STANCE_MODEL"], ["STANCE_MODEL"])
    with pytest.raises(ConfigError, match="unknown setting STANCE_MODLE; did you mean STANCE_MODEL"):
        check_environment(["STANCE_MODLE"], ["STANCE_MODEL"])

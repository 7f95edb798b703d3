import re
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from stance.cli import app
from stance.cli.settings import check_environment, load_defaults, load_limits, options_apart, verb_options
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


def test_a_key_at_the_top_does_not_reach_a_namesake(tmp_path: Path) -> None:
    path = write(tmp_path, 'output = "o"\n[parse]\noutput = "p"')
    assert load_defaults(path, OPTIONS, {"report": ["output"]}) == {"report": {}, "parse": {"output": "p"}}
    apart = options_apart(verb_options(typer.main.get_command(app)))
    assert {verb: names for verb, names in apart.items() if names} == {
        "sample": {"by"},
        "find": {"outlet", "target"},
        "forget": {"outlet"},
        "evaluate": {"role"},
        "labels": {"annotator", "map", "model", "role", "target"},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modle = 1", "unknown key 'modle'; did you mean model"),
        ("[report]\nmodell = 1", r"\[report\]: unknown key 'modell'; did you mean model"),
        ("[parse]\nmodel = 1", "unknown key 'model'; expected one of output"),
        ("[reports]\nmodel = 1", "unknown key 'reports'"),
        ("report = 3", "report is 3; expected a table"),
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


# stance init


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the file that ``stance init`` writes."""
    for name, value in (("HOME", str(tmp_path)), ("XDG_CONFIG_HOME", str(tmp_path / "config"))):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["init"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "stance.toml\n", "")
    return tmp_path


def uncomment(path: Path, only_defaults: bool) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = (line for line in lines if not (only_defaults and line.endswith("not set by default")))
    path.write_text("\n".join(re.sub(r"^#(?=\w+ = )", "", line) for line in kept), encoding="utf-8")


def test_the_written_settings_file_holds_every_setting_and_changes_nothing(project: Path) -> None:
    path = project / "stance.toml"
    assert not any(tomllib.loads(path.read_text(encoding="utf-8")).values())
    (project / "page.txt").write_text("A council met on Tuesday.\n\nIt agreed on a new bridge.\n")
    plain = CliRunner().invoke(app, ["parse", "page.txt"])
    uncomment(path, only_defaults=True)
    again = CliRunner().invoke(app, ["parse", "page.txt"])
    assert (again.exit_code, again.stdout, again.stderr) == (0, plain.stdout, plain.stderr)


def test_every_line_of_the_written_settings_file_is_a_known_setting(project: Path) -> None:
    path = project / "stance.toml"
    uncomment(path, only_defaults=False)
    verbs = verb_options(typer.main.get_command(app))
    names = {verb: {max(o.opts, key=len)[2:].replace("-", "_"): o.name for o in each} for verb, each in verbs.items()}
    defaults = load_defaults(path, names, options_apart(verbs))
    missing = {
        verb: set(names[verb].values()) - set(defaults[verb]) for verb in names if verb not in ("init", "limits")
    }
    assert set().union(*missing.values()) == {"url", "plain_http", "master", "limit"}
    assert load_limits(path)


def test_a_settings_file_that_is_there_is_not_replaced(project: Path) -> None:
    before = (project / "stance.toml").read_text(encoding="utf-8")
    result = CliRunner().invoke(app, ["init"])
    assert result.exit_code == 2
    assert result.stderr == "stance: stance.toml: exists already; expected a new file, by -o FILE\n"
    assert (project / "stance.toml").read_text(encoding="utf-8") == before
    assert CliRunner().invoke(app, ["init", "-o", "other.toml"]).exit_code == 0
    assert (project / "other.toml").read_text(encoding="utf-8") == before

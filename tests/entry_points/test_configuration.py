import json
from pathlib import Path

import pytest

import stance
from stance.cli.configuration import check_environment, load_defaults
from stance.exceptions import ConfigError
from tests.support.commands import run

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


MAPS, TARGETS = ("--map", "text=words", "--map=title=story line"), ("--target", "us", "--target", "nato")


@pytest.mark.parametrize(
    ("text", "maps", "targets"),
    [
        ("", MAPS, TARGETS),
        ("", ("--map", "text=words,title=story line"), TARGETS),
        ("map = ['text=words', 'title=story line']\ntarget = ['us', 'nato']", (), ()),
        ("map = 'text=words,title=story line'", (), TARGETS),
        ("target = 'russia'", MAPS, TARGETS),
    ],
)
def test_a_repeatable_option_has_the_same_values_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, maps: tuple[str, ...], targets: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("words,story line\nNATO helps us all.,One\n", encoding="utf-8")
    Path("stance.toml").write_text(text, encoding="utf-8")
    assert json.loads(run("parse", "t.csv", *maps).stdout)["title"] == "One"
    run("score", "t.csv", "--model", "vader", "-o", "t.jsonl", *maps, *targets)
    rows = [json.loads(line) for line in Path("t.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["target"] for row in rows] == ["us", "nato"]
    for columns in (["text=words", "title=story line"], {"text": "words", "title": "story line"}):
        assert stance.parse("t.csv", columns=columns)[0].title == "One"

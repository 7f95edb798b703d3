import json
from pathlib import Path

import pytest

import stance
from tests.support.commands import run


def test_a_key_at_the_top_reaches_every_verb_that_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("words\nNATO helps us all.\n")
    Path("stance.toml").write_text("model = 'vader'\nmap = 'text=words'\noutput = 'o'\n[report]\noutput = 'r'\n")
    for verb, page in (("report", "r/index.html"), ("compare", "o/comparison.html")):
        assert run(verb, "t.csv").stdout == f"{page}\n"
        assert "vader" in Path(page).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["master = 'yarn'", "[score]\nmaster = 'yarn'"])
def test_an_option_without_a_variable_is_a_flag_only(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    refused = run("--config", tmp_path / "own.toml", "targets", code=2).stderr
    assert ": 'master' cannot be set here; expected it as an option of the command\n" in refused


def test_a_misspelt_setting_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCE_MODLE", "light")
    said = "stance: environment: unknown setting STANCE_MODLE; did you mean STANCE_MODEL?"
    assert run("targets", code=2).stderr.startswith(said)


MAPS, TARGETS = ("--map", "text=words", "--map=title=story line"), ("--target", "us", "--target", "nato")


@pytest.mark.parametrize(
    ("text", "maps", "targets"),
    [
        ("", MAPS, TARGETS),
        ("map = ['text=words', 'title=story line']\ntarget = ['us', 'nato']", (), ()),
        ("map = 'text=words,title=story line'", (), TARGETS),
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

"""Names lead to scorers, and settings that nobody would heed are refused."""

import ast
import re
import subprocess
import sys
import types
from collections import Counter
from pathlib import Path

import pytest
import typer.testing
from hypothesis import given
from hypothesis import strategies as st

from stance.cli import app
from stance.datamodels import Via
from stance.exceptions import ConfigError, MissingExtraError, ModelError, StanceError
from stance.scoring.instances import NAMED_IN_ARTICLE, NOT_NAMED, Instance, commonest_reasons, unnamed_shares
from stance.scoring.plugins import (
    PLUGINS,
    Plugin,
    ScorerSettings,
    load_scorer,
    parse_label_map,
    parse_language,
    parse_languages,
)

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["default", "vader"])
def test_what_ships_is_found_by_name(name: str) -> None:
    scorer = load_scorer(name)
    assert scorer.name.split("@")[0] == name
    assert scorer.languages[0] == "en"
    assert not scorer.judge([]).evidence


def test_settings_are_read_before_anything_needs_numpy() -> None:
    code = (
        "import sys; from stance.run import EndpointOptions, build; "
        "build(EndpointOptions, {'model_languages': 'en', 'label_map': 'favor=A'}); sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_new_kind_of_model_is_a_module_and_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/plugged-in.md has it, and in every command."""
    module, row = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "plugged-in.md").read_text("utf-8"), re.S)[-2:]
    plugin = types.ModuleType("stance.scoring.plugins.constant")
    exec(module, plugin.__dict__)
    monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
    added = eval("{" + row.strip() + "}", {"Plugin": Plugin})
    monkeypatch.setattr("stance.scoring.plugins.PLUGINS", {**PLUGINS, **added})
    assert load_scorer("constant:favor", ScorerSettings(languages=("de",))).languages == ("de",)
    with pytest.raises(ConfigError, match="--url: model constant:favor does not take it"):
        load_scorer("constant:favor", ScorerSettings(url="http://localhost"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.csv").write_text("text,target,label\nRussia is right.,russia,favor\nShame on NATO.,nato,favor\n")
    for arguments in (
        ("score", "c.csv", "--language", "en", "--jobs", "1"),
        ("evaluate", "c.csv", "--json"),
    ):
        result = typer.testing.CliRunner().invoke(app, [*arguments, "--model", "constant:favor"])
        assert result.exit_code == 0, result.output
        assert "constant:favor" in result.stdout


def test_only_the_table_of_plug_ins_knows_their_names() -> None:
    for path in (ROOT / "stance").rglob("*.py"):
        text = path.read_text("utf-8")
        if "scoring" not in path.parts and ("hf" in text or "llm" in text):
            names = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
            assert not names & {"hf", "hf:", "llm", "llm:"}, path


@pytest.mark.parametrize("name", ["none", "hf:", "llm:", "gpt:x", ":"])
def test_a_name_that_leads_nowhere_is_named(name: str) -> None:
    with pytest.raises(ModelError, match="no model") as caught:
        load_scorer(name)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "settings", "flag"),
    [
        ("default", ScorerSettings(url="http://localhost"), "--url"),
        ("vader", ScorerSettings(languages=("de",)), "--model-languages"),
        ("hf:x", ScorerSettings(budget=3), "--budget"),
        ("hf:x", ScorerSettings(url="http://localhost"), "--url"),
        ("llm:x", ScorerSettings(label_map={"a": "favor"}), "--label-map"),
        ("default", ScorerSettings(plain_http=True), "--plain-http"),
    ],
)
def test_a_setting_that_the_model_does_not_take_is_refused(name: str, settings: ScorerSettings, flag: str) -> None:
    with pytest.raises(ConfigError, match=f"{flag}: model {name} does not take it"):
        load_scorer(name, settings)


def test_a_label_map_is_read_by_the_models_labels() -> None:
    assert parse_label_map("favor=LABEL_1, against = LABEL_0,favor=LABEL_3") == {
        "LABEL_1": "favor",
        "LABEL_0": "against",
        "LABEL_3": "favor",
    }


@pytest.mark.parametrize("text", ["", "favor", "favor=", "=x", "favor=x,against=x", "favor=x,"])
def test_a_label_map_of_another_form_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match="--label-map"):
        parse_label_map(text)


@given(st.text(max_size=30))
def test_any_text_is_languages_or_one_line(text: str) -> None:
    try:
        codes = parse_languages(text)
    except StanceError:
        return
    assert all(2 <= len(code) <= 3 and code.isascii() for code in codes)


@pytest.mark.parametrize("text", ["english", "", "e1", "en,de"])
def test_a_language_is_given_by_its_code(text: str) -> None:
    assert parse_language(" EN") == "en"
    with pytest.raises(ConfigError, match="is no code of a language; expected one such as en"):
        parse_language(text)


def test_languages_keep_their_order_and_come_once() -> None:
    assert parse_languages("de, EN,de") == ("de", "en")


def test_what_is_not_named_is_not_addressed_and_less_so_under_an_article_that_names_it() -> None:
    assert sum(NOT_NAMED) == pytest.approx(1)
    assert sum(NAMED_IN_ARTICLE) == pytest.approx(1)
    under, elsewhere = (unnamed_shares(Instance("x", "russia", (), via)) for via in (Via.ARTICLE, None))
    assert max(elsewhere) == elsewhere[3] > under[3] == max(under)


@pytest.mark.parametrize(
    ("name", "package", "settings"),
    [("hf:x", "torch", ScorerSettings()), ("llm:x", "httpx", ScorerSettings(url="http://localhost/v1"))],
)
def test_a_missing_package_names_its_extra(
    name: str, package: str, settings: ScorerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=f"this needs {package}: pip install '{package}"):
        load_scorer(name, settings)


def test_reasons_that_differ_each_time_are_told_together() -> None:
    reasons = Counter({"late": 5, **{f"error {n}": 1 for n in range(30)}})
    told = commonest_reasons(reasons)
    assert told[0] == ("late", 5)
    assert told[-1] == ("other reasons", 21)
    assert sum(pairs for _, pairs in told) == 35
    assert commonest_reasons(Counter()) == []


def test_a_folder_is_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="an empty folder"):
        load_scorer(tmp_path)

"""Names lead to scorers, and settings that nobody would heed are refused."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from stance import scoring
from stance.exceptions import ConfigError, MissingExtraError
from stance.scoring import Plugin, ScorerSettings, load_scorer, parse_label_map
from tests.support.tables import cases


@pytest.mark.parametrize("name", ["default", "vader"])
def test_what_ships_is_found_by_name(name: str) -> None:
    scorer = load_scorer(name)
    assert scorer.name.split("@")[0] == name
    assert scorer.languages[0] == "en"
    assert not scorer.judge([]).evidence


def test_settings_are_read_before_anything_needs_numpy() -> None:
    code = (
        "import sys; from stance.options.definition import build; from stance.options.models import EndpointOptions; "
        "build(EndpointOptions, {'model_languages': 'en', 'label_map': 'favor=A'}); sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@cases("name", "settings", "flag")
def test_a_setting_that_the_model_does_not_take_is_refused(name: str, settings: dict[str, Any], flag: str) -> None:
    with pytest.raises(ConfigError, match=f"{flag}: model {name} does not take it"):
        load_scorer(name, ScorerSettings(**settings))


def test_a_label_map_is_read_by_the_models_labels() -> None:
    assert parse_label_map("favor=LABEL_1, against = LABEL_0,favor=LABEL_3") == {
        "LABEL_1": "favor",
        "LABEL_0": "against",
        "LABEL_3": "favor",
    }


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


def test_the_plug_in_of_the_docs_is_loaded_by_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example and the row of docs/model.md, as they stand there."""
    page = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
    section = page.partition("## Add a kind of model")[2]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.S)
    ((prefix, row),) = re.findall(r'`"(.+?)": (Plugin\(.+?\)\))`', section)
    plugin = eval(row, {"Plugin": Plugin})
    module = ModuleType(plugin.module)
    exec(code, vars(module))
    monkeypatch.setitem(sys.modules, plugin.module, module)
    monkeypatch.setitem(scoring.PLUGINS, prefix, plugin)
    scorer = load_scorer(f"{prefix}favor", ScorerSettings(languages=("de",)))
    assert (scorer.name, scorer.languages) == ("constant:favor", ("de",))
    assert not scorer.judge([]).evidence

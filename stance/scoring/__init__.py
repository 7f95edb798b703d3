"""Score: a text and a target become a stance, a sentiment and the spans that are evidence for it.

A model is loaded by name: a shipped one, a folder, or a plug-in.

A plug-in is a module with a function ``load(name, settings)`` that returns a
:class:`~stance.scoring.instances.Scorer`, and a row of :data:`PLUGINS`. The command line reads settings before anything
needs NumPy, so nothing heavy is imported here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from stance.datamodels import Stance, Strings, frozen
from stance.exceptions import ConfigError
from stance.resources import formats

if TYPE_CHECKING:
    from stance.scoring.instances import Scorer

KEY_VARIABLE = "STANCE_LLM_KEY"
"""Environment variable with the key of an endpoint. No option and no file holds it, so that it is in no shell history,
report or repository."""


@cache
def _spellings() -> Mapping[str, Stance]:
    return {word: Stance(name) for name, words in formats()["stances"].items() for word in words.split()}


def stance_or_none(label: object) -> Stance | None:
    """Read a label of a table or a model; None if it is not the name of a stance."""
    if not isinstance(label, str) or len(label) > 40:
        return None
    return _spellings().get("_".join(label.lower().replace("-", " ").replace("_", " ").split()))


@frozen
class ScorerSettings:
    """Settings of a plugged-in model other than its name; None: its own default."""

    url: str | None = None  # llm: the endpoint, as http://localhost:8000/v1
    languages: Strings | None = None  # hf, llm: languages to score
    label_map: Mapping[str, str] | None = None  # hf: label of the model -> stance
    parallel: int | None = None  # hf: threads; llm: requests at a time
    budget: int | None = None  # llm: requests of one run
    plain_http: bool = False  # llm: allow http:// to another machine
    labels: Mapping[str, str] = field(default_factory=dict)  # id of a target -> its name


@frozen
class Plugin:
    """A kind of model that is plugged in."""

    module: str
    settings: Strings = ()  # names of the fields of ``ScorerSettings`` that it takes


PLUGINS: Mapping[str, Plugin] = {
    "vader": Plugin("stance.scoring.sentiment"),
    "hf:": Plugin("stance.plugins.hugging_face", ("languages", "label_map", "parallel")),
    "llm:": Plugin("stance.plugins.chat", ("url", "languages", "parallel", "budget", "plain_http")),
}
"""Whole name, or prefix with a colon -> the plug-in."""


def find_plugin(name: object) -> tuple[Plugin, str] | None:
    """Return the plug-in of a name and the part behind the prefix; None for any other model.

    :param name: As for :func:`load_scorer`; a path is always a folder.
    """
    prefix, colon, argument = name.partition(":") if isinstance(name, str) else ("", "", "")
    plugin = PLUGINS.get(prefix + colon)
    return (plugin, argument) if plugin and bool(colon) == bool(argument) else None


def load_scorer(name: str | Path = "default", settings: ScorerSettings | None = None) -> "Scorer":
    """Load a model by its name.

    :param name: An installed model, a model folder, or the name of a plug-in: ``vader``, ``hf:NAME_OR_FOLDER``,
        ``llm:MODEL``.
    :raises ModelError: If there is none, or it cannot be used.
    :raises ConfigError: If a setting is missing, not valid, or not one of this kind of model.
    :raises MissingExtraError: If it needs a package that is not installed.
    """
    settings, plugin_and_name = settings or ScorerSettings(), find_plugin(name)
    accepted = plugin_and_name[0].settings if plugin_and_name else ()
    for setting in dict.fromkeys(chain.from_iterable(plugin.settings for plugin in PLUGINS.values())):
        if getattr(settings, setting) and setting not in accepted:  # the model would ignore it
            flag = "model-languages" if setting == "languages" else setting.replace("_", "-")
            takers = " or ".join(f"{key}..." for key, plugin in PLUGINS.items() if setting in plugin.settings)
            raise ConfigError(f"--{flag}: model {name} does not take it; expected --model {takers}")
    if plugin_and_name:
        plugin, argument = plugin_and_name
        return import_module(plugin.module).load(argument, settings)
    from stance.scoring.persistence import load_model

    return load_model(name)


def parse_label_map(text: str) -> dict[str, str]:
    """Read ``favor=LABEL_1,against=LABEL_0`` as label -> stance.

    :raises ConfigError: If a part is not of that form, or a label comes twice.
    """
    label_map = {}
    for part in text.split(","):
        stance, sign, label = (piece.strip() for piece in part.partition("="))
        if not (stance and sign and label) or label in label_map:
            raise ConfigError(f"--label-map: {part.strip()[:60]!r}; expected pairs like favor=LABEL_1,against=LABEL_0")
        label_map[label] = stance
    return label_map


def parse_languages(texts: str | Iterable[str]) -> Strings:
    """Read ``en,de``, in one text or several, as languages.

    :raises ConfigError: If one is no code of ISO 639-1.
    """
    parts = (texts if isinstance(texts, str) else ",".join(texts)).split(",")
    return tuple(dict.fromkeys(parse_language(part, "--model-languages: ") for part in parts))


def parse_language(text: str, start: str = "") -> str:
    """Read a language as its code: ``EN`` is ``en``.

    :param start: Beginning of the error message, where it is to name more than the code.
    :raises ConfigError: If it is no code of ISO 639-1, as a name is not.
    """
    code = text.strip().lower()
    if not (len(code) in (2, 3) and code.isascii() and code.isalpha()):
        raise ConfigError(f"{start}{code[:20]!r} is no code of a language; expected one such as en")
    return code

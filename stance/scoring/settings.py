"""What a model that is plugged in is told, and languages: apart, since the command line reads both before NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stance.exceptions import ConfigError


@dataclass(frozen=True, slots=True)
class ScorerSettings:
    """What a model that is plugged in is told beside its name; None: its own default."""

    url: str | None = None  # llm: the endpoint, as http://localhost:8000/v1
    languages: tuple[str, ...] | None = None  # hf, llm: what it may score
    label_map: Mapping[str, str] | None = None  # hf: label of the model -> stance
    parallel: int | None = None  # hf: threads; llm: requests at a time
    budget: int | None = None  # llm: requests of one run
    plain_http: bool = False  # llm: allow http:// to another machine
    cache: Path | None = None  # llm: the file that keeps answers
    registry: Path | None = None  # where names of the user's own models are looked up
    labels: Mapping[str, str] = field(default_factory=dict)  # id of a target -> what to call it


def parse_label_map(text: str) -> dict[str, str]:
    """Read ``favor=LABEL_1,against=LABEL_0`` as label -> stance.

    :raises ConfigError: If a part is not of that form, or a label comes twice.
    """
    found: dict[str, str] = {}
    for part in text.split(","):
        stance, sign, label = (piece.strip() for piece in part.partition("="))
        if not (stance and sign and label) or label in found:
            raise ConfigError(f"--label-map: {part.strip()[:60]!r}; expected as favor=LABEL_1,against=LABEL_0")
        found[label] = stance
    return found


def parse_languages(text: str) -> tuple[str, ...]:
    """Read ``en,de`` as languages.

    :raises ConfigError: If one is no code of ISO 639-1.
    """
    return tuple(dict.fromkeys(parse_language(part, "--model-languages: ") for part in text.split(",")))


def parse_language(text: str, start: str = "") -> str:
    """Read a language as its code: ``EN`` is ``en``.

    :param start: Of the error, where it is to name more than the code.
    :raises ConfigError: If it is no code of ISO 639-1, as a name is not.
    """
    code = text.strip().lower()
    if not (len(code) in (2, 3) and code.isascii() and code.isalpha()):
        raise ConfigError(f"{start}{code[:20]!r} is no code of a language; expected one such as en")
    return code

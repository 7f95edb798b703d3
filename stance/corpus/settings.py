"""What decides the scores of a corpus: options, and digests of every file that has a say.

Scores under other settings are other measurements, and a corpus that mixes them looks like one and is none. Everything
here is found without loading a model, so a run that has nothing to do costs next to nothing.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Settings = Mapping[str, Any]

NO_SAY = (".md", ".pyc", "LICENSE", "card.json", "train_rows.npy")
"""What stands beside a model's or lexicon's files and changes no score, by the end of its name."""


@dataclass(frozen=True, slots=True)
class Places:
    """Files and folders that have a say, besides options.

    :param targets: Files of targets, those that ship first.
    :param model: The folder of the model, or None where it is none: the name says it all.
    :param cues: Folders of cues, those that ship first.
    :param lexicon: The words of VADER.
    :param encoder: The folder of the text encoder.
    """

    targets: tuple[Path, ...]
    model: Path | None
    cues: tuple[Path, ...]
    lexicon: tuple[Path, ...]
    encoder: Path


def describe(options: Settings, places: Places, key: bytes | None) -> dict[str, Any]:
    """Describe what decides the scores.

    :param options: By name; those that are not given are left out.
    :param key: Of the pseudonyms; None: names are kept.
    :return: As it stands in a manifest.
    """
    given = {name: value for name, value in sorted(options.items()) if value not in (None, (), [], {}, 0.0)}
    return given | {
        "targets_sha256": digest(places.targets),
        "model_sha256": digest((places.model,)) if places.model else None,
        "cues_sha256": digest(places.cues),
        "lexicon_sha256": digest(places.lexicon),
        "encoder_sha256": digest((places.encoder,)),
        "names": "as on the page" if key is None else f"key {fingerprint(key)}",
    }


def digest(paths: Iterable[Path]) -> str:
    """Digest files, and folders with all in them, by what they hold and how what is in a folder is called."""
    whole = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not file.name.endswith(NO_SAY):
                with file.open("rb") as stream:
                    content = hashlib.file_digest(stream, "sha256").hexdigest()
                name = file.relative_to(path).as_posix() if path.is_dir() else ""
                whole.update(f"{name}\n{content}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def fingerprint(key: bytes) -> str:
    """Tell keys apart without telling what they are."""
    return hmac.new(key, b"stance corpus", hashlib.sha256).hexdigest()[:12]


def differences(stored: Settings, given: Settings) -> list[str]:
    """Say in which settings two runs differ, each as ``name stored, not given``."""
    names = sorted(name for name in {*stored, *given} if stored.get(name) != given.get(name))
    return [f"{name} {_shown(stored.get(name))}, not {_shown(given.get(name))}" for name in names]


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)[:40]

"""Describe all that decides the documents and the scores of a run, without loading a model.

Files are digested, so that a run that has nothing to do ends in a moment.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from stance.documents import find_model
from stance.exceptions import ModelError
from stance.limits import changes_of, current_limits
from stance.pseudonyms import find_key_file, fingerprint, load_key, settings_folder
from stance.reading.folders import expand
from stance.reading.inputs import STANDARD_INPUT
from stance.resources import CUES, ENCODER, MODELS, TARGET_NAMES, TARGETS, VERSION
from stance.run import ModelOptions, Run
from stance.store.rows import Settings

WITHOUT_EFFECT = (".md", "LICENSE", "card.json", "train_rows.npy")
"""Endings of files of a model or lexicon that change no score."""

NAMES_KEPT = "as on the page"
"""The setting ``names`` of a run without pseudonyms."""

READING = (
    "stance", "limits", "language", "least_certainty", "where", "outlet", "layouts_sha256", "keep_saves", "map", "keep",
    "names",
)  # fmt: skip
"""Settings that decide documents; the others decide scores."""


def reading_settings(run: Run, keep: Sequence[str] = ()) -> dict[str, Any]:
    """Describe the settings that decide documents: the parser's version, limits, options of reading, names.

    :param keep: Columns of tables that are kept.
    """
    reading = run.reading
    found = {
        "stance": VERSION,
        "limits": changes_of(current_limits()),
        "language": reading.language,
        "least_certainty": reading.least_certainty,
        "where": [f"{name}={value}" for name, value in reading.where],
        "outlet": reading.outlet,
        "layouts_sha256": digest([reading.layouts]) if reading.layouts else None,
        "keep_saves": "yes" if reading.keep_saves else None,
        "map": ",".join(f"{field}={column}" for field, column in (reading.columns or {}).items()),
        "keep": list(keep),
        "names": NAMES_KEPT if run.privacy.names else f"key {fingerprint(key_of(run))}",
    }
    return _given(found)


def scoring_settings(run: Run) -> dict[str, Any]:
    """Describe the settings that decide scores: model, targets, cues, lexicon, encoder and options."""
    model, endpoint = run.model, run.model.endpoint
    targets = run.targets.targets_file.targets
    own_cues = settings_folder() / "cues"  # as ``scoring.cues`` has it, which takes a second to import
    lexicon = find_spec("vaderSentiment")
    place = model_folder(model)
    return _given(
        {
            "model": str(model.model),
            "targets": list(run.targets.load().ids),
            "abstain": model.abstain,
            "languages": ",".join(model.languages or ()),
            "url": endpoint.url,
            "model_languages": ",".join(endpoint.model_languages or ()),
            "label_map": ",".join(f"{stance}={label}" for label, stance in (endpoint.label_map or {}).items()),
            "targets_sha256": digest([TARGETS, TARGET_NAMES, *([targets] if targets else [])]),
            "model_sha256": digest([place]) if place else None,
            "cues_sha256": digest([CUES, *(each for each in (own_cues, model.cues) if each and each.is_dir())]),
            "lexicon_sha256": digest(map(Path, lexicon.submodule_search_locations or ())) if lexicon else None,
            "encoder_sha256": digest([ENCODER]),
        }
    )


def scores_digest(run: Run) -> str | None:
    """Digest all that decides the scores of a report, inputs too; None for standard input."""
    inputs = list(expand(run.inputs.inputs, skip=lambda _: None))
    if Path(STANDARD_INPUT) in inputs:
        return None
    found = reading_settings(run) | scoring_settings(run) | {"run": run.reading.run_number}
    return digest_settings(found | {"inputs": list(map(str, inputs)), "content": digest(inputs)})


def _given(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value not in (None, "", [], 0.0)}


def model_folder(options: ModelOptions) -> Path | None:
    """Find the folder of a model; None for a plugged-in model without one.

    :raises ModelError: If there is no such model.
    """
    from stance.scoring.loading import find_plugin

    name = str(options.model)
    if plugin := find_plugin(name):
        folder = Path(os.path.expanduser(plugin[1]))  # noqa: PTH111 as it is loaded
        return folder if plugin[1] and folder.is_dir() else None
    if (MODELS / name / "model.json").is_file():
        return MODELS / name
    found = Path(find_model(options))
    if not found.is_dir():
        raise ModelError(f"{name}: no such model; expected a model folder or an installed model")
    return found


def key_of(run: Run) -> bytes:
    """Return the key of the pseudonyms; it is made if there is none."""
    return load_key(run.privacy.key_file or find_key_file().path)


def digest(paths: Iterable[Path]) -> str:
    """Digest files, and folders with all files in them, by content and name."""
    whole = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not file.name.endswith(WITHOUT_EFFECT) and file.parent.name != "__pycache__":
                with file.open("rb") as stream:
                    content = hashlib.file_digest(stream, "sha256").hexdigest()
                name = file.relative_to(path).as_posix() if path.is_dir() else ""
                whole.update(f"{name}\n{content}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def digest_settings(settings: Settings) -> str:
    """Digest settings, by which a run is known; days are written in ISO 8601."""
    return hashlib.sha256(json.dumps(dict(settings), sort_keys=True, default=date.isoformat).encode()).hexdigest()[:16]

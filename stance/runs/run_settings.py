"""Settings of a run as a store keeps them: those of its documents and of its scores, with digests of files."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from stance import resources
from stance.datamodels import Record
from stance.limits import changes_of, current_limits
from stance.options.run import Run
from stance.pseudonyms import fingerprint
from stance.store.documents import NAMES_KEPT, Store, StoredRun
from stance.store.rows import Settings


def add_run(store: Store, reading: Settings, scoring: Settings, model: str) -> StoredRun:
    """Add a run to a store, by the settings that decide its documents and scores, and the name of its model."""
    settings = {**reading, **scoring}
    return store.add_run(digest_settings(settings), digest_settings(reading), model, settings)


def reading_settings(run: Run, keep: Sequence[str] = ()) -> Record:
    """Describe the settings that decide documents: the parser's version, limits, options of reading, names.

    :param keep: Columns of tables that are kept.
    """
    layouts = run.reading.layouts
    values: Record = asdict(run.reading) | {"run_number": None, "layouts": digest([layouts]) if layouts else None}
    values |= {"stance": resources.VERSION, "limits": changes_of(current_limits()), "keep": list(keep)}
    values["names"] = NAMES_KEPT if run.privacy.names else f"key {fingerprint(run.privacy.key())}"
    return {name: value for name, value in values.items() if value}


def scoring_settings(run: Run) -> Record:
    """Describe the settings that decide scores: model, targets, options, and the content of all files that are used."""
    model, endpoint, targets = run.model, run.model.endpoint, run.targets.targets_file.targets
    lexicon, folder = find_spec("vaderSentiment"), model.folder()
    files = [resources.READER, resources.ENCODER, *([folder] if folder else ())]
    files += map(Path, (lexicon and lexicon.submodule_search_locations) or ())
    values: Record = {name: getattr(endpoint, name) for name in ("url", "model_languages", "label_map")}
    values |= {"model": str(model.chosen), "languages": model.languages}
    values |= {"targets": list(run.targets.load().ids), "files_sha256": digest(files)}
    values["targets_sha256"] = digest([resources.TARGETS, resources.TARGET_NAMES, *([targets] if targets else [])])
    return {name: value for name, value in values.items() if value}


def digest(paths: Iterable[Path]) -> str:
    """Digest files, and folders with all files in them that can change a score, by content and name."""
    sha256 = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not file.name.endswith((".md", "LICENSE")) and file.parent.name != "__pycache__":
                with file.open("rb") as stream:
                    content = hashlib.file_digest(stream, "sha256").hexdigest()
                name = file.relative_to(path).as_posix() if path.is_dir() else ""
                sha256.update(f"{name}\n{content}\n".encode("utf-8", "surrogateescape"))
    return sha256.hexdigest()


def digest_settings(settings: Settings) -> str:
    """Digest settings, by which a run is known."""
    return hashlib.sha256(json.dumps(dict(settings), sort_keys=True).encode()).hexdigest()[:16]

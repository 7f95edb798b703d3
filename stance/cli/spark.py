"""Scoring on a cluster: the options of ``stance score`` as a job that can be sent there."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.cli.running import say, tell_of_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.corpus.updating import CorpusUpdate
    from stance.journal import Journal
    from stance.scoring.settings import ScorerSettings


def update_on_spark(
    inputs: list[str],
    folder: Path,
    described: dict[str, Any],
    journal: "Journal",
    settings: "ScorerSettings",
    *,
    master: str | None,
    targets: Path | None,
    target: list[str] | None,
    model: str,
    names: bool,
    key_file: Path | None,
    abstain: float,
    language: str | None,
    columns: str | None,
    keep: "Sequence[str]",
    cues: Path | None,
    force: bool,
    quiet: bool,
) -> "CorpusUpdate":
    """Score what is new or changed into a corpus folder, on Spark; options as those of ``stance score``."""
    from stance.documents import check_abstain
    from stance.engines.jobs import ScoringJob
    from stance.engines.spark import update_corpus
    from stance.pseudonyms import choose_naming
    from stance.reading import parse_columns
    from stance.targets import load_targets

    check_abstain(abstain)
    found = load_targets(targets)
    if not quiet:
        for message in found.warnings:
            say(f"warning: {message}")
    job = ScoringJob(
        targets=found.select(target) if target else found,
        model=_on_every_machine(model),
        naming=choose_naming(names, tell_of_key(key_file, names=names, quiet=quiet)),
        body=True,
        abstain=abstain,
        settings=settings,
        cues=cues.absolute() if cues else None,
        language=language,
    )
    return update_corpus(
        inputs,
        folder,
        settings=described,
        job=job,
        journal=journal,
        master=master,
        force=force,
        columns=parse_columns(columns) if columns else None,
        keep=keep,
        quiet=quiet,
    )


def _on_every_machine(model: str) -> str:
    """Name a model so that a worker finds it, which stands in a folder of its own."""
    from stance.resources import MODELS

    is_own_folder = Path(model).is_dir() and not (MODELS / model).is_dir()
    return str(Path(model).absolute()) if is_own_folder else model

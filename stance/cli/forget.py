"""Remove a person's comments from stores and tables: the command ``stance forget``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.command import AsJson, Quiet, command
from stance.cli.messages import SOME_SKIPPED, fail, say
from stance.cli.running import show_json, show_progress
from stance.datamodels import counted
from stance.run import KeyOptions, RegistryOptions

if TYPE_CHECKING:
    from stance.store.forgetting import Forgotten


@command
def forget(
    author: Annotated[str, typer.Argument(metavar="AUTHOR", help="A commenter's name, or the pseudonym.")],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Stores, tables and folders of them.")],
    key: KeyOptions,
    registry: RegistryOptions,
    outlet: Annotated[
        str | None, typer.Option("--outlet", help="At this outlet only: elsewhere the name may be somebody else's.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; list what would change.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Remove a person's comments from stores and tables, and list other files that hold them."""
    from stance.exceptions import InputError
    from stance.registry import default_folder
    from stance.store.forgetting import forget as forget_author

    result = forget_author(
        author,
        paths,
        key=read_key(key.key_file, quiet),
        outlet=outlet,
        dry=dry_run,
        registry=registry.registry or default_folder(),
        cache=answers(),
        watch=lambda paths: show_progress(paths, quiet, "Files read:"),
    )
    if not result.is_found and not as_json:
        for path, reason in result.left.items():
            say(f"{path}: skipped: {reason}")
        files = counted(result.files, "file")
        raise InputError(f"nothing of this person in {files}; expected a name as on the page, or a pseudonym")
    if as_json:
        show_json(to_record(result, dry_run))
    else:
        print_result(result, dry_run)
    if result.left:
        fail(SOME_SKIPPED)


def answers() -> Path | None:
    """Return the path of this user's response cache; None without a home folder."""
    from stance.exceptions import ConfigError
    from stance.scoring.plugins.chat import default_cache

    try:
        return default_cache()
    except ConfigError:
        return None


def read_key(key_file: Path | None, quiet: bool) -> bytes | None:
    """Read the key of the pseudonyms; none is made, since a new one would find nobody."""
    from stance.exceptions import ConfigError
    from stance.pseudonyms import find_key_file, load_key

    place = find_key_file(key_file)
    path = place.path
    if path.exists():
        if place.doubt:
            say(f"warning: {place.doubt}", quiet)
        return load_key(path)
    if key_file:
        raise ConfigError(f"{path}: not there; expected the key that the pseudonyms were made with")
    say(f"warning: {path}: no key of pseudonyms there, so only what carries exactly this name is found", quiet)
    return None


def print_result(result: "Forgotten", dry: bool) -> None:
    """Print the result for each file to standard output, and remaining files to standard error."""
    would = "would be " if dry else ""
    for path, changed in result.tables.items():
        cleaned = f"{changed.cleaned:,} of others {would}cleaned of their words"
        print(f"{path}: {changed.dropped:,} {would}removed, {cleaned}")
    for path, reason in result.left.items():
        say(f"{path}: left: {reason}")


def to_record(result: "Forgotten", dry: bool) -> dict[str, object]:
    """Convert a result to JSON."""
    return {
        "dry_run": dry,
        "found": result.is_found,
        "files": result.files,
        "tables": [
            {"path": path, "removed": changed.dropped, "cleaned": changed.cleaned, "mentions": changed.mentions}
            for path, changed in result.tables.items()
        ],
        "left": [
            {"path": path, "hits": result.hits.get(path), "reason": reason} for path, reason in result.left.items()
        ],
    }

"""The command that lists targets, or checks a file of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from stance.cli import common
from stance.cli.common import command
from stance.cli.messages import say
from stance.records.writers import aligned, printable
from stance.run import AsJson
from stance.scoring.targets import load_targets


@command
def targets(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML file of targets to check.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the targets, or check a file of your own."""
    found = load_targets(file)
    for message in found.warnings:
        say(f"warning: {message}")
    rows = [(each.target_id, each.label, "when asked for" if each.background else "yes") for each in found.targets]
    records = [
        {"id": each.target_id, "label": each.label, "scored": not each.background, "aliases": len(each.aliases)}
        for each in found.targets
    ]
    lines = [aligned([("id", "label", "scored"), *rows])]
    before = {each.target_id: each for each in load_targets().targets}
    for each in (each for each in found.targets if each != before.get(each.target_id)):
        known = before[each.target_id].aliases if each.target_id in before else ()
        own = (alias.text for alias in each.aliases if alias not in known)
        lines.append(printable(f"{each.target_id}: {', '.join(own)}"))
        lines += [f"  {text!r} belongs to {other}" for text, other in found.longer_names(each)]
    common.show_result(records, as_json, lambda _: "\n".join(lines))

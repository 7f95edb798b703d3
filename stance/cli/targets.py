"""The command that lists targets, or checks a file of one's own."""

from pathlib import Path
from typing import Annotated

from stance.cli import common
from stance.cli.common import command, path_argument
from stance.cli.messages import say
from stance.datamodels import Record
from stance.options.arguments import AsJson
from stance.records.writers import aligned
from stance.scoring.targets.target_set import load_targets
from stance.text_forms import printable


@command
def targets(
    file: Annotated[Path | None, path_argument("[FILE]", "TOML file of targets to check.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the targets, or check a file of your own."""
    listed = load_targets(file)
    for message in listed.warnings:
        say(f"warning: {message}")
    rows, records = [("id", "label", "scored")], list[Record]()
    for target in listed.targets:
        rows.append((target.target_id, target.label, "when asked for" if target.background else "yes"))
        facts = {"scored": not target.background, "aliases": len(target.aliases)}
        records.append({"id": target.target_id, "label": target.label, **facts})
    lines = [aligned(rows)]
    before = {target.target_id: target for target in load_targets().targets}
    for target in (target for target in listed.targets if target != before.get(target.target_id)):
        aliases = before[target.target_id].aliases if target.target_id in before else ()
        new = (alias.text for alias in target.aliases if alias not in aliases)
        lines.append(printable(f"{target.target_id}: {', '.join(new)}"))
        lines += [f"  {text!r} belongs to {other}" for text, other in listed.longer_names(target)]
    common.show_result(records, as_json, lambda _: "\n".join(lines))

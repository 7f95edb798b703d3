"""Write a comparison of groups as a page, and beside it the record that the page was drawn from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stance.reporting.pages import Targets, render
from stance.reporting.staging import Staging
from stance.reporting.summary import ModelNote, model_record


def write_comparison(
    comparison: Mapping[str, Any],
    folder: Path,
    *,
    targets: Targets,
    model: ModelNote,
    command: str | None = None,
) -> Path:
    """Write ``comparison.html`` and ``comparison.json``, both or neither.

    :param comparison: A comparison's record: ``by``, ``groups``, ``differences``; ``audit`` where labels were given.
    :param folder: Where they go; made if it is not there.
    :param targets: Identifiers and labels of the targets, in the order in which they are shown.
    :param model: What is known of the model that scored.
    :param command: The command that made the comparison, to be printed in it.
    :return: The path of ``comparison.html``.
    :raises ConfigError: If the folder cannot be made or written.
    """
    record = {**comparison, "model": model_record(model, targets), "command": command}
    with Staging(folder) as staging:
        with staging.telling(), staging.open("comparison.json") as file:
            file.write(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
        with staging.telling(), staging.open("comparison.html") as file:
            file.writelines(
                render(
                    "comparison.html",
                    {"audit": None, **record, "labels": dict(targets), "bounded": bounded_groups(comparison)},
                )
            )
        staging.publish(["comparison.json", "comparison.html"])
    return folder / "comparison.html"


def bounded_groups(comparison: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Name the groups and targets whose shares have intervals; of any other, counts alone are shown."""
    return {
        (group["group"], share["target"])
        for group in comparison["groups"]
        for share in group["shares"]
        if share["population"] == "outlet" and share["interval"] is not None
    }

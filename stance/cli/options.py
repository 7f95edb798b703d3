"""Options of single commands that several share and no group of ``stance.run`` holds."""

from pathlib import Path
from typing import Annotated, Any

import typer


def none_if_dash(output: Any) -> Any:
    """Read ``-`` as standard output."""
    return None if str(output) == "-" else output


LabelFiles = Annotated[list[Path], typer.Argument(metavar="LABELS...", help="Tables of labelled comments.")]
OutputFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", callback=none_if_dash, help="File to write (default: standard output)."),
]
OutputFolder = Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")]
Public = Annotated[
    bool,
    typer.Option(
        "--public",
        envvar="STANCE_PUBLIC",
        show_envvar=False,
        help="Shareable report: hide counts below 5 and authors, show excerpts only.",
    ),
]
Charts = Annotated[
    Path | None, typer.Option("--charts", metavar="DIR", help="Also write the charts of the page as SVG and PNG.")
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        envvar="STANCE_QUIET",
        show_envvar=False,
        help="Hide progress and warnings; still list skipped inputs.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", envvar="STANCE_JSON", show_envvar=False, help="Print results as JSON.")]
Seed = Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", show_envvar=False, min=0, help="Random seed.")]

"""Options of single commands, which are arguments of one command and no field of a group."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from stance.options.definition import Value, flag_option, listed, repeatable, row
from stance.options.run import KEY_FILE_HELP


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """Options of every command."""

    limit: tuple[str, ...] = repeatable(
        "--limit", "Change an input limit, e.g. comments=500 (see SECURITY.md; repeatable).", listed, variable=False,
        often="convert evaluate parse", metavar="NAME=VALUE",
    )  # fmt: skip
    excel: bool = flag_option(
        "--excel", "Begin CSV files with a byte order mark, so that Excel reads UTF-8.", False,
        verbs="score report compare sample export find convert", needs=("a CSV file (-o FILE.csv)",),
    )  # fmt: skip


def none_if_dash(output: Value) -> Value:
    """Read ``-`` as standard output."""
    return None if str(output) == "-" else output


_OUTPUT = partial(row, "--output -o", variable=False)

_STREAM = partial(_OUTPUT, often="report compare sample convert parse score", callback=none_if_dash)

OutputFile = Annotated[Path | None, _STREAM("File (default: standard output).")]

OutputFolder = Annotated[Path, row("--output -o", "Folder to write.", often="report compare", file_okay=False)]

_SCORES = "Store (FILE.db) or table (other endings). With a store, only new and changed inputs are scored."

ScoresFile = Annotated[Path | None, _STREAM(_SCORES, metavar="FILE")]

_EXPORTS = "File to write: x.csv, .xlsx, .parquet, .jsonl, .gexf (network of replies), .qdpx (REFI-QDA)."

ExportFile = Annotated[Path | None, _OUTPUT(_EXPORTS)]

FoundFile = Annotated[Path | None, _OUTPUT("File to write: .csv, .xlsx, .parquet, .jsonl, .html.")]

ModelFolder = Annotated[Path, _OUTPUT("Model folder to write.")]

MergedStore = Annotated[Path, _OUTPUT("Store to write.", metavar="FILE.db")]

LabelsStore = Annotated[
    Path | None, row("--labels", "Store for labels (default: INPUT).", variable=False, often="label", metavar="FILE.db")
]

DisputesFile = Annotated[Path | None, row("--disagreements", "Write a table of disputed labels.", variable=False)]

TableFormat = Annotated[
    str | None, row("--format", "csv, jsonl, label-studio, doccano, refi-qda (default: by ending).", variable=False)
]

TaughtLayouts = Annotated[Path, row("--layouts", "File to add the site's layout to.")]

Replace = Annotated[bool, row("--force", "Replace the model in the folder.", variable=False)]

RunNumber = Annotated[int | None, row("--run", "Number of the run (default: the latest).", variable=False, min=1)]

Bundle = Annotated[bool, row("--bundle", "Write x.zip with scores, labels and figures, without texts.", variable=False)]

Checklist = Annotated[bool, row("--checklist", "Write a REFORMS checklist, filled in as far as known.", variable=False)]

OnlyOutlet = Annotated[
    str | None, row("--outlet", "Only at this outlet (elsewhere it may be another person).", variable=False)
]

DryRun = Annotated[bool, row("--dry-run", "Only list what would change.", variable=False)]

KeyFile = Annotated[Path | None, row("--key-file", KEY_FILE_HELP)]

AsJson = Annotated[bool, row("--json", "Print results as JSON.", often="evaluate")]

Planned = Annotated[bool, row("--plan", "Draw nothing; list what labels would teach.", variable=False, often="sample")]

Seed = Annotated[int, row("--seed", "Random seed.", min=0)]

QUIET = row("--quiet -q", "Hide progress and warnings; still list skipped inputs.", often="convert evaluate parse")

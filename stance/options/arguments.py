"""Options of single commands: parameters of a command, in no group."""

from functools import partial
from pathlib import Path
from typing import Annotated

from stance.datamodels import Strings, frozen
from stance.options.definition import flag_option, listed, repeatable, row
from stance.options.run import KEY_FILE_HELP


@frozen
class CommonOptions:
    """Options of every command."""

    limit: Strings = repeatable(
        "--limit", "Change an input limit, e.g. comments=500 (see SECURITY.md; repeatable).", listed, variable=False,
        often="convert evaluate parse", metavar="NAME=VALUE",
    )  # fmt: skip
    excel: bool = flag_option(
        "--excel", "Begin CSV files with a byte order mark, so that Excel reads UTF-8.", False,
        verbs="score report compare sample export find convert", needs=("a CSV file (-o FILE.csv)",),
    )  # fmt: skip


# An option that only the command line sets; one that names an output; and one for which ``-`` is standard output.
flag = partial(row, variable=False)
output = partial(flag, "--output -o")
often = "report compare sample convert parse score"
stream = partial(output, often=often, callback=lambda path: None if str(path) == "-" else path)

# Outputs.
OutputFile = Annotated[Path | None, stream("File (default: standard output).")]
OutputFolder = Annotated[Path, row("--output -o", "Folder to write.", often="report compare", file_okay=False)]
ScoresFile = Annotated[
    Path | None, stream("Store (FILE.db: only new and changed inputs are scored), or table.", metavar="FILE")
]
ExportFile = Annotated[
    Path | None, output("File to write: x.csv, .xlsx, .parquet, .jsonl, .gexf (network of replies), .qdpx (REFI-QDA).")
]
FoundFile = Annotated[Path | None, output("File to write: .csv, .xlsx, .parquet, .jsonl, .html.")]
ModelFolder = Annotated[Path, output("Model folder to write.")]
MergedStore = Annotated[Path, output("Store to write.", metavar="FILE.db")]
AsJson = Annotated[bool, row("--json", "Print results as JSON.", often="evaluate")]

# Labels and models.
Planned = Annotated[bool, flag("--plan", "Draw no sample; list what could be estimated with labels.", often="sample")]
LabelsStore = Annotated[
    Path | None, flag("--labels", "Store for labels (default: INPUT).", often="label", metavar="FILE.db")
]
DisputesFile = Annotated[Path | None, flag("--disagreements", "Write a table of disputed labels.")]
TableFormat = Annotated[
    str | None, flag("--format", "csv, jsonl, label-studio, doccano, refi-qda (default: by ending).")
]
Replace = Annotated[bool, flag("--force", "Replace the model in the folder.")]
Seed = Annotated[int, row("--seed", "Random seed.", min=0)]

# Layouts.
TextWords = Annotated[str | None, flag("--text", "Words of one comment, which are on the page once.")]
AuthorWords = Annotated[str | None, flag("--author", "Its author, as the page shows the name.")]
PostedWords = Annotated[str | None, flag("--posted", "Its date, as the page shows it.")]
TaughtLayouts = Annotated[Path, row("--layouts", "File to add the site's layout to.")]

# Stores and persons.
RunNumber = Annotated[int | None, flag("--run", "Number of the run (default: the latest).", min=1)]
Bundle = Annotated[bool, flag("--bundle", "Write x.zip with scores, labels and figures, without texts.")]
Checklist = Annotated[bool, flag("--checklist", "Write a checklist for papers (REFORMS), filled in as far as known.")]
OnlyOutlet = Annotated[str | None, flag("--outlet", "Only at this outlet (elsewhere it may be another person).")]
DryRun = Annotated[bool, flag("--dry-run", "Only list what would change.")]
KeyFile = Annotated[Path | None, row("--key-file", KEY_FILE_HELP)]

QUIET = row("--quiet -q", "Hide progress and warnings; still list skipped inputs.", often="convert evaluate parse")

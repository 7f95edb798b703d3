"""Options that several verbs share: each is named, described and tied to its environment variable once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from stance.scoring.settings import ScorerSettings


def read_language(value: str | None) -> str | None:
    """Read a language as its code."""
    from stance.exceptions import ConfigError
    from stance.scoring.settings import parse_language

    try:
        return None if value is None else parse_language(value)
    except ConfigError as error:
        raise typer.BadParameter(str(error)) from None


Inputs = Annotated[
    list[str], typer.Argument(metavar="INPUT...", help="Saved pages, folders of them, tables, or - for standard input.")
]
LabelFiles = Annotated[list[Path], typer.Argument(metavar="LABELS...", help="Tables of labelled comments.")]
TargetsFile = Annotated[
    Path | None,
    typer.Option("--targets", envvar="STANCE_TARGETS", help="TOML file of targets to add or replace."),
]
TargetIds = Annotated[
    list[str] | None,
    typer.Option("--target", envvar="STANCE_TARGET", help="This target only; may be given several times."),
]
ModelName = Annotated[
    str,
    typer.Option(
        "--model",
        envvar="STANCE_MODEL",
        help="One that ships or is your own (mine, mine@1f3c), a model folder, vader, hf:NAME_OR_FOLDER or llm:MODEL.",
    ),
]
RegistryFolder = Annotated[
    Path | None,
    typer.Option(
        "--registry", envvar="STANCE_REGISTRY", help="Folder of your own models; in your settings folder if not given."
    ),
]
# No variable and no settings file sets these two: texts leave the machine only where the command itself says so.
Url = Annotated[
    str | None, typer.Option("--url", help="llm: endpoint to send comments to, as http://localhost:8000/v1.")
]
PlainHttp = Annotated[bool, typer.Option("--plain-http", help="llm: allow http:// to another machine.")]
ModelLanguages = Annotated[
    str | None,
    typer.Option(
        "--model-languages", envvar="STANCE_MODEL_LANGUAGES", help="hf, llm: languages to score; en if not given."
    ),
]
LabelMap = Annotated[
    str | None,
    typer.Option("--label-map", envvar="STANCE_LABEL_MAP", help="hf: its labels, as: favor=LABEL_1,against=LABEL_0."),
]
Parallel = Annotated[
    int | None,
    typer.Option("--parallel", envvar="STANCE_PARALLEL", min=1, max=256, help="llm: requests at a time; hf: threads."),
]
Budget = Annotated[
    int | None,
    typer.Option(
        "--budget", envvar="STANCE_BUDGET", min=1, help="llm: end after this many requests; done ones are kept."
    ),
]
Abstain = Annotated[
    float,
    typer.Option(
        "--abstain", envvar="STANCE_ABSTAIN", help="Leave pairs undecided whose highest probability is lower."
    ),
]
ShowNames = Annotated[bool, typer.Option("--names", envvar="STANCE_NAMES", help="Show names in place of pseudonyms.")]
Public = Annotated[
    bool,
    typer.Option(
        "--public", envvar="STANCE_PUBLIC", help="For others: no counts under five, no authors, comments only in cuts."
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file", envvar="STANCE_KEY_FILE", help="Key of the pseudonyms; .stance.key of the project if not given."
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        envvar="STANCE_LANGUAGE",
        callback=read_language,
        help="Language of pages that are too short to tell, as: en.",
    ),
]
Columns = Annotated[
    str | None,
    typer.Option("--map", envvar="STANCE_MAP", help="What a table calls its fields, as: text=body,author=user."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", envvar="STANCE_JOBS", min=1, max=1024, help="Processes; one for each core if not given."
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", envvar="STANCE_QUIET", help="No progress and no warnings; skips are named still."),
]
AsJson = Annotated[bool, typer.Option("--json", envvar="STANCE_JSON", help="Results on standard output as JSON.")]


def none_if_dash(output: Any) -> Any:
    """Take ``-`` as everybody does: for standard output, where results go that no file is named for."""
    return None if str(output) == "-" else output


OutputFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", callback=none_if_dash, help="File to write; standard output if not given."),
]
OutputFolder = Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")]
Cues = Annotated[
    Path | None,
    typer.Option("--cues", envvar="STANCE_CUES", help="Folder of your own cues, over the shipped ones."),
]


def read_settings(
    url: str | None,
    plain_http: bool,
    languages: str | None,
    label_map: str | None,
    parallel: int | None,
    budget: int | None,
    registry: Path | None = None,
) -> "ScorerSettings":
    """Gather what a model that is plugged in is told."""
    from stance.scoring.settings import ScorerSettings, parse_label_map, parse_languages

    return ScorerSettings(
        url=url,
        plain_http=plain_http,
        languages=parse_languages(languages) if languages else None,
        label_map=parse_label_map(label_map) if label_map else None,
        parallel=parallel,
        budget=budget,
        registry=registry,
    )

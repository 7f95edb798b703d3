"""Options of a run over inputs: those of its stages, of names and of the machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stance.datamodels import frozen
from stance.log import Log
from stance.options.definition import count_option, file_option, option
from stance.options.models import ModelOptions, TargetOptions
from stance.options.reading import Inputs, ReadingOptions

if TYPE_CHECKING:
    from stance.pseudonyms import Naming

KEY_FILE_HELP = "File with the key of the pseudonyms (default: .stance.key of the project)."


class CommandLine(str):
    """The command as it was typed, and the parts of it that a report repeats in commands to copy."""

    inputs: Sequence[str | Path] = ()
    labels: Sequence[str | Path] = ()
    options: Sequence[str] = ()  # of the targets, the model and the reading of inputs


@frozen
class PrivacyOptions:
    """How commenters are named in outputs."""

    names: bool = option(
        "--names", "Show names of commenters instead of pseudonyms.", False, often="report score convert",
        needs=("--by author", "--labels FILE.db"),
    )  # fmt: skip
    key_file: Path | None = file_option(
        "--key-file", KEY_FILE_HELP, needs=("pseudonyms (no --names)", "--labels FILE.db")
    )

    panel = "Privacy"

    def naming(self) -> "Naming":
        """Return the function that replaces names of commenters."""
        from stance.pseudonyms import Pseudonyms, keep_name

        return keep_name if self.names else Pseudonyms(self.key())

    def key(self) -> bytes:
        """Return the key of the pseudonyms; it is made where there is none.

        :raises ConfigError: If it cannot be read or made.
        """
        from stance.pseudonyms import find_key_file, load_key

        return load_key(find_key_file(self.key_file).path)

    def warn_of_key(self, log: Log) -> None:
        """Warn if others can read the key, or it lies in an unusual place."""
        from stance.pseudonyms import find_key_file

        if not self.names and (doubt := find_key_file(self.key_file).doubt):
            log.warn("key", doubt)


@frozen
class EngineOptions:
    """How much of the machine is used."""

    jobs: int | None = count_option(
        "--jobs -j", "Worker processes (default: one per core; in Python, 1).", max=1024, often="parse",
        needs=("--engine local",),
    )  # fmt: skip


@frozen
class Run:
    """Options of a run over inputs: read, parse, find, score."""

    inputs: Inputs = Inputs()
    reading: ReadingOptions = ReadingOptions()
    targets: TargetOptions = TargetOptions()
    model: ModelOptions = ModelOptions()
    privacy: PrivacyOptions = PrivacyOptions()
    engine: EngineOptions = EngineOptions()


@frozen
class ScoreOptions:
    """Passages that are scored beyond the comments."""

    articles: bool = option(
        "--articles", "Also score sentences of articles (always for stores and reports).", False, often="score",
        needs=("an output that is no store",),
    )  # fmt: skip


COMMENTS, WITH_ARTICLES = ScoreOptions(), ScoreOptions(articles=True)

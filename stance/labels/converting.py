"""Label tables from one form into another, with nothing lost that the other form can hold.

What is drawn for auditing stays so: rows become audit rows, never the other way round. Names of commenters leave as
keyed pseudonyms, as everywhere behind the parser.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stance.datamodels import Skip
from stance.exceptions import ConfigError, LabelError
from stance.labels.columns import Columns
from stance.labels.rows import ROLES, Record
from stance.labels.tables import read_records
from stance.labels.writing import format_of, write_labels
from stance.pseudonyms import Naming, choose_naming, is_pseudonym, keep_name

Watch = Callable[[Iterator[Record]], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Conversion:
    """How tables are converted.

    :param wanted: A format; by the ending of the file where not given.
    :param columns: Which columns stand for which fields, where they are called otherwise.
    :param target: What rows are labelled toward that do not say so.
    :param annotator: Who labelled rows that do not say so; the table's name where not given.
    :param role: Of every row.
    :param names: Show names of commenters in place of pseudonyms.
    :param key_file: The key of the pseudonyms; that of the project where not given.
    """

    wanted: str | None = None
    columns: Columns | None = None
    target: str | None = None
    annotator: str | None = None
    role: str | None = None
    names: bool = False
    key_file: Path | None = None


@dataclass(slots=True)
class Converted:
    """What was converted."""

    rows: int = 0
    targets: list[str] = field(default_factory=list)  # in the order in which they occur


def convert_labels(
    paths: Iterable[Path],
    output: Path | None,
    conversion: Conversion,
    *,
    skip: Callable[[Skip], None],
    watch: Watch = iter,
) -> Converted:
    """Read label tables and write their rows in one form.

    :param output: A file, or None for standard output.
    :param skip: Called with each row that cannot be used.
    :param watch: Passes records on while somebody watches.
    :raises LabelError: If a table cannot be read, none holds a row, or audit rows are to be trained on.
    :raises ConfigError: If the format or the role is not known, or the file cannot be written.
    """
    if conversion.role not in (None, *ROLES):
        raise ConfigError(f"role {conversion.role!r}; expected one of {', '.join(ROLES)}")
    wanted = format_of(output, conversion.wanted)
    done = Converted()
    records = read_records(
        paths, skip=skip, columns=conversion.columns, target=conversion.target, annotator=conversion.annotator
    )
    done.rows = write_labels(watch(_changed(records, conversion, done)), output, wanted=wanted)
    return done


def _changed(records: Iterable[Record], conversion: Conversion, done: Converted) -> Iterator[Record]:
    naming = _naming(conversion)
    for record in records:
        if record["target"] not in done.targets:
            done.targets.append(record["target"])
        if conversion.role == "train" and record["role"] == "audit":
            raise LabelError(
                f"an audit row: {record['text'][:40]!r}; expected none, since audit rows are never trained on"
            )
        yield record | {"role": conversion.role or record["role"], "author": naming(record["author"], record["outlet"])}


def _naming(conversion: Conversion) -> Naming:
    if conversion.names:
        return keep_name
    keyed: list[Naming] = []

    def shown(name: str | None, outlet: str | None) -> str | None:
        if name is None or is_pseudonym(name):  # one of ours already
            return name
        if not keyed:  # no key is made for tables without names
            keyed.append(choose_naming(False, conversion.key_file))
        return keyed[0](name, outlet)

    return shown

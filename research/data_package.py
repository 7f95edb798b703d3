"""Describe the tables of labels as a Frictionless data package: ``python -m research.data_package`` writes it anew."""

import csv
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"
PACKAGE = FOLDER / "datapackage.json"

MEANINGS = {
    "id": "Id of the comment or sentence: of real texts, what its source or the digest gives.",
    "sha256": "SHA-256 of the text in UTF-8, 64 hexadecimal digits. Real texts do not ship.",
    "target": "Target of the stance or tone: russia, us, nato, ukraine, or another id of a target.",
    "what": "What the label says: the stance toward a target, or the sentiment of the text.",
    "first": "Label of the first reader; empty: none.",
    "second": "Label of the second reader; empty: none.",
    "settled": "The label that teaches and measures; empty: the readers differ and nobody settled it.",
    "set": "Part of the table; README.md describes each.",
    "source": "Public repository and path of the page, or name of the public file.",
    "file": "Name of the table in which the text stands, without its ending.",
    "post": "Repository and path of the page, or path of the post in its archive.",
    "page": "Name or digest of the page.",
    "half": "Half of the material; README.md says which halves were looked at.",
    "title": "First 12 hexadecimal digits of the SHA-256 of the title; - is none, * was not judged.",
    "outlet": "Likewise of the outlet.",
    "author": "Likewise of the author of the article.",
    "date": "Date of the article; - is none, * was not judged.",
    "language": "ISO 639-1 code of the language.",
    "first_tone": "Tone toward the target by the first reader.",
    "second_tone": "Tone toward the target by the second reader; empty: none.",
    "tone": "The settled tone.",
    "first_voice": "Whose words the sentence is, by the first reader: the outlet's, or quoted.",
    "second_voice": "Likewise by the second reader; empty: none.",
    "voice": "The settled voice; empty: the readers differ.",
    "first_speaker": "Who speaks, by the first reader.",
    "second_speaker": "Who speaks, by the second reader.",
    "speaker": "The settled speaker; / parts names that are both right.",
}
LABELS = frozenset(
    (
        "first",
        "second",
        "settled",
        "tone",
        "voice",
        *(f"{n}_{w}" for n in ("first", "second") for w in ("tone", "voice")),
    )
)


def unpack(path: Path) -> str:
    """Return the text of a file that is packed or not."""
    packed = path.read_bytes()
    return (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")


def describe_file(path: Path, rows: int) -> dict[str, Any]:
    """Describe a file: its name and form, size, digest and number of rows."""
    packed = path.read_bytes()
    name, form, *_ = path.name.split(".")
    return {
        "name": name.replace("_", "-"),
        "path": path.name,
        "format": form,
        "encoding": "utf-8",
        **({"compression": "gz"} if path.suffix == ".gz" else {}),
        "bytes": len(packed),
        "hash": f"sha256:{hashlib.sha256(packed).hexdigest()}",
        "rows": rows,
    }


def describe_table(path: Path) -> dict[str, Any]:
    """Describe a table, and its columns with their meanings and values."""
    rows = list(csv.DictReader(unpack(path).splitlines()))
    fields = []
    for name in rows[0]:
        values = sorted({row[name] for row in rows} - {""})
        field: dict[str, Any] = {"name": name, "type": "string", "description": MEANINGS[name]}
        if name in LABELS or name in ("set", "half", "what"):
            field["constraints"] = {"enum": values}
        fields.append(field)
    schema = {"fields": fields, "missingValues": [""]}
    return describe_file(path, len(rows)) | {"profile": "tabular-data-resource", "schema": schema}


def describe_lines(path: Path) -> dict[str, Any]:
    """Describe a file of JSON lines."""
    return describe_file(path, unpack(path).count("\n"))


def package() -> dict[str, Any]:
    """Describe all tables, and the files of labels of pages."""
    return {
        "name": "stance-labels",
        "title": "Labels of comments and sentences by AI assistants",
        "profile": "data-package",
        "description": "STATEMENT.md says who labelled what, how, and what is weak. Texts of other people do not ship.",
        "licenses": [{"name": "MIT", "title": "Of the labels; licences of the texts are in README.md"}],
        "resources": [
            *map(describe_table, sorted(FOLDER.glob("*.csv*"))),
            *map(describe_lines, sorted(FOLDER.glob("*.jsonl.gz"))),
        ],
    }


if __name__ == "__main__":
    PACKAGE.write_text(json.dumps(package(), indent=1) + "\n", encoding="utf-8")

"""Pack a run of a store for replication, without its texts.

A bundle is a zip file of one form (``reading.archives``). ``store.db`` is a store in which numbers
stand for texts: it gives the same shares and differences. What needs texts is left out: topics, words, narratives,
quotations and sentences of articles. The other members are for people.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from stance.datamodels import ROWS_LAYOUT, SCORES_LAYOUT, Document, Skip
from stance.files import temporary_file
from stance.reading.archives import BUNDLE, BUNDLED_STORE
from stance.records import SCORE_FIELDS, score_to_row
from stance.resources import DATA, VERSION, formats
from stance.store.documents import Report, StoredRun
from stance.store.labels import LABEL_FIELDS
from stance.store.merging import Contents, Project, add_labels, add_run, contents_of

TEXTS = ("text", "parent", "title", "lead", "note")
"""Columns of labels that hold texts."""

WITHOUT_TEXTS = "a bundle holds no texts: topics, words, narratives, incivility, links and quotations are left out"

README = """A replication bundle of stance {version}. It holds no texts of comments or articles.

stance report {name}     gives the same shares and differences (pip install of version {version})
bundle.json              options of the run, targets, and the SHA-256 digest of each file here
inputs.csv               names of the inputs, and SHA-256 digests of their content
model_card.json          the model: data, measures, limits
codebook.csv             columns of the tables, and their meaning; LABEL_GUIDE.md: what each label means
scores.csv, labels.csv   scores of comments, and labels by persons; authors are pseudonyms,
                         unless the store keeps names
methods.txt              the methods section; CITATION.txt: how to cite
store.db                 what stance report reads: a number stands for each text, equal for equal texts

Left out, since they need texts: matching by topic, words, narratives, incivility, quotations, links, tone of articles.
"""


def stand_in(text: str | None) -> str | None:
    """Return the number that stands for a text: equal for equal texts, and without letters."""
    return text and f"#{int.from_bytes(hashlib.blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=8).digest())}"


def without_texts(document: Document, source: str) -> Document:
    """Return a document with its scores of comments, and with numbers for its texts."""
    comments = [
        replace(each, text=stand_in(each.text) or "", quoted=None, parent_text=stand_in(each.parent_text))
        for each in document.comments
    ]
    scores = [replace(each, evidence=()) for each in document.scores if each.sentence is None]
    return replace(
        document, source=source, title=None, author=None, lead=None, body=(), warnings=(WITHOUT_TEXTS,),
        comments=tuple(comments),
        scores=tuple(scores), layout=document.layout if document.layout == ROWS_LAYOUT else SCORES_LAYOUT,
    )  # fmt: skip


def _bare_label(unit: str, row: Sequence[Any]) -> tuple[Any, ...]:
    """Return the row of an item to label, or of an annotator's event, without texts and notes."""
    if unit == "events":
        *before, _note, guess_mode, guess_seen = row
        return (*before, None, guess_mode, guess_seen)
    name, place, stratum, text, document, outlet, author, parent, _title, _lead, language = row
    return (name, place, stratum, stand_in(text), document, outlet, author, stand_in(parent), None, None, language)


def _bare(contents: Contents) -> Contents:
    """Return the contents of a run without texts and without folders of the machine."""
    names = {path: f"{number:06} {Path(path).name}" for number, path in enumerate(contents.inputs)}
    remarks: list[Skip] = []

    def documents() -> Iterator[tuple[Sequence[str], str, Document]]:
        for paths, content, document in contents.documents:
            own = [names.get(path, Path(path).name) for path in paths]
            yield own, content, without_texts(document, own[0])

    inputs = {
        names[path]: replace(each, path=names[path], skips=tuple(Skip(names[path], skip.reason) for skip in each.skips))
        for path, each in contents.inputs.items()
    }
    return Contents(contents.run, inputs, documents(), remarks)


def write_bundle(store: Project, run: StoredRun, path: Path, texts: Mapping[str, str], report: Report) -> None:
    """Write a run of a store as a bundle.

    :param texts: The content of ``model_card.json``, ``methods.txt`` and ``CITATION.txt``.
    :param report: Is called with each damaged part, which is left out.
    """
    with TemporaryDirectory() as made, temporary_file(path) as draft:
        with Project.write(Path(made) / BUNDLED_STORE, settings={}) as bare:
            with bare.transaction():
                add_run(bare, "", _bare(contents_of(store, run, report)))
                add_labels(bare, store, report, _bare_label)
            own = bare.choose_run(None)
            rows = (score_to_row(score).values() for each in bare.documents(own) for score in each.scores)
            members = {
                **texts,
                "README.txt": README.format(version=VERSION, name=path.name),
                "inputs.csv": _table(("input", "sha256"), ((n, each.sha256) for n, each in bare.inputs(own).items())),
                "codebook.csv": _table(("column", "meaning"), formats()["columns"].items()),
                "LABEL_GUIDE.md": (DATA / "LABEL_GUIDE.md").read_text(encoding="utf-8"),
                "scores.csv": _table(SCORE_FIELDS, rows),
                "labels.csv": _labels(bare),
            }
        data = {name: text.encode("utf-8", "replace") for name, text in members.items()}
        data[BUNDLED_STORE] = (Path(made) / BUNDLED_STORE).read_bytes()
        digests = {name: hashlib.sha256(each).hexdigest() for name, each in data.items()}
        options = {"stance": VERSION, "model": run.model, "settings": dict(run.settings), "sha256": digests}
        data["bundle.json"] = json.dumps(options, ensure_ascii=False, indent=1).encode()
        with ZipFile(draft, "w") as packed:
            for name in BUNDLE:
                packed.writestr(ZipInfo(name), data[name], ZIP_DEFLATED, 9)


def _labels(store: Project) -> str:
    columns = [name for name in LABEL_FIELDS if name not in TEXTS]
    return _table(columns, store.rows(f"SELECT {', '.join(columns)} FROM labels ORDER BY item, event, target"))  # noqa: S608


def _table(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows([head, *rows])
    return text.getvalue()

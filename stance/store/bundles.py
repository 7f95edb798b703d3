"""Write a run of a store as a bundle for replication.

A bundle is a zip file of one form (``reading.archives``). Its ``store.db`` is a store with numbers in place of texts:
it gives the same figures. What needs texts is left out: topics, words, quotations and sentences of articles. The other
members are for people.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from stance import page_layouts
from stance.comparison.copies import numbered_sentences
from stance.datamodels import Document
from stance.reading.bundles import BUNDLE, BUNDLED_STORE
from stance.records import score_records, writers
from stance.records.score_records import LABELS_FILE
from stance.resources import DATA, VERSION
from stance.resources.files import temporary_file
from stance.store.documents import Report, Store, StoredRun
from stance.store.merge import Project, add_run
from stance.text_forms import text_number


def without_texts(document: Document, source: str) -> Document:
    """Return a document with its scores, and with numbers for its texts."""
    comments = []
    for comment in document.comments:
        parent = comment.parent_text and text_number(comment.parent_text)
        comments.append(replace(comment, text=text_number(comment.text), quoted=None, parent_text=parent))
    scores = []
    for score in document.scores:
        sentence = score.sentence and replace(score.sentence, text=text_number(score.sentence.text), speaker=None)
        scores.append(replace(score, evidence=(), sentence=sentence))
    return replace(
        document, source=source, title=None, author=None, lead=None, body=numbered_sentences(document),
        quotations=(),
        warnings=("a bundle holds no texts: topics, words, links, speakers and quotations are left out",),
        comments=tuple(comments), scores=tuple(scores),
        layout=document.layout if document.layout == page_layouts.ROWS_LAYOUT else page_layouts.SCORES_LAYOUT,
    )  # fmt: skip


def bundled_scores(store: Store) -> str:
    """Write the scores of the comments of a bundle's store as the text of a CSV file."""
    scored = (score for document in store.documents(store.choose_run()) for score in document.scores)
    scores = (score for score in scored if score.sentence is None)
    rows = (score_records.score_cells(score, {}, score_records.SCORE_FIELDS) for score in scores)
    return writers.csv_text(chain([score_records.SCORE_FIELDS], rows))


def write_bundle(
    store: Project,
    run: StoredRun,
    path: Path,
    stated: Mapping[str, str],
    compute: Callable[[Path], Mapping[str, str]],
    report: Report,
) -> None:
    """Write a run of a store as a bundle.

    :param stated: The content of ``labels.csv``, ``targets.toml`` and ``model_card.json``.
    :param compute: Writes the files with figures, from the store of the bundle that has the other files beside it.
    :param report: Is called with each damaged part, which is left out.
    """
    readme = Path(__file__).with_name("bundle.txt").read_text(encoding="utf-8")
    designs = [json.loads(text) for (text,) in store.rows("SELECT settings FROM samples ORDER BY sample")]
    options = {"stance": VERSION, "model": run.model, "settings": dict(run.settings), "samples": designs}
    columns = {"scores.csv": score_records.SCORE_FIELDS, LABELS_FILE: writers.NUMBERED_FIELDS}
    columns["inputs.csv"] = ("input", "sha256")
    with TemporaryDirectory() as folder, temporary_file(path) as draft:
        bare_path = Path(folder) / BUNDLED_STORE
        with Project.write(bare_path, settings={}) as bare, bare.transaction():
            add_run(bare, store, run, report, without_texts)
        with Project.read(bare_path) as bare:
            inputs = ((name, stored_input.sha256) for name, stored_input in bare.inputs(bare.choose_run()).items())
            members = {
                **stated,
                "README.txt": readme.format(version=VERSION, name=path.name),
                "inputs.csv": writers.csv_text(chain([columns["inputs.csv"]], inputs)),
                "codebook.csv": writers.csv_text(writers.codebook(columns)),
                "LABEL_GUIDE.md": (DATA / "LABEL_GUIDE.md").read_text(encoding="utf-8"),
                "scores.csv": bundled_scores(bare),
            }
        members["bundle.json"] = json.dumps(options)
        for name, text in members.items():
            bare_path.with_name(name).write_text(text, encoding="utf-8", errors="replace", newline="")
        members |= compute(bare_path)
        data = {name: text.encode("utf-8", "replace") for name, text in members.items()}
        data[BUNDLED_STORE] = bare_path.read_bytes()
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in data.items()}
        data["bundle.json"] = json.dumps(options | {"sha256": digests}, ensure_ascii=False, indent=1).encode()
        with ZipFile(draft, "w") as packed:
            for name in BUNDLE:
                packed.writestr(ZipInfo(name), data[name], ZIP_DEFLATED, 9)

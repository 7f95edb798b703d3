"""Write a run of a store, or comments found in it, for other tools: tables, a network, a bundle. Merge stores.

Rows come in the order of the store and hold no time of the export, so equal stores give equal files. A bundle is a zip
file of one form (``reading.bundles``) for replication. Its ``store.db`` is a store with numbers in place of texts: it
gives the same figures. What needs texts is left out: topics, words, quotations and sentences of
articles. The other members are for people. A merge keeps equal contents once; values pass through the checks of every
reader, so that damaged parts are named and left out.
"""

import hashlib
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from stance import datamodels, page_layouts
from stance.comparison.copies import numbered_sentences
from stance.datamodels import (
    SIDES,
    STANCES,
    Document,
    Record,
    Score,
    Sentence,
    Skip,
    Stance,
    Unit,
    counted,
    day_of,
    grouped,
    text_number,
)
from stance.exceptions import ConfigError, DamageError, StoreError, unknown
from stance.log import Log
from stance.pseudonyms import fingerprint, person
from stance.reading.bundles import BUNDLE, BUNDLED_STORE
from stance.reading.projects import write_project
from stance.reading.repeats import Heard
from stance.records import score_records, writers
from stance.records.fields import Rows
from stance.records.score_records import LABELS_FILE
from stance.resources import DATA, VERSION, open_file, sync, temporary_file, temporary_folder
from stance.run import FindOptions
from stance.store import documents as stored_documents
from stance.store.documents import Report, RunWriter, Store, StoredDocument, StoredInput, StoredRun, refuse_damage
from stance.store.file import LABEL_UNITS, encodable, is_store, long_query
from stance.store.file import Rows as UnitRows
from stance.store.forgetting import remove_forgotten
from stance.store.labels import LabelStore

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Documents = Iterable[Document]

SHEET_ROWS = 1_048_576
"""Maximum number of rows of a sheet in Excel."""

CELL_UNITS = 32_767
"""Maximum number of UTF-16 code units of a cell in Excel."""

FIELDS = (*score_records.SCORE_FIELDS, *score_records.TEXT_FIELDS)

PROJECT_FIELDS = (
    "id", "document", "outlet", "title", "url", "published", "author", "posted", "votes", "parent", "language",
)  # fmt: skip
"""Variables of a comment in a project."""

Say = Callable[[str], None]


def find_export(
    output: Path, say: Say, shares: Callable[[], Iterable[Record]] = tuple
) -> Callable[[Documents, Path], None]:
    """Find the function that writes to a path, by its ending.

    :param say: Called with what the format does not hold.
    :param shares: Returns the rows of the first sheet of an Excel file.
    :raises ConfigError: If the ending names no format.
    :raises MissingExtraError: If the package that the format needs is not installed.
    """
    others: dict[str, Callable[..., None]] = {".gexf": write_network, ".qdpx": write_comments}
    write: Callable[..., None] = writers.find_writer(output, {**tables(say, shares), **others})
    return write if write in others.values() else lambda documents, path: write(records_of(documents), path, FIELDS)


def write_comments(documents: Documents, path: Path) -> None:
    """Write a REFI-QDA project of all comments with the fields of their documents, to code them."""
    rows = (
        {**texts, **asdict(score), "id": score.comment, "parent": texts["reply_to"], "label": None}
        for score, texts in records_of(documents)
    )
    with open_file(path, "wb") as file:
        write_project(rows, file, PROJECT_FIELDS)


# Tables ---------------------------------------------------------------------------------------------------------------


def records_of(documents: Documents) -> Rows:
    """Yield the scores of comments, each with the cells of :data:`TEXT_FIELDS`."""
    found = (each for document in documents for each in score_records.scores_with_texts(document))
    return ((score, texts) for score, texts in found if score.unit is Unit.COMMENT and texts["text"] is not None)


def write_xlsx(
    rows: Rows, path: Path, fields: Sequence[str], say: Say, shares: Callable[[], Iterable[Record]] = tuple
) -> None:
    """Write a sheet of shares, if there are some, and sheets with a row for each score.

    Numbers and dates are written as such, other cells as texts, none as a formula.

    :param say: Called with the number of cells that are cut.
    """
    from xlsxwriter import Workbook

    cut, numbers = 0, {*STANCES, "sentiment", "target_sentiment", "votes"}
    options = {"constant_memory": True, "in_memory": False, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with open_file(path, "wb") as file, Workbook(file, options) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        if rows_of_shares := list(shares()):
            sheet = book.add_worksheet("shares")
            sheet.write_row(0, 0, rows_of_shares[0])
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows_of_shares, 1):
                _write_cells(sheet, number, row.values())
        for number, (score, texts) in enumerate(rows):
            place = number % (SHEET_ROWS - 1) + 1
            if place == 1:
                sheet = book.add_worksheet(f"scores {number // (SHEET_ROWS - 1) + 1}")
                sheet.write_row(0, 0, fields)
                sheet.freeze_panes(1, 0)
                sheet.autofilter(0, 0, SHEET_ROWS - 1, len(fields) - 1)
            cells = score_records.score_cells(score, texts, fields)
            for column, (name, cell) in enumerate(zip(fields, cells, strict=True)):
                if name in numbers and cell is not None:
                    sheet.write_number(place, column, float(str(cell)))
                elif name in ("posted", "published") and (date := _moment(str(cell or ""))):
                    sheet.write_datetime(place, column, date)
                else:
                    whole = ("" if cell is None else str(cell)).encode("utf-16-le")
                    cut += len(whole) > 2 * CELL_UNITS
                    sheet.write_string(place, column, whole[: 2 * CELL_UNITS].decode("utf-16-le", "ignore"))
    if cut:
        holds = f"a cell of Excel holds at most {CELL_UNITS:,} characters"
        say(f"{path}: {counted(cut, 'cell')} cut, since {holds}; a CSV file holds all of them")


def _write_cells(sheet: "Worksheet", number: int, cells: Iterable[object]) -> None:
    """Write a row of a sheet: numbers as such, truth as a text, no cell as a formula."""
    for column, cell in enumerate(cells):
        if isinstance(cell, float | int) and not isinstance(cell, bool):
            sheet.write_number(number, column, cell)
        elif cell is not None:
            sheet.write_string(number, column, str(cell)[:CELL_UNITS])


def _moment(cell: str) -> datetime | None:
    """Read a moment in ISO 8601, in UTC, as Excel holds it: without a zone, and from 1900 on."""
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        return None
    found = found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    return found if found.year >= 1900 else None


# Search ---------------------------------------------------------------------------------------------------------------

LINK = "link"
"""Words: the further cell of a found score, page of the report and place in it."""


def find_comments(
    store: Store, run: StoredRun, words: Sequence[str], wanted: FindOptions, report: Report = refuse_damage
) -> Rows:
    """Find the scores of comments that hold all words, in the order of the store.

    :param words: Words and phrases; one that ends in ``*`` is the beginning of a word.
    :return: Each score with :data:`TEXT_FIELDS` and :data:`LINK`.
    :raises ConfigError: If there are no words, or no score or document is of the wanted target or outlet.
    """
    given = [each for word in words if (each := (encodable(word) or "").replace("\0", " ").strip()).strip(" *")]
    if not 0 < len(given) <= 100:
        raise ConfigError(f"{len(given)} words to find; expected 1 to 100 words or phrases")
    phrases = ((each.rstrip(" *").replace('"', '""'), each.endswith("*")) for each in given)
    query = " ".join(f'"{phrase}"{" *" * is_beginning}' for phrase, is_beginning in phrases)  # none is an operator
    for name, table in (("target", "scores WHERE run = ?2 AND"), ("outlet", "documents WHERE ?2 AND")):
        value = getattr(wanted, name)
        if value and store.value(f"SELECT 1 FROM {table} {name} = ?1 LIMIT 1", encodable(value), run.number) is None:  # noqa: S608
            every = f"SELECT DISTINCT {name} FROM {table} {name} IS NOT NULL LIMIT 1000"  # noqa: S608
            held = [each for (each,) in store.rows(every, None, run.number)]
            raise ConfigError(unknown(f"{store.path}: no {name}", value, held, f"See: stance store info {store.path}"))
    for *_, damage in store.damage("documents", "scores"):
        report(damage)
    return _found(store, run, query, wanted)


def _found(store: Store, run: StoredRun, query: str, wanted: FindOptions) -> Rows:
    from stance.records.digests import page_name

    since = wanted.since.toordinal() if wanted.since else 0
    for (number, part), hits in groupby(store.rows(long_query("matches"), run.number, query), itemgetter(0, 1)):
        found = {comment for *_, comment in hits}
        for stored in store.stored(run, lambda _: None, (number,)):  # damage is reported above
            places = _places(store, stored, found)
            page = page_name(stored.document.document_id, part)
            for score, texts in records_of((stored.document,)):
                place = places.get(score.comment)
                is_wanted = wanted.target in (None, score.target) and wanted.stance in (None, score.stance)
                is_from = wanted.outlet in (None, score.outlet) and day_of(score.posted or texts["published"]) >= since
                if place and is_wanted and is_from:
                    yield score, texts | {LINK: f"{page}#comment-{place}"}


def _places(store: Store, stored: StoredDocument, found: set[int]) -> dict[str | None, int]:
    """Map the ids of the found comments to their numbers on the page; scores are of the first comment of an id."""
    numbers = store.rows("SELECT comment FROM comments WHERE document = ? ORDER BY comment", stored.number)
    comments = list(enumerate(zip(numbers, stored.document.comments, strict=True), 1))
    first = {comment.comment_id: (place, number) for place, ((number,), comment) in reversed(comments)}
    return {name: place for name, (place, number) in first.items() if number in found}


def find_writer(path: Path, words: Sequence[str], say: Say) -> Callable[[Rows], None]:
    """Find the function that writes found scores to a file, by its ending.

    :param say: Called with what the format does not hold.
    :raises ConfigError: If the ending names no format.
    :raises MissingExtraError: If the package that the format needs is not installed.
    """
    from stance.reporting.rendering import render
    from stance.scoring.targets import load_targets

    def write_page(rows: Rows, path: Path, _: Sequence[str]) -> None:
        labels = {each.target_id: each.label for each in load_targets().targets}
        writers.write_text(render("found.html", {"words": words, "found": quotations(rows), "labels": labels}), path)

    write = writers.find_writer(path, {**tables(say), ".html": write_page})
    return lambda rows: write(rows, path, (*FIELDS, LINK))


def quotations(rows: Rows) -> Iterator[tuple[Record, list[Score]]]:
    """Group found scores by their comment: its texts, and its scores toward each target."""
    for _, group in groupby(rows, key=lambda row: row[1][LINK]):
        of_comment = list(group)
        yield of_comment[0][1], [score for score, _ in of_comment]


def tables(
    say: Say, shares: Callable[[], Iterable[Record]] = tuple
) -> dict[str, Callable[[Rows, Path, Sequence[str]], None]]:
    """Return the functions that write scores with their texts.

    :param say: Called with what the format does not hold.
    :param shares: Returns the rows of the first sheet of an Excel file.
    """
    return {
        ".csv": writers.write_score_csv,
        ".xlsx": partial(write_xlsx, say=say, shares=shares),
        ".parquet": writers.write_score_parquet,
        ".jsonl": writers.write_score_lines,
    }


# Network of replies ---------------------------------------------------------------------------------------------------


def write_network(documents: Documents, path: Path) -> None:
    """Write the authors and the answers among them, as GEXF.

    Nodes are authors of an outlet, with their number of comments and net stance (points); comments without a name are
    left out. An edge counts the answers of one author to another (``weight``).
    """
    import networkx

    graph = networkx.DiGraph()
    sums: defaultdict[tuple[str, str], Counter[Stance]] = defaultdict(Counter)  # author, target -> probabilities
    for document in documents:
        outlet = _xml(document.outlet or datamodels.NOT_STATED)
        names = (person(each.author, document.layout) for each in document.comments)
        named = [*zip(document.comments, (f"{outlet}/{_xml(name)}" if name else "" for name in names), strict=True)]
        nodes = {comment.comment_id: node for comment, node in reversed(named)}  # of equal ids, the first
        for comment, node in named:
            if node:
                number = 1 + (graph.nodes[node]["comments"] if node in graph else 0)
                graph.add_node(node, label=_xml(comment.author or ""), outlet=outlet, comments=number)
        for comment, node in named:
            if node and (answered := nodes.get(comment.reply_to or "")) and answered != node:
                weight = graph.edges[node, answered]["weight"] if graph.has_edge(node, answered) else 0
                graph.add_edge(node, answered, weight=weight + 1)
        for score in document.scores:
            node = nodes.get(score.comment or "", "")
            if node and score.unit is Unit.COMMENT and score.stance in SIDES:
                sums[node, score.target].update(dict(zip(STANCES, score.probabilities or (), strict=False)))
    for (node, target), own in sums.items():
        shares = datamodels.side_shares(own)
        graph.nodes[node][f"net_{_xml(target)}"] = round(100 * (shares[Stance.FAVOR] - shares[Stance.AGAINST]), 2)
    writer = networkx.readwrite.gexf.GEXFWriter(version="1.2draft")
    writer.add_graph(graph)
    del writer.xml.find("meta").attrib["lastmodifieddate"]
    with open_file(path, "wb") as file:
        writer.write(file)


def _xml(text: str) -> str:
    """Replace characters that XML 1.0 excludes, and those that it does not keep in attributes, as line breaks."""
    return re.sub("[^ -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


# Merge ----------------------------------------------------------------------------------------------------------------


class Project(Store, LabelStore):
    """All of a store."""


def merge(paths: Sequence[Path], output: Path, key: bytes | None, log: Log) -> int:
    """Write the contents of some stores to a new one, which is there once it is whole.

    :param key: Of the pseudonyms, by which those are known who were forgotten in one of the stores.
    :param log: Logs damaged parts, which are left out, and saves of one page, of which the newest counts.
    :return: The number of comments of such authors, which are left out.
    :raises StoreError: If one is no store, or another file is there.
    :raises ConfigError: If authors were forgotten, and the key is not theirs.
    """
    if output.exists() and (output.resolve() in {path.resolve() for path in paths} or not is_store(output)):
        raise StoreError(f"{output}: exists already; expected a new file")
    output.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(output.parent, ".merge-") as folder:
        draft = folder / output.name
        with Project.write(draft, settings={}) as store:
            count = _add_stores(store, paths, key, log)
            if count:
                store.purge()
        with Project.read(draft) as store:
            for problem in store.problems():
                raise StoreError(f"{output}: not written, since it would be damaged ({problem}); expected a sound disk")
            if output.exists():
                with Project.read(output) as other:
                    if list(other.rows("SELECT * FROM checksums")) != list(store.rows("SELECT * FROM checksums")):
                        raise StoreError(f"{output}: exists already and holds other data; expected a new file")
                return count
        sync([draft])
        os.link(draft, output)
        sync([output.parent])
    return count


def _add_stores(store: Project, paths: Sequence[Path], key: bytes | None, log: Log) -> int:
    """Add stores, then remove all who were forgotten in any of them; return the number of their comments."""
    with store.transaction(), ExitStack() as opened:
        others = [opened.enter_context(Project.read(path)) for path in paths]
        for other in others:
            try:
                store.insert("forgotten", other.unit("forgotten")[0])
            except DamageError as error:
                raise DamageError(f"{other.path}: {error}") from None
        store.seal("forgotten")
        store.forgotten(key)
        for other in others:
            for seen in other.broken:
                log.skip(Skip(str(other.path), seen))
            for run in other.runs(log.skip):
                names = run.settings.get("names", stored_documents.NAMES_KEPT)
                of_key = (stored_documents.NAMES_KEPT, f"key {fingerprint(key or b'')}")
                if store.has_forgotten() and names not in of_key:
                    seen = f"{other.path}: pseudonyms of run {run.number} were made with another key than those of"
                    raise ConfigError(
                        f"{seen} forgotten authors, who would not be found; score the pages again with --key-file"
                    )
                add_run(store, other, run, log.skip).log(log)
            add_labels(store, other, log.skip)
        return remove_forgotten(store, key)


# Runs of other stores -------------------------------------------------------------------------------------------------


Change = Callable[[Document, str], Document]


def add_run(store: Store, other: Project, run: StoredRun, report: Report, change: Change | None = None) -> Heard:
    """Add a run of another store; return the counts of joined and left out parts.

    :param report: Is called with each damaged part, which is left out.
    :param change: From a document and its input to the document that is added. Then inputs are numbered, without their
        folders, and remarks are left out.
    """
    given = other.inputs(run, report)
    paths = grouped((number, path) for path, each in given.items() for number in each.documents)
    names = {path: f"{number:06} {Path(path).name}" if change else path for number, path in enumerate(given)}
    new = store.add_run(run.digest, run.reading, run.model, run.settings)
    writer, known, begun = RunWriter(store, new), store.inputs(new), dict[str, StoredInput]()

    def begin(path: str) -> StoredInput:
        """Add an input; one that is there with another content keeps it, and the new one is named after its store."""
        sha256 = given[path].sha256 if path in given else ""
        name = names.setdefault(path, Path(path).name if change else path)
        if name in known and sha256 and known[name].sha256 != sha256:
            name = f"{other.path}:{name}"
        return begun.get(path) or begun.setdefault(path, known.get(name) or store.begin_input(new, name, sha256))

    for path in given:
        begin(path)
    for stored in other.stored(run, report):
        # Where the input is damaged, a document is of its source, which is read again.
        first, *more = paths.get(stored.number) or [stored.document.source]
        each, document = begin(first), stored.document
        number = writer.add(each, change(document, names[first]) if change else document, stored.content)
        if number is not None:
            for path in more:
                store.add_occurrence(number, begun[path].number)
    for path, each in begun.items():
        if not each.is_finished:
            is_finished, skips = (given[path].is_finished, given[path].skips) if path in given else (True, ())
            skips = tuple(Skip(names[path], skip.reason) for skip in skips) if change else skips
            store.end_input(new, replace(each, is_finished=is_finished), skips)
    if not change:
        store.note_remarks(new, dict.fromkeys([*store.remarks(new), *other.remarks(run)]))
    return writer.heard


# Labels ---------------------------------------------------------------------------------------------------------------


def add_labels(store: Project, other: Project, report: Report) -> None:
    """Add samples, items, annotators and their events; equal ones are kept once."""
    left_out = other.damaged_labels(report)

    def sound(unit: str) -> Iterator[tuple[int, UnitRows]]:
        return ((n, other.unit(unit, n)) for n, _ in other.numbers(unit) if (unit, n) not in left_out)

    if ("settings", 0) not in left_out:
        store.insert("settings", other.unit("settings")[0])
    samples: dict[int | None, int] = {}
    for number, (((_, *values),), _) in sound("samples"):
        query = "SELECT sample FROM samples WHERE (role, seed, settings) = (?, ?, ?)"
        samples[number] = store.value(query, *values) or store.insert("samples", [(None, *values)])
    items: dict[int, int] = {}
    for number, (_, pairs) in sound("items"):
        items[number] = store.put_item(other.item_row(number), other.path)
        store.insert("pairs", [(items[number], *values, samples.get(sample)) for _, *values, sample in pairs])
    for _, (((_, *values),), assignments) in sound("annotators"):
        store.insert("annotators", [(None, *values)])
        store.insert("assignments", [(*values, items[item]) for *values, item in assignments if item in items])
    known: dict[object, list[int]] = {}
    for number, _ in store.numbers("events"):
        ((_, *event),), answers = store.unit("events", number)
        known.setdefault((*event, *(each[1:] for each in answers)), []).append(number)
    numbers: dict[int | None, int] = {}
    for number, (((_, at, annotator, item, kind, undoes, *rest),), answers) in sound("events"):
        found = (at, annotator, items.get(item), kind, numbers.get(undoes), *rest)
        if same := known.get((*found, *(each[1:] for each in answers))):
            numbers[number] = same.pop(0)
        elif item in items:
            store.insert("annotators", [(None, annotator, at, 0)])  # whose own row may be damaged
            numbers[number] = store.insert("events", [(None, *found)])
            store.insert("answers", [(numbers[number], *each[1:]) for each in answers])
    store.seal_all(*LABEL_UNITS)


# Bundles --------------------------------------------------------------------------------------------------------------

WITHOUT_TEXTS = "a bundle holds no texts: topics, words, links, speakers and quotations are left out"


def _without_text(sentence: Sentence | None) -> Sentence | None:
    return sentence and replace(sentence, text=text_number(sentence.text), speaker=None)


def without_texts(document: Document, source: str) -> Document:
    """Return a document with its scores, and with numbers for its texts."""
    comments = [
        replace(
            each,
            text=text_number(each.text),
            quoted=None,
            parent_text=each.parent_text and text_number(each.parent_text),
        )
        for each in document.comments
    ]
    scores = [replace(each, evidence=(), sentence=_without_text(each.sentence)) for each in document.scores]
    return replace(
        document, source=source, title=None, author=None, lead=None, body=numbered_sentences(document),
        quotations=(), warnings=(WITHOUT_TEXTS,),
        comments=tuple(comments), scores=tuple(scores),
        layout=document.layout if document.layout == page_layouts.ROWS_LAYOUT else page_layouts.SCORES_LAYOUT,
    )  # fmt: skip


def bundled_scores(store: Store) -> str:
    """Write the scores of the comments of a bundle's store as the text of a CSV file."""
    scored = (score for each in store.documents(store.choose_run()) for score in each.scores)
    scores = (score for score in scored if score.sentence is None)
    rows = (score_records.score_cells(score, {}, score_records.SCORE_FIELDS) for score in scores)
    return writers.csv_text(chain([score_records.SCORE_FIELDS], rows))


def write_bundle(
    store: Project,
    run: StoredRun,
    path: Path,
    given: Mapping[str, str],
    compute: Callable[[Path], Mapping[str, str]],
    report: Report,
) -> None:
    """Write a run of a store as a bundle.

    :param given: The content of ``labels.csv``, ``targets.toml`` and ``model_card.json``.
    :param compute: Writes the files with figures, from the store of the bundle that has the other files beside it.
    :param report: Is called with each damaged part, which is left out.
    """
    readme = Path(__file__).with_name("bundle.txt").read_text(encoding="utf-8")
    designs = [json.loads(text) for (text,) in store.rows("SELECT settings FROM samples ORDER BY sample")]
    options = {"stance": VERSION, "model": run.model, "settings": dict(run.settings), "samples": designs}
    columns = {"scores.csv": score_records.SCORE_FIELDS, LABELS_FILE: writers.NUMBERED_FIELDS}
    columns["inputs.csv"] = ("input", "sha256")
    with TemporaryDirectory() as made, temporary_file(path) as draft:
        place = Path(made) / BUNDLED_STORE
        with Project.write(place, settings={}) as bare, bare.transaction():
            add_run(bare, store, run, report, without_texts)
        with Project.read(place) as bare:
            inputs = ((name, each.sha256) for name, each in bare.inputs(bare.choose_run()).items())
            members = {
                **given,
                "README.txt": readme.format(version=VERSION, name=path.name),
                "inputs.csv": writers.csv_text(chain([columns["inputs.csv"]], inputs)),
                "codebook.csv": writers.csv_text(writers.codebook(columns)),
                "LABEL_GUIDE.md": (DATA / "LABEL_GUIDE.md").read_text(encoding="utf-8"),
                "scores.csv": bundled_scores(bare),
            }
        for name, text in (members | {"bundle.json": json.dumps(options)}).items():
            place.with_name(name).write_text(text, encoding="utf-8", errors="replace", newline="")
        members |= compute(place)
        data = {name: text.encode("utf-8", "replace") for name, text in members.items()}
        data[BUNDLED_STORE] = place.read_bytes()
        digests = {name: hashlib.sha256(each).hexdigest() for name, each in data.items()}
        data["bundle.json"] = json.dumps(options | {"sha256": digests}, ensure_ascii=False, indent=1).encode()
        with ZipFile(draft, "w") as packed:
            for name in BUNDLE:
                packed.writestr(ZipInfo(name), data[name], ZIP_DEFLATED, 9)

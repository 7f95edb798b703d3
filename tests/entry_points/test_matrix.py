"""One answer, whichever way in: each form of one corpus, by the command line, in Python and in the window.

Every cell is compared with the report of the store of its corpus. What an input cannot know is named here with the line
that its report must print; nothing else may differ. Cells of each input by each way are run always, those of each input
by each corpus and all others by ``make extras``.
"""

import asyncio
import csv
import html
import json
import pickle
import random
import re
import shutil
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import stance
from stance.app.folder import ProjectFolder
from stance.app.status import read_status
from stance.app.window import Window
from stance.datamodels import Stance, Unit
from stance.exceptions import StanceError
from stance.log import Log
from stance.options.definition import build
from stance.options.run import Run
from stance.plugins import spark
from stance.reading.input_names import natural_text
from stance.runs import run_settings
from stance.store.items import Answer
from stance.store.labels import LabelStore, open_queues
from tests.support.commands import invoke
from tests.support.commands import told as run
from tests.support.tables import table

WORDS = table("matrix", "cases")["WORDS"]
CONSONANTS = "BDFGKLMNPRSTVZ"
SIDES = {"right": "favor", "wrong": "against", "recht": "favor", "unrecht": "against"}
COMMENTS, OUTLETS = 176, ("Herald", "Courier")
OWN_TARGET = '[[targets]]\nid = "oz"\nlabel = "Oz"\naliases = ["Oz"]\n'
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Kind:
    """What is special about a corpus."""

    pages: int = 8
    labelled: int = 120  # comments
    sentences: int = 0
    is_copied: bool = False  # a quarter of one outlet is one text
    is_loud: bool = False  # one author wrote two fifths of one outlet
    is_german: bool = False  # a third
    target: str = "Russia"
    model: str = "light"


KINDS = {
    "no labels": Kind(labelled=0, model="default"),
    "labels": Kind(),
    "labels of sentences": Kind(pages=12, sentences=108),
    "copies": Kind(is_copied=True),
    "loud author": Kind(is_loud=True),
    "own target": Kind(target="Oz"),
    "two languages": Kind(is_german=True, model="default"),
}
ALWAYS = ("labels", "own target")
"""Words: corpora that are made in each run; a corpus takes seconds."""

INPUTS = ("table", "pages", "lines", "store", "scores", "bare scores", "bundle", "spark")
WAYS = ("command", "python", "window")


def marks_of(at: int, kind: str) -> list[pytest.MarkDecorator]:
    """Return when a cell is run: always, each input by each corpus in some way, or seldom; those of a corpus together.

    A process makes each corpus that it works with.
    """
    name, way, number = at // 21, at // 7 % 3, at % 7
    together = pytest.mark.xdist_group(kind)
    if kind == ALWAYS[(name + way) % len(ALWAYS)]:
        return [together]
    return [together, pytest.mark.matrix if way == (name + number) % 3 else pytest.mark.exhaustive]


CELLS = [
    pytest.param(*cell, marks=marks_of(number, cell[2])) for number, cell in enumerate(product(INPUTS, WAYS, KINDS))
]

WITHOUT_ARTICLES = r"summary\.(articles|totals\.warnings|documents\.\w+\.(article|tone|title|warnings))\b"
WITHOUT_WORDS = WITHOUT_ARTICLES + r"|\.(discourse|newsroom|themes)\b"
UNCORRECTED = (
    WITHOUT_WORDS + r"|\.differences\.\d+\.(note|reasons)\b"
    r"|\.(checks\.(copies|largest_text)|texts|audit|waiting|sentiment_\w+|drawn|plan)\b"
)


def write_page(path: Path, outlet: str, title: str, comments: list[tuple[str, str, str]], kind: Kind) -> None:
    """Write a page of a weblog: author, time and text of each comment; every fifth answers the one before."""
    rng, items = random.Random(title), []
    for number, (author, time, text) in enumerate(comments, 1):
        after = {3: '<ol class="children">', 4: "</li></ol></li>"}.get(number % 5, "</li>")
        items.append(
            f'<li class="comment" id="comment-{number}"><div class="comment-author"><b class="fn">{author}</b> '
            f'<span class="says">says:</span></div><div class="comment-meta"><time datetime="{time}">{time}</time>'
            f'</div><div class="comment-content"><p>{html.escape(text)}</p></div>{after}'
        )
    body = "".join(
        f"<p>{' '.join(rng.sample(WORDS, 12)).capitalize()} were seen on Monday. "
        f"{kind.target} has other plans for the {' '.join(rng.sample(WORDS, 9))}.</p>"
        for _ in range(9 if kind.sentences else 2)
    )
    path.write_text(
        f'<html lang="en"><head><title>{title}</title><meta property="og:site_name" content="{outlet}">'
        '<meta property="article:published_time" content="2023-12-01T08:00:00Z"></head><body><article class="post">'
        f'<h1>{title}</h1>{body}</article><div id="comments"><ol class="comment-list">{"".join(items)}</ol></div>'
        "</body></html>"
    )


def write_comment(rng: random.Random, number: int, outlet: int, kind: Kind) -> tuple[str, str, str]:
    """Return author, time and text of a comment; some are short, name no target, or have no author."""
    words = rng.sample(WORDS, 11)
    side, seite = ("right", "recht") if rng.random() < (0.25, 0.75)[outlet] else ("wrong", "unrecht")
    text = f"{words[0]} or {words[1]}: {kind.target} is {side} about the {' '.join(words[2:])}."
    if kind.is_german and number % 3 == 0:
        text = f"Ich finde, {kind.target} hat mit der Sache Nummer {number} ganz {seite}, sagt mein Nachbar auch."
    if number % 7 == 0:
        text = f"The {words[0]} and the {words[1]} near my {words[2]} are {words[3]}, as the {' '.join(words[4:])} was."
    if number % 11 == 0:
        text = f"{kind.target} is {side}."
    if kind.is_copied and outlet and rng.random() < 0.25:
        text = f"Share this everywhere: {kind.target} is right, whatever the papers say about the bridge."
    author = "Anonymous" if number % 13 == 0 else f"Jo {rng.choice(CONSONANTS)}{rng.choice('aeiou')}rmax"
    author = "Jo Loud" if kind.is_loud and outlet and rng.random() < 0.4 else author
    return (
        author,
        (datetime(2024, 1 + 4 * number // (COMMENTS + 1), 11, 10, tzinfo=UTC) + timedelta(minutes=number)).isoformat(),
        text,
    )


@dataclass
class Corpus:
    """The same comments in several forms, in the folder that the process works in."""

    kind: Kind
    made: set[str] = field(default_factory=set)
    own_targets: str = field(default_factory=lambda: str(Path("own.toml").absolute()))

    def options(self, path: Path | None = None) -> dict[str, Any]:
        """Return the options that a run over some input needs; a store or bundle knows its model and targets."""
        own = {"targets": self.own_targets} if self.kind.target == "Oz" else {}
        if path is not None and path.suffix in (".db", ".zip"):
            return own
        return own | {"target": self.kind.target.lower(), "model": self.kind.model}

    def words(self, path: Path | None = None) -> list[str]:
        """Return the same options as they are typed."""
        return [word for name, value in self.options(path).items() for word in (f"--{name}", value)]

    def find(self, name: str) -> Path:
        """Return the path of a form, which is made when it is first asked for."""
        place = Path(PLACES[name][0])
        if name not in self.made:
            self.made.add(name)
            PLACES[name][1](self, place)
        return place

    def write_pages(self, folder: Path) -> None:
        """Write pages of two outlets, named so that they are read in the order of their ids."""
        Path(self.own_targets).write_text(OWN_TARGET)
        folder.mkdir()
        rng = random.Random(1)
        pages, size = self.kind.pages, COMMENTS // self.kind.pages
        for page in range(pages):
            outlet, numbers = page % 2, range(page * size + 1, (page + 1) * size + 1)
            comments = [write_comment(rng, number, outlet, self.kind) for number in numbers]
            write_page(folder / f"p{page}.html", OUTLETS[outlet], f"A plan for the {WORDS[page]}", comments, self.kind)
        run("parse", folder, "-o", "parsed.jsonl")
        for document in read_lines(Path("parsed.jsonl")):
            (folder / Path(document["source"]).name).rename(folder / f"{document['id']}.html")

    def write_lines(self, path: Path) -> None:
        """Write the documents of the pages."""
        run("parse", self.find("pages"), "-o", path)

    def write_table(self, path: Path) -> None:
        """Write the comments as a table."""
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["document", "outlet", "title", "id", "author", "posted", "parent", "text"])
            for page in read_lines(self.find("lines")):
                about = [page[name] for name in ("id", "outlet", "title")]
                names = ("id", "author", "posted", "parent", "text")
                writer.writerows([*about, *(each[name] for name in names)] for each in page["comments"])

    def write_store(self, path: Path) -> None:
        """Score the documents into a store, and label some."""
        run("score", self.find("lines"), "-o", path, *self.words())
        label(path, self)
        if self.kind.labelled:
            run("labels", "convert", path, "-o", "labels.csv")

    def write_scores(self, path: Path) -> None:
        """Take the scores of the report of the store."""
        shutil.copy(self.reference / "scores.csv", path)

    def write_bare_scores(self, path: Path) -> None:
        """Write scores without texts."""
        run("score", self.find("lines"), "-o", path, *self.words())

    def write_bundle(self, path: Path) -> None:
        """Pack the store without texts."""
        store = self.find("store")
        run("export", store, "--bundle", *self.words(store), "-o", path)

    def write_spark_folder(self, folder: Path) -> None:
        """Score the pages in two tasks, as workers of Spark do."""
        scored: Run = build(Run, {"inputs": ("pages",), **self.options(), "target": (self.kind.target.lower(),)})
        settings = run_settings.reading_settings(scored), run_settings.scoring_settings(scored)
        folder.mkdir()
        job = pickle.dumps(spark._job(scored, Log()))
        work = spark.Work(job, settings, scored.reading, (), Path.cwd(), folder.absolute())
        pages = sorted(self.find("pages").iterdir(), key=lambda path: natural_text(path.name))
        for number, part in enumerate(spark._cut(pages, 2)):
            spark.score_part(work, number, part)

    @cached_property
    def reference(self) -> Path:
        """The folder of the report of the store."""
        store, folder = self.find("store"), Path("reference")
        run("report", store, "-o", folder, *self.words(store))
        return folder

    @cached_property
    def uncorrected(self) -> Path:
        """The folder of the report of the documents without labels."""
        run("report", self.find("lines"), "-o", "uncorrected", *self.words())
        return Path("uncorrected")


PLACES: dict[str, tuple[str, Callable[[Corpus, Path], None]]] = {
    "pages": ("pages", Corpus.write_pages),
    "lines": ("lines.jsonl", Corpus.write_lines),
    "table": ("table.csv", Corpus.write_table),
    "store": ("store.db", Corpus.write_store),
    "scores": ("scores.csv", Corpus.write_scores),
    "bare scores": ("bare.csv", Corpus.write_bare_scores),
    "bundle": ("bundle.zip", Corpus.write_bundle),
    "spark": ("spark", Corpus.write_spark_folder),
}


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def label(path: Path, corpus: Corpus, *, has_articles: bool = True) -> None:
    """Draw comments, and sentences of articles, into a store, and label most of them."""
    wanted, options = {Unit.COMMENT: corpus.kind.labelled, Unit.SENTENCE: corpus.kind.sentences}, corpus.words(path)
    for unit, number in wanted.items():
        if unit is Unit.SENTENCE and not has_articles:
            refused = invoke("sample", path, "--unit", unit, *options)
            assert "no sentences found; no sentence can be drawn" in refused.output
        elif number:
            stratify = ["--stratify", "outlet"] if unit is Unit.COMMENT else []
            run("sample", path, "--n", number, "--unit", unit, *stratify, *options)
    with LabelStore.write(path, is_shared=True) as store:
        open_queues(store, (), "ann")
        drawn = sorted(store.rows("SELECT identifier, item FROM label_items"))
        items = [(number, item) for _, number in drawn if (item := store.item(number))]
        for unit, number in wanted.items():
            for place, item in [each for each in items if each[1].unit is unit][: number - 7 * (unit is Unit.COMMENT)]:
                side = next((SIDES[word] for word in re.findall(r"\w+", item.text) if word in SIDES), "not_addressed")
                answer = Stance(side) if unit is Unit.COMMENT else (Stance.AGAINST, Stance.NEUTRAL)[place % 2]
                store.record("ann", place, [Answer(pair.target, answer) for pair in item.pairs])


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Corpus]]:
    """A function that returns a corpus, in whose folder the process then works."""
    made: dict[str, Corpus] = {}

    def find(name: str) -> Corpus:
        if name not in made:
            patch.chdir(tmp_path_factory.mktemp(re.sub(r"\W", "_", name)))
            made[name] = Corpus(KINDS[name])
        patch.chdir(Path(made[name].own_targets).parent)
        return made[name]

    with pytest.MonkeyPatch.context() as patch:
        settings = tmp_path_factory.mktemp("settings")
        key = settings / "key"  # one key: pseudonyms, and so drawn comments, are the same in each run
        key.write_text("ab" * 32)
        key.chmod(0o600)
        patch.setenv("XDG_CONFIG_HOME", str(settings))
        patch.setenv("STANCE_KEY_FILE", str(key))
        yield find


def by_command(corpus: Corpus, path: Path, output: Path) -> str:
    """Write the report of an input as a command."""
    return run("report", path, "-o", output, *corpus.words(path), *labels_of(corpus, path))


def by_python(corpus: Corpus, path: Path, output: Path) -> str:
    """Write the report of an input in Python."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        stance.report(path, output=output, labels=labels_of(corpus, path)[1:], **corpus.options(path))
    return "\n".join(str(each.message) for each in caught)


def labels_of(corpus: Corpus, path: Path) -> list[str]:
    """Return the option that names the labels of an input that holds none."""
    corpus.find("store")
    return ["--labels", "labels.csv"] if corpus.kind.labelled and path.suffix not in (".db", ".zip") else []


def by_window(corpus: Corpus, path: Path, output: Path) -> str:
    """Drop an input into the window, and run what the window runs; of a store, open the folder that holds it."""

    async def parts(content: bytes) -> AsyncIterator[bytes]:
        yield content

    given, own = path.absolute(), Path(corpus.own_targets) if corpus.kind.target == "Oz" else None
    folder = output.absolute().with_name(f"{output.name} window")
    with ProjectFolder.open(folder) as project, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("STANCE_MODEL", corpus.kind.model)
        patch.setenv("STANCE_TARGET", corpus.kind.target.lower())
        window: Any = Window(project, lambda: None, own)  # type: ignore[arg-type,return-value]
        if path.suffix == ".db":
            patch.delenv("STANCE_MODEL")
            patch.delenv("STANCE_TARGET")
            shutil.copy(given, project.store)
        else:
            for each in [given] if given.is_file() else sorted(given.iterdir()):
                try:
                    name = each.relative_to(given.parent).as_posix()
                    asyncio.run(project.receive(name, parts(each.read_bytes())))
                except StanceError as error:
                    return str(error)
            read = invoke(*window.reading(window.model)[1:])
            if read.exit_code:
                return read.output
            if corpus.kind.labelled:
                label(project.store, corpus, has_articles=path.suffix != ".csv")
        window.status = read_status(project.store, 1)
        said = run(*window.outputs.drawing[1:])
        waiting = json.loads(Path("report/summary.json").read_text())["waiting"]
        assert waiting == window.status.audit.waiting == 7 * (corpus.kind.labelled > 0)
    (folder / "report").rename(output.absolute())
    return said


DIFFER_ALWAYS = re.compile(
    r"command$|^\w+\.digest$|\.command_parts\.|\.audit\.tables|methods\.\d+$|documents\.\w+\.(source|page|layout|certainty|certainties\.\w+|doubts|paragraphs|published)"
)
"""Pattern of values that name the input, or that pages alone have."""

NOT_KNOWN: dict[str, tuple[str, str]] = {
    "table": (WITHOUT_ARTICLES, ""),
    "bundle": (WITHOUT_WORDS, "a bundle holds no texts: "),
    "bare scores": (UNCORRECTED, "holds no texts: "),
}
"""Pattern of values that an input cannot know, and the line that says so."""


def values_of(folder: Path) -> dict[str, Any]:
    """Return the values of a report by their paths; documents and copies in the order of their ids."""
    found: dict[str, Any] = {}
    for name in ("summary", "comparison"):
        record = json.loads((folder / f"{name}.json").read_text())
        record["documents"] = {each["id"]: each for each in record.get("documents", ())}
        found |= dict(flat(record, name))
    return {path: value for path, value in found.items() if not DIFFER_ALWAYS.search(path)}


def flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the values in a record with their paths, and the length of each list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, f"{path}.{name}")
    elif isinstance(value, list):
        yield f"{path}.length", len(value)
        for number, inner in enumerate(value):
            yield from flat(inner, f"{path}.{number}")
    else:
        yield path, value


def differences(values: dict[str, Any], others: dict[str, Any], allowed: str = "(?!)") -> dict[str, tuple[Any, Any]]:
    """Return the values that differ, by their paths."""
    pairs = {path: (values.get(path), others.get(path)) for path in values | others if not re.search(allowed, path)}
    return {path: pair for path, pair in pairs.items() if not is_same(*pair)}


def is_same(value: Any, other: Any) -> bool:
    if isinstance(value, int | float) and isinstance(other, int | float):
        return abs(value - other) <= TOLERANCE
    return bool(value == other)


@pytest.mark.parametrize(("name", "way", "kind"), CELLS)
def test_each_cell_says_what_the_store_says(
    name: str, way: str, kind: str, corpora: Callable[[str], Corpus], tmp_path: Path
) -> None:
    corpus = corpora(kind)
    path, output = corpus.find(name), tmp_path / "out"
    said = {"command": by_command, "python": by_python, "window": by_window}[way](corpus, path, output)
    if way == "window" and name in NOT_IN_THE_WINDOW:
        assert NOT_IN_THE_WINDOW[name] in said
        assert not output.exists()
        return
    allowed, line = NOT_KNOWN.get(name, ("(?!)", ""))
    assert line in said
    if corpus.kind.sentences and way != "window":
        assert ("labels of sentences is of an article" in said) == (name in ("table", "bare scores"))
    expected = corpus.uncorrected if name == "bare scores" else corpus.reference
    assert differences(values_of(expected), values_of(output), allowed) == {}
    if way == "command":
        assert "computed again; all equal" in run("verify", output)


NOT_IN_THE_WINDOW = {
    "scores": "scores, not comments",
    "bare scores": "scores, not comments",
    "bundle": "a zip archive",
    "spark": ".db is no page",
}
"""Words: what the window says of an input that it does not read."""


HOLDS: dict[str, Callable[[Any], bool]] = {
    "labels": lambda record: any(level["ahead"] for level in record["findings"][0]["levels"]),
    "labels of sentences": lambda record: record["articles"]["russia"][0]["lean"]["labels"] > 50,
    "copies": lambda record: "are one text, so no difference and no lead is claimed" in str(record["findings"]),
    "loud author": lambda record: "One author wrote" in str(record["findings"]),
    "own target": lambda record: record["targets"] == [{"id": "oz", "label": "Oz"}],
    "two languages": lambda record: {each["method"] for each in record["sentiment"]} == {"vader", "learned"},
}
"""What the record of the report of a corpus must hold."""


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[pytest.mark.xdist_group(kind), *[pytest.mark.matrix] * (kind not in ALWAYS)])
     for kind in KINDS],
)  # fmt: skip
def test_a_corpus_has_what_is_compared(kind: str, corpora: Callable[[str], Corpus]) -> None:
    record = json.loads((corpora(kind).reference / "summary.json").read_text())
    methods = {share["method"] for share in record["whole"]["shares"]}
    assert (record["waiting"] == 7) == (kind != "no labels")
    if kind == "no labels":
        assert methods == {"model"}
    else:
        assert "corrected" in methods
        assert HOLDS[kind](record)

"""One answer, whichever way in: every input, by the command line, in Python and in the window."""

import csv
import html
import json
import pickle
import random
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import stance
from stance.app import ProjectFolder
from stance.app.window import Window
from stance.cli import app
from stance.datamodels import Stance, Unit
from stance.engines import updating
from stance.log import Log
from stance.reading.text import natural_text
from stance.run import Run, build
from stance.store.labels import Answer, LabelStore, open_queues

WORDS = """tractor window harbor pencil garden silver market bridge winter yellow coffee river engine candle mirror
ladder pepper basket carpet button orange kitchen copper violin summer tunnel jacket rocket pillow cotton doctor
teacher island valley forest meadow castle museum theatre station airport ticket luggage passport hotel blanket spoon
bottle butter cheese tomato onion potato cherry lemon apple peach walnut rabbit turtle donkey pigeon eagle salmon
lobster spider hammer needle thread leather marble gravel cement timber canvas ribbon velvet pocket collar sleeve
helmet saddle anchor paddle whistle trumpet guitar piano drummer dancer singer painter sculptor printer keyboard monitor
battery lantern chimney curtain cupboard drawer wardrobe mattress bucket shovel fence gate orchard vineyard harvest
barley wheat clover daisy tulip orchid maple willow cedar poplar""".split()

CHILD, AFTER_CHILD = '<ol class="children">', "</li></ol></li>"

PAGES, COMMENTS = 8, 26


@dataclass(frozen=True)
class Kind:
    """What is in a corpus, and how it is scored."""

    labelled: int = 120
    sentences: int = 0
    copies: bool = False
    loud: bool = False
    target: str = "Russia"
    german: bool = False


KINDS = {
    "no labels": Kind(labelled=0),
    "labels": Kind(),
    "sentences": Kind(sentences=20),
    "copies": Kind(copies=True),
    "loud author": Kind(loud=True),
    "own target": Kind(target="Oz"),
    "two languages": Kind(german=True),
}
SIDES = {"right": "favor", "wrong": "against", "Recht": "favor", "Unrecht": "against"}
INPUTS = ("table", "pages", "lines", "store", "scores", "bundle", "spark")
WAYS = ("command", "python", "window")


def run(*words: object, code: int = 0) -> str:
    """Run a command; return all that it printed."""
    result = CliRunner().invoke(app, [str(each) for each in words])
    assert result.exit_code == code, result.output
    return result.output


def write_page(path: Path, outlet: str, title: str, comments: list[tuple[str, str, str]], target: str) -> None:
    """Write a page of a weblog: author, time and text of each comment."""
    rng = random.Random(title)
    items = "".join(
        f'<li class="comment" id="comment-{n}"><div class="comment-author"><b class="fn">{author}</b> '
        f'<span class="says">says:</span></div><div class="comment-meta"><time datetime="{time}">{time}</time></div>'
        f'<div class="comment-content"><p>{html.escape(text)}</p></div>{CHILD if n % 5 == 3 else AFTER_CHILD if n % 5 == 4 else "</li>"}'
        for n, (author, time, text) in enumerate(comments, 1)
    )
    body = "".join(
        f"<p>{' '.join(rng.sample(WORDS, 12)).capitalize()} were mentioned on Monday. {target} said that it had other plans "
        f"for the {' '.join(rng.sample(WORDS, 9))}.</p>" for _ in range(3)
    )  # fmt: skip
    head = f'<title>{title}</title><meta property="og:site_name" content="{outlet}">'
    head += '<meta property="article:published_time" content="2023-12-01T08:00:00Z">'
    path.write_text(
        f'<html lang="en"><head>{head}</head><body><article class="post"><h1>{title}</h1>{body}</article>'
        f'<div id="comments"><ol class="comment-list">{items}</ol></div></body></html>'
    )


def write_pages(folder: Path, kind: Kind) -> None:
    """Write pages of two outlets."""
    rng, number = random.Random(1), 0
    folder.mkdir()
    for page in range(PAGES):
        outlet, comments = page % 2, []
        for _ in range(COMMENTS):
            number += 1
            is_right = rng.random() < (0.25, 0.75)[outlet]
            words = rng.sample(WORDS, 11)
            text = f"{words[0]} or {words[1]}: {kind.target} is {'right' if is_right else 'wrong'} about the {' '.join(words[2:])}."
            if kind.german and number % 3 == 0:
                text = f"Ich finde, {kind.target} hat mit der Sache Nummer {number} ganz {'Recht' if is_right else 'Unrecht'}, {', '.join(words)}."
            if number % 7 == 0:
                text = f"The {words[0]} and the {words[1]} near my {words[2]} are {words[3]}, as the {' '.join(words[4:])} was."
            if kind.copies and outlet and rng.random() < 0.25:
                text = f"Share this everywhere: {kind.target} is right, whatever the papers say about the bridge."
            text = f"{kind.target} is {'right' if is_right else 'wrong'}." if number % 11 == 0 else text
            author = "Anonymous" if number % 13 == 0 else f"Reader {rng.randrange(60)}"
            if kind.loud and outlet and rng.random() < 0.4:
                author = "Reader loud"
            time = datetime(2024, 1 + page // 2, 11, 10, tzinfo=UTC) + timedelta(minutes=number)
            comments.append((author, time.isoformat(), text))
        write_page(folder / f"p{page}.html", ("Herald", "Courier")[outlet], f"A plan for the {WORDS[page]}", comments, kind.target)


def label_store(path: Path, kind: Kind) -> None:
    """Draw comments, and sentences of articles, into a store, and label most of them."""
    if not kind.labelled:
        return
    run("sample", path, "--n", kind.labelled, "--stratify", "outlet", *kind_options(kind, path))
    if kind.sentences:
        run("sample", path, "--n", kind.sentences, "--unit", "sentence", *kind_options(kind, path))
    with LabelStore.write(path, is_shared=True) as store:
        open_queues(store, (), "ann")
        rows = sorted(store.rows("SELECT identifier, item FROM label_items"))
        items = [(number, item) for _, number in rows if (item := store.item(number))]
        for unit, most in ((Unit.COMMENT, kind.labelled - 7), (Unit.SENTENCE, kind.sentences)):
            for number, item in [each for each in items if each[1].unit is unit][:most]:
                words = item.text.replace(",", "").replace(".", "").split()
                side = next((side for word, side in SIDES.items() if word in words), "not_addressed")
                answer = Stance(side if unit is Unit.COMMENT else "against")
                store.record("ann", number, [Answer(pair.target, answer) for pair in item.pairs])


def kind_options(kind: Kind, given: object = "") -> list[str]:
    own = ["--targets", "own.toml"] if kind.target == "Oz" else []
    return own if str(given).endswith((".db", ".zip")) else [*own, "--target", kind.target.lower()]


def write_inputs(folder: Path, kind: Kind) -> None:
    Path("stance.toml").write_text('model = "light"\n')
    Path("own.toml").write_text('[[targets]]\nid = "oz"\nlabel = "Oz"\naliases = ["Oz"]\n')
    write_pages(folder / "pages", kind)
    run("parse", "pages", "-o", "lines.jsonl")
    for line in Path("lines.jsonl").read_text().splitlines():  # so that pages are read in the order of their ids
        document = json.loads(line)
        Path(document["source"]).rename(folder / "pages" / f"{document['id']}.html")
    run("parse", "pages", "-o", "lines.jsonl")
    documents = [json.loads(line) for line in Path("lines.jsonl").read_text().splitlines()]
    with Path("table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["document", "id", "outlet", "title", "author", "posted", "parent", "text"])
        for each in documents:
            for comment in each["comments"]:
                writer.writerow([each["id"], comment["id"], each["outlet"], each["title"], comment["author"], comment["posted"], comment["parent"], comment["text"]])
    options = kind_options(kind)
    run("score", "pages", "-o", "store.db", *options)
    label_store(Path("store.db"), kind)
    if kind.labelled:
        run("labels", "convert", "store.db", "-o", "labels.csv")
    run("export", "store.db", "--bundle", *kind_options(kind, "store.db"), "-o", "bundle.zip")
    run("report", "pages", "-o", "of_pages", *options, *labels_of(kind))
    shutil.copy("of_pages/scores.csv", "scores.csv")
    write_spark_folder(kind)


def write_spark_folder(kind: Kind) -> None:
    """Score the pages in two tasks, as workers of Spark do."""
    given = {"inputs": ("pages",), "model": "light", "target": [kind.target.lower()]}
    run_: Run = build(Run, given | ({"targets": "own.toml"} if kind.target == "Oz" else {}))
    settings, folder = (updating.reading_settings(run_), updating.scoring_settings(run_)), Path("spark").absolute()
    folder.mkdir()
    job = pickle.dumps(updating._job(run_, Log()))
    work = updating.Work(job, settings, run_.reading, (), Path.cwd(), folder)
    for number, pages in enumerate(updating._cut(sorted(Path("pages").iterdir(), key=lambda path: natural_text(path.name)), 2)):
        updating.score_part(work, number, pages)


def labels_of(kind: Kind, given: object = "") -> list[str]:
    return ["--labels", "labels.csv"] if kind.labelled and not str(given).endswith((".db", ".zip")) else []


NAMES = {"table": "table.csv", "pages": "pages", "lines": "lines.jsonl", "store": "store.db", "scores": "scores.csv", "bundle": "bundle.zip", "spark": "spark"}


def by_command(name: str, kind: Kind, output: Path) -> str:
    given = NAMES[name]
    return run("report", given, "-o", output, *kind_options(kind, given), *labels_of(kind, given))


def by_python(name: str, kind: Kind, output: Path) -> str:
    given = NAMES[name]
    options: dict[str, Any] = {"output": output}
    if kind.target == "Oz":
        options["targets"] = "own.toml"
    if not given.endswith((".db", ".zip")):
        options |= {"model": "light", "target": [kind.target.lower()]}
        if kind.labelled:
            options["labels"] = ["labels.csv"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        stance.report(given, **options)
    return "\n".join(str(each.message) for each in caught)


def by_window(name: str, kind: Kind, output: Path) -> str:
    """Run what the window runs, in its folder."""
    given, own = Path(NAMES[name]).absolute(), Path("own.toml").absolute()
    with ProjectFolder.open(output.with_name(output.name + "-window")) as project, pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.folder)
        Path("stance.toml").write_text('model = "light"\n')
        Path("own.toml").write_bytes(own.read_bytes())
        window = Window(project, None, lambda: None, print, own if kind.target == "Oz" else None)
        said = ""
        if name == "store":
            shutil.copy(given, project.store)
        else:
            (shutil.copytree if given.is_dir() else shutil.copy)(given, project.files / given.name)
            words = [*window.reading(window.model)[1:], "--target", kind.target.lower()]
            result = CliRunner().invoke(app, words)
            if result.exit_code:
                return result.output
            said += result.output
            label_store(project.store, kind)
        window.status = project.status(10)
        said += run(*window.drawing[1:])
        summary = json.loads((project.folder / "report/summary.json").read_text())
        assert summary["waiting"] == window.status.waiting
    shutil.copytree(project.folder / "report", output)
    return said


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from flat(each, f"{path}.{name}")
    elif isinstance(value, list):
        yield f"{path}.#", len(value)
        for n, each in enumerate(value):
            yield from flat(each, f"{path}.{n}")
    else:
        yield path, value

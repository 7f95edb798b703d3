"""What a stranger wrote, in every field of every input, comes alive in no output.

Each verb is run twice: on harmless texts and on attacks in the same places. Whatever markup the second output has that
the first has not was written by the attacker.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from zipfile import ZipFile

import pytest
import typer.testing

from tests.support.commands import invoke
from tests.support.tables import table, write_rows

ATTACKS = table("hostile_outputs", "cases")["ATTACKS"]
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
HARMLESS = dict.fromkeys(ATTACKS, "two words")

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
INERT = {("td", "colspan"), ("span", "aria-hidden"), ("br", ""), ("ul", ""), ("ul", "class")}
"""What pages of attacks show that those of harmless texts have no reason to."""

ADDRESS = re.compile(r"(?:(?:/|#)?[\w%.-][\w%.#?=&/-]*|data:,|data:(?:image/svg\+xml|text/csv);base64,[\w+/=]+)?")
"""Of a place in the page, a page beside it, the icon that is none, files of charts; no other site, and no program."""

LOADS = ("src", "href", "action", "formaction", "srcdoc", "data", "poster", "background")
LIGHT = ("--model", "light")
NAMES = {"id", "document", "outlet", "title", "author", "parent", "posted", "my column"}


class Markup(HTMLParser):
    """What a browser would act on: elements with their attributes, addresses, and programs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[tuple[str, str]] = set()
        self.addresses: set[str] = set()
        self.programs: list[str] = []
        self._inside: str | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.elements |= {(tag, name) for name in ("", *names)}
        self.addresses |= {value or "" for name, value in attrs if name in LOADS}
        self._inside = f"{tag} {names.get('type', '')}" if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside == "script application/json":
            assert "<" not in data
            json.loads(data)
        elif self._inside:
            self.programs.append(data)


pytestmark = pytest.mark.usefixtures("own_settings")


def run(*arguments: str | Path, codes: Sequence[int] = (0, 3)) -> typer.testing.Result:  # type: ignore[name-defined]
    """Run a verb; nothing that it prints moves the cursor or turns a line."""
    result = invoke(*arguments)
    assert result.exit_code in codes, result.output
    for printed in (result.stderr, result.stdout):
        assert all(char == "\n" or char.isprintable() for char in printed), repr(printed)
        assert not TURNING.search(printed)
    return result


def comments(texts: dict[str, str]) -> Iterator[dict[str, str]]:
    """Rows in which every field holds one of the texts; enough of each outlet to be compared."""
    for number, text in enumerate(texts.values()):
        for again in range(2):
            fields = dict.fromkeys(NAMES, text) | {"id": f"{text}{number}{again}", "posted": "2024-02-01"}
            fields["outlet"] = f"{text} {number % 2}"
            yield fields | {"text": f"{text} NATO is a threat to us all, Russia is right, number {number}{again}"}


def write_tables(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    return write_rows(folder / "comments.jsonl", comments(texts))


def write_page(folder: Path, texts: dict[str, str]) -> Path:
    """A saved page with each text as title, author, address and comment, and in its own name."""
    from html import escape

    def place(number: int, text: str) -> str:
        said = escape(text)
        return (
            f'<li id="comment-{number}" class="comment"><div class="comment-body"><div class="comment-author vcard">'
            f'<a class="url" href="{said}"><cite class="fn">{said}</cite></a></div><div class="comment-meta">'
            f"2 hours ago</div><div class=comment-content><p>{said} NATO is a threat.</p></div></div></li>"
        )

    title = escape(texts["markup"])
    name = "<img src=x onerror=alert(9)>.html" if texts is ATTACKS else "page.html"
    path = folder / name
    path.write_text(
        f'<!doctype html><html><head><title>{title}</title><link rel="canonical" href="{escape(texts["address"])}">'
        f'<meta property="og:site_name" content="{title}"><meta name="author" content="{title}"></head>'
        f"<body><article><h1>{title}</h1><p>{title} A council met on Tuesday and talked of NATO for two hours.</p>"
        f'</article><ol class="comment-list">{"".join(map(place, range(99), texts.values()))}</ol></body></html>',
        "utf-8",
    )
    return path


def write_labels(folder: Path, texts: dict[str, str]) -> Path:
    """Two annotators who differ on every third row, all fields an attack, targets too."""
    rows = []
    for (number, row), annotator in product(enumerate(comments(texts)), "ab"):
        label = ("favor", "against")[(number + (annotator == "b" and number % 3 == 0)) % 2]
        said = {"annotator": f"{row['title']}{annotator}", "note": row["title"], "lang": "en", "label": label}
        rows.append(row | said | {"target": f"{row['title']}t" if number % 2 else "nato"})
    return write_rows(folder / "labels.jsonl", rows)


def write_targets(folder: Path, text: str) -> Path:
    path = folder / "targets.toml"
    path.write_text(f'[[targets]]\nid = "nato"\nlabel = {json.dumps(text)}\naliases = ["NATO"]\n', "utf-8")
    return path


def write_pages(folder: Path, texts: dict[str, str]) -> None:
    """Make every page there is from these texts."""
    given = folder / "given"
    table, page = write_tables(given, texts), write_page(given, texts)
    targets, labels = write_targets(given, texts["markup"]), write_labels(given, texts)
    run("report", table, page, *LIGHT, "--targets", targets, "--names", "-o", folder / "report")
    run("compare", table, *LIGHT, "--by", "my column", "--targets", targets, "-o", folder / "comparison")
    run("sample", table, *LIGHT, "--n", "20", "--targets", targets, "-o", folder / "sample.csv")
    run("evaluate", labels, "--model", "vader")


def write_records(folder: Path) -> None:
    """Make what a spreadsheet or a terminal shows, from what lies in the folder."""
    given = folder / "given"
    table, targets, labels = given / "comments.jsonl", given / "targets.toml", given / "labels.jsonl"
    run("score", table, *LIGHT, "--targets", targets, "--names", "-o", folder / "scores.csv")
    run("score", folder / "scores.csv", "-o", folder / "scores.jsonl")
    run("targets", targets)
    run("labels", "check", labels)
    run("labels", "convert", labels, "-o", folder / "converted.csv", "--names")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of what was made from harmless texts and from attacks."""
    folder = tmp_path_factory.mktemp("outputs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        for name, texts in (("harmless", HARMLESS), ("hostile", ATTACKS)):
            write_pages(folder / name, texts)
        write_records(folder / "hostile")
    return folder / "harmless", folder / "hostile"


def written(folder: Path, pattern: str) -> list[Path]:
    """Give the files that verbs wrote, without those that they read."""
    return sorted(path for path in folder.rglob(pattern) if path.parent.name != "given")


def pages_of(folder: Path) -> dict[str, list[Markup]]:
    """Give the pages of each kind; those of documents are called by digests."""
    pages: dict[str, list[Markup]] = {}
    for path in written(folder, "*.html"):
        kind = re.sub(r"[0-9a-f]{16}", "document", f"{path.parent.name}/{path.name}").removeprefix(f"{folder.name}/")
        pages.setdefault(kind, []).append(Markup(path.read_text("utf-8")))
    return pages


def test_no_markup_of_a_stranger_comes_alive(outputs: tuple[Path, Path]) -> None:
    harmless, hostile = map(pages_of, outputs)
    assert harmless.keys() == hostile.keys()
    assert len(hostile) == 6
    for kind, pages in hostile.items():
        known = harmless[kind]
        programs = {program for each in known for program in each.programs}
        elements = {element for each in known for element in each.elements}
        for page in pages:
            assert {*page.programs} <= programs, kind
            assert page.elements - elements <= INERT | {("details", "open"), ("section", "id"), ("a", "title")}, kind
            assert [address for address in page.addresses if not ADDRESS.fullmatch(address)] == [], kind


def test_no_cell_is_a_formula(outputs: tuple[Path, Path]) -> None:
    seen = 0
    for path in written(outputs[1], "*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                for cell in row:
                    seen += "cmd" in cell or "HYPERLINK" in cell
                    number = re.fullmatch(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", cell)
                    assert number or not cell.startswith(FORMULAS), (path.name, cell)
                    assert not CONTROLS.search(cell), (path.name, cell)
    assert seen > 100


def test_records_are_json_without_control_characters(outputs: tuple[Path, Path]) -> None:
    for path in [*written(outputs[1], "*.json"), outputs[1] / "scores.jsonl"]:
        text = path.read_text("utf-8")
        assert not CONTROLS.search(text), path
        for part in [text] if path.suffix == ".json" else text.splitlines():
            json.loads(part, parse_constant=lambda name: pytest.fail(name))


@pytest.mark.parametrize("kind", ["escapes", "rich", "markup"])
def test_messages_about_files_and_columns_stay_on_their_line(tmp_path: Path, kind: str) -> None:
    text = ATTACKS[kind].replace("/", "")
    bad = tmp_path / f"{text}.csv"
    bad.write_text(f"{json.dumps(text)},b\n1,2\n", "utf-8")
    for arguments in (
        ["score", bad],
        ["report", bad, "-o", tmp_path / "r"],
        ["labels", "check", bad],
        ["targets", bad],
    ):
        result = run(*arguments, codes=(1, 2))
        assert len([line for line in result.stderr.splitlines() if line]) == 1
    run("score", bad, "--model", text, codes=(1, 2))
    run("score", bad, "--target", text, codes=(1, 2))
    run("compare", bad, "--by", text, "-o", tmp_path / "c", codes=(1, 2))


def test_nothing_is_turned_round_or_covered_by_marks_in_any_output(tmp_path: Path) -> None:
    turned = "".join(map(chr, (*range(0x202A, 0x202F), 0x2066, 0x2067)))
    odd = f"T{turned}om a{chr(0x301) * 300}b"
    people = "".join(
        f'<li class="comment" id="comment-{n}"><b class="fn">{odd} {n}</b><div class="comment-content"><p>{odd} Russia'
        f" &#x202e;&#8238; {'&#769;' * 300}is right, says number {n}.</p></div></li>"
        for n in range(30)
    )
    head = f'<title>{odd}</title><meta property="og:site_name" content="{odd}">'
    page = (
        f'<html lang="en"><head>{head}</head><body><article>'
        f"<h1>{odd}</h1><p>{odd} Officials spoke of NATO and Russia on Monday, and went home.</p></article>"
        f'<h2>30 comments</h2><ol class="comment-list">{people}</ol></body></html>'
    )
    (tmp_path / f"{turned}lmth.html").write_text(page, encoding="utf-8")
    table = f"text,author,outlet\n{odd} Russia is wrong.,{odd},{odd}\n"
    (tmp_path / f"{turned}vsc.csv").write_text(table, encoding="utf-8")
    inputs, out, more = [*tmp_path.iterdir()], tmp_path / "out", [*LIGHT, "--key-file", tmp_path / "key"]
    said = [invoke("report", *inputs, "--names", *more, "-o", out).output]
    said += [invoke("score", *inputs, *more, "-o", out / name).output for name in ("s.csv", "s.jsonl", "s.db")]
    said += [invoke("export", out / "s.db", "-o", out / name).output for name in ("s.xlsx", "s.qdpx", "s.gexf")]
    written = [each.read_bytes() for each in out.rglob("*") if each.is_file() and each.suffix not in (".xlsx", ".qdpx")]
    for name in ("s.xlsx", "s.qdpx"):
        with ZipFile(out / name) as packed:
            written += map(packed.read, packed.namelist())
    assert len(written) > 10
    for each in (*said, *(each.decode("utf-8", "ignore") for each in written)):
        assert not re.search(f"[{turned}]|{chr(0x301)}{{5}}", each)

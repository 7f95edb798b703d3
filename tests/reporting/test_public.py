"""Public reports: nothing in them is about one person."""

import csv
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from lxml import html
from scipy.optimize import Bounds, LinearConstraint, milp

import stance
from stance.aggregation.audit_labels import AuditLabels
from stance.aggregation.pages import summarise_page
from stance.comparison.comparing import ComparisonTally
from stance.datamodels import SIDES, Comment, Document, LabelledComment, Stance
from stance.exceptions import ConfigError
from stance.log import Log
from stance.pseudonyms import KEY_FILE
from stance.reporting.comparison import write_comparison
from stance.reporting.public.counts import LEAVES
from stance.reporting.public.records import public_comparison
from stance.reporting.public.report import PublicReportWriter
from stance.runs.public_reports import check_equal, keep_release, protect_counts
from tests.support.commands import invoke
from tests.support.report_samples import MODEL, score, sums_of_page
from tests.support.tables import write_rows

WORDS = "the harbour was full of ships and nobody there would say whose ships they were"


def page(number: int, outlet: str, sides: Mapping[str, int], people: Mapping[str, int] | None = None) -> Document:
    """A page with so many comments of each side toward Russia, by as many authors, and a few that say nothing of it.

    :param sides: A side, or a side and a month after a blank.
    :param people: Number of authors of each; 0: one person, who writes everywhere.
    """
    name, comments, scores = f"{number:016x}", [], []
    for key, n in sides.items():
        side, month = (*key.split(), "2026-01")[:2]
        for own in range(n):
            most = n if people is None else people[key]
            who = f"{number} {key} {own % most}" if most else "everywhere"
            text, comment = f"{key} {own} on page {number}: {WORDS}.", f"c{len(comments)}"
            comments.append(Comment(comment, text, author=f"Secret Person {who}", posted=f"{month}-02"))
            scored = score(name, comment, "russia", Stance(side), author=f"reader-{who}")
            scores.append(replace(scored, outlet=outlet, posted=f"{month}-02"))
    facts: Any = {"title": f"Page {number}", "comments": tuple(comments), "scores": tuple(scores)}
    return Document(name, f"/home/somebody/{number}.html", outlet, **facts)


PAGES = (
    page(1, "Post", {"favor": 9, "against": 3, "neutral": 0, "not_addressed": 7}),
    page(2, "Post", {"favor": 20, "against": 14, "neutral": 6, "not_addressed": 30}),
    page(3, "Post", {"favor": 12, "against": 11, "neutral": 5, "not_addressed": 9}),
    page(4, "Herald", {"favor": 2, "against": 1, "neutral": 0, "not_addressed": 0}),
    page(5, "Herald", {"favor": 31, "against": 8, "neutral": 7, "not_addressed": 40}),
    page(6, "Herald", {"favor": 5, "against": 40, "neutral": 9, "not_addressed": 12}),
)


FORMER = ("scores.csv", "discourse.html", "readings.html", "comparison-scores.csv")
"""Words: names of files of a report that was not public."""


def groups_of(
    pages: tuple[Document, ...] = PAGES, by: str = "outlet", audit: AuditLabels | None = None
) -> ComparisonTally:
    tally = ComparisonTally(("russia",), by=by, audit=audit)
    for each in pages:
        tally.add(each.scores, each)
    return tally


def write(folder: Path, pages: tuple[Document, ...] = PAGES) -> dict[str, Any]:
    targets, groups = (("russia", "Russia"),), groups_of(pages)
    with PublicReportWriter(folder, targets=targets, model=MODEL) as writer:
        for each in pages:
            writer.add(each, summarise_page(sums_of_page(each.scores, ("russia",))))
        whole = groups.total()
        sent = {"endpoint": "https://models.example", "texts": 3, "cached": 1}
        writer.cells = protect_counts(groups)
        writer.finish(groups.summaries(()), [], groups.comparison(), whole=whole, sent=sent)
    return dict(json.loads((folder / "summary.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("public")
    for name in FORMER:
        (place / name).write_text("Secret Person\n")
    write(place)
    return place


def test_the_report_names_nobody_and_quotes_nothing(folder: Path) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()))
    assert not re.search("Secret Person|reader-|/home/somebody|harbour", text)
    assert not list(html.fromstring(text).iterfind(".//q"))
    assert not [name for name in FORMER if (folder / name).exists()]


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a record, with where it stands."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from numbers(each, f"{path}/{key}")
    elif isinstance(value, list):
        for each in value:
            yield from numbers(each, path)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, value


COUNTED = re.compile(r"/(comments|addressed|n|authors|labelled|texts|cached)$|/counts/|/addressed/")


def test_no_count_of_comments_or_authors_is_one_to_four(folder: Path) -> None:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    counts = [(path, n) for path, n in numbers(summary) if COUNTED.search(path)]
    assert len(counts) > 50
    assert not [(path, n) for path, n in counts if 0 < n < 5]


def test_what_is_hidden_is_null_with_a_sign_on_the_page(folder: Path) -> None:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    first = summary["documents"][0]["targets"][0]
    assert first["counts"]["against"] is None
    assert summary["documents"][3]["comments"] is None
    text = html.parse(folder / summary["documents"][0]["page"]).getroot().text_content()
    assert "<5" not in text
    assert "withheld" in text
    few = html.parse(folder / summary["documents"][3]["page"]).getroot().text_content()
    assert "a withheld number of comments" in few
    assert "withheld comments" not in few
    assert "Public version." in text


Row = tuple[str, str]
"""A page, a group or all: what a number is of."""

ALL = ("all", "")
LABELS = (*SIDES, Stance.NOT_ADDRESSED)


MONTHS = ("2026-01", "2026-02")


class World(NamedTuple):
    """Pages of comments in two months, by people, and labels of persons."""

    outlets: list[int]  # of each page
    people: Any  # shape (pages, 2, 4), in the order of LEAVES: as of :func:`page`
    counts: Any  # of the same shape: comments by the model
    read: Any  # the same by the labels of persons; 0: there are none
    labels: Any  # shape (3,): comments with a label, by outlet

    @property
    def vector(self) -> Any:
        """All that somebody may want to know."""
        return np.concatenate([np.ravel(self.counts), np.ravel(self.read), self.labels])

    def like(self, vector: Any) -> "World":
        """Return the world of a vector."""
        counts, read, labels = np.split(vector, np.cumsum([np.size(self.counts), np.size(self.read)]))
        shape = np.shape(self.counts)
        return World(self.outlets, self.people, counts.reshape(shape), read.reshape(shape), labels)

    def pages(self) -> tuple[Document, ...]:
        """Return the documents."""
        keys = [f"{side} {month}" for month, side in product(MONTHS, map(str, LABELS))]
        tables = self.counts, self.people
        rows = [[dict(zip(keys, np.ravel(row).tolist(), strict=True)) for row in table] for table in tables]
        return tuple(
            page(number, f"Outlet {outlet}", *row)
            for number, (outlet, *row) in enumerate(zip(self.outlets, *rows, strict=True))
        )

    def labelled(self, pages: tuple[Document, ...]) -> Iterator[LabelledComment]:
        """Yield the labels of persons, of comments at equal distances."""
        is_read, number = np.any(self.read), Counter[int]()
        for outlet, document, row in zip(self.outlets, pages, self.read, strict=True):
            own = np.repeat(LABELS * 2, np.ravel(row)) if is_read else [each.stance for each in document.scores]
            share = self.labels[outlet] / max(1, self.counts[np.equal(self.outlets, outlet)].sum())
            for comment, label in zip(document.comments, own, strict=False):
                number[outlet] += 1
                if int(number[outlet] * share + 1e-9) > int((number[outlet] - 1) * share + 1e-9):
                    name = comment.comment_id, document.document_id
                    yield LabelledComment(comment.text, "russia", label, *name, probability=float(share))

    def write(self, folder: Path) -> dict[str, bytes]:
        """Write a public report and its comparison into one folder; return all files."""
        targets, pages = (("russia", "Russia"),), self.pages()
        labelled = [*self.labelled(pages)]
        audits = [AuditLabels(labelled) if labelled else None for _ in range(2)]
        tally = groups_of(pages, audit=audits[0])
        compared, whole = tally.comparison(), tally.total()
        audit = dict.fromkeys(("labels", "matched"), len(labelled)) if labelled else None
        with PublicReportWriter(folder, targets=targets, model=MODEL) as writer:
            for each in pages:
                writer.add(each, summarise_page(sums_of_page(each.scores, ("russia",), audits[1], each)))
            writer.cells = protect_counts(tally)
            writer.finish(tally.summaries(()), [], deepcopy(compared), whole=deepcopy(whole), audit=audit)
        with suppress(ConfigError):  # all groups are of too few people
            compared = public_comparison(compared | {"audit": audit}, writer.cells)
            check_equal(compared, folder)
            write_comparison(compared, folder, targets=targets, model=MODEL)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def forms(self) -> dict[tuple[Row, str], Any]:
        """Return what can be counted, as sums over the vector."""
        pages, outlets = range(len(self.outlets)), sorted({*self.outlets})
        everything = [*product(pages, range(2))]
        groups = {f"Outlet {outlet}": [n for n in everything if self.outlets[n[0]] == outlet] for outlet in outlets}
        groups |= {month: [n for n in everything if n[1] == number] for number, month in enumerate(MONTHS)}
        rows = {("page", f"{number:016x}"): [(number, 0), (number, 1)] for number in pages} | {ALL: everything}
        rows |= {("group", name): cells for name, cells in groups.items()}
        parts = {side: [side] for side in LEAVES} | {"addressed": LEAVES[:3], "comments": LEAVES}
        places = {(*n, side): at for at, (n, side) in enumerate(product(everything, LEAVES))}
        size = len(places)
        sums = {
            (row, name + what): [places[*cell, side] + size * bool(name) for cell in cells for side in sides]
            for row, cells in rows.items() for what, sides in parts.items() for name in ("", "read ")
        }  # fmt: skip
        sums |= {(("group", f"Outlet {outlet}"), "labels"): [2 * size + outlet] for outlet in outlets}
        sums[ALL, "labels"] = [2 * size + outlet for outlet in outlets]
        return {place: np.isin(np.arange(len(self.vector)), cells).astype(int) for place, cells in sums.items()}

    def small(self) -> dict[tuple[Row, str], Any]:
        """Return the counts of fewer than five comments or people, as sums over the vector."""
        writers = [{(n,) if people else () for n in range(people or 1)} for people in np.ravel(self.people)]
        own = [
            {(cell // 8, cell, *name) if name else () for name in names if (*name, 0)[0] < n}
            for cell, (names, n) in enumerate(zip(writers, np.ravel(self.counts), strict=True))
        ]
        few = {}
        for (row, what), form in self.forms().items():
            people = set().union(*(own[cell] for cell in np.flatnonzero(form[: len(own)])))
            number = form @ self.vector
            is_few = number < 5 or (what in (*LEAVES, "addressed", "comments") and len(people) < 5)
            few |= {(row, what): form} if number and is_few else {}
        return few


def shown_numbers(files: Mapping[str, bytes]) -> Iterator[tuple[Row, str, int | None]]:
    """Every number of comments or labels of the records: what it is of, what it counts, and itself; None: as it is."""
    records = [json.loads(files[name]) for name in ("summary.json", "comparison.json") if name in files]
    parts, groups = [], [group for record in records for group in record["groups"]]
    for whole in (record for record in records if "documents" in record):
        parts += [(("page", each["id"]), each["comments"], each["targets"][0]) for each in whole["documents"]]
        parts.append((ALL, whole["totals"]["comments"], whole["totals"]["targets"][0]))
        groups.append(whole["whole"])
    for group in groups:
        row = ALL if group["group"] == "all" else ("group", group["group"])
        own = {key: group[key]["russia"] for key in ("counts", "addressed")} | {"shares": group["shares"]}
        parts.append((row, group["comments"], own))
        labelled = {group["labelled"].get("russia"), *(share["labelled"] for share in group["shares"])}
        yield from [(row, "labels", n) for n in labelled - {None}]
    for row, comments, own in parts:
        given = [("comments", comments), ("addressed", own["addressed"]), *own["counts"].items()]
        yield from [(row, what, n) for what, n in given if n is not None]
        for share in own["shares"]:
            if share["all_labelled"]:  # it is a number of comments divided by another
                yield from [(row, f"read {share['stance']}", None), (row, "read addressed", share["n"])]
    for record in records:
        yield from [(ALL, "labels", n) for n in (record["audit"] or {}).values() if n is not None]


COUNTS = ("articles", "comments", "authors", "n", "counted", "labelled")
IN_WORDS = re.compile(
    r"(?<!fewer than )(?<!at least )\b(\d[\d,]*) (?:of (\d[\d,]*) )?(?:comments?|labels?|articles?|authors?|people)\b"
)


def unrecorded(files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Numbers on pages and in tables that no record holds; they are in no other check."""
    records = [json.loads(data) for name, data in files.items() if name.endswith(".json")]
    known = {0, *(n for record in records for _, n in numbers(record))}
    for record in records:
        known |= {len(record["groups"]), len(record["differences"])}
        known |= {sum(each[name] or 0 for each in record["groups"]) for name in ("articles", "comments")}
    stated = [(name, n) for line in csv.DictReader(files.get("shares.csv", b"").decode().splitlines())
              for name, n in line.items() if name in COUNTS]  # fmt: skip
    for name, data in files.items():
        if not name.endswith(".html"):
            continue
        tree = html.fromstring(data)
        for part in tree.xpath("//script | //style | //*[@id='limits']"):  # the model's own figures
            part.drop_tree()
        cells = tree.xpath(".//data[not(starts-with(following::text()[1], ' more sentence'))]/@value")
        said = [n for pair in IN_WORDS.findall(tree.text_content()) for n in pair]
        stated += [(name, n) for n in (*cells, *said)]
    return [(name, n) for name, n in stated if re.fullmatch(r"\d[\d,]*", n) and int(n.replace(",", "")) not in known]


def others(world: World, *folders: Mapping[str, bytes]) -> Iterator[tuple[tuple[Row, str], World | None]]:
    """Yield each small count with the nearest world that differs in it and has the same shown numbers."""
    forms, truth = world.forms(), world.vector
    known = [
        (forms[row, what], n) for files in folders for row, what, n in shown_numbers(files) if (row, what) in forms
    ]
    assert not [n for form, n in known if n is not None and form @ truth != n]
    size, same = len(truth), [form for form, _ in known]
    if np.any(world.read):  # all comments are labelled, and everybody knows
        same += [forms[row, "read comments"] - forms[row, "comments"] for row, what in forms if what == "comments"]
        same += [forms[row, "read comments"] - form for (row, what), form in forms.items() if what == "labels"]
    same = np.array(same or [np.zeros(size)])
    apart = np.vstack([np.hstack([sign * np.eye(size), -np.eye(size)]) for sign in (1, -1)])
    limits = [
        LinearConstraint(np.hstack([same, np.zeros_like(same)]), same @ truth, same @ truth),
        LinearConstraint(apart, -np.inf, np.concatenate([truth, -truth])),
    ]
    highest = np.concatenate([np.where(np.any(part), 5_000, 0) * np.ones(np.size(part)) for part in world[2:]])
    highest = np.concatenate([highest, np.full(size, 5_000)])
    left = world.small()
    while left:
        place, form = left.popitem()
        row, found = np.concatenate([form, np.zeros(size)]), None
        for ends in ((form @ truth + 1, np.inf), (0, form @ truth - 1)):
            bounds = {"constraints": [*limits, LinearConstraint(row, *ends)], "bounds": Bounds(0, highest)}
            solved = milp(np.repeat([0, 1], size), integrality=np.ones(2 * size), **bounds)
            if solved.success:
                found = np.round(solved.x[:size]).astype(int)
                left = {place: form for place, form in left.items() if form @ found == form @ truth}
                break
        yield place, None if found is None else world.like(found)


def write_groups(tally: ComparisonTally, folder: Path) -> dict[str, bytes]:
    """Write a public comparison; return its record, or nothing where all groups are of too few people."""
    try:
        record = public_comparison(tally.comparison(), protect_counts(tally))
    except ConfigError:
        return {}
    write_comparison(record, folder, targets=(("russia", "Russia"),), model=MODEL)
    return {"comparison.json": (folder / "comparison.json").read_bytes()}


def random_world(number: int) -> World:
    random = np.random.default_rng([91, number])
    outlets = random.integers(0, random.integers(1, 4), random.integers(1, 8)).tolist()
    shape = len(outlets), 2, 4
    counts = random.choice([0, 0, 1, 2, 5, 9, 14, 40], shape)
    people = np.minimum(random.choice([0, 1, 3, 50, 50, 50], shape), counts)
    read, labels = np.zeros_like(counts), np.zeros(3, int)
    if number % 3 == 1:
        labels[outlets] = random.choice([1, 2, 5, 9, 30], 3)[outlets]
    elif number % 3 == 2:  # persons labelled all comments, and read some of them otherwise
        read = np.array([random.permutation(np.ravel(row)).reshape(2, 4) for row in counts])
    sizes = [counts[np.equal(outlets, outlet)].sum() for outlet in range(3)]
    return World(outlets, people, counts, read, np.minimum(labels, sizes) if number % 3 < 2 else np.array(sizes))


@pytest.mark.parametrize("corpora", [9, pytest.param(1_000, marks=pytest.mark.exhaustive)])
def test_no_small_count_follows_from_all_files_together(corpora: int, tmp_path: Path) -> None:
    """For each there is a world with another one: with the same records, and then every byte of all files is the same.

    So no number on a page, in a table or in a picture tells more than the records do.
    """
    seen = Counter[bool]()
    for number in range(corpora):
        world, folders = random_world(number), [tmp_path / name for name in "ab"]
        files = world.write(folders[0])
        assert not unrecorded(files), world
        for place, other in others(world, files):
            assert other is not None, (place, world)
            other_files = other.write(folders[1]) if number % 3 < 2 else {}
            shutil.rmtree(folders[1], ignore_errors=True)
            is_same = all(files[name] == other_files.get(name) for name in ("summary.json", "comparison.json"))
            assert not is_same or files == other_files, (place, world, other)
            seen[is_same] += 1
        shutil.rmtree(folders[0])
    assert seen[True] > corpora  # else nothing was compared


@pytest.mark.parametrize("corpora", [24, pytest.param(300, marks=pytest.mark.exhaustive)])
def test_counts_that_follow_from_two_folders_are_named(corpora: int, tmp_path: Path) -> None:
    named = Counter[bool]()
    for number in range(0, 3 * corpora, 3):
        world, folders = random_world(number), [tmp_path / f"{number}{name}" for name in ("report", "months")]
        key = tmp_path / f"{number}" / KEY_FILE
        run: Any = SimpleNamespace(run=SimpleNamespace(privacy=SimpleNamespace(key_file=key)))
        log, files = Log(), []
        for folder, by in zip(folders, ("outlet", "month"), strict=True):
            tally = groups_of(world.pages(), by)
            files.append(world.write(folder) if by == "outlet" else write_groups(tally, folder))
            if files[-1]:
                keep_release(protect_counts(tally), tally, run, folder, log)
        if not all(files):
            continue
        assert len(log.warnings) < 2
        line = re.findall(r", ([^,;(]+), [\w ]+: ([^;)]+)", " ".join(warning.reason for warning in log.warnings))
        told = {(row.removesuffix(".html"), what) for row, cells in line for what in cells.split(", ")}
        follow = {(row or "all comments", what) for ((_, row), what), other in others(world, *files) if other is None}
        assert follow <= told, (number, follow - told)
        named[bool(follow)] += 1
    assert min(named.values()) > 5


def call(*arguments: Any, **how: Any) -> Any:
    return invoke(*arguments, "--model", "vader", **how)


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [(("report", "--names"), "--public with --names"), (("compare", "--by", "author"), "--public with --by author")],
)
def test_what_would_show_single_people_is_refused(arguments: tuple[str, ...], seen: str, tmp_path: Path) -> None:
    verb, *rest = arguments
    (tmp_path / "page.csv").write_text("text,author\nRussia is right about this.,Ann\n")
    result = call(verb, tmp_path / "page.csv", *rest, "--public", "-o", tmp_path / "out", code=2)
    assert seen in result.stderr


def test_both_verbs_write_one_public_folder_and_say_what_in_it_is_not(tmp_path: Path) -> None:
    table, out = people_table(tmp_path / "t.csv", "outlet", {"North": 20, "South": 12}), ("-o", tmp_path / "out")
    assert call("compare", table, *out).exit_code == 0
    one = people_table(tmp_path / "one.csv", "outlet", {"North": 20})
    result = call("report", one, *out, "--public", code=0)
    assert "comparison.json: warning: is not public" in result.stderr
    again = call("report", table, *out, "--public", code=0)
    assert "not public" not in again.stderr
    assert call("compare", table, *out, "--public").exit_code == 0
    record = (tmp_path / "out" / "comparison.json").read_text()
    assert json.loads(record)["public"]["fewest"] == 5
    for other in ((one,), (table, "--by", "document")):  # withheld counts would follow from both
        assert "withheld counts could be calculated" in call("compare", *other, *out, "--public", code=2).stderr
    assert (tmp_path / "out" / "comparison.json").read_text() == record
    assert call("report", one, *out, "--public").exit_code == 0
    assert not (tmp_path / "out" / "comparison.json").exists()


@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_public_pages_open_with_findings_and_link_to_each_other(tmp_path: Path) -> None:
    table, out, mixed = tmp_path / "t.csv", tmp_path / "out", tmp_path / "mixed"
    people_table(table, "outlet", {"North": 20, "South": 12})
    asked: Any = {"model": "vader", "target": "russia"}
    stance.report(table, output=out, public=True, **asked)
    for name, other in (("index", "comparison"), ("comparison", "index")):
        page = html.fromstring((out / f"{name}.html").read_bytes())
        assert page.xpath(f"//header//a[@href='{other}.html']"), name
        words = page.text_content()
        assert "Russia: " in words, name
        assert "stance label" not in words
        assert "stance sample" not in words
    stance.report(table, output=mixed, **asked)
    stance.compare(table, output=mixed, public=True, **asked)
    assert "index.html" not in (mixed / "comparison.html").read_text(encoding="utf-8")


# People ---------------------------------------------------------------------------------------------------------------


def people_table(path: Path, column: str, people: Mapping[str, int], *, authors: bool = True) -> Path:
    """A table of 40 comments of each group, by so many people."""
    said = ("Russia is a criminal aggressor", "I support Russia, it is right", "Russia said on Monday that talks go on")
    rows = []
    for (group, count), n in product(people.items(), range(40)):
        row = {column: group, "text": f"{said[n % 3]}, {group[::-1]} {n}."}
        rows.append(row | ({"author": f"{group} person {n % count}"} if authors else {}))
    return write_rows(path, rows)


COMPARE = ("compare", "--public", "--model", "vader", "--target", "russia", "--by")


@pytest.mark.parametrize(
    ("column", "authors"), [("user", True), ("member", True), ("speaker", False), ("outlet", True)]
)
def test_no_column_of_names_is_compared_in_public(tmp_path: Path, column: str, authors: bool) -> None:
    table = people_table(tmp_path / "t.csv", column, {f"Jane Doe{n}": 1 for n in range(9)}, authors=authors)
    result = invoke(*COMPARE, column, table, "-o", tmp_path / "out", code=2)
    assert "no group of 5 people or more" in result.stderr
    assert ("such as --by outlet" in result.stderr) == (column != "outlet")
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("column", ["desk", "outlet"])
@pytest.mark.parametrize(
    "people",
    [{"North": 20, "South": 12, "Jane Doe": 1, "Vera Roe": 4}, {"North": 20, "South": 12, "Jane Doe": 4, "West": 9}],
)
def test_groups_of_few_people_are_left_out_and_no_file_names_them(
    tmp_path: Path, column: str, people: dict[str, int]
) -> None:
    table, out = people_table(tmp_path / "t.csv", column, people), tmp_path / "out"
    result = invoke(*COMPARE, column, table, "-o", out)
    assert (result.exit_code, "left out, because fewer than five people" in result.stderr) == (0, True)
    if column == "outlet":
        assert invoke("report", "--public", *COMPARE[2:-1], table, "-o", out).exit_code == 0
        record = json.loads((out / "summary.json").read_text(encoding="utf-8"))
        assert record["totals"]["comments"] == 160
        assert {group["group"] for group in record["groups"]} <= {"North", "South", "West"}
    texts = [path.read_text(encoding="utf-8") for path in out.iterdir()]
    assert not any(name in text for name in ("Jane Doe", "Vera Roe") for text in texts)
    groups = json.loads((out / "comparison.json").read_text(encoding="utf-8"))["groups"]
    # A group of four is left out with another one, since the numbers of both together are of five people.
    assert {group["group"] for group in groups} == {"North", "South"}
    assert {group["comments"] for group in groups} == {40}

"""Write out what each line of saved pages is, by a reading of the parser: a teacher for networks that read lines.

    PYTHONPATH=STATE python research/training/teacher.py FOLDER... -o research/data/line_labels.jsonl.gz

STATE is a checkout of the state whose reading teaches (5a2b9822 for the file that is kept). FOLDER holds pages
(NAME.html), and where they are known index.tsv (the first twelve digits of the SHA-1 of a page, its source, its host).
The comments of a page are those of NAME.json (each with "author" and "text"), or those of the reading whose digests
stand in ``pages.jsonl.gz``; any other page is taken where the reading is certain. Each page is labelled as HTML and as
two dumps, a line for each block and (where the program is there) what lynx prints. Pages of sites that are kept back,
of sites of the blind halves, and with a text that is kept back, are left out.
"""

import argparse
import gzip
import hashlib
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, groupby, pairwise
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple

import research
from research.benchmarks.parse_unlabelled import LABELS, digest, labelled_digest
from research.held import is_held
from research.training.train_lines import Stream, flatten, labels_of, locate, squeeze
from stance.datamodels import Comment, Document, Page, PageKind
from stance.exceptions import InputError
from stance.parsing import host_of, parse_page
from stance.parsing.dates import dates_of_page, find_date
from stance.parsing.dump.text_lines import read_lines
from stance.parsing.html.lines import PageLines
from stance.parsing.html.selectors import Index
from stance.parsing.html.tree import page_tree
from stance.parsing.layouts import MARKUP
from stance.parsing.line_parts import Part, read_line, votes_of
from stance.parsing.lines import Line
from stance.parsing.section_lines import is_end, is_heading
from stance.parsing.sites import host_of_page
from stance.parsing.thread import opening_of
from stance.reading.encodings import decode

NAMES = {
    "B": "a comment begins", "I": "a comment goes on", "N": "name", "D": "date", "V": "votes", "P": "parent",
    "U": "button", "T": "title", "Y": "byline", "W": "date of the article", "L": "lead", "A": "body",
    "?": "unknown", "-": "none",
}  # fmt: skip
"""Labels by their letters; a line has several where it is several things."""

SURE = 0.8
"""Minimum certainty of a page that nobody labelled: of labelled pages with so much, .94 have just the comments that a
person saw; of those from .7 to .8, .85."""

BLIND = frozenset("jptv")
"""Halves of the labelled pages that are only measured on."""

HEADER, FOOTER = 12, 8
"""Maximum number of lines above the first comment, and below the last, that may be parts of them."""

ABOVE, BELOW = 8, 6
"""Maximum number of lines above an article's body, and below it, that may name its author and date."""

INTO, BY = 3, 12
"""Maximum number of lines of the body before its byline and date, where an extractor took these along; maximum
characters of such a byline besides the name."""

SENTENCE = re.compile(r"""[.!?…。！？][\s"'”’»)\]]*$""")
"""How a paragraph of sentences ends."""

LONGEST = 90
"""Maximum characters of a line besides the name that it holds."""

FORMS = ("html", "flat", "lynx")


def dump_of(source: str, form: str) -> str:
    """Return the dump of a page; an empty one where lynx is missing or too slow."""
    if form == "flat":
        return flatten(source)
    command = ["lynx", "-dump", "-force_html", "-stdin", "-display_charset=utf-8", "-assume_charset=utf-8"]
    try:
        printed = subprocess.run(command, input=source.encode(), capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return printed.stdout.decode(errors="replace")


def lines_of(source: str, form: str) -> Sequence[Line]:
    """Return the lines of a page as the parser sees them, or of a dump of it."""
    if form != "html":
        return read_lines(dump_of(source, form))
    index = Index(page_tree(Page("page.html", PageKind.HTML, source, "utf-8")))
    index.text.hide(part for node in index.select(*MARKUP["selectors.unseen"]) for part in node.iter("*"))
    return PageLines(index.text).lines


def label_lines(lines: Sequence[Line], document: Document, missing: int = 0) -> list[str]:
    """Return the letters of each line.

    :param missing: Number of comments that a person saw and that the document lacks.
    """
    gold = [{"author": comment.author, "text": comment.text} for comment in document.comments]
    tags, _ = labels_of(lines, gold)
    labels = ["BI"[int(tag) - 1] if tag else "" for tag in tags[0]]
    texts = [i for i, label in enumerate(labels) if label]
    thread = range(texts[0], texts[-1] + 1) if texts else range(len(lines), len(lines))
    stream = Stream.of_lines([line.full for line in lines])
    _label_article(labels, lines, document, stream, thread)
    _label_comments(labels, lines, document, stream, tags)
    for i in thread:
        labels[i] = labels[i] or "?" * bool(missing or not tags[3, i])
    return [label or "-" for label in labels]


def _spot(stream: Stream, place: tuple[int, int]) -> range:
    """Return the lines of a part of a stream."""
    return range(stream.owner_at(place[0]), stream.owner_at(place[1] - 1) + 1)


def _label_comments(labels: list[str], lines: Sequence[Line], document: Document, stream: Stream, tags: Any) -> None:
    """Label the lines around comments, each by what the reading says of the comment above or below it."""
    places = locate(stream, [comment.text for comment in document.comments])
    pairs = zip(document.comments, places, strict=True)
    spots = [(comment, _spot(stream, place)) for comment, place in pairs if place]
    authors = {comment.comment_id: squeeze(comment.author or "") for comment in document.comments}
    most = max((below.start - above.stop for (_, above), (_, below) in pairwise(spots)), default=FOOTER)
    before = 0
    for k, (comment, text) in enumerate(spots):
        is_last = k + 1 == len(spots)
        below = range(text.stop, len(lines) if is_last else spots[k + 1][1].start)
        # A line that names the writer of the text below begins what belongs to that one.
        stop = next(
            (i for i in below if labels[i] or tags[1, i] or is_heading(lines[i]) or is_end(lines[i])), below.stop
        )
        above = range(text.start - 1, (before if k else max(text.start - min(most, HEADER), 0)) - 1, -1)
        start = next((i + 1 for i in above if labels[i] or is_heading(lines[i]) or is_end(lines[i])), above.stop + 1)
        parent = authors.get(comment.reply_to or "")
        if parent and squeeze(lines[text.start].text).startswith("@" + parent):
            labels[text.start] += "P"
        footer = range(text.stop, min(stop, text.stop + (min(most, FOOTER) if is_last else len(lines))))
        for i in (*range(start, text.start), *footer):
            found = _parts_of(lines[i], comment, parent) | ({"N"} if tags[1, i] or tags[2, i] else set())
            if is_last and i >= text.stop and not found:
                break  # what follows is no part of the comment
            labels[i] = "".join(sorted(found)) or "?" * (comment.author == "")
        before = footer.stop


def _parts_of(line: Line, comment: Any, parent: str | None) -> set[str]:
    """Return what a line beside a comment is of it."""
    part, found = read_line(line).part, set[str]()
    stamp = find_date(line.full) if len(line.full) <= LONGEST else None
    rest = f"{line.full[: stamp.start]} {line.full[stamp.end :]}" if stamp else line.full
    if part in (Part.STAMP, Part.NAMED_STAMP) or (stamp and comment.posted):
        found.add("D")
    if part is Part.ACTION:
        found.add("U")
    numbers = re.findall(r"(?<![\w#.,:])[+−-]?\d+(?![\w.,:])", rest) if len(line.text) <= LONGEST else ()
    values = {int(number.replace("−", "-")) for number in numbers}
    is_counter = votes_of(line) is not None or part in (Part.JUNK, Part.ACTION) or "D" in found
    if comment.votes is not None and is_counter and values & {comment.votes, abs(comment.votes)}:
        found.add("V")
    before, own, after = squeeze(rest).partition(squeeze(comment.author or "") or "-")
    names_both = own and parent and parent in before + after and len(line.text) < LONGEST
    if comment.reply_to and (part is Part.ANSWERED or names_both):
        found.add("P")
    return found


def _label_article(labels: list[str], lines: Sequence[Line], document: Document, stream: Stream, thread: range) -> None:
    """Label the lines of an article, outside the thread."""
    keys = [squeeze(line.full) for line in lines]
    spots = [_spot(stream, place) if place else () for place in locate(stream, document.body)]
    # An extractor takes dates along.
    bodies = [[i for i in spot if not labels[i] and read_line(lines[i]).part is not Part.STAMP] for spot in spots]
    body = list(chain(*bodies))
    first, last = (min(body), max(body)) if body else (thread.start, thread.start)
    title = squeeze(document.title or "")
    titles = [i for i, key in enumerate(keys) if title and key == title and not labels[i]]
    head = max((i for i in titles if i <= first), default=min(titles, default=None))
    if head is not None:
        labels[head] = "T"
    lead = locate(stream, [document.lead])[0] if document.lead else None
    for letter, own in (("A", chain(*bodies[_prose_of(document.body)])), ("L", _spot(stream, lead) if lead else ())):
        for i in own:
            labels[i] = labels[i] or letter
    start = first if head is None or head > first else head
    near = [
        *range(start, first + INTO),
        *range(start - 1, max(start - ABOVE, 0), -1),
        *range(last + 1, last + 1 + BELOW),
    ]
    near = [i for i in near if i < len(lines) and i not in thread and len(lines[i].text) <= 2 * LONGEST]
    writers = [squeeze(name) for name in re.split(r", | and | & ", document.author or "") if name.strip()]
    named = [i for i in near if any(writer in keys[i] for writer in writers)]
    byline = next((i for i in named if labels[i] in ("", "L") or len(keys[i]) < len(document.author or "") + BY), None)
    if byline is not None:
        labels[byline] = labels[byline].replace("A", "") + "Y"
    day = (document.published or "-")[:10]
    for i in (i for i in near if "A" not in labels[i]):
        stamp = find_date(lines[i].full)
        if stamp and (stamp.iso or "")[:10] == day:
            labels[i] += "W"
    for i in body:
        labels[i] = labels[i] or "?"


def _prose_of(body: Sequence[str]) -> slice:
    """Return the paragraphs of a body from its first sentence to its last; none where most of it is no sentences.

    What an extractor takes from menus and lists of other pages has none, and stands before or after the sentences.
    """
    ends = [k for k, part in enumerate(body) if SENTENCE.search(part)]
    is_prose = 2 * sum(len(body[k]) for k in ends) > sum(map(len, body))
    return slice(ends[0], ends[-1] + 1) if is_prose else slice(0)


def packed(labels: Iterable[str]) -> str:
    """Write labels, each with the number of lines in a row that have it."""
    runs = ((label, sum(1 for _ in run)) for label, run in groupby(labels))
    return " ".join(f"{label}{count if count > 1 else ''}" for label, count in runs)


def unpacked(text: str) -> list[str]:
    """Read labels that were packed."""
    runs = (re.fullmatch(r"(\D+)(\d*)", run) for run in text.split())
    return [run[1] for run in runs if run for _ in range(int(run[2] or 1))]


# Pages ----------------------------------------------------------------------------------------------------------------


def plain_host(host: str | None) -> str:
    return (host or "").lower().removeprefix("www.")


def is_of(host: str, sites: Iterable[str]) -> bool:
    """Return whether a host is one of some sites, a part of one, or one of which they are parts."""
    return any(host == site or host.endswith(f".{site}") or site.endswith(f".{host}") for site in sites)


def held_sites(path: Path = research.ROOT.parent / "shared" / "real" / "held_hosts.txt") -> frozenset[str]:
    """Read the sites that are kept back.

    :raises OSError: If the list is not there: nothing may be learned without it.
    """
    return frozenset(plain_host(host.lstrip("?")) for host in path.read_text(encoding="utf-8").split())


class Job(NamedTuple):
    """A page to label, and what is known of it."""

    path: Path
    name: str
    known: dict[str, Any] | None
    source: str
    host: str


def jobs_of(folders: Sequence[Path]) -> Iterator[Job]:
    """Yield the pages of folders, those with labels first."""
    known, index, jobs = {label["page"]: label for label in research.read_lines(LABELS)}, dict[str, list[str]](), []
    for folder in folders:
        if (table := folder / "index.tsv").exists():
            rows = (row.split("\t") for row in table.read_text(encoding="utf-8").splitlines())
            index |= {row[0]: row[1:3] for row in rows}
        for path in sorted(folder.glob("*.html")):
            name = hashlib.sha1(path.read_bytes()).hexdigest()[:12]
            label = known.get(name)
            source, host = index.get(name, [(label or {}).get("source") or "", ""])
            jobs.append(Job(path, name, label, source, host))
    yield from sorted(jobs, key=lambda job: (job.known is None, not job.path.with_suffix(".json").exists()))


def site_of(job: Job) -> str:
    """Return the site of a page: its host, by its own words, by the index, by its path, or the one that it links to most."""
    page = Page("page.html", PageKind.HTML, decode(job.path.read_bytes()).text, "utf-8")
    stated = host_of_page(page) or job.host or host_of(job.source.partition(":")[2])
    linked = Counter(re.findall(r"""href=["']?https?://([\w.-]+\.[a-z]{2,})""", page.text))
    return plain_host(stated or next((host for host, _ in linked.most_common(1)), None))


def blind_sites(jobs: Iterable[Job]) -> set[str]:
    """Return the sites of the blind halves; where a page is not there or has no host, its repository."""
    pages = {job.name: job for job in jobs}
    sites = set[str]()
    for label in research.read_lines(LABELS):
        if label["half"] in BLIND:
            repository, _, path = (label.get("source") or "").partition(":")
            job = pages.get(label["page"])
            sites.add((site_of(job) if job else plain_host(host_of(path))) or repository)
    return sites


def label_page(job: Job, left_out: frozenset[str]) -> list[dict[str, Any]]:
    """Return the labels of a page in each form; none where it may not be used, or where its reading is not sure."""
    site, source, kind, missing = site_of(job), decode(job.path.read_bytes()).text, "sure", 0
    is_blind = job.known is not None and job.known["half"] in BLIND
    if is_blind or (site and is_of(site, left_out)) or job.source.partition(":")[0] in left_out:
        return []
    try:
        document = parse_page(Page("page.html", PageKind.HTML, source, "utf-8"))
    except InputError:
        return []
    gold = job.path.with_suffix(".json")
    if gold.exists():
        kind, comments = "gold", with_gold(document, json.loads(gold.read_text(encoding="utf-8"))["comments"])
    elif job.known:
        kind, comments = "labelled", with_digests(document, job.known["comments"])
        missing = len(job.known["comments"]) - len(comments)
    else:
        comments = list(document.comments)
    extra = max(len(document.comments) - len(comments), 0)
    if any(is_held(comment.text) for comment in comments):
        return []
    if kind == "sure" and not (site and comments and (document.certainty or 0) >= SURE):
        return []
    document = replace(document, comments=tuple(comments))
    facts = {"page": job.name, "site": site, "source": job.source, "kind": kind, "missing": missing}
    facts |= {"extra": extra, "certainty": round(document.certainty or 0, 2)}
    rows = ((form, lines_of(source, form)) for form in FORMS)
    with dates_of_page(source):
        labels = [(form, label_lines(lines, document, missing)) for form, lines in rows]
    return [{**facts, "form": form, "labels": packed(letters)} for form, letters in labels]


def with_gold(document: Document, gold: Sequence[dict[str, Any]]) -> list[Comment]:
    """Return the comments that a person saw, with dates, votes and parents of the reading."""
    read = {opening_of(comment.text): comment for comment in reversed(document.comments)}
    said = ((read.get(opening_of(each["text"])) or Comment(f"gold {k}", ""), each) for k, each in enumerate(gold))
    return [replace(comment, text=each["text"], author=each["author"]) for comment, each in said]


def with_digests(document: Document, gold: Sequence[Sequence[str]]) -> list[Comment]:
    """Return the comments of a reading that a person saw; one whose name differs has an empty one."""
    names, comments = dict(map(tuple, gold)), list[Comment]()
    for comment in document.comments:
        name = names.get(labelled_digest(comment.text, names))
        if name is not None:
            comments.append(comment if name == digest(comment.author or "") else replace(comment, author=""))
    return comments


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("folders", nargs="+", type=Path)
    options.add_argument("-o", "--output", type=Path, required=True)
    given = options.parse_args()
    jobs = list(jobs_of(given.folders))
    left_out = held_sites() | blind_sites(jobs)
    with Pool() as pool, gzip.open(given.output, "wt", encoding="utf-8") as file:
        for rows in pool.imap(partial(label_page, left_out=left_out), jobs, chunksize=4):
            file.writelines(f"{json.dumps(row)}\n" for row in rows)


if __name__ == "__main__":
    main()

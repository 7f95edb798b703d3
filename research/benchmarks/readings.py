"""Worth of each part of the reader of HTML threads: each is left out, and the comments of labelled pages are measured.

Usage: python -m research.benchmarks.readings FOLDER... [--only PART...]

FOLDER holds pages (NAME.html) with their comments (NAME.json), or pages whose labels are in ``research/data/pages.jsonl.gz``. For
each part and folder, split by site into two halves, the table has the change of boundary F1 and of right authors, both
means over pages, in thousandths, and the number of pages whose comments change at all.
"""

import argparse
import hashlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from operator import sub
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple
from unittest.mock import patch

from research.training.train_certainty import labels_of
from stance.datamodels import Comment, Page, PageKind
from stance.exceptions import InputError
from stance.parsing.html.comments import find_comments
from stance.parsing.html.page import page_tree
from stance.parsing.html.tree import Index

Replacement = tuple[str, Any]


def always(value: Any) -> Callable[..., Any]:
    """Return a function that ignores its arguments."""
    return lambda *_, **__: value


def first(given: Any, *_: Any, **__: Any) -> Any:
    """Return the first argument."""
    return given


def second(_: Any, given: Any, *__: Any, **___: Any) -> Any:
    """Return the second argument."""
    return given


PARTS: Mapping[str, Replacement] = {
    "all rows": ("html.comments.HTML_LAYOUTS", ()),
    "lines: tags": ("html.comments.Readings._read_lines", always([])),
    "rows that a page teaches": ("html.comments.read_by_taught_rows", always([])),
    "linked data": ("html.comments.data_readings", always([])),
    "details of other readings": ("html.comments.with_details", first),
    "without strays": ("html.comments.without_strays", first),
    "without excerpts": ("html.comments.without_excerpts", first),
    "opening posts": ("html.comments.opening_post", always([])),
    "form": ("html.comments.repeated_boxes", always([])),
    "outermost single box": ("html.comments._outermost", always([])),
    "stamps as marks": ("html.comments._stamps", always(())),
    "boxes are comments": ("html.comments._are_comments", always(True)),
    "opens with name": ("html.comments._opens_with_name", always(False)),
    "signed lines": ("html.comments._is_signed", always(False)),
    "other pages": ("html.threads.Links._of_other_pages", always(set())),
    "badges": ("html.threads._is_badge", always(False)),
    "quoted parts": ("html.threads.Thread._is_quoted", always(False)),
    "headings dt": ("html.threads.Thread._in_headings", always({})),
    "parents beside": ("html.parts.replies_beside", always({})),
    "parents named": ("html.parts._named_parents", always({})),
    "parents by indent": ("html.parts._indents", always({})),
    "parents by depth": ("html.parts._depth", always(None)),
    "columns of authors": ("html.parts.fill_placed_authors", always(set())),
    "columns of dates": ("html.parts.fill_stamps", always(set())),
    "profiles": ("html.parts.is_profile", always(False)),
    "first line names": ("html.parts._is_first", always(False)),
    "around names": ("html.parts._around_name", always([])),
    "called texts": ("html.parts._called_texts", always({})),
    "titled stamps": ("html.threads.is_titled_stamp", always(False)),
    "cleaning: edges": ("cleaning._cut_edges", always(False)),
    "cleaning: inner": ("cleaning._cut_inner", always(False)),
    "cleaning: tail": ("cleaning._cut_tail", always(False)),
    "cleaning: template": ("cleaning._cut_template", always(None)),
    "cleaning: labels": ("cleaning._without_labels", first),
    "cleaning: pingbacks": ("cleaning._is_pingback", always(False)),
    "cleaning: days of any language": ("cleaning._other_day", always(None)),
    "words around names": ("names.plain_names", always({})),
    "judge: swallowed": ("judge._swallowed", always(0)),
    "judge: headers in texts": ("judge._opens_with_header", always(False)),
    "judge: subjects": ("judge._are_subjects", always(False)),
    "judge: best name": ("judge._best_name", first),
    "judge: possible names": ("judge.is_possible_name", always(True)),
}
"""Function of each part, within ``stance.parsing``, and what stands in for it."""


class Sample(NamedTuple):
    """A labelled page: its group, its tree in bytes, and how its comments are compared with the labels."""

    group: str
    html: str
    compare: Callable[[tuple[Comment, ...]], tuple[float, float]]


def load(folders: Iterable[Path]) -> list[Sample]:
    """Read the labelled pages of folders."""
    pages = ((folder, name, compare) for folder in folders for name, compare in labels_of(folder))
    return [
        Sample(f"{folder.name}{half_of(name)}", path.read_text(encoding="utf-8", errors="replace"), compare)
        for folder, name, compare in pages
        if (path := folder / f"{name}.html").exists()
    ]


def half_of(name: str) -> str:
    """Return the half that the pages of a site are in, by the beginning of their names."""
    digest = hashlib.sha256(name.removeprefix("neg_").split("_")[0].encode()).digest()
    return " b" if digest[0] % 2 else " a"


def holders(path: str) -> tuple[list[Any], str, Any]:
    """Return the modules, or the class, that have a part of the parser, its name there, and the part."""
    place, _, name = f"stance.parsing.{path}".rpartition(".")
    module, _, owner = place.rpartition(".")
    if owner[0].isupper():
        found = getattr(import_module(module), owner)
        return [found], name, vars(found)[name]
    part = getattr(import_module(place), name)
    modules = [module for key, module in sys.modules.items() if key.startswith("stance.parsing")]
    return [module for module in modules if vars(module).get(name) is part], name, part


@contextmanager
def replaced(parts: Mapping[str, Any]) -> Iterator[None]:
    """Replace parts of the parser in each module that has them."""
    with ExitStack() as stack:
        for path, instead in parts.items():
            found, name, _ = holders(path)
            for holder in found:
                stack.enter_context(patch.object(holder, name, instead))
        yield


def watched(path: str, instead: Any, calls: set[str]) -> Any:
    """Return a part that notes its path where its result differs from that of its replacement.

    A part that works by changing its arguments is noted at each call.
    """
    _, name, part = holders(path)
    if not callable(part):
        calls.add(path)
        return part
    changes_arguments = name.startswith(("fill_", "_fill", "_cut"))

    def watch(*given: Any, **named: Any) -> Any:
        found = part(*given, **named)
        found = list(found) if isinstance(found, Iterator) else found
        if path not in calls:
            other = instead(*given, **named)
            other = list(other) if isinstance(found, list) else other
            if changes_arguments or found != other:
                calls.add(path)
        return found

    return watch


def read(html: str) -> tuple[Comment, ...]:
    """Return the comments of a page; none where it cannot be parsed."""
    try:
        return find_comments(Index(page_tree(Page("page", PageKind.HTML, html, "utf-8")))).comments
    except InputError:
        return ()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("folders", nargs="+", type=Path)
    options.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    given = options.parse_args()
    parts = {name: PARTS[name] for name in given.only}
    before = defaultdict[str, list[tuple[float, float]]](list)
    changes = {name: defaultdict[str, list[tuple[float, float]]](list) for name in parts}
    for sample in load(given.folders):
        calls = set[str]()
        with replaced({path: watched(path, instead, calls) for path, instead in parts.values()}):
            whole = read(sample.html)
        score = sample.compare(whole)
        before[sample.group].append(score)
        for name, (path, instead) in parts.items():
            if path in calls:
                with replaced({path: instead}):
                    found = read(sample.html)
                if found != whole:
                    changes[name][sample.group].append(tuple(map(sub, sample.compare(found), score)))
    print("| left out | " + " | ".join(before) + " | changed |\n|---|" + "---|" * (len(before) + 1))
    print(
        "| nothing | "
        + " | ".join(
            ", ".join(f"{fmean(column):.3f}" for column in zip(*each, strict=True)) for each in before.values()
        )
        + " | |"
    )
    for name, changed in changes.items():
        cells = (
            ", ".join(f"{1000 * sum(each) / len(before[group]):+.1f}" for each in zip(*changed[group], strict=True))
            for group in before
        )
        print(f"| {name} | {' | '.join(cells)} | {sum(map(len, changed.values()))} |")


if __name__ == "__main__":
    main()

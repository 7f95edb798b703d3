"""What is true of the pages, written down before anything reads them, and the figures of the reports set beside it."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from math import erfc, sqrt
from pathlib import Path
from typing import Any

from stance.datamodels import SIDES

from .choosing import TARGETS
from .pages import StoryPage

LEVEL = 0.05

_SIDES = [str(side) for side in SIDES]

Key = tuple[str, str, str]
"""Outlet, target, stance."""


@dataclass(frozen=True, slots=True)
class Line:
    """One share: what is true, what counting says, and what audit labels make of it."""

    outlet: str
    target: str
    stance: str
    n: int  # comments that truly address the target
    truth: float
    counted: float
    corrected: float
    outlet_interval: tuple[float, float] | None  # of comments like these
    corpus_interval: tuple[float, float] | None  # of exactly these

    def covered(self, interval: tuple[float, float] | None) -> bool | None:
        """Tell whether an interval holds the truth; None where there is none."""
        return interval[0] - 1e-9 <= self.truth <= interval[1] + 1e-9 if interval else None  # exact ones are rounded


@dataclass(frozen=True, slots=True)
class Pair:
    """Two outlets: how far apart they are in truth, and what is said of them."""

    target: str
    stance: str
    a: str
    b: str
    truth: float
    counted: float
    counted_differ: bool  # by the common test of two counted proportions
    corrected: float
    verdict: str

    @property
    def is_right(self) -> bool:
        """Whether the verdict is that of the truth."""
        return (self.verdict == "differ") == (self.truth != 0) and self.corrected * self.truth >= 0

    @property
    def counting_is_right(self) -> bool:
        """Whether counting says what is true."""
        return self.counted_differ == (self.truth != 0) and self.counted * self.truth >= 0


def true_shares(pages: Sequence[StoryPage]) -> dict[Key, tuple[int, int]]:
    """Count, for each outlet, target and side, the comments of that side and those that address the target."""
    counts: Counter[Key] = Counter()
    for page in pages:
        for post in page.posts:
            counts.update((page.outlet.name, target, post.candidate.label(target)) for target in TARGETS)
    outlets = dict.fromkeys(page.outlet.name for page in pages)
    return {
        (outlet, target, side): (counts[outlet, target, side], sum(counts[outlet, target, each] for each in SIDES))
        for outlet in outlets
        for target in TARGETS
        for side in SIDES
    }


def truth_record(pages: Sequence[StoryPage], seed: int) -> dict[str, Any]:
    """Give all that is true of the pages, as ``truth.json`` holds it; comments by their id in ``research/data/comments``."""
    outlets = list({page.outlet.name: page.outlet for page in pages}.values())
    of = {outlet.name: [page for page in pages if page.outlet == outlet] for outlet in outlets}
    posts = {name: [post for page in own for post in page.posts] for name, own in of.items()}
    return {
        "seed": seed,
        "outlets": [
            {
                "outlet": outlet.name,
                "layout": outlet.layout,
                "pages": len(of[outlet.name]),
                "comments": len(posts[outlet.name]),
                "replies": sum(post.answers is not None for post in posts[outlet.name]),
                "authors": len({post.author for post in posts[outlet.name]}),
            }
            for outlet in outlets
        ],
        "shares": [
            {"outlet": outlet, "target": target, "stance": str(side), "comments": held, "n": n, "share": held / n}
            for (outlet, target, side), (held, n) in true_shares(pages).items()
        ],
        "comments": [
            {"page": page.file_name, "id": post.candidate.comment_id, "labels": dict(post.candidate.labels)}
            for page in pages
            for post in page.posts
        ],
    }


def fill_labels(drawn: Path, labelled: Path, pages: Sequence[StoryPage]) -> int:
    """Fill the labels of a sample in as an annotator who makes no mistake.

    :return: How many rows.
    :raises ValueError: If a drawn comment is none of those on the pages.
    """
    posts = [post for page in pages for post in page.posts]
    gold = {_words(form): post.candidate for post in posts for form in (post.text, post.with_quote)}
    with drawn.open(encoding="utf-8", newline="") as source, labelled.open("w", encoding="utf-8", newline="") as copy:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(copy, reader.fieldnames or ())
        writer.writeheader()
        rows = 0
        for row in reader:
            found = gold.get(_words(row["text"]))
            if found is None:
                raise ValueError(f"{drawn}: a drawn comment stands on no page: {row['text'][:60]!r}")
            writer.writerow(row | {"label": found.label(row["target"]), "annotator": "gold"})
            rows += 1
    return rows


def _words(text: str) -> str:
    """Letters and digits alone: a page may break lines and write spaces as it likes."""
    return "".join(char for char in text if char.isalnum())


def judge(comparison: Mapping[str, Any], pages: Sequence[StoryPage]) -> tuple[list[Line], list[Pair]]:
    """Set a comparison by outlet, as ``comparison.json`` holds it, beside the truth."""
    truth = true_shares(pages)
    groups = {group["group"]: group for group in comparison["groups"]}
    lines = [_line(groups[outlet], outlet, target, side, *found) for (outlet, target, side), found in truth.items()]
    shares = {(line.outlet, line.target, line.stance): line for line in lines}
    differences = {(each["target"], each["stance"], each["a"], each["b"]): each for each in comparison["differences"]}
    return lines, [
        _pair(differences[target, side, a, b], shares, groups)
        for target in TARGETS
        for side in SIDES
        for a, b in combinations(sorted(groups), 2)
    ]


def _line(group: Mapping[str, Any], outlet: str, target: str, side: str, held: int, n: int) -> Line:
    found = {
        share["population"]: share
        for share in group["shares"]
        if share["target"] == target and share["stance"] == side and share["of"] == "addressed"
    }
    whole, exact = found["outlet"], found["corpus"]
    intervals = [tuple(each["interval"]) if each["interval"] else None for each in (whole, exact)]
    estimate = whole["estimate"] if whole["estimate"] is not None else exact["estimate"]
    return Line(outlet, target, str(side), n, held / n, whole["details"]["raw"] or 0.0, estimate or 0.0, *intervals)


def _pair(difference: Mapping[str, Any], shares: Mapping[Key, Line], groups: Mapping[str, Mapping[str, Any]]) -> Pair:
    target, side, a, b = (difference[name] for name in ("target", "stance", "a", "b"))
    one, other = shares[a, target, side], shares[b, target, side]
    return Pair(
        target=target,
        stance=side,
        a=a,
        b=b,
        truth=one.truth - other.truth,
        counted=one.counted - other.counted,
        counted_differ=_proportions_differ(
            (one.counted, groups[a]["addressed"][target]), (other.counted, groups[b]["addressed"][target])
        ),
        corrected=difference["estimate"] or 0.0,
        verdict=difference["verdict"],
    )


def _proportions_differ(one: tuple[float, int], other: tuple[float, int]) -> bool:
    """Test two proportions by their pooled z, as is commonly done with a classifier's counts."""
    (p, n), (q, m) = one, other
    if not n or not m:
        return False
    pooled = (p * n + q * m) / (n + m)
    error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return bool(error) and erfc(abs(p - q) / error / sqrt(2)) < LEVEL


def result_record(lines: Sequence[Line], pairs: Sequence[Pair]) -> dict[str, Any]:
    """Give the judgement, as ``result.json`` holds it."""
    return {
        "shares": [
            asdict(line)
            | {
                "outlet_covered": line.covered(line.outlet_interval),
                "corpus_covered": line.covered(line.corpus_interval),
            }
            for line in lines
        ],
        "differences": [
            asdict(pair) | {"right": pair.is_right, "counting_right": pair.counting_is_right} for pair in pairs
        ],
    }


def result_lines(lines: Sequence[Line], pairs: Sequence[Pair]) -> Iterator[str]:
    """Draw the judgement as Markdown: a table of shares, one of differences, and what they come to."""
    yield "| target | stance | outlet | n | truth | counted | corrected | comments like these | exactly these |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for line in sorted(lines, key=lambda each: (TARGETS.index(each.target), _SIDES.index(each.stance))):
        yield (
            f"| {line.target} | {line.stance} | {line.outlet} | {line.n} | {line.truth:.2f} | {line.counted:.2f} "
            f"| {line.corrected:.2f} | {_shown(line, line.outlet_interval)} | {_shown(line, line.corpus_interval)} |"
        )
    yield ""
    yield "| target | stance | outlets | true gap | counted gap | counting says | corrected gap | verdict | right |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for pair in pairs:
        counting = ("differ" if pair.counted_differ else "alike") + ("" if pair.counting_is_right else " (wrong)")
        yield (
            f"| {pair.target} | {pair.stance} | {pair.a} − {pair.b} | {_signed(pair.truth)} | {_signed(pair.counted)} "
            f"| {counting} | {_signed(pair.corrected)} | {pair.verdict} | {'yes' if pair.is_right else 'NO'} |"
        )
    yield ""
    yield from _summary(lines, pairs)


def _shown(line: Line, interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "none"
    return f"{interval[0]:.2f} to {interval[1]:.2f}{'' if line.covered(interval) else ' (missed)'}"


def _signed(value: float) -> str:
    return f"{value:+.2f}"


def _summary(lines: Sequence[Line], pairs: Sequence[Pair]) -> Iterator[str]:
    for name, kind in (("comments like these", "outlet_interval"), ("exactly these comments", "corpus_interval")):
        held = [line.covered(getattr(line, kind)) for line in lines]
        told = [each for each in held if each is not None]
        yield f"- Intervals of {name} hold the truth: {sum(told)} of {len(told)}."
    same, apart = [[pair for pair in pairs if bool(pair.truth) == is_apart] for is_apart in (False, True)]
    yield (
        f"- Of {len(same)} gaps that are not there, the comparison finds {sum(p.verdict == 'differ' for p in same)}, "
        f"counting {sum(p.counted_differ for p in same)}."
    )
    yield (
        f"- Of {len(apart)} gaps that are there, the comparison finds {sum(p.is_right for p in apart)}, "
        f"counting {sum(p.counting_is_right for p in apart)}."
    )
    error = [
        sum(abs(getattr(line, kind) - line.truth) for line in lines) / len(lines) for kind in ("counted", "corrected")
    ]
    yield f"- Mean distance from the truth: counted {error[0]:.3f}, corrected {error[1]:.3f}."

"""Render templates as pages, and write numbers, dates and languages as reports show them.

Everything of a page that a stranger wrote reaches a template as a value, and templates escape every value. A page is
complete without its script, the only one that it may run: the script is part of the page, so that a saved page is one
file, and the page's policy names the digest of exactly that text.
"""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from pickle import UnpicklingError
from typing import NamedTuple
from unicodedata import east_asian_width
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket
from jinja2.ext import Extension

from stance.datamodels import FEWEST_SHARED, SIDES, STANCES, UNKNOWN_LANGUAGE, Record, Stance, Via, counted, side_shares
from stance.resources import LANGUAGES, VERSION

STANCE_WORDS: Mapping[str, str] = {
    Stance.AGAINST: "against",
    Stance.NEUTRAL: "neutral",
    Stance.FAVOR: "in favor",
    Stance.NOT_ADDRESSED: "not addressed",
}

STANCE_SIGNS: Mapping[str, str] = {Stance.AGAINST: "▼", Stance.NEUTRAL: "●", Stance.FAVOR: "▲"}
"""Words: a shape for each color, for readers who do not see the color."""

VIA_WORDS: Mapping[str, str] = {
    Via.TEXT: "own words",
    Via.PARENT: "via the comment it answers",
    Via.ARTICLE: "via the article",
}

VERDICT_WORDS = {"not_tested": "not tested", "cannot_tell_apart": "no significant difference", "differ": "differ"}

METHOD_WORDS: Mapping[str, str] = {
    "ppi": "corrected by audit labels",
    "labels": "labels alone: too few to correct",
    "model": "mean of the model's probabilities",
    "none": "too few",
}

_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")

NO_SCORE = "no score"
"""Words: the key of comments that nobody asked to score, among the languages of those that could not be."""

UNDECIDED = "undecided"
"""Words: the key of comments in a language that the model covers, to which it gave no stance toward any target."""


@cache
def language_names() -> Mapping[str, str]:
    """Return the English names of languages by ISO 639-1 code, and of the keys among them."""
    return json.loads((LANGUAGES / "names.json").read_text(encoding="utf-8"))


def language_name(code: str) -> str:
    """Name a language in English; an unknown code is returned as it is."""
    return language_names().get(code, code)


def percent(share: float) -> str:
    """Write a share as a whole percentage; one that is neither none nor all is never written as either."""
    if 0 < share <= 0.005:  # one in two hundred would be rounded to none
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{share * 100:.0f} %"


def can_show_shares(shares: Iterable[Record]) -> bool:
    """Return whether shares may be shown as percentages: all bounded, and of enough comments or corrected."""
    shown = list(shares)
    return bool(shown) and all(
        each["interval"] is not None and (each["method"] in ("ppi", "labels") or each["n"] >= FEWEST_SHARED)
        for each in shown
    )


def points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    return net_points(100 * difference)


def net_points(net: float) -> str:
    """Write a net stance, which is in points already, with its sign."""
    return f"{net:+.0f}".replace("-", "−") if round(net) else "0"


def side_of_zero(interval: Sequence[float]) -> str:
    """Return the side of zero on which an interval lies: ``favor``, ``against``, or ``both``."""
    low, high = interval
    return "favor" if low > 0 else "against" if high < 0 else "both"


def printable(text: str) -> str:
    """Return a text in one line without what XML forbids and without marks of direction."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def fit(name: str) -> str:
    """Shorten a name to 34 letters, the width of a panel; letters of East Asia count twice."""
    width, shown = 0, printable(name)
    for at, char in enumerate(shown):
        width += 2 if east_asian_width(char) in "WF" else 1
        if width > 34:
            return f"{shown[: at - 1]}…"
    return shown


def signed(value: float) -> str:
    """Write a compound or a difference with its sign; a minus, not a hyphen."""
    return f"{value:+.2f}".replace("-", "−") if round(value, 2) else "0.00"


def group_names(compared: Record, labels: Mapping[str, str]) -> tuple[str, str]:
    """Name the two groups whose words were compared.

    :param compared: An entry of ``words`` of a discourse.
    :param labels: Target -> label.
    """
    if compared["kind"] == "side":
        label = labels[compared["target"]]
        return f"in favor of {label}", f"against {label}"
    rest = compared["against"] == "rest"
    return compared["group"][7:], "other outlets" if rest else compared["against"][7:]


def day(stamp: str) -> str:
    """Write an ISO 8601 date for people, with the time where it is given; anything else as it is."""
    try:
        at = datetime.fromisoformat(stamp or "")
    except ValueError:
        return stamp
    return f"{at.day} {at:%B} {at.year}" + (f", {at:%H:%M}" if len(stamp) > len("2024-01-31") else "")


def set_apart(group: str) -> str:
    """Set a group's name apart from the sentence around it, whatever its length and direction of writing."""
    shown = " ".join(_DIRECTIONS.sub("", group).split())
    return f"\u2068{shown if len(shown) <= 60 else shown[:59] + '…'}\u2069"


def listing(parts: Sequence[str]) -> str:
    """Join parts of a sentence."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def keep_percent_together(text: str) -> str:
    """Keep a number and its percent sign on one line."""
    return text.replace(" %", "\u00a0%")


def shorten(text: str, longest: int) -> str:
    """Cut a text after the last word that fits, and mark the cut."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    return (head.rpartition(" ")[0] or head) + " …"


# Bars -----------------------------------------------------------------------------------------------------------------


class Bar(NamedTuple):
    """A part of a stacked bar."""

    kind: str
    x: float  # left edge
    width: float
    share: float  # in [0, 1]


def diverging_bar(shares: Sequence[Record]) -> tuple[Bar, ...]:
    """Lay out against | neutral | favor so that the middle of neutral is the middle of the picture.

    A share of 1 takes half the width: whatever the lean, the bar stays inside, and its place shows the lean.

    :param shares: Records of the three sides' shares; estimates may be None.
    :return: One bar per side that is above zero, from left to right.
    """
    sizes = {share["stance"]: min(1.0, max(0.0, share["estimate"] or 0.0)) for share in shares}
    left = 50 - 50 * (sizes.get(Stance.AGAINST, 0.0) + sizes.get(Stance.NEUTRAL, 0.0) / 2)
    bars = []
    for side in SIDES:
        if size := sizes.get(side, 0.0):
            bars.append(Bar(side, round(left, 3), round(50 * size, 3), size))
            left += 50 * size
    return tuple(bars)


def raw_shares(shares: Sequence[Record]) -> list[Record]:
    """Return shares as the model's labels were counted, before they were corrected, to draw a bar from."""
    return [{"stance": share["stance"], "estimate": share["raw"]} for share in shares]


def counted_shares(counts: Mapping[Stance, int]) -> list[Record]:
    """Return the counts of sides as parts of their sum, to draw a bar from."""
    return [{"stance": side, "estimate": share} for side, share in side_shares(counts).items()]


# Pages ----------------------------------------------------------------------------------------------------------------

SCRIPTS = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

Targets = Sequence[tuple[str, str]]
"""Identifiers and labels, in the order in which they are shown."""


class Script(NamedTuple):
    """A script, and its name in a Content Security Policy."""

    text: str
    csp_hash: str  # ``sha256-`` and the digest of the text in base64 (CSP level 3, 2.3.1)


@cache
def script(name: str) -> Script:
    """Return a script of ``static/``, as a page holds it.

    :param name: A file name, such as ``comments.js``.
    :raises ValueError: If it holds text that would end or disarm a ``script`` element.
    """
    text = (SCRIPTS / name).read_text(encoding="utf-8")
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError(f"{name} holds </script or <!--; expected a script that can be part of a page")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(text, f"sha256-{digest}")


def language_tag(code: str) -> str:
    """Return a value for ``lang``: empty, which means unknown, unless the code is well formed."""
    return code if code != UNKNOWN_LANGUAGE and LANGUAGE_TAG.fullmatch(code) else ""


def safe_link(url: str | None) -> str | None:
    """Return a link that may be followed from a report: http or https with a host; None for any other."""
    if url is None or re.search(r"[\x00-\x20\x7f<>\"\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


class UnbrokenPercent(Extension):
    """Keeps numbers of templates and their percent signs on one line."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Replace the space before a percent sign that ends no tag."""
        return re.sub(r"(?<=\d) %(?!})", "\N{NO-BREAK SPACE}%", source)


class CompiledTemplates(FileSystemBytecodeCache):
    """Templates compiled by earlier runs, kept where Python keeps this module, or not at all where none may write."""

    def __init__(self) -> None:
        super().__init__(str(Path(__file__).parent / "__pycache__"), f"template-{VERSION}-%s")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read a compiled template; a damaged one is compiled again."""
        try:
            super().load_bytecode(bucket)
        except (OSError, ValueError, EOFError, UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


@cache
def environment() -> Environment:
    """Return the environment of all templates."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        auto_reload=False,  # templates do not change while a report is written
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=(UnbrokenPercent,),
        bytecode_cache=None if sys.dont_write_bytecode else CompiledTemplates(),
    )
    filters = (
        percent, counted_shares, points, net_points, signed, day, language_tag, safe_link, listing, set_apart,
        counted, printable, fit,
    )  # fmt: skip
    functions = (
        can_show_shares, side_of_zero, diverging_bar, raw_shares, group_names, script,
    )  # fmt: skip
    words = ("STANCE_WORDS", "STANCE_SIGNS", "METHOD_WORDS", "VERDICT_WORDS")
    made.filters.update({each.__name__: each for each in filters}, language=language_name)
    made.filters.update(number="{:,}".format, whole_number=round, tenths=lambda value: round(value, 1))
    made.tests.update(moment=lambda stamp: day(stamp) != stamp)
    made.globals.update({each.__name__: each for each in functions}, SIDES=[str(side) for side in SIDES])
    made.globals.update({name: globals()[name] for name in words}, FEWEST_SHARED=FEWEST_SHARED, STANCES=STANCES)
    made.globals.update(VERSION=VERSION, caption=partial(sentence, "captions.txt"))
    return made


def render(template: str, values: Record) -> Iterator[str]:
    """Return a page in pieces, so that a long one need not be held."""
    return environment().get_template(template).generate(**values)


def macro(template: str, name: str, *values: object) -> str:
    """Return what a macro of a template writes."""
    return str(getattr(environment().get_template(template).module, name)(*values))


def sentences(template: str, name: str, *values: object) -> list[str]:
    """Return the sentences that a macro of a text template writes, one a line."""
    lines = macro(template, name, *values).splitlines()
    return [keep_percent_together(" ".join(line.split())) for line in lines if line.strip()]


def sentence(template: str, name: str, *values: object) -> str:
    """Return the sentence that a macro of a text template writes."""
    return " ".join(sentences(template, name, *values))

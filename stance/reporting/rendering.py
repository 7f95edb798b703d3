"""Render templates as pages.

Everything of a page that a stranger wrote reaches a template as a value, and templates escape every value. A page is
complete without its script, the only one that it may run: the script is part of the page, so that a saved page is one
file, and the page's policy names the digest of exactly that text.
"""

import base64
import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from pickle import UnpicklingError
from typing import NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket

from stance import datamodels, page_layouts
from stance.datamodels import FEWEST_SHOWN, SIDES, STANCES, UNKNOWN_LANGUAGE, Record, counted
from stance.reporting.wording import (
    day,
    day_span,
    exact_counts,
    first_upper,
    how_to_cite,
    keep_percent_together,
    language_name,
    lines_of,
    listing,
    net_points,
    percent,
    points,
    printable,
    set_apart,
    signed,
    sounding,
    value_words,
)
from stance.resources import VERSION

SCRIPTS = Path(__file__).parent / "static"

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
    is_tag = code != UNKNOWN_LANGUAGE and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", code)
    return code if is_tag else ""


def safe_link(url: str | None) -> str | None:
    """Return a link that may be followed from a report: http or https with a host; None for any other."""
    if url is None or re.search(r"[\x00-\x20\x7f<>\"\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


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
        """Keep a compiled template, where Python keeps compiled modules."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)


@cache
def environment() -> Environment:
    """Return the environment of all templates."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        auto_reload=False,  # templates do not change while a report is written
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=CompiledTemplates(),
    )
    filters = (
        percent, points, net_points, signed, sounding, day, day_span, language_tag, safe_link, listing, set_apart,
        first_upper, counted, printable, page_layouts.layout_words,
    )  # fmt: skip
    functions = exact_counts, lines_of, script, how_to_cite, sentences
    templates.filters.update({function.__name__: function for function in filters}, language=language_name)
    templates.filters.update(number="{:,}".format, tidy="{:g}".format, tenths=lambda value: round(value, 1))
    templates.tests.update(moment=lambda stamp: day(stamp) != stamp, read_as_english=datamodels.is_read_as_english)
    templates.globals.update({function.__name__: function for function in functions}, **value_words())
    templates.globals.update(SIDES=[str(side) for side in SIDES], STANCES=STANCES, READINGS=datamodels.READINGS)
    templates.globals.update(FEWEST_SHOWN=FEWEST_SHOWN, UNMEASURED=datamodels.UNMEASURED, VERSION=VERSION)
    templates.globals["caption"] = partial(sentence, "captions.txt")
    return templates


def render(template: str, values: Record) -> Iterator[str]:
    """Return a page in pieces, so that a long one need not be held."""
    return environment().get_template(template).generate(**values)


def macro(template: str, name: str, *values: object) -> str:
    """Return the text that a macro of a template writes."""
    return str(getattr(environment().get_template(template).module, name)(*values))


def sentences(template: str, name: str, *values: object) -> list[str]:
    """Return the sentences that a macro of a text template writes, one a line."""
    lines = macro(template, name, *values).splitlines()
    return [keep_percent_together(" ".join(line.split())) for line in lines if line.strip()]


def sentence(template: str, name: str, *values: object) -> str:
    """Return the sentence that a macro of a text template writes."""
    return " ".join(sentences(template, name, *values))

"""Render templates as pages.

Everything of a page that a stranger wrote reaches a template as a value, and templates escape every value. A page is
complete without its script, the only one that it may run: the script stands in the page, so that a saved page is one
file, and the page's policy names the digest of exactly that text.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stance.datamodels import SIDES, UNKNOWN_LANGUAGE
from stance.files import open_folder
from stance.reporting import charts, wording
from stance.reporting.details import PERIOD_WORDS

SCRIPTS = Path(__file__).parent / "static"

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

Targets = Sequence[tuple[str, str]]
"""Identifiers and labels, in the order in which they are shown."""


class Script(NamedTuple):
    """A script, and its name in a Content Security Policy."""

    text: str
    csp_hash: str  # ``sha256-`` and the digest of the text in base64 (CSP level 3, 2.3.1)


@cache
def script(name: str) -> Script:
    """Return a script of ``static/``, as it stands in a page.

    :param name: A file name, such as ``comments.js``.
    :raises ValueError: If it holds text that would end or disarm a ``script`` element.
    """
    text = (SCRIPTS / name).read_text(encoding="utf-8")
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError(f"{name} holds </script or <!--; expected a script that can stand inside a page")
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


@cache
def environment() -> Environment:
    """Return the environment of all templates."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # templates do not change while a report is written
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (wording.percent, wording.points, wording.signed, wording.day, language_tag, safe_link)
    functions = (charts.diverging_bar, charts.columns, charts.side_shares, charts.raw_shares, script)
    words = ("STANCE_WORDS", "STANCE_SIGNS", "BASELINE_WORDS", "METHOD_WORDS", "VERDICT_WORDS")
    made.filters.update({each.__name__: each for each in filters}, language=wording.language_name)
    made.tests.update(moment=lambda stamp: wording.day(stamp) != stamp)
    made.globals.update({each.__name__: each for each in functions}, SIDES=[str(side) for side in SIDES])
    made.globals.update({name: getattr(wording, name) for name in words}, PERIOD_WORDS=PERIOD_WORDS)
    return made


def render(template: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Return a page in pieces, so that a long one need not be held."""
    return environment().get_template(template).generate(**values)


def publish(folder: Path, files: Mapping[str, Iterable[str]]) -> Path:
    """Write files into a folder, all or none, and return the path of the last.

    :param files: Name -> parts of the text; the last one should be the one that readers open first.
    :raises ConfigError: If the folder cannot be made or written.
    """
    with open_folder(folder) as output:
        for name, parts in files.items():
            with output.open(name) as file:
                file.writelines(parts)
        output.publish(list(files))
    return folder / name

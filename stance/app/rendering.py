"""Fill the templates of the window's pages."""

import shlex
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.responses import Response

from stance.page_layouts import certainty_words
from stance.reporting.rendering import environment


@cache
def _environment() -> Environment:
    templates = environment().overlay(loader=FileSystemLoader(Path(__file__).with_name("templates")))
    templates.filters |= {"certainty_words": certainty_words, "shlex_join": shlex.join}
    templates.filters["local_time"] = lambda stamp: datetime.fromisoformat(stamp).astimezone().strftime("%H:%M:%S")
    return templates


def render(template: str, **values: object) -> str:
    """Fill a template."""
    return _environment().get_template(template).render(**values)


def html(page: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page as a response."""
    return Response(page.encode("utf-8", "replace"), status, headers, "text/html; charset=utf-8")

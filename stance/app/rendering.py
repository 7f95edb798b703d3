"""Fill the templates of the window's pages."""

import shlex
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from stance.page_layouts import certainty_words, layout_words


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).with_name("templates"))
    templates = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters |= {function.__name__: function for function in (layout_words, certainty_words)}
    templates.filters["shlex_join"] = shlex.join
    templates.filters["local_time"] = lambda stamp: datetime.fromisoformat(stamp).astimezone().strftime("%H:%M:%S")
    return templates


def render(template: str, **values: object) -> str:
    """Fill a template."""
    return _environment().get_template(template).render(**values)


def html(page: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page as a response."""
    return Response(page.encode("utf-8", "replace"), status, headers, "text/html; charset=utf-8")

"""Fill the templates of the window's pages, and serve their files of style and script."""

import shlex
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from stance.page_layouts import certainty_words, layout_words


@cache
def static_files() -> Mapping[str, Response]:
    """Read the files of all pages; no path of a request reaches the disk."""
    kinds = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
    files = Path(__file__).with_name("static").iterdir()
    return {file.name: Response(file.read_bytes(), media_type=kinds[file.suffix]) for file in files}


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).with_name("templates"))
    templates = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters |= {"shlex_join": shlex.join}
    templates.filters["local_time"] = lambda stamp: datetime.fromisoformat(stamp).astimezone().strftime("%H:%M:%S")
    templates.filters |= {function.__name__: function for function in (layout_words, certainty_words)}
    return templates


def render(template: str, **values: object) -> str:
    """Fill a template."""
    return _environment().get_template(template).render(**values)


def html(page: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page as a response."""
    return Response(page.encode("utf-8", "replace"), status, headers, "text/html; charset=utf-8")

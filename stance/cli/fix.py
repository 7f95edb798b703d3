"""The command that teaches the layout of a site: fix."""

from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.command import command
from stance.cli.label import open_browser
from stance.cli.messages import say
from stance.run import option


@dataclass(frozen=True, slots=True)
class FixOptions:
    """Where rows are saved, and how the page is opened."""

    layouts: Path = option("--layouts", "File to add the layout row to.", Path("layouts.toml"), Path, Path)
    port: int = option("--port", "Port on 127.0.0.1; 0: any free one.", 0, int, min=0, max=65535)
    no_browser: bool = option("--no-browser", "Print the link only.", False, bool, variable=False)


@command
def fix(
    options: FixOptions,
    page: Annotated[Path, typer.Argument(metavar="PAGE", help="A saved HTML page whose comments are misread.")],
) -> None:
    """Show one comment of a page in the browser, so that those of its site are found."""
    from stance.labelling.fixing import FixPage, Lesson
    from stance.labelling.server import Sessions, bind, make_server

    lesson = Lesson.open(page, options.layouts)
    with closing(bind(options.port)) as listening:
        sessions = Sessions(listening.getsockname()[1])
        link = sessions.invite("me")
        say(f"{page}: {link} (works once; Ctrl-C ends)")
        if not options.no_browser:
            open_browser(link)
        with suppress(KeyboardInterrupt):  # the way to end it
            make_server(FixPage(lesson).app(sessions, say)).run(sockets=[listening])

"""The command that teaches the layout of a site: fix."""

from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.command import command, say
from stance.cli.label import open_browser


@command
def fix(
    page: Annotated[Path, typer.Argument(metavar="PAGE", help="A saved HTML page whose comments are misread.")],
    layouts: Annotated[
        Path, typer.Option("--layouts", metavar="FILE.toml", help="File to add the layout row to.")
    ] = Path("layouts.toml"),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0: any free one.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the link only.")] = False,
) -> None:
    """Show one comment of a page in the browser, so that those of its site are found."""
    from stance.labelling.fixing import FixPage, Lesson
    from stance.labelling.server import Sessions, bind, make_server

    lesson = Lesson.open(page, layouts)
    with closing(bind(port)) as listening:
        sessions = Sessions(listening.getsockname()[1])
        link = sessions.invite("me")
        say(f"{page}: {link} (works once; Ctrl-C ends)")
        if not no_browser:
            open_browser(link)
        with suppress(KeyboardInterrupt):  # the way to end it
            make_server(FixPage(lesson, sessions).app(say)).run(sockets=[listening])

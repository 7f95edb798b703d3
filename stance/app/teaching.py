"""Serve the page on which the layout of a site is taught.

A page whose layout is taught is hostile. Nothing of it is sent to the browser but its words and headings, escaped, in a
frame without scripts, pictures, forms and styles of its own; each piece of text is a link that chooses it.
"""

from collections.abc import Callable, Iterable
from html import escape

from lxml import etree
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stance.app.lessons import Choice, Lesson
from stance.app.rendering import html, render
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import BLOCKS, UNSEEN, Element

MOST_SHOWN = 40_000
"""Maximum number of pieces of text that are sent; a browser is slow with more links."""

_SELF = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"
"""Words: the security policy of both pages, with what follows."""


def linked_words(index: Index, boxes: Iterable[Element], choice: Choice) -> Markup:
    """Return the words of a page as links that choose them, in its blocks; nothing else of the page is in it.

    :param boxes: Comments that are found, to be marked.
    """
    marked, positions = set(boxes), index.text.positions
    pieces, links = list[str](), 0
    walk = etree.iterwalk(index.elements[0], events=("start", "end", "comment", "pi"))
    for event, node in walk:
        is_seen = event in ("start", "end") and node.tag not in UNSEEN
        is_block = is_seen and (node.tag in BLOCKS or node in marked)
        name = node.tag if node.tag in ("h1", "h2", "h3", "h4") else "div"
        if event == "start":
            if not is_seen:
                walk.skip_subtree()  # its end follows
                continue
            if is_block:
                pieces.append(f'<{name} id="e{positions[node]}"{" class=found" * (node in marked)}>')
            text, owner = node.text, node
        else:
            if is_block:
                pieces.append(f"</{name}>")
            text, owner = node.tail, node.getparent()
        if text and not text.isspace() and owner is not None and links < MOST_SHOWN:
            pieces.append(_linked(" ".join(text.split()), str(positions[owner]), choice))
            links += 1
    if links == MOST_SHOWN:
        pieces.append(f"<p>The page has more than {MOST_SHOWN:,} pieces of text; the rest is not shown here.</p>")
    return Markup("".join(pieces))  # noqa: S704 words are escaped, tags are ours


def _linked(words: str, number: str, choice: Choice) -> str:
    """Return words as a link that chooses their element, by its number, as the next part; without, if all is chosen."""
    is_chosen = ' class="chosen"' if number in choice else ""
    if choice.asked is None:
        return f"<span{is_chosen}>{escape(words)}</span> "
    address = escape(choice.address(**{choice.asked: number}))
    return f'<a{is_chosen} target="_top" href="{address}">{escape(words)}</a> '


def fix_routes(open_lesson: Callable[[Request], Lesson], home: str = "") -> list[Route]:
    """Return the routes of the page; they run in threads of their own, since reading a page takes time.

    :param open_lesson: Called for each request.
    :param home: The folder of the page in the window of ``stance open``, which reads the pages again.
    """

    def show(request: Request) -> Response:
        """Show the next choice, and the comments that follow from those made."""
        lesson, choice = open_lesson(request), Choice.read(request.query_params)
        row, thread, problem = lesson.learn(choice)
        saved = lesson.saved_as(row) if row and choice.asked is None else None
        values = {"row": row, "comments": thread.comments, "problem": problem, "saved": saved, "in_window": bool(home)}
        token, fragment = request.scope["session"].form_token, lesson.place(choice)
        page = render("fix.html", **values, lesson=lesson, choice=choice, place=fragment, form_token=token)
        policy = f"{_SELF}; frame-src 'self'; form-action 'self'; frame-ancestors 'none'"
        return html(page, headers={"content-security-policy": policy})

    def show_words(request: Request) -> Response:
        """Show the words of the page, in the frame."""
        lesson, choice = open_lesson(request), Choice.read(request.query_params)
        words = linked_words(lesson.index, lesson.learn(choice).found.elements, choice)
        sandbox = "sandbox allow-same-origin allow-top-navigation-by-user-activation"
        policy = f"{_SELF}; frame-ancestors 'self'; form-action 'none'; {sandbox}"
        headers = {"content-security-policy": policy, "x-frame-options": "SAMEORIGIN"}
        return html(render("words.html", words=words), headers=headers)

    def save(request: Request) -> Response:
        """Add the row to the file."""
        lesson, choice = open_lesson(request), Choice.read(request.scope["form"])
        row, thread, _ = lesson.learn(choice)
        if not thread.comments:
            raise HTTPException(400, "Not saved: your choice matches no comment. Go back and choose again.")
        lesson.save(row)
        return RedirectResponse(choice.address(), 303)

    return [Route(f"{home}/", show), Route(f"{home}/page", show_words), Route(f"{home}/save", save, methods=["POST"])]

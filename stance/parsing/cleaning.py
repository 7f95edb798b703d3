"""Clean the texts of comments: cut the page's words around them, and drop other texts.

Works on the comments of any reading. What belongs to the page comes back at the same edge of many texts, whatever its
words: a list number, a date, the author's own name, a row of buttons. Known button labels are only weak evidence: they
need fewer repetitions. Lines that people write themselves (a greeting, thanks, a rating, a signature) stay.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from stance.datamodels import Comment, Comments
from stance.parsing.lines import cues, split_lines
from stance.parsing.phrases import phrases
from stance.parsing.repetition import DEPTH, Draft, cut_lines, without_blanks
from stance.text_forms import TURNING, UNSEEN

EXCERPT = re.compile(r"\[\s?(?:…|\.\.\.)\s?\]")

NOTE = 200  # maximum characters of a note that a comment was deleted

MORE = re.compile(rf"(…|\.\.\.)\s*(?:{'|'.join(phrases('comment.more'))})\W{{0,3}}$", re.I)

LESS = re.compile(rf"\s+(?:{'|'.join(phrases('comment.less'))})\W{{0,3}}$", re.I)

TRANSLATED = re.compile(
    rf"(?:\n\s*|(?<=[.!?…])\s*)(?:{'|'.join(phrases('comment.translated'))})(?:[\s·|(]+(?:{'|'.join(phrases('comment.original'))})\)?)?\s*$",
    re.I,
)

RECENT = re.compile(
    r"\s(?:recently posted\s?(?:…|\.\.)|(?:my )?last (?:blog )?post\s?\.\.)|[´'’]s last (?:blog|\[type\])\s?\.\."
)
"""Pattern of the note, behind a name, with which a plug-in of blogs links to a post of the commenter's own blog."""

INVISIBLE = re.compile(f"[{TURNING}\u034f\u200b\u2060\ufeff]|(?<!\u00ad)\u00ad(?!\u00ad)")
"""Characters without a width. \\u200c and \\u200d stay, which join letters and emoji, and so do several
soft hyphens in a row, with which writers get addresses past a filter."""

DELETED = re.compile("|".join(f"(?:{phrase})" for phrase in phrases("comment.deleted")))

LINKING = tuple(phrase[:-1] for phrase in phrases("comment.pingbacks") if phrase.endswith(" *"))


def clean_comments(comments: Comments) -> tuple[Comment, ...]:
    """Clean the texts of the comments of one page, and drop those that are none.

    :param comments: All comments that one reading of the page found, in page order.
    :return: The same comments, their texts without the page's own words, soft hyphens and zero-width characters; names
        and dates are filled in where the cut lines had them. Notes of deleted comments, and pingbacks, are left out;
        an answer to a pingback answers what that answered, and one to a deleted comment answers none. Ids stay.
    """
    comments = [post for post in comments if not is_deleted(post.text) and not _is_placeholder(post, len(comments))]
    drafts = [draft for comment in comments if (draft := _draft(comment)).lines]
    # Maximum number of rounds; a header or footer has a few lines.
    for _ in range(16):  # the lines near an edge are looked at once those at the edges are cut
        changed = [cut_lines(drafts, edge, 0) for edge in (-1, 1)]  # a last line is rather a button
        if not any(changed) and not any(cut_lines(drafts, edge, n) for n in range(1, DEPTH) for edge in (1, -1)):
            break
    left = (draft for draft in drafts if not is_deleted("\n".join(draft.lines)) and not _is_pingback(draft))
    drafts_of = {draft.comment.comment_id: draft for draft in left}
    parents: dict[str, str | None] = {}
    for comment in comments:
        parent = comment.reply_to
        parents[comment.comment_id] = parent if parent in drafts_of else parents.get(parent or "")
    return tuple(_finish(draft, parents[name]) for name, draft in drafts_of.items())


def _is_placeholder(comment: Comment, comments: int) -> bool:
    """Return whether a text stands in place of comments: "Be the first to comment"; a writer's own has a date."""
    if (comment.author and comments > 1) or comment.posted or len(comment.text) > NOTE:
        return False
    lines = split_lines(comment.text)
    return len(lines) == 1 and cues("section.empty").match(lines[0])


def is_deleted(text: str) -> bool:
    """Return whether a text is a note of a deleted comment: "This comment was removed.", "[flagged]"."""
    if len(text) > NOTE:
        return False
    note = text.casefold().strip()
    return any(map(DELETED.fullmatch, {note, note.strip("[](){}<>*_– ")}))


def without_notes(text: str) -> str:
    """Cut the additions of a page off a text: a shortened form in front, and a note of translation."""
    for cut in islice(re.finditer(r"…|\.\.\.", text), 3) if "…" in text or "..." in text else ():
        start, tail = text[: cut.start()].rstrip(), text[cut.end() :]
        # Minimum characters that the shortened text and the whole one share; maximum of a button between them.
        begin = tail.find(start, 0, len(start) + 40) if len(start) >= 8 else -1
        if begin >= 0:
            text = LESS.sub("", tail[begin:])
            break
    note = TRANSLATED.search(text, len(text) - NOTE)
    return MORE.sub(r"\1", (text[: note.start()] if note else "") or text)


def cut_note(texts: Sequence[str]) -> list[str]:
    """Return a warning where many texts end in an ellipsis, as those that a page or a tool cuts do."""
    number = sum(text.endswith(("…", "...")) for text in texts)
    are_cut = 4 * number > max(8, len(texts))  # on none of 132 pages: 107 of their 2,809 texts end so
    return [f"{number:,} of {len(texts):,} texts end in an ellipsis, as if they were cut"] if are_cut else []


def _draft(comment: Comment) -> Draft:
    text = without_notes(comment.text)
    lines = without_blanks((text if text.isascii() else INVISIBLE.sub("", text)).split("\n"))
    # Characters that are not shown, but for joiners of emoji, and tags that a page shows as text, in names.
    author = comment.author and re.sub(rf"(?![\u200c\u200d\ufe0f])[{UNSEEN}]|</?[a-z]{{1,12}}>", "", comment.author)
    is_initial = len(lines) > 1 and lines[0] == (author or "")[:1]  # in place of a picture
    # Before the web, nobody commented: an earlier date is one in the text, as below a motto.
    posted = comment.posted if (comment.posted or "") > "1990" else None
    return Draft(comment, _without_recent(lines[is_initial:], author or ""), author, posted)


def _without_recent(lines: list[str], author: str) -> list[str]:
    """Return lines up to a note of the commenter's last post: "Ada recently posted…A bridge"."""
    for number in range(max(len(lines) - 3, 1), len(lines)) if author else ():
        if lines[number].startswith((author, f".-= {author}")) and RECENT.match(
            lines[number].removeprefix(".-= "), len(author)
        ):
            return lines[:number]
    return lines


def _is_pingback(draft: Draft) -> bool:
    """Return whether a text is an excerpt of a page that links here."""
    if (draft.author or "").lower().startswith(LINKING):
        return True
    first = next((line for line in draft.lines[:2] if EXCERPT.match(line)), None)
    if first is None:
        return False
    if draft.author is None and EXCERPT.search(first, 5):  # what follows the excerpt is its page's title
        return True
    if draft.lines[-1].rstrip().endswith(("...]", "…]", "... ]", "… ]")) and draft.lines != ["[...]"]:
        return True
    # Minimum words of an "author" that is the title of a linking page.
    return len((draft.author or "").split()) >= 5 and first is draft.lines[0]


def _finish(draft: Draft, parent: str | None) -> Comment:
    comment = draft.comment
    text = "\n".join(draft.lines)
    quoted = comment.quoted
    if quoted and text != comment.text:
        left = (line for line in quoted.split("\n") if line in draft.lines)
        quoted = "\n".join(left) or None
    return replace(comment, text=text, author=draft.author, posted=draft.posted, reply_to=parent, quoted=quoted)

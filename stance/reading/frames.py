"""Insert the frames of a page, such as a thread of comments, in their places.

Browsers save the page of a frame into the folder of pictures. Only files directly in the folder that is named after the
page are opened, no links, and no more than the limits of one page allow in all.
"""

import html
import re
import stat
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from stance.datamodels import Page
from stance.limits import FIXED, Limits, open_plain, shown_size
from stance.reading.encodings import decode
from stance.reading.input_names import saved_with, shown, web_address
from stance.reading.kinds import looks_like_html


def with_frames(text: str, content: Callable[[str], str | None]) -> str:
    """Insert frames in their places, each once, as browsers do that save one file.

    :param content: Returns the page of a frame by its address; None if it was not saved.
    """
    addresses = set()

    def joined(frame: re.Match[str]) -> str:
        inner = None if frame[2] in addresses else content(html.unescape(frame[2]))
        addresses.add(frame[2])
        written = html.escape(inner or "")
        return f'{frame[1]}srcdoc="{written}"' if 0 < len(written) <= FIXED.frame_chars else frame[0]

    frame = r"""(<iframe\b[^<>]{0,2000}?\s)src\s{0,8}=\s{0,8}["']([^"'<>]{1,2000})["']"""
    return re.sub(frame, joined, text, flags=re.IGNORECASE)


def with_saved_frames(page: Page, path: Path, limits: Limits) -> Page:
    """Insert the frames that a browser saved in the folder of a page, and note the address that it was saved from.

    :param path: The file of the page.
    """
    room = limits.html_bytes - len(page.text)
    left_out = []

    def content(address: str) -> str | None:
        nonlocal room
        frame = saved_frame(path, address)
        if frame is None:
            return None
        try:
            with open_plain(frame) as file:
                data = file.read(max(room, 0) + 1)
        except OSError:
            return None
        if len(data) > room:
            most = shown_size(limits.html_bytes)
            left_out.append(f"{shown(frame)} was left out, since the page with it is larger than {most} (the limit)")
            return None
        room -= len(data)
        return decode(data).text if looks_like_html(data) else None

    text = with_frames(page.text, content)
    return replace(page, text=text, url=page.url or saved_from(page.text), warnings=(*page.warnings, *left_out))


def saved_frame(path: Path, address: str) -> Path | None:
    """Return the file of a frame in the folder that a browser saved with a page; None for any other address."""
    folder, _, name = unquote(re.split("[?#]", address)[0]).removeprefix("./").partition("/")
    stems = [unicodedata.normalize("NFC", stem or "") for stem in (saved_with(folder), path.stem)]
    if set(name) & set("/\\") or len(set(stems)) > 1:
        return None
    parent = path.parent / folder
    return parent / name if is_of_kind(parent, stat.S_ISDIR) and is_of_kind(parent / name, stat.S_ISREG) else None


def is_of_kind(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Return whether a place itself, not the target of a link, is of a kind."""
    with suppress(OSError, ValueError):
        return is_kind(path.lstat().st_mode)
    return False


def saved_from(text: str) -> str | None:
    """Return the address that a browser or a copier of sites noted at the start of a page that it saved."""
    note = re.search(
        # Chrome, Edge and Internet Explorer write the first note.
        r"(?:<!-- saved from url=\(\d{1,6}\)|Page saved with SingleFile\s{1,20}url: )(https?://[^\s<>]{4,2000})|"
        r"<!-- Mirrored from ([^\s<>/]{4,250}/[^\s<>]{0,2000}) by HTTrack",
        text[:4_096],
    )
    return web_address(note[1] or f"http://{note[2]}") if note else None

"""Read the facts in front of a page that was saved as Markdown."""

import re
from dataclasses import replace
from itertools import chain

from stance.datamodels import Page, PageFacts
from stance.reading.input_names import web_address
from stance.reading.times import to_iso
from stance.resources import formats

_FIELD = re.compile(r"[>*#\s-]{0,4}([A-Za-z][A-Za-z _-]{0,30}?)\**:\**(?:\s+(.{0,2000}))?")

FRONT_CHARS = 10_000
"""Number of characters in which front matter ends."""


def with_front_matter(page: Page) -> Page:
    """Return a clip, a page that was saved as Markdown, with the facts in front of its text, and without these lines.

    They stand between two lines of hyphens, or are ``Title:``, ``URL Source:`` and the like, one of them an address.
    """
    text, names = page.text.lstrip("\n"), formats()["front_matter"]
    lines, known = text[:FRONT_CHARS].split("\n"), {*chain.from_iterable(names.values())}
    is_fenced = lines[0].strip() == "---"
    found = [_FIELD.fullmatch(line.strip()) for line in lines]
    if is_fenced:
        end = next((at for at, line in enumerate(lines) if at and line.strip() == "---"), 0)
    else:
        own = (not line.strip() or (each and each[1].lower() in known) for each, line in zip(found, lines, strict=True))
        end = next((at for at, is_field in enumerate(own) if not is_field), 0)
    fields = {each[1].lower(): (each[2] or "").strip("\"' ") for each in reversed(found[:end]) if each}
    given = {ours: next(filter(None, map(fields.get, each)), "") for ours, each in names.items()}
    address = re.search(r"https?://[^\s<>()\[\]\"']+", given["url"])
    url = web_address(address[0]) if address else None
    if not (url or (is_fenced and given["title"])):
        return page
    rest = text.split("\n", end + is_fenced)[-1]
    outlet = given["outlet"] if not web_address(given["outlet"]) else ""
    facts = PageFacts(outlet or None, given["title"] or None, to_iso(given["published"]), url)
    return replace(page, text=rest, facts=facts, url=url or page.url)

"""Read the facts in front of a page that was saved as Markdown."""

import re
from dataclasses import replace
from itertools import chain

from stance.datamodels import Page, PageFacts
from stance.reading.input_names import web_address
from stance.reading.times import to_iso
from stance.resources import formats


def with_front_matter(page: Page) -> Page:
    """Return a clip, a page that was saved as Markdown, with the facts in front of its text, and without these lines.

    They stand between two lines of hyphens, or are ``Title:``, ``URL Source:`` and the like, one of them an address.
    """
    text, names = page.text.lstrip("\n"), formats()["front_matter"]
    # Number of characters in which front matter ends.
    lines, usual = text[:10_000].split("\n"), {*chain.from_iterable(names.values())}
    is_fenced = lines[0].strip() == "---"
    form = r"[>*#\s-]{0,4}([A-Za-z][A-Za-z _-]{0,30}?)\**:\**(?:\s+(.{0,2000}))?"
    hits = [re.fullmatch(form, line.strip()) for line in lines]
    if is_fenced:
        end = next((number for number, line in enumerate(lines) if number and line.strip() == "---"), 0)
    else:
        parts = (
            not line.strip() or (field and field[1].lower() in usual) for field, line in zip(hits, lines, strict=True)
        )
        end = next((number for number, is_field in enumerate(parts) if not is_field), 0)
    fields = {field[1].lower(): (field[2] or "").strip("\"' ") for field in reversed(hits[:end]) if field}
    values = {ours: next(filter(None, map(fields.get, field)), "") for ours, field in names.items()}
    address = re.search(r"https?://[^\s<>()\[\]\"']+", values["url"])
    url = web_address(address[0]) if address else None
    if not (url or (is_fenced and values["title"])):
        return page
    remaining = text.split("\n", end + is_fenced)[-1]
    outlet = values["outlet"] if not web_address(values["outlet"]) else ""
    facts = PageFacts(outlet or None, values["title"] or None, to_iso(values["published"]), url)
    return replace(page, text=remaining, facts=facts, url=url or page.url)

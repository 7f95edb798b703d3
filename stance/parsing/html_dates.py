"""When each comment of a thread was written: by selectors, or by what reads as a date."""

from stance.parsing.dates import parse_date
from stance.parsing.html_names import is_only_name
from stance.parsing.html_structure import date_in, is_stamp, is_titled_stamp
from stance.parsing.html_text import Element
from stance.parsing.html_threads import LONGEST_DATE, CommentParts, PageParts, Thread
from stance.parsing.lines import letter_words


def fill_dates(thread: Thread, parts: dict[Element, CommentParts]) -> set[Element]:
    """Date the comments; return the elements that hold a date and nothing else."""
    page, dated = thread.page, set[Element]()
    undated = len(parts)
    for selector in thread.layout.posted if undated else ():
        for box, element in thread.first(selector).items():
            if parts[box].posted is None and (date := told_date(page, element)):
                parts[box].posted = date
                undated -= 1
                if len(page.text.line_of(element)) <= LONGEST_DATE:
                    dated.add(element)
        if not undated:
            break
    return dated


def fill_stamps(thread: Thread, parts: dict[Element, CommentParts]) -> set[Element]:
    """Date the comments by what reads as a date; return the elements that hold one, relative ones included.

    A line that is nothing but a date is surer than one with other words, which may be those of the comment: such lines
    are asked only where most comments have one.
    """
    page, dated = thread.page, set[Element]()
    pure: dict[Element, list[Element]] = {}
    worded: dict[Element, list[Element]] = {}
    for box in parts:
        said = thread.texts.get(box)
        stamps = [each for each in thread.own(box) if said is None or page.may_be_stamp(each, said)]
        stamps = [each for each in stamps if _is_stamp(each)]
        pure[box] = [
            each
            for each in stamps
            if each.tag == "time" or is_titled_stamp(each) or is_only_name(page.text.line_of(each), "")
        ]
        if not pure[box] and (inner := [each for each in _innermost(stamps) if not _tells(page.text.line_of(each))]):
            worded[box] = inner[:1]
    if 2 * len(worded) <= len(parts):
        worded = {}
    for box, part in parts.items():
        chosen = pure[box] or worded.get(box, [])
        part.posted = next((date for element in chosen if (date := told_date(page, element))), None)
        dated.update(chosen)
    return dated


def told_date(page: PageParts, element: Element) -> str | None:
    """Return the date that an element tells; to the minute, where only a part of it does so."""
    date = _given_date(element) or parse_date(page.text.line_of(element))
    if date is None or "T" in date:
        return date
    parts = element.iterdescendants("*")
    inner = (told for each in parts if (told := _given_date(each) or parse_date(page.text.line_of(each))))
    return next((given for given in inner if given.startswith(f"{date}T")), date)


def _given_date(element: Element) -> str | None:
    given = (value for name in ("datetime", "content", "title") if (value := element.get(name)))
    return next((date for value in given if (date := parse_date(value))), None)


def _is_stamp(element: Element) -> bool:
    """Tell whether an element tells a time, be it only to who points at it."""
    return element.tag == "time" or is_stamp(element) or is_titled_stamp(element)


def _tells(line: str) -> bool:
    """Whether a line with a date goes on behind it as a sentence: "On 12 June 1999 it sank."."""
    date = date_in(line)
    rest = line[date.end :] if date else ""
    return rest.endswith((".", "!", "?")) and len(letter_words(rest)) > 1


def _innermost(elements: list[Element]) -> list[Element]:
    around = {above for element in elements for above in element.iterancestors()}
    return [element for element in elements if element not in around]

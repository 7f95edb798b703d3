"""Find the authors of an article."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice

from stance.parsing.bylines import AFTER_NAME, APART, CREDIT, CUE_WORDS, FULL_NAME, author_in
from stance.parsing.dates import find_date
from stance.parsing.html.headlines import (
    LONGEST_NAME,
    MOST_LOOKED_AT,
    TITLE_WORDS,
    is_beside_article,
    title_key,
)
from stance.parsing.html.machine_data import MAKER, MachineData
from stance.parsing.html.markup_words import is_named_after
from stance.parsing.html.text import Element, line_of, text_of, upwards
from stance.parsing.html.tree import text_size
from stance.parsing.lines import letter_words
from stance.parsing.phrases import phrases, words_of_phrases

AUTHOR_NAMES = (
    "author", "article:author", "og:article:author", "og:author", "parsely-author", "sailthru.author", "byl",
    "dc.creator", "dcterms.creator", "citation_author", "creator",
)  # fmt: skip

NO_AUTHOR = tuple(word for word in phrases("markup.no_author") if word != "field")  # Drupal's authors are fields

CALLED_AUTHOR = re.compile("aut(?:ho|o|eu)r(?!i[sz])|by-?line|writer", re.IGNORECASE)

BYLINE_TAGS = (
    "a", "span", "div", "p", "address", "cite", "li", "ul", "dd", "strong", "b", "h2", "h3", "h4", "h5", "h6",
)  # fmt: skip

SEVERAL = re.compile(r"\s?/\s?|,\s(?:(?i:and)\s)?|\s(?:(?i:and|und|et|og|och|en)|y|e|&)\s")

NO_PERSON = words_of_phrases("article.no_person", "comment.roles")

NEAR_LINES_OF_NAME = 3
"""Number of lines beside a headline of which one may be a name without a word such as "by"."""

AUTHOR_LINK = re.compile(r"/(?:author|auteur|autor|autore)s?/[^/?#]+/?$", re.IGNORECASE)


def find_author(
    root: Element,
    headline: Element | None,
    near: Sequence[str],
    data: MachineData,
    names: set[str],
    never: Container[str],
) -> str | None:
    """Return the people that the page names as its authors, else a login or an organization.

    Neither the outlet nor a section, a role, or an entry of a menu is one.

    :param near: Lines near the headline, as ``near_lines`` returns them.
    :param names: Keys of the names of the site, which are no author unless readers see them as one.
    :param never: Keys of the outlet and of its sections, which are no authors in any case.
    """
    metas = [
        [name for name in data.all((key,)) if not MAKER.search(name) and title_key(name) not in never]
        for key in AUTHOR_NAMES
    ]
    byline, near = [*_byline(root, headline)], near[::-1]
    credits = (line for line in near if CREDIT.match(line) and len(line.split()) <= CUE_WORDS)
    visible = (*byline, *credits)  # "By 7 News" names no person, and is shown as the author
    credited = {name: line for line in near if (name := author_in(line))}
    credit = next((name for name in reversed(credited) if " " in name), next(reversed(credited), ""))
    # A line that says "By" and two names tells more than what is made for machines.
    is_person = all(map(FULL_NAME.fullmatch, _parts(credit))) and not _is_site(credit, names)
    anywhere = [] if is_person or not visible else [text_of(root)]
    persons, meta = (_shown(some, visible, anywhere) for some in ([data.names("author", "Person")], metas))
    stated = (persons, meta, byline, data.names("creator"), data.names("author"))
    lists = [
        [name for line in lines for part in _parts(line) if (name := author_in(part, is_credited=False))]
        for lines in stated
    ]
    several = _parts(credited.get(credit, ""))
    lists.insert(3, several if len(several) > 1 else [credit] if credit else [])
    lists = [[name for name in some if title_key(name) not in never and not _is_role(name)] for some in lists]
    plain = [[item for item in authors if not (i and _is_site(item, names))] for i, authors in enumerate(lists)]
    full = [[name for name in authors if " " in name] for authors in plain]
    authors = next(filter(None, (*full, *plain, *lists)), [] if any(stated) else _beside_date(near[::-1]))
    return "; ".join(dict.fromkeys(authors)) or None


def _parts(line: str) -> list[str]:
    """Return the parts of a line that names several persons: "By Ada Low, Bo May and Cy Lee", "Ada Low/Bo May"."""
    credit = CREDIT.match(line)
    *parts, last = SEVERAL.split(APART.split(line[credit.end() :] if credit else line, maxsplit=1)[0])
    names = [AFTER_NAME.sub("", part, count=1) for part in (*parts, last) if " " in part]
    is_list = len(names) > 1 and all(map(FULL_NAME.fullmatch, names))
    return names if is_list and NO_PERSON.isdisjoint(letter_words(" ".join(names))) else [line]


def _shown(stated: Iterable[list[str]], bylines: Sequence[str], anywhere: Sequence[str]) -> list[str]:
    """Return the first names of which readers see a word in bylines, else anywhere, unless there are no bylines.

    What readers do not see is a desk, or who made the pages of the site.
    """
    for lines in (bylines, anywhere) if bylines else ([],):
        seen = _words_of(lines)
        for names in filter(None, stated):
            words = _words_of(names)
            if not bylines or not words or seen & words:
                return names
    return []


def _words_of(lines: Iterable[str]) -> set[str]:
    return {*TITLE_WORDS.findall(" ".join(lines).casefold())}


def _is_site(name: str, names: set[str]) -> bool:
    """Return whether a name is the site's, or a word at its beginning: "taz" of "taz.de"."""
    key = title_key(name)
    return key in names or (" " not in name and any(site.startswith(key) for site in names))


def _is_role(name: str) -> bool:
    return words_of_phrases("comment.roles").issuperset(letter_words(name))


def _beside_date(near: Sequence[str]) -> list[str]:
    """Return the full name that is a line of its own close to the headline and to a date, if there is one.

    :param near: Lines near the headline, the nearest first.
    """
    for i, line in enumerate(near[:NEAR_LINES_OF_NAME]):
        beside = (find_date(other) for other in near[max(i - 1, 0) : i + 2])
        is_near = any(date and date.iso for date in beside)
        is_name = FULL_NAME.fullmatch(line) and not CREDIT.match(line) and NO_PERSON.isdisjoint(letter_words(line))
        if is_near and is_name and all(word[0].isupper() or word[0].isascii() for word in line.split()):
            return [line]
    return []


def _byline(root: Element, headline: Element | None) -> Iterator[str]:
    """Yield the first line with a name in an element of the article that is called after an author, and its list."""
    headings = islice(root.iter("h1"), MOST_LOOKED_AT) if headline is None else (headline,)
    around = [above for heading in headings for above in upwards(heading)]
    box = _article_box(root, around)
    called = list(islice(filter(_names_author, root.iter(*BYLINE_TAGS)), MOST_LOOKED_AT))
    outer = {above for element in called for above in element.iterancestors()}
    first: Element | None = None
    for element in sorted(called, key=lambda node: (node in outer, node.get("rel") != "author")):
        if first is not None and _list_of(element) != _list_of(first):
            continue
        link = next((line for link in element.iter("a") if (line := line_of(link))), None)
        line = link or text_of(element).partition("\n")[0]
        is_own = not is_beside_article(element, around) and (box is None or box in upwards(element))
        if is_own and author_in(line, is_credited=False):
            first = first if first is not None else element
            yield line


def _list_of(element: Element) -> tuple[str | None, Element | None]:
    """Return the class of an element, and the second element around it: those of the others in a list are the same."""
    return element.get("class"), next(islice(element.iterancestors(), 1, 2), None)


def _article_box(root: Element, around: Sequence[Element]) -> Element | None:
    """Return the innermost element around a headline that holds half of the text of paragraphs; None without one.

    :param around: The headline and what is around it, the innermost first.
    """
    sizes = dict.fromkeys(around, 0.0)
    total = 0.0
    for paragraph in root.iter("p"):
        size = text_size(paragraph)
        total += size
        for above in upwards(paragraph):
            if above in sizes:
                sizes[above] += size
    return next((box for box in around if 2 * sizes[box] > total), None)


def _names_author(element: Element) -> bool:
    """Return whether an element is a link to its author, or is named after one and holds a short line."""
    if element.get("rel") == "author" or (element.tag == "a" and AUTHOR_LINK.search(element.get("href", ""))):
        return True
    if not CALLED_AUTHOR.search(f"{element.get('class', '')} {element.get('itemprop', '')}"):
        return False
    is_named = not is_named_after(NO_AUTHOR, element) and is_named_after(phrases("markup.author"), element)
    return is_named and len(element) <= 6 and 0 < len(line_of(element)) <= LONGEST_NAME

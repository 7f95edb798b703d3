"""Text dumps to documents: a saved page that has lost its tags, article apart from reader comments."""

from collections.abc import Callable, Sequence

from stance.datamodels import Comment, Document, Page
from stance.identity import document_id
from stance.parsing.answers import parents, with_answered
from stance.parsing.article import Article, read_article
from stance.parsing.entries import Entry
from stance.parsing.headings import stated_count
from stance.parsing.lines import Line
from stance.parsing.quotes import QuoteFinder, quoted_part, runs_of
from stance.parsing.section import Section, find_section
from stance.parsing.wrapping import read_lines


def parse_text(page: Page) -> Document:
    """Separate the article of a text dump from its comments.

    :param page: A text page; any text will do, an empty one gives an empty document.
    :return: Everything the page tells, except languages.
    """
    # 1. lines
    lines = read_lines(page.text)
    # 2. the comment section
    section = section_of(lines)
    # 3. the article above it
    above, below = (lines[: section.start], lines[section.end :]) if section else (lines, ())
    article = read_article(above, section.headings[:3] if section else (), below)
    # 4. comments
    comments = _comments(page.text, section.entries if section else (), article)
    stated = section.stated if section else _stated_without_section(lines, article)
    return Document(
        document_id=document_id(article.title, article.body, comments),
        source=page.source,
        outlet=article.outlet,
        url=page.url,
        title=article.title,
        author=article.author,
        published=article.published,
        lead=article.lead,
        body=article.body,
        comments=comments,
        stated_comments=stated,
        layout=section.layout if section else "none",
        warnings=(*page.warnings, *_warnings(article, comments, stated)),
    )


def section_of(lines: Sequence[Line]) -> Section | None:
    """Find the comment section among all lines of a page; None where it has none."""
    return find_section(lines, lambda start: _quote_test(lines[:start]))


def _quote_test(lines: Sequence[Line]) -> Callable[[Line], bool]:
    """Make a test of whether a line repeats one of the given lines, or says that it quotes."""
    finder = QuoteFinder(line.text for line in lines)
    return lambda line: line.text.startswith(">") or finder.repeats(line.text)


def _comments(page_text: str, entries: Sequence[Entry], article: Article) -> tuple[Comment, ...]:
    """Make comments of a section's entries, in page order."""
    if not entries:
        return ()
    said = QuoteFinder((article.title or "", article.lead or "", *article.body))
    earlier = QuoteFinder()
    entries = with_answered(entries)
    comments: list[Comment] = []
    for number, (entry, parent) in enumerate(zip(entries, parents(entries), strict=True), 1):
        text = "\n".join(line.full if i else line.text for i, line in enumerate(entry.lines))
        runs = runs_of(text)
        comments.append(
            Comment(
                comment_id=f"c{number}",
                text=text,
                author=entry.author,
                reply_to=f"c{parent + 1}" if parent is not None else None,
                posted=entry.posted,
                votes=entry.votes,
                quoted=quoted_part(text, runs, said, earlier),
                start=entry.lines[0].start,
                end=entry.lines[-1].end,
            )
        )
        earlier.remember(runs)
    return tuple(comments)


def _stated_without_section(lines: Sequence[Line], article: Article) -> int | None:
    """Read a page's count of comments where it shows none of them, below the article's last paragraph."""
    last = article.body[-1] if article.body else None
    below = next((i for i in range(len(lines) - 1, -1, -1) if lines[i].full == last), len(lines))
    return stated_count(lines[below : below + 20])


def _warnings(article: Article, comments: Sequence[Comment], stated: int | None) -> tuple[str, ...]:
    """Say what a reader of the document should know of how it was read."""
    warnings = []
    if not article.body:
        warnings.append("no article body was found; expected paragraphs of prose")
    if stated is not None and stated != len(comments):
        warnings.append(f"the page states {stated} comments; {len(comments)} were found")
    return tuple(warnings)

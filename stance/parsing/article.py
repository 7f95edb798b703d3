"""The article of a text dump: its title, standfirst, author, date, outlet and body.

A dump is a menu, perhaps a ticker, a title with its furniture, paragraphs with captions and teasers between them, then
tags, other stories and a footer. Each line gets a kind by its own form and by the cue above it; the body is the run of
lines with the most prose in it, below the title.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from math import exp, log1p
from operator import mul
from typing import NamedTuple

from stance.datamodels import UNKNOWN_LANGUAGE
from stance.parsing.dates import find_date
from stance.parsing.language import MONTHS, detect_language, phrases, words_of_phrases
from stance.parsing.line_parts import is_heading
from stance.parsing.lines import Cues, Line, line_key, name_like, once, split_lines, strip_prefix
from stance.parsing.sites import clean_name

AGENCIES = phrases("article.agencies")
CREDITS = phrases("article.credits")
CREDITED = re.compile(rf"\S\s(?:{'|'.join(phrases('article.credits'))}):\s\S", re.IGNORECASE)
SUPPORT = phrases("article.support")
NO_SITE = Cues(phrases("article.furniture", "article.ends", "article.related", "section.headings"))
TEASER_PREFIXES = phrases("article.teasers")
FURNITURE = Cues(phrases("article.furniture"))
RELATED = Cues(phrases("article.related"))
TICKER = Cues(phrases("article.tickers"))
PROMPTS = Cues(phrases("article.prompts"))
FOOTER_WORDS = re.compile(r"[©®™()]|\bcopyrights?\b|\b\d{4}\b|[\d–-]+(?=\s)", re.IGNORECASE)
RIGHTS = re.compile(r"\b(?:all rights|alle rechte|tous droits|todos los derechos|все права)\b", re.IGNORECASE)
RIGHTS_END = re.compile(rf"{RIGHTS.pattern}.*", re.IGNORECASE)
FOOTER_END = re.compile(rf"\s?[|•·,]\s?|(?<=\w\w)[.。]\s|\s{RIGHTS.pattern}|\sor its\s|\s-\s", re.IGNORECASE)
COMPANY = re.compile(
    r"(?:\snews)?(?:\s(?:and|&|und))?\s(?:inc|ltd|llc|limited|g?mbh|ag|plc|corp|corporation|company|media|group|s\.?a"
    r"|e\.?v)\b.*",
    re.IGNORECASE,
)
HOST = re.compile(r"\b(?:www\.)?((?:[\w-]{1,63}\.){1,8}(?:com?|org|net|info|news|[a-z]{2}))\b(?!\.\w)", re.I)
SERVICES = re.compile(
    r"\b(?:gmail|gmx|web|hotmail|yahoo|outlook|facebook|fb|twitter|x|instagram|youtu|youtube|google|whatsapp|linkedin"
    r"|pinterest|t|wordpress|blogspot|apple|amazon|disqus|gravatar|paypal|adobe|reddit|tiktok|wikipedia|goo|bit|mail|yandex"
    r"|rambler|qq|163|mailbox|vk|ok|icio|archive|change|livejournal|amzn|feedburner|addthis|creativecommons)\.",
    re.IGNORECASE,
)
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
FOOTER_VOTES = 4
BY = "|".join(sorted(phrases("article.by", "comment.credited"), key=len, reverse=True))
CREDIT = re.compile(rf"(?:{BY})(?:[:：/]\s?|\s)", re.IGNORECASE)
OPEN_CREDIT = re.compile(rf"(?:^|[\s|,–—-])(?:{BY}):?$", re.IGNORECASE)
BEFORE_DATE = "|".join(sorted(phrases("date.before", "date.labels"), key=len, reverse=True))
NO_FIRSTS = frozenset(phrases("article.no_author"))
APART = re.compile(r"\s?[|｜·•]\s?")
LABELLED = re.compile(rf"(?:^|[|·•]\s?)(?:{BEFORE_DATE})\b", re.I)
AFTER_NAME = re.compile(rf"\s?[,(/].*|\s[–—-]\s.*|\s\d.*|\s(?:in|dans)\s.*|\s(?:{BEFORE_DATE}):?\s*$", re.I)
BEFORE_NAME = re.compile(r"^\w+:\s")
NO_ENDS = MONTHS.keys() | words_of_phrases("date.before", "date.labels", "date.weekdays")
NO_NAMES = NO_ENDS | words_of_phrases("article.by", "comment.credited")
NO_NAME = re.compile(r"https?:|www\.|[@→»›>]")
MAIL = re.compile(r"\S+@\S+")
FULL_STOP = re.compile(r"(?<=\w\w)\.$")
BYLINE_WORDS = 24
LEAST_TITLE = 0.2
"""Minimum probability of a title; less probable ones are false in nine of ten texts."""
CUE_WORDS = 12
"""A cue line is short; a paragraph may begin with the words of one."""
CAPTION_WORDS = 60
LEAD_WORDS = (6, 60)
MOST_TITLE_WORDS = 32
TOPIC_CHARACTERS = 4
"""Minimum characters of a word that tells a topic."""
MOST_HITS = 4
"""Maximum number of words of a line that count as hits of the topic."""
TOP_LINES = 3
"""Number of lines at the top of a page that may hold its title with the name of the site."""
MOST_ABOVE_DATE = 3
"""Maximum number of paragraphs between a title and the date or byline of the article."""
QUESTION_WORDS = 16
"""A title may be a question; one that is longer is a standfirst."""
BROKEN_QUOTATION = re.compile(
    r"""(?<![^\s(])["“«„](?=\S)(?:[^"“”«»„\n]{1,300}[\w,;–-]\n){1,8}[^"“”«»„\n]{0,300}["”“»]"""
)
BEFORE_AUTHOR = 16
"""Maximum characters before the name that begins a biography: "The author, Ada Low, is ..."."""
PER_POST = 4
"""Minimum number of equal ends that do not end an article: each post of a live report has one."""


SOURCES = phrases("article.sources")

_ENDS = Cues(phrases("article.ends", "section.ends"))
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,}")
_FOOTER = re.compile(r"(?:©|\([cс]\)\s|copyrights?\b)", re.IGNORECASE)


class Kind(Enum):
    """The kind of a line, by its own form and by the cue above it: why it is no paragraph of the article."""

    PROSE = "prose, but outside the paragraphs of the article"
    SHORT = "a short line: a heading, a list, a menu"
    MENU = "a bullet of a menu or of tags"
    DATE = "a date"
    BYLINE = "who wrote it"
    SOURCE = "where it comes from"
    CAPTION = "the caption or credit of a picture"
    FURNITURE = "a button or counter of the site"
    TEASER = "a teaser of another story"
    END = "the end of the article"


_LEAST_WORDS = {Kind.SHORT: 2, Kind.PROSE: 2, Kind.TEASER: 2, Kind.FURNITURE: 5}
"""Minimum words of a title by the kind that its line is taken for: a list of other stories may run on into a title, and
a title may begin with the words of a cue."""

_OFTEN = {Kind.END: (PER_POST, Kind.FURNITURE), Kind.PROSE: (3, Kind.CAPTION)}
"""Kinds of lines that a page has so often: a repeated paragraph describes a picture."""

_SET_APART = frozenset({Kind.DATE, Kind.BYLINE, Kind.SOURCE, Kind.MENU})
"""Kinds of lines below a standfirst; pictures and advertisements are also found below a first paragraph."""


_AT_ENDS = frozenset({Kind.BYLINE, Kind.DATE, Kind.FURNITURE, Kind.END, Kind.SOURCE})
"""Kinds of lines that are left out at both ends of an article."""


def whole_quotations(text: str) -> str:
    """Join the lines of each quotation that is broken within a sentence."""
    return BROKEN_QUOTATION.sub(lambda found: found[0].replace("\n", " "), text)


def _without_biography(paragraphs: Sequence[str], author: str | None) -> Sequence[str]:
    """Return paragraphs with whole quotations, and without the last ones from one that begins with the author.

    An author who is in the article itself has no biography below it.
    """
    paragraphs = whole_quotations("\n".join(paragraphs)).split("\n") if paragraphs else ()
    names = [name for name in (author or "").split("; ") if " " in name and strip_prefix(name, AGENCIES) is None]
    for i in range(max(len(paragraphs) - TOP_LINES - 1, 1), len(paragraphs)):
        above = "\n".join(paragraphs[TOP_LINES:i])
        for name in (rf"{re.escape(each)}(?![\w:])" for each in names):
            if re.match(rf".{{0,{BEFORE_AUTHOR}}}\b{name}", paragraphs[i]) and not re.search(name, above):
                return paragraphs[:i]
    return paragraphs


def own_paragraphs(paragraphs: Sequence[str], title: str | None, author: str | None) -> tuple[str, ...]:
    """Return the paragraphs of an article without headline, byline, biography and the lines of the site among them."""
    paragraphs = _without_biography([line for each in paragraphs if (line := each.strip())], author)
    lines = [split_lines(each) for each in paragraphs]
    kinds = [_kind(each[0]) if len(each) == 1 else Kind.PROSE for each in lines]
    ends = {*range(TOP_LINES), *range(len(lines) - TOP_LINES, len(lines))}
    key = line_key(title or "")
    return tuple(
        paragraph
        for i, (paragraph, kind) in enumerate(zip(paragraphs, kinds, strict=True))
        if not (
            kind is Kind.TEASER or (i in ends and kind in _AT_ENDS) or (i < TOP_LINES and line_key(paragraph) == key)
        )
    )


def choose_paragraphs(
    extracted: Sequence[str], shown: Callable[[], str], title: str | None, author: str | None
) -> tuple[tuple[str, ...], bool]:
    """Choose the paragraphs of an article among those extracted, and the richest run of lines of the page.

    :param extracted: Paragraphs of an extractor; they may be of a teaser, or all cells of a page made of tables.
    :param shown: Returns the lines that readers see.
    :return: The paragraphs, and whether they share a word with the title, if that has several.
    """
    body, topic = own_paragraphs(extracted, title, author), _stems([title or ""])
    shared = len(topic & _stems(body))
    of_topic = shared > 0 or not topic
    if body and of_topic and _is_prose(body):
        return body, True
    lines, key = split_lines(shown()), line_key(title or "\n")
    titles = (i for i, line in enumerate(lines) if line.key in key and 2 * len(line.key) > len(key))
    place = next(titles, 0)
    above = {line.full for line in lines[:place]}
    # Maximum lines of an article that stand above its title, too.
    if body and of_topic and not any(each[0] == "|" for each in body) and len(above.intersection(body)) <= 3:
        return body, True  # a list
    others = "\n".join((*above, *(() if of_topic else body)))
    lines = tuple(line for line in lines[place:] if not any(map(others.__contains__, _sentences(line))))
    kinds = line_kinds(lines)
    run = range(*richest_run(lines, kinds))
    other = own_paragraphs([lines[i].full for i in _body(lines, kinds, run, set())], title, author)
    is_better = _is_prose(other) and 2 * len(topic & _stems(other)) >= max(shared, 2 * bool(topic))
    return (other, True) if is_better else (body, of_topic or not _is_off_topic(title or "", body))


def _is_off_topic(title: str, body: Sequence[str]) -> bool:
    """Return whether a text in the language of its title has no part of the three or more longer words in it.

    Inflected words and compounds share five letters; with shorter beginnings, four of seven such texts were right.
    """
    words = [word for line in split_lines(title) for word in _long_words(line)]
    text = " ".join(body)
    parts = (word[i : i + 5] for word in words for i in range(max(len(word) - 4, 1)))
    if len(words) < 3 or any(map(text.casefold().__contains__, parts)):
        return False
    return len({*map(detect_language, (title, text))} - {UNKNOWN_LANGUAGE}) < 2


def _sentences(line: Line) -> list[str]:
    # Minimum characters of a sentence that tells where else its line is.
    return [part for part in re.split(r"(?<=[.!?])\s", line.full) if len(part) >= 20] or [line.full]


def _stems(texts: Iterable[str]) -> set[str]:
    """Return the beginnings of the longer words of texts, which most forms of a word share."""
    return {word[:5] for text in texts for line in split_lines(text) for word in _long_words(line)}


def _is_prose(paragraphs: Sequence[str]) -> bool:
    """Return whether most words of some paragraphs are in lines of prose, and not in the cells of a table."""
    lines = [line for each in paragraphs for line in split_lines(each)]
    prose = sum(line.words for line in lines if line.prose and line.text[0] != "|")
    return 2 * prose > sum(line.words for line in lines)


@dataclass(frozen=True, slots=True)
class DumpArticle:
    """The parts of a page above its comments."""

    title: str | None
    author: str | None
    published: str | None
    outlet: str | None
    lead: str | None
    body: tuple[str, ...]
    doubts: tuple[str, ...]  # of the title and the outlet


def read_article(
    lines: Sequence[Line], headings: Sequence[Line] = (), below: Sequence[Line] = (), said: Sequence[Line] = ()
) -> DumpArticle:
    """Read the article of a page.

    :param lines: The lines above the comment section, or all lines.
    :param headings: The headings of the comment section; some repeat the title.
    :param below: The lines below the section; the footer may name the outlet.
    :param said: Lines of comments.
    """
    kinds = line_kinds(lines)
    start, end = richest_run(lines, kinds)
    site, votes = _site_name((*lines, *below))
    numbers = title_numbers(lines, kinds, (start, end), headings, said)
    title, probability = _find_title(lines, numbers, site or "")
    is_probable = probability >= LEAST_TITLE
    title = title if title is not None and (is_probable or not numbers[title].below_prose) else None
    lead = _find_lead(lines, kinds, title, end) if title is not None else None
    if title is not None:
        start = _after_title(lines, kinds, title, start)
    end = _with_trailing_list(kinds, end, headings)
    body = _body(lines, kinds, range(start, end), {title, lead})
    above = [i for i in body if kinds[i] is Kind.PROSE][:MOST_ABOVE_DATE]
    top = title if title is not None else start
    head = [*range(top, above[-1] if above else len(lines)), *range(top - 1, max(top - 5, -1), -1)]
    author = _find_author(lines, kinds, head)
    outlet = _find_outlet(lines, kinds, body[-1] if body else 0, site)
    doubted = {
        # Of 21 titles of flattened pages that are less probable, 8 are false.
        "title: another line may be the title": title is not None and is_probable and probability < 0.5,
        # On 1,634 flattened pages, 58 % of the false outlets have fewer votes, and 34 % of the right ones.
        "outlet: another name may be the outlet": outlet is not None and outlet == site and votes < 7,
    }
    return DumpArticle(
        title=lines[title].text if title is not None and is_probable else None,
        author=author,
        published=_find_date(lines, kinds, head),
        outlet=outlet,
        lead=lines[lead].text if lead is not None else None,
        body=tuple(_without_biography([lines[i].full for i in body], author)),
        doubts=tuple(doubt for doubt, is_given in doubted.items() if is_given),
    )


def line_kinds(lines: Sequence[Line]) -> list[Kind]:
    """Return the kind of each line, first by itself, then by the cue above it."""
    repeated, kinds = Counter(line.text for line in lines), [_kind(line) for line in lines]
    for i, line in enumerate(lines):
        least, other = _OFTEN.get(kinds[i], (0, None))
        if other and repeated[line.text] >= least and not _FOOTER.match(line.text):
            kinds[i] = other
    for start, end in _foreign_runs(lines, kinds):
        kinds[start:end] = [Kind.TEASER] * (end - start)
    return kinds


@once
def _kind(line: Line) -> Kind:
    """Return the kind of a line by its own form."""
    if not line.has_letters:
        return Kind.FURNITURE
    if _FOOTER.match(line.text):
        return Kind.END if line.words <= CAPTION_WORDS else Kind.PROSE
    for test, kind in _TESTS:
        if test(line):
            return kind
    if line.prose and not line.truncated:
        return Kind.PROSE
    return Kind.MENU if line.bullet and not line.ends_sentence else Kind.SHORT


def _is_cue(line: Line) -> bool:
    return line.words <= CUE_WORDS and not (line.prose and line.ends_sentence)


def _is_end(line: Line) -> bool:
    """Return whether articles end above a line."""
    return _is_cue(line) and (_ENDS.match(line) or is_heading(line))


def _is_furniture(line: Line) -> bool:
    """Return whether a line is a prompt, a breadcrumb or a cue of the site."""
    if (line.words <= 45 and PROMPTS.match(line)) or _count_breadcrumbs(line) > 1:
        return True
    return _is_cue(line) and (FURNITURE.match(line) or RELATED.match(line) or TICKER.match(line))


def _count_breadcrumbs(line: Line) -> int:
    """Count the signs of a line that part the places of a path on the site."""
    text = line.text[:300]
    return len(re.findall(r"\w\s?(?:»|>>|›|>)\s?(?=\w)", text)) if ">" in text or "»" in text or "›" in text else 0


def _has_label(line: Line, labels: tuple[str, ...], words: int) -> bool:
    """Return whether one of the labels begins a line of at most so many words: "Read more: ...", "Source: ..."."""
    rest = strip_prefix(line.text, labels) if line.words <= words else None
    return rest is not None and rest.startswith(":") and len(rest) > 1


def _is_caption(line: Line) -> bool:
    """Return whether a line describes a picture: a credit is at its start or its end."""
    if line.words > CAPTION_WORDS:
        return False
    credit = strip_prefix(line.text, CREDITS)
    if credit is not None and (credit[:1] in ":©/(|" or "by " in credit[:3].lower()) and line.words <= 25:
        return True
    found = re.search(r"[(\[—–/|]\s?(?P<agency>[^()\[\]—–/|]{2,60})[)\]]?$", line.text[-80:])
    is_agency = found is not None and strip_prefix(found["agency"].strip(), AGENCIES) is not None
    is_agency = is_agency or CREDITED.search(line.text[-60:]) is not None
    return is_agency or "©" in line.text[-60:]


def ends_in_credit(line: str) -> bool:
    """Return whether a short line ends in a word such as "by": the name is below."""
    return len(line) <= BEFORE_AUTHOR + 40 and OPEN_CREDIT.search(line) is not None


def author_in(line: str, is_credited: bool = True) -> str | None:
    """Return the author that a line names: "3 May 2014 by Ada Low in World | 5 comments".

    :param is_credited: Whether a word such as "by" must stand before the name.
    """
    text = MAIL.sub("", " ".join(line[:200].split()))
    if NO_NAME.search(text):
        return None
    if date := find_date(text):
        text = f"{text[: date.start]} | {text[date.end :]}"
    for part in filter(None, (each.strip(" ,:-–—") for each in APART.split(text))):
        credit = CREDIT.match(part)
        if credit or not is_credited:
            name = BEFORE_NAME.sub("", part[credit.end() :] if credit else part, count=1)
            name = AFTER_NAME.sub("", name, count=1).strip(" :-–—")
            name = FULL_STOP.sub("", name)
            words = name.casefold().split()
            is_name = name_like(name, words=6) and not NO_NAMES.issuperset(words)
            is_name = is_name and words[-1] not in NO_ENDS and words[0] not in NO_FIRSTS
            is_clause = is_credited and name[:1].islower() and len(text.split()) > 3  # "by the end of"
            return name if is_name and not is_clause and not any(map(str.isdigit, words)) else None
    return None


@once
def _by(line: Line) -> str | None:
    """Return the author's name in a byline."""
    return author_in(line.text) if line.words <= BYLINE_WORDS else None


def _is_dateline(line: Line) -> bool:
    """Return whether a line is a date with little around it."""
    text = line.full
    if line.words > 16 or (found := find_date(text)) is None:
        return False
    return len(text) - (found.end - found.start) <= 60 and not line.ends_sentence


_TESTS = (
    (lambda line: _has_label(line, TEASER_PREFIXES, 40), Kind.TEASER),
    (lambda line: _has_label(line, SOURCES, CUE_WORDS), Kind.SOURCE),
    (_is_caption, Kind.CAPTION),
    (_is_end, Kind.END),
    (_is_furniture, Kind.FURNITURE),
    (lambda line: _by(line) is not None, Kind.BYLINE),
    (_is_dateline, Kind.DATE),
)


def _foreign_runs(lines: Sequence[Line], kinds: Sequence[Kind]) -> Iterator[tuple[int, int]]:
    """Yield the runs of lines that a heading of other stories, or of a ticker, governs."""
    parted, position = any(line.gap for line in lines), 0
    while position < len(lines):
        line, start = lines[position], position + 1
        position = start
        if kinds[start - 1] is not Kind.FURNITURE:
            continue
        if TICKER.match(line):
            blank = (i for i in range(start, len(lines)) if lines[i].gap)
            position = next(blank, len(lines)) if parted else _headlines_end(kinds, start)
        elif RELATED.match(line):
            position = _teasers_end(lines, kinds, start)
        if position > start:
            yield start, position


def _headlines_end(kinds: Sequence[Kind], start: int) -> int:
    """Find the next paragraph: headlines end no sentence."""
    return next((i for i in range(start, len(kinds)) if kinds[i] in (Kind.PROSE, Kind.END)), len(kinds))


def _teasers_end(lines: Sequence[Line], kinds: Sequence[Kind], start: int) -> int:
    """Find where a list of other stories ends: at the next paragraph, or below the last teaser that breaks off."""
    end, broken = _headlines_end(kinds, start), 0
    for i in range(start, len(lines)):
        if kinds[i] is Kind.END:
            break
        broken += lines[i].truncated
        # Minimum share of lines below "Read more" that break off for all down to the last of these to be teasers.
        if lines[i].truncated and broken >= 0.25 * (i + 1 - start):
            end = max(end, i + 1)
    return end


def richest_run(lines: Sequence[Line], kinds: Sequence[Kind]) -> tuple[int, int]:
    """Find the run of lines with the most prose for the least furniture (the largest sum of a subarray)."""
    best = total = 0
    span = (0, 0)
    start = 0
    for i, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        if total <= 0:
            total, start = 0, i
        total += _weight(line, kind)
        if total > best:
            best, span = total, (start, i + 1)
    return span


def _weight(line: Line, kind: Kind) -> int:
    """Weigh a line for the body: words of prose for it, everything else against it."""
    if kind is Kind.PROSE:
        # Words of a paragraph that count at most: one long line must not outweigh an article of short ones.
        return min(line.words, 60)
    if kind is Kind.SHORT and line.number:
        return -1
    if kind in (Kind.SHORT, Kind.TEASER, Kind.DATE):
        # Words that a short line, one of known furniture, and one that ends articles take off a run of prose.
        # Subheadings and captions stand alone between paragraphs; menus come by the dozen; below buttons and tags an
        # author's card may stand, but buttons stand above articles too. Found on the seeds and on dev pages a-m.
        return -4
    return -60 if kind is Kind.END else -8


@dataclass(frozen=True, slots=True)
class _Clues:
    """The clues to the place of a page's title."""

    lines: Sequence[Line]
    kinds: Sequence[Kind]
    first: int  # the first paragraph
    topic: Counter[str]  # the longer words of the article
    said: set[str]  # those of its comments
    trail: str  # breadcrumbs, and the headings of comments
    top: str  # the first lines of the page


class TitleNumbers(NamedTuple):
    """Reasons for a line as the title; most are 0 or 1."""

    topic: float  # share of four of its longer words that the article has, too
    often: float  # mean logarithm of how often the article has its longer words
    said: float  # share of its longer words that the comments have, too
    trail: float  # the breadcrumbs, or the heading of the comments, repeat it
    signs: float  # number of dates and bylines below it, within a few lines
    sign_distance: float  # part of these lines down to the first sign
    below_prose: float  # above the first paragraph may be a ticker, but below it more often is a subheading
    gap_above: float
    gap_below: float
    second: float  # the line above can be the title, and is on the topic
    later: float  # one of the lines above that can is so
    headlines: float  # share of the four lines around it that can be titles, as in a list
    short: float  # of at most 2 words, as a section, a topic or a name
    usual: float  # of 6 to 14 words
    long: float  # of more than 20 words
    stop: float  # it ends in a full stop
    name: float  # it can be a name
    paragraph: float  # its kind, as those below; none of them is a short line
    furniture: float
    top: float  # a line at the top of the page holds it
    sign_above: float
    lower: float  # it begins in lower case, as a line of a broken paragraph


TITLE_WEIGHTS = TitleNumbers(
    *(3.237, 2.204, 2.525, 2.162, -0.642, -3.224, -3.159, 2.048, 2.678, -0.95, -0.663),
    *(-0.894, -2.682, 1.066, -1.508, -2.335, -0.759, -1.325, -3.695, 2.871, 0.986, -2.117),
)
"""Weights, learned by ``research/training/train_title.py`` from 280 dumps and, at half the weight, 2,128 flattened
pages; cross-validated by site, .88 and .81 are right (.74 of the latter with the 18 numbers before). The tenth is
larger than the learned one: most titles have a second headline below."""


def _find_title(lines: Sequence[Line], numbers: Mapping[int, TitleNumbers], site: str) -> tuple[int | None, float]:
    """Find the title, and its probability: above the body, or in its upper part where the run took in a ticker.

    The name of the site is no title, nor is a line that ends with the next one, as breadcrumbs do.
    """
    name = line_key(site)
    # Minimum words of a title that ends the line above it, which are breadcrumbs.
    below = {i - 1: lines[i].key for i in numbers if lines[i].words >= 3}
    crumbs = {i for i, key in below.items() if lines[i].key != key and lines[i].key.endswith(key)}
    kept = (i for i in numbers if i not in crumbs and lines[i].key != name)
    values = {i: sum(map(mul, TITLE_WEIGHTS, numbers[i])) for i in kept}
    best = max(values, key=lambda i: (values[i], -i), default=None)
    return best, 1 / sum(exp(each - values[best]) for each in (-4.0, *values.values())) if best is not None else 0.0


def title_numbers(
    lines: Sequence[Line], kinds: Sequence[Kind], run: tuple[int, int], headings: Sequence[Line], said: Sequence[Line]
) -> dict[int, TitleNumbers]:
    """Return the numbers of the lines that can be the title."""
    start, end = run
    paragraphs = [i for i in range(start, end) if kinds[i] is Kind.PROSE]
    first = paragraphs[0] if paragraphs else end
    told = paragraphs if first < end and _is_sentence(lines[first]) else paragraphs[1:]
    trails = [line.key for line in lines[:first] if _count_breadcrumbs(line)]
    clues = _Clues(
        lines=lines,
        kinds=kinds,
        first=first,
        topic=Counter(word for i in told for word in _long_words(lines[i])),
        said={word for line in said for word in _long_words(line)},
        trail=" ".join((*trails, *(line.key for line in headings))),
        top=" ".join(line.key for line in lines[:TOP_LINES]),
    )
    # Maximum number of lines between a title and the first paragraph.
    near = range(max(first - 300, 0), min(max((start + 2 * end) // 3, first + 1), len(lines)))
    return {i: _title_numbers(clues, i) for i in near if _can_be_title(clues, i)}


def _can_be_title(clues: _Clues, i: int) -> bool:
    line, kind = clues.lines[i], clues.kinds[i]
    fits = _LEAST_WORDS.get(kind, MOST_TITLE_WORDS) <= line.words <= MOST_TITLE_WORDS and line.has_letters
    is_first = i == clues.first and (i + 1 == len(clues.kinds) or clues.kinds[i + 1] is Kind.PROSE)
    is_long = kind is Kind.PROSE and line.words > QUESTION_WORDS
    is_sentence = line.text[-1] == "." and (is_first or is_long)
    is_remark = line.text[0] == "(" and line.text[-1] == ")"
    return fits and not (is_sentence or is_remark or line.number or line.text[-1] in ":,;" or "://" in line.text)


def _title_numbers(clues: _Clues, i: int) -> TitleNumbers:
    line, kind, words = clues.lines[i], clues.kinds[i], _long_words(clues.lines[i])
    reach = 6  # lines below a title within which a date or byline speaks for it
    signs = [k for k in range(i + 1, min(i + 1 + reach, len(clues.lines))) if _is_sign_at(clues, k)]
    around = [k for k in (i - 2, i - 1, i + 1, i + 2) if 0 <= k < len(clues.lines) and clues.lines[k].words > 4]
    return TitleNumbers(
        topic=0.0 if i == clues.first and _is_sentence(line) else min(_hits(clues, i), MOST_HITS) / MOST_HITS,
        often=sum(log1p(clues.topic[word]) for word in words) / max(len(words), 2),
        said=sum(word in clues.said for word in words) / max(len(words), 2),
        trail=f" {line.key} " in f" {clues.trail} ",
        signs=len(signs),
        sign_distance=(signs[0] - i) / reach if signs else 1.5,
        below_prose=i > clues.first,
        gap_above=line.gap > 0,
        gap_below=i + 1 < len(clues.lines) and clues.lines[i + 1].gap > 0,
        second=i > 0 and _hits(clues, i - 1) >= MOST_HITS // 2 and _can_be_title(clues, i - 1),
        later=any(_hits(clues, k) >= MOST_HITS // 2 and _can_be_title(clues, k) for k in range(max(i - 6, 0), i)),
        headlines=sum(_can_be_title(clues, k) for k in around) / 4,
        short=line.words <= 2,
        usual=6 <= line.words <= 14,
        long=line.words > 20,
        stop=line.text[-1] == ".",
        name=name_like(line.text),
        paragraph=kind is Kind.PROSE,
        furniture=kind is Kind.FURNITURE,
        top=i >= TOP_LINES and line.words >= 3 and line.key in clues.top,
        sign_above=_is_sign_at(clues, i - 1),
        lower=line.text[0].islower(),
    )


def _is_sign_at(clues: _Clues, i: int) -> bool:
    is_line = 0 <= i < len(clues.lines)
    return is_line and (clues.kinds[i] in (Kind.BYLINE, Kind.DATE) or _is_sign(clues.lines[i]))


def _hits(clues: _Clues, i: int) -> int:
    """Count the longer words of a line that the article has, too."""
    return sum(word in clues.topic for word in _long_words(clues.lines[i]))


@once
def _is_sign(line: Line) -> bool:
    """Return whether a line holds the date or author of the article, also among counters and categories."""
    if line.words > BYLINE_WORDS:
        return False
    date = find_date(line.full)
    if date and date.start <= BEFORE_AUTHOR:  # at the start of a line
        return True
    signs = (date is not None) + (_by(line) is not None)
    return line.words <= 16 and signs > line.ends_sentence  # what ends as a sentence has both


@once
def _long_words(line: Line) -> list[str]:
    """Return the longer words of a line, and pairs of signs where no blanks part the words."""
    words = line.key.split()
    if line.key.isascii():
        return [word for word in words if len(word) >= TOPIC_CHARACTERS]
    long: list[str] = []
    for word in words:
        if runs := () if word.isascii() else _UNSPACED.findall(word):
            long += [f"{one}{other}" for run in runs for one, other in pairwise(run)]
        elif len(word) >= TOPIC_CHARACTERS:
            long.append(word)
    return long


def _is_sentence(line: Line) -> bool:
    """Return whether a line is rather a first paragraph than a title that asks or calls."""
    return line.text[-1] not in "?!" or line.words > QUESTION_WORDS


def _after_title(lines: Sequence[Line], kinds: Sequence[Kind], title: int, start: int) -> int:
    """Begin the body below the title, with the facts or lists above its first paragraph."""
    while title + 1 < len(lines) and lines[title + 1].key == lines[title].key:
        title += 1
    if title >= start:
        return title + 1
    repeats = [i for i in range(title + 1, start) if lines[i].key == lines[title].key]
    title = repeats[-1] if repeats else title
    opening = kinds[title + 1 : start]
    menu = opening.count(Kind.MENU) + opening.count(Kind.END)
    # Maximum number of lines between title and first paragraph that may be a part of the body: facts, lists.
    return title + 1 if len(opening) <= 60 and menu * 4 <= len(opening) + 4 else start


def _with_trailing_list(kinds: Sequence[Kind], end: int, headings: Sequence[Line]) -> int:
    """Take in the list below the last paragraph where the end of the article is marked below the list."""
    listed = (Kind.SHORT, Kind.PROSE, Kind.DATE, Kind.CAPTION)
    stop = next((i for i in range(end, len(kinds)) if kinds[i] not in listed), len(kinds))
    marked = kinds[stop] in (Kind.END, Kind.FURNITURE) if stop < len(kinds) else bool(headings)
    return stop if marked and stop - end > 2 else end


def _find_lead(lines: Sequence[Line], kinds: Sequence[Kind], title: int, end: int) -> int | None:
    """Find the standfirst: one sentence below the title that furniture parts from the body."""
    for i in range(title + 1, end):
        if lines[i].key == lines[title].key or kinds[i] not in (Kind.PROSE, Kind.SHORT):
            continue
        apart = i + 1 < end and kinds[i + 1] in _SET_APART
        fits = LEAD_WORDS[0] <= lines[i].words <= LEAD_WORDS[1] and lines[i].text[-1] not in ":,;"
        return i if apart and fits and Kind.PROSE in kinds[i + 1 : end] else None
    return None


def _body(lines: Sequence[Line], kinds: Sequence[Kind], run: range, used: set[int | None]) -> list[int]:
    """Choose the lines of a run that are the article's own."""
    first = next((i for i in run if kinds[i] is Kind.PROSE), run.stop)
    times = Counter(lines[i].key for i in run)
    titles = {lines[i].key for i in used if i is not None}
    body = []
    for i in run:
        line, kind = lines[i], kinds[i]
        listed = kind is Kind.MENU and i > first and line.words > 1
        # What stands between paragraphs more than once describes a picture.
        again = kind is not Kind.PROSE and line.words >= 4 and times[line.key] > 1
        if (kind in (Kind.PROSE, Kind.SHORT) or listed) and not again and line.key not in titles:
            body.append(i)
    return body


def _find_author(lines: Sequence[Line], kinds: Sequence[Kind], head: Sequence[int]) -> str | None:
    return next((name for i in head if kinds[i] is not Kind.CAPTION and (name := _by(lines[i]))), None)


def _find_date(lines: Sequence[Line], kinds: Sequence[Kind], head: Sequence[int]) -> str | None:
    """Find the first date beside the title, with its time of day where a line tells that."""
    near = [i for i in head if kinds[i] is not Kind.CAPTION and _is_sign(lines[i])]
    near = near or [i for i, line in enumerate(lines) if line.words <= CUE_WORDS and LABELLED.search(line.text)]
    dates = [date for i in near if (found := find_date(lines[i].full)) and (date := found.iso)]
    return next((date for date in dates if "T" in date and date[:10] == dates[0][:10]), dates[0] if dates else None)


def _find_outlet(lines: Sequence[Line], kinds: Sequence[Kind], last: int, site: str | None) -> str | None:
    """Find who publishes: a source below the text, else the name of the site."""
    for i in range(last + 1, min(last + 4, len(lines))):
        if kinds[i] is Kind.SOURCE and (name := _source_name(lines[i])):
            return name
    return site


def _source_name(line: Line) -> str | None:
    name = (strip_prefix(line.text, SOURCES) or "").lstrip(": ").strip()
    is_name = name_like(name) and name[0].isalnum()
    return name if is_name and not set(line_key(name).split()) <= set(phrases("article.source_kinds")) else None


def _site_name(page: Sequence[Line]) -> tuple[str | None, int]:
    """Find the name of a site, the one for which most lines of a page speak, and its number of votes.

    Footers, lines such as "About The Paper", first lines, lines that come back and addresses name it.
    """
    page = [line for line in page if not line.key.startswith(("pingback", "trackback"))]  # they name other sites
    hosts = Counter(host[1].lower() for line in page for host in HOST.finditer(line.text))
    own = {_squeezed(host) for host in hosts if not SERVICES.search(host)}
    authors = {line_key(name) for line in page if line.words <= CUE_WORDS and (name := _by(line))}
    times = Counter(line.text for line in page)
    votes = {line_key(host): 0 for host, number in hosts.items() if number > 1 and not SERVICES.search(host)}
    named = {line_key(host): host for host in hosts}
    for i, line in enumerate(page):
        name, vote = _names_site(line, i, len(page), times[line.text])
        key = line_key(name or "")
        if name and len(key) > 2 and (key not in authors or i < TOP_LINES) and name_like(name, 5, 40):
            named[key] = named.get(key, name)
            votes[key] = max(votes.get(key, vote), vote)
    words, spoken = {word for key in votes for word in key.split()}, defaultdict[str, list[str]](list)
    for line in page:
        for word in words.intersection(line.key.split()):
            spoken[word].append(f" {line.key} ")
    for key, stated in votes.items():
        is_host = any(_squeezed(key) in host for host in own)
        is_menu = " " not in key and key.isascii() and stated < 3 and not is_host  # "Stories"
        lines = min((spoken[word] for word in key.split()), key=len)  # those with its rarest word
        mentions = 0 if is_menu else sum(line.count(f" {key} ") for line in lines)
        votes[key] += min(mentions, 4) + 3 * is_host
    best = max(votes, key=lambda key: (votes[key], -len(key)), default=None)
    return (named[best], votes[best]) if best and votes[best] >= 5 else (None, 0)


def _names_site(line: Line, place: int, lines: int, times: int) -> tuple[str | None, int]:
    """Return the name that a line may give its site, and the number of votes for it.

    :param place: Of the line on a page of so many lines.
    :param times: How often the line stands there.
    """
    text = line.text
    is_footer = _FOOTER.match(text) and 4 * place > 3 * lines  # above, it is the owner of a picture
    if line.words <= CAPTION_WORDS and (is_footer or RIGHTS.search(text)):
        part = next(filter(_FOOTER.search, FOOTER_END.split(text)), RIGHTS_END.sub("", text))
        name = " ".join(FOOTER_WORDS.sub(" ", part).split())
        return COMPANY.sub("", name.partition(" by ")[0].removeprefix("by ")).strip(" .|·-–"), FOOTER_VOTES
    if (given := strip_prefix(text, SUPPORT)) and line.words <= 6 and given[0].isupper():
        return given.strip(" :!"), 3
    if NO_SITE.match(line) or given is not None:
        return None, 0
    is_first = place < TOP_LINES
    if (is_first or times > 2) and line.words <= 8 and line.has_letters and find_date(text) is None:
        return clean_name(text), 2 if is_first else -1
    return None, 0


def _squeezed(name: str) -> str:
    """Return the letters and digits of a name as they are in addresses, where "ü" is "ue"."""
    return re.sub(r"[\W_]", "", name.casefold().translate(UMLAUTS))

"""Read the lines beside the title of an article that name its author and its date."""

import re

from stance.parsing.dates import find_date
from stance.parsing.lines import SENTENCE_SIGNS, Line, name_like, once
from stance.parsing.phrases import MONTHS, phrases, words_of_phrases

BY = "|".join(sorted(phrases("article.by", "comment.credited"), key=len, reverse=True))

CREDIT = re.compile(
    rf"(?:by(?=by\s))?(?:{BY})(?:[:：/]\s?|\s|(?-i:(?:(?<=[Bb]y)|(?<=[Vv]on))(?=[A-Z])))", re.IGNORECASE
)
"""Pattern of the words before a name, which some markup glues to it: "ByAda Low"."""

OPEN_CREDIT = re.compile(rf"(?:^|[\s|,–—-])(?:{BY}):?$", re.IGNORECASE)

BEFORE_DATE = "|".join(sorted(phrases("date.before", "date.labels"), key=len, reverse=True))

NO_FIRSTS = frozenset(phrases("article.no_author"))

BEFORE_CREDIT = re.compile(
    r"^(?:(?:\d{1,6}|zeige|(?:(?:view|see|voir|ver)\s)?(?:alles?|all|tous|todos|tutti)|view|posted\sin)\s(?:[^\W\d]+\s){0,2}"
    rf"|(?:eine?\s)?(?:artikel|kommentar|analyse|interview|reportage|essay)\s"
    rf"|(?:an?\s|eine?\s)?(?:gast|guest\s)[^\W\d]+\s)(?=(?:{BY})\s)",
    re.IGNORECASE,
)
"""Pattern of words before a credit: "10 comments posted by Ada", "Ein Artikel von Ada", "A guest column by Ada"."""

APART = re.compile(r"\s?[|｜·•⋅]\s?")

AFTER_NAME = re.compile(
    rf"\s?[,(/].*|\s[–—-]\s.*|\s\d.*"
    rf"|\s(?!(?-i:[A-Z]\w{{0,3}}\b))(?:{BEFORE_DATE})(?:\s(?:{'|'.join(phrases('date.weekdays'))}))?[:,]?(?:\sin\s.*)?\s*$"
    r"|\s(?:in|dans|for|für|pour|(?:symbol)?(?:foto|photo|bild)\w*|\S+\.(?:com|org|net))(?:\W.*|$)",
    re.I,
)

BEFORE_NAME = re.compile(r"^\w+:\s")

SIGNED = re.compile(
    r"\d{4} ~ (\D{2,60})$|[記记]者(?![会會])[\s:：/／]?([\u4e00-\u9fff]{2,4})(?<![攝摄])(?![\u4e00-\u9fff])"
    r"|(?<![\uac00-\ud7a3])([\uac00-\ud7a3]{2,4})\s?(?:기자|특파원)(?!\w)"
)
"""Pattern of a name behind a date, as a common theme of blogs prints it, "3 May 2014 ~ Ada", or beside "reporter"."""

NO_ENDS = MONTHS.keys() | words_of_phrases("date.before", "date.labels", "date.weekdays")

NO_NAMES = NO_ENDS | words_of_phrases("article.by", "comment.credited")

NO_NAME = re.compile(r"https?:|www\.|[@→»›>]|^\S+\.[a-z]{2,3}(?:$|/)")

NO_LETTER = re.compile(r"^[^\w\s('\"«“„]+\s?")  # a picture of a person

FULL_NAME = re.compile(
    r"[^\W\d_a-z][\w.'’-]*(?:\s(?:d[aeio]s?|van|von|der?|al|el|bin|la|le))*(?:\s[^\W\d_a-z][\w.'’-]*){1,3}(?![\w'’])"
)
"""Pattern of a name of two to four words in capital letters."""

ZONE = re.compile(r"^\s?[A-Z]{3,4}\b")
"""Pattern of the name of a time zone behind a time."""

MAIL = re.compile(r"\S*@\S+")
"""Pattern of an address, or of a name in a network: "@ada"."""

BYLINE_WORDS = 24

CUE_WORDS = 12
"""A cue line is short; a paragraph may begin with the words of one."""

MOST_DATES = 2
"""Maximum number of dates that are taken out of a byline: when it was written, and when it was changed."""

BEFORE_AUTHOR = 16
"""Maximum characters before the name that begins a biography: "The author, Ada Low, is ..."."""


def ends_in_credit(line: str) -> bool:
    """Return whether a short line ends in a word such as "by": the name is below."""
    return len(line) <= BEFORE_AUTHOR + 40 and OPEN_CREDIT.search(line) is not None


def author_in(line: str, is_credited: bool = True) -> str | None:
    """Return the author that a line names: "3 May 2014 by Ada Low in World | 5 comments".

    :param is_credited: Whether a word such as "by" must stand before the name.
    """
    text = MAIL.sub("", " ".join(line[:200].replace("\xad", "").split()))
    is_sentence = len(text.split()) > CUE_WORDS and line[-1:] in SENTENCE_SIGNS
    if NO_NAME.search(text) or (is_credited and is_sentence):
        return None
    if signed := SIGNED.search(text):
        return signed[signed.lastindex or 0]
    for _ in range(MOST_DATES):
        if date := find_date(text):
            after = text[date.end :]
            text = f"{text[: date.start]} | {ZONE.sub('', after) if 'T' in (date.iso or '') else after}"
    for piece in APART.split(text):
        part = BEFORE_CREDIT.sub("", NO_LETTER.sub("", piece.strip(" ,:-–—"), count=1), count=1)
        if not part:
            continue
        credit = CREDIT.match(part)
        if credit or not is_credited:
            name = BEFORE_NAME.sub("", NO_LETTER.sub("", part[credit.end() :]) if credit else part, count=1)
            name = AFTER_NAME.sub("", name, count=1).strip(" :-–—")
            words = name.casefold().split()
            if is_credited and NO_NAMES.issuperset(words):  # "Posted on"
                continue
            is_date = NO_NAMES.issuperset(words) or words[-1] in NO_ENDS
            is_date = is_date and (is_credited or name != text or not name.istitle() or words[0] not in MONTHS)  # "Jan"
            is_name = name_like(name, words=6) and not is_date and words[0] not in NO_FIRSTS
            is_dated = " | " in text and len(words) == 1  # "3 May 2014 by ada"
            is_long = (len(text.split()) > 3 and not is_dated) or (name.islower() and len(words) > 1)
            is_clause = is_credited and name[:1].islower() and is_long  # "by the end of"
            if is_name and not is_clause and not any(word.replace(".", "").isdigit() for word in words):
                return name
    return None


@once
def author_of(line: Line) -> str | None:
    """Return the author's name in a byline."""
    return author_in(line.text) if line.words <= BYLINE_WORDS else None


def is_dateline(line: Line) -> bool:
    """Return whether a line is a date with little around it."""
    text = line.full
    if line.words > 16 or (match := find_date(text)) is None:
        return False
    return len(text) - (match.end - match.start) <= 60 and not line.ends_sentence


@once
def is_sign(line: Line) -> bool:
    """Return whether a line holds the date or author of the article, also among counters and categories."""
    if line.words > BYLINE_WORDS:
        return False
    date = find_date(line.full)
    if date and date.start <= BEFORE_AUTHOR:  # at the start of a line
        return True
    signs = (date is not None) + (author_of(line) is not None)
    return line.words <= 16 and signs > line.ends_sentence  # what ends as a sentence has both

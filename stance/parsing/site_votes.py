"""Find the name of a site in the lines of a dump, by votes."""

import re
from collections import Counter, defaultdict

from stance.parsing.bylines import CUE_WORDS, author_of
from stance.parsing.dates import find_date
from stance.parsing.line_kinds import CAPTION_WORDS, COPYRIGHT, TOP_LINES
from stance.parsing.lines import Cues, Line, Lines, line_key, name_like, strip_prefix
from stance.parsing.phrases import phrases
from stance.parsing.sites import clean_name
from stance.resources import remembered

SUPPORT = phrases("article.support")

NO_SITE = Cues(phrases("article.furniture", "article.ends", "article.related", "section.headings"))

FOOTER_WORDS = re.compile(r"[©ⓒ®™()]|\bcopyrights?\b|\b\d{4}\b|[\d–-]+(?=\s)", re.IGNORECASE)

RIGHTS = re.compile(
    r"\b(?:all rights|alle rechte|tous droits|todos (?:los derechos|os direitos)|tutti i diritti|все права)\b"
    r"(?:\s(?:reserved|vorbehalten|réservés|reservados|riservati|защищены))?",
    re.IGNORECASE,
)

FOOTER_END = re.compile(rf"\s?[|•·,]\s?|(?<=\w\w)[.。]\s|{RIGHTS.pattern}|\sor its\s|\s-\s", re.IGNORECASE)

COMPANY = re.compile(
    r"(?:\snews)?(?:\s(?:and|&|und))?\s(?:inc|ltd|llc|limited|g?mbh|ag|plc|corp|corporation|company|media|group|s\.?a"
    r"|e\.?v)\b.*",
    re.IGNORECASE,
)

HOST = re.compile(
    r"\b(?:www\.)?((?:[\w-]{1,63}\.){1,8}(?:(?i:com?|org|net|info|news)|(?-i:(?<=[a-z\d]\.)(?<![A-Z][a-z]{3}\.)[a-z]{2})))\b(?!\.\w)"
)

SERVICES = re.compile(
    r"\b(?:gmail|gmx|web|hotmail|yahoo|outlook|facebook|fb|twitter|x|instagram|youtu|youtube|google|whatsapp|linkedin"
    r"|pinterest|t|wordpress|blogspot|apple|amazon|disqus|gravatar|paypal|adobe|reddit|tiktok|wikipedia|goo|bit|mail|yandex"
    r"|rambler|qq|163|mailbox|vk|ok|icio|archive|change|livejournal|amzn|feedburner|addthis|medium|creativecommons)\.",
    re.IGNORECASE,
)

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

FOOTER_VOTES = 4


def site_name(page: Lines) -> tuple[str | None, int]:
    """Find the name of a site, the one for which most lines of a page speak, and its number of votes.

    Footers, lines such as "About The Paper", first lines, lines that come back and addresses name it.
    """
    page = [line for line in page if not line.key.startswith(("pingback", "trackback"))]  # they name other sites
    hosts = Counter(host[1].lower() for line in page for host in HOST.finditer(line.text))
    own_hosts = {_squeezed(host) for host in hosts if not SERVICES.search(host)}
    authors = {line_key(name) for line in page if line.words <= CUE_WORDS and (name := author_of(line))}
    times = Counter(line.text for line in page)
    spelled = {host: _spelled(host, page) for host in hosts if not SERVICES.search(host)}
    spellings = {line_key(host): found[0] if (found := spelled.get(host)) else host for host in hosts}
    votes = {
        line_key(host): min(name[1], 4) if name else 0 for host, name in spelled.items() if name or hosts[host] > 1
    }
    for i, line in enumerate(page):
        name, vote = _names_site(line, i, len(page), times[line.text])
        key = line_key(name or "")
        if name and name_like(name, 5, 40) and len(key) > 2 and (key not in authors or i < TOP_LINES):
            spellings[key] = spellings.get(key, name)
            votes[key] = max(votes.get(key, vote), vote)
    words, spoken = {word for key in votes for word in key.split()}, defaultdict[str, list[str]](list)
    for line in page:
        for word in words.intersection(line.key.split()):
            spoken[word].append(f" {line.key} ")
    for key, stated in votes.items():
        is_host = any(_squeezed(key) in host for host in own_hosts)
        is_menu = " " not in key and key.isascii() and stated < FOOTER_VOTES and not is_host  # "Stories"
        lines = min((spoken[word] for word in key.split()), key=len)  # those with its rarest word
        mentions = 0 if is_menu else sum(line.count(f" {key} ") for line in lines)
        votes[key] += min(mentions, 4) + 3 * is_host
    best = max(votes, key=lambda key: (votes[key], -len(key)), default=None)
    return (spellings[best], votes[best]) if best and votes[best] >= 5 else (None, 0)


def _spelled(host: str, page: Lines) -> tuple[str, int] | None:
    """Return the words of a page that make up a host, as "The Paper" does "thepaper.com", and how often they come."""
    label = _squeezed(max(host.split(".")[:-1], key=len))
    spelling = Counter[str]()
    # Minimum letters of the part of a host whose words are looked for: 6.
    for line in page if len(label) >= 6 else ():
        if label in _squeezed(line.text):
            spelling[_words_of(label, line.text) or ""] += 1
    return next((pair for pair in spelling.most_common() if " " in pair[0]), None)


def _words_of(label: str, text: str) -> str | None:
    """Return the words of a text that are a label once they are joined."""
    words = text.split()
    for start in range(len(words)):
        for stop in range(start + 2, min(start + 8, len(words)) + 1):
            joined = _squeezed("".join(words[start:stop]))
            if len(joined) >= len(label):
                if joined == label:
                    return " ".join(words[start:stop]).strip(' .,:;|-–—"“”()[]')
                break
    return None


def _names_site(line: Line, number: int, lines: int, times: int) -> tuple[str | None, int]:
    """Return the name that a line may give its site, and the number of votes for it.

    :param number: Of the line on a page of so many lines.
    :param times: How often the line stands there.
    """
    text = line.text
    # Above, it is the owner of a picture.
    is_footer = COPYRIGHT.match(text) and 4 * number > 3 * lines
    if line.words <= CAPTION_WORDS and (is_footer or RIGHTS.search(text)):
        parts = FOOTER_END.split(text)
        marked = next((i for i, part in enumerate(parts) if COPYRIGHT.search(part)), 0)
        return next(filter(None, map(_owner, parts[marked:])), None), FOOTER_VOTES
    if (rest_of_line := strip_prefix(text, SUPPORT)) and line.words <= 6 and rest_of_line[0].isupper():
        return rest_of_line.strip(" :!"), 3 if times == 1 else FOOTER_VOTES  # "About Birds" may be in the article
    if NO_SITE.match(line) or rest_of_line is not None:
        return None, 0
    is_first = number < TOP_LINES
    if (is_first or times > 2) and line.words <= 8 and line.has_letters and find_date(text) is None:
        return clean_name(text), 2 if is_first else -1
    return None, 0


def _owner(part: str) -> str:
    """Return the name in a part of a footer, without years, signs and the kind of a company."""
    name = " ".join(FOOTER_WORDS.sub(" ", part).split())
    return COMPANY.sub("", name.partition(" by ")[0].removeprefix("by ")).strip(" .|·-–«»↑")


@remembered  # each line is compared with each host
def _squeezed(name: str) -> str:
    """Return the letters and digits of a name as they are in addresses, where "ü" is "ue"."""
    return re.sub(r"[\W_]", "", name.casefold().translate(UMLAUTS))

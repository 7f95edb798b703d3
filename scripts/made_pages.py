"""Make pages to learn from: threads in random forms and random markup, and pages in other scripts."""

import html
import re
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from lxml.html import fragment_fromstring

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))
from parse_checks import Said, drop_data, find_box, read_tree, write_tree

Gold = list[dict[str, Any]]

# Random forms of headers and footers ----------------------------------------------------------------------------------


def listed(words: str) -> list[str]:
    return words.split("|")


MONTHS = (
    listed("January|February|March|April|May|June|July|August|September|October|November|December"),
    listed("Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"),
    listed("janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"),
    listed("enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"),
    listed("января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"),
)
AGES = listed("{} hours ago|vor {} Stunden|il y a {} jours|hace {} días|{}h|{} days ago|{} ч назад|{} mo")
DATES = listed("%B %d, %Y|%d %B %Y|%d. %B %Y|%d.%m.%Y|%m/%d/%y|%Y-%m-%d|%d/%m/%Y|%Y/%m/%d|%B %d")
CLOCKS = ("", "", " %H:%M", " at %I:%M %p", ", %H:%M", " | %I:%M%p")
ACTIONS = listed(
    "Reply|Antworten|Répondre|Responder|Like|Share|Report|Flag|Melden|Permalink|Link|Quote|Zitieren|Recommend|Upvote|"
    "Ответить|Yanıtla|Svar|Rispondi|Beantwoord|返信|رد|Signaler|Edit|Delete|Odpovědět|Tip|Hide|Vote up|Agree|Disagree"
)
BADGES = listed(
    "Member|Guest|Registered user|Subscriber|Moderator|Premium|Verified|Mitglied|Gast|Invité|Level 3|Author"
)
NAMES = (
    *["{}"] * 11,
    *listed("{}:|{} says:|{} wrote:|By {}|von {}|@{}|{} said|{} said...|Posted by {}|{} schrieb:|from {}|{} •"),
)
NAMES += (*listed("{} ({k})|{} {k} pts|{} Follow|{}, Hull|{} a écrit :|{} -|• {}|#{k} {}"),)
HEADINGS = listed("{} Comments|Comments ({})|{} reacties|Kommentare|Discussion|{} yorum|What do you think?")


class Form:
    """A random form of the headers and footers of comments."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        self.rng = rng
        self.is_below, self.has_age = rng.random() < 0.17, rng.random() < 0.2
        self.blank, self.bullet = int(rng.choice([0, 0, 1, 1, 2])), rng.random() < 0.12
        self._name, self._age = rng.choice(NAMES), rng.choice(AGES)
        self._date, self._months = str(rng.choice(DATES)) + str(rng.choice(CLOCKS)), MONTHS[rng.integers(len(MONTHS))]
        self._is_partial, self.joint = rng.random() < 0.25, str(rng.choice([" ", ", ", " | ", " · ", " - ", " on "]))
        parts = ["name"] + [
            part
            for part, share in (("date", 0.66), ("number", 0.25), ("badge", 0.2), ("rank", 0.1))
            if rng.random() < share
        ]
        self._lines: list[list[str]] = [[]]
        for part in rng.permutation(parts) if rng.random() < 0.4 else parts:
            if self._lines[-1] and rng.random() < 0.6:
                self._lines.append([])
            self._lines[-1].append(str(part))
        ends = ["", "", "", " ({})", " {}"]
        self._foot = [f"{rng.choice(ACTIONS)}{rng.choice(ends)}" for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))]
        if rng.random() < 0.4:
            self._foot = [" | ".join(self._foot)] if self._foot else []
        if rng.random() < 0.3:
            self._foot.append("{}")
        start = datetime(2005, 1, 1, tzinfo=UTC) + timedelta(minutes=int(rng.integers(10_000_000)))
        steps = np.cumsum(rng.exponential(float(rng.choice([3, 40, 300, 3000])), count)) * rng.choice([1, 1, 1, -1])
        self._times = [start + timedelta(minutes=float(step)) for step in steps]

    def header(self, name: str | None, k: int) -> list[str]:
        """Return the lines with the name of comment ``k``."""
        lines = (self.joint.join(text for _, text in line) for line in self.parts(name, k))
        return [line for line in lines if line]

    def parts(self, name: str | None, k: int) -> list[list[tuple[str, str]]]:
        """Return the parts of each line of the header of comment ``k``: what each is, and its text."""
        time = self._times[k]
        date = self._date.replace("%B", self._months[time.month - 1])
        parts = {
            "name": str(self._name).format(name, k=k + 1) if name else "",
            "date": str(self._age).format(self.rng.integers(2, 23)) if self.has_age else time.strftime(date),
            "number": f"#{k + 1}",
            "badge": "" if self._is_partial and self.rng.random() < 0.5 else str(self.rng.choice(BADGES)),
            "rank": f"{self.rng.integers(1, 900)} posts",
        }
        return [[(part, parts[part]) for part in line if parts[part]] for line in self._lines]

    def footer(self) -> list[str]:
        """Return the lines of buttons and counts of a comment."""
        lines = [line for line in self._foot if not (self._is_partial and self.rng.random() < 0.2)]
        return [line.replace("{}", str(self.rng.integers(60))) for line in lines]


# Random markup --------------------------------------------------------------------------------------------------------

ROWS = listed("div|div|div|li|tr|table|dl|article|section|flat|p|blockquote")
"""Elements of one comment; "flat": none."""

TAGS = {
    "name": listed("a|b|strong|span|div|h3|h4|h5|cite|p|font|i"),
    "date": listed("span|small|em|time|div|i|a|p||"),
    "number": listed("a|span|small|div|"),
    "badge": listed("span|em|div|small|i|"),
    "rank": listed("span|div|small|p|"),
    "head": listed("div|div|p|span|h4|header|"),
    "picture": listed("||img|a|div"),
    "text": listed("p|p|p|br|br|div|bare"),
    "action": listed("a|a|span|button|li|div|plain"),
}
"""Elements of each part of a comment, as often as they are drawn; an empty one is none."""

NESTING = ("div", "li", "article", "section")
"""Rows that may hold answers."""

PLAIN_NAMES = listed(
    "item|row|entry|box|post|msg|body|content|text|info|meta|head|foot|user|time|left|right|inner|block|line|wrap|cell"
)
TELLING_NAMES = {
    "row": listed("comment|comment-item|c-comment|commentRow|feedback"),
    "name": listed("author|comment-author|user-name|nick|username"),
    "date": listed("date|comment-date|time|posted"),
    "text": listed("comment-text|comment-body|message|content"),
    "foot": listed("actions|comment-footer|reply|links"),
    "head": listed("comment-header|comment-meta|head"),
}
SYLLABLES = listed("ab|ex|ku|lo|mi|ra|te|zo|qu|ni|sa|vy|dr|pl|xt")

MOST_MADE = 60
"""Maximum number of comments of a made thread."""


class Markup(Form):
    """A random markup of comments: elements and classes of each part, rows, cells, answers within comments."""

    def __init__(self, rng: np.random.Generator, count: int, subject: str) -> None:
        super().__init__(rng, count)
        self._row, self._tags = str(rng.choice(ROWS)), {part: str(rng.choice(tags)) for part, tags in TAGS.items()}
        self._naming, self._classes = str(rng.choice(listed("none|hash|plain|plain|telling"))), dict[str, str]()
        self._subject = html.escape(subject) if rng.random() < 0.12 else ""
        self._is_boxed, self._has_foot, self._has_cells = rng.random() < 0.5, rng.random() < 0.5, rng.random() < 0.7
        self._has_lines, self._nests, self._has_gaps = rng.random() < 0.1, rng.random() < 0.2, rng.random() < 0.15
        self._depth = int(rng.choice([0, 0, 1, 1, 2, 3]))  # of boxes around a text

    def thread(self, said: Gold) -> str:
        """Return the markup of some comments."""
        rows, k = list[str](), 0
        while k < len(said):
            row, k = self._with_answers(said, k)
            rows.append(row)
        gap = "<div class='gap'></div>" if self._has_gaps and self._row not in ("tr", "li", "dl") else "\n"
        around = {"tr": "table", "li": "ul", "dl": "dl"}.get(self._row, "div")
        return self._element(around, gap.join(rows), "list")

    def _with_answers(self, said: Gold, k: int) -> tuple[str, int]:
        """Return the markup of comment ``k``, perhaps with the next ones as answers in it, and the number behind."""
        after, answers = k + 1, ""
        if self._nests and after < len(said) and self._row in NESTING and self.rng.random() < 0.4:
            answers, after = self._with_answers(said, after)
            answers = self._element("ul" if self._row == "li" else "div", answers, "answers")
        return self._comment(said[k], k, answers), after

    def _comment(self, said: dict[str, Any], k: int, answers: str) -> str:
        head = (
            self._picture() + (f"<h5>Re: {self._subject}</h5>" if self._subject else "") + self._head(said["author"], k)
        )
        text, foot = self._text(said["text"].split("\n")), self._foot_element()
        first, second = (text, head + foot) if self.is_below else (head, text + foot)
        if self._row in ("tr", "table"):
            left, right = self._element("td", first, "left"), self._element("td", second, "right")
            rows = f"<tr>{left}{right}</tr>" if self._has_cells else f"<tr>{left}</tr><tr>{right}</tr>"
            return rows if self._row == "tr" else self._element("table", rows, "box")
        if self._row == "dl":
            tags = ("dd", "dt") if self.is_below else ("dt", "dd")
            return "".join(f"<{tag}>{part}</{tag}>" for tag, part in zip(tags, (first, second), strict=True))
        end = "<hr>" if self._has_lines else ""
        if self._row == "flat":
            return first + second + end
        return self._element("div" if self._row == "p" else self._row, first + second + answers, "row") + end

    def _picture(self) -> str:
        tag, image = self._tags["picture"], "<img src='a.png' width=32>"
        return image if tag == "img" else self._element(tag, image, "picture") if tag else ""

    def _head(self, name: str | None, k: int) -> str:
        lines = []
        for line in self.parts(name, k):
            parts = (
                self._name_element(text, name) if part == "name" else self._element(self._tags[part], html.escape(text), part)
                for part, text in line
            )
            lines.append(
                self._element(self._tags["head"] if self._is_boxed else "", html.escape(self.joint).join(parts), "head")
            )
        return ("" if self._is_boxed and self._tags["head"] not in ("", "span") else "<br>").join(filter(None, lines))

    def _name_element(self, text: str, name: str | None) -> str:
        """Return the markup of a name; words such as "says" stand beside its element."""
        before, own, after = text.partition(name or text)
        return html.escape(before) + self._element(self._tags["name"], html.escape(own), "name") + html.escape(after)

    def _text(self, lines: Sequence[str]) -> str:
        tag, escaped = self._tags["text"], [html.escape(line) for line in lines]
        text = "".join(f"<{tag}>{line}</{tag}>" for line in escaped) if tag in ("p", "div") else "<br>".join(escaped)
        if tag != "bare" or self._row in ("flat", "tr", "dl"):
            text = self._element("span" if self._row == "p" else "div", text, "text")
        return "<div>" * self._depth + text + "</div>" * self._depth

    def _foot_element(self) -> str:
        tag, lines = self._tags["action"], [html.escape(line) for line in self.footer()]
        if not lines:
            return ""
        if tag == "li":
            foot = "<ul>" + "".join(f"<li><a href='#'>{line}</a></li>" for line in lines) + "</ul>"
        else:
            foot = (
                "<br>" + " ".join(lines)
                if tag == "plain"
                else " ".join(self._element(tag, each, "action") for each in lines)
            )
        return self._element("div" if self._has_foot else "", foot, "foot")

    def _element(self, tag: str, inner: str, part: str) -> str:
        """Return an element, with the class that this part of all comments has."""
        if part not in self._classes:
            self._classes[part] = self._class_of(part)
        named = f' class="{self._classes[part]}"' if self._classes[part] else ""
        return f"<{tag}{named}{' href=#' * (tag == 'a')}>{inner}</{tag}>" if tag else inner

    def _class_of(self, part: str) -> str:
        rng = self.rng
        if self._naming == "none" or rng.random() < 0.15:
            return ""
        if self._naming == "hash":
            return "".join(rng.choice(SYLLABLES, 3)) + str(rng.integers(100))
        if self._naming == "telling" and part in TELLING_NAMES:
            return str(rng.choice(TELLING_NAMES[part]))
        return "-".join(rng.choice(PLAIN_NAMES, 1 + (rng.random() < 0.4)))


def drawn_comments(gold: Gold, pool: Gold, rng: np.random.Generator, counts: Sequence[int]) -> Gold:
    """Return all comments of a page, or some, or as many others."""
    count = min(len(gold) if rng.random() < 0.5 else int(rng.choice(counts)), len(gold), MOST_MADE)
    at = int(rng.integers(len(gold) - count + 1))
    own = (
        [pool[i] for i in rng.integers(len(pool), size=count)] if pool and rng.random() < 0.6 else gold[at : at + count]
    )
    texts = ("\n".join(line.strip() for line in each["text"].split("\n") if line.strip()) for each in own)
    names = (None if rng.random() < 0.03 else each["author"] for each in own)
    return [{"author": name, "text": text} for name, text in zip(names, texts, strict=True)]


def page_in_markup(source: str, gold: Gold, pool: Gold, rng: np.random.Generator) -> tuple[str, Gold] | None:
    """Write the comments of a page, or some, or others, in random markup; None where its thread is not found."""
    root = read_tree(source)
    box = find_box(root, [Said(each["author"], each["text"]) for each in gold])
    around = box.getparent() if box is not None else None
    if box is None or around is None or box.tag == "body":
        return None
    said = drawn_comments(gold, pool, rng, (1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12))
    subject = " ".join(gold[0]["text"].split()[:6])
    tag, heading = rng.choice(listed("h2|h3|div|p|b")), html.escape(str(rng.choice(HEADINGS)).format(len(said)))
    above = f"<{tag}>{heading}</{tag}>" if rng.random() < 0.45 else ""
    made = fragment_fromstring(above + Markup(rng, len(said), subject).thread(said), create_parent="div")
    made.tail = box.tail
    around.replace(box, made)
    drop_data(root)
    return write_tree(root), said


# Other scripts --------------------------------------------------------------------------------------------------------

SCRIPTS = ("абвгдежзиклмнопрстуфхцчшыэюя", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ", "")
"""Letters of scripts: with capitals, two without, and an empty one for Chinese, which writes no blanks."""

_PIECES = re.compile(r"(<script\b.*?</script\s*>|<style\b.*?</style\s*>|<!--.*?-->|<[^>]*>)", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CHINESE = (0x4E00, 5000)
"""Code of the first character, and number of those that are used."""

_BLANK = re.compile(r"(?<=[一-鿿])\s+(?=[一-鿿])")
_SIGNS = ((re.compile(r"(?<=[一-鿿])\.(?:\s+|$)"), "。"), (re.compile(r"(?<=[一-鿿]),\s*"), "，"))


@dataclass(frozen=True)
class Script:
    """Writes each word as a made-up one of another script, the same each time; digits and signs stay."""

    letters: str
    kept: frozenset[str] = frozenset()  # words that stay, in lower case

    def text(self, text: str) -> str:
        """Write a text in the script."""
        written = _WORD.sub(lambda match: self._word(match[0]), text)
        if self.letters:
            return written
        written = _BLANK.sub("", written)
        for sign, other in _SIGNS:
            written = sign.sub(other, written)
        return written

    def page(self, source: str) -> str:
        """Write the visible text of a page in the script."""
        pieces = (
            piece
            if piece.startswith("<") or not piece.strip()
            else html.escape(self.text(html.unescape(piece)), quote=False)
            for piece in _PIECES.split(source)
        )
        return "".join(pieces)

    @lru_cache(maxsize=100_000)  # noqa: B019 (few scripts)
    def _word(self, word: str) -> str:
        if word.casefold() in self.kept:
            return word
        rng = np.random.default_rng(zlib.crc32(word.casefold().encode()))
        if not self.letters:
            size = 1 if len(word) < 4 else 2 if len(word) < 9 else 3
            return "".join(chr(_CHINESE[0] + code) for code in rng.integers(_CHINESE[1], size=size))
        made = "".join(self.letters[i] for i in rng.integers(len(self.letters), size=len(word)))
        return made.upper() if word.isupper() and len(word) > 1 else made.capitalize() if word[0].isupper() else made

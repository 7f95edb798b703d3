"""Make small dumps of random forms for ``train_lines.py table``: threads, and other lists that look like them.

Articles, titles, names and texts are of given dumps, mixed; the words of the site are those of ``data/languages`` or
invented. Such dumps teach the network of tags what no collected page has: threads of two short
comments, names and dates below texts, cards, places and pictures around names, rules above the first comment, notes of
the site below the last; reports, interviews and stories below a count of comments.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from stance.parsing.phrases import phrases

Gold = list[dict[str, Any]]
Stamp = Callable[[datetime], str]

MONTHS = tuple(
    words.split("|")
    for words in (
        "January|February|March|April|May|June|July|August|September|October|November|December",
        "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember",
        "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
        "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre",
        "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря",
    )
)
AGES = [
    "{} hours ago",
    "vor {} Stunden",
    "il y a {} jours",
    "hace {} días",
    "{}h",
    "{} days ago",
    "{} ч назад",
    "{} 小时前",
    "{} dni temu",
]
DATES = [
    "%B %d, %Y",
    "%d %B %Y",
    "%d. %B %Y",
    "%d.%m.%Y",
    "%m/%d/%y",
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%Y年%m月%d日",
    "%b %d, %Y",
    "%a %b %d, %Y",
]
CLOCKS = ["", "", " %H:%M", " at %I:%M %p", ", %H:%M", " um %H:%M Uhr", " à %Hh%M", " @ %H:%M"]
HEADS = ["{name}|{date}", "{name}~{date}", "{date}|{name}", "{date}~{name}", "{name}|{verb}|{date}"]
JOINTS = (" ", " | ", " · ", ", ", " - ", " on ", " at ", " — ", " • ", " am ", " le ", ", on ", " » ")
NAMES = (
    "{name}:|@{name}|{name} {verb}|{name} {verb}:|{by} {name}|{by}: {name}|{name} ({v})|{name} {v} pts|{name}, Hull|"
)
NAMES += "{name} • {role}|{name} {role}|#{k} {name}|{name} >|Comment by {name}"
PICTURES = "{name}|{initials}|{avatar}|{name} Avatar|Comment by {name}.|Reply by {name}.|[{user}.jpg]|{name}'s picture"
ANSWERS = ["{reply} {x}", "@{x}", "{reply}\n{x}", "{name} > {x}", "{reply} @{x}", "↩ {x}"]
COUNTERS = ["{v}", "+{v}", "{v} {v2}", "{v} likes", "Like ({v})", "{v} replies", "up ratings", "▲ {v}"]
SHARED = ["Share", "Tweet", "Print", "Facebook", "Twitter", "Email", "WhatsApp", "Share this"]
LISTS = ["Latest news", "Most read", "More stories", "Trending", "Recommended", "Top stories", "In other news"]
WORDLESS = ["+1", "+100", "100%", "10/10", "!!!", "...", "lol", "Thanks!", "Agree"]
FOOTERS = ("© 2024 Harbour Watch", "Copyright 2013", "(c) The Times")
RULES = (
    "You can follow this conversation by subscribing to the comment feed for this post.",
    "Please be civil: what is off topic or insulting will be removed.",
    "Comments are moderated and will appear once they have been approved.",
    "The opinions below are those of readers and not of this newspaper.",
    "By commenting you agree to our terms of use.",
    "Kommentare geben nicht die Meinung der Redaktion wieder.",
    "Les commentaires sont modérés a posteriori.",
)
CLOSED = (
    "Comments on this entry are closed.",
    "The comment function of this page is switched off.",
    "This discussion is closed to new comments.",
    "Die Kommentarfunktion ist geschlossen.",
)
PLACES = ("Hull", "Boston, MA", "Paris", "Oslo", "Tampa, FL")
SYLLABLES = ("zor", "bla", "mip", "ta", "ken", "lo", "ri", "vu", "shi", "par", "ne", "dol")


class Pools(NamedTuple):
    """What dumps of some sites hold: paragraphs by page, titles, lines below comments by page, names, and texts."""

    articles: list[list[str]]
    titles: list[str]
    tails: list[list[str]]
    names: list[str]
    texts: list[str]

    @property
    def short(self) -> list[str]:
        """The short texts."""
        return [text for text in self.texts if len(text) < 70]


class Maker:
    """Makes dumps of what some pools hold."""

    def __init__(self, pools: Pools, seed: int) -> None:
        self.pools, self.rng, self.short = pools, random.Random(seed), pools.short
        self.pick = self.rng.choice

    def thread(self) -> tuple[str, Gold]:
        """Return a dump with comments, and the comments."""
        count = self.pick((1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6, 7, 8, 10, 15))
        title, lines, is_counted = self._top(count)
        is_board = self._is(0.08)
        lines += [] if is_board else self._article()
        lines += self.rng.sample(SHARED, self.rng.randrange(1, 4)) if self._is(0.25) else []
        lines += self._stories(self.rng.randrange(2, 8)) if self._is(0.25) else []
        if not is_board and (self._is(0.55 if is_counted else 0.85) or (count < 3 and not is_counted)):
            lines.append("\n" * self.pick((0, 1, 2)) + self._filled("section.headings", count))
        lines += [self.pick(RULES) if self._is(0.7) else self._filled("section.ends")] if self._is(0.3) else []
        lines += [self._filled("section.orders") for _ in range(self.pick((1, 1, 2)))] if self._is(0.3) else []
        form, names, gold = Form(self, title), self._names(count), Gold()
        for k, name in enumerate(names):
            own, body = form.comment(k, name, self._text(), names[:k])
            lines += own
            if k or not is_board:  # the post that opens a thread is its article
                gold.append({"author": name, "text": "\n".join(body)})
        return "\n".join([*lines, *self._bottom()]) + "\n", gold

    def other(self) -> tuple[str, Gold]:
        """Return a dump without comments that looks like one with them."""
        _, lines, _ = self._top(self.pick((0, 3, 12, 34)))
        body = self._article()
        makers = (self._listed, self._reported, self._talked, self._embedded, self._dated, self._empty)
        lines += self.rng.choices(makers, (40, 15, 15, 10, 10, 10))[0](body)
        return "\n".join([*lines, *self._bottom()]) + "\n", []

    def dumps(self) -> Iterator[tuple[str, Gold]]:
        """Yield dumps without end, two with comments, then one without."""
        while True:
            yield from (self.thread(), self.thread(), self.other())

    def _is(self, share: float) -> bool:
        return self.rng.random() < share

    def phrase(self, key: str) -> str:
        """Return a phrase of a list of the languages, written as pages do."""
        return self.pick((str.capitalize, str.title))(self.pick(phrases(key)))

    def _filled(self, key: str, number: int | None = None, words: str = "") -> str:
        number = self.rng.randrange(1, 400) if number is None else number
        return self.phrase(key).replace("*", words).replace("#", str(number)).strip()

    def stamp(self) -> Stamp:
        """Return a way to write dates."""
        if self._is(0.3):
            age = self.pick(AGES)
            return lambda _: age.format(self.rng.randrange(2, 23))
        form, months = self.pick(DATES) + self.pick(CLOCKS), self.pick(MONTHS)
        form = self.pick(("%H:%M", "at %I:%M %p", "%I:%M %p on %B %d")) if self._is(0.08) else form
        return lambda time: time.strftime(form.replace("%B", months[time.month - 1]))

    def time(self) -> datetime:
        """Return a moment of the last years."""
        return datetime(2004, 1, 1) + timedelta(minutes=self.rng.randrange(10_000_000))

    def _names(self, count: int) -> list[str]:
        own = [self.pick(self.pools.names) for _ in range(max(1, int(count * self.pick((1, 1, 1, 0.7, 0.4)))))]
        if self._is(0.12):
            own[self.rng.randrange(len(own))] = self.pick(("Guest", "admin", "Bo", "Editor", "Anonymous"))
        return [own[i] if i < len(own) else self.pick(own) for i in range(count)]

    def _text(self) -> str:
        if self._is(0.05):
            return self.pick(WORDLESS)
        text = self.pick(self.short if self._is(0.5) else self.pools.texts)[: self.pick((200, 600, 1500))]
        text = text.replace(". ", ".\n", 1) if self._is(0.25) else text
        quoted = f"{text}\n© {self.pick(('Mark Twain', 'Churchill'))}"
        cited = f"{text}\n{self.pick(self.pools.names)}, {self.stamp()(self.time())}:\n{self.pick(self.short)}"
        return self.rng.choices((text, quoted, cited), (90, 5, 5))[0]

    def _article(self) -> list[str]:
        own, count = self.pick(self.pools.articles), self.pick((1, 2, 3, 3, 4, 5, 6, 8, 12))
        start = self.rng.randrange(max(len(own) - count, 0) + 1)
        return [paragraph[:900] for paragraph in own[start : start + count]]

    def _top(self, count: int) -> tuple[str, list[str], bool]:
        """Return a title, the lines above the article, and whether one of them counts comments."""
        title, is_counted = self.pick(self.pools.titles), self._is(0.3)
        lines = [title]
        lines += [self.pick(("By ", "Von ", "Par ", "")) + self.pick(self.pools.names)] if self._is(0.5) else []
        lines += [self.stamp()(self.time())] if self._is(0.4) else []
        lines += [self._filled("section.headings", count)] if is_counted else []
        lines += self.rng.sample(SHARED, self.rng.randrange(1, 4)) if self._is(0.3) else []
        return title, lines, is_counted

    def _bottom(self) -> list[str]:
        lines = [self.pick(CLOSED)] if self._is(0.15) else []
        lines += [self._filled("section.ends")] if self._is(0.5) else []
        if self._is(0.5):
            tail = self.pick(self.pools.tails)
            start = self.rng.randrange(len(tail))
            lines += tail[start : start + self.rng.randrange(1, 14)]
        lines += self._stories(self.rng.randrange(2, 7)) if self._is(0.3) else []
        return [*lines, *([self.pick(FOOTERS)] if self._is(0.3) else [])]

    def _stories(self, count: int, *, is_headed: bool = True) -> list[str]:
        """Return a list of other stories: titles, and for all alike their beginnings, dates, writers and comments."""
        heading = self._filled("article.related") if self._is(0.7) else self.pick(LISTS)
        has_lead, has_date, has_count, has_writer = (self._is(share) for share in (0.5, 0.55, 0.2, 0.4))
        stamp, bullet, blank = self.stamp(), self.pick(("", "", "  • ", "* ")), self.pick(("", "", "\n"))
        lines = [heading] if is_headed else []
        for _ in range(count):
            lead = self.pick(self.pick(self.pools.articles))[: self.pick((60, 120, 250))]
            own = [self.pick(self.pools.titles), *([lead] if has_lead else [])]
            own += [stamp(self.time())] if has_date else []
            own += [self.pick(("", "By ")) + self.pick(self.pools.names)] if has_writer else []
            own += [f"{self.rng.randrange(90)} comments"] if has_count else []
            lines += [blank + bullet + own[0], *(blank + line for line in own[1:])]
        return lines

    def _listed(self, body: list[str]) -> list[str]:
        heading = [self._filled("section.headings", self.pick((0, 12)))] if self._is(0.4) else []
        none = [self._filled("section.empty")] if self._is(0.3) else []
        return [*body, *heading, *none, *self._stories(self.rng.randrange(3, 10), is_headed=self._is(0.8))]

    def _reported(self, body: list[str]) -> list[str]:
        """Return a live report: a time of day above each paragraph, and for some reports its writer."""
        form, writers = self.pick(("%H:%M", "%I:%M %p", "%d %B %Y %H:%M")), self._names(2)
        lines, time, is_signed = body[: self.rng.randrange(4)], self.time(), self._is(0.5)
        for _ in range(self.rng.randrange(3, 12)):
            lines += [time.strftime(form), *([self.pick(writers)] if is_signed else [])]
            lines.append(self.pick(self.pick(self.pools.articles)))
            time -= timedelta(minutes=self.rng.randrange(1, 50))
        return lines

    def _talked(self, body: list[str]) -> list[str]:
        """Return an interview above an article."""
        names, lines, sign = self._names(2), list[str](), self.pick(("", "", ":"))
        for i in range(self.rng.randrange(3, 9)):
            lines += [names[i % 2] + sign, self.pick(self.pick(self.pools.articles))[: self.pick((60, 120, 400))]]
        return [*lines, *body]

    def _embedded(self, body: list[str]) -> list[str]:
        stamp, lines = self.stamp(), list[str]()
        for _ in range(self.rng.randrange(2, 5)):
            name = self.pick(self.pools.names)
            lines += [f"{name} (@{name.split()[0].lower()}) {stamp(self.time())}", self._article()[0][:140]]
        return [*body, *lines, *self._article()[:2]]

    def _dated(self, body: list[str]) -> list[str]:
        stamp, times = self.stamp(), sorted(self.time() for _ in range(self.rng.randrange(3, 9)))
        return [*body, *(line for time in times for line in (stamp(time), self._article()[0][: self.pick((80, 300))]))]

    def _empty(self, body: list[str]) -> list[str]:
        return [*body, self._filled("section.headings", self.pick((0, 0, 12))), self._filled("section.empty")]


class Form:
    """A random form of the headers and footers of a thread."""

    def __init__(self, maker: Maker, title: str) -> None:
        pick, share = maker.pick, maker.rng.random
        self._maker, self._pick, self._is = maker, pick, lambda part: share() < part
        self._is_below, self._stamp, self._time, self._title = self._is(0.24), maker.stamp(), maker.time(), title
        self._step = timedelta(minutes=pick((3, 40, 300, 3000)) * pick((1, 1, -1)))
        self._gap, self._blank, self._bullet = pick((0, 0, 1, 2)), pick((0, 0, 0, 1, 1)), pick(("",) * 7 + ("  • ",))
        name = pick(NAMES.split("|")) if self._is(0.35) else "{name}"
        head = pick(HEADS) if self._is(0.8) else "{name}"
        lines = head.replace("{name}", name).replace("~", pick(JOINTS)).split("|")
        part = maker.phrase
        self._words = {
            "by": part("article.by"),
            "reply": part("comment.reply_to"),
            "verb": pick(phrases("comment.says")),
        }
        self._place, self._avatar = self._is(0.12), part("comment.avatars").replace("*", "{name}").replace("#", "1")
        cards = [pick(phrases("comment.cards")) for _ in range(pick((0,) * 7 + (1, 2, 3)))]
        self._cards = [card.replace("*", pick(("Mar 2005", "Hull"))).replace("#", "{v}").capitalize() for card in cards]
        self._above = pick(("",) * 12 + ("+{v}", "{v}")), *([pick(PICTURES.split("|"))] if self._is(0.3) else [])
        self._numbered, self._subject = pick(("",) * 9 + ("#{k}", "Comment {k}")), pick(("",) * 9 + ("Re: {title}",))
        self._works = part("comment.affiliations").replace("*", "the North") if self._is(0.1) else ""
        self._head, self._answer, self._badges = (
            lines,
            pick(ANSWERS) if self._is(0.25) else "",
            pick((0, 0, 0, 0, 0.4, 1)),
        )
        foot = [self._button() for _ in range(pick((0, 0, 1, 1, 2, 2, 3, 4)))]
        self._foot = [pick((" | ", " · ", " ")).join(foot)] if foot and self._is(0.3) else foot
        self._is_partial, self._indent = self._is(0.3), pick((0, 0, 0, 2, 4))

    def _button(self) -> str:
        made = "".join(self._pick(SYLLABLES) for _ in range(2)).capitalize()
        own, other = self._maker.phrase("comment.own_actions"), self._maker.phrase("comment.actions")
        return self._maker.rng.choices((own, other, self._pick(COUNTERS), made), (40, 28, 22, 10))[0]

    def comment(self, k: int, name: str, text: str, earlier: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the lines of comment ``k``, and those of its text."""
        self._time += self._step * (2 * self._maker.rng.random())
        known = {
            **self._words,
            "name": name,
            "date": self._stamp(self._time),
            "k": str(k + 1),
            "title": self._title,
            "avatar": self._avatar,
            "v": str(self._maker.rng.randrange(60)),
            "v2": str(self._maker.rng.randrange(9)),
            "user": name[:6].lower(),
            "initials": "".join(word[0] for word in name.split()[:2]).upper(),
            "x": self._pick(earlier or [name]),
            "role": self._maker.phrase("comment.roles"),
        }
        known["avatar"] = known["avatar"].replace("{name}", name)
        head = [*self._above, self._numbered, *self._head, *([known["role"]] if self._is(self._badges) else [])]
        head += [self._pick(PLACES)] if self._place else []
        head += [*self._cards, self._works if self._is(0.7) else "", self._subject]
        head += self._answer.split("\n") if self._answer and earlier and self._is(0.5) else []
        foot = [line for line in self._foot if not (self._is_partial and self._is(0.25))]
        head, foot = ([_written(line, known) for line in part if line] for part in (head, foot))
        body = [line.strip() for line in text.split("\n") if line.strip()]
        lines = [*body, *head, *foot] if self._is_below else [*head, *body, *foot]
        indent = " " * self._indent * self._maker.rng.randrange(3)
        lines = [self._bullet + lines[0], *lines[1:]]
        return [("\n" * (self._blank if i else self._gap)) + indent + line for i, line in enumerate(lines)], body


def _written(line: str, known: dict[str, str]) -> str:
    for key, value in known.items():
        line = line.replace(f"{{{key}}}", value)
    return line

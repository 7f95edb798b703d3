"""Read the opening of a report from its page, and check each sentence against the numbers of the record beside it."""

import html
import re
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from stance.datamodels import Stance
from stance.reporting.levels import Level, labelable, level_of, scored
from stance.reporting.opening import MOST_GAPS
from stance.reporting.wording import percent, value_words

SIDES, OTHER = ("against", "neutral", "favor"), {"against": "favor", "favor": "against"}

NUMBER, SHARE, SIDE = r"[\d,]+", r"[<>]?\d+ %", "against|favor|neither|neutral"
KINDS = {"": ".+?", "#": NUMBER, "%": SHARE, "!": SIDE}
"""Patterns of the parts of a sentence: a text, a number, a share, a side."""

AMOUNT = rf"({SHARE}|\d+ to \d+ %)"
TOLD = rf"(?:([^;:()%]+): )?{AMOUNT} against, {AMOUNT} favor, {AMOUNT} neither \((?:([^;()]+); )?([^;()]+)\)"
OF_ALL = rf"({NUMBER}|none)(?: of (?:(?:{NUMBER}|the) (?:scored )?comments?|these)| comments?(?: of ([^();]+?))?)"
COUNTED = (
    rf"({NUMBER}) against, ({NUMBER}) favor, ({NUMBER}) neither \((persons labelled ({NUMBER}) of {NUMBER} comments?"
    rf"(?: of ([^();]+?))?; )?{OF_ALL} address(?:es)? it(?:; counted by the model)?\)"
)
READ = rf"({NUMBER})(?: of ({NUMBER}) (?:scored )?comments?| comments? of ([^()]+?)) names? it \(readings by the model: ([^();]+)\)"
NO_NUMBER = (
    r"([Nn]o (?:scored )?comment|[Tt]he model finds no comment|[Tt]he number of comments)(?: of ([^();]+?))?"
    r" (?:that address(?:es)? it(?: is withheld)?|addresses it)"
)
BY_COUNT = rf"{OF_ALL} address(?:es)? it, by the model's count"
PARTS = (TOLD, READ, COUNTED, NO_NUMBER, BY_COUNT)
DIFFER = (
    r"[Cc]omments like those of <a> (?:are more often|more often take) (?P<side>against|favor|neither)(?: side)? than comments"
    r" like those of <b>, by <n#> points \(95 % interval: -?\d+ to \d+\)"
)


FORMS = {
    "nothing": r"(?:No comment (?P<some>that the model scored )?|The model finds no comment that )addresses ...",
    "not scored": r"... was not scored",
    "nothing scored": r"The model scored none of the <n#> comments toward ...",
    "thin": r"[^:%]+: none of the <n#> outlets has 20 or more comments that address it(?:; all outlets together have <all#>)?",
    "told": r"(?P<label>[^:%]+?[:,] )?(?P<parts>{part}(; {part})*)(; <more#> more outlets? (is|are) in the table)?",
    "leads": r"(?P<parts>(More comments are|No clear lead)[^:%]*)",
    "leads alone": r"According to the model alone, which nobody checked: (?P<parts>more comments are [^:%]*)",
    "dominated": r"One author wrote <share%> of the comments( of <group>)?, so no difference(?P<lead> and no lead)? is ...",
    "differ": DIFFER,
    "more differ": r"<n#> more differences? (was|were) found; the comparison lists all differences",
    "alike": r"No clear difference between outlets was found \(<tested#> pairs? (was|were) tested(; a difference of <n#> ...)?\)",
    "too few to compare": r"No clear difference between outlets was found \(<tested#> pairs? (was|were) tested; with so few labels, the tests probably miss differences of less than <n#> points\)",
    "uncorrected": r"These estimates come from the model alone",
    "exact": r"All comments are labelled by persons",
    "corrected": r"Labels by persons correct these shares",
    "some corrected": r"Labels by persons correct some of these shares",
    "too few": r"There are too few comments for percentages(, ...)?",
    "unmeasured": r"There are no percentages without labels: the error of such shares ...",
    "withheld": r"Some percentages or counts are withheld, because they would show a small count",
    "to print": r"To print: “Of <place>, (?P<parts>(about )?\d.+) These figures describe comments, not readers.”",
    "gap to print": rf"To print: “Toward .+, {DIFFER}\. These figures describe comments, not readers\.”",
    "learned": r"<labels#> labels? (is|are) left out, because the model learned from ...",
    "few labels": r"<labels#> labels? (was|were) read, too few to correct shares",
    "odd labels": r"The labels of <group> are not a random sample and are not used: ...",
    "not ready": r"Not ready to print: (?P<why>the labels are no random sample|there are no labels|no labels are used|there are too few labels)(; the next labels take about <time#> minutes?)?",
    "articles": r"Apart from the comments, <articles#> articles? refers? to the target in <sentences#> sentences?;"
    r" <quoted#> of these ...",
    "label all": r"Next, label ((?P<all>all) |the <left#> of )<n#> (comments|texts of"
    r" these <of#> comments)"
    r"( that have no label)? \(about <time#> minutes?\)",
    "plan": r"Next, label (about )?<n#> comments? \(about <time#> minutes?\) to get <question> \(± (?P<half>[\d.]+) points(; <why>)?\)",
    "prices": r"With up to <time#> minutes? of labelling in all, you also get <question> \(± (?P<half>[\d.]+) points(; <why>)?\)(; ...)?",
    "label waiting": r"Next, label the <n#> drawn comments? without a label \(about <time#> minutes?\)",
    "expected": r"Expected after <n#> more labels? \(about <time#> minutes?\): <question> \(± (?P<half>[\d.]+) points(, now ± [\d.]+)?\)",
    "known": r"Known well enough: <question> \(± (?P<half>[\d.]+) points\)(; ...)?",
    "not needed": r"The <n#> drawn comments? without a label (is|are) not needed for this",
    "promise": r"Labels given already count|The report then counts these labels|"
    r"Their intervals allow ...|The sides of comments in other languages count as unknown|The 95 % intervals ...|Shares marked ...|Then the report says which ...",
    "done": r"All <n#> (comments|texts of these <of#> comments)"
    r"(?P<some> that ...)? are labelled",
}
"""Sentences by form. What each states is checked by ``is_true``; a sentence of another form counts as false."""


def pattern_of(form: str) -> "re.Pattern[str]":
    """Compile a form, in which ``<name#>`` is a part of a kind."""
    pattern = re.sub(r"(?<!P)<(\w+)([#%!]?)>", lambda found: f"(?P<{found[1]}>{KINDS[found[2]]})", form)
    part = "|".join(re.sub(r"\((?!\?)", "(?:", each.replace(r"\(", "\0")).replace("\0", r"\(") for each in PARTS)
    pattern = pattern.replace("{part}", f"(?:{part})").replace("...", ".+")
    return re.compile(pattern if pattern.endswith("”") else rf"(?:{pattern})\.")


PATTERNS = {name: pattern_of(form) for name, form in FORMS.items()}


class Screen:
    """The numbers that the sentences of a page may state.

    :param record: ``summary.json`` or ``comparison.json``.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.record = record
        self.targets = [each["id"] if isinstance(each, Mapping) else each for each in record["targets"]]
        self.is_public = "public" in record
        self.groups = {of["group"]: of for of in record["groups"] or [record["whole"]]}
        self.levels = {of: {name: level_of(group, of) for name, group in self.groups.items()} for of in self.targets}
        self.whole = record.get("whole") or next(iter(self.groups.values()))
        self.total = sum(of["comments"] or 0 for of in self.groups.values())
        self.scored, self.texts = (sum(map(of, self.groups.values())) for of in (scored, labelable))

    def level(self, target: str, place: str) -> Level:
        """Return the level of a group that a sentence names."""
        return self.levels[target].get(place) or level_of(self.whole, target, whole=True)

    def every(self) -> list[Level]:
        """Return the levels of all groups and targets."""
        return [level for own in self.levels.values() for level in own.values()]

    def left(self, *groups: str) -> int:
        """Count the texts without a label toward a target that comments address."""
        named = [of for of in self.levels.values() if any(each.n for each in of.values())]
        own = [of for of in groups if labelable(self.groups[of])]
        return sum(labelable(self.groups[of]) - min(levels[of].labelled for levels in named) for of in own)

    def pairs(self, target: str, *verdicts: str) -> dict[frozenset[str], list[Mapping[str, Any]]]:
        """Return differences toward a target with some verdicts, by pair of groups."""
        found: dict[frozenset[str], list[Mapping[str, Any]]] = {}
        for of in self.record["differences"] or ():
            if of["target"] == target and of["verdict"] in verdicts:
                found.setdefault(frozenset((of["a"], of["b"])), []).append(of)
        return found

    def check(self, target: str, text: str) -> Iterator[tuple[str, str]]:
        """Check the sentences of a text on a target, or on all (an empty target).

        :return: Each sentence, and its form where it is false; "no form" where it has none; "" where it is true.
        """
        plain = re.sub("[\u2066-\u2069]", "", text).replace("\u00a0", " ")
        for sentence in re.split(r"(?<=[.”]) (?=[A-Z\d])(?![^“]*”)", plain):
            words = re.sub("[Ii]n favor", "favor", sentence)
            forms = ((form, pattern.fullmatch(words)) for form, pattern in PATTERNS.items())
            form, found = next(((form, found) for form, found in forms if found), ("no form", None))
            is_right = found is not None and is_true(self, target, form, found.groupdict())
            yield sentence, "" if is_right else form


def scored_toward(level: Level) -> int:
    """Count the comments of a level that were scored toward its target."""
    return int((level.group["comments"] or 0) - (level.group.get("without_stance") or {}).get(level.target, 0))


def whole_number(text: str | None) -> int:
    """Read a number with commas."""
    return int((text or "0").replace(",", ""))


def in_points(half_width: float) -> float:
    """Return a half width in points, rounded up to a half."""
    return ceil(200 * half_width - 1e-6) / 2


def split(text: str) -> list[str]:
    """Read listed names."""
    return re.split(r", | and ", text)


def is_true(screen: Screen, target: str, form: str, given: Mapping[str, str | None]) -> bool:  # noqa: C901
    """Check a sentence on a target, or on all (an empty target)."""
    n, parts, side = whole_number(given.get("n")), given.get("parts") or "", given.get("side") or ""
    everyone, own = [*screen.groups], screen.levels[target] if target else {}
    whole = [level_of(screen.whole, of, whole=True) for of in screen.targets] if screen.record.get("whole") else []
    shown = [each for each in (*screen.every(), *whole) if each.has_shares]
    sure = [each for each in shown if each.is_labelled]
    match form:
        case "nothing":
            return not any(each.n for each in own.values()) and (screen.scored < screen.total) == bool(given["some"])
        case "not scored":
            return not any(sum(each.group["counts"][target].values()) for each in own.values())
        case "nothing scored":
            return not screen.scored and n == screen.total
        case "thin":
            is_right = n == len(everyone) > 3 and not any(each.has_shares for each in own.values())
            return is_right and whole_number(given["all"]) == sum(each.n or 0 for each in own.values())
        case "told":
            named = sum(len(re.findall(each, parts)) for each in PARTS)
            return is_told(screen, target, parts) and (
                not given["more"] or len(everyone) - named == whole_number(given["more"])
            )
        case "leads" | "leads alone":
            return is_lead(screen, target, parts, "alone" if form == "leads alone" else "ahead")
        case "dominated":
            level = screen.level(target, given["group"] or "")
            return level.largest_author is not None and (not level.is_exact) == bool(given["lead"])
        case "differ" | "gap to print":
            names = given["a"] or "", given["b"] or ""
            stance = "neutral" if side == "neither" else side
            every = [
                screen.pairs(of, "differ").get(frozenset(names), []) for of in ([target] if target else screen.targets)
            ]
            found = [of for own in every for of in own if of["stance"] == stance]
            return any(
                (of["a"] == names[0]) == (of["estimate"] > 0) and f"{100 * abs(of['estimate']):.0f}" == given["n"]
                for of in found
            )
        case "more differ":
            return n == sum(map(len, screen.pairs(target, "differ").values())) - MOST_GAPS
        case "alike" | "too few to compare":
            tested = screen.pairs(target, "differ", "cannot_tell_apart")
            found = [of for each in tested.values() for of in each if of["stance"] in OTHER and of["detectable"]]
            sizes = [of["detectable"] for of in found]
            is_right = bool(tested) and not screen.pairs(target, "differ")
            if form == "too few to compare":
                is_right &= n == int(100 * min(sizes)) >= 30
                return is_right and whole_number(given["tested"]) == len(tested)
            return is_right and whole_number(given["tested"]) == len(tested) and (not n or n == ceil(100 * max(sizes)))
        case "articles":
            rows = screen.record["articles"][target]
            return all(sum(row[key] for row in rows) == whole_number(stated) for key, stated in given.items())
        case "uncorrected":
            return bool(shown) and not sure
        case "exact" | "corrected":
            return shown == sure and all(each.is_exact for each in sure) == (form == "exact")
        case "some corrected":
            return 0 < len(sure) < len(shown)
        case "too few":
            return not shown
        case "unmeasured":
            return not shown and any(share["note"] for each in screen.every() for share in each.shares.values())
        case "withheld":
            return screen.is_public and any(each.sided is None for each in whole or screen.every())
        case "few labels":
            audit, used = screen.record["audit"], {x["method"] for of in everyone for x in screen.groups[of]["shares"]}
            return whole_number(given["labels"]) == audit["matched"] - audit["learned"] and used <= {"model", "none"}
        case "to print":
            place = re.sub("^the comments (at|in) ", "", given["place"] or "")
            levels = [screen.level(of, place) for of in screen.targets]
            stated = re.findall(rf"({SHARE}) (?:of these are )?({SIDE})", parts)
            numbers = re.findall(rf"(?:^|; )(?:about )?({NUMBER}) address(?:es)? ", parts)
            every = [
                each.shares[Stance(of)] for each in levels if each.may_print for of in ("against", "favor", "neutral")
            ]
            shares = [share for share in every if share["may_print"]]
            is_right = [share for share, _ in stated] == [percent(each["estimate"]) for each in shares]
            return is_right and [*map(whole_number, numbers)] == [each.n for each in levels if each.may_print]
        case "odd labels":
            return bool(screen.groups.get(given["group"] or "", screen.whole)["checks"]["labels_odd"])
        case "not ready":
            has_labels = any(each.labelled for each in screen.every())
            is_ready = any(each.may_print for each in (*screen.every(), *whole))
            is_odd = any((each.group.get("checks") or {}).get("labels_odd") for each in (*screen.every(), *whole))
            if (given["why"] == "the labels are no random sample") != is_odd:
                return False
            return not is_ready and (is_odd or (given["why"] == "there are too few labels") == has_labels)
        case "label all":
            left, total = screen.left(*everyone), screen.texts
            stated = n if given["all"] else whole_number(given["left"])
            is_right = (stated, n) == (left, total) and whole_number(given["of"]) in (0, screen.scored)
            return is_right and (total == screen.scored) == (not given["of"]) and is_time(given, left)
        case "label waiting":
            return n == screen.record["waiting"] and is_time(given, n)
        case "expected":
            return n <= screen.record["waiting"] and is_time(given, n)
        case "known":
            whole_levels = (level_of(screen.whole, of, whole=True) for of in screen.targets)
            widths = {in_points(each.half_width) for each in (*screen.every(), *whole_levels)}
            return float(given["half"]) in widths
        case "not needed":
            return n == screen.record["waiting"]
        case "plan":
            first = screen.record["plan"][0]
            return n == first["labels"] and is_time(given, n) and float(given["half"]) == in_points(first["half_width"])
        case "prices":
            first, second = screen.record["plan"][:2]
            labels = sum(each["labels"] for each in (first, second) if each["kind"] == "share")
            is_right = float(given["half"]) == in_points(second["half_width"])
            return is_right and (second["kind"] == "difference" or is_time(given, labels))
        case "done":
            total = screen.texts
            is_right = n == total and whole_number(given["of"]) in (0, screen.scored) and not screen.left(*everyone)
            return is_right and (screen.scored < screen.total) == bool(given["some"])
    return form == "promise"


def is_told(screen: Screen, target: str, text: str) -> bool:  # noqa: C901
    """Check the shares, intervals or counts of groups, in the one form that they are told in."""
    seen = 0
    for name, against, favor, neutral, count, how in re.findall(TOLD, text):
        level, seen = screen.level(target, name.strip()), seen + 1
        margin = re.search(r"± ([\d.]+)", how)
        is_right = level.has_shares and ("by the model" in how) == (not level.is_labelled)
        if of := re.fullmatch(rf"({NUMBER}) of ({NUMBER}) (?:scored )?comments address it", count):
            is_right &= (whole_number(of[1]), whole_number(of[2])) == (level.n, scored_toward(level))
        is_right &= (float(margin[1]) if margin else 0.0) == level.margin and ("all labelled" in how) <= level.is_exact
        for side, amount in zip(("against", "favor", "neutral"), (against, favor, neutral), strict=True):
            share = level.shares[Stance(side)]
            ends = "{:.0f} to {:.0f} %".format(*(100 * end for end in share["interval"]))
            is_right &= amount == (percent(share["estimate"]) if share["may_print"] else ends)
        if not is_right:
            return False
    for n, total, place, lists in re.findall(READ, text):
        level, seen = screen.level(target, place), seen + 1
        is_total = whole_number(total) == scored_toward(level) if total else not level.whole
        if not is_total or not is_read(level, whole_number(n), lists):
            return False
    for *counts, by_persons, labelled, group, n, of in re.findall(COUNTED, text):
        level, seen = screen.level(target, group or of), seen + 1
        stated = dict(zip(("against", "favor", "neutral"), map(whole_number, counts), strict=True))
        is_right = not level.has_shares and {of: level.counts[of] or 0 for of in stated} == stated
        is_right &= sum(stated.values()) == whole_number(n.replace("none", "0"))
        is_right &= whole_number(labelled) == sum(level.read.values()) * bool(by_persons)
        if not is_right or bool(by_persons) != level.is_counted_by_persons:
            return False
    for n, place in re.findall(BY_COUNT, text):
        level, seen = screen.level(target, place), seen + 1
        if not screen.is_public or level.n != whole_number(n):
            return False
    for what, place in re.findall(NO_NUMBER, text):
        n, is_withheld, seen = screen.level(target, place).n, what[1:].startswith("he number"), seen + 1
        if n or (n is None) != is_withheld or is_withheld > screen.is_public:
            return False
    return seen > 0


def is_read(level: Level, n: int, lists: str) -> bool:
    """Check the numbers of readings of one group by list."""
    stated = {
        name: whole_number(match[1])
        for name, words in value_words()["READING_WORDS"].items()
        if (match := re.search(rf"(?:^|, | and )({NUMBER}) {words.replace('in favor', 'favor')}(?:$|, | and )", lists))
    }
    counts = {name: count for name, count in level.counts.items() if count or name in OTHER}
    is_counted = not level.has_shares and not level.is_counted_by_persons
    return is_counted and stated == counts and sum(stated.values()) == n


def is_lead(screen: Screen, target: str, text: str, by: str) -> bool:
    """Check which side is ahead where, ``by`` the property of levels that says it."""
    for part in text.split("; "):
        found = re.fullmatch(
            r"(?:[Mm]ore comments are (against|favor) than (?:against|favor)|[Nn]o clear lead)(?: (.+))?", part
        )
        if found is None:
            return False
        known = [*screen.levels[target].values(), level_of(screen.whole, target, whole=True)]
        places = [re.sub("^(among|at|in) ", "", each) for each in split(found[2] or "")]
        places = [each for each in places if each and not re.fullmatch(r"\d+ more", each)]
        levels = [each for each in known if (each.is_tested if by == "ahead" else each.alone)]
        levels = [screen.level(target, place) for place in places] or levels
        if not levels or any(getattr(each, by) != found[1] or (by == "ahead") != each.is_tested for each in levels):
            return False
    return True


def is_time(given: Mapping[str, str | None], labels: int) -> bool:
    """Check how long labels take: fifty in twelve minutes."""
    return whole_number(given["time"]) == max(1, round(labels * 12 / 50))


def read_page(page: str) -> tuple[str, list[list[str]], str, list[str]]:
    """Read the opening from the markup of a page: notes, the sentences on each target, the next step, its commands."""
    text = html.unescape(page)
    titles = re.findall(r'<p role="listitem"><strong>(.*?)</strong>(.*?)</p>', text)
    notes = re.search(r'<p class="note how">(.*?)</p>', text)
    after = re.search(r'<p class="note next">(.*?)</p>', text, re.DOTALL)
    step = re.split(r"\s*(?:Draw these comments with <code>|$)", after[1])[0].strip() if after else ""
    shown = [[title, *re.findall(r'<span class="detail">(.*?)</span>', rest)] for title, rest in titles]
    return notes[1] if notes else "", shown, step, re.findall(r"<code>(.*?)</code>", after[1]) if after else []

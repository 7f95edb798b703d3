"""Read the opening of a report from its page, and check each sentence against the numbers of the record beside it."""

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from stance.datamodels import FEWEST_SHARED, Stance
from stance.reporting.opening import (
    LABELS_OF_LEAN,
    MOST_GAPS,
    MOST_LEVELS,
    MOST_NAMED,
    Basis,
    Level,
    labelable,
    level_of,
    scored,
)
from stance.reporting.rendering import percent

SIDES, OTHER = ("against", "neutral", "favor"), {"against": "favor", "favor": "against"}

NUMBER, SHARE, SIDE = r"[\d,]+", r"[<>]?\d+ %", "against|favor|neutral"
KINDS = {"": ".+?", "#": NUMBER, "%": SHARE, "!": SIDE}
"""Patterns of the parts of a sentence: a text, a number, a share, a side."""

FORMS = {
    "nothing": r"No comment (?P<some>that the model scored )?addresses ...",
    "nothing of the largest": r"No comment of the <n#> largest outlets addresses ...",
    "nothing scored": r"The model scored none of the <n#> comments",
    "few": r"Few comments address ...",
    "counts": r"Toward [^:,]+: (?P<parts>(of the [\d,]+ (comm|diff)... reads?|the model reads|persons read|no)"
    r" .*)",
    "whole": r"Toward <_>(?P<model>, by the model’s estimate)?: of the (<n#> )?comments( of <group>)? that address it,"
    r" <against%> are against and <favor%> favor(; (they lean|(?P<these>more are)) <lean!>"
    r"|; which side is ahead is not sure)?",
    "groups": r"Toward <_>: (?P<parts>[<>]?\d+ % of ...’s.* are <side!>.*)",
    "both": r"Toward <_>(?P<model>, by the model’s estimate)?: ((?P<leads>it is [^:]+): )?(?P<parts>of .+’s .+)",
    "ahead": r"Toward <_>(?P<model>, by the model’s estimate)?: (?P<leads>(it|more|the sides) [^:]+)",
    "uncorrected": r"No labels correct this estimate(?P<unmeasured>, and how ... was not measured)?",
    "errors": r"On <n#> other sets of labelled comments( toward ...)?, its share of ...",
    "labels": r"(Labels by persons correct these shares|(?P<alone>These shares are of labels ... alone, ...)): <parts>",
    "sure": r"At (?P<parts>...?, (more are (surely|perhaps))...)",
    "differ": r"<a>’s comments are more often <side!> than <b>’s, by <n#> points \(-?\d+ to \d+\)",
    "more differ": r"<n#> more pairs? of outlets differs?; “Differences” of the comparison lists all",
    "alike": r"No difference between outlets was found( in the <tested#> of <all#> pairs that could be tested)?"
    r"(; one of <n#> points or more would probably have been found)?",
    "listed": r"(?P<side>Against and favor|Against|favor)(?P<corrected> \(95 % interval\))?: <parts>",
    "these": r"This holds for exactly these comments: for others ...",
    "left out": r"Left out for lack of <what>: <parts>",
    "smaller": r"<n#> smaller outlets? (is|are) below",
    "withheld": r"Counts under five are withheld",
    "too few": r"There are too few comments for percentages, ...",
    "explained": r"A 95 % interval shows ... about 95 of 100 such intervals hold the true share",
    "articles": r"Apart from the comments, <articles#> articles? names? it in <sentences#> sentences?,"
    r" <quoted#> of which ...",
    "label all": r"Next, label ((?P<all>all) |the <left#> of )<n#> (comments|different texts(, counted per outlet,)? of"
    r" these <of#> comments)"
    r"( that have no label)? \(about <time#> minutes?\)",
    "label more": r"Next, label (?P<upto>up to )?<n#> (more )?comments( of <groups>)? \(about <time#> minutes?\)",
    "promise": r"The report then shows the counts of persons instead|"
    r"Labels then correct the shares",
    "done": r"All <n#> (comments|different texts(, counted per outlet,)? of these <of#> comments)"
    r"(?P<some> that ...)? are labelled",
    "more articles": r"To know more about comments like these, more articles are needed, not more labels",
}
"""Sentences by form. What each states is checked by ``is_true``; a sentence of another form counts as false."""


def pattern_of(form: str) -> "re.Pattern[str]":
    """Compile a form, in which ``<name#>`` is a part of a kind."""
    pattern = re.sub(r"(?<!P)<(\w+)([#%!]?)>", lambda found: f"(?P<{found[1]}>{KINDS[found[2]]})", form)
    return re.compile(rf"(?:{pattern.replace('...', '.+')})\.")


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
        self.shown = sorted(self.groups, key=lambda of: -(self.groups[of]["comments"] or 0))[:MOST_LEVELS]
        self.levels = {of: {name: level_of(group, of) for name, group in self.groups.items()} for of in self.targets}
        self.total = sum(of["comments"] or 0 for of in self.groups.values())
        self.scored, self.texts = (sum(map(of, self.groups.values())) for of in (scored, labelable))

    def best(self, target: str) -> Basis:
        """Return the most that is known of any group that is named."""
        return max(self.levels[target][of].basis for of in self.shown)

    def told(self, target: str) -> dict[str, Level]:
        """Return the groups of which most is known."""
        return {of: self.levels[target][of] for of in self.shown if self.levels[target][of].basis == self.best(target)}

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
        for sentence in re.split(r"(?<=[.]) (?=[A-Z\d])", plain):
            words = re.sub("[Ii]n favor", "favor", sentence)
            forms = ((form, pattern.fullmatch(words)) for form, pattern in PATTERNS.items())
            form, found = next(((form, found) for form, found in forms if found), ("no form", None))
            is_right = found is not None and is_true(self, target, form, found.groupdict())
            yield sentence, "" if is_right else form


def whole_number(text: str | None) -> int:
    """Read a number with commas."""
    return int((text or "0").replace(",", ""))


def split(text: str) -> list[str]:
    """Read listed names."""
    return re.split(r", | and ", text)


def is_true(screen: Screen, target: str, form: str, given: Mapping[str, str | None]) -> bool:  # noqa: C901
    """Check a sentence on a target, or on all (an empty target)."""
    n, parts, side = whole_number(given.get("n")), given.get("parts") or "", given.get("side") or ""
    targets, everyone = [target] if target else screen.targets, [*screen.groups]
    own, told = (screen.levels[target], screen.told(target)) if target else ({}, {})
    steps = {screen.best(each) for each in targets}
    known = [(of, each) for target in targets for of, each in screen.told(target).items()]
    match form:
        case "nothing":
            return not any(each.n for each in own.values()) and (screen.scored < screen.total) == bool(given["some"])
        case "nothing of the largest":
            return n == len(screen.shown) < len(everyone) and not any(own[of].n for of in screen.shown)
        case "nothing scored":
            return not screen.scored and n == screen.total
        case "counts":
            return steps == {Basis.COUNTS} and all(is_count(told, part) for part in parts.split("; "))
        case "whole":
            ((group, level),) = told.items()
            is_right = given["group"] in (None, group) and (steps == {Basis.MODEL}) == bool(given["model"])
            is_right &= n in (0, level.n) and given["lean"] == level.ahead
            return is_right and all(shows(level, of, given[of] or "") for of in OTHER)
        case "ahead":
            is_sure = steps <= {Basis.THESE, Basis.LIKE_THESE} and not given["model"]
            return len(told) > MOST_NAMED and counts_leads(told, given["leads"] or "", is_sure, len(everyone))
        case "groups":
            named = re.findall(rf"({KINDS['%']}) of (.+?)’s(?=[ ,.]|$)", parts)
            is_all = {name for _, name in named} == {*told} if len(told) <= MOST_NAMED else len(named) == 2
            return is_all and all(shows(told[name], side, share) for share, name in named)
        case "both":
            named = re.findall(rf"of (.+?)’s[^,;]*, ({KINDS['%']}) (?:are against )?and ({KINDS['%']})", parts)
            is_sure = steps <= {Basis.THESE, Basis.LIKE_THESE} and not given["model"]
            is_right = {name for name, *_ in named} == {*told}
            is_right &= bool(given["leads"]) == (is_sure and not any(each.ahead for each in told.values()))
            return is_right and all(
                shows(told[name], *of) for name, *two in named for of in zip(OTHER, two, strict=True)
            )
        case "listed":
            return is_list(
                told, ["against", "favor"] if "and" in side else [side.lower()], parts, bool(given["corrected"])
            )
        case "uncorrected":
            by_model = all(share["method"] == "model" for each in told.values() for share in each.shares.values())
            return by_model and bool(given["unmeasured"]) != bool(screen.record["model"]["share_errors"])
        case "errors":
            errors = screen.record["model"]["share_errors"]
            return all(n == (errors.get(each) or errors[""])["sets"] for each in targets)
        case "labels":
            alone = "labels" if given["alone"] else "ppi"
            named = re.findall(rf"({KINDS['#']})(?: of (.+?))?(?=, \d| and \d|$)", parts)
            chosen = [
                (whole_number(n), each) for n, name in named for of, each in known if name in ("", "each outlet", of)
            ]
            return bool(chosen) and all(
                n == each.labelled and each.shares[Stance.FAVOR]["method"] == alone for n, each in chosen
            )
        case "sure":
            said = re.findall(rf"(?:^|; at )([^;]+?), more are (surely|perhaps) ({KINDS['!']})", parts)
            named, unsure = (
                {
                    of: side
                    for names, how, side in said
                    if how == sure
                    for of in (told if "every " in names else split(names))
                }
                for sure in ("surely", "perhaps")
            )
            return (
                steps <= {Basis.THESE, Basis.LIKE_THESE}
                and {of: str(each.ahead) for of, each in told.items() if each.ahead} == named
                and {of: larger(each) for of, each in told.items() if not each.ahead and larger(each)} == unsure
            )
        case "differ":
            names = given["a"] or "", given["b"] or ""
            found = [of for of in screen.pairs(target, "differ").get(frozenset(names), []) if of["stance"] == side]
            is_upright = bool(found) and (found[0]["a"] == names[0]) == (found[0]["estimate"] > 0)
            return is_upright and f"{100 * abs(found[0]['estimate']):.0f}" == given["n"]
        case "more differ":
            pairs = len(screen.pairs(target, "differ"))
            return 0 < pairs - MOST_GAPS <= n < pairs
        case "alike":
            tested, possible = (
                screen.pairs(target, "differ", "cannot_tell_apart"),
                len(everyone) * (len(everyone) - 1) // 2,
            )
            sizes = [
                of["detectable"]
                for each in tested.values()
                for of in each
                if of["stance"] in OTHER and of["detectable"]
            ]
            stated = [whole_number(given[name]) for name in ("tested", "all")] if given["all"] else [possible] * 2
            is_right = bool(tested) and not screen.pairs(target, "differ") and stated == [len(tested), possible]
            return is_right and (not n or n == ceil(100 * max(sizes)))
        case "left out":
            named = re.findall(rf"(.+?)(?: \(({KINDS['#']}) comments? address(?:es)? it\))?(?:, | and |$)", parts)
            is_right = all(name not in told and (own[name].n or 0) == whole_number(stated) for name, stated in named)
            labels, what = {name: own[name].labelled for name, _ in named}, given["what"]
            if what == "comments":
                return is_right and all((own[name].n or 0) < FEWEST_SHARED for name in labels)
            return is_right and all(
                (labels[of] < min(LABELS_OF_LEAN, own[of].group["comments"])) == (what == "labels") for of in labels
            )
        case "articles":
            rows = screen.record["articles"][target]
            return all(sum(row[key] for row in rows) == whole_number(stated) for key, stated in given.items())
        case "smaller":
            return n == len(everyone) - len(screen.shown)
        case "these":
            return steps == {Basis.THESE}
        case "few" | "withheld":
            return screen.is_public
        case "too few":
            return steps <= {Basis.COUNTS, Basis.NOTHING}
        case "explained":
            return any(each.basis >= Basis.THESE for of in screen.levels.values() for each in of.values())
        case "label all":
            left, total = screen.left(*everyone), screen.texts
            stated = n if given["all"] else whole_number(given["left"])
            is_right = (stated, n) == (left, total) and whole_number(given["of"]) in (0, screen.scored)
            return is_right and (total == screen.scored) == (not given["of"]) and is_time(given, left)
        case "label more":
            groups = given["groups"] or "each outlet"
            names = everyone if groups == "each outlet" else split(groups.removeprefix("each of "))
            names = [of for of in names if not of.endswith(" more")]
            left = [screen.left(of) for of in names]
            if len(names) == 1 and is_time(given, n):
                return left[0] >= n
            done = [labelable(screen.groups[of]) - each for of, each in zip(names, left, strict=True)]
            needed = [min(LABELS_OF_LEAN - had, each) for had, each in zip(done, left, strict=True)]
            return n == max(needed) and (min(needed) < n) == bool(given["upto"]) and is_time(given, sum(needed))
        case "done":
            total = screen.texts
            is_right = n == total and whole_number(given["of"]) in (0, screen.scored) and not screen.left(*everyone)
            return is_right and (screen.scored < screen.total) == bool(given["some"])
    return form in ("promise", "more articles")


def counts_leads(told: Mapping[str, Level], text: str, is_sure: bool, groups: int) -> bool:
    """Check the number of groups in which each side is ahead."""
    leads = Counter((str(each.ahead) if each.ahead else "") if is_sure else larger(each) for each in told.values())
    if text == "it is not sure at any outlet which side is ahead":
        return is_sure and {*leads} == {""}
    if text == f"the sides are even at all {len(told)} outlets":
        return not is_sure and {*leads} == {""}
    found = re.findall(rf"({KINDS['!']}) than (?:{SIDE}) at (?:all )?(\d+)(?: of (?:the )?(\d+))?", text)
    rest = re.search(r"; at the other(?: (\d+))? (?:that is not sure|as many)$", text)
    stated = Counter({side: int(n) for side, n, _ in found})
    stated[""] = 0 if rest is None else int(rest[1] or 1)
    is_largest = ("largest" in text) <= (groups > MOST_LEVELS)
    return +stated == +leads and int(found[0][2] or found[0][1]) == len(told) and is_largest


def larger(level: Level) -> str:
    """Name the side with the larger share; empty if they are equal."""
    against, favor = (level.shares[Stance(side)]["estimate"] for side in OTHER)
    return "" if against == favor else "against" if against > favor else "favor"


def is_time(given: Mapping[str, str | None], labels: int) -> bool:
    """Check how long labels take: fifty in twelve minutes."""
    return whole_number(given["time"]) == max(1, round(labels * 12 / 50))


def shows(level: Level, side: str, share: str, interval: str = "") -> bool:
    """Compare a share, and its interval if there is one, with the recorded one."""
    own = level.shares[Stance(side)]
    ends = "{:.0f} to {:.0f} %".format(*(100 * end for end in own["interval"] or (0, 0)))
    return percent(own["estimate"]) == share and interval in ("", ends)


def is_count(told: Mapping[str, Level], part: str) -> bool:
    """Check the counts of one group."""
    level = next((of for name, of in told.items() if f" of {name} that address" in part), next(iter(told.values())))
    many = re.match(rf"of the ({KINDS['#']}) (?:comments|different texts)", part)
    stated = {side: whole_number(count) for count, side in re.findall(rf"({KINDS['#']}) as ({KINDS['!']})", part)}
    if only := None if many else re.search(rf" as ({KINDS['!']})$", part):
        stated = {only[1]: 1}
    n = whole_number(many[1]) if many else len(stated)
    counts = {side: level.counts[side] for side in SIDES if level.counts[side]}
    return n == sum(stated.values()) and stated == counts and ("persons" in part) == level.is_read


def is_list(told: Mapping[str, Level], sides: Sequence[str], text: str, corrected: bool) -> bool:
    """Check the list of all groups with shares, intervals and the number of comments."""
    seen = set()
    for row in text.split("; "):
        group = next((of for of in told if row.startswith(f"{of} ")), next(iter(told)))
        shares, n = (
            re.findall(rf"({KINDS['%']})(?: \((\d+ to \d+ %)\))?", row),
            re.search(rf"%\)?, ({KINDS['#']})", row),
        )
        is_right = n is None or whole_number(n[1]) == told[group].n
        if not is_right or not all(shows(told[group], of, *own) for of, own in zip(sides, shares, strict=True)):
            return False
        seen.add(group)
    return seen == {*told} and corrected == all(each.basis >= Basis.THESE for each in told.values())


def read_page(page: str) -> tuple[str, list[list[str]], str, list[str]]:
    """Read the opening from the markup of a page: notes, the sentences on each target, the next step, its commands."""
    text = html.unescape(page)
    titles = re.findall(r'<p role="listitem"><strong>(.*?)</strong>(.*?)</p>', text)
    notes = re.search(r'<p class="note how">(.*?)</p>', text)
    after = re.search(r'<p class="note next">(.*?)</p>', text, re.DOTALL)
    step = re.split(r"\s*(?:Draw them with <code>|$)", after[1])[0].strip() if after else ""
    shown = [[title, *re.findall(r'<span class="detail">(.*?)</span>', rest)] for title, rest in titles]
    return notes[1] if notes else "", shown, step, re.findall(r"<code>(.*?)</code>", after[1]) if after else []

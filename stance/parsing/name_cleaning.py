"""Clean the names of commenters: separators, descriptions of pictures, addresses, badges."""

import re
from collections.abc import Sequence

from stance.parsing.dates import has_digit
from stance.parsing.lines import collapse_repeated, letter_words, strip_prefix
from stance.parsing.phrases import STAMP_JOINTS, phrase_set, phrases
from stance.resources import remembered

DAY_BEHIND = re.compile(rf"[\s,(|·•–—-]+(?:{'|'.join(phrases('date.weekdays'))})[\s,.]*$", re.IGNORECASE)
"""Pattern of the weekday between a name and a date; elsewhere it may be a surname, as in "Eva Sonntag"."""

EDGE = " \t\u00a0|·•,;:/–—-@#«»()"

SIGNS = "~★☆►▶✓✔●○♦◆■ "

PARTING = "|·•,–—-:("

AVATAR_PREFIXES = tuple(phrase.removesuffix(" *") for phrase in phrases("comment.avatars"))

ACCOUNT = re.compile(
    rf"(?<=\S)\s?[(\[](?:@[^()\s]{{1,40}}|(?=[^()]{{0,40}}[\d_])[a-z\d_.-]{{1,40}}|(?i:{'|'.join(phrases('comment.roles'))}))[)\]]$"
)

POINTS = re.compile(
    rf"\s(?:[+-]?\d{{1,6}}\s?(?:{'|'.join(phrases('comment.points'))})\s?){{1,3}}(?:Featured)?$", re.IGNORECASE
)


@remembered
def clean_name(name: str) -> str:
    """Strip a commenter's name: separators, a picture's description, addresses, a repetition of the name."""
    # Text browsers show its file name
    picture = r"\[[^\[\]]{1,40}\]\s{0,3}(?=\S)"
    name = strip_prefix(name, AVATAR_PREFIXES) or (re.sub(picture, "", name, count=1) if "[" in name else name)
    name = re.sub(r"#\s?\d{1,5}\b[\s.:)–-]*", "", name.strip(" "), count=1) if "#" in name else name
    name = without_addresses(name)
    name = trim_edges(strip_prefix(name, phrases("comment.named_below")) or name)
    words = (POINTS.sub("", name) if has_digit(name) else name).split()
    while len(words) > 1 and _is_beside_name(words):
        del words[-1]
    return collapse_repeated(without_marks(trim_edges(" ".join(words))))


def trim_edges(name: str) -> str:
    """Cut separators off both ends of a name; signs that belong to it stay: "-=Max=-", "#1fan", "Ann (Hull)"."""
    plain = name.strip(EDGE)
    start = name.find(plain)
    end = start + len(plain)
    before, after = name[start - 1 : start], name[end : end + 1]
    pair = f"{before}{after}"
    if pair in ("--", "()", "«»"):
        return f"{before}{plain}{after}"
    if before and before in "@#":
        return f"{before}{plain}"
    if plain and after == "@":
        return f"{plain}{after}"
    is_open = after and after in ")»" and "(«"[")»".index(after)] in plain
    return f"{plain}{after}" if is_open else plain


def without_addresses(name: str) -> str:
    """Cut e-mail addresses and addresses of pages off a name, unless there is nothing else."""
    if "@" not in name[1:] and "://" not in name and "www." not in name:
        return name
    address = r"(?:https?://|www\.)\S{1,200}|(?<!\S)[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}\S?"
    plain = trim_edges(" ".join(re.sub(address, " ", name).split()))
    return plain if any(map(str.isalpha, plain)) else name


def without_marks(name: str) -> str:
    """Cut signs around a name off, if one is before it, and an account or a role in brackets: "~Ann (guest)"."""
    plain = ACCOUNT.sub("", name.lstrip(SIGNS).strip())
    plain = plain.rstrip(SIGNS).strip() if plain[:1] != name[:1] else plain
    return plain if any(map(str.isalnum, plain)) else name


def without_joints(name: str) -> str:
    """Cut the weekday and other words off a name that stand between a comma behind it and a date."""
    for parting in PARTING:
        before, sign, behind = name.rpartition(parting)
        if sign and before and phrase_set("date.labels").union(STAMP_JOINTS).issuperset(letter_words(behind)):
            return before.rstrip(EDGE)
    return name


def _is_beside_name(words: Sequence[str]) -> bool:
    """Return whether the last of some words is no part of a name: it joins it to a date, or is a badge or a sign."""
    word, before = words[-1], words[-2]
    plain = word.lower().strip(".,")
    if re.fullmatch(r"(?i)\d{1,2}[:.h]\d\d(?::\d\d)?(?:am|pm)?|am|pm", word):
        return True
    if not any(map(str.isalnum, plain)):
        return set(word) <= set("|·•,;:/–—-@#«»().…★☆*") or (len(set(word)) == 1 and word[0] not in "!?")
    if plain in phrase_set("comment.roles"):
        return True
    if plain in STAMP_JOINTS - phrase_set("date.weekdays"):
        return len(plain) > 1 or not word.isupper()
    words_of_page = phrase_set("date.labels", "comment.roles", "comment.badges", "date.weekdays")
    return before[-1] in PARTING and plain in words_of_page

"""Turn dates of the Thai, Japanese, Persian and Islamic calendars into those of the Gregorian one."""

import re
from datetime import date

DIGITS = {first + digit: f"{digit}" for first in (0x660, 0x6F0, 0x966, 0x9E6, 0xFF10) for digit in range(10)}
"""Arabic, Persian, Devanagari, Bengali and wide digits."""

ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
MONTHS = {
    name: 1 + number % 12
    for number, names in enumerate((
        "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
        "محرم", "صفر", "ربيع الأول", "ربيع الآخر|ربيع الثاني", "جمادى الأولى", "جمادى الآخرة|جمادى الثانية", "رجب",
        "شعبان", "رمضان", "شوال", "ذو القعدة", "ذو الحجة",
    ))
    for name in names.split("|")
}  # fmt: skip
"""Persian months, and those of the Islamic calendar."""

NUMBERED = re.compile(r"(?<![\d/.,-])(1[34]\d\d)([/-])(\d\d?)\2(\d\d?)(?![\d/-])")
NAMED = re.compile(rf"(?<!\d)(\d\d?) ({'|'.join(MONTHS)}) (?:ماه )?(1[34]\d\d)(?: ?هـ?)?(?!\w)")


def gregorian(text: str) -> str:
    """Replace dates and years of other calendars in a text, and digits of other scripts."""
    if not text.isascii():
        # Words for the Buddhist era, "at" and "o'clock".
        text = re.sub(r" ?พ\.ศ\. ?| ?เวลา ?|(?<=\d) ?น\.", " ", text.translate(DIGITS))
        text = re.sub(r"(\d\d?)[時时시] ?(\d\d?)[分분]", r"\1:\2", text)
        era = r"(令和|平成|昭和)\s?(\d{1,2}|元)(?=年)"
        text = re.sub(era, lambda match: f"{ERAS[match[1]] + int(match[2].replace('元', '1'))}", text)
        text = NAMED.sub(lambda match: _iso(match, match[3], MONTHS[match[2]], match[1]), text)
    if not re.search(r"1[34]\d\d|25\d\d", text):
        return text
    text = re.sub(r"(?<!\d)25[4-9]\d(?!\d)", lambda match: f"{int(match[0]) - 543}", text)
    return NUMBERED.sub(lambda match: _iso(match, match[1], int(match[3]), match[4]), text)


def _iso(match: re.Match[str], year: str, month: int, day: str) -> str:
    """Return a date as ISO 8601, or the text unchanged if it is no date."""
    if not (1 <= month <= 12 and 1 <= int(day) <= 31):
        return match[0]
    # Numbers of later years, up to 2036, are of the Islamic calendar: 1420 began in 1999.
    to_day = _persian_day if int(year) <= 1415 else _islamic_day
    return date.fromordinal(to_day(int(year), month, int(day))).isoformat()


def _persian_day(year: int, month: int, day: int) -> int:
    """Return the ordinal of a day, by the 33-year cycle of leap years, which holds from 1244 to 1472."""
    years, cycle = divmod(year + 1595, 33)
    days_before = 31 * (month - 1) if month < 7 else 30 * (month - 7) + 186
    return 365 * (year + 1595) + 8 * years + (cycle + 3) // 4 + days_before + day - 356_033


def _islamic_day(year: int, month: int, day: int) -> int:
    """Return the ordinal of a day, by the 30-year cycle of leap years; a sighted month may begin a day or two apart."""
    return (11 * year + 3) // 30 + 354 * year + 30 * month - (month - 1) // 2 + day + 1_948_440 - 385 - 1_721_425

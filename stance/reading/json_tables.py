"""Read JSON and JSON Lines value by value.

A table may hold millions of rows, so nothing is held beyond one of them.
"""

import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from stance.datamodels import Json
from stance.exceptions import InputError
from stance.reading.columns import Rows
from stance.reading.packed import HEAD_BYTES
from stance.reading.problems import Problems

SEARCHED_DEPTH = 4
"""Number of objects in each other that are searched for a list of objects with texts."""


def _number(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None  # Python writes a gap as NaN


_DECODER = json.JSONDecoder(parse_constant=_number, parse_float=_number)


def json_object(line: str) -> dict[str, Json]:
    """Read one JSON object.

    :raises InputError: If it is none, or is nested too deeply.
    """
    row = _parsed(_DECODER.decode, line)
    if not isinstance(row, dict):
        raise InputError("not an object; expected JSON Lines, one object per line")
    return row


def _parsed(parse: Callable[..., Json], *arguments: Json) -> Json:
    try:
        return parse(*arguments)
    except RecursionError:
        raise InputError("nested too deeply; expected a flat JSON object") from None
    except ValueError as error:
        reason = getattr(error, "msg", f"{error}")  # without the place, which counts in what is held
        raise InputError(f"not JSON: {reason}".partition(";")[0][:200]) from None


def json_rows(reader: io.BufferedReader, problems: Problems) -> Rows:
    """Yield the objects of a JSON list, or objects one after the other, as in JSON Lines, numbered from 1.

    An object that is longer than a line may be comes in parts of one number, each with some elements of its lists.
    """
    stream, limits, number, is_list = _JsonStream(reader, problems), problems.limits, 0, False
    while True:
        try:
            while sign := stream.sign():
                is_list = sign == "["
                for _ in stream.elements() if is_list else (0,):
                    number += 1
                    for row in (stream.value(limits.line_chars),) if is_list else stream.whole_or_parts():
                        if isinstance(row, Mapping):
                            yield number, row
                        else:
                            problems.add(number, "not an object; expected a list of objects")
            return
        except InputError as error:
            goes_on = not is_list and stream.next_object()
            problems.add(max(1, number), str(error) if goes_on else f"{error}; the rest was left out")
            if not goes_on:
                return


class _TooLongError(InputError):
    """A value is longer than the limit."""


class _JsonStream:
    """Reads a JSON text value by value, and holds no more than one."""

    def __init__(self, reader: io.BufferedReader, problems: Problems) -> None:
        self._file = problems.decoded(reader)
        self._most = problems.limits.line_chars
        self._text, self._at, self._kept = "", 0, 0

    def sign(self) -> str:
        """Go to the next character that is no blank, and return it; empty at the end."""
        while not (match := re.compile(r"[^ \t\r\n\ufeff]").search(self._text, self._at)):
            self._at = len(self._text)
            if not self._grow():
                return ""
        self._at = match.start()
        return match[0]

    def value(self, most: int) -> Json:
        """Read the value that is next.

        :param most: Maximum number of its characters.
        :raises InputError: If it is none, or longer.
        """
        self.sign()
        while True:
            try:
                value, end = _parsed(_DECODER.raw_decode, self._text, self._at)
                if end == len(self._text) and not isinstance(value, str | list | dict) and self._grow():
                    continue  # a number that may go on
            except InputError as error:
                is_unfinished = isinstance(error.__context__, json.JSONDecodeError)
                if is_unfinished and len(self._text) - self._at <= most and self._grow():
                    continue
                end = len(self._text)
                if not is_unfinished or end - self._at <= most:
                    raise
            if end - self._at > most:
                raise _TooLongError(f"a value of more than {most:,} characters (the limit)")
            self._at = end
            return value

    def whole_or_parts(self) -> Iterator[Json]:
        """Yield the value that is next; an object that is too long to be held in parts."""
        try:
            yield self.value(self._most)
            return
        except _TooLongError:
            if self.sign() != "{":
                raise
        yield from self._parts()

    def _parts(self, depth: int = 1) -> Iterator[dict[str, Json]]:
        """Yield some elements of the lists in an object, each time with the members so far; at the end, all others."""
        members: dict[str, Json] = {}
        self._at += 1
        while self.sign() not in ("", "}"):
            name = str(self.value(self._most))
            self._pass(":")
            start = self.sign()
            if start == "[":
                values = (self.value(self._most) for _ in self.elements())
                # Number of elements that are held of a list whose object is too long to be held.
                while some := list(islice(values, 20)):
                    yield members | {name: some}
                members[name] = []  # has its place in the parts that follow
            elif start == "{" and depth < SEARCHED_DEPTH:
                for members[name] in self._parts(depth + 1):
                    yield dict(members)
            else:
                members[name] = self.value(self._most)
                self._kept += len(str(members[name]))
            self._kept += len(name)
            if self._kept > self._most:
                raise InputError(f"its fields, without lists, have more than {self._most:,} characters (the limit)")
            self._pass(",", "}")
        self._pass("}")
        yield members

    def elements(self) -> Iterator[int]:
        """Go to each element of the list that begins here; each must be read before the next."""
        self._at += 1
        while self.sign() not in ("", "]"):
            yield self._at
            self._pass(",", "]")
        self._pass("]")

    def next_object(self) -> bool:
        """Go to the next line that begins an object; return whether there is one."""
        while (start := self._text.find("\n{", self._at)) < 0:
            self._at = max(self._at, len(self._text) - 1)
            if not self._grow():
                return False
        self._at = start + 1
        return True

    def _grow(self) -> bool:
        """Read at least as much again as is held; return whether there was more."""
        if more := self._file.read(max(HEAD_BYTES, len(self._text) - self._at)):
            self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)

    def _pass(self, *signs: str) -> None:
        """Go behind a sign; before the last of several, stay."""
        if (sign := self.sign()) not in signs:
            fault = f"not JSON: {sign!r}" if sign else "the text ends inside a value"
            raise InputError(f"{fault}; expected {' or '.join(signs)}")
        self._at += sign == signs[0]

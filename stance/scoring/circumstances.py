"""What stands around a cue and changes what it says: a denial, another's words, a condition, a question, a "but".

Nothing here decides what a circumstance does to a cue. That is counted on labelled comments
(``scoring/calibration.py``): "you support X" says little of its writer, "not X's fault" turns round, and "no crime of X
is forgotten" does not, so cues in favor and cues against are counted apart.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import compress

from stance.scoring.negation import Denials
from stance.scoring.words import Words, listed

REACH = 8
"""Words before a cue, in its sentence, that are looked at."""

_STOP_REACH = 4

CIRCUMSTANCES = (
    "negated",  # by an odd number of denials
    "claim_denied",  # and what is denied is said of somebody: "is not a bully"
    "stopped",  # "stop ... X", "against ... X"
    "first",  # the writer's own: I, we
    "others",  # another's: you, they, the media
    "reported",
    "conditional",
    "quoted",
    "question",
    "after_contrast",  # "... but", then the cue
    "before_contrast",
    "first_sentence",
    "last_sentence",
)

_FIRST = listed("i we me us my our i'm im i've ive i'd i'll we're we've we'll we'd let's")
_OTHERS = listed(
    "you u ya they he she your their you're youre they're theyre people folks everyone anyone someone somebody",
    "whoever who those some others libs liberals leftists lefties left conservatives magas maga republicans gop",
    "democrats dems media msm trolls bots shills apologists fans supporters idiots vatniks tankies comrade",
)
_SUBJECTS = _FIRST | _OTHERS
_REPORTING = listed(
    "say says said saying claim claims claimed claiming pretend pretends call calls called calling tell tells told",
    "according argue argues insist insists announced allegedly supposedly narrative think thinks believe believes",
    "accuse accuses",
)
_CONDITIONS = listed("if when unless until once whether would could might suppose imagine whenever")
_STOPS = listed(
    "stop stops stopped quit refuse refuses oppose opposes against end denounce reject rejects rather instead",
    "tired sick fake pretending lack zero few",
)
_CONTRASTS = listed("but however yet still though although while nevertheless whereas")
_NOUNS = ("(X|X's) ", "X's ")  # what patterns begin with that state nothing
_TURNS = frozenset(["but", "however"])


class Surroundings:
    """The sentences of one text, and what its words are to a cue among them.

    :param text: The text that the words were cut from.
    :param quoted: Spans between quotation marks, in order.
    """

    def __init__(self, text: str, words: Words, quoted: Sequence[tuple[int, int]]) -> None:
        self._text = text
        self._words = words
        self._quoted = quoted
        self.denials = Denials(text, words)

    def around(self, start: int, end: int, pattern: str = "", is_plain: bool = False) -> tuple[str, ...]:
        """Name the circumstances of a cue that stands at ``text[start:end]``.

        :param pattern: What the cue is written as: a denial that it names itself is none of its circumstances.
        :param is_plain: The text was read without its denials, so it names none.
        """
        words, starts, _, breaks = self._words
        first, last = bisect_right(starts, start) - 1, bisect_left(starts, end)
        at = bisect_left(breaks, last)
        begin = breaks[at - 1] + 1 if at else 0
        finish = breaks[at] if at < len(breaks) else len(words)
        before = words[max(begin, first - REACH) : first][::-1]
        own = words[first]
        subject = next(filter(_SUBJECTS.__contains__, (own, *before)), "")
        found = (
            *self.denials.bearing_on(first, last, "" if is_plain else pattern, pattern.startswith(_NOUNS)),
            not _STOPS.isdisjoint(before[:_STOP_REACH]),
            subject in _FIRST,
            subject in _OTHERS,
            not _REPORTING.isdisjoint(before),
            not _CONDITIONS.isdisjoint(before),
            self._is_quoted(start, end),
            self._is_question(finish),
            not _CONTRASTS.isdisjoint(before),
            self._is_followed(last, finish, _TURNS),
            begin == 0,
            finish >= len(words) - 1,
        )
        return tuple(compress(CIRCUMSTANCES, found))

    def is_denied_inside(self, start: int, end: int, pattern: str) -> bool:
        """Tell whether a denial stands in a gap of a cue: "Crimea is not Russian" for "crimea .. russian"."""
        starts = self._words.starts
        return self.denials.is_inside(bisect_right(starts, start) - 1, bisect_left(starts, end), pattern)

    def _is_quoted(self, start: int, end: int) -> bool:
        quotation = bisect_right(self._quoted, (start, start)) - 1
        return quotation >= 0 and end <= self._quoted[quotation][1]

    def _is_question(self, finish: int) -> bool:
        words, starts, ends, _ = self._words
        return finish < len(words) and "?" in self._text[starts[finish] : ends[finish]]

    def _is_followed(self, last: int, finish: int, turns: frozenset[str]) -> bool:
        """Tell whether a turn follows in the sentence, near the cue, or opens the next one."""
        words = self._words.texts
        is_near = not turns.isdisjoint(words[last : min(finish, last + REACH)])
        return is_near or not turns.isdisjoint(words[finish + 1 : finish + 2])

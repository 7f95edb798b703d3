"""Which words a hashtag is made of that is written small and in one: #stopputin, #russiaisaterroriststate.

An alias within one is a word of it where all the rest is made of words, too: those below, which hashtags of opinion are
made of, and other aliases. So #computing and #senator name no one.
"""

import re
from collections.abc import Callable

_LONGEST_WORD = 14

WORDS = frozenset(
    re.findall(
        r"\w+",
        "a against aggression all am and arm army at axis ban banned be because best bless block blood bloody bot bots"
        " boycott bring by can cancel change come control crime crimes crisis cut day days deal death defeat defend"
        " defund destroy dirty disband dismantle down empire end ended enough even ever every evil exit expansion"
        " exposed failed fake family fascist fck fight first for forces forever free freedom from fuck get go god going"
        " good great guilty hands has hate help here his hold home how i illegal impeach in invade invaded invades"
        " invasion is it its join just keep kill killed killer killers kills leave let liar liars lie lied lies life"
        " live lives lock long lost love loves mad make media more movement muss must my need never new no not now nuke"
        " of off on only or our out over pay peace people please power president pride propaganda protect proud puppet"
        " puppets real refuse regime reject resign right rights sanction sanctions save saves say shame should shut"
        " sick stand standing stands start state states stay still stop strong stupid suck sucks summit support"
        " supporter supporters supports take team terror terrorism terrorist terrorists thank thanks that the their"
        " them they this time to today together too traitor traitors troll trolls troops trust truth under unite united"
        " up victory vote voter voters votes wake want wants war wars watch we weapons weg were what who why will win"
        " wins with withdraw without world worst yes you your",
    )
)


def is_made_of_words(text: str, is_alias: Callable[[str], bool]) -> bool:
    """Tell whether part of a hashtag falls into words, numbers and aliases; nothing at all does."""
    reached = {0}
    for first in range(len(text)):
        if first in reached:
            for last in range(first + 1, min(len(text), first + _LONGEST_WORD) + 1):
                word = text[first:last]
                if word in WORDS or word.isdigit() or is_alias(word):
                    reached.add(last)
    return len(text) in reached

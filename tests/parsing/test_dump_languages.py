"""Dumps in languages other than English: the same three comments below the same article, as sites of that language show
them.
"""

import pytest

from tests.support.parsed import parse_dump as parse
from tests.support.parsed import said
from tests.support.tables import table

# language and system: the title, the article, three comments; the lines above, those of a comment, those below;
# the words in front of whom the second one answers, dates, names
DUMPS = table("dumps_in_languages")
DATED = frozenset(DUMPS) - {"Italian newspaper", "Turkish"}


def dump(kind: str) -> list[str]:
    title, body, words, (above, form, below), answers, dates, names = DUMPS[kind]
    heads = [dates[0], f"{dates[1]}\n{answers} {names[0]}" if answers else dates[1], dates[2]]
    rows = [form.format(*parts) for parts in zip(names, heads, words, strict=True)]
    return "\n".join((title, *body, above, *rows, below)).splitlines()


@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=["flat", "with blank lines"])
@pytest.mark.parametrize("kind", DUMPS)
def test_comments_of_each_language(kind: str, gap: str) -> None:
    title, body, words, names = (DUMPS[kind][at] for at in (0, 1, 2, 6))
    document = parse(gap.join(dump(kind)))
    assert (document.title, list(document.body), document.stated_comments) == (title, body, 3)
    assert said(document) == list(zip(names, words, strict=True))
    assert [comment.reply_to for comment in document.comments] == [None, "c1" if DUMPS[kind][4] else None, None]
    if kind in DATED:
        assert [(comment.posted or "")[8:10] for comment in document.comments] == ["12", "12", "13"]


@pytest.mark.parametrize("kind", DUMPS)
def test_invitation_alone_gives_no_comments(kind: str) -> None:
    title, body, _, (above, _, below), *_ = DUMPS[kind]
    assert not parse("\n".join((title, *body, above.split("\n")[0], below))).comments

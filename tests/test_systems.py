"""Comment systems as they look once saved as text: each with the same conversation of three."""

import pytest

from stance.datamodels import Document, Page, PageKind
from stance.parsing.dump import parse_text

BODY = """\
Old ferry stays for another year

The harbour council voted on Tuesday to keep the old ferry running for another year, after a long debate.

Engineers had warned that the hull needs repairs which the town can hardly pay for before next winter.

Fishermen from the northern shore said that without the ferry their catch would reach the market a day late.
"""
WORDS = (
    "I have taken it for years and it never broke down.",
    "Then sell it to them!",
    "Why should we sell it at all?",
)
NAMES = {"reddit": ("Ann_Lee", "mo77", "BoEk"), "hacker news": ("annlee", "mo77", "boek")}
NAMES["new reddit"] = NAMES["reddit"]
ANSWERS = frozenset(
    {
        *("disqus", "disqus without arrow", "openweb", "coral", "guardian", "guardian without arrow", "new york times"),
        *("livefyre that addresses", "German", "Spanish", "Dutch", "thread by tabs", "thread by marks"),
        *("thread by bars", "thread by spaces"),
    }
)
"""Systems whose dumps show that the second comment answers the first."""

SYSTEMS = {
    "disqus": """\
3 Comments
Harbour Watch
1 Login
Recommend 4
Share
Sort by Best
Join the discussion…
Ann Lee • 3 years ago
{0}
4
•
Reply
•
Share ›
− +
mo77 > Ann Lee • 3 years ago
{1}
1
•
Reply
•
Share ›
Bo Ek • 2 years ago
{2}
see more
•
Reply
•
Share ›
Powered by Disqus
""",
    "openweb": """\
Conversation
3 Comments
Sort by Best
Ann Lee
2 days ago
{0}
Reply
4
0
Share
mo77
2 days ago
Reply to Ann Lee
{1}
Like (3)
Reply
Share
Bo Ek
1 day ago
{2}
Like (1)
Reply
Share
Show more comments
Powered by OpenWeb
""",
    "reddit": """\
3 comments
Sorted by: best
Ann_Lee 12 points 3 years ago
{0}
permalink embed save report reply
mo77 4 points 3 years ago
{1}
permalink embed save parent report reply
BoEk 1 point 2 years ago
{2}
permalink embed save report reply
""",
    "hacker news": """\
3 comments
annlee 3 hours ago | next [–]
{0}
reply
mo77 3 hours ago | parent | next [–]
{1}
reply
boek 2 hours ago | prev [–]
{2}
reply
Guidelines | FAQ | Lists | API | Security | Legal | Apply to YC | Contact
""",
    "coral": """\
All Comments 3
Ann Lee
2 days ago
{0}
Respect 4
Reply
Share
Report
mo77
2 days ago
In reply to Ann Lee
{1}
Respect
Reply
Share
Report
Bo Ek
1 day ago
{2}
Respect 1
Reply
Share
Report
""",
    "yahoo": """\
3 comments
Top Reactions
Ann Lee
3 days ago
{0}
Reply
4
1
mo77
3 days ago
{1}
Reply
0
0
Bo Ek
2 days ago
{2}
Reply
1
2
""",
    "livefyre": """\
3 comments
9 people listening
+ Follow
Post comment as...
Newest | Oldest | Top Comments
Ann Lee 5pts
3 days ago
{0}
Flag
Share
Like Reply
mo77 5pts
3 days ago
{1}
Flag
Share
Like Reply
Bo Ek 5pts
2 days ago
{2}
Flag
Share
Like Reply
""",
    "German": """\
3 Kommentare
Ann Lee
vor 3 Tagen
{0}
Melden
Empfehlen (4)
Antworten
mo77
vor 3 Tagen
Antwort auf Ann Lee
{1}
Melden
Empfehlen
Antworten
Bo Ek
vor 2 Tagen
{2}
Melden
Empfehlen (1)
Antworten
Kommentar schreiben
""",
    "French": """\
3 commentaires
Trier par date
Ann Lee
le 12/05/2019 à 15h44
{0}
Alerter
Répondre
mo77
le 12/05/2019 à 16h02
{1}
Alerter
Répondre
Bo Ek
le 13/05/2019 à 08h10
{2}
Alerter
Répondre
""",
    "Spanish": """\
3 comentarios
Ordenar por más valorados
Ann Lee
Hace 3 días
{0}
Responder
Denunciar
4
mo77
Hace 3 días
En respuesta a Ann Lee
{1}
Responder
Denunciar
0
Bo Ek
Hace 2 días
{2}
Responder
Denunciar
1
""",
    "Dutch": """\
3 reacties
Ann Lee
12 mei 2019 om 15:44
{0}
Melden
Beantwoorden
mo77
12 mei 2019 om 16:02
In antwoord op Ann Lee
{1}
Melden
Beantwoorden
Bo Ek
13 mei 2019 om 08:10
{2}
Melden
Beantwoorden
""",
    "thread by tabs": """\
3 Comments

Ann Lee
May 3, 2019 at 8:25 am
{0}
Reply

\tmo77
\tMay 3, 2019 at 9:25 am
\t{1}
\tReply

Bo Ek
May 4, 2019 at 8:25 am
{2}
Reply
""",
    "disqus without arrow": """\
3 Comments
Sort by Best
Join the discussion…
Ann Lee • 3 years ago
−
+
{0}
4
•
Reply
•
Share ›
mo77 Ann Lee • 3 years ago
−
+
{1}
see more
1
•
Reply
•
Share ›
Bo Ek • 2 years ago
−
+
{2}
•
Reply
•
Share ›
""",
    "facebook": """\
3 Comments
Sort by
Top
Add a comment...
Ann Lee
University of the North
{0}
Like · Reply · 4 · 3y
mo77
{1}
Like · Reply · 3y
Bo Ek
Works at Harbour Bakery
{2}
Like · Reply · 2 · 2y
Facebook Comments Plugin
""",
    "new reddit": """\
Comments Section
Ann_Lee
•
3y ago
{0}
Upvote
12
Downvote
Reply
Award
Share
mo77
•
3y ago
•
Edited 2y ago
{1}
Upvote
4
Downvote
Reply
Award
Share
BoEk
•
5mo ago
{2}
Upvote
1
Downvote
Reply
Award
Share
""",
    "guardian": """\
Comments (3)
Order by Oldest
Show 25
Threads Collapsed
Ann Lee
3 Apr 2022 15.44
{0}
4
Reply
Share
Report
mo77 → Ann Lee
3 Apr 2022 16.02
{1}
1
Reply
Share
Report
Bo Ek
4 Apr 2022 8.10
{2}
0
Reply
Share
Report
""",
    "guardian without arrow": """\
Comments (3)
Ann Lee
3 Apr 2022 15.44
{0}
Share
Report
mo77 Ann Lee
3 Apr 2022 16.02
{1}
Share
Report
Bo Ek
4 Apr 2022 8.10
{2}
Share
Report
""",
    "new york times": """\
Comments 3
The comments section is closed.
All
Reader Picks
NYT Picks
Ann Lee
Boston, MA
Apr 3, 2022
{0}
Reply
4 Recommend
Share
Flag
mo77
Upstate
Apr 3, 2022
@Ann Lee {1}
Reply
1 Recommend
Share
Flag
Bo Ek
Oslo
Apr 4, 2022
{2}
Reply
Recommend
Share
Flag
""",
    "livefyre that addresses": """\
3 comments
9 people listening
Newest | Oldest | Top Comments
Ann Lee 5pts
3 days ago
{0}
Like Reply
mo77 5pts
3 days ago
@Ann Lee {1}
Like Reply
Bo Ek 5pts
2 days ago
{2}
Like Reply
""",
    "thread by marks": """\
3 Comments

Ann Lee
May 3, 2019 at 8:25 am
{0}
Reply

> mo77
> May 3, 2019 at 9:25 am
>
> {1}
> Reply

Bo Ek
May 4, 2019 at 8:25 am
{2}
Reply
""",
    "thread by bars": """\
3 Comments

Ann Lee
May 3, 2019 at 8:25 am
{0}
Reply
| mo77
| May 3, 2019 at 9:25 am
| {1}
| Reply
Bo Ek
May 4, 2019 at 8:25 am
{2}
Reply
""",
    "thread by spaces": """\
3 Comments

Ann Lee says:
May 3, 2019 at 8:25 am
{0}
Reply

    mo77 says:
    May 3, 2019 at 9:25 am
    {1}
    Reply

Bo Ek says:
May 4, 2019 at 8:25 am
{2}
Reply
""",
}


def parse(text: str) -> Document:
    return parse_text(Page(source="page.txt", kind=PageKind.TEXT, text=text, encoding="utf-8"))


@pytest.mark.parametrize("system", SYSTEMS)
def test_comments_of_each_system(system: str) -> None:
    document = parse(f"{BODY}\n{SYSTEMS[system].format(*WORDS)}")
    assert tuple(comment.text.removeprefix("@Ann Lee ") for comment in document.comments) == WORDS
    assert tuple(comment.author for comment in document.comments) == NAMES.get(system, ("Ann Lee", "mo77", "Bo Ek"))
    parents = [None, "c1" if system in ANSWERS else None, None]
    assert [comment.reply_to for comment in document.comments] == parents
    assert document.title == "Old ferry stays for another year"
    assert len(document.body) == 3


@pytest.mark.parametrize("system", SYSTEMS)
def test_system_without_comments_gives_none(system: str) -> None:
    lines = SYSTEMS[system].splitlines()
    bare = "\n".join((*lines[:1], *lines[-1:]))
    assert not parse(f"{BODY}\n{bare}\n").comments


def test_name_that_ends_as_another_is_one_name() -> None:
    document = parse(f"{BODY}\n3 Comments\n" + "".join(
        f"{name} • {n} years ago\n{words}\nReply\n"
        for n, (name, words) in enumerate(zip(("Peter", "Hans Peter", "Bo Ek"), WORDS, strict=True), 2)
    ))  # fmt: skip
    assert [comment.author for comment in document.comments] == ["Peter", "Hans Peter", "Bo Ek"]


def test_marked_quotation_is_no_reply() -> None:
    talk = f"Ann Lee\nMay 3, 2019 at 8:25 am\n{WORDS[0]}\nReply\nmo77\nMay 3, 2019 at 9:25 am\n"
    document = parse(f"{BODY}\n2 Comments\n{talk}> Ann Lee wrote:\n> {WORDS[0]}\n{WORDS[1]}\nThey would not.\nReply\n")
    assert [comment.author for comment in document.comments] == ["Ann Lee", "mo77"]
    assert document.comments[1].text.endswith(f"{WORDS[1]}\nThey would not.")

"""The domains that comments link to."""

import json
from itertools import count

from stance.datamodels import Comment, Score, Stance, Unit, Via
from stance.discourse.domains import domains_record
from stance.discourse.posts import domains_in
from tests.discourse.test_discourse_copies import at, page
from tests.support.discourse_samples import gather
from tests.support.report_samples import HOSTILE
from tests.support.tables import cases, repeated


def test_links() -> None:
    text = "See (https://www.BBC.co.uk/a_(b)?utm_campaign=x&q=1#c), HTTP://m.youtube.com/watch?v=Ab. and www.dw.com/… "
    assert domains_in(text * 2) == {"bbc.co.uk", "youtube.com", "dw.com"}


@cases("parts", more=[[(HOSTILE, 1)]])
def test_hostile_links(parts: list[tuple[str, int]]) -> None:
    text = repeated(parts)
    posts = gather([page([Comment("a", text, posted=at(0))], url=text)])
    assert json.dumps(domains_record(posts))
    assert len(domains_in(text)) <= 20


def test_domains_by_side() -> None:
    number = count()

    def citing(link: str, stance: Stance, n: int, author: str = "") -> list[tuple[Comment, Score]]:
        found = []
        for _ in range(n):
            name = f"c{next(number)}"
            probabilities = tuple(float(each is stance) for each in Stance)
            score = Score("d", "A", Unit.COMMENT, name, None, "us", probabilities, 0.0, None, Via.TEXT, (), "en", "m")  # type: ignore[arg-type]
            found.append((Comment(name, f"Look: {link}", author=author or name), score))
        return found

    rows = [
        *citing("https://www.rt.com/a", Stance.AGAINST, 9),
        *citing("https://rt.com/b https://rt.com/c", Stance.FAVOR, 3),
        *citing("https://rt.com/b", Stance.AGAINST, 50, author="one"),
        *citing("https://ledger.example.com/x", Stance.NEUTRAL, 2),
    ]
    comments, scores = zip(*rows, strict=True)
    first = page(comments, scores=scores, url="https://example.com/1")
    other = page([Comment("x", "https://rt.com/z", author="x")], "e", outlet="B", url="https://www.rt.com/2")
    rt, own = domains_record(gather([first, other]))
    assert (rt["domain"], rt["authors"], rt["comments"], rt["own"]) == ("rt.com", 14, 63, ["B"])
    toward_us = rt["targets"][1]
    assert (toward_us["favor"], toward_us["against"], toward_us["neutral"]) == (3, 10, 0)
    assert (own["own"], own["targets"][1]["neutral"]) == (["A"], 2)

"""What the tests of layout rows share: made-up pages of one outlet, and of another."""

from collections.abc import Sequence
from pathlib import Path

SAID = (
    ("Ada Low", "3 May 2024, 10:15", "The bridge was closed for a year, and nobody told us why."),
    ("Bo", "3 May 2024, 11:40", "It was the river, not the town. Look at the old photographs of the pillars."),
    ("Cleo North", "4 May 2024, 09:05", "My shop stands beside it, so I counted every day that it was closed."),
    ("Dan", "4 May 2024, 18:30", "A ferry would have done for a year, at a tenth of the price."),
)
HOSTILE = (
    '<script>document.title="owned"</script><img src=x onerror="alert(1)"><style>body{display:none}</style>'
    '<form action="/save" method="post"><input name="text" value="1"></form>'
    '<iframe src="javascript:alert(1)"></iframe><a href="javascript:alert(1)" onclick="alert(1)">Click &lt;me&gt;</a>'
)


def comment(author: str, posted: str, text: str, number: int = 1) -> str:
    return (
        f'<div class="opinion-row" id="m{number}00"><div class="opinion-top"><em class="opinion-who">{author}</em>'
        f' <span class="opinion-when">{posted}</span></div><div class="opinion-words"><p>{text}</p></div>'
        f'<div class="opinion-tools"><span>Quote</span> <span>Report</span></div></div>'
    )


def page_of(said: Sequence[tuple[str, str, str]] = SAID, host: str = "paper.example", more: str = "") -> str:
    rows = "".join(comment(*each, number) for number, each in enumerate(said, 1))
    return (
        f'<html><head><title>The bridge</title><link rel="canonical" href="https://www.{host}/bridge"></head><body>'
        "<h1>The bridge</h1><p>The new bridge over the river was opened on Monday by the mayor of the town, who cut a"
        " ribbon.</p><p>Many people came to see it, and most of them walked over it at least once.</p>"
        f"{more}<section class='opinions'>{rows}</section></body></html>"
    )


def write_site(folder: Path, more: str = "") -> Path:
    """Write three pages of one outlet and one of another; return the first."""
    (folder / "one.html").write_text(page_of(more=more), encoding="utf-8")
    (folder / "two.html").write_text(page_of(SAID[:2]), encoding="utf-8")
    (folder / "three.html").write_text(page_of(SAID[1:]), encoding="utf-8")
    (folder / "other.html").write_text(page_of(host="another.example"), encoding="utf-8")
    return folder / "one.html"

"""Take the pictures of README, from stance demo: its first screen and the page of an article: python docs/picture.py.

Needs Chromium.
"""
# ruff: noqa: S603, S607 programs of the developer

import json
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from typer.testing import CliRunner

from stance.cli import app

README = Path(__file__).parent.parent / "README.md"
DOCS = Path(__file__).parent
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")


def title(report: Path) -> str:
    """Return the text in place of the first picture: the first finding of the report."""
    finding = json.loads((report / "summary.json").read_text(encoding="utf-8"))["findings"][0]["title"]
    return f"The first screen of the report of stance demo. {finding}".translate({0x2068: "", 0x2069: "", 0xA0: " "})


def longest_page(report: Path) -> Path:
    """Return the page of the article with most comments."""
    documents = json.loads((report / "summary.json").read_text(encoding="utf-8"))["documents"]
    longest = max(documents, key=lambda document: (document["comments"], document["id"]))
    return report / longest["page"]


def take(page: Path, picture: str, size: str) -> None:
    """Write the first screen of a page as a picture."""
    address = page.absolute().as_uri()
    subprocess.run(["chromium", *FLAGS, f"--window-size={size}", f"--screenshot={DOCS / picture}", address], check=True)


def main() -> None:
    """Write the report, take its pictures, and put its first finding into README."""
    with TemporaryDirectory() as folder:
        CliRunner().invoke(app, ["demo", "-o", folder])
        report = Path(folder, "report")
        take(report / "index.html", "report.png", "1180,1000")
        take(longest_page(report), "article.png", "900,1000")
        text = re.sub(r"!\[[^]]*\](?=\(docs/report)", f"![{title(report)}]", README.read_text(encoding="utf-8"))
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

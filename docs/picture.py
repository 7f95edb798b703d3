"""Take the picture of README, the first screen of stance demo: python docs/picture.py. Needs Chromium."""
# ruff: noqa: S603, S607 programs of the developer

import json
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from typer.testing import CliRunner

from stance.cli import app

README = Path(__file__).parent.parent / "README.md"
PICTURE = Path(__file__).with_name("report.png")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1180,1000")


def title(report: Path) -> str:
    """Return the text in place of the picture: the first finding of the report."""
    finding = json.loads((report / "summary.json").read_text(encoding="utf-8"))["findings"][0]["title"]
    return f"The first screen of the report of stance demo. {finding}".translate({0x2068: "", 0x2069: "", 0xA0: " "})


def main() -> None:
    """Write the report, take its picture, and put its first finding into README."""
    with TemporaryDirectory() as folder:
        CliRunner().invoke(app, ["demo", "-o", folder])
        report = Path(folder, "report")
        page = (report / "index.html").absolute().as_uri()
        subprocess.run(["chromium", *FLAGS, f"--screenshot={PICTURE}", page], check=True)
        text = re.sub(r"!\[[^]]*\]", f"![{title(report)}]", README.read_text(encoding="utf-8"))
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

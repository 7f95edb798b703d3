"""Measure the window while pages are dropped into it and read: memory of the server, time of answers, first report.

    python -m benchmarks.window [--pages 1000] [--comments 8]

``stance open`` runs as a process of its own in an empty folder. The pages are generated; they are sent one by one, as a
browser sends dropped files, while another connection asks for what has changed and for the whole page in turns.
"""

import argparse
import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from stance.labelling.server import TOKEN_HEADER, UPLOAD

SAID = (
    "Russia keeps its word, and NATO does not.",
    "The United States should leave these people alone.",
    "Moscow has started this, and nobody else.",
    "I still do not know whom to believe in all this.",
    "NATO is the only thing that protects small countries.",
)

OUTLETS = ("River Post", "Hill Post")
PAUSE = 0.1
"""Seconds between two requests."""


def make_page(number: int, outlet: str = "River Post", comments: int = 5, said: Sequence[str] = SAID) -> bytes:
    """Write a saved page with comments."""
    body = "".join(
        f"<p>The ministers met for day {each} of talks number {number}, and Russia sent a delegation.</p>"
        for each in range(6)
    )
    found = "".join(
        f'<li class="comment" id="comment-{number}{each}"><div class="comment-author vcard"><cite class="fn">Reader '
        f'{number} {each}</cite></div><div class="comment-meta"><time datetime="2026-03-{each + 1:02}T10:00:00">3 March'
        f'</time></div><div class="comment-content"><p>{said[each % len(said)]} ({number}.{each})</p></div></li>'
        for each in range(comments)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Talks, part {number}</title>'
        f'<meta property="og:site_name" content="{outlet}"><meta property="article:published_time" '
        f'content="2026-03-{number % 27 + 1:02}T08:00:00Z"></head><body><article><h1>Talks, part {number}</h1>{body}'
        f'</article><ol class="comment-list">{found}</ol></body></html>'
    ).encode()


class Browser:
    """A connection of one browser to the window."""

    def __init__(self, link: str, cookie: str = "") -> None:
        self._address = urlsplit(link).netloc
        self._connection = http.client.HTTPConnection(self._address, timeout=60)
        self.cookie = cookie or self.ask("GET", link[link.index("/enter") :])[1].split(";")[0]

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> tuple[str, str]:
        """Send a request; return the text of the answer and its cookie."""
        known = {"Cookie": self.cookie} if hasattr(self, "cookie") else {}
        origin = {"Origin": f"http://{self._address}"} if method == "POST" else {}
        self._connection.request(method, path, body, known | origin | headers)
        answer = self._connection.getresponse()
        return answer.read().decode(), answer.getheader("set-cookie") or ""

    def drop(self, name: str, content: bytes, token: str) -> None:
        """Send a dropped file."""
        self.ask(
            "POST", f"/files?{urlencode({'name': name})}", content, **{"Content-Type": UPLOAD, TOKEN_HEADER: token}
        )


def peak(process: int) -> float:
    """Return the most memory that a process has held, in MB."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[0]) / 1024


def main() -> None:
    """Drop the pages, and print the figures when they are read and the report is drawn."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--pages", type=int, default=1000)
    options.add_argument("--comments", type=int, default=8)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "stance", "open", f"{folder}/project", "--no-browser"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert server.stdout
        link = next(found[0] for line in server.stdout if (found := re.findall(r"http://\S+", line)))
        threading.Thread(target=server.stdout.read, daemon=True).start()
        browser = Browser(link)
        token = re.findall(r'data-token="([^"]+)"', browser.ask("GET", "/")[0])[0]
        start = time.monotonic()

        def drop_all() -> None:
            sender = Browser(link, browser.cookie)
            for number in range(given.pages):
                sender.drop(f"{number}.html", make_page(number, OUTLETS[number % 2], given.comments), token)
                if number == 20:
                    form = {"Content-Type": "application/x-www-form-urlencoded"}
                    sender.ask("POST", "/do/read", urlencode({"form_token": token}), **form)
            sender.ask("POST", "/do/read", urlencode({"form_token": token}), **form)

        sending = threading.Thread(target=drop_all)
        sending.start()
        times, first = [], 0.0
        while True:
            for path in ("/", "/state"):
                asked = time.monotonic()
                text = browser.ask("GET", path)[0]
                times.append(time.monotonic() - asked)
            if not first and '"report":0' not in text.replace(" ", ""):
                first = time.monotonic() - start
            is_read = f'"documents":{given.pages}' in text.replace(" ", "")
            if is_read and not sending.is_alive() and '"busy":false' in text.replace(" ", ""):
                break
            time.sleep(PAUSE)
        print(f"{given.pages:,} pages, {given.pages * given.comments:,} comments in {time.monotonic() - start:.0f} s")
        print(f"memory of the server, at most: {peak(server.pid):.0f} MB")
        print(f"an answer: {median(times):.3f} s (median), {max(times):.3f} s (at most), of {len(times):,}")
        print(f"first report after {first:.0f} s")
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()

"""Measure the window, which runs as a process of its own in an empty folder.

    python -m research.benchmarks.window [--pages 1000] [--comments 8]  # memory of the server, time of answers, first report
    python -m research.benchmarks.window --kills 20 --pages 60  # files, comments and labels after kills at random moments
    python -m research.benchmarks.window --hostile FOLDER               # all files of a folder, dropped and on the command line

The pages are generated; they are sent one by one, as a browser sends dropped files. In the first measure another
connection asks for what has changed and for the whole page in turns. The exit code is 1 where something is lost.
"""

import argparse
import http.client
import json
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

from stance.app.guard import TOKEN_HEADER, UPLOAD

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
        self._token = ""
        self._connection = http.client.HTTPConnection(self._address, timeout=60)
        self.cookie = cookie or self.ask("GET", link[link.index("/enter") :])[1].split(";")[0]

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> tuple[str, str]:
        """Send a request; return the text of the answer and its cookie."""
        known = {"Cookie": self.cookie} if hasattr(self, "cookie") else {}
        origin = {"Origin": f"http://{self._address}"} if method == "POST" else {}
        self._connection.request(method, path, body, known | origin | headers)
        answer = self._connection.getresponse()
        return answer.read().decode(), answer.getheader("set-cookie") or ""

    @property
    def token(self) -> str:
        """The token of forms."""
        if not self._token:
            self._token = re.findall(r'data-token="([^"]+)"', self.ask("GET", "/")[0])[0]
        return self._token

    def drop(self, name: str, content: bytes) -> str:
        """Send a dropped file; return the answer."""
        headers = {"Content-Type": UPLOAD, TOKEN_HEADER: self.token}
        return self.ask("POST", f"/files?{urlencode({'name': name})}", content, **headers)[0]

    def post(self, path: str, **values: str) -> None:
        """Press a button."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.ask("POST", path, urlencode({"form_token": self.token, **values}), **form)

    def state(self) -> dict[str, Any]:
        """Ask what has changed."""
        found: dict[str, Any] = json.loads(self.ask("GET", "/state")[0])
        return found

    def wait_until_idle(self) -> dict[str, Any]:
        """Wait until files are read and the report is drawn."""
        idle = 0
        while idle < 5:
            time.sleep(0.3)
            state = self.state()
            idle = 0 if state["busy"] or not state["report"] else idle + 1
        return state

    def label_one(self, label: Callable[[], str] = lambda: "neutral") -> bool:
        """Label the next comment; return whether the window has kept the label, and False if none is left."""
        page = self.ask("GET", "/label")[0]
        action = re.findall(r'action="(/item/\d+)"', page)
        if action:
            self.post(action[0], **{name: label() for name in re.findall(r'name="(label-\d+)"', page)})
        return bool(action)


def peak(process: int) -> float:
    """Return the most memory that a process has held, in MB."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[0]) / 1024


@contextmanager
def window(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start the window; end it with its process."""
    command = [sys.executable, "-m", "stance", "open", str(folder), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout
        said: list[str] = []
        for line in server.stdout:
            said.append(line)
            if link := re.findall(r"http://\S+", line):
                break
        else:
            raise RuntimeError("".join(said))
        threading.Thread(target=server.stdout.read, daemon=True).start()
        try:
            yield server, link[0]
        finally:
            server.terminate()
            server.wait()


def measure(folder: Path, pages: int, comments: int) -> bool:
    """Drop pages, and print memory and times once they are read and the report is drawn."""
    with window(folder / "project") as (server, link):
        browser, start = Browser(link), time.monotonic()
        sender = Browser(link, browser.cookie)

        def drop_all() -> None:
            for number in range(pages):
                sender.drop(f"{number}.html", make_page(number, OUTLETS[number % 2], comments))
                if number == 20:
                    sender.post("/do/read")
            sender.post("/do/read")

        sending = threading.Thread(target=drop_all)
        sending.start()
        times, first = [], 0.0
        while True:
            for path in ("/", "/state"):
                asked = time.monotonic()
                text = browser.ask("GET", path)[0]
                times.append(time.monotonic() - asked)
            state = json.loads(text)
            first = first or (time.monotonic() - start if state["report"] else 0.0)
            if state["documents"] == pages and not sending.is_alive() and not state["busy"]:
                break
            time.sleep(PAUSE)
        print(f"{pages:,} pages, {pages * comments:,} comments in {time.monotonic() - start:.0f} s")
        print(f"memory of the server, at most: {peak(server.pid):.0f} MB")
        print(f"an answer: {median(times):.3f} s (median), {max(times):.3f} s (at most), of {len(times):,}")
        print(f"first report after {first:.0f} s")
    return True


def kill_often(folder: Path, kills: int, pages: int, comments: int) -> bool:
    """Kill the window at random moments of dropping and reading, and labelling, and count what is left.

    What it had answered that it keeps must be there afterwards, and the work must go on.
    """
    rng, project, kept, labelled = random.Random(kills), folder / "project", set[str](), 0
    for number in range(kills):
        task = ("read", "label")[number % 2]
        with window(project) as (server, link), suppress(http.client.HTTPException, OSError):
            browser = Browser(link)
            browser.ask("GET", "/")  # which goes on with what was begun
            if task != "read":
                browser.wait_until_idle()
                browser.post("/do/sample")
                browser.wait_until_idle()
            threading.Timer(rng.uniform(0.2, 2), server.kill).start()
            if task == "read":
                for at in range(number, pages, kills):
                    kept |= {json.loads(browser.drop(f"{at}.html", make_page(at, OUTLETS[at % 2], comments)))["kept"]}
                browser.post("/do/read")
                browser.wait_until_idle()
            while browser.label_one():
                labelled += 1
            server.wait()
        print(f"kill {number + 1} of {kills}, {task}: {len(kept)} files and {labelled} comments' labels were kept")
    with window(project) as (_, link):
        browser = Browser(link)
        for at in range(pages):
            kept |= {json.loads(browser.drop(f"{at}.html", make_page(at, OUTLETS[at % 2], comments)))["kept"]}
        browser.post("/do/read")
        browser.wait_until_idle()
    with closing(sqlite3.connect(project / "stance.db")) as store:
        found = store.execute("SELECT count(*) FROM comments").fetchone()[0]
        labels = store.execute("SELECT count(DISTINCT item) FROM labels").fetchone()[0]
    files = sum((project / name).is_file() for name in kept)
    verified = subprocess.run([sys.executable, "-m", "stance", "store", "verify", project / "stance.db"], check=False)
    print(
        f"files {files} of {len(kept)}; comments {found} of {pages * comments}; labelled {labels} of {labelled} or more"
    )
    return (files, found) == (len(kept), pages * comments) and labels >= labelled and verified.returncode == 0


def drop_hostile(folder: Path, hostile: Path) -> bool:
    """Drop every file of a folder, and compare with the command line; nothing may be written outside the project."""
    project, own = folder / "project", folder / "own.db"
    files = sorted(path for path in hostile.rglob("*") if path.is_file())
    with window(project) as (server, link):
        browser = Browser(link)
        answers = {path: json.loads(browser.drop(str(path.relative_to(hostile)), path.read_bytes())) for path in files}
        browser.post("/do/read")
        state = browser.wait_until_idle()
        refused = [str(path.relative_to(hostile)) for path, answer in answers.items() if "kept" not in answer]
        print(f"{len(files)} files dropped, {len(refused)} refused: {', '.join(refused)}")
        print(f"memory of the server, at most: {peak(server.pid):.0f} MB")
    outside = {path.name for path in folder.iterdir()} - {"project"}
    words = [sys.executable, "-m", "stance", "score", "files", "-o", str(own), "--quiet"]
    subprocess.run(words, cwd=project, check=False, capture_output=True)
    seen = []
    for store in (project / "stance.db", own):
        with closing(sqlite3.connect(store)) as opened:
            counts = opened.execute("SELECT count(*) FROM comments").fetchone()
            seen.append((counts, sorted(opened.execute("SELECT path, reason FROM skips JOIN inputs USING (input)"))))
    raw = [
        each for each in ("<script", "<img", '="javascript:') if any(each in text for text in state["pieces"].values())
    ]
    print(
        f"left out {len(seen[0][1])} files, on the command line {len(seen[1][1])}; outside the project: {outside or 0}"
    )
    print(f"comments {seen[0][0][0]}, on the command line {seen[1][0][0]}; marks of files in the page: {raw or 0}")
    return seen[0] == seen[1] and not outside and not raw


def main() -> int:
    """Measure what is asked for."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--pages", type=int, default=1000)
    options.add_argument("--comments", type=int, default=8)
    options.add_argument("--kills", type=int)
    options.add_argument("--hostile", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.hostile:
            is_right = drop_hostile(Path(folder), given.hostile)
        elif given.kills:
            is_right = kill_often(Path(folder), given.kills, given.pages, given.comments)
        else:
            is_right = measure(Path(folder), given.pages, given.comments)
    return int(not is_right)


if __name__ == "__main__":
    sys.exit(main())

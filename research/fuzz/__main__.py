"""Look for bytes that break a check, guided by which lines they reach (atheris, libFuzzer).

python -m research.fuzz [KIND...] [--seconds 3600] [-o build/fuzz]

Each kind runs in a process of its own, in turn, and starts from our test pages and from what earlier runs found worth
keeping under ``build/fuzz/KIND``. What breaks a check stays beside that, as ``KIND-crash-*`` and the like.
A finding becomes a file in ``tests/fuzzed/KIND`` beside its repair; ``tests/project/test_fuzzing.py`` runs the checks on those.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

LONGEST = 20_000
"""Bytes of an input: a page of some comments."""

SECONDS_EACH = 20
"""For one input; the slowest of this length takes a tenth of a second without the fuzzer's counting."""

MEGABYTES = 2_000
KINDS = ("html", "text", "archive", "export", "table", "any")

WORDS = (
    *(
        "<!doctype html>",
        "<article>",
        '<li class=\\"comment\\"',
        '<div id=\\"comments\\">',
        "<time datetime=",
        "<iframe srcdoc=",
    ),
    *("Reply", "says:", "3 hours ago", "12 Comments", "May 2, 2020 at 10:11", "\\x0a\\x0a", "@", "> ", "| ", "Like"),
    *(
        "WARC/1.0\\x0d\\x0a",
        "WARC-Type: response",
        "Content-Length: ",
        "HTTP/1.1 200 OK",
        "Content-Encoding: gzip",
        "\\x0d\\x0a\\x0d\\x0a",
    ),
    *(
        "<item>",
        "<wp:comment>",
        "<wp:comment_content>",
        "<![CDATA[",
        "]]>",
        "<entry>",
        "<thr:in-reply-to",
        "<post dsq:id=",
    ),
    *(
        "text,author,id",
        "\\x22,\\x22",
        '{\\"text\\":',
        '\\"comments\\":[',
        "\\x1f\\x8b\\x08",
        "\\x28\\xb5\\x2f\\xfd",
        "PAR1",
        "NaN",
        "\\\\ud800",
    ),
)
"""What inputs of these kinds are made of, in libFuzzer's spelling."""

WARC = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nContent-Type: application/http\r\n"
    "Content-Length: {}\r\n\r\n{}\r\n\r\n"
)
HTTP = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>It is so.</p></body></html>"
EXPORTS = (
    '<rss xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    "<channel><wp:wxr_version>1.2</wp:wxr_version><item><title>A</title><content:encoded>It is.</content:encoded>"
    "<wp:comment><wp:comment_id>1</wp:comment_id><wp:comment_author>Bo</wp:comment_author><wp:comment_content>So it is."
    "</wp:comment_content><wp:comment_approved>1</wp:comment_approved></wp:comment></item></channel></rss>",
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id><title>Comment on A</title><content>It is.</content>'
    "<author><name>Bo</name></author></entry></feed>",
    '<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">'
    '<thread dsq:id="1"><title>A</title></thread>'
    '<post dsq:id="2"><message>It is.</message><thread dsq:id="1"/></post></disqus>',
)
TABLES = (
    'c1,Bo\n"It is, so",c2\n',
    'j"It is so","id":"a","parent":null,"votes":3}\n{"text":"NATO"}\n',
    'd[{"id":"c1","text":"It is","author":"Bo"}],"source":"a"}\n',
)


def seeds(kind: str) -> Iterator[bytes]:
    """Give inputs that are as they should be, to start from."""
    tests = ROOT / "tests"
    match kind:
        case "html":
            yield from (path.read_bytes()[:LONGEST] for path in sorted((tests / "pages").glob("*.html")))
        case "text":
            places = (*(tests / "dumps").glob("*.txt"), *(ROOT / "seeds").glob("*.txt"))
            yield from (path.read_bytes()[:LONGEST] for path in sorted(places))
        case "archive":
            yield (WARC.format(len(HTTP), HTTP) * 2).encode()
        case "export":
            yield from (each.encode() for each in EXPORTS)
        case "table":
            yield from (each.encode() for each in TABLES)
        case _:
            yield from (seed for other in KINDS[:-1] for seed in list(seeds(other))[:5])


def write_words(folder: Path) -> Path:
    """Write the words as libFuzzer reads them."""
    path = folder / "words.dict"
    path.write_text("".join(f'"{word}"\n' for word in WORDS), encoding="utf-8")
    return path


def fuzz(kind: str, seconds: int, folder: Path) -> int:
    """Fuzz one kind in this process, which libFuzzer ends; run it in one of its own.

    :return: Does not: 0 where the time is over, else that of libFuzzer.
    """
    import atheris

    with atheris.instrument_imports(include=["stance"]):
        from research.fuzz.checks import CHECKS
    own = folder / kind
    own.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(kind)):
        (own / f"seed-{number:03}").write_bytes(seed)
    options = {
        "max_total_time": seconds,
        "max_len": LONGEST,
        "timeout": SECONDS_EACH,
        "rss_limit_mb": MEGABYTES,
        "artifact_prefix": f"{folder / kind}-",
        "dict": write_words(folder),
        "print_final_stats": 1,
        "verbosity": 0,
    }
    atheris.Setup([sys.argv[0], *(f"-{name}={value}" for name, value in options.items()), str(own)], CHECKS[kind])
    atheris.Fuzz()
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz each kind in turn.

    :return: 0 where nothing was found, else 1.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all where none is given")
    parser.add_argument("--seconds", type=int, default=3600, help="in all")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build" / "fuzz")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # one kind, in this process
    asked = parser.parse_args(arguments)
    kinds = asked.kinds or list(KINDS)
    if asked.here:
        return fuzz(kinds[0], asked.seconds, asked.output)
    found = []
    for kind in kinds:
        each = str(max(asked.seconds // len(kinds), 1))
        command = [sys.executable, "-m", "research.fuzz", kind, "--here", "--seconds", each, "-o", str(asked.output)]
        print("fuzz:", kind, each, "s", flush=True)
        if subprocess.run(command, check=False, cwd=ROOT).returncode:
            found.append(kind)
    print("fuzz: found something in", ", ".join(found) or "nothing")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())

"""Draw the way of the data and who imports whom, as `docs/tree.svg`, from the package itself: python docs/tree.py."""

import re
import tomllib
from collections.abc import Iterator
from html import escape
from importlib.util import find_spec
from pathlib import Path

import grimp

PICTURE = Path(__file__).with_suffix(".svg")
WIDTH = 1000
TITLE = "Stages and imports of stance"
STAGE, LINE, COLUMN = (172, 64), 18, 15
"""Size of a stage's box, height of a line and width of a column of the table, in pixels."""

ENDS = {"report", "evaluate"}
"""Stages whose output goes to a person, not to the next stage."""

STYLE = """
text { font: 11.5px sans-serif; fill: #1f2933 } .name { font-family: monospace } .title { font-weight: bold }
.box { fill: #e8eef7; stroke: #5b7db1 }
.number { font-size: 9px } .dot { fill: #2f5d9e } .rule { stroke: #d5dae1 }
.arrow { stroke: #5b7db1; fill: none }
@media (prefers-color-scheme: dark) {
text { fill: #e4e7eb } .box { fill: #24344d } .dot { fill: #8db4ee } .rule { stroke: #3e4c59 } }
"""


def stages() -> list[tuple[str, str, str]]:
    """Return stage, module and output of the table in `stance/__init__.py`."""
    table = re.findall(r"^\| (\w+) +\| (`.+?) +\| .+? -> (.+?) +\|$", source("stance"), re.MULTILINE)
    return [
        (stage, module.replace("`", "").replace("stance/", "").replace("/", ""), made) for stage, module, made in table
    ]


def imports() -> dict[str, set[str]]:
    """Return the parts of the package that each part imports, in the order of the layers."""
    graph = grimp.build_graph("stance", cache_dir=None)
    parts: dict[str, set[str]] = {part(each): set() for each in sorted(graph.modules) if each != "stance"}
    for module in graph.modules - {"stance"}:
        parts[part(module)] |= {part(each) for each in graph.find_modules_directly_imported_by(module) - {"stance"}}
    for name, imported in parts.items():
        imported.discard(name)
    ordered = [
        name
        for layer in layers()
        for name in sorted(sorted(layer), key=lambda each, layer=layer: len(parts[each] & layer))
    ]
    return {name: parts[name] for name in ordered}


def layers() -> list[set[str]]:
    """Return the layers of `pyproject.toml`, the lowest first, which a test holds to the imports."""
    settings = tomllib.loads((PICTURE.parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    return [
        set(re.findall(r"\w+", line)) for line in reversed(settings["tool"]["importlinter"]["contracts"][0]["layers"])
    ]


def part(module: str) -> str:
    """Return the part of the package that a module belongs to: `reading` for `stance.reading.tables`."""
    return module.split(".")[1]


def source(module: str) -> str:
    """Return the source of a module or of a package's `__init__`."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    return Path(spec.origin).read_text(encoding="utf-8")


def flow(top: int) -> Iterator[str]:
    """Yield the boxes of the stages, five to a line, with the value that each makes."""
    for number, (stage, module, made) in enumerate(stages()):
        x, y = 10 + number % 5 * (STAGE[0] + 26), top + number // 5 * (STAGE[1] + 24)
        yield f'<rect class="box" x="{x}" y="{y}" width="{STAGE[0]}" height="{STAGE[1]}" rx="4"/>'
        yield f'<text class="title" x="{x + 8}" y="{y + 18}">{number + 1} {stage}</text>'
        yield f'<text class="name" x="{x + 8}" y="{y + 35}">{escape(module)}</text>'
        yield f'<text x="{x + 8}" y="{y + 53}">{escape(made.split(",")[0].split(" with ")[0])}</text>'
        if number % 5 < 4 and stage not in ENDS:
            middle, end = y + STAGE[1] // 2, x + STAGE[0] + 22
            yield f'<path class="arrow" d="M{x + STAGE[0] + 4} {middle}H{end}m-6 -4l6 4l-6 4"/>'


def table(top: int) -> Iterator[str]:
    """Yield a line for each part: number, name, purpose, and a dot under the number of each part that it imports."""
    parts = imports()
    numbers = {name: number for number, name in enumerate(parts, start=1)}
    left = WIDTH - 10 - len(parts) * COLUMN
    for name, number in numbers.items():
        y = top + number * LINE
        purpose = re.match(r'"""(.+?)(?:[.;] |"""|$)', source(f"stance.{name}"), re.MULTILINE)
        yield f'<text class="number" x="{left + number * COLUMN - 8}" y="{top}" text-anchor="middle">{number}</text>'
        yield f'<path class="rule" d="M10 {y + 5}H{WIDTH - 10}"/>'
        yield f'<text class="number" x="10" y="{y}">{number}</text><text class="name" x="34" y="{y}">{name}</text>'
        yield f'<text x="130" y="{y}">{escape(shorten(purpose[1] if purpose else ""))}</text>'
        for each in sorted(numbers[other] for other in parts[name]):
            yield f'<circle class="dot" cx="{left + each * COLUMN - 8}" cy="{y - 4}" r="4"/>'


def shorten(purpose: str, length: int = 58) -> str:
    """Return a purpose cut at a comma, or else at a word, so that it fits its column."""
    purpose = purpose.replace("`", "").rstrip(".")
    cut = purpose[: length + 1]
    return purpose if cut == purpose else cut.rsplit("," if "," in cut else " ", 1)[0]


def picture() -> str:
    """Return the picture as SVG."""
    height = 30 + -(-len(stages()) // 5) * (STAGE[1] + 24)
    title = "Who imports whom: a dot stands on the line of a part, under the number of the part that it imports."
    size = height + 40 + (len(imports()) + 1) * LINE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {size}" role="img" aria-label="{TITLE}">',
        f"<style>{STYLE}</style>",
        *flow(10),
        f'<text class="title" x="10" y="{height}">{title}</text>',
        *table(height + 26),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")

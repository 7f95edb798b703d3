"""Pages against WCAG 2.1 AA, by axe-core in a real browser: light and dark, on a phone and on a screen.

axe finds what a machine can find. What it cannot (is a link's text clear, is the order sensible) other tests of the
pages look at.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browsing import SCHEMES, resize, visit
from labelling_pages import Running, make_store, serving
from test_browser import report  # noqa: F401 a fixture
from test_labelling_browser import wait_for

from stance.labelling import Width

pytestmark = pytest.mark.browser

WIDTHS = (360, 1280)
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")

RUN = """
const done = arguments[arguments.length - 1];
document.querySelectorAll('details').forEach(each => { each.open = true; });
axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, resultTypes: ['violations']}).then(
  found => done({
    checked: found.passes.length,
    violations: found.violations.flatMap(rule => rule.nodes.slice(0, 5).map(node =>
      `${rule.id}: ${node.target}: ${node.html.slice(0, 120)}: ${node.failureSummary.slice(0, 200)}`)),
  }),
  error => done({checked: 0, violations: [String(error)]}));
"""


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core, as a package on PyPI carries it; nothing else of that package is run."""
    spec = find_spec("axe_playwright_python")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("axe-playwright-python is not installed; expected extra 'dev'")
    script = (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")
    assert script.startswith("/*! axe v4.")
    return script


def violations(browser: Any, axe: str) -> list[str]:
    browser.set_script_timeout(300)  # seconds; a busy machine takes its time
    browser.execute_script(axe)
    found = browser.execute_async_script(RUN, list(TAGS))
    assert found["checked"] > 5 or found["violations"]  # else the rules did not run
    return list(found["violations"])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "name", ["index", "3f9c00aa11bb22cc", "comparison", "evaluation", "rich/discourse", "rich/thread"]
)
def test_pages_violate_no_rule(
    chromium: Any,
    report: Path,  # noqa: F811
    axe: str,
    name: str,
    width: int,
    scheme: str,
) -> None:
    visit(chromium, report / f"{name}.html", width=width, scheme=scheme)
    assert violations(chromium, axe) == []


@pytest.fixture(scope="module")
def labelling(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Running]:
    found = (Width("nato", None, 19.2, 40, 12.5, wanted=12.0), Width("us", "Herald", 8.1, 2, 8.0))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("stance.labelling.stored_widths", lambda *_: found)
        with serving(make_store(tmp_path_factory.mktemp("labels") / "labels.db"), scored=tuple) as running:
            chromium.get(running.sessions.invite("ann"))
            wait_for(chromium, "0 of 4")
            chromium.refresh()
            wait_for(chromium, "0 of 4")
            assert "± 19 now" in chromium.find_element("tag name", "main").text
            yield running
        chromium.get("about:blank")  # lets the connection go, so that the server can end


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.usefixtures("labelling")
def test_the_labelling_page_violates_no_rule(chromium: Any, axe: str, width: int, scheme: str) -> None:
    resize(chromium, width, scheme)
    assert violations(chromium, axe) == []


def test_axe_finds_what_is_wrong(chromium: Any, report: Path, axe: str) -> None:  # noqa: F811
    visit(chromium, report / "evaluation.html")
    chromium.execute_script("document.documentElement.lang = ''; document.querySelector('h1').style.color = '#eee'")
    assert {each.partition(":")[0] for each in violations(chromium, axe)} == {"html-has-lang", "color-contrast"}

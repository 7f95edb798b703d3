"""What the tests of pages share: the browser, how it is set, and steps that wait for what they lead to."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

Condition = Callable[[Any], Any]

SCHEMES = ("light", "dark")

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Every visible element with text of its own: its color against the nearest background that is painted.
CONTRAST = """
const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const rgb = color => color.match(/[\\d.]+/g).map(Number);
const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
const painted = node => {
  for (; node; node = node.parentElement) {
    const color = rgb(getComputedStyle(node).backgroundColor);
    if (color.length < 4 || color[3] > 0) return color;
  }
  return [255, 255, 255];
};
const probe = document.createElement('i');
document.body.append(probe);
const resolved = name => {
  probe.style.color = `var(${name})`;
  return rgb(getComputedStyle(probe).color);
};
const poor = [], seen = new Set();
const check = (what, front, back, least) => {
  seen.add(what);
  const found = ratio(front, back);
  if (found < least) poor.push(`${what}: ${found.toFixed(2)}, expected ${least}`);
};
for (const node of document.body.querySelectorAll('*')) {
  const own = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
  const style = getComputedStyle(node);
  if (!own || style.visibility === 'hidden' || node.closest('svg, .skip')) continue;
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
  check(`${node.tagName}.${node.className}`, rgb(style.color), painted(node), large ? 3 : 4.5);
  for (const part of ['::before', '::after']) {
    const made = getComputedStyle(node, part);
    if (made.content !== 'none' && made.content !== 'normal')
      check(`${node.tagName}${part}`, rgb(made.color), painted(node), 4.5);
  }
}
for (const node of document.querySelectorAll('.bar text'))
  check('bar text', rgb(getComputedStyle(node).fill), resolved('--' + node.getAttribute('class').slice(3)), 4.5);
for (const side of ['against', 'favor'])
  check('bar ' + side, resolved('--' + side), resolved('--paper'), 3);
probe.remove();
return {poor: poor, seen: seen.size};
"""

# Elements past the right edge, unless they scroll in a box of their own or are hidden on purpose.
OVERFLOW = """
const edge = document.documentElement.clientWidth;
const spills = [...document.body.querySelectorAll('*')].filter(node =>
  node.getBoundingClientRect().right > edge + 1 && !node.closest('.scroll, .long, .hidden, .skip'));
return {wide: document.documentElement.scrollWidth - edge, spills: spills.map(node => node.outerHTML.slice(0, 120))};
"""

# Texts that are painted over each other, or past the edge of their cell; what is hidden on purpose is not painted.
OVERLAPS = """
const boxes = [], found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text; text = walker.nextNode();) {
  const parent = text.parentElement, range = document.createRange();
  const clipped = [parent.closest('.hidden, .skip, script'), parent.closest('thead')].some(each =>
    each && (each.tagName !== 'THEAD' || getComputedStyle(each).clipPath !== 'none'));
  if (!text.data.trim() || clipped || !parent.checkVisibility({contentVisibilityAuto: true})) continue;
  range.selectNodeContents(text);
  const edge = parent.closest('svg') ? null : parent.closest('td, th');
  for (const box of range.getClientRects()) {
    boxes.push([box, text]);
    if (edge && box.right > edge.getBoundingClientRect().right + 1) found.push(`${text.data.trim()} past its cell`);
  }
}
boxes.sort(([a], [b]) => a.top - b.top).forEach(([a, one], at) => {
  for (let next = at + 1; next < boxes.length && boxes[next][0].top < a.bottom - 5; next++) {
    const [b, other] = boxes[next], wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    if (one !== other && wide > 2 && b.bottom > b.top + 5) found.push(`${one.data.trim()} | ${other.data.trim()}`);
  }
});
return found;
"""

# Rules of WCAG 2.1 AA. axe finds what a machine can; other tests look whether links are clear and the order sensible.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")

RUN = """
const done = arguments[arguments.length - 1];
document.querySelectorAll('details').forEach(each => { each.open = true; });
const rules = {'color-contrast': {enabled: arguments[1]}};
axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, rules, resultTypes: ['violations']}).then(
  found => done({
    checked: found.passes.length,
    violations: found.violations.flatMap(rule => rule.nodes.slice(0, 5).map(node =>
      `${rule.id}: ${node.target}: ${node.html.slice(0, 120)}: ${node.failureSummary.slice(0, 200)}`)),
  }),
  error => done({checked: 0, violations: [String(error)]}));
"""


def browser_paths() -> tuple[str, str]:
    """Find Chromium and its driver; where a continuous integration server lacks them, that is a failure."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    message = f"Chromium is {browser}, chromedriver is {driver}; expected both on the PATH"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def axe_core() -> str:
    """Return axe-core, as a package on PyPI carries it; nothing else of that package is run."""
    spec = find_spec("axe_playwright_python")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("axe-playwright-python is not installed; expected extra 'dev'")
    script = (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")
    assert script.startswith("/*! axe v4.")
    return script


def violations(browser: Any, axe: str, *, contrast: bool = True) -> list[str]:
    """Return what breaks a rule; contrast takes most of the time, and ``CONTRAST`` measures it too."""
    browser.set_script_timeout(300)  # seconds; a busy machine takes its time
    browser.execute_script(axe)
    found = browser.execute_async_script(RUN, list(TAGS), contrast)
    assert found["checked"] > 5 or found["violations"]  # else the rules did not run
    return list(found["violations"])


@contextmanager
def open_browser(profile: Path) -> Iterator[Any]:
    """Start Chromium, and end it."""
    browser, driver = browser_paths()
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed; expected extra 'dev'")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    session = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    yield session
    session.quit()


def resize(browser: Any, width: int = 1280, scheme: str = "light", media: str = "screen") -> None:
    """Set the width, the colors that the reader prefers, and screen or paper; keys go to the page."""
    # The browser's own first tab may come to the front while the page loads, and takes the keys.
    browser.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    browser.execute_cdp_cmd("Page.bringToFront", {})
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def visit(browser: Any, page: Path, *, width: int = 1280, scheme: str = "light", media: str = "screen") -> None:
    """Open a page of this machine; on a busy machine the driver goes on before the page is read to its end."""
    resize(browser, width, scheme, media)
    browser.execute_script("document.left = true")
    browser.get(page.as_uri())
    wait(browser, is_loaded)


def wait(browser: Any, condition: Condition) -> Any:
    """Ask ``condition`` until it holds, and return what it says; that an element is missing is no answer."""
    from selenium.common.exceptions import (
        JavascriptException,
        NoSuchElementException,
        StaleElementReferenceException,
        TimeoutException,
    )

    end, pause = time.monotonic() + 120, 0.02
    while time.monotonic() < end:
        # A page that goes while it is asked has no element, or no document at all.
        with suppress(NoSuchElementException, StaleElementReferenceException, JavascriptException):
            if found := condition(browser):
                return found
        time.sleep(pause)
        pause = min(1.3 * pause, 0.3)  # asking costs the browser as much as the work that is waited for
    raise TimeoutException


def drop_files(browser: Any, selector: str, *paths: Path) -> None:
    """Drop files and folders on an element, as from the file manager."""
    box = "const box = document.querySelector(arguments[0]).getBoundingClientRect(); "
    x, y = browser.execute_script(box + "return [box.x + box.width / 2, box.y + box.height / 2]", selector)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.execute_cdp_cmd("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})


def is_loaded(browser: Any) -> bool:
    """Say whether the page is read to its end and its deferred scripts have run: its title is there long before."""
    return bool(browser.execute_script("return document.readyState == 'complete' && !document.left"))


def press_key(browser: Any, key: str, code: str, text: str = "", **pressed: Any) -> None:
    """Press a key, as the browser's protocol writes it, until the page has heard it.

    A page that has just come to the front loses keys on a busy machine.
    """
    browser.execute_cdp_cmd("Page.bringToFront", {})
    browser.execute_script(
        "document.heard = false;"
        "addEventListener('keydown', () => { document.heard = true }, {capture: true, once: true})"
    )
    down = {"key": key, "code": code, **pressed}
    for _ in range(30):
        browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **down})
        # A key that leads to another page is heard although that page does not know of it.
        if browser.execute_script("return document.heard !== false"):
            break
        time.sleep(1)
    browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", **down})


def follow(browser: Any, element: Any) -> None:
    """Click on what leads to another page, and wait until that page is there."""
    from selenium.webdriver.support.expected_conditions import staleness_of

    before = browser.find_element("tag name", "html")
    element.click()
    wait(browser, staleness_of(before))
    wait(browser, is_loaded)

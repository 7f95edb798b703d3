"""What the tests of pages share: the browser, how it is set, and steps that wait for what they lead to."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import pytest

Condition = Callable[[Any], Any]

SCHEMES = ("light", "dark")

WIDTHS = (360, 768, 1280)


def page_script(name: str) -> str:
    """Return a script that a test runs in a page."""
    return Path(__file__).with_name("scripts").joinpath(f"{name}.js").read_text(encoding="utf-8")


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

CONTRAST = page_script("contrast")
OVERFLOW = page_script("overflow")
OVERLAPS = page_script("overlaps")
STRAY = page_script("stray")

# Rules of WCAG 2.1 AA. axe finds what a machine can; other tests look whether links are clear and the order sensible.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
RUN = page_script("rules")


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


def violations(browser: Any, axe: str) -> list[str]:
    """Return what breaks a rule but that of contrast, which takes most of the time: ``CONTRAST`` measures it."""
    browser.set_script_timeout(300)  # seconds; a busy machine takes its time
    browser.execute_script(axe)
    found = browser.execute_async_script(RUN, list(TAGS), False)
    assert found["checked"] > 5 or found["violations"]  # else the rules did not run
    return list(found["violations"])


def check_fits(browser: Any) -> None:
    """Check that nothing that the browser shows is too wide or too pale."""
    assert browser.execute_script(OVERFLOW) == {"wide": 0, "spills": []}
    assert browser.execute_script(CONTRAST)["poor"] == []


def check_looks(browser: Any, axe: str) -> None:
    """Check what the browser shows now on a phone, a tablet and a screen, light and dark."""
    for scheme, width in product(SCHEMES, WIDTHS):
        resize(browser, width, scheme)
        check_fits(browser)
        if (scheme, width) in (("dark", WIDTHS[0]), ("light", WIDTHS[-1])):  # rules ask for one of both, not for a pair
            assert violations(browser, axe) == []
    resize(browser)


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

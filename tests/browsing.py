"""Steps of a browser that wait for what they lead to: what a click changes is there some time after it."""

from collections.abc import Callable
from typing import Any

Condition = Callable[[Any], Any]


def wait(browser: Any, condition: Condition) -> Any:
    """Ask ``condition`` until it holds, and return what it says; that an element is missing is no answer."""
    from selenium.common.exceptions import JavascriptException, StaleElementReferenceException
    from selenium.webdriver.support.ui import WebDriverWait

    # A page that goes while it is asked has no element, or no document at all.
    going = [StaleElementReferenceException, JavascriptException]
    return WebDriverWait(browser, 30, 0.02, going).until(condition)


def is_loaded(browser: Any) -> bool:
    """Say whether the page is read to its end and its deferred scripts have run: its title is there long before."""
    return bool(browser.execute_script("return document.readyState") == "complete")


def follow(browser: Any, element: Any) -> None:
    """Click on what leads to another page, and wait until that page is there."""
    from selenium.webdriver.support.expected_conditions import staleness_of

    before = browser.find_element("tag name", "html")
    element.click()
    wait(browser, staleness_of(before))
    wait(browser, is_loaded)

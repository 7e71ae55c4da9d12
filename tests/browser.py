"""A headless Chromium for the tests that need one.

Use `find_chromium()` to skip a test where no browser is, and `open_browser()` for the browser itself.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/usr/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
NO_BROWSER = "no Chromium was found; install it (Debian: apt-get install chromium) or set CHROMIUM to its path"
NO_PLAYWRIGHT = "the package playwright is not installed; `pip install playwright` (its browsers are not needed)"


def find_chromium() -> str | None:
    """Return the path of a Chromium: the variable CHROMIUM, then the usual names and places."""
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), *PLACES]
    return next((path for path in candidates if path and Path(path).is_file()), None)


def why_no_browser() -> str | None:
    """Return the sentence for a skipped test, or None where a browser can be started."""
    if importlib.util.find_spec("playwright") is None:
        return NO_PLAYWRIGHT
    return None if find_chromium() else NO_BROWSER


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """Start a headless Chromium through Playwright and close it in the end.

    Examples
    --------
    >>> with open_browser() as browser:  # doctest: +SKIP
    ...     page = browser.new_page()
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()

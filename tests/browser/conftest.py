"""A headless Chromium: Playwright's own, else one that is installed; without any the tests are skipped."""

import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")  # while it is there no test of this process can have an event loop
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = _launched(playwright)
        yield browser
        browser.close()


def _launched(playwright: Playwright) -> Browser:
    installed = next((path for name in NAMES if (path := shutil.which(name))), None)
    for program in (None, installed):
        try:
            return playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        except Error:
            continue
    pytest.skip("no Chromium is installed")


@pytest.fixture(scope="session")
def contrast() -> Callable[[str, str], float]:
    """How much a colour stands out from another, as WCAG defines it; both as `rgb(r, g, b)`."""

    def of(ink: str, paper: str) -> float:
        high, low = sorted((_luminance(ink), _luminance(paper)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    return of


def _luminance(colour: str) -> float:
    shares = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

"""A headless Chromium: Playwright's own, else one that is installed; without any the tests are skipped."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
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

"""Takes the pictures of `docs/images` anew: what people see of one incident, in the stand-ins we ship.

make pictures
make pictures ARGS="--all FOLDER"

With `--all` every screen is taken as a desk and a phone show it, in the light and in the dark, into a folder
outside of the repository. Look at each of them afterwards. Needs a Chromium, and a font with emoji; where
optipng is installed the documentation's pictures are made small.
"""

import argparse
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Final, Literal

from fastapi import FastAPI
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from responder.testing.aside import aside
from responder.testing.loopback import serving
from responder.testing.samples import NOW
from tools.pictures import told
from tools.pictures.screens import SCREENS

IMAGES: Final = Path("docs/images")
PHONE: Final = (390, 844)
SIZES: Final = {"desktop": (1200, 900), "phone": PHONE}
INCIDENT: Final = SCREENS["incident-tokenbudgetexceeded"].serve
UPPER: Final[FloatRect] = {"x": 0, "y": 0, "width": 1100, "height": 1050}
TALLEST: Final = 1_500
"""Pixels of one picture: what is longer is taken in parts, to be read when it is looked at."""

Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")


@contextmanager
def _seen(
    browser: Browser, make: Callable[[], FastAPI], size: tuple[int, int], scheme: Scheme
) -> Iterator[Page]:
    with aside(lambda: serving(make())) as url:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, timezone_id="UTC"
        )
        opened = context.new_page()
        opened.clock.set_fixed_time(NOW)  # what happened today is called so
        opened.goto(url)
        yield opened
        context.close()


def _take(folder: Path, browser: Browser) -> None:
    with _seen(browser, told.channel, (1100, 1800), "light") as desk:
        desk.screenshot(path=folder / "message.png", clip=UPPER)
        desk.locator("article").first.screenshot(path=folder / "slack-message.png")
    with _seen(browser, told.channel, (PHONE[0], 2400), "dark") as phone:
        phone.locator("article").first.screenshot(path=folder / "slack-message-phone.png")
    with _seen(browser, INCIDENT, PHONE, "dark") as phone:
        phone.screenshot(path=folder / "incident-page-phone.png")
    with _seen(browser, told.silence_form, (620, 700), "light") as desk:
        asked = desk.locator("dialog.modal[open]")
        asked.get_by_label("Why").last.fill("a load test until noon")
        asked.screenshot(path=folder / "slack-silence.png")
    with _seen(browser, told.page, (900, 805), "light") as desk:
        desk.screenshot(path=folder / "pagerduty-page.png", full_page=True)
    with _seen(browser, told.page, PHONE, "dark") as phone:
        phone.screenshot(path=folder / "pagerduty-page-phone.png", full_page=True)


def _take_all(folder: Path, browser: Browser, only: str) -> None:
    names = [name for name in SCREENS if only in name]
    for name, (device, size), scheme in product(names, SIZES.items(), SCHEMES):
        screen = SCREENS[name]
        with _seen(browser, screen.serve, size, scheme) as page:
            screen.open(page)
            path = folder / f"{name}.{device}.{scheme}.png"
            if screen.whole:
                _take_whole(page, path)
            else:
                page.screenshot(path=path)


def _take_whole(page: Page, path: Path) -> None:
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    page.set_viewport_size(
        {"width": width, "height": height}
    )  # else what sticks to its edge lies over the rest
    for number, top in enumerate(range(0, height, TALLEST)):
        part = path.with_suffix(f".{number}.png") if number else path
        clip: FloatRect = {"x": 0, "y": top, "width": width, "height": min(TALLEST, height - top)}
        page.screenshot(path=part, full_page=True, clip=clip)


def _make_small(folder: Path) -> None:
    if optipng := shutil.which("optipng"):
        subprocess.run([optipng, "-quiet", *sorted(folder.glob("*.png"))], check=True)  # noqa: S603 - ours


def main() -> None:
    """Take all of them."""
    asked = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    asked.add_argument("folder", nargs="?", type=Path, default=IMAGES, help="of the documentation's pictures")
    asked.add_argument("--all", type=Path, metavar="FOLDER", help="take every screen, into this folder")
    asked.add_argument("--only", default="", metavar="NAME", help="of all those with this in their name")
    said = asked.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-headless-shell"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        if said.all:
            said.all.mkdir(parents=True, exist_ok=True)
            _take_all(said.all, browser, said.only)
        else:
            _take(said.folder, browser)
            _make_small(said.folder)
        browser.close()


if __name__ == "__main__":
    main()

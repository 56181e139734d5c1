"""Every screen that people see, as a desk and a phone show it, in the light and in the dark."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser, Page

from responder.testing.aside import aside
from responder.testing.loopback import serving
from tools.pictures.screens import SCREENS

pytestmark = pytest.mark.browser

WIDTHS: Final = (390, 1200)
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
LOWEST_CONTRAST: Final = 4.5
"""Of text, as WCAG's level AA asks for."""
SMALLEST_TARGET: Final = 24
"""Pixels, likewise."""

LOOKED: Final = (Path(__file__).parent / "looked.js").read_text(encoding="utf-8")


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    one = SCREENS[request.param]
    with aside(lambda: serving(one.serve())) as url, browser.new_context() as context:
        page = context.new_page()
        page.goto(url)
        one.open(page)
        yield page


def test_a_screen_can_be_read_wherever_it_is_looked_at(screen: Page) -> None:
    """Nothing is wider than it, no words fade into their paper, and what is pressed has a name and a size."""
    for width, scheme in product(WIDTHS, SCHEMES):
        screen.set_viewport_size({"width": width, "height": 900})
        screen.emulate_media(color_scheme=scheme)
        looked: dict[str, Any] = screen.evaluate(LOOKED, SMALLEST_TARGET)
        assert (looked["paper"] > 0.5) == (scheme == "light")
        assert looked["width"] <= width
        assert looked["words"]
        assert [text for text, contrast in looked["words"] if contrast < LOWEST_CONTRAST] == []
        assert looked["nameless"] == []
        assert looked["small"] == []

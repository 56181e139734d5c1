"""The incident's page as a phone shows it: no script, its own policy, light and dark."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from responder.render.html import incident_page, incidents_page
from responder.testing.samples import NOTICES, seven

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
ADDRESS = "http://responder.example.org/incidents/k7m2wq9p"
POLICY = "default-src 'none'; style-src 'nonce-n0nce'"

Open = Callable[..., Page]
Contrast = Callable[[str, str], float]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a page as a phone would: under the policy, answering nothing but the page itself."""
    contexts = []

    def show(html: str, scheme: str = "light") -> Page:
        context = browser.new_context(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type] # its own literals
        contexts.append(context)
        page = context.new_page()
        asked: list[str] = []

        def answer(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(
                body=html,
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": POLICY},
            )

        page.route("**/*", answer)
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.goto(ADDRESS)
        assert asked == [ADDRESS]
        assert problems == []
        return page

    yield show
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", NOTICES)
def test_nothing_is_wider_than_a_phone(opened: Open, name: str) -> None:
    page = opened(incident_page(NOTICES[name](), nonce="n0nce"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_first_screen_shows_what_how_bad_why_and_what_to_do(opened: Open) -> None:
    page = opened(incident_page(seven.token_budget_exceeded(), nonce="n0nce"))
    for words in (
        "backend-engineer 250 tokens over 2000",
        "-250 tokens, threshold",
        "prompt bloat",
        "Raise the budget",
    ):
        box = page.get_by_text(words).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE["height"], words


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_paper(opened: Open, contrast: Contrast, scheme: str) -> None:
    """A contrast of at least 4.5, in the light as in the dark, for every colour of text."""
    page = opened(incident_page(seven.token_budget_exceeded(), nonce="n0nce"), scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (contrast("rgb(0, 0, 0)", paper) > 10) == (scheme == "light")
    for selector in ("body", "h1", ".word", ".soft", "a", "b.for", "b.against", "dt", "th"):
        ink = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).color")
        assert contrast(ink, paper) >= 4.5, selector


def test_a_link_can_be_hit_with_a_thumb(opened: Open) -> None:
    page = opened(incident_page(seven.token_budget_exceeded(), nonce="n0nce"))
    box = page.get_by_role("link", name="Dashboard").bounding_box()
    assert box is not None
    assert box["height"] >= 40


def test_the_course_has_words_for_those_who_cannot_see_it(opened: Open) -> None:
    page = opened(incident_page(seven.token_budget_exceeded(), nonce="n0nce"))
    assert page.get_by_role("img", name="the measure went from 1640 tokens to -250 tokens").is_visible()


def test_the_list_leads_to_the_incidents(opened: Open) -> None:
    page = opened(incidents_page([seven.token_budget_exceeded(), seven.slow_workflow_stage()], nonce="n0nce"))
    assert page.get_by_role("link").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

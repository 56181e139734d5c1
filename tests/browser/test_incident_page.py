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


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a page as a phone would: under the policy, answering nothing but the page itself."""
    contexts = []

    def show(html: str) -> Page:
        context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type] # its own type
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

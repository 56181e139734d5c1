"""The runbook's page in a browser: found by typing, jumped to by a link, whole without script."""

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from responder.diagnose.registry import specs
from responder.knowledge.runbook import read_runbook
from responder.playbook.runbook import Runbook
from responder.render.runbook import Around, playbook_page, runbook_page
from responder.resources import resource_dir
from responder.web.pages import html

pytestmark = pytest.mark.browser

PHONE: Final = {"width": 390, "height": 844}
DESKTOP: Final = {"width": 1280, "height": 900}
HERE: Final = "http://localhost:8080"
AROUND: Final = Around(
    prometheus_url="http://prometheus.example.org",
    grafana_url="http://grafana.example.org",
    ticket=(("until", "1"), ("signature", "aa")),
)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def runbook() -> Runbook:
    return read_runbook(resource_dir("playbooks"), specs())


@pytest.fixture
def opened(browser: Browser, runbook: Runbook) -> Iterator[Open]:
    """Opens an address of the server, under the server's own policy."""
    contexts = []

    def answer(route: Route) -> None:
        asked = urlsplit(route.request.url)
        if asked.path == "/runbook":
            search = parse_qs(asked.query).get("q", [""])[0]
            said = html(
                lambda nonce: runbook_page(runbook, search=search, around=AROUND, nonce=nonce), script=True
            )
        else:
            one = next(one for one in runbook.playbooks if one.alert == asked.path.rpartition("/")[2])
            said = html(lambda nonce: playbook_page(runbook, one, around=AROUND, nonce=nonce))
        route.fulfill(body=bytes(said.body), headers=dict(said.headers))

    def show(path: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": PHONE, **options})
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", answer)
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(HERE + path)
        assert problems == []
        return page

    yield show
    for context in contexts:
        context.close()


def shown(page: Page) -> list[str]:
    """The anchors of the parts that can be seen."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('main > section')].filter(s => s.checkVisibility()).map(s => s.id)"
    )
    return found


def top_of(page: Page, anchor: str) -> float:
    box = page.locator(f"#{anchor}").bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["/runbook", "/playbooks/TokenBudgetExceeded"])
def test_nothing_is_wider_than_the_screen(opened: Open, path: str, viewport: dict[str, int]) -> None:
    page = opened(path, viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_address_of_a_rule_opens_the_page_at_its_alert(opened: Open, viewport: dict[str, int]) -> None:
    page = opened("/runbook#slowworkflowstage", viewport=viewport)
    assert 0 <= top_of(page, "slowworkflowstage") < 60


def test_typing_leaves_the_parts_that_have_every_word(opened: Open) -> None:
    page = opened("/runbook")
    everything = shown(page)
    page.get_by_role("searchbox").press_sequentially("LANGFUSE credentials")
    assert "langfuseintegrationfailing" in shown(page)
    assert 0 < len(shown(page)) < len(everything)
    expect(page.get_by_role("status")).to_have_text(f"{len(shown(page))} of {len(everything)} parts")
    expect(page.get_by_role("link", name="SlowWorkflowStage warning")).to_be_hidden()
    assert parse_qs(urlsplit(page.url).query)["q"] == ["LANGFUSE credentials"]
    assert page.evaluate("CSS.highlights.get('found').size") > 0
    page.get_by_role("searchbox").fill("")
    assert shown(page) == everything
    assert "q=" not in page.url


def test_a_related_alert_that_was_not_found_is_shown_when_it_is_jumped_to(opened: Open) -> None:
    page = opened("/runbook?until=1&signature=aa", viewport=DESKTOP)
    page.get_by_role("searchbox").fill("oscillation")
    assert "tokenbudgetexceeded" not in shown(page)
    related = page.locator("#excessivepersonaswitching").get_by_role("link", name="TokenBudgetExceeded")
    related.click()
    assert "tokenbudgetexceeded" in shown(page)
    assert 0 <= top_of(page, "tokenbudgetexceeded") < 60
    assert page.get_by_role("searchbox").input_value() == ""


def test_the_contents_lead_to_an_alert_on_a_phone(opened: Open) -> None:
    page = opened("/runbook")
    entry = page.get_by_role("navigation", name="Contents").get_by_role("link", name="SlowWorkflowStage")
    box = entry.bounding_box()
    assert box is not None
    assert box["height"] >= 38  # a thumb's
    entry.click()
    assert 0 <= top_of(page, "slowworkflowstage") < 60


def test_without_script_the_form_asks_the_server_and_keeps_the_link_s_signature(opened: Open) -> None:
    page = opened("/runbook?until=1&signature=aa", java_script_enabled=False)
    page.get_by_role("searchbox").fill("oscillation")
    page.get_by_role("button", name="Search").click()
    query = parse_qs(urlsplit(page.url).query)
    assert query == {"q": ["oscillation"], "until": ["1"], "signature": ["aa"]}
    expect(page.locator("#excessivepersonaswitching")).to_be_visible()
    expect(page.locator("#tokenbudgetexceeded")).to_be_hidden()
    page.locator("#excessivepersonaswitching").get_by_role("link", name="TokenBudgetExceeded").click()
    expect(page.locator("#tokenbudgetexceeded")).to_be_visible()


def test_a_command_is_copied_as_it_is_pasted(opened: Open) -> None:
    page = opened("/runbook", permissions=["clipboard-read", "clipboard-write"])
    block = page.locator("#tokenbudgetexceeded .paste").nth(2)
    block.get_by_role("button").click()
    expect(block.get_by_role("button")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("sum(increase(hypertool_persona_tokens_used_total")
    assert "\n/ sum(" in copied

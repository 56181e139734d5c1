"""Whatever is asked, also what nobody would, is answered as the description says: schemathesis tries."""

import re
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest

from responder.web.openapi.description import description
from responder.web.openapi.rows import ROWS

Describe = Callable[[str, str, str], Any]
Attempt = Callable[..., None]

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
"""The server uses randomness in a thread of its own."""

FILES: Final = "POST /-/reload"
"""Reads the files of the machine that the test runs on: asked for in tests of its own."""
PLAIN: Final = frozenset({"GET /-/healthy", "GET /-/ready", "GET /metrics"})
"""Nothing can be said to these, so nothing wrong either."""
DIAGNOSE: Final = "POST /api/v1/diagnose"
"""Which alerts there are playbooks for stands in no description: another's is refused."""
PAGED: Final = frozenset({"GET /api/v1/incidents", "GET /"})
LASTING: Final = ("1w", "1d2h", "2h0m", "60s", "1h30m", "60000ms", "0y7d", "01h")
"""For how long a silence may be asked for, in ways that people write it."""
EXAMPLES: Final = 3
MANY: Final = 400
"""Of each route, right ones and wrong ones each."""
ROUTES: Final = [row.at for row in ROWS if row.at != FILES]


@pytest.fixture(scope="module")
def described(site: Any, describe: Describe) -> Any:
    """The description, as whoever asks for it gets it."""
    return describe(site.url, "/api/v1/openapi.json", site.token)


def cursors(site: Any) -> list[str]:
    """Of every portion of the list, from the newest on, one incident each."""
    found: list[str] = []
    with httpx.Client(base_url=site.url, trust_env=False, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {site.token}"
        while True:
            asked = {"limit": "1", **({"cursor": found[-1]} if found else {})}
            page = client.get("/api/v1/incidents", params=asked).json()
            if page["cursor"] is None:
                return found
            found.append(page["cursor"])


def may_be_refused(case: Any) -> bool:
    """What the description can't say: which cursors there are, and how long a written duration is."""
    body = case.body if isinstance(case.body, dict) else {}
    return bool((case.query or {}).get("cursor")) or "duration" in body


def tried(  # noqa: PLR0913 - fixtures, and what the test says
    site: Any, described: Any, route: str, attempt: Attempt, *, examples: int, wrong: bool
) -> None:
    """Half of the right requests ask for what is there, which must be answered."""
    token = site.sender if route == "POST /webhooks/alertmanager" else site.token
    seen = 0
    pages = cursors(site) if route in PAGED and not wrong else []
    assert bool(pages) is (route in PAGED and not wrong)
    real = False

    def ask_for_what_is_there(case: Any) -> None:
        nonlocal seen, real
        seen += 1
        real = not wrong and bool(seen % 2)
        if not real:
            return
        named = case.path_parameters or {}
        named.update({name: getattr(site, name) for name in ("incident", "fix") if name in named})
        if pages:
            case.query = {**(case.query or {}), "cursor": pages[seen // 2 % len(pages)]}
        if isinstance(case.body, dict) and "duration" in case.body:
            case.body["duration"] = LASTING[seen // 2 % len(LASTING)]

    attempt(
        described,
        route,
        url=site.url,
        token=token,
        examples=examples,
        wrong=wrong,
        change=ask_for_what_is_there,
        refuses=lambda case: route == DIAGNOSE or (not real and may_be_refused(case)),
    )


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_right_is_answered_as_described(
    site: Any, described: Any, attempt: Attempt, route: str
) -> None:
    tried(site, described, route, attempt, examples=EXAMPLES, wrong=False)


@pytest.mark.parametrize("route", sorted(set(ROUTES) - PLAIN))
def test_what_is_wrong_is_refused_as_described(
    site: Any, described: Any, attempt: Attempt, route: str
) -> None:
    tried(site, described, route, attempt, examples=EXAMPLES, wrong=True)


@pytest.mark.soak
@pytest.mark.parametrize("wrong", [False, True], ids=["right", "wrong"])
@pytest.mark.parametrize("route", ROUTES)
def test_thousands_of_requests_are_answered_as_described(
    site: Any, described: Any, attempt: Attempt, route: str, *, wrong: bool
) -> None:
    if not (wrong and route in PLAIN):
        tried(site, described, route, attempt, examples=MANY, wrong=wrong)


def test_every_cursor_of_the_list_leads_on_by_the_description(site: Any) -> None:
    """What the server hands out is right where it takes it, and no incident is left out or comes twice."""
    operations = {route: description("1")["paths"][route.split(" ")[1]]["get"] for route in PAGED}
    patterns = {
        one["schema"]["pattern"]
        for operation in operations.values()
        for one in operation["parameters"]
        if one["name"] == "cursor"
    }
    found = cursors(site)
    assert len(found) >= 2
    assert len(set(found)) == len(found)
    assert all(re.search(pattern, cursor) for pattern in patterns for cursor in found)
    assert len(patterns) == 1

"""Whatever is asked, also what nobody would, is answered as the description says: schemathesis tries."""

from collections.abc import Callable
from typing import Any, Final

import pytest

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
EXAMPLES: Final = 3
MANY: Final = 400
"""Of each route, right ones and wrong ones each."""
ROUTES: Final = [row.at for row in ROWS if row.at != FILES]


@pytest.fixture(scope="module")
def described(site: Any, describe: Describe) -> Any:
    """The description, as whoever asks for it gets it."""
    return describe(site.url, "/api/v1/openapi.json", site.token)


def tried(  # noqa: PLR0913 - fixtures, and what the test says
    site: Any, described: Any, route: str, attempt: Attempt, *, examples: int, wrong: bool
) -> None:
    """Half of the right requests ask for what is there."""
    token = site.sender if route == "POST /webhooks/alertmanager" else site.token
    seen = 0

    def ask_for_what_is_there(case: Any) -> None:
        nonlocal seen
        seen += 1
        named = case.path_parameters or {}
        if not wrong and seen % 2:
            named.update({name: getattr(site, name) for name in ("incident", "fix") if name in named})

    attempt(
        described,
        route,
        url=site.url,
        token=token,
        examples=examples,
        wrong=wrong,
        change=ask_for_what_is_there,
        refuses=route == DIAGNOSE,
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

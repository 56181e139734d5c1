"""The same of the control API that a Hypertool mounts, and of the supervisor."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import pytest

from responder.demo.reference import ReferenceHypertool
from responder.demo.service import LiveHypertool, control_app
from responder.demo.simclock import LIVE, SimClock
from responder.demo.supervised import Supervisor
from responder.demo.supervisor import supervisor_app
from responder.domain.clock import system_clock
from responder.testing.aside import aside
from responder.testing.loopback import serving

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
"""The server uses randomness in a thread of its own."""

TOKEN: Final = "open"  # noqa: S105 - the test's own
TOKENS: Final = {"alice": TOKEN}
EXAMPLES: Final = 3
MANY: Final = 400
STAGE: Final = "/control/v1/workflows/{workflow}/stages/{stage}"
CONTROL: Final = (
    "GET /control/v1",
    "GET /control/v1/personas/{persona}/budget",
    "PUT /control/v1/personas/{persona}/budget",
    "GET /control/v1/switching/cooldown",
    "PUT /control/v1/switching/cooldown",
    *(f"{method} {STAGE}/{knob}" for knob in ("model", "gate", "context") for method in ("GET", "PUT")),
    "GET /control/v1/langfuse",
    "POST /control/v1/langfuse/reconnect",
)
SUPERVISOR: Final = ("GET /control/v1/process", "POST /control/v1/restart")
REAL: Final = {"persona": "data-scientist", "workflow": "bug-fix", "stage": "analysis"}
ORDERS: Final = frozenset(route for route in (*CONTROL, *SUPERVISOR) if not route.startswith("GET"))
"""A lease ends in the future and says its incident; a key is for one order: that is in words only."""


@asynccontextmanager
async def _hypertool() -> AsyncIterator[str]:
    live = LiveHypertool(ReferenceHypertool(SimClock(system_clock(), 60.0), 7, start=LIVE), system_clock)
    async with serving(control_app(live, TOKENS)) as url:
        yield url


@asynccontextmanager
async def _supervisor() -> AsyncIterator[str]:
    watching = Supervisor(("true",), system_clock)
    async with serving(supervisor_app(watching, TOKENS)) as url:
        yield url
        await watching.restarted()
        await watching.stop()


Serve = Callable[[], AbstractAsyncContextManager[str]]


@pytest.fixture(scope="module")
def apis(describe: Callable[[str, str, str], Any]) -> Iterator[dict[str, tuple[str, Any]]]:
    """Address and description, by route."""
    with aside(_hypertool) as hypertool, aside(_supervisor) as supervisor:
        control = (hypertool, describe(hypertool, "/openapi.json", TOKEN))
        process = (supervisor, describe(supervisor, "/openapi.json", TOKEN))
        yield dict.fromkeys(CONTROL, control) | dict.fromkeys(SUPERVISOR, process)


def tried(apis: Any, attempt: Callable[..., None], route: str, examples: int, *, wrong: bool) -> None:
    url, described = apis[route]
    seen = 0

    def ask_for_what_is_there(case: Any) -> None:
        nonlocal seen
        seen += 1
        named = case.path_parameters or {}
        if not wrong and seen % 2:
            named.update({name: value for name, value in REAL.items() if name in named})

    attempt(
        described,
        route,
        url=url,
        token=TOKEN,
        examples=examples,
        wrong=wrong,
        change=ask_for_what_is_there,
        refuses=lambda _: route in ORDERS,
    )


@pytest.mark.parametrize("wrong", [False, True], ids=["right", "wrong"])
@pytest.mark.parametrize("route", [*CONTROL, *SUPERVISOR])
def test_it_is_answered_as_described(
    apis: Any, attempt: Callable[..., None], route: str, *, wrong: bool
) -> None:
    tried(apis, attempt, route, EXAMPLES, wrong=wrong)


@pytest.mark.soak
@pytest.mark.parametrize("wrong", [False, True], ids=["right", "wrong"])
@pytest.mark.parametrize("route", [*CONTROL, *SUPERVISOR])
def test_thousands_of_requests_are_answered_as_described(
    apis: Any, attempt: Callable[..., None], route: str, *, wrong: bool
) -> None:
    tried(apis, attempt, route, MANY, wrong=wrong)


async def test_every_route_is_tried(apis: Any) -> None:
    described = {operation.ok().label for _, one in apis.values() for operation in one.get_all_operations()}
    assert described == {*CONTROL, *SUPERVISOR}

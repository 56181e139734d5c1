"""A control API as it stands on the reference service, and as it is mounted on the collector in the field."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from responder.demo.reference import ReferenceHypertool
from responder.demo.service import LiveHypertool, control_app
from responder.demo.simclock import LIVE, SimClock
from responder.hypertool import AnswersInFile, Terms, collector_knobs, control_router
from responder.testing.clock import ManualClock
from responder.testing.deployed import DeployedCollector

TOKENS: Final = {"alice": "open-sesame", "responder": "open-barley"}
BUDGET: Final = "personas/data-scientist/budget"


@dataclass
class Bench:
    """A Hypertool with a control API, a clock that stands still, and two callers."""

    make: Callable[["Bench"], FastAPI]
    kept: Path
    clock: ManualClock = field(default_factory=ManualClock)
    app: FastAPI = field(init=False)
    change_past_the_api: Callable[[int], None] = field(init=False)
    remaining: Callable[[], int] = field(init=False)
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def start(self, stack: AsyncExitStack) -> None:
        """Begin, or begin anew after what was there has died."""
        self.app = self.make(self)
        for name, token in TOKENS.items():
            self.clients[name] = await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(self.app),
                    base_url="http://hypertool",
                    headers={"Authorization": f"Bearer {token}"},
                )
            )

    async def get(self, resource: str = BUDGET) -> httpx.Response:
        return await self.clients["alice"].get(f"/control/v1/{resource}")

    async def put(
        self, body: dict[str, Any], *, by: str = "responder", resource: str = BUDGET, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.clients[by].put(f"/control/v1/{resource}", json=body, headers=named)

    async def value(self) -> int:
        return int((await self.get()).json()["value"])

    def soon(self, **by: float) -> str:
        """A time from now, as `expires_at` has it."""
        return ManualClock(self.clock.now).forward(**by).isoformat()


def reference(bench: Bench) -> FastAPI:
    hypertool = ReferenceHypertool(SimClock(bench.clock.now, 60.0), 7, start=LIVE)
    live = LiveHypertool(hypertool, bench.clock)
    bench.remaining = lambda: hypertool.remaining("data-scientist")
    bench.change_past_the_api = lambda tokens: hypertool.metrics.set_budget("data-scientist", tokens)
    return control_app(live, TOKENS, AnswersInFile(bench.kept))


def deployed(bench: Bench) -> FastAPI:
    collector = DeployedCollector(CollectorRegistry())
    bench.remaining = lambda: collector.get_remaining_budget("data-scientist")
    bench.change_past_the_api = lambda tokens: collector._token_budgets.update({"data-scientist": tokens})
    app, knobs = FastAPI(), collector_knobs(collector, bench.clock)
    answers = AnswersInFile(bench.kept)
    app.include_router(control_router(knobs, TOKENS, answers=answers, terms=Terms(bench.clock)))
    return app


@pytest.fixture(params=[reference, deployed])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(request.param, tmp_path / "state" / "answers.json")
    async with AsyncExitStack() as stack:
        await bench.start(stack)
        yield bench


@pytest.fixture
async def restart(bench: Bench) -> AsyncIterator[Callable[[], Any]]:
    """Let the process die and another begin, with the same file."""
    async with AsyncExitStack() as stack:
        yield lambda: bench.start(stack)

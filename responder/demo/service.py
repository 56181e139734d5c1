"""The reference Hypertool as a running service: metrics port, control API, and the demo's own switches.

Nothing ticks: whoever asks, be it Prometheus, the control API or the demo, first lets the simulation catch
up with the clock. So a scrape always sees the metrics of its very moment.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

from responder.demo.metrics_port import MetricsPort
from responder.demo.reference import Port, ReferenceHypertool
from responder.demo.scenarios import SCENARIOS, Director, UnknownScenarioError
from responder.domain.clock import Clock
from responder.hypertool import FALLBACK_AFTER, Answers, Terms, control_router

OUT_OF_MEMORY: Final = 137
DYING_TAKES: Final = 0.2
"""Seconds from the order to crash to the end, so that the order can still be answered."""

log = logging.getLogger("hypertool")


class LiveHypertool:
    """A reference Hypertool that lives in real time.

    Args:
        hypertool: at any point of its life before now.
        now: the real clock.
    """

    def __init__(self, hypertool: ReferenceHypertool, now: Clock) -> None:
        self.hypertool = hypertool
        self.director = Director(hypertool)
        self._now = now
        self.metrics_port = MetricsPort(hypertool, self.catch_up)
        hypertool.crash = self._die_soon

    def catch_up(self) -> None:
        """Live on until the present moment."""
        self.hypertool.advance(self.hypertool.clock.simulated(self._now()))

    def play(self, name: str | None) -> None:
        """Play this scenario, or for None an ordinary day. Raises `UnknownScenarioError`."""
        self.catch_up()
        self.director.play(name)
        log.info("playing %s", name or "an ordinary day")

    def now(self) -> datetime:
        """The present moment, up to which Hypertool has lived."""
        self.catch_up()
        return self._now()

    def _die_soon(self) -> None:
        asyncio.get_running_loop().call_later(DYING_TAKES, _die)


def _die() -> None:
    log.error("MemoryError: cannot allocate 2.1 GiB for the context of session 5121")
    log.critical("out of memory, terminating with exit code %d", OUT_OF_MEMORY)
    logging.shutdown()
    os._exit(OUT_OF_MEMORY)


def control_app(
    live: LiveHypertool,
    tokens: Mapping[str, str],
    answers: Answers | None = None,
    fallback_after: timedelta = FALLBACK_AFTER,
) -> FastAPI:
    """The control API, with its documentation at `/docs`."""
    app = FastAPI(title="Hypertool", description="What can be read and set while Hypertool runs.")
    terms = Terms(live.now, fallback_after)
    app.include_router(
        control_router(live.hypertool.knobs, tokens, answers=answers, terms=terms),
        dependencies=[Depends(_catching_up(live))],
    )
    return app


class Play(BaseModel):
    """Which scenario to play; null ends the one that is playing."""

    name: str | None


class Turn(BaseModel):
    """What is to answer on the metrics port."""

    port: Port


def admin_app(live: LiveHypertool) -> FastAPI:
    """The demo's own switches; no part of a Hypertool, and without a token, so for loopback only."""
    app = FastAPI(openapi_url=None)
    catch_up = Depends(_catching_up(live))

    @app.get("/demo/scenarios")
    async def scenarios() -> list[dict[str, object]]:
        return [
            {
                "name": one.name,
                "alert": one.alert,
                "labels": [dict(labels) for labels in one.labels],
                "causes": one.causes,
                "story": one.story,
            }
            for one in SCENARIOS
        ]

    @app.get("/demo/state", dependencies=[catch_up])
    async def state() -> dict[str, object]:
        return _state(live)

    @app.post("/demo/scenario")
    async def play(order: Play) -> dict[str, object]:
        try:
            live.play(order.name)
        except UnknownScenarioError as error:
            raise HTTPException(404, str(error)) from None
        return _state(live)

    @app.post("/demo/port", dependencies=[catch_up])
    async def turn(order: Turn) -> dict[str, object]:
        live.hypertool.answer_with(order.port)
        return _state(live)

    return app


def _state(live: LiveHypertool) -> dict[str, object]:
    hypertool, playing = live.hypertool, live.director.playing
    return {
        "scenario": None if playing is None else playing.name,
        "port": hypertool.port,
        "seed": hypertool.seed,
        "factor": hypertool.clock.factor,
        "variant": hypertool.metrics.variant,
        "remaining": {persona: hypertool.remaining(persona) for persona in hypertool.metrics.personas},
    }


def _catching_up(live: LiveHypertool) -> Callable[[], object]:
    async def catch_up() -> None:  # a plain function would run in a thread
        live.catch_up()

    return catch_up

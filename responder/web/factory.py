"""The web application, made of ready parts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.types import Lifespan, Receive, Scope, Send

from responder.domain.errors import Busy, ResponderError
from responder.engine.engine import Engine
from responder.log import Action, get_logger
from responder.web import api, asks, described, fixes, health
from responder.web.access import Access
from responder.web.headers import Careful
from responder.web.problem import speak_problems
from responder.web.webhook import MAX_BODY, AtTheDoor, Webhook

START_AGAIN: Final = 2.0
"""Seconds until the next try while the database is away."""

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """What the web side needs to know.

    Without webhook tokens everybody may send, without tokens everybody may ask. `give_up` is called where the
    engine can't be started and another try in this process would be in vain; the log has said why.
    """

    webhook_tokens: Collection[str] = ()
    access: Access = field(default_factory=Access)
    max_body: int = MAX_BODY
    give_up: Callable[[], None] = lambda: None


class Application(FastAPI):
    """The framework's application, with the webhook before all of its layers."""

    def __init__(self, door: Webhook, lifespan: Lifespan[FastAPI]) -> None:
        super().__init__(
            title="hypertool-responder",
            lifespan=lifespan,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            redirect_slashes=False,  # it would lead to whatever host the request names
        )
        self._door = AtTheDoor(Careful(super().__call__), door)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door(scope, receive, send)


def create_app(engine: Engine, config: WebConfig, more: Sequence[APIRouter] = ()) -> FastAPI:
    """The application; it starts and stops the engine with the server, and serves `more` beside its own."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        starting = asyncio.create_task(_start(engine, config.give_up))
        await asyncio.wait([starting], timeout=START_AGAIN)
        try:
            yield
        finally:
            starting.cancel()
            with suppress(asyncio.CancelledError):
                await starting
            await engine.stop()

    intake = Webhook(engine.intake, engine.config.clock, config.webhook_tokens, config.max_body)
    app = Application(intake, lifespan)
    speak_problems(app)
    app.include_router(api.router(engine.reading, config.access))
    app.include_router(asks.router(engine.asking, config.access))
    app.include_router(described.router(config.access))
    app.include_router(fixes.router(engine.fixes, engine.people, config.access))

    async def before_metrics() -> None:
        await engine.reading.show_open()
        await engine.fixes.show()

    app.include_router(health.router(lambda: engine.waiting_for, before_metrics))
    for router in more:
        app.include_router(router)
    return app


async def _start(engine: Engine, give_up: Callable[[], None]) -> None:
    """Start the engine; while the database is away the server says that it isn't ready, and this tries on."""
    while True:
        try:
            return await engine.start()
        except Busy as error:
            log.warning(Action.CHORE_FAILED, chore="start", error=str(error))
            await asyncio.sleep(START_AGAIN)
        except Exception as error:  # the border of the start: else nobody would hear of it
            if isinstance(error, ResponderError):
                log.error(Action.START_FAILED, error=str(error))  # noqa: TRY400 - it says what to do
            else:
                log.exception(Action.START_FAILED, error=str(error)[:500])
            return give_up()

"""Orders to Hypertool: what is sent, and what an error says of their effect."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from responder.clients.http import Http
from responder.clients.hypertool import Changed, ControlApi, Knob, Supervisor
from responder.domain.errors import AdapterError, Effect, Reason, Refused, Unreachable
from responder.hypertool import Board, Dial, Range, Terms, control_router
from responder.testing.free_port import free_port

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
BUDGET = ("personas", "backend engineer", "budget")


@pytest.fixture
async def control() -> AsyncIterator[ControlApi]:
    budget = Dial(
        "/".join(BUDGET), "tokens", 2000, Range(0, 20_000), lambda: 2000, lambda _: None, lambda: NOW
    )
    app = FastAPI()
    app.include_router(control_router(Board([budget]), {"responder": "t0ken"}, terms=Terms(lambda: NOW)))
    async with Http(httpx.ASGITransport(app)) as http:
        yield ControlApi(http, "http://hypertool", "t0ken")


async def test_what_is_set_is_answered_as_it_holds(control: ControlApi) -> None:
    read, until = await control.resource(BUDGET, within=5), NOW + timedelta(hours=1)

    async def order() -> Knob:
        return await control.set(
            BUDGET,
            2000,
            reason="incident",
            incident="i1",
            expires_at=until,
            if_match=read.etag,
            idempotency_key="k1",
            within=5,
        )

    held = await order()
    assert (held.changed_by, held.reason) == ("responder", "incident")
    assert held.lease is not None
    assert (held.lease.before, held.lease.incident, held.lease.expires_at) == (2000, "i1", until)
    assert await control.resource(BUDGET, within=5) == held
    assert await order() == held  # a repeat, though the precondition no longer holds


async def test_a_value_that_changed_is_told_with_what_holds_now(control: ControlApi) -> None:
    with pytest.raises(Changed) as caught:
        await control.set(BUDGET, 1, reason="r", idempotency_key="k1", if_match='"old"', within=5)
    assert (caught.value.reason, caught.value.effect) == (Reason.CHANGED, Effect.NONE)
    assert caught.value.current == await control.resource(BUDGET, within=5)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (BUDGET, 20_001, Reason.OUT_OF_BOUNDS),
        (BUDGET, None, Reason.REFUSED),
        (("personas", "nobody", "budget"), 5, Reason.NOT_FOUND),
        (("personas", "../../x", "budget"), 5, Reason.NOT_FOUND),
        (("switching", "cooldown"), 5, Reason.UNSUPPORTED),
        (("langfuse",), True, Reason.REFUSED),
    ],
)
async def test_what_cannot_be_set_surely_was_not(
    path: tuple[str, ...], value: int | None, reason: Reason, control: ControlApi
) -> None:
    with pytest.raises(Refused) as caught:
        await control.set(path, value, reason="r", idempotency_key="k1", within=5)
    assert (caught.value.reason, caught.value.effect) == (reason, Effect.NONE)


async def test_what_cannot_be_connected_anew_surely_was_not(control: ControlApi) -> None:
    with pytest.raises(Refused) as caught:
        await control.reconnect(reason="r", idempotency_key="k1", within=5)
    assert (caught.value.reason, caught.value.effect) == (Reason.UNSUPPORTED, Effect.NONE)


@pytest.mark.parametrize(
    ("answer", "kind", "reason", "effect"),
    [
        (httpx.Response(401), Refused, Reason.UNAUTHORIZED, Effect.NONE),
        (httpx.Response(412), Changed, Reason.CHANGED, Effect.NONE),
        (httpx.Response(429), Unreachable, Reason.RATE_LIMITED, Effect.NONE),
        # it may have been carried out before something broke
        (httpx.Response(500), Unreachable, Reason.SERVER_ERROR, Effect.UNKNOWN),
        (httpx.Response(502, text="<html>"), Unreachable, Reason.SERVER_ERROR, Effect.UNKNOWN),
        (httpx.Response(503), Unreachable, Reason.OVERLOADED, Effect.UNKNOWN),
        (httpx.Response(504), Unreachable, Reason.TIMEOUT, Effect.UNKNOWN),
        (httpx.Response(409), Unreachable, Reason.OVERLOADED, Effect.UNKNOWN),
        (httpx.Response(303), Refused, Reason.REFUSED, Effect.UNKNOWN),
        # it said yes, but not what holds
        (httpx.Response(200, text="OK"), Refused, Reason.BAD_ANSWER, Effect.UNKNOWN),
        (httpx.Response(200, json={"value": 5}), Refused, Reason.BAD_ANSWER, Effect.UNKNOWN),
        (httpx.ReadTimeout("late"), Unreachable, Reason.TIMEOUT, Effect.UNKNOWN),
        (httpx.ReadError("gone"), Unreachable, Reason.NO_CONNECTION, Effect.UNKNOWN),
    ],
)
async def test_an_error_says_whether_to_try_again_and_what_was_done(
    answer: httpx.Response | Exception, kind: type[AdapterError], reason: Reason, effect: Effect
) -> None:
    def serve(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with Http(httpx.MockTransport(serve)) as http:
        for order in (
            ControlApi(http, "http://x").set(BUDGET, 5, reason="r", idempotency_key="k", within=5),
            ControlApi(http, "http://x").reconnect(reason="r", idempotency_key="k", within=5),
        ):
            with pytest.raises(kind) as caught:
                await order
            assert (type(caught.value), caught.value.reason, caught.value.effect) == (kind, reason, effect)


async def test_an_order_says_everything_that_the_contract_asks_for() -> None:
    sent: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(500)

    async with Http(httpx.MockTransport(serve)) as http:
        for order in (
            ControlApi(http, "http://x", "t").set(
                BUDGET,
                5,
                reason="r",
                incident="i",
                expires_at=NOW,
                idempotency_key="k",
                if_match='"e"',
                within=5,
            ),
            ControlApi(http, "http://x", "t").reconnect(
                reason="r", incident="i", idempotency_key="k", within=5
            ),
            Supervisor(http, "http://y", "t").restart(
                reason="r", incident="i", idempotency_key="k", within=5
            ),
        ):
            with pytest.raises(Unreachable):
                await order
    assert [(one.method, one.url.raw_path.decode()) for one in sent] == [
        ("PUT", "/control/v1/personas/backend%20engineer/budget"),
        ("POST", "/control/v1/langfuse/reconnect"),
        ("POST", "/control/v1/restart"),
    ]
    assert {one.headers["idempotency-key"] for one in sent} == {"k"}
    assert {one.headers["authorization"] for one in sent} == {"Bearer t"}
    bodies = [json.loads(one.content) for one in sent]
    assert sent[0].headers["if-match"] == '"e"'
    assert bodies[0] == {"value": 5, "reason": "r", "incident": "i", "expires_at": NOW.isoformat()}
    assert bodies[1] == bodies[2] == {"reason": "r", "incident": "i"}


async def test_where_nobody_listens_surely_nothing_was_done() -> None:
    async with Http() as http:
        for order in (
            ControlApi(http, f"http://127.0.0.1:{free_port()}").set(
                BUDGET, 5, reason="r", idempotency_key="k", within=5
            ),
            Supervisor(http, f"http://127.0.0.1:{free_port()}").restart(
                reason="r", idempotency_key="k", within=5
            ),
        ):
            with pytest.raises(Unreachable) as caught:
                await order
            assert (caught.value.reason, caught.value.effect) == (Reason.NO_CONNECTION, Effect.NONE)


async def test_an_order_is_sent_once_and_its_loss_is_not_taken_for_a_refusal() -> None:
    """The library would send a PUT again, and tell only that nobody listens any more."""
    heard: list[bytes] = []

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n"))
        server.close()
        writer.close()

    server = await asyncio.start_server(die, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Http() as http:
        with pytest.raises(Unreachable) as caught:
            await ControlApi(http, f"http://127.0.0.1:{port}").set(
                BUDGET, 5, reason="r", idempotency_key="k", within=5
            )
    await server.wait_closed()
    assert len(heard) == 1
    assert caught.value.effect is Effect.UNKNOWN

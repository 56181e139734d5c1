"""Whoever holds a connection without using it loses it: slow heads and bodies, endless heads, too many."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest
import uvicorn
from prometheus_client import REGISTRY
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from responder.serving import server_of
from responder.settings import Server
from responder.testing.free_port import free_port
from responder.web import connection
from responder.web.connection import (
    BODY_WITHIN,
    HEAD_WITHIN,
    READ_WITHIN,
    Connection,
    Cut,
    cut_overdue,
    of_ours,
)

LARGE = 32 * 1024 * 1024
"""Bytes of an answer: more than all buffers on the way to a client that doesn't read hold."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body unless it is refused, then answers: largely at `/large`, never at `/never`."""
    if scope["path"] != "/refused":
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            pass
    if scope["path"] == "/never":
        await asyncio.Event().wait()
    body = b"x" * (LARGE if scope["path"] == "/large" else 2)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body"})


class Seeing(Connection):
    """Says how many bytes the server has seen."""

    seen = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.seen += len(data)


async def until(so: Callable[[], bool]) -> None:
    """Wait for something to be so."""
    async with asyncio.timeout(30):
        while not so():  # noqa: ASYNC110 - nothing else says it
            await asyncio.sleep(0.001)


@dataclass
class Site:
    """A server, and what it knows of its connections."""

    port: int
    state: ServerState

    async def client(self, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A client that has said this, which the server has seen."""
        known = set(self.state.connections)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(said)

        def seen() -> bool:
            new = [one for one in self.state.connections if one not in known]
            return any(isinstance(one, Seeing) and one.seen >= len(said) for one in new)

        await until(seen)
        return reader, writer

    def look(self, seconds: float) -> None:
        """Look for overdue connections as if so many seconds had passed."""
        cut_overdue(tuple(self.state.connections), asyncio.get_running_loop().time() + seconds)

    async def all_cut(self, seconds: float) -> None:
        """Likewise, until there is none left."""

        def none_left() -> bool:
            self.look(seconds)
            return not self.state.connections

        await until(none_left)

    @property
    def open(self) -> int:
        return sum(not one.transport.is_closing() for one in self.state.connections)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    config = uvicorn.Config(app, http=Connection, log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    serving = await asyncio.get_running_loop().create_server(
        lambda: Seeing(config, state, {}), "127.0.0.1", 0
    )
    yield Site(serving.sockets[0].getsockname()[1], state)
    for one in list(state.connections):
        one.transport.abort()
    for task in list(state.tasks):
        task.cancel()
    serving.close()
    await serving.wait_closed()


@pytest.fixture
def counted() -> Callable[[Cut], float]:
    """How often connections were cut for this reason since the test began."""

    def now(why: Cut) -> float:
        return REGISTRY.get_sample_value("responder_connections_cut_total", {"why": why}) or 0.0

    before = {why: now(why) for why in Cut}
    return lambda why: now(why) - before[why]


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"


@pytest.mark.parametrize(
    ("said", "patience"),
    [
        (b"", HEAD_WITHIN),                                                     # says nothing
        (b"\r\n\r\n", HEAD_WITHIN),                                             # nor this
        (b"POST / HT", HEAD_WITHIN),
        (HEAD, HEAD_WITHIN),
        (HEAD + b"\r\n", BODY_WITHIN),
        (HEAD + b"\r\nhalf a body", BODY_WITHIN),
        (HEAD.replace(b"/", b"/refused", 1) + b"\r\nhalf a body", BODY_WITHIN),  # is answered, and sends on
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", HEAD_WITHIN),                    # is answered, and stays
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /", HEAD_WITHIN),
    ],
)  # fmt: skip
async def test_who_sends_too_slowly_is_cut_off(
    site: Site, counted: Callable[[Cut], float], said: bytes, patience: float
) -> None:
    _, writer = await site.client(said)
    site.look(patience - 9)
    assert site.open == 1
    await site.all_cut(patience + 1)
    assert counted(Cut.SLOW) >= 1
    writer.close()


async def test_who_was_answered_before_all_was_sent_is_cut_off_as_well(site: Site) -> None:
    """The server beneath no longer waits for the next request of such a client by itself."""
    reader, writer = await site.client(HEAD.replace(b"/", b"/refused", 1) + b"\r\n" + b"x" * 999)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 OK")
    (one,) = site.state.connections
    assert isinstance(one, Seeing)
    await until(lambda: one.cycle.response_complete)
    before = one.seen
    writer.write(b"x")
    await until(lambda: one.seen > before)
    site.look(HEAD_WITHIN - 9)
    assert site.open == 1
    site.look(HEAD_WITHIN + 1)
    assert site.open == 0
    writer.close()


async def test_a_byte_now_and_then_gains_no_time(site: Site) -> None:
    _, writer = await site.client(HEAD)
    (one,) = site.state.connections
    assert isinstance(one, Seeing)
    began = one.waits_since
    writer.write(b"X-More: 1\r\n")
    await until(lambda: one.seen > len(HEAD))
    assert one.waits_since == began
    writer.close()


async def test_who_does_not_read_the_answer_is_cut_off(site: Site) -> None:
    _, writer = await site.client(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    (one,) = site.state.connections
    assert isinstance(one, Seeing)
    await until(lambda: one.unread_since is not None)
    site.look(READ_WITHIN - 30)
    assert site.open == 1
    await site.all_cut(READ_WITHIN + 1)
    writer.close()


@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
async def test_who_is_being_answered_is_not_cut_off(site: Site, before: bytes) -> None:
    """However long the answer takes, and to how many requests: that is nobody's fault but ours."""
    reader, writer = await site.client(before + HEAD.replace(b"/", b"/never", 1) + b"\r\n" + b"x" * 1000)
    if before:
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 OK")
    site.look(1_000_000)
    assert site.open == 1
    writer.close()


async def test_a_request_that_comes_in_one_piece_may_be_larger_than_a_head(site: Site) -> None:
    body = b"x" * 2 * connection.MOST_HEAD
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    reader, writer = await site.client()
    (one,) = of_ours(site.state.connections)
    one.data_received(head.encode() + body)  # as a fast loop reads it: all that is there
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_a_head_without_end_is_refused(site: Site, counted: Callable[[Cut], float]) -> None:
    reader, writer = await site.client(b"GET / HTTP/1.1\r\nHost: x\r\n")
    with suppress(ConnectionError):
        while not counted(Cut.HEAD_TOO_LARGE):
            writer.write(b"X-More: " + b"y" * 10_000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.001)
    with suppress(ConnectionError):
        assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
    assert counted(Cut.HEAD_TOO_LARGE) == 1
    writer.close()


async def test_of_too_many_the_one_that_waited_longest_makes_room(
    site: Site, counted: Callable[[Cut], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Idle connections never keep somebody out who has something to say."""
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 3)
    idle = [await site.client() for _ in range(3)]
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    assert await idle[0][0].read() == b""
    assert counted(Cut.TOO_MANY) == 1
    for _, one in (*idle, (reader, writer)):
        one.close()


async def test_of_too_much_at_once_the_oldest_body_makes_room(
    site: Site, counted: Callable[[Cut], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who fills the memory slowly doesn't keep out who sends a large notification at once."""
    monkeypatch.setattr(connection, "MOST_HELD", 1_000_000)
    head = b"POST /never HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n"
    slow = [await site.client(head + b"x" * 300_000) for _ in range(3)]
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(head.replace(b"/never", b"/") + b"x" * 900_000)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 OK")
    assert await slow[0][0].read() == b""
    assert counted(Cut.TOO_MUCH) >= 1
    for _, one in (*slow, (reader, writer)):
        one.close()


async def test_this_is_how_the_server_listens() -> None:
    """And it looks for those that are overdue by itself."""
    server = server_of(Server(port=free_port()), app)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.config.port)
    await until(lambda: bool(server.server_state.connections))
    (one,) = server.server_state.connections
    assert isinstance(one, Connection)
    one.waits_since = asyncio.get_running_loop().time() - HEAD_WITHIN - 1
    assert await reader.read() == b""
    writer.close()
    server.should_exit = True
    await serving

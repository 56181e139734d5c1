"""Connections that don't wait for ever: a request must come whole and in time, and its answer be read.

Uvicorn bounds neither how slowly a request may come, nor how long its head is, nor how many connections there
are: a few thousand clients that send a byte now and then would keep everybody else out.
"""

from asyncio import BaseTransport, Transport
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from responder import metrics

HEAD_WITHIN: Final = 10.0
"""Seconds from a connection's begin, or a request's first byte, until its head is there."""
BODY_WITHIN: Final = 60.0
"""Seconds that the rest of a request may take. The largest notification then needs 9 Mbit/s."""
READ_WITHIN: Final = 60.0
"""Seconds that a client may take to read an answer."""
MOST_HEAD: Final = 64 * 1024
"""Bytes of a head that has not come whole."""
MOST_CONNECTIONS: Final = 1000
SMALL: Final = 64 * 1024
"""Bytes; smaller bodies are not counted, all connections together hold little of them."""
MOST_HELD: Final = 160 * 1024 * 1024
"""Bytes of bodies that are on their way at the same time: two of the largest notifications and some more."""
MOST_OF_ONE: Final = 64 * 1024 * 1024
"""Bytes that one body counts at most: what is larger is dropped as it comes."""
TOO_LARGE: Final = b"\r\n".join(
    (b"HTTP/1.1 431 Request Header Fields Too Large", b"connection: close", b"content-length: 0", b"", b"")
)


class Cut(StrEnum):
    """Why a connection was cut. Values are metric labels: never rename one."""

    SLOW = "slow"
    HEAD_TOO_LARGE = "head_too_large"
    TOO_MANY = "too_many"
    """The one that had waited longest had to make room, or where none waits, the new one."""
    TOO_MUCH = "too_much"
    """Likewise, of those with large bodies on their way."""


class Connection(HttpToolsProtocol):
    """One connection of a client. What it adds to a request is three looks at the clock."""

    waits_since: float | None = None
    """Since when, by the loop's clock, the client is to send something; None while it is to be answered."""
    unread_since: float | None = None
    """Since when it doesn't read the answer."""
    held = 0
    """Bytes of the body so far."""
    _in_head = True
    _head = 0
    _only_head = True
    """Whether what just came neither ends a head nor is a body."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(cast("Transport", transport))
        self.waits_since = self.loop.time()
        if len(self.connections) > MOST_CONNECTIONS:
            others = [one for one in of_ours(self.connections) if one is not self]
            self._longest_waiting(others).cut(Cut.TOO_MANY)

    def data_received(self, data: bytes) -> None:
        self._only_head = self._in_head
        super().data_received(data)
        if self._only_head:
            self._head += len(data)
            if self._head > MOST_HEAD:
                self.transport.write(TOO_LARGE)
                self.cut(Cut.HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_head, self._head, self.held = True, 0, 0
        self.waits_since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = self._only_head = False
        self.waits_since = self.loop.time()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self.cycle.response_complete:
            return  # dropped
        self.held = min(self.held + len(body), MOST_OF_ONE)
        if self.held > SMALL:
            self._make_room()

    def on_message_complete(self) -> None:
        self._in_head, self._head = True, 0
        self.waits_since = self.loop.time() if self.cycle.response_complete else None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.held = 0
        if self.waits_since is None and self.cycle.response_complete:  # else the next one has come already
            self.waits_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self.unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self.unread_since = None
        super().resume_writing()

    def overdue(self, now: float) -> bool:
        """Whether the client took too long, at this moment of the loop's clock."""
        if self.unread_since is not None and now - self.unread_since > READ_WITHIN:
            return True
        return self.waits_since is not None and now - self.waits_since > self._patience()

    def cut(self, why: Cut) -> None:
        """End it at once, whatever is under way."""
        metrics.CONNECTIONS_CUT.labels(why).inc()
        if why is Cut.HEAD_TOO_LARGE:
            self.transport.close()  # once the answer is sent
        else:
            self.transport.abort()

    def _patience(self) -> float:
        if not self._in_head:
            return BODY_WITHIN
        return READ_WITHIN if self.transport.get_write_buffer_size() else HEAD_WITHIN

    def _make_room(self) -> None:
        large = [one for one in of_ours(self.connections) if one.held > SMALL]
        if sum(one.held for one in large) > MOST_HELD:
            self._longest_waiting(large).cut(Cut.TOO_MUCH)

    def _longest_waiting(self, of: Iterable["Connection"]) -> "Connection":
        waiting = (one for one in of if one.waits_since is not None and not one.transport.is_closing())
        return min(waiting, key=lambda one: one.waits_since or 0.0, default=self)


def of_ours(connections: Iterable[object]) -> list[Connection]:
    """Those of a server's connections that can be cut."""
    return [one for one in connections if isinstance(one, Connection)]


def cut_overdue(connections: Iterable[object], now: float) -> None:
    """Cut every connection whose client took too long."""
    for one in of_ours(connections):
        if one.overdue(now):
            one.cut(Cut.SLOW)

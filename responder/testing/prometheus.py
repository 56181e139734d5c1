"""A stand-in for Prometheus that answers what it is told to and misbehaves on order.

    async with prometheus_stand_in() as prometheus:
        prometheus.say("token_budget_remaining", ({"persona": "backend-engineer"}, -250))
        prometheus.misbehave(Fault.HTML_502, "switches_total")   # only queries with that text in them

For how a query is evaluated there is the real one (`responder.testing.servers`).
"""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

MANY: Final = 50_000
"""Series of the answer to `Fault.MANY_SERIES`."""
NOW: Final = 1_780_000_000.0
"""The time of a sample, where the question names none."""

Value = float | str
Series = tuple[Mapping[str, str], Value | Sequence[Value]]
"""Labels and a value; for a range query a value all along, or one for each of the last steps."""


class Fault(StrEnum):
    """How it misbehaves."""

    SLOW = "slow"
    """Takes the question and never answers."""
    ERROR_200 = "error_200"
    """An error in the body, with the status 200."""
    BAD_QUERY = "bad_query"
    EXECUTION = "execution"
    TIMEOUT = "timeout"
    UNAUTHORIZED = "unauthorized"
    HTML_502 = "html_502"
    """A proxy in front of it."""
    HTML_200 = "html_200"
    """A login page in front of it."""
    REDIRECT = "redirect"
    """A login page elsewhere."""
    NOT_FOUND = "not_found"
    """Something else is at the address."""
    NOT_JSON = "not_json"
    OTHER_SHAPE = "other_shape"
    DEEP = "deep"
    """JSON nested too deeply to be read."""
    WARNINGS = "warnings"
    NAN = "nan"
    INFINITE = "infinite"
    MANY_SERIES = "many_series"
    ENDLESS = "endless"
    """A body larger than anybody would read."""
    RESET = "reset"
    """Resets the connection instead of answering."""
    BREAKS_OFF = "breaks_off"
    """Resets the connection within the body."""


@dataclass(slots=True)
class PrometheusStandIn:
    """What it was asked, and what it will answer; without an order it answers an empty vector."""

    url: str = ""
    queries: list[str] = field(default_factory=list)
    """Everything that was asked, in order: instant and range."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and form of every request."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of the last request."""
    targets: list[dict[str, Any]] = field(default_factory=list)
    _answers: list[tuple[str, tuple[Series, ...]]] = field(default_factory=list)
    _faults: list[tuple[str, Fault]] = field(default_factory=list)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def say(self, containing: str, *series: Series) -> None:
        """Answer queries with that text in them by these series; the latest order counts."""
        self._answers.insert(0, (containing, series))

    def misbehave(self, fault: Fault | None, containing: str = "") -> None:
        """Misbehave on queries with that text in them; None: behave again, all over."""
        self._faults = [(containing, fault), *self._faults] if fault else []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over one connection."""
        self._open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._serve_one(reader, writer):
                pass
        self._open.discard(writer)
        writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection is good for another."""
        path, form, self.headers = await _request(reader)
        self.requests.append((path, form))
        query = form.get("query", "")
        if query:
            self.queries.append(query)
        fault = next((fault for text, fault in self._faults if text in query), None)
        if fault is Fault.SLOW:
            await self._closing.wait()
            return False
        if fault in _CUT:
            await _cut(writer, _CUT[fault])
            return False
        await _send(writer, self._answer(path, form, fault))
        return True

    def stop(self) -> None:
        """Let go of those who still wait."""
        self._closing.set()
        for writer in self._open:
            writer.close()

    def _answer(self, path: str, form: Mapping[str, str], fault: Fault | None) -> bytes:
        if fault in _CANNED:
            return _CANNED[fault]
        if path.endswith("/targets"):
            return _json({"status": "success", "data": {"activeTargets": self.targets}})
        found = next((series for text, series in self._answers if text in form.get("query", "")), ())
        if fault is Fault.MANY_SERIES:
            found = tuple(({"persona": f"persona-{number}"}, number) for number in range(MANY))
        odd = {Fault.NAN: "NaN", Fault.INFINITE: "+Inf"}.get(fault) if fault else None
        data = _matrix(found, form, odd) if path.endswith("/query_range") else _vector(found, form, odd)
        body: dict[str, Any] = {"status": "success", "data": data}
        if fault is Fault.WARNINGS:
            body |= {"warnings": ["a part of the data is missing"], "infos": ["this is no counter"]}
        return _json(body)


@asynccontextmanager
async def prometheus_stand_in() -> AsyncIterator[PrometheusStandIn]:
    """One that runs, on a free port of 127.0.0.1."""
    stand_in = PrometheusStandIn()
    server = await asyncio.start_server(stand_in.serve, "127.0.0.1", 0)
    stand_in.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        try:
            yield stand_in
        finally:
            stand_in.stop()


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    address = urlsplit(head.split(" ", 2)[1])
    lines = (line.partition(": ") for line in head.strip().splitlines()[1:])
    headers = {name.lower(): value for name, _, value in lines}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    form = parse_qsl(address.query) + parse_qsl(body.decode(), keep_blank_values=True)
    return address.path, dict(form), headers


async def _send(writer: asyncio.StreamWriter, answer: bytes) -> None:
    writer.write(answer)
    await writer.drain()


async def _cut(writer: asyncio.StreamWriter, beginning: bytes) -> None:
    """Send a beginning, and reset the connection."""
    await _send(writer, beginning)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _vector(found: Sequence[Series], form: Mapping[str, str], odd: Value | None) -> dict[str, Any]:
    at = float(form.get("time", NOW))
    result = [
        {"metric": dict(labels), "value": [at, str(odd or _values(value)[-1])]} for labels, value in found
    ]
    return {"resultType": "vector", "result": result}


def _matrix(found: Sequence[Series], form: Mapping[str, str], odd: Value | None) -> dict[str, Any]:
    times = list(_times(float(form["start"]), float(form["end"]), float(form["step"])))
    result = [
        {"metric": dict(labels), "values": _course(times, _values(value), odd)} for labels, value in found
    ]
    return {"resultType": "matrix", "result": result}


def _course(times: Sequence[float], values: Sequence[Value], odd: Value | None) -> list[list[Value]]:
    whole = list(values) if len(values) > 1 else list(values) * len(times)
    last = times[-len(whole) :]
    return [[at, str(odd or value)] for at, value in zip(last, whole[-len(last) :], strict=True)]


def _values(value: Value | Sequence[Value]) -> Sequence[Value]:
    return [value] if isinstance(value, (str, int, float)) else value


def _times(start: float, end: float, step: float) -> Iterator[float]:
    count = round((end - start) / step)
    return (start + number * step for number in range(count + 1))


def _json(body: object, status: str = "200 OK") -> bytes:
    return _http(status, "application/json", json.dumps(body).encode())


def _error(status: str, kind: str, text: str) -> bytes:
    return _json({"status": "error", "errorType": kind, "error": text}, status)


def _http(status: str, content_type: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{more}\r\n".encode() + body


_PAGE: Final = b"<!doctype html><html><body><h1>Bad Gateway</h1></body></html>"
_CUT: Final = {
    Fault.RESET: b"",
    Fault.BREAKS_OFF: _json({"status": "success", "data": {"resultType": "vector", "result": []}})[:-9],
}
_CANNED: Final = {
    Fault.ERROR_200: _error("200 OK", "bad_data", "parse error: unexpected end of input"),
    Fault.BAD_QUERY: _error("400 Bad Request", "bad_data", "parse error: unexpected end of input"),
    Fault.EXECUTION: _error(
        "422 Unprocessable Entity", "execution", "query processing would load too many samples"
    ),
    Fault.TIMEOUT: _error("503 Service Unavailable", "timeout", "query timed out in query execution"),
    Fault.UNAUTHORIZED: _http("401 Unauthorized", "text/plain", b"Unauthorized\n"),
    Fault.HTML_502: _http("502 Bad Gateway", "text/html; charset=utf-8", _PAGE),
    Fault.HTML_200: _http("200 OK", "text/html", _PAGE),
    Fault.REDIRECT: _http("302 Found", "text/html", b"", "Location: https://login.example/\r\n"),
    Fault.NOT_FOUND: _http("404 Not Found", "text/plain; charset=utf-8", b"404 page not found\n"),
    Fault.NOT_JSON: _http("200 OK", "application/json", b'{"status":"success","data":'),
    Fault.OTHER_SHAPE: _json({"status": "success", "data": {"resultType": "vector", "result": [1]}}),
    Fault.DEEP: _http("200 OK", "application/json", b'{"status":"success","data":' + b"[" * 100_000),
    Fault.ENDLESS: _http("200 OK", "application/json", b" " * (17 * 1024 * 1024)),
}

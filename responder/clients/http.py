"""The one way we speak HTTP: deadlines everywhere, answers up to a limit, failures in our own words.

No retries here, nor below: whoever asks knows whether and when to ask again. Redirects are never followed:
an answer from a place that nobody configured is not an answer, and a token must not travel there.
"""

import asyncio
import re
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self, TypedDict, TypeVar, Unpack
from urllib.parse import quote, urlsplit, urlunsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from pydantic import TypeAdapter, ValidationError

from responder.clients.echoes import masked
from responder.clients.failure import translated
from responder.clients.names import Names
from responder.domain.errors import AdapterError, Effect, Reason, Refused, Unreachable

MIB: Final = 1024 * 1024
LIMIT: Final = 8 * MIB
"""Bytes of an answer that are read unless the caller says otherwise."""
CONNECT: Final = 3.0
"""Seconds to get a connection, if the whole deadline isn't shorter."""
CONNECTIONS: Final = 50
HEADERS: Final = {"accept": "*/*", "accept-encoding": "gzip, deflate", "user-agent": "hypertool-responder"}
SENT_AGAIN: Final = frozenset({"PUT", "DELETE"})
"""Methods that change something, and that the library below sends again on its own unless told not to."""
EXCERPT: Final = 200
"""Characters of a far side's own text that are kept for people."""

T = TypeVar("T")


class Content(TypedDict, total=False):
    """What goes along with a request; the names are httpx's."""

    headers: Mapping[str, str]
    params: tuple[tuple[str, str], ...]
    data: Mapping[str, str]
    json: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: any status; whether that is good is for the caller to say."""

    system: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type in lower case without its parameters; empty if none was sent."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        return self.content_type == "application/json" or self.content_type.endswith("+json")

    @property
    def good(self) -> bool:
        return httpx.codes.is_success(self.status)

    @property
    def excerpt(self) -> str:
        """The beginning of the body as one line of text."""
        return re.sub(r"\s+", " ", self.body[: 4 * EXCERPT].decode(errors="replace")).strip()[:EXCERPT]

    def read(self, shape: TypeAdapter[T]) -> T:
        """The body as what it should be.

        Raises:
            Refused: it isn't JSON, or JSON of another shape.
        """
        if not self.is_json:
            kind = self.content_type or "no content type"
            raise Refused(self.system, Reason.BAD_ANSWER, f"{self.status} with {kind} instead of JSON")
        try:
            return shape.validate_json(self.body)
        except ValidationError as error:
            raise Refused(self.system, Reason.BAD_ANSWER, first_mistake(error)) from error

    def checked(self) -> Self:
        """This answer, if its status is 2xx.

        Raises:
            AdapterError: by its status.
        """
        if self.good:
            return self
        raise self.failure(self.excerpt if self.is_json or self.content_type == "text/plain" else "")

    def failure(self, said: str = "") -> AdapterError:
        """What a status that isn't 2xx means; `said` is the far side's own text."""
        detail = f"{self.status} {httpx.codes.get_reason_phrase(self.status)}".strip()
        detail += f": {said}" if said else ""
        if self.status == httpx.codes.TOO_MANY_REQUESTS:
            return Unreachable(self.system, Reason.RATE_LIMITED, detail, self.retry_after, effect=Effect.NONE)
        if httpx.codes.is_server_error(self.status):
            return Unreachable(
                self.system, _SERVER.get(self.status, Reason.SERVER_ERROR), detail, self.retry_after
            )
        if httpx.codes.is_redirect(self.status):
            return Refused(self.system, Reason.REFUSED, f"{detail}: redirects to {self._location}")
        effect = Effect.NONE if self.status in _DID_NOTHING else Effect.UNKNOWN
        return Refused(self.system, _CLIENT.get(self.status, Reason.REFUSED), detail, effect=effect)

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before another try, where it said so in seconds."""
        said = str(self.headers.get("retry-after", ""))
        return float(said) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", said) else None

    @property
    def _location(self) -> str:
        """Where to, without what was asked: that may have our credentials in it."""
        said = str(self.headers.get("location", "nowhere"))
        return for_people(said.partition("?")[0].partition("#")[0])[:EXCERPT]


_SERVER: Final = {
    503: Reason.OVERLOADED,
    504: Reason.TIMEOUT,
}
_CLIENT: Final = {
    401: Reason.UNAUTHORIZED,
    403: Reason.UNAUTHORIZED,
    404: Reason.NOT_FOUND,
    408: Reason.TIMEOUT,
    413: Reason.TOO_LARGE,
}
_DID_NOTHING: Final = frozenset({400, 401, 403, 404, 405, 412, 413, 415, 422})
"""By these an order is refused before anything is done; whatever else is said, it may have been done."""


class Http:
    """One pool of connections for all far sides. To be closed."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._questions = transport or _transport(_session)
        self._orders = transport or _transport(_session_that_sends_once)

    async def ask(
        self,
        system: str,
        method: str,
        url: str,
        *,
        within: float,
        limit: int = LIMIT,
        **content: Unpack[Content],
    ) -> Answer:
        """Ask once; the answer is read up to `limit` bytes, `within` so many seconds.

        Raises:
            Unreachable: no answer, or not in time.
            Refused: the address is none, what answers speaks no HTTP, or the answer is too large.
        """
        with translated(system):
            address, credentials = _address(url)
            content["headers"] = {**credentials, **content.get("headers", {})}
            async with asyncio.timeout(within), self._stream(method, address, within, content) as response:
                body = await _body(response, limit)
        if body is None:
            raise Refused(system, Reason.TOO_LARGE, f"an answer of more than {limit // 1024} KiB")
        refused = not response.is_success
        body = masked(body, url, content["headers"], content.get("json"), refused=refused)
        return Answer(system=system, status=response.status_code, headers=response.headers, body=body)

    @asynccontextmanager
    async def _stream(
        self, method: str, url: httpx.URL, within: float, content: Content
    ) -> AsyncIterator[httpx.Response]:
        """Straight through the transport: no redirects, cookies or retries are wanted, and it costs less."""
        patience = httpx.Timeout(within, connect=min(CONNECT, within))
        request = httpx.Request(
            method,
            url,
            headers={**HEADERS, **content["headers"]},
            params=content.get("params"),
            data=content.get("data"),
            json=content.get("json"),
            extensions={"timeout": patience.as_dict()},
        )
        transport = self._orders if method in SENT_AGAIN else self._questions
        response = await transport.handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        await self._questions.aclose()
        await self._orders.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def bearer(token: str | None) -> Mapping[str, str]:
    """The headers that carry a token, if there is one."""
    return {"authorization": f"Bearer {token}"} if token else {}


def basic(name: str, password: str) -> Mapping[str, str]:
    """The headers that carry a name and a password."""
    return {"authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


def for_people(url: str) -> str:
    """An address without the user and password that may stand in it: what people read goes far."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def segment(system: str, name: str) -> str:
    """An untrusted name as one segment of a path.

    Dots and slashes can't be quoted away: servers and proxies on the way read %2E and %2F as what they are.

    Raises:
        Refused: it would lead elsewhere.
    """
    if name in {"", ".", ".."} or not name.isprintable() or set(name) & set("/\\"):
        said = f"{name[:60]!r} can't be the name of anything there"
        raise Refused(system, Reason.NOT_FOUND, said, effect=Effect.NONE)
    return quote(name, safe="")


async def _body(response: httpx.Response, limit: int) -> bytes | None:
    """The body, decompressed; None where it is larger than `limit`."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


@lru_cache(maxsize=256)
def _address(url: str) -> tuple[httpx.URL, Mapping[str, str]]:
    """Where to ask, and what the user and password in the address come to as headers.

    Most addresses are asked again and again, and taking one apart is a good part of asking.
    """
    address = httpx.URL(url)
    if not address.userinfo:
        return address, {}
    return address.copy_with(userinfo=b""), basic(address.username, address.password)


def _transport(session: Callable[[], aiohttp.ClientSession]) -> AiohttpTransport:
    """The sessions have the certificates; here they would be read once more, and never looked at."""
    return AiohttpTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), client=session)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS, resolver=Names()),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def _session_that_sends_once() -> aiohttp.ClientSession:
    """For orders: "connection refused" must mean that nothing was ever sent.

    The library repeats some methods on its own when a connection is closed, and then tells of the second
    attempt only. A connection of its own for each order can't have been closed before it.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS, force_close=True, resolver=Names()),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    session._retry_connection = False  # noqa: SLF001 - the library has no other way to say it
    return session


def first_mistake(error: ValidationError) -> str:
    """The first thing that is wrong with an answer, without the answer."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]

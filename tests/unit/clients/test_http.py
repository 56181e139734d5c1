"""Every foreign error becomes ours, and an answer's status means what it says."""

import asyncio
import base64
import gzip
import json
import ssl
from collections.abc import AsyncIterator

import aiohttp
import httpx
import pytest
from aiohttp.client_reqrep import ConnectionKey

from responder.clients.alertmanager import Alertmanager
from responder.clients.failure import FOREIGN, translate
from responder.clients.http import Answer, Http, basic, bearer, for_people, segment
from responder.clients.prometheus import Prometheus
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable

KEY = ConnectionKey("h", 80, is_ssl=False, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None)


ROOTS = (aiohttp.ClientError, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)
"""What a request can raise; a new version of a library adds below these."""


def all_of(base: type[Exception]) -> set[type[Exception]]:
    return {base}.union(*map(all_of, base.__subclasses__()))


def test_every_error_of_the_libraries_is_known_at_the_border() -> None:
    foreign: set[type[Exception]] = set().union(*map(all_of, ROOTS))
    assert len(foreign) > 60
    for kind in foreign:
        error = kind.__new__(kind)
        assert isinstance(error, FOREIGN), kind
        assert isinstance(translate(error, "Prometheus"), AdapterError), kind


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimeoutError(), Unreachable("X", Reason.TIMEOUT, "no answer in time")),
        (httpx.ReadTimeout("late"), Unreachable("X", Reason.TIMEOUT, "no answer in time")),
        (
            aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(111, "Connect call failed")),
            Unreachable("X", Reason.NO_CONNECTION, "connection refused"),
        ),
        (
            aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "Name or service not known")),
            Unreachable("X", Reason.NO_CONNECTION, "no such host"),
        ),
        (
            aiohttp.ServerDisconnectedError(),
            Unreachable("X", Reason.NO_CONNECTION, "the connection was closed before an answer"),
        ),
        (aiohttp.ClientPayloadError(), Unreachable("X", Reason.NO_CONNECTION, "the answer broke off")),
        # a certificate doesn't get better by itself
        (
            aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError()),
            Refused("X", Reason.NO_CONNECTION, "its certificate is not trusted"),
        ),
        (httpx.InvalidURL("?"), Refused("X", Reason.NOT_CONFIGURED, "its address can't be used")),
        (
            httpx.RemoteProtocolError("?"),
            Refused("X", Reason.BAD_ANSWER, "it does not answer in proper HTTP"),
        ),
        (httpx.DecodingError("?"), Refused("X", Reason.BAD_ANSWER, "its answer can't be read")),
        (ValueError("JSON"), Refused("X", Reason.BAD_ANSWER, "its answer can't be read")),
        (RecursionError(), Refused("X", Reason.BAD_ANSWER, "its answer can't be read")),
    ],
)
def test_a_foreign_error_says_what_happened_and_whether_to_try_again(
    error: Exception, expected: AdapterError
) -> None:
    found = translate(error, "X")
    assert (type(found), str(found)) == (type(expected), str(expected))


def test_the_cause_decides_where_the_transport_calls_every_loss_a_timeout() -> None:
    error = httpx.ConnectTimeout("Server disconnected")
    error.__cause__ = aiohttp.ServerDisconnectedError()
    assert translate(error, "X").reason is Reason.NO_CONNECTION


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, Refused("X", Reason.REFUSED, "301 Moved Permanently: redirects to nowhere")),
        (401, Refused("X", Reason.UNAUTHORIZED, "401 Unauthorized")),
        (403, Refused("X", Reason.UNAUTHORIZED, "403 Forbidden")),
        (404, Refused("X", Reason.NOT_FOUND, "404 Not Found")),
        (422, Refused("X", Reason.REFUSED, "422 Unprocessable Entity")),
        (429, Unreachable("X", Reason.RATE_LIMITED, "429 Too Many Requests")),
        (500, Unreachable("X", Reason.SERVER_ERROR, "500 Internal Server Error")),
        (503, Unreachable("X", Reason.OVERLOADED, "503 Service Unavailable")),
        (504, Unreachable("X", Reason.TIMEOUT, "504 Gateway Timeout")),
        (599, Unreachable("X", Reason.SERVER_ERROR, "599")),
    ],
)
def test_a_bad_status_becomes_an_error(status: int, expected: AdapterError) -> None:
    with pytest.raises(type(expected)) as caught:
        answer(status).checked()
    assert str(caught.value) == str(expected)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30.0),
        ("1.5", 1.5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),  # needs a clock that both agree on
        ("-1", None),
        ("nan", None),
    ],
)
def test_how_long_to_wait_is_taken_from_the_far_side_if_it_says_seconds(
    said: str, seconds: float | None
) -> None:
    failure = answer(429, {"retry-after": said}).failure()
    assert isinstance(failure, Unreachable)
    assert failure.retry_after == seconds


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "a\\b", "a\nb", "a\0"])
def test_a_name_that_would_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="can't be the name"):
        segment("X", name)


def test_any_other_name_is_quoted() -> None:
    assert segment("X", "a b%2F?#é") == "a%20b%252F%3F%23%C3%A9"


def test_credentials_become_headers() -> None:
    assert bearer(None) == {}
    assert bearer("t") == {"authorization": "Bearer t"}
    assert basic("pk", "sk") == {"authorization": "Basic cGs6c2s="}


def repeating(request: httpx.Request) -> httpx.Response:
    """Says in its error what it was sent, as a debug page does."""
    heard = dict(request.headers) | {"clear": base64.b64decode(request.headers["authorization"][6:]).decode()}
    return httpx.Response(400, json=heard)


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("http://ops:s3cr3t@h/", "s3cr3t"),
        ("http://ops:p%40ss%3Aword@h/", "p@ss:word"),
        ("http://ops:gr%C3%BCn%E2%82%AC@h/", "grün€"),  # more than Latin has
        ("http://ops:a%22quote@h/", 'a"quote'),         # JSON writes it otherwise
    ],
)  # fmt: skip
async def test_a_password_in_an_address_is_sent_and_never_repeated(url: str, password: str) -> None:
    async with Http(httpx.MockTransport(repeating)) as http:
        answer = await http.ask("X", "GET", url, within=5)
    said = json.loads(answer.body)
    assert (said["authorization"], said["clear"]) == ("Basic [hidden]", "ops:[hidden]")
    assert said["host"] == "h"
    assert password not in answer.body.decode()


async def test_a_token_is_sent_rather_than_a_password_in_the_address() -> None:
    seen: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200)

    async with Http(httpx.MockTransport(serve)) as http:
        await http.ask("X", "GET", "http://ops:s3cr3t@h/", within=5, headers=bearer("t"))
    assert seen == ["Bearer t"]


async def test_an_answer_that_drips_is_given_up_at_the_deadline() -> None:
    """Each byte comes in time, the whole doesn't."""

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=drip()))
    async with Http(transport) as http:
        with pytest.raises(Unreachable) as caught:
            await http.ask("X", "GET", "http://x/", within=0.1)
    assert caught.value.reason is Reason.TIMEOUT


async def test_an_answer_is_read_up_to_its_limit_however_small_it_was_packed() -> None:
    packed = gzip.compress(b" " * 100_000)
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, content=packed, headers={"content-encoding": "gzip"})
    )
    async with Http(transport) as http:
        assert len((await http.ask("X", "GET", "http://x/", within=5, limit=100_000)).body) == 100_000
        with pytest.raises(Refused) as caught:
            await http.ask("X", "GET", "http://x/", within=5, limit=99_999)
    assert caught.value.reason is Reason.TOO_LARGE


async def test_no_cookie_is_kept_and_no_redirect_followed() -> None:
    seen: list[httpx.Headers] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(302, headers={"set-cookie": "a=b", "location": "http://elsewhere/"})

    async with Http(httpx.MockTransport(serve)) as http:
        first = await http.ask("X", "GET", "http://x/", within=5, headers=bearer("t"))
        await http.ask("X", "GET", "http://x/", within=5)
    assert (first.status, len(seen)) == (302, 2)
    assert "cookie" not in seen[1]


def answer(status: int, headers: dict[str, str] | None = None) -> Answer:
    return Answer(system="X", status=status, headers=httpx.Headers(headers), body=b"")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://h:9090/a?b#c", "http://h:9090/a?b#c"),
        ("https://user:s3cr3t@h:9090", "https://h:9090"),
        ("https://user:s3cr@3t@h", "https://h"),
        ("http://u:p@[::1]:9090", "http://[::1]:9090"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_the_password_in_it(url: str, shown: str) -> None:
    assert for_people(url) == shown


def test_links_to_far_sides_have_no_password_in_them() -> None:
    http, url = Http(), "http://user:s3cr3t@h:9090"
    assert Prometheus(http, url).graph_url("up").startswith("http://h:9090/graph?")
    assert Alertmanager(http, url).alerts_url([]).startswith("http://h:9090/#/alerts")

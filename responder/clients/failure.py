"""Translates what the HTTP libraries and the system raise into our own errors, at the border only."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
import httpx

from responder.domain.errors import AdapterError, Effect, Reason, Refused, Unreachable


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a foreign error means: a reason, whether another try may help, and words for people.

    `effect` is what an order that ended so has done: nothing only where it was surely never sent.
    """

    reason: Reason
    worth_retrying: bool
    words: str = ""
    effect: Effect = Effect.UNKNOWN


TOO_LATE: Final = Meaning(Reason.TIMEOUT, True, "no answer in time")
NO_ANSWER: Final = Meaning(Reason.NO_CONNECTION, True)
CLOSED: Final = Meaning(Reason.NO_CONNECTION, True, "the connection was closed before an answer")
BROKE_OFF: Final = Meaning(Reason.NO_CONNECTION, True, "the answer broke off")
NEVER_CONNECTED: Final = Meaning(Reason.NO_CONNECTION, True, effect=Effect.NONE)
NO_SUCH_HOST: Final = Meaning(Reason.NO_CONNECTION, True, "no such host", Effect.NONE)
NOT_TRUSTED: Final = Meaning(Reason.NO_CONNECTION, False, "its certificate is not trusted", Effect.NONE)
NOT_SECURE: Final = Meaning(Reason.NO_CONNECTION, False, "no secure connection could be made", Effect.NONE)
NO_LONGER_SECURE: Final = Meaning(Reason.NO_CONNECTION, False, "the connection is not secure")
NO_ADDRESS: Final = Meaning(Reason.NOT_CONFIGURED, False, "its address can't be used", Effect.NONE)
NO_HTTP: Final = Meaning(Reason.BAD_ANSWER, False, "it does not answer in proper HTTP")
UNREADABLE: Final = Meaning(Reason.BAD_ANSWER, False, "its answer can't be read")

MEANINGS: Final[tuple[tuple[type[Exception], Meaning], ...]] = (
    # the special before the general: the first that fits is taken
    (aiohttp.ServerTimeoutError, TOO_LATE),
    (TimeoutError, TOO_LATE),
    (httpx.TimeoutException, TOO_LATE),
    (aiohttp.ClientConnectorDNSError, NO_SUCH_HOST),
    (aiohttp.ClientConnectorCertificateError, NOT_TRUSTED),
    (ssl.SSLCertVerificationError, NOT_TRUSTED),
    (aiohttp.ClientSSLError, NOT_SECURE),
    (ssl.SSLError, NO_LONGER_SECURE),
    (aiohttp.ClientConnectorError, NEVER_CONNECTED),
    (aiohttp.InvalidURL, NO_ADDRESS),
    (aiohttp.NonHttpUrlClientError, NO_ADDRESS),
    (httpx.InvalidURL, NO_ADDRESS),
    (httpx.UnsupportedProtocol, NO_ADDRESS),
    (aiohttp.ServerDisconnectedError, CLOSED),
    (ConnectionResetError, CLOSED),
    (aiohttp.ClientPayloadError, BROKE_OFF),
    (httpx.ReadError, BROKE_OFF),
    (aiohttp.ClientConnectionError, NO_ANSWER),
    (httpx.NetworkError, NO_ANSWER),
    (httpx.ProxyError, NO_ANSWER),
    (aiohttp.ClientError, NO_HTTP),
    (httpx.DecodingError, UNREADABLE),
    (httpx.HTTPError, NO_HTTP),
    (httpx.StreamError, BROKE_OFF),
    (OSError, NO_ANSWER),
    (RecursionError, UNREADABLE),
    (ValueError, UNREADABLE),
)
FOREIGN: Final = tuple(kind for kind, _ in MEANINGS)


def translate(error: Exception, system: str) -> AdapterError:
    """A foreign error in our words."""
    # The transport calls every lost connection a ConnectTimeout; what really happened is its cause.
    root = error.__cause__ if isinstance(error.__cause__, (aiohttp.ClientError, OSError)) else error
    meaning = next(meaning for kind, meaning in MEANINGS if isinstance(root, kind))
    make = Unreachable if meaning.worth_retrying else Refused
    return make(system, meaning.reason, meaning.words or _said(root), effect=meaning.effect)


@contextmanager
def translated(system: str) -> Iterator[None]:
    """Inside, foreign errors become ours."""
    try:
        yield
    except FOREIGN as error:
        raise translate(error, system) from error


def _said(error: BaseException) -> str:
    """What the system said of a connection, without addresses."""
    # asyncio writes "Connect call failed (…)" over the system's own words.
    return os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else ""

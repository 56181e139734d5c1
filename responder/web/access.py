"""Who may do what: tokens, compared in constant time."""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Generic, TypeVar
from urllib.parse import urlsplit

from fastapi import Request

from responder.domain.access import May
from responder.web.problem import Problem

T = TypeVar("T")


class Live(Collection[T], Generic[T]):
    """What is in use now, read anew each time: tokens, which a reload may change."""

    def __init__(self, read: Callable[[], Collection[T]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[T]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __contains__(self, wanted: object) -> bool:
        return wanted in self._read()


@dataclass(frozen=True, slots=True)
class Token:
    """A secret, whose it is, and what it allows."""

    name: str
    secret: str
    may: May


OPEN: Final = "local"
"""Whoever comes to loopback while there are no tokens."""
NOBODY: Final = (
    "nobody may decide about quick fixes here: set server.tokens, with a token whose may is approve, "
    "and send that token"
)
NOT_FROM_HERE: Final = (
    "without server.tokens only this machine may ask, by a loopback address, and no web page of another site"
)


@dataclass(frozen=True, slots=True)
class Access:
    """The API's tokens. Without any, everybody on this machine may do everything, and nobody else anything.

    `loopback`: the server listens on this machine only.
    """

    tokens: Collection[Token] = ()
    loopback: bool = True

    def who(self, request: Request, wanted: May) -> str:
        """The name of whoever asks.

        Raises:
            Problem: 401 without a right token, 403 if it allows less.
        """
        if not self.tokens and self.loopback:
            if not _is_from_here(request):
                raise Problem(HTTPStatus.FORBIDDEN, NOT_FROM_HERE, "not_from_here")
            return OPEN
        given = given_secret(request)
        found = [token for token in self.tokens if _same(token.secret, given)]
        if not found:
            raise unauthorized()
        if not found[0].may.includes(wanted):
            raise Problem(HTTPStatus.FORBIDDEN, f"the token {found[0].name} may not {wanted}", "forbidden")
        return found[0].name

    def named(self, wanted: May) -> Callable[[Request], str]:
        """A dependency of routes that act on Hypertool: they need a token, on loopback too, for its name."""

        def check(request: Request) -> str:
            if not self.tokens:
                raise Problem(HTTPStatus.FORBIDDEN, NOBODY, "nobody_may_approve")
            return self.who(request, wanted)

        return check

    def needs(self, wanted: May) -> Callable[[Request], str]:
        """A dependency of routes that need this permission; gives the name of whoever asks."""

        def check(request: Request) -> str:
            return self.who(request, wanted)

        return check


def is_one_of(secrets: Collection[str], request: Request) -> bool:
    """Whether the request carries one of these secrets; where there are none, whether no web page sent it."""
    if not secrets:
        return "origin" not in request.headers
    given = given_secret(request)
    return any(_same(secret, given) for secret in secrets)


def given_secret(request: Request) -> str:
    """The bearer token, or the password of basic authentication; empty without either."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            # The server reads headers as Latin-1; what was sent may be UTF-8.
            return value.strip().encode("latin-1").decode("utf-8", "surrogateescape")
        case "basic":
            return _password(value.strip())
        case _:
            return ""


def unauthorized() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "a valid token is needed: Authorization: Bearer …",
        "unauthorized",
        {"WWW-Authenticate": "Bearer"},
    )


def _is_from_here(request: Request) -> bool:
    """Whether a browser on this machine was not lent to somebody else.

    A page of another site can send requests to loopback; under a name of its own that resolves to loopback it
    can read the answers, too.
    """
    asked = "//" + request.headers.get("host", "")
    return _is_loopback(asked) and _is_loopback(request.headers.get("origin", asked))


def _is_loopback(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _password(value: str) -> str:
    try:
        decoded = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded.partition(":")[2]


def _same(secret: str, given: str) -> bool:
    return hmac.compare_digest(secret.encode(), given.encode("utf-8", "surrogateescape"))

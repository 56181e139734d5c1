"""Who may ask: by tokens, several at a time; without them this machine only."""

import base64

import pytest
from fastapi import Request

from responder.domain.access import May
from responder.web.access import OPEN, Access, Token, is_one_of
from responder.web.problem import Problem

OLD, NEW = "old-secret", "new-secret"
TOKENS = (Token("ci", OLD, May.READ), Token("ci", NEW, May.APPROVE))


def request(**headers: str) -> Request:
    said = {"host": "127.0.0.1:8080", **headers}
    raw = [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in said.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


def reason(access: Access, wanted: May, **headers: str) -> str:
    with pytest.raises(Problem) as refused:
        access.who(request(**headers), wanted)
    return refused.value.reason


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize("header", ["Bearer old-secret", "bearer  old-secret", basic("any", "old-secret")])
def test_while_a_token_is_replaced_both_are_good(header: str) -> None:
    access = Access(TOKENS, loopback=False)
    assert access.who(request(authorization=header), May.READ) == "ci"
    assert access.who(request(authorization=header.replace("old", "new")), May.READ) == "ci"
    assert is_one_of((OLD, NEW), request(authorization=header))


@pytest.mark.parametrize("header", ["Bearer grün-€", basic("any", "grün-€")])
def test_a_token_may_have_any_letters(header: str) -> None:
    access = Access((Token("ci", "grün-€", May.READ),), loopback=False)
    assert access.who(request(authorization=header), May.READ) == "ci"


def test_a_token_may_no_more_than_it_says() -> None:
    assert reason(Access(TOKENS), May.APPROVE, authorization="Bearer old-secret") == "forbidden"
    assert reason(Access(TOKENS), May.ADMIN, authorization="Bearer new-secret") == "forbidden"


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Bearer old-secre", "Bearer old-secret2", "Bearer OLD-SECRET", "old-secret",
        "Basic old-secret", "Basic !!!!", basic("old-secret", ""), "Basic /////w==", "Bearer \udcff\udcfe",
    ],
)  # fmt: skip
def test_nothing_else_is(header: str) -> None:
    assert reason(Access(TOKENS), May.READ, authorization=header) == "unauthorized"
    assert not is_one_of((OLD, NEW), request(authorization=header))


def test_without_tokens_nobody_may_ask_from_other_machines() -> None:
    assert reason(Access(loopback=False), May.READ) == "unauthorized"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost:8080"},
        {"host": "[::1]:8080"},
        {"host": "127.0.0.1", "origin": "http://localhost:3000"},
    ],
)
def test_without_tokens_this_machine_may(headers: dict[str, str]) -> None:
    assert Access().who(request(**headers), May.ADMIN) == OPEN


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example.org"},                # another site's page has the browser ask
        {"origin": "null"},                                    # likewise, from a frame or a file
        {"origin": "http://127.0.0.1.example.org"},
        {"host": "rebound.example.org"},                       # its name, made to resolve to loopback
        {"host": "rebound.example.org:8080", "origin": "http://rebound.example.org:8080"},
        {"host": ""},
        {"host": "[::1"},
    ],
)  # fmt: skip
def test_but_no_page_of_another_site(headers: dict[str, str]) -> None:
    """A browser on this machine is at the service of every page it shows."""
    assert reason(Access(), May.READ, **headers) == "not_from_here"


def test_nor_may_such_a_page_send_alerts() -> None:
    assert is_one_of((), request())
    assert not is_one_of((), request(origin="https://evil.example.org"))

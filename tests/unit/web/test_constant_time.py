"""Every secret and every signature is compared in a time that doesn't tell how much of a guess is right.

What decides is `hmac.compare_digest`: where that says no, what is right is refused as well, and where it says
yes, what is wrong is let in.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from typing import Final

import pytest
from fastapi import Request
from fastapi.security import HTTPAuthorizationCredentials

from responder.domain.access import May
from responder.hypertool import problem as hypertool
from responder.slackbot.guard import SIGNATURE, TIMESTAMP, Guard, Verdict, signed
from responder.testing.clock import NOON, ManualClock
from responder.web.access import Access, Token, is_one_of
from responder.web.links import Links
from responder.web.pagerduty import unproved
from responder.web.problem import Problem

SECRET: Final = "a secret"  # noqa: S105 - the test's own
WRONG: Final = "a secreT"
BODY: Final = b"{}"


def _request(given: str) -> Request:
    raw = [(b"authorization", f"Bearer {given}".encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


def a_token_of_the_api(given: str) -> bool:
    try:
        return bool(Access((Token("ci", SECRET, May.READ),)).who(_request(given), May.READ))
    except Problem:
        return False


def a_token_of_the_webhook(given: str) -> bool:
    return is_one_of((SECRET,), _request(given))


def slacks_signature(given: str) -> bool:
    now = str(int(NOON.timestamp()))
    headers = {TIMESTAMP: now, SIGNATURE: signed(given, now, BODY)}
    return Guard(lambda: SECRET, ManualClock()).judge(headers, BODY) is Verdict.GENUINE


def pagerdutys_signature(given: str) -> bool:
    proof = hmac.new(given.encode(), BODY, hashlib.sha256).hexdigest()
    return unproved(f"v1={proof}", BODY, (SECRET,)) is None


def a_link(given: str) -> bool:
    ticket = Links("https://r.example.org", given.encode(), ManualClock()).runbook()
    until, signature = (part.partition("=")[2] for part in ticket.partition("?")[2].split("&"))
    return Links("https://r.example.org", SECRET.encode(), ManualClock()).allows_runbook(until, signature)


def a_token_of_hypertool(given: str) -> bool:
    check = hypertool.bearer({"responder": SECRET})

    async def caller() -> str:
        return await check(HTTPAuthorizationCredentials(scheme="Bearer", credentials=given))

    try:
        return bool(asyncio.run(caller()))
    except hypertool.Problem:
        return False


WAYS: Final = (
    a_token_of_the_api,
    a_token_of_the_webhook,
    slacks_signature,
    pagerdutys_signature,
    a_link,
    a_token_of_hypertool,
)


@pytest.mark.parametrize("is_let_in", WAYS)
def test_what_compares_in_constant_time_decides(
    is_let_in: Callable[[str], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (is_let_in(SECRET), is_let_in(WRONG)) == (True, False)
    for said in (True, False):
        monkeypatch.setattr(hmac, "compare_digest", lambda *_, said=said: said)
        assert (is_let_in(SECRET), is_let_in(WRONG)) == (said, said)

"""Waiting for what happens in other processes."""

import httpx
import pytest

from responder.demo.waiting import NotSeenError, seen


async def test_a_part_that_does_not_answer_is_asked_again() -> None:
    answers: list[str | httpx.HTTPError | None] = [None, httpx.ReadError("closed"), "there"]

    async def look() -> str | None:
        answer = answers.pop(0)
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    assert await seen("it", look, within=60) == "there"


async def test_what_is_not_seen_in_time_says_which_part_did_not_answer() -> None:
    async def look() -> None:
        raise httpx.ReadError("closed")

    with pytest.raises(NotSeenError, match=r"it: not seen within 0 s \(ReadError\('closed'\)\)"):
        await seen("it", look, within=0.1)

"""What the control API answers to who reads, to the letter; `tests/contract/hypertool` has the rest."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import httpx
import pytest
from fastapi import FastAPI

from responder.hypertool import (
    Board,
    Choices,
    Dial,
    OutOfBoundsError,
    Range,
    Setting,
    Value,
    control_router,
    etag,
)

NOON: Final = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
TOKEN: Final = "open-sesame"  # noqa: S105 - opens nothing but this test
GATE: Final = "workflows/bug-fix/stages/analysis/gate"
BUDGET: Final = "personas/data-scientist/budget"


class Shelf:
    """Where the knobs' values live."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {BUDGET: 1700, GATE: "normal"}

    def dial(self, resource: str, unit: str | None, default: Value, bounds: Range | Choices) -> Dial:
        return Dial(
            resource,
            unit,
            default,
            bounds,
            get=lambda: self.values[resource],
            put=lambda value: self.values.update({resource: value}),
            now=lambda: NOON,
        )


@pytest.fixture
def board() -> Board:
    shelf = Shelf()
    return Board(
        [
            shelf.dial(BUDGET, "tokens", 1700, Range(0, 20000)),
            shelf.dial(GATE, None, "normal", Choices(("relaxed", "normal", "strict"))),
        ]
    )


@pytest.fixture
async def control(board: Board) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(control_router(board, {"alice": TOKEN}))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hypertool", headers=headers) as client:
        yield client


async def test_a_number_is_answered_with_its_bounds(control: httpx.AsyncClient) -> None:
    answer = await control.get(f"/control/v1/{BUDGET}")
    assert answer.json() == {
        "resource": BUDGET,
        "value": 1700,
        "unit": "tokens",
        "default": 1700,
        "minimum": 0,
        "maximum": 20000,
        "changed_at": None,
        "changed_by": None,
        "reason": None,
        "lease": None,
    }


async def test_a_choice_that_was_changed_says_when_by_whom_and_why(
    control: httpx.AsyncClient, board: Board
) -> None:
    knob = board.find(GATE)
    assert isinstance(knob, Dial)
    knob.set("strict", by="release-manager", reason="release candidate")
    assert (await control.get(f"/control/v1/{GATE}")).json() == {
        "resource": GATE,
        "value": "strict",
        "unit": None,
        "default": "normal",
        "choices": ["relaxed", "normal", "strict"],
        "changed_at": "2026-03-03T12:00:00+00:00",
        "changed_by": "release-manager",
        "reason": "release candidate",
        "lease": None,
    }


async def test_the_etag_is_the_same_until_something_changes(control: httpx.AsyncClient, board: Board) -> None:
    first, second = [await control.get(f"/control/v1/{GATE}") for _ in range(2)]
    knob = board.find(GATE)
    assert isinstance(knob, Dial)
    knob.set("relaxed", by="alice", reason="incident")
    third = await control.get(f"/control/v1/{GATE}")
    assert first.headers["etag"] == second.headers["etag"] != third.headers["etag"]


async def test_the_list_names_the_knobs_that_work(control: httpx.AsyncClient) -> None:
    assert (await control.get("/control/v1")).json() == {"resources": [BUDGET, GATE]}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (BUDGET, {"Authorization": ""}, 401),  # no token
        (BUDGET, {"Authorization": "Bearer open-sesam"}, 401),  # a wrong one
        (BUDGET, {"Authorization": f"Basic {TOKEN}"}, 401),  # not as a bearer
        ("", {"Authorization": ""}, 401),  # the list is not public either
        ("nowhere", {"Authorization": ""}, 401),  # nor is what does not exist
        ("personas/intern/budget", {}, 404),  # the kind is there, this persona is not
        ("workflows/bug-fix/stages/party/gate", {}, 404),
        ("nowhere", {}, 404),  # no such kind
        ("switching/cooldown", {}, 501),  # of the contract, but this collector has none
        ("langfuse", {}, 501),
        ("workflows/bug-fix/stages/analysis/model", {}, 501),
    ],
)
async def test_errors_are_problem_json(
    control: httpx.AsyncClient, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await control.get(f"/control/v1/{path}".rstrip("/"), headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


async def test_an_empty_token_lets_nobody_in(board: Board) -> None:
    app = FastAPI()
    app.include_router(control_router(board, {"nobody": ""}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hypertool") as client:
        answer = await client.get("/control/v1", headers={"Authorization": "Bearer "})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("bounds", "taken", "refused"),
    [
        (Range(0, 60), (0, 60), (-1, 61, 5.5, "5", True)),  # a bool is no number here
        (Choices(("fast", "best")), ("fast",), ("balanced", "", 1)),
    ],
)
def test_a_knob_takes_only_what_is_within_its_bounds(
    bounds: Range | Choices, taken: tuple[Value, ...], refused: tuple[Value, ...]
) -> None:
    for value in taken:
        bounds.check(value)
    for value in refused:
        with pytest.raises(OutOfBoundsError):
            bounds.check(value)


def test_a_refused_value_changes_nothing(board: Board) -> None:
    knob = board.find(BUDGET)
    assert isinstance(knob, Dial)
    before = knob.read()
    with pytest.raises(OutOfBoundsError):
        knob.set(20001, by="alice", reason="incident")
    assert knob.read() == before


def test_settings_that_differ_have_different_etags() -> None:
    low, high = (Setting(BUDGET, value, "tokens", 1700, Range(0, 20000)) for value in (1, 2))
    assert etag(low) != etag(high)

"""What OpenAPI says is what is answered, on the control API and on the supervisor."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import jsonschema
import pytest
from fastapi import FastAPI

from responder.demo.reference import ReferenceHypertool
from responder.demo.service import LiveHypertool, control_app
from responder.demo.simclock import LIVE, SimClock
from responder.demo.supervised import Supervisor
from responder.demo.supervisor import supervisor_app
from responder.hypertool import Board, control_router
from responder.testing.clock import ManualClock

STAGE = "workflows/bug-fix/stages/analysis"
TOKENS = {"alice": "open"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def hypertool(clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    live = LiveHypertool(ReferenceHypertool(SimClock(clock.now, 60.0), 7, start=LIVE), clock)
    async with asking(control_app(live, TOKENS)) as client:
        yield client


@pytest.fixture
async def bare() -> AsyncIterator[httpx.AsyncClient]:
    """A Hypertool without any knob."""
    app = FastAPI()
    app.include_router(control_router(Board([]), TOKENS))
    async with asking(app) as client:
        yield client


@pytest.fixture
async def supervisor(clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    watching = Supervisor(("true",), clock)
    async with asking(supervisor_app(watching, TOKENS)) as client:
        yield client
        await watching.restarted()
        await watching.stop()


def asking(app: FastAPI) -> httpx.AsyncClient:
    headers = {"Authorization": "Bearer open"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hypertool", headers=headers)


async def checked(
    client: httpx.AsyncClient, method: str, path: str, route: str, status: int, **content: Any
) -> None:
    """The answer has this status, and is what the route's description says of it."""
    answer = await client.request(method, f"/control/v1{path and '/' + path}", **content)
    assert answer.status_code == status, answer.text
    spec = (await client.get("/openapi.json")).json()
    described = spec["paths"][f"/control/v1{route and '/' + route}"][method.lower()]["responses"][str(status)]
    kind = answer.headers["content-type"]
    schema = described["content"][kind]["schema"]
    jsonschema.validate(answer.json(), {**schema, "components": spec["components"]})
    assert {name.lower() for name in described.get("headers", {})} <= set(answer.headers)


SET = {"reason": "incident", "incident": "i1", "expires_at": "2026-03-02T13:00:00Z"}


@pytest.mark.parametrize(
    ("path", "route", "value"),
    [
        ("personas/data-scientist/budget", "personas/{persona}/budget", 2000),
        ("switching/cooldown", "switching/cooldown", 5),
        (f"{STAGE}/model", "workflows/{workflow}/stages/{stage}/model", "best"),
        (f"{STAGE}/gate", "workflows/{workflow}/stages/{stage}/gate", "relaxed"),
        (f"{STAGE}/context", "workflows/{workflow}/stages/{stage}/context", 4000),
    ],
)
async def test_a_knob_answers_as_described(
    hypertool: httpx.AsyncClient, bare: httpx.AsyncClient, path: str, route: str, value: Any
) -> None:
    order = {**SET, "value": value}
    await checked(hypertool, "GET", path, route, 200)
    await checked(hypertool, "PUT", path, route, 200, json=order)
    await checked(hypertool, "GET", path, route, 200)  # with a lease
    await checked(hypertool, "PUT", path, route, 412, json=order, headers={"If-Match": '"old"'})
    await checked(hypertool, "PUT", path, route, 422, json={**order, "value": -1})
    await checked(hypertool, "PUT", path, route, 400, json=order, headers={"Idempotency-Key": '""'})
    await checked(hypertool, "GET", path, route, 401, headers={"Authorization": ""})
    await checked(bare, "PUT", path, route, 501, json=order)
    if "{" in route:
        unknown = path.replace("data-scientist", "intern").replace("analysis", "party")
        await checked(hypertool, "GET", unknown, route, 404)


async def test_the_rest_answers_as_described(
    hypertool: httpx.AsyncClient, bare: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    order = {"reason": "incident", "incident": "i1"}
    await checked(hypertool, "GET", "", "", 200)
    await checked(hypertool, "GET", "langfuse", "langfuse", 200)
    await checked(hypertool, "POST", "langfuse/reconnect", "langfuse/reconnect", 200, json=order)
    await checked(bare, "POST", "langfuse/reconnect", "langfuse/reconnect", 501, json=order)
    await checked(supervisor, "GET", "process", "process", 200)
    await checked(supervisor, "POST", "restart", "restart", 202, json=order)
    await checked(supervisor, "GET", "process", "process", 200)
    await checked(supervisor, "POST", "restart", "restart", 422, json={"why": "?"})
    await checked(supervisor, "POST", "restart", "restart", 401, json=order, headers={"Authorization": ""})


async def test_every_resource_is_described_and_every_variable_of_a_path(hypertool: httpx.AsyncClient) -> None:
    spec = (await hypertool.get("/openapi.json")).json()
    listed = (await hypertool.get("/control/v1")).json()["resources"]
    kinds = {resource.rpartition("/")[2] for resource in listed}
    assert {path.rpartition("/")[2] for path in spec["paths"]} - {"v1", "reconnect"} == kinds
    for path, methods in spec["paths"].items():
        for described in methods.values():
            named = {one["name"] for one in described.get("parameters", []) if one["in"] == "path"}
            assert all(f"{{{name}}}" in path for name in named)
            assert path.count("{") == len(named)
            assert described["security"] == [{"HTTPBearer": []}]


async def test_what_a_put_takes_is_described_with_its_bounds(hypertool: httpx.AsyncClient) -> None:
    spec = (await hypertool.get("/openapi.json")).json()
    put = spec["paths"]["/control/v1/personas/{persona}/budget"]["put"]
    described = put["requestBody"]["content"]["application/json"]["schema"]
    order = {**SET, "value": 2000}
    jsonschema.validate(order, described)
    for wrong in ({**order, "value": 20_001}, {**order, "value": "x"}, {"value": 1}, {**order, "more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, described)
    assert {one["name"] for one in put["parameters"]} == {"persona", "If-Match", "Idempotency-Key"}


async def test_the_documentation_is_there_for_people(
    hypertool: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    for where in (hypertool, supervisor):
        answer = await where.get("/docs")
        assert (answer.status_code, "openapi.json" in answer.text) == (200, True)

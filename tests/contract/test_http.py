"""The HTTP contract beside the webhook: who may ask what, and that every error is a problem."""

import asyncio
import base64
import html
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from responder.app import configured, load_playbooks, web_app
from responder.clients.http import Http
from responder.settings import Settings
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client, serving, until_ready

READ, APPROVE, HOOK = "reads", "approves", "hooks"
NOBODY: Final = "22222222"
"""The id of no incident."""


def settings(database: str, **server: Any) -> Settings:
    nowhere = f"http://127.0.0.1:{free_port()}"
    tokens = [
        {"name": "ro", "token": READ, "may": "read"},
        {"name": "ada", "token": APPROVE, "may": "approve"},
    ]
    return Settings.model_validate(
        {
            "server": {"tokens": tokens, "max_body": 1_000_000} | server,
            "database": {"url": database},
            "alertmanager": {"url": nowhere, "webhook_tokens": [HOOK]},
            "prometheus": {"url": nowhere},
        }
    )


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        Http() as http,
        serving(web_app(configured(lambda: settings), http, [])) as url,
        loopback_client(base_url=url) as client,
    ):
        await until_ready(client)
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def cursor(said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


STATUSES: Final = [
    # what, token, status
    ("GET /nothing", READ, 404),
    ("GET /incidents/nobody", READ, 404),
    (f"GET /api/v1/incidents/{NOBODY}", READ, 404),
    ("GET /api/v1/incidents/%00", READ, 404),              # PostgreSQL can't even be asked for it
    ("POST /api/v1/incidents/%00/take", APPROVE, 404),
    (f"POST /api/v1/incidents/{NOBODY}/take", READ, 403),
    (f"POST /api/v1/incidents/{NOBODY}/take", HOOK, 401),  # a webhook's token is no API token
    (f"POST /api/v1/incidents/{NOBODY}/take", "", 401),
    ("GET /api/v1/incidents", "", 401),
    ("GET /", "", 401),
    ("POST /api/v1/diagnose", "", 401),
    ("POST /webhooks/alertmanager", APPROVE, 401),         # and the other way round
    ("DELETE /api/v1/incidents", READ, 405),
    ("GET /webhooks/alertmanager", HOOK, 405),
    ("OPTIONS /webhooks/alertmanager", HOOK, 405),
    ("GET /api/v1/incidents?status=pending", READ, 400),
    ("GET /api/v1/incidents?limit=0", READ, 400),
    ("GET /api/v1/incidents?limit=many", READ, 400),
    ("GET /api/v1/incidents?cursor=%ff", READ, 400),
    ("GET /?cursor=%ff", READ, 400),
    (f"GET /api/v1/incidents?cursor={cursor(5)}", READ, 400),
    (f"GET /api/v1/incidents?cursor={cursor(['0001-01-01T00:00:00+14:00', NOBODY])}", READ, 400),
    (f"GET /api/v1/incidents?cursor={cursor(['2026-01-01T00:00:00Z', {'a': 1}])}", READ, 400),
    (f"GET /api/v1/incidents?cursor={cursor(['2026-01-01T00:00:00Z', chr(0xD800)])}", READ, 400),
    ("GET /api/v1/incidents?cursor=" + base64.urlsafe_b64encode(b"[" * 9_000).decode(), READ, 400),
]  # fmt: skip


async def test_every_error_is_a_problem(served_database: str) -> None:
    async with served(settings(served_database)) as client:
        answered = []
        for what, token, _ in STATUSES:
            method, path = what.split(" ")
            answer = await client.request(method, path, headers=bearer(token))
            answered.append((what, token, answer.status_code))
            assert answer.headers["content-type"] == "application/problem+json", what
            assert answer.json()["status"] == answer.status_code
            assert answer.json()["detail"]
    assert answered == STATUSES


BODIES: Final[list[tuple[bytes, int]]] = [
    (b"", 400),
    (b"hello", 400),
    (b"[" * 9_000, 400),
    (b'{"alert": 5}', 400),
    (b'{"alert": "Nothing"}', 400),
    (b'{"alert": "TokenBudgetExceeded"}', 400),                                     # no persona
    (b'{"alert": "TokenBudgetExceeded", "labels": {"persona": "\\ud800"}}', 400),
    (b'{"alert": "TokenBudgetExceeded", "labels": {"persona": "a"}, "more": 1}', 400),
    (b'{"alert": "' + b"x" * 2_000_000 + b'"}', 413),
    (b'{"alert": "TokenBudgetExceeded", "labels": {"persona": "a\\"}\\u0000"}}', 200),
]  # fmt: skip


async def test_a_diagnosis_is_asked_for_in_small_sound_bodies(served_database: str) -> None:
    async with served(settings(served_database)) as client:
        answered = []
        for body, _ in BODIES:
            answer = await client.post("/api/v1/diagnose", content=body, headers=bearer(READ))
            answered.append((body, answer.status_code))
    assert answered == BODIES


async def test_a_stranger_s_body_is_not_read(served_database: str) -> None:
    async with served(settings(served_database)) as client:
        assert (await client.post("/api/v1/diagnose", content=b"hello")).status_code == 401


async def test_what_was_not_foreseen_is_a_problem_too(served_database: str) -> None:
    """And says nothing of what is inside."""
    made = settings(served_database)
    async with Http() as http:
        app = web_app(configured(lambda: made), http, [])

        @app.get("/breaks")
        async def breaks() -> None:
            raise ZeroDivisionError("a secret")

        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/breaks")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("0.0.0.0", 401),
    ],
)
async def test_without_tokens_only_this_machine_may_ask(served_database: str, host: str, status: int) -> None:
    async with served(settings(served_database, host=host, tokens=[])) as client:
        for path in ("/", "/api/v1/incidents", "/api/v1/playbooks"):
            assert (await client.get(path)).status_code == status
        take = await client.post(f"/api/v1/incidents/{NOBODY}/take")
        assert take.status_code == (404 if status == 200 else 401)
        assert (await client.get("/metrics")).status_code == 200


@pytest.mark.parametrize("path", ["/-/healthy", "/-/ready"])
async def test_health_is_told_without_a_token_and_to_head_as_prometheus_does(
    served_database: str, path: str
) -> None:
    async with served(settings(served_database)) as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.head(path)).status_code == 200


async def test_whoever_sends_too_much_hears_so(served_database: str) -> None:
    """Cut off while sending they would not, and Alertmanager would send it again and again."""
    body = json.dumps({"receiver": "responder", "padding": "x" * 24_000_000})
    async with served(settings(served_database, max_body=8_000_000)) as client:
        answer = await client.post("/webhooks/alertmanager", content=body, headers=bearer(HOOK))
    assert answer.status_code == 413
    assert answer.json()["reason"] == "too_large"


async def test_whoever_hangs_up_while_sending_is_counted_and_no_failure(
    served_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(settings(served_database)) as client:
        host, port = client.base_url.host, client.base_url.port
        _, writer = await asyncio.open_connection(host, port)
        head = f"POST /webhooks/alertmanager HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {HOOK}\r\n"
        writer.write(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        async with asyncio.timeout(10):
            while 'outcome="cut_off"' not in (await client.get("/metrics")).text:  # noqa: ASYNC110 - over there
                await asyncio.sleep(0.02)
    assert "ClientDisconnect" not in caplog.text


def far_away(database: str) -> Settings:
    """A site whose far sides want user and password, which stand in their addresses."""
    secret = f"http://user:s3cr3t@127.0.0.1:{free_port()}"
    sections = {
        "prometheus": {"url": secret},
        "alertmanager": {"url": secret, "webhook_tokens": [HOOK]},
        "grafana": {"url": secret},
        "langfuse": {"host": secret, "public_key": "pk", "secret_key": "s3cr3t"},
        "hypertool": {
            "control_url": secret, "metrics_url": secret, "supervisor_url": secret, "control_token": "s3cr3t",
        },
    }  # fmt: skip
    return Settings.model_validate(settings(database).model_dump() | sections)


async def test_what_people_read_has_none_of_our_secrets(
    served_database: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    made = far_away(served_database)
    said = []
    async with served(made) as client:
        for name in load_playbooks(made):
            labels = dict.fromkeys(("persona", "workflow", "stage", "job"), "a")
            body = {"alert": name, "labels": labels}
            answer = await client.post("/api/v1/diagnose", json=body, headers=bearer(READ))
            assert answer.status_code == 200
            said.append(answer.text)
        said.append((await client.get("/metrics")).text)
    said += [caplog.text, *capsys.readouterr()]
    assert not [text for text in said if "s3cr3t" in text]


async def test_the_list_leads_on_to_older_incidents(served_database: str) -> None:
    """As many as a storm opens, of which one page shows the newest fifty."""
    alerts = [
        {"labels": {"alertname": f"Disk{n:02}"}, "startsAt": "2026-01-01T00:00:00Z", "status": "firing"}
        for n in range(51)
    ]
    body = {"version": "4", "receiver": "responder", "groupKey": "{}:{}", "alerts": alerts}
    async with served(settings(served_database)) as client:
        taken = await client.post("/webhooks/alertmanager", json=body, headers=bearer(HOOK))
        assert taken.status_code == 202
        first = (await client.get("/", headers=bearer(READ))).text
        assert first.count("<li>") == 50
        (older,) = re.findall(r'href="(/\?cursor=[^"]+)">Older incidents', first)
        last = (await client.get(html.unescape(older), headers=bearer(READ))).text
        assert last.count("<li>") == 1
        assert "Older incidents" not in last

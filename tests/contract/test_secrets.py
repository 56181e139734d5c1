"""No secret is ever said: not in logs, errors, reports, metrics, pages, answers of the API, or commands.

Every secret that can be configured is one that can be recognised. The far sides are the worst there could be:
they refuse everything, and repeat what was sent to them.
"""

import asyncio
import base64
import hashlib
import hmac
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
import pytest
import yaml
from pydantic import BaseModel, SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from typer.testing import CliRunner

from responder.cli import app as commands
from responder.settings import Settings, load_settings
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client, serving
from responder.testing.processes import start, succeeds

MARK: Final = "S3CR3T"
"""In every secret, and in nothing else."""
PATIENCE: Final = 60
TABLES: Final = """
SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
ALERTS: Final = ("TokenBudgetExceeded", "HypertoolMetricsNotReported", "LangfuseIntegrationFailing")


def secret(name: str) -> str:
    return f"xoxb-{MARK}-{name}"


def secret_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of the settings that holds a secret."""
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from secret_keys(inner, f"{prefix}{name}.")
        elif SecretStr.__name__ in str(inner) or "Token" in str(inner):
            yield prefix + name


def configuration(far: str, port: int, folder: Path, database: str) -> dict[str, Any]:
    with_password = far.replace("http://", f"http://user:{secret('url')}@")
    return {
        "server": {
            "port": port,
            "public_url": "http://responder.example.org",
            "link_key": secret("link"),
            "tokens": [{"name": "ada", "token": secret("api"), "may": "admin"}],
        },
        "database": {"url": database},
        "alertmanager": {"url": with_password, "webhook_tokens": [secret("hook")]},
        "prometheus": {"url": with_password, "token": secret("prometheus"), "timeout": 2},
        "grafana": {"url": with_password, "token": secret("grafana")},
        "hypertool": {
            "control_url": far,
            "control_token": secret("control"),
            "metrics_url": f"{far}/metrics",
            "supervisor_url": far,
        },
        "langfuse": {"host": far, "public_key": "pk", "secret_key": secret("langfuse")},
        "slack": {
            "bot_token": secret("bot"),
            "signing_secret": secret("signing"),
            "app_token": secret("app"),
            "channel": "C0ALERTS0",
            "api_url": f"{far}/api",
            "approvers": ["U0ANN"],
        },
        "pagerduty": {
            "mode": "page",
            "routing_key": secret("routing"),
            "api_token": secret("pagerduty"),
            "from_email": "on-call@example.org",
            "webhook_secrets": [secret("pagerhook")],
            "events_url": far,
            "api_url": far,
        },
        "fixes": {"mode": "approve"},
        "audit": {"file": f"{folder}/audit.jsonl"},
    }


def _elsewhere(request: Request) -> str:
    return f"http://user:{secret('url')}@elsewhere.example/login?token={request.headers.get('authorization')}"


def repeating() -> Callable[..., Any]:
    """A far side that refuses in ever other ways, each time with all that it was sent."""
    numbers = count()

    async def answer(request: Request) -> Response:
        heard = f"{dict(request.headers)} {(await request.body()).decode(errors='replace')}"
        code = heard if next(numbers) % 2 else "invalid_auth"
        said = {
            "ok": False, "error": code, "status": "error", "errorType": "bad_data", "message": heard,
            "errors": [heard], "detail": heard, "response_metadata": {"messages": [heard]},
        }  # fmt: skip
        match next(numbers) % 5:
            case 0:
                return PlainTextResponse(heard, 500)
            case 1:
                return PlainTextResponse(heard, 302, {"Location": _elsewhere(request)})
            case 2:
                return JSONResponse(said)
            case 3:
                return JSONResponse(said, 400)
            case _:
                return JSONResponse(said, 401)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await (await answer(Request(scope, receive)))(scope, receive, send)

    return application


def test_every_secret_there_is_is_configured(tmp_path: Path) -> None:
    """Whoever adds one adds it here."""
    configured = configuration("http://127.0.0.1:1", 1, tmp_path, "sqlite:///responder.db")
    for key in secret_keys(Settings):
        value: Any = configured
        for part in key.split("."):
            value = value[part]
        assert MARK in str(value), key


@asynccontextmanager
async def running(config: Path, log: Path, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A server, and a client of it with a right token."""
    bearer = {"Authorization": f"Bearer {secret('api')}"}
    server = await start([sys.executable, "-m", "responder", "serve", "--config", str(config)], log)
    try:
        async with loopback_client(base_url=url, headers=bearer, timeout=PATIENCE) as client:
            assert await server.ready(succeeds(f"{url}/-/ready")), server.tail()
            yield client
    finally:
        await server.stop()


async def talk(client: httpx.AsyncClient) -> list[str]:
    """All that the server says when it is asked for everything, rightly and wrongly."""
    said: list[str] = []

    async def ask(method: str, path: str, **content: Any) -> httpx.Response:
        answer = await client.request(method, path, **content)
        said.append(f"{method} {path} {answer.status_code} {dict(answer.headers)} {answer.text}")
        return answer

    hook = {"Authorization": f"Bearer {secret('hook')}"}
    wrong = {"Authorization": "Bearer wrong"}
    opened = []
    for number, name in enumerate(ALERTS):
        labels = {"alertname": name, "severity": "critical", "persona": "data-scientist", "job": "hypertool"}
        alert = {"status": "firing", "labels": labels, "startsAt": "2026-03-02T12:00:00Z"}
        body = {"version": "4", "receiver": "r", "groupKey": str(number), "alerts": [alert]}
        opened += (await ask("POST", "/webhooks/alertmanager", json=body, headers=hook)).json()["incidents"]
    for path in ("/webhooks/alertmanager", "/webhooks/pagerduty", "/slack/events", "/api/v1/audit"):
        for method in ("GET", "POST"):
            for headers in ({}, hook, wrong):
                await ask(method, path, headers=headers, content=b'{"a": 1')
    now = str(int(time.time()))  # noqa: TID251 - the server's clock is the machine's
    form = b'payload={"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U0ANN"}, "actions": []}'
    proof = hmac.new(secret("signing").encode(), f"v0:{now}:".encode() + form, hashlib.sha256).hexdigest()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    await ask(
        "POST",
        "/slack/events",
        content=form,
        headers=kind | {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={proof}"},
    )
    event = b'{"event": {"id": "1", "event_type": "pagey.ping"}}'
    proof = hmac.new(secret("pagerhook").encode(), event, hashlib.sha256).hexdigest()
    await ask("POST", "/webhooks/pagerduty", content=event, headers={"X-PagerDuty-Signature": f"v1={proof}"})
    for name in ALERTS:
        await ask("POST", "/api/v1/diagnose", json={"alert": name, "labels": {"persona": "x", "job": "y"}})
    for incident in opened:
        for what in ("investigate", "take", "silence"):
            await ask("POST", f"/api/v1/incidents/{incident}/{what}", json={"minutes": 5})
    await _until_all_failed(ask, opened)
    paths = [f"/{kind}/{one}" for one in opened for kind in ("incidents", "api/v1/incidents")]
    for path in (
        *paths, "/", "/runbook", "/operating", "/playbooks/TokenBudgetExceeded", "/metrics", "/-/ready",
        "/api/v1/incidents", "/api/v1/fixes", "/api/v1/audit", "/api/v1/playbooks", "/api/v1/openapi.json",
    ):  # fmt: skip
        await ask("GET", path)
    await ask("POST", "/api/v1/fixes/pause", json={"why": "x"})
    await ask("POST", "/-/reload")
    return said


async def _until_all_failed(ask: Any, incidents: list[str]) -> None:
    """Slack and PagerDuty were tried for each incident, and each was investigated."""
    async with asyncio.timeout(PATIENCE):
        for incident in incidents:
            while True:
                one = (await ask("GET", f"/api/v1/incidents/{incident}")).json()
                failed = {delivery["notifier"] for delivery in one["deliveries"] if delivery["error"]}
                if one["report"] and one["report"]["complete"] and len(failed) >= 2:
                    break
                await asyncio.sleep(0.2)


def kept_in(folder: Path, database: str) -> list[bytes]:
    """SQLite's file and what it keeps beside it, or every value in PostgreSQL."""
    if database.startswith("sqlite"):
        return [file.read_bytes() for file in folder.glob("responder.db*")]
    with closing(psycopg.connect(database)) as connection:
        names = connection.execute(TABLES.encode()).fetchall()
        tables = [connection.execute(f"SELECT * FROM {name}".encode()).fetchall() for (name,) in names]  # noqa: S608 - its own
    return [repr(row).encode() for table in tables for row in table]


def secrets_in(text: str) -> Iterator[str]:
    """What of a text has a secret in it, as it is or as Basic authentication writes it."""
    if MARK in text:
        yield text[max(0, text.find(MARK) - 100) :][:200]
    for word in re.findall(r"[A-Za-z0-9+/]{16,}", text):
        for at in range(4):  # it may begin within a word
            cut = word[at : len(word) - (len(word) - at) % 4]
            if MARK.encode() in base64.b64decode(cut):
                yield word


def test_a_secret_is_found_however_it_is_written() -> None:
    written = [base64.b64encode(f"{user}:{secret('x')}".encode()).decode() for user in ("a", "ab", "abc")]
    for one in (secret("x"), *written, f"x{written[0]}"):
        assert list(secrets_in(f"it said {one}.")), one
    assert not list(secrets_in("it said nothing of the kind"))


WRONG: Final = (
    ("slack", "bot_token", ["a list", secret("bot")]),
    ("server", "tokens", [{"name": "x", "token": secret("api"), "may": "wirte"}]),
    ("alertmanager", "webhook_tokens", secret("hook")),
    ("hypertool", "control_token", {"inner": secret("control")}),
    ("pagerduty", "routing_kye", secret("routing")),
    ("database", "url", f"postgresql://u:{secret('database')}@db:1:2/x"),
    ("database", "url", f"mysql://u:{secret('database')}@db/x"),
    ("prometheus", "url", f"htp://u:{secret('url')}@prometheus"),
)


async def test_no_secret_is_said(
    tmp_path: Path, served_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RESPONDER_TOKEN", secret("api"))
    config, log, port = tmp_path / "responder.yaml", tmp_path / "log", free_port()
    url = f"http://127.0.0.1:{port}"

    def run(*arguments: str) -> str:
        return f"{arguments} {CliRunner().invoke(commands, arguments).output}"

    async with serving(repeating()) as far:
        config.write_text(yaml.safe_dump(configuration(far, port, tmp_path, served_database)))
        assert load_settings(config).slack.hears
        async with running(config, log, url) as client:
            said = await talk(client)
            for arguments in (
                ("check", "--online", "--config"), ("doctor", "--wait", "1", "--config"),
                ("diagnose", "TokenBudgetExceeded", "persona=x", "--config"),
                ("dashboards", "verify", "--config"),
                ("rules", "verify", "--config"), ("runbook", "--config"),
            ):  # fmt: skip
                said.append(await asyncio.to_thread(run, *arguments, str(config)))
            for command in ("incidents", "fixes", "audit"):
                said.append(await asyncio.to_thread(run, command, "--server", url))
        for section, key, value in WRONG:
            data = configuration(far, port, tmp_path, served_database)
            data[section][key] = value
            config.write_text(yaml.safe_dump(data))
            for command in ("serve", "check"):
                said.append(await asyncio.to_thread(run, command, "--config", str(config)))
    said += [f"log: {line}" for line in log.read_text().splitlines()]
    said += [f"audit: {line}" for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert len(said) > 100
    told = [f"{found}: {one[:400]}" for one in said for found in secrets_in(one)]
    assert not told, "\n".join(told)
    kept = kept_in(tmp_path, served_database)
    assert any(ALERTS[0].encode() in one for one in kept)
    assert [one for one in kept if MARK.encode() in one] == []

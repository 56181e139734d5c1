"""The runbook as the server shows it: who may read it, what it may do, and what is reloaded with it."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest

from responder.app import configured, web_app
from responder.clients.http import Http
from responder.domain.clock import system_clock
from responder.resources import resource_dir
from responder.settings import Settings
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client, serving
from responder.web.links import Links

PUBLIC: Final = "https://responder.example.org"
KEY: Final = "a-key-that-signs"
READ: Final = {"Authorization": "Bearer reads"}
ADMIN: Final = {"Authorization": "Bearer rules"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource_dir("playbooks"), tmp_path / "playbooks"))


@asynccontextmanager
async def served(folder: Path, database: str) -> AsyncIterator[httpx.AsyncClient]:
    nowhere = f"http://127.0.0.1:{free_port()}"
    tokens = [
        {"name": "ro", "token": "reads", "may": "read"},
        {"name": "root", "token": "rules", "may": "admin"},
    ]
    said: dict[str, Any] = {
        "server": {"tokens": tokens, "public_url": PUBLIC, "link_key": KEY},
        "database": {"url": database},
        "alertmanager": {"url": nowhere},
        "prometheus": {"url": nowhere},
        "grafana": {"url": "https://grafana.example.org"},
        "playbooks": {"path": str(folder)},
    }
    configuration = configured(lambda: Settings.model_validate(said))
    async with (
        Http() as http,
        serving(web_app(configuration, http, [])) as url,
        loopback_client(base_url=url) as client,
    ):
        yield client


def ticket() -> str:
    """The query of a link as a message has it."""
    return urlsplit(Links(PUBLIC, KEY.encode(), system_clock).runbook()).query


def policy(answer: httpx.Response) -> dict[str, str]:
    parts = (part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    return {part[0]: part[1] for part in parts}


async def test_it_runs_its_own_script_only_and_loads_nothing(folder: Path, served_database: str) -> None:
    async with served(folder, served_database) as client:
        answer = await client.get("/runbook", headers=READ)
    assert answer.status_code == 200
    allowed = policy(answer)
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', answer.text))
    assert allowed["default-src"] == "'none'"
    assert allowed["script-src"] == allowed["style-src"] == f"'nonce-{nonce}'"
    assert allowed["form-action"] == "'self'"
    assert allowed["frame-ancestors"] == allowed["base-uri"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_playbook_s_page_runs_nothing(folder: Path, served_database: str) -> None:
    async with served(folder, served_database) as client:
        answer = await client.get("/playbooks/SlowWorkflowStage", headers=READ)
    assert answer.status_code == 200
    assert "script-src" not in policy(answer)
    assert "<script" not in answer.text
    assert "What the responder asks" in answer.text


@pytest.mark.parametrize("path", ["/runbook", "/playbooks/SlowWorkflowStage", "/playbooks/Nothing"])
async def test_a_stranger_sees_nothing(folder: Path, served_database: str, path: str) -> None:
    async with served(folder, served_database) as client:
        answer = await client.get(path)
        expired = await client.get(path, params={"until": "1", "signature": "a" * 40})
    assert (answer.status_code, answer.json()["reason"]) == (401, "unauthorized")
    assert (expired.status_code, expired.json()["reason"]) == (401, "link_expired")


async def test_whoever_came_by_a_message_s_link_can_go_on(folder: Path, served_database: str) -> None:
    """To search, and to the playbooks; not to anything else."""
    async with served(folder, served_database) as client:
        page = await client.get(f"/runbook?{ticket()}")
        assert page.status_code == 200
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page.text)
        (further,) = re.findall(r'href="(/playbooks/SlowWorkflowStage[^"]+)"', page.text)
        searched = await client.get("/runbook", params={**dict(hidden), "q": "silence"})
        playbook = await client.get(further.replace("&amp;", "&"))
        list_of_incidents = await client.get(f"/?{ticket()}")
    assert (searched.status_code, playbook.status_code, list_of_incidents.status_code) == (200, 200, 401)


async def test_without_script_the_server_searches(folder: Path, served_database: str) -> None:
    async with served(folder, served_database) as client:
        page = await client.get("/runbook", params={"q": "CREDENTIALS langfuse"}, headers=READ)
        none = await client.get("/runbook", params={"q": "<zebra>"}, headers=READ)
        long = await client.get("/runbook", params={"q": "a" * 201}, headers=READ)
    shown = re.findall(r'<section id="([\w-]+)">', page.text)
    assert "langfuseintegrationfailing" in shown
    assert "excessivepersonaswitching" not in shown
    assert re.findall(r'<section id="([\w-]+)">', none.text) == []
    assert "<zebra>" not in none.text
    assert "0 of 12 parts" in none.text
    assert long.status_code == 400


async def test_a_reload_changes_the_general_part_too_all_or_nothing(
    folder: Path, served_database: str
) -> None:
    general = folder / "runbook/general.yaml"
    before = general.read_text()
    async with served(folder, served_database) as client:
        general.write_text(before.replace("title: Hypertool runbook", "titel: Ours"))
        refused = await client.post("/-/reload", headers=ADMIN)
        kept = await client.get("/runbook", headers=READ)
        general.write_text(before.replace("title: Hypertool runbook", "title: Our runbook"))
        accepted = await client.post("/-/reload", headers=ADMIN)
        changed = await client.get("/runbook", headers=READ)
    assert refused.status_code == 422
    assert (
        'playbooks/runbook/general.yaml:2: titel: there is no such key (did you mean "title"?)'
        in (refused.json()["detail"])
    )
    assert "<h1>Hypertool runbook</h1>" in kept.text
    assert accepted.status_code == 200
    assert "<h1>Our runbook</h1>" in changed.text


async def test_queries_and_panels_open_where_people_look(folder: Path, served_database: str) -> None:
    async with served(folder, served_database) as client:
        page = await client.get("/runbook", headers=READ)
    assert "/graph?g0.expr=up%7Bjob%3D%22hypertool%22%7D" in page.text
    assert 'href="https://grafana.example.org/d/hypertool-persona-overview?viewPanel=4"' in page.text


async def test_the_link_in_a_report_opens_the_runbook_at_its_alert(
    folder: Path, served_database: str
) -> None:
    """For whoever has the message and no token."""
    labels = {"workflow": "bug-fix", "stage": "verification"}
    async with served(folder, served_database) as client:
        report = await client.post(
            "/api/v1/diagnose", json={"alert": "SlowWorkflowStage", "labels": labels}, headers=READ
        )
        (link,) = [one["url"] for one in report.json()["links"] if one["title"] == "Runbook"]
        opened = await client.get(link.removeprefix(PUBLIC).partition("#")[0])
    assert link.startswith(f"{PUBLIC}/runbook?until=")
    assert link.endswith("#slowworkflowstage")
    assert opened.status_code == 200
    assert '<section id="slowworkflowstage">' in opened.text

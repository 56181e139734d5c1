"""A responder with incidents and quick fixes in it, on a real port."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from responder.app import configured, web_app
from responder.clients.http import Http
from responder.clients.slack import SlackClient
from responder.domain.clock import system_clock
from responder.domain.fix import Fix, FixState
from responder.domain.ids import new_fix_id
from responder.settings import Settings
from responder.storage import fixes
from responder.storage.database import Database
from responder.testing.aside import aside
from responder.testing.fixes import RAISE, a_lease
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client, serving, until_ready
from responder.testing.slack import SECRET as SLACK
from responder.testing.slack import TOKEN as BOT
from responder.testing.slack import Workspace, create_app

TOKEN: Final = "of-the-api"  # noqa: S105 - the test's own
SENDER: Final = "of-alertmanager"
PAGERDUTY: Final = "pagerdutys-secret"


@dataclass(frozen=True)
class Site:
    """Where it is, what is in it, and what proves who sends."""

    url: str
    incident: str
    fix: str
    """A quick fix that waits for a decision, and what its approval is bound to."""
    digest: str
    lease: str
    """One that is in force."""
    token: str = TOKEN
    sender: str = SENDER
    slack: str = SLACK
    pagerduty: str = PAGERDUTY


SiteIn = Callable[[str], AbstractContextManager[Site]]


@pytest.fixture(scope="module")  # a process has one engine: none of another file must find this one
def site(
    site_in: SiteIn,
    tmp_path_factory: pytest.TempPathFactory,
    database_of: Callable[[Path], AbstractContextManager[str]],
) -> Iterator[Site]:
    with database_of(tmp_path_factory.mktemp("openapi")) as url, site_in(url) as site:
        yield site


@pytest.fixture(scope="session")
def site_in() -> SiteIn:
    """Serves such a responder, which keeps its data in the database of this URL."""
    return _serving


@contextmanager
def _serving(url: str) -> Iterator[Site]:
    nowhere = f"http://127.0.0.1:{free_port()}"

    def configuration(slack_url: str) -> Settings:
        return Settings.model_validate(
            {
                "server": {"tokens": [{"name": "ada", "token": TOKEN, "may": "admin"}]},
                "database": {"url": url},
                "alertmanager": {"url": nowhere, "webhook_tokens": [SENDER]},
                "prometheus": {"url": nowhere, "timeout": 0.2},
                "hypertool": {"control_url": nowhere},
                "slack": {
                    "bot_token": BOT,
                    "channel": "C0ALERTS0",
                    "signing_secret": SLACK,
                    "approvers": ["U0ANN"],
                    "api_url": f"{slack_url}/api",
                },
                "pagerduty": {"routing_key": "r", "webhook_secrets": [PAGERDUTY], "events_url": nowhere},
                "fixes": {"mode": "approve"},
            }
        )

    @asynccontextmanager
    async def serve() -> AsyncIterator[str]:
        async with (
            Http() as http,
            serving(create_app(Workspace(["alerts"]))) as slack_url,
            SlackClient(BOT, f"{slack_url}/api") as slack,
            serving(web_app(configured(lambda: configuration(slack_url)), http, [], slack)) as served,
            loopback_client(base_url=served, timeout=60) as client,
        ):
            await until_ready(client)
            yield served

    with aside(serve) as address:
        incident = _opened(address)
        proposed, lease = _fixes(url, incident)
        yield Site(address, incident, proposed.id, proposed.digest, lease.id)


def _opened(url: str) -> str:
    alert: dict[str, Any] = {
        "status": "firing",
        "labels": {"alertname": "TokenBudgetExceeded", "persona": "data-scientist", "severity": "critical"},
        "annotations": {"summary": "so it is"},
        "startsAt": "2026-03-02T12:00:00Z",
    }
    body = {"version": "4", "receiver": "responder", "groupKey": "g", "alerts": [alert]}
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        headers = {"Authorization": f"Bearer {SENDER}"}
        answer = client.post("/webhooks/alertmanager", content=json.dumps(body), headers=headers)
        (incident,) = answer.json()["incidents"]
        for other in ("SlowWorkflowStage", "LangfuseIntegrationFailing"):
            more = {**body, "groupKey": other, "alerts": [{**alert, "labels": {"alertname": other}}]}
            client.post("/webhooks/alertmanager", json=more, headers=headers).raise_for_status()
    return str(incident)


def _fixes(database_url: str, incident: str) -> tuple[Fix, Fix]:
    """One that waits for a decision, and one that is in force."""
    now = system_clock()
    proposed = a_lease(
        id=new_fix_id(now),
        incident=incident,
        state=FixState.PROPOSED,
        proposed_at=now,
        due_at=now + timedelta(hours=1),
        approved_by="",
        approved_at=None,
        expires_at=None,
    )
    lease = a_lease(
        id=new_fix_id(now),
        incident=incident,
        change=replace(RAISE, target="personas/backend-engineer/budget"),
        state=FixState.IN_FORCE,
        proposed_at=now,
        applied_at=now,
        expires_at=now + timedelta(hours=1),
        due_at=now + timedelta(hours=1),
    )
    database = Database(database_url)
    with database.write() as connection:
        fixes.insert(connection, proposed)
        fixes.insert(connection, lease)
    database.close()
    return proposed, lease


@pytest.fixture(scope="session")
def describe() -> Callable[[str, str, str], Any]:
    """Reads a server's description: by its address, the path, and a token."""
    import schemathesis  # noqa: PLC0415 - large
    from schemathesis.checks import load_all_checks  # noqa: PLC0415 - likewise

    load_all_checks()

    def read(url: str, path: str, token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, trust_env=False, timeout=60, headers=headers) as client:
            return schemathesis.openapi.from_dict(client.get(path).json())

    return read


def unchanged(_: Any) -> None:
    """The request as it was generated."""


def never(_: Any) -> bool:
    """The description says all that makes a request right."""
    return False


@pytest.fixture(scope="session")
def attempt() -> Callable[..., None]:
    """Sends generated requests, right or wrong ones, and checks each answer against the description."""
    from schemathesis import GenerationMode, checks  # noqa: PLC0415 - large

    def tried(  # noqa: PLR0913 - what a request is made of
        described: Any,
        route: str,
        *,
        url: str,
        token: str,
        examples: int,
        wrong: bool,
        change: Callable[[Any], None] = unchanged,
        refuses: Callable[[Any], bool] = never,
    ) -> None:
        """`refuses`: whether what the description can't say may make this right request a wrong one."""
        method, path = route.split(" ")
        mode = GenerationMode.NEGATIVE if wrong else GenerationMode.POSITIVE
        headers = {"Authorization": f"Bearer {token}"}

        @settings(
            max_examples=examples,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            database=None,
        )
        @given(case=described[path][method].as_strategy(generation_mode=mode))
        def answered_as_described(case: Any) -> None:
            change(case)
            excluded = [checks.positive_data_acceptance] if refuses(case) else []
            answer = case.call(base_url=url, headers=headers)
            # A precondition that fails is said before the content is looked at (RFC 9110, 13.2.1).
            early = answer.status_code == httpx.codes.PRECONDITION_FAILED
            without = [*excluded, *([checks.negative_data_rejection] if early else [])]
            case.validate_response(answer, headers=headers, excluded_checks=without)

        answered_as_described()

    return tried

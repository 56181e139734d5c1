"""Generated bodies, proved as their senders prove them: an answer, in time, and never a failure of ours.

They are mostly right, so that many get past the door to what works with them; how many is asserted.
"""

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from structlog.testing import capture_logs

from responder.web.openapi.rows import ROWS
from tests.contract.openapi.senders import ANN, SENDERS

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
"""The server uses randomness in a thread of its own; what is generated has long descriptions."""

EXAMPLES: Final = 40
MANY: Final = 4000
PATIENCE: Final = 60
"""Seconds: whatever takes longer hangs."""
DESCRIBED: Final = {row.at: {row.status, *row.problems} for row in ROWS}
LEAST: Final = 0.25
"""The part of the bodies that has to be worked on: about half of them is."""
HEARD: Final = ("changed", "no_change", "not_ours", "duplicate")
SLACK: Final = "/slack/events"


class Sent(NamedTuple):
    """Where it is sent, how it is proved, and whether the answer says that it was worked on."""

    path: str
    proof: Callable[[Any, bytes], dict[str, str]]
    worked_on: Callable[[httpx.Response], bool]


def by_slack(site: Any, body: bytes) -> dict[str, str]:
    now = str(int(time.time()))  # noqa: TID251 - the server's clock is the machine's
    proof = hmac.new(site.slack.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    kind = "application/json" if body[:1] in b"{[" else "application/x-www-form-urlencoded"
    return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={proof}", "Content-Type": kind}


def by_pagerduty(site: Any, body: bytes) -> dict[str, str]:
    proof = hmac.new(site.pagerduty.encode(), body, hashlib.sha256).hexdigest()
    return {"X-PagerDuty-Signature": f"v1={proof}"}


def by_alertmanager(site: Any, body: bytes) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.sender}"}


def well(answer: httpx.Response) -> bool:
    return answer.is_success


def heard(answer: httpx.Response) -> bool:
    return answer.is_success and answer.json()["outcome"] in HEARD


WAYS: Final = {
    "alertmanager": Sent("/webhooks/alertmanager", by_alertmanager, well),
    "pagerduty": Sent("/webhooks/pagerduty", by_pagerduty, heard),
    **dict.fromkeys(("slack's buttons", "slack's forms", "slack's commands"), Sent(SLACK, by_slack, well)),
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(
    request: pytest.FixtureRequest, site_in: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """On both databases: what one of them keeps, the other may refuse."""
    folder: Path = tmp_path_factory.mktemp("garbage")
    if request.param == "sqlite":
        with site_in(f"sqlite:///{folder}/responder.db") as site:
            yield site
    else:
        with request.getfixturevalue("postgres").database() as url, site_in(url) as site:
            yield site


@pytest.fixture
def client(site: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, trust_env=False, timeout=PATIENCE) as client:
        yield client


def thrown(site: Any, client: httpx.Client, sender: str, examples: int) -> None:
    path, proof, worked_on = WAYS[sender]
    # Slack's stand-in may take longer to say which workspace it is than a click waits.
    expected = DESCRIBED[f"POST {path}"] - ({401} if path == SLACK else {401, 503})
    sent = through = 0

    @settings(
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        database=None,
    )
    @given(body=SENDERS[sender](site))
    def is_answered(body: bytes) -> None:
        nonlocal sent, through
        answer = client.post(path, content=body, headers=proof(site, body))
        assert answer.status_code in expected, answer.text
        sent += 1
        through += worked_on(answer)

    with capture_logs() as told:
        is_answered()
        assert client.get("/-/ready").status_code == 200
    assert [line for line in told if line.get("exc_info")] == []
    assert through >= sent * LEAST, f"{through} of {sent} got past the door"


@pytest.fixture(autouse=True)
def nothing_fails_later(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Neither what slack-bolt does after its answer, nor a task that nobody waits for."""
    with caplog.at_level(logging.ERROR):
        yield
    assert [one.getMessage() for one in caplog.get_records("call") if one.levelno >= logging.ERROR] == []


def done_by_ann(site: Any, client: httpx.Client) -> bool:
    """Whether anything that was done in Slack is kept."""
    headers = {"Authorization": f"Bearer {site.token}"}
    lines = client.get("/api/v1/audit", headers=headers, params={"limit": 200}).json()["lines"]
    story = client.get(f"/api/v1/incidents/{site.incident}", headers=headers).text
    return f"slack:{ANN}" in story or any(ANN in line["by"] for line in lines)


@pytest.mark.parametrize("sender", WAYS)
def test_whatever_is_proved_is_answered(site: Any, client: httpx.Client, sender: str) -> None:
    thrown(site, client, sender, EXAMPLES)


@pytest.mark.soak
@pytest.mark.parametrize("sender", WAYS)
def test_whatever_is_proved_is_answered_thousands_of_times(
    site: Any, client: httpx.Client, sender: str
) -> None:
    thrown(site, client, sender, MANY)
    if sender.startswith("slack"):
        assert done_by_ann(site, client)

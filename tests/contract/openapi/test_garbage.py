"""Generated bodies, proved as their senders prove them: an answer, in time, and never a failure of ours."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from responder.web.openapi.rows import ROWS

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
"""The server uses randomness in a thread of its own; what is generated has long descriptions."""

EXAMPLES: Final = 40
MANY: Final = 4000
PATIENCE: Final = 60
"""Seconds: whatever takes longer hangs."""
DESCRIBED: Final = {row.at: {row.status, *row.problems} for row in ROWS}

ODD: Final = st.sampled_from(
    [
        "",
        "\0",
        "\ud83d",
        "\u202e",
        "${persona}",
        "<!channel>",
        "9" * 400,
        "x" * 5000,
        "1e999",
        "NaN",
        "../..",
        "'",
    ]
)
TEXT: Final = st.text(st.characters(codec=None), max_size=20) | ODD
SCALAR: Final = st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**301) | st.floats() | TEXT
ANYTHING: Final = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
DEEP: Final = st.integers(1, 30_000).map(lambda levels: b"[" * levels + b"]" * levels)
BYTES: Final = st.binary(max_size=200) | DEEP


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Now and then something else."""
    return st.one_of(right, right, right, ANYTHING)


def bodies(keys: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[bytes]:
    """JSON objects with some of these keys and others, or no JSON at all."""
    some = st.fixed_dictionaries({}, optional={key: mostly(value) for key, value in keys.items()})
    both = st.tuples(some, st.dictionaries(TEXT, ANYTHING, max_size=2)).map(lambda two: {**two[1], **two[0]})
    return st.one_of(both.map(_as_json), ANYTHING.map(_as_json), BYTES)


def _as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


MOMENT: Final = (
    st.sampled_from(["2026-03-02T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"]) | TEXT
)
LABELS: Final = st.dictionaries(
    st.sampled_from(["alertname", "severity", "persona", "instance"]) | TEXT, TEXT
)
ALERT: Final = st.fixed_dictionaries(
    {"status": st.sampled_from(["firing", "resolved"]), "labels": LABELS, "startsAt": MOMENT},
    optional={
        "annotations": LABELS,
        "endsAt": mostly(MOMENT),
        "generatorURL": mostly(TEXT),
        "fingerprint": mostly(TEXT),
    },
)
NOTIFICATION: Final = bodies(
    {
        "version": st.just("4"),
        "receiver": TEXT,
        "groupKey": TEXT,
        "alerts": st.lists(mostly(ALERT), max_size=4),
        "truncatedAlerts": st.integers(-1, 2**40),
        "externalURL": TEXT,
    }
)
REFERENCE: Final = st.fixed_dictionaries(
    {"id": TEXT, "type": st.sampled_from(["user_reference", "service_reference"]), "summary": mostly(TEXT)}
)
EVENT: Final = st.fixed_dictionaries(
    {
        "id": TEXT,
        "event_type": st.sampled_from(["incident.acknowledged", "incident.reassigned", "pagey.ping"]) | TEXT,
        "occurred_at": MOMENT,
        "agent": mostly(REFERENCE),
        "data": mostly(
            st.fixed_dictionaries(
                {"id": TEXT, "incident_key": mostly(TEXT), "assignees": st.lists(REFERENCE)}
            )
        ),
    }
)
PAGE_EVENT: Final = bodies({"event": mostly(EVENT)})
IDS: Final = st.fixed_dictionaries({"id": TEXT}, optional={"team_id": TEXT, "username": TEXT})
CLICK: Final = bodies(
    {
        "type": st.sampled_from(
            ["block_actions", "view_submission", "view_closed", "event_callback", "url_verification"]
        ),
        "team": IDS,
        "user": IDS,
        "channel": IDS,
        "container": st.dictionaries(TEXT, TEXT),
        "trigger_id": TEXT,
        "response_url": st.sampled_from(["https://hooks.slack.com/x", "http://127.0.0.1:1/x"]) | TEXT,
        "actions": st.lists(
            st.dictionaries(st.sampled_from(["action_id", "value", "block_id", "type"]), TEXT), max_size=2
        ),
        "view": st.dictionaries(st.sampled_from(["callback_id", "private_metadata", "state"]), ANYTHING),
    }
)
COMMAND: Final = st.dictionaries(
    st.sampled_from(["command", "text", "team_id", "user_id", "channel_id", "response_url", "trigger_id"]),
    TEXT,
)


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


def forms(sent: bytes | Mapping[str, str]) -> bytes:
    """As Slack wraps it: a command is a form, all else is JSON in one."""
    if isinstance(sent, bytes):
        return urlencode({"payload": sent}).encode()
    return urlencode({key: value.encode("utf-8", "surrogatepass") for key, value in sent.items()}).encode()


Proof = Callable[[Any, bytes], dict[str, str]]
WAYS: Final[Mapping[str, tuple[st.SearchStrategy[bytes], Proof]]] = {
    "/webhooks/alertmanager": (NOTIFICATION, by_alertmanager),
    "/webhooks/pagerduty": (PAGE_EVENT, by_pagerduty),
    "/slack/events": (CLICK | CLICK.map(forms) | COMMAND.map(forms), by_slack),
}


@pytest.fixture
def client(site: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, trust_env=False, timeout=PATIENCE) as client:
        yield client


def thrown(site: Any, client: httpx.Client, path: str, examples: int) -> None:
    generated, proof = WAYS[path]
    # Slack's stand-in may take longer to say which workspace it is than a click waits.
    expected = DESCRIBED[f"POST {path}"] - ({401} if path == "/slack/events" else {401, 503})

    @settings(
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        database=None,
    )
    @given(body=generated)
    def is_answered(body: bytes) -> None:
        answer = client.post(path, content=body, headers=proof(site, body))
        assert answer.status_code in expected, answer.text

    is_answered()
    assert client.get("/-/ready").status_code == 200


@pytest.mark.parametrize("path", WAYS)
def test_whatever_is_proved_is_answered(site: Any, client: httpx.Client, path: str) -> None:
    thrown(site, client, path, EXAMPLES)


@pytest.mark.soak
@pytest.mark.parametrize("path", WAYS)
def test_whatever_is_proved_is_answered_thousands_of_times(
    site: Any, client: httpx.Client, path: str
) -> None:
    thrown(site, client, path, MANY)

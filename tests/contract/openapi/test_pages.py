"""Pages and bodies, as a browser and an attacker meet them."""

import gzip
from collections.abc import Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture
def client(site: Any) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {site.token}"}
    with httpx.Client(base_url=site.url, trust_env=False, timeout=60, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/incidents/{incident}", "/runbook", "/playbooks/TokenBudgetExceeded", "/operating"]
)
def test_pages_load_nothing_and_are_kept_nowhere(site: Any, client: httpx.Client, path: str) -> None:
    page = client.get(path.format(incident=site.incident))
    assert page.status_code == 200
    policy = dict(
        one.strip().partition(" ")[::2] for one in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert all("unsafe" not in sources for sources in policy.values())
    assert policy.get("script-src", "'nonce-").startswith("'nonce-")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    again = client.get(path.format(incident=site.incident))
    assert again.headers["content-security-policy"] != page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/incidents",
        "/api/v1/openapi.json",
        "/api/v1/incidents/none",
        "/metrics",
        "/-/ready",
        "/nowhere",
    ],
)
def test_nor_is_anything_else(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/runbook/", "/api/v1/incidents/", "/api/v1/diagnose/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_is_led_elsewhere(client: httpx.Client, method: str, path: str) -> None:
    """To a host that the request itself names, without TLS: with the token in hand."""
    answer = client.request(method, path, headers={"Host": "evil.example.org"})
    assert answer.status_code in {404, 405}
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/incidents/{incident}", "/runbook", "/operating", "/playbooks/x"])
def test_pages_are_for_whoever_may_read(site: Any, client: httpx.Client, path: str) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}):
        refused = client.get(path.format(incident=site.incident), headers=headers)
        assert refused.status_code == 401
        assert site.incident not in refused.text


def test_what_is_packed_is_not_unpacked(site: Any, client: httpx.Client) -> None:
    """A few KiB could be gigabytes."""
    bomb = gzip.compress(b'{"version": "4", "x": "' + b"x" * 30_000_000 + b'"}')
    headers = {"Authorization": f"Bearer {site.sender}", "Content-Encoding": "gzip"}
    refused = client.post("/webhooks/alertmanager", content=bomb, headers=headers)
    assert (refused.status_code, refused.json()["reason"]) == (400, "not_json")
    refused = client.post("/api/v1/fixes/pause", content=bomb, headers={"Content-Encoding": "gzip"})
    assert refused.status_code == 422

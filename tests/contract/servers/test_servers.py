"""Real Prometheus and Alertmanager come up on a free port, and leave nothing behind."""

import os
import socket
from pathlib import Path

import httpx
import pytest

from responder.resources import resource_dir
from responder.testing.free_port import free_port
from responder.testing.loopback import loopback_client
from responder.testing.servers import ServerFailed, alertmanager, prometheus

pytestmark = pytest.mark.scenario

CONFIG = "rule_files: [hypertool.rules.yml]\n"
LONE = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_prometheus_has_its_rules_and_its_history_from_the_start(tmp_path: Path) -> None:
    rules = (resource_dir("rules") / "hypertool.rules.yml").read_text()
    history = tmp_path / "history.om"
    history.write_text(
        '# TYPE hypertool_persona_tokens_used counter\nhypertool_persona_tokens_used_total{persona="a"} 41 '
        "1700000000\n# EOF\n"
    )
    async with (
        prometheus(
            CONFIG,
            folder=tmp_path / "server",
            files={"hypertool.rules.yml": rules},
            history=history,
            lookback_delta="2s",
            retention="100y",
        ) as server,
        loopback_client(base_url=server.url) as http,
    ):
        groups = (await http.get("/api/v1/rules")).json()["data"]["groups"]
        assert sum(len(group["rules"]) for group in groups) == 7
        assert await _values(http, 1700000001) == ["41"]
        assert await _values(http, 1700000003) == []  # older than the lookback
    assert not alive(server.pid)


async def test_an_alertmanager_reads_the_files_beside_its_configuration(tmp_path: Path) -> None:
    config = (resource_dir("rules") / "alertmanager.yml").read_text()
    config = config.replace("/etc/alertmanager/", "")
    files = {"responder-token": "secret", "pagerduty-routing-key": "key"}
    async with (
        alertmanager(config, folder=tmp_path, files=files) as server,
        loopback_client(base_url=server.url) as http,
    ):
        status = (await http.get("/api/v2/status")).json()
        assert status["cluster"]["status"] == "disabled"
    assert not alive(server.pid)


async def test_a_server_is_gone_when_the_block_fails(tmp_path: Path) -> None:
    running = alertmanager(LONE, folder=tmp_path)
    server = await running.__aenter__()
    assert alive(server.pid)
    assert not await running.__aexit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert not alive(server.pid)


async def test_a_server_that_does_not_start_shows_the_end_of_its_log_at_once(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match=r'undefined receiver \\"nobody\\" used in route'):
        async with alertmanager("route: {receiver: nobody}", folder=tmp_path):
            pass


async def test_a_given_port_that_is_taken_is_an_error_and_a_free_one_is_used(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = alertmanager(LONE, folder=tmp_path, port=taken.getsockname()[1])
        with pytest.raises(ServerFailed, match="address already in use"):
            await server.__aenter__()
    port = free_port()
    async with alertmanager(LONE, folder=tmp_path, port=port) as running:
        assert running.url == f"http://127.0.0.1:{port}"


async def test_history_that_promtool_does_not_accept_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "history.om"
    broken.write_text("no metrics at all\n")
    with pytest.raises(ServerFailed, match="promtool does not accept"):
        async with prometheus(CONFIG, folder=tmp_path, history=broken):
            pass


async def _values(http: httpx.AsyncClient, time: int) -> list[str]:
    answer = await http.post(
        "/api/v1/query", data={"query": "hypertool_persona_tokens_used_total", "time": str(time)}
    )
    return [sample["value"][1] for sample in answer.json()["data"]["result"]]

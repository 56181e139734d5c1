"""A backup taken while alerts came in, restored: all that it has goes on, and nothing is told twice."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from responder.storage.backup import back_up
from responder.storage.database import Database

BEFORE = [f"Before{number}" for number in range(6)]
MEANWHILE = [f"Meanwhile{number}" for number in range(30)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_of_a_running_responder_goes_on_where_it_was(
    start: Any, ledger: Any, until: Any, database_url: str, tmp_path: Path
) -> None:
    running = start()
    before = running.send(*BEFORE)
    until(lambda: set(ledger.told()) >= set(before))
    sending = threading.Thread(target=running.send, args=MEANWHILE)
    sending.start()
    copy = tmp_path / "copy.db"
    back_up(Database(database_url), copy)
    sending.join()
    running.kill()
    with sqlite3.connect(copy) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)

    restored = start(url=f"sqlite:///{copy}")
    kept = _open(restored.url)
    assert set(before) <= kept
    until(lambda: set(ledger.told()) >= kept)
    assert restored.send(*BEFORE) == before  # Alertmanager says again what fires
    restored.send(*BEFORE, status="resolved")
    until(lambda: _open(restored.url).isdisjoint(before))
    assert all(ledger.told()[incident] == 1 for incident in kept)


def _open(url: str) -> set[str]:
    answer = httpx.get(f"{url}/api/v1/incidents", params={"status": "open", "limit": 200}, timeout=10)
    return {incident["id"] for incident in answer.raise_for_status().json()["incidents"]}

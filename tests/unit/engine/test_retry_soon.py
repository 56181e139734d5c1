"""While the database is away what the durable engine asks of it is tried again soon, and for ever."""

from inspect import getsource
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from dbos import _sys_db
from dbos._sys_db import SystemDatabase, db_retry

from responder.engine.claim import RETRY_SECONDS, _pauses, retry_soon

TRIES = 12


class BackAgain(Exception):  # noqa: N818 - what it says when it is asked at last
    """The database answers."""


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each wait was meant to take; none takes any time."""
    taken: list[float] = []
    monkeypatch.setattr(_sys_db, "time", SimpleNamespace(sleep=taken.append))
    return taken


def away_for(tries: int) -> Any:
    left = iter(range(tries))

    def begin() -> Any:
        if next(left, None) is None:
            raise BackAgain
        raise sa.exc.OperationalError("", {}, psycopg.OperationalError("connection failed"))

    return begin


def test_what_pollers_and_claimer_ask(pauses: list[float]) -> None:
    retry_soon()
    store = SimpleNamespace(
        engine=SimpleNamespace(begin=away_for(TRIES)), app_name="responder", _is_sqlite=False
    )
    with pytest.raises(BackAgain):
        SystemDatabase.get_latest_application_version(store)  # type: ignore[arg-type] # as much as it asks for
    assert len(pauses) == TRIES
    assert max(pauses) <= 1.5 * RETRY_SECONDS


def test_what_is_decorated_as_it_is_called(pauses: list[float]) -> None:
    retry_soon()
    with pytest.raises(BackAgain):
        db_retry()(away_for(TRIES))()
    assert len(pauses) == TRIES
    assert max(pauses) <= 1.5 * RETRY_SECONDS


def test_no_operation_is_left_out() -> None:
    """Nor may an upgrade move where their pauses are kept."""
    retry_soon()
    written = getsource(_sys_db).count("\n    @db_retry(")
    assert written > 20
    assert [pause.cell_contents for pause in _pauses()] == [RETRY_SECONDS] * written

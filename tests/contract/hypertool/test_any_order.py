"""Whatever is ordered in whatever order: the value, its lease and what a repeat gets are those of a model.

The model is what the contract says, written down without knowing how it is done. Orders go through HTTP.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from fastapi import FastAPI
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from prometheus_client import CollectorRegistry

from responder.hypertool import AnswersInFile, Terms, collector_knobs, control_router
from responder.testing.clock import ManualClock
from responder.testing.deployed import DeployedCollector

URL: Final = "http://hypertool/control/v1/personas/data-scientist/budget"
DEFAULT: Final = 1700
TOKENS: Final = {"responder": "r", "alice": "a"}
VALUES: Final = st.sampled_from([1500, DEFAULT, 2000, 2500, 20_001])
INCIDENTS: Final = st.sampled_from(["i1", "i2"])
KEYS: Final = st.sampled_from([None, "k1", "k2", "k3"])
CONDITIONS: Final = st.sampled_from(["none", "fresh", "stale"])
SECONDS: Final = st.sampled_from([1, 29, 30, 31, 60, 90, 91, 600])


@dataclass
class Model:
    """A value, and while it is lent: to whom, until when, and what it goes back to."""

    value: int = DEFAULT
    incident: str | None = None
    ends: datetime | None = None
    before: int = DEFAULT

    def tick(self, now: datetime) -> None:
        if self.ends is not None and now >= self.ends + timedelta(seconds=60):
            self.for_good(self.before)

    def for_good(self, value: int) -> None:
        self.value, self.incident, self.ends = value, None, None

    def lend(self, value: int, incident: str, ends: datetime) -> None:
        if self.ends is None:
            self.before = self.value
        self.value, self.incident, self.ends = value, incident, ends


class AnyOrder(RuleBasedStateMachine):
    """Two callers, a clock, a collector that may die, and a disk that stays."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.answered: dict[tuple[str, str], tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        self.etag = '"never"'
        self._start()

    def _start(self) -> None:
        self.collector = DeployedCollector(CollectorRegistry())
        self.app = FastAPI()
        self.app.include_router(
            control_router(
                collector_knobs(self.collector, self.clock),
                TOKENS,
                answers=AnswersInFile(Path(self.folder.name) / "answers.json"),
                terms=Terms(self.clock),
            )
        )
        self.model = Model()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def _ask(self, method: str, by: str, headers: Mapping[str, str], body: Any = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
                named = {"Authorization": f"Bearer {TOKENS[by]}", **headers}
                return await client.request(method, URL, json=body, headers=named)

        return asyncio.run(ask())

    @rule(value=VALUES, incident=INCIDENTS, seconds=SECONDS, key=KEYS, condition=CONDITIONS)
    def the_responder_lends(
        self, value: int, incident: str, seconds: int, key: str | None, condition: str
    ) -> None:
        ends = self.clock.now + timedelta(seconds=seconds)
        body = {"value": value, "reason": "fix", "incident": incident, "expires_at": ends.isoformat()}
        if self._ordered("responder", body, key, condition):
            self.model.lend(value, incident, ends)

    @rule(by=st.sampled_from(["alice", "responder"]), value=VALUES, key=KEYS, condition=CONDITIONS)
    def somebody_sets_for_good(self, by: str, value: int, key: str | None, condition: str) -> None:
        if self._ordered(by, {"value": value, "reason": "because"}, key, condition):
            self.model.for_good(value)

    def _ordered(self, by: str, body: Mapping[str, Any], key: str | None, condition: str) -> bool:
        """Give the order; whether it must have been carried out. Checks the answer."""
        self.model.tick(self.clock.now)
        tag = {"fresh": self._ask("GET", by, {}).headers["etag"], "stale": '"stale"'}.get(condition)
        headers = {**({"If-Match": tag} if tag else {}), **({"Idempotency-Key": key} if key else {})}
        answer = self._ask("PUT", by, headers, body)
        if key is not None and (by, key) in self.answered:
            asked, said = self.answered[by, key]
            assert answer.status_code == (200 if asked == body else 422)
            assert asked != body or answer.json() == said
            return False
        if condition == "stale":
            assert answer.status_code == 412
            assert answer.json()["current"]["value"] == self.model.value
            return False
        assert answer.status_code == (422 if body["value"] == 20_001 else 200)
        if answer.status_code == 200 and key is not None:
            self.answered[by, key] = (body, answer.json())
        return answer.status_code == 200

    @rule(value=st.sampled_from([1500, 1600]))
    def somebody_changes_it_past_the_api(self, value: int) -> None:
        """Who writes the very value that holds has changed nothing."""
        self.model.tick(self.clock.now)
        if value != self._ask("GET", "alice", {}).json()["value"]:
            self.collector._token_budgets["data-scientist"] = value
            self.model.for_good(value)

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule()
    def hypertool_dies_and_begins_anew(self) -> None:
        self._start()

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        self.model.tick(self.clock.now)
        found = self._ask("GET", "alice", {}).json()
        lease = found["lease"]
        assert found["value"] == self.model.value == self.collector._token_budgets["data-scientist"]
        assert (lease is not None) == (self.model.ends is not None)
        if lease is not None:
            assert (lease["incident"], lease["before"]) == (self.model.incident, self.model.before)
            assert datetime.fromisoformat(lease["expires_at"]) == self.model.ends


AnyOrder.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAnyOrder = AnyOrder.TestCase

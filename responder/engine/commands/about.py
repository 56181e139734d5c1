"""What is known now of one persona or one workflow: `why NAME`."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from responder.clients.hypertool import ControlApi, Knob
from responder.diagnose import registry
from responder.diagnose.attempt import attempt
from responder.diagnose.clients import Clients, configured
from responder.diagnose.kind import Question
from responder.diagnose.outcome import failed, pending
from responder.domain.answers import About
from responder.domain.errors import AdapterError, BadInput
from responder.domain.fix import Fix
from responder.domain.incident import Incident, IncidentState
from responder.domain.report import WHOLE, Finding, FindingState, Row, Scalar
from responder.engine.commands.known import Known
from responder.engine.commands.parts import Values
from responder.engine.commands.questions import QUESTIONS
from responder.engine.desk import Desk
from responder.storage import fixes, listing
from responder.yamldoc import did_you_mean

EACH: Final = 5.0
"""Seconds that each question gets."""
KNOBS_READ: Final = 20
KNOBS: Final = Finding(diagnostic="knobs", title="Knobs changed", kind="control", state=FindingState.PENDING)
LATELY: Final = timedelta(days=1)
"""A knob at its default that was changed within this time is shown, too."""
OPEN_READ: Final = 200
OF_KIND: Final = {"persona": "personas", "workflow": "workflows"}
"""Where the knobs of each stand in the control API."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Finds out."""

    clients: Clients
    values: Values
    desk: Desk

    async def about(self, named: Mapping[str, str]) -> About:
        """Everything about it, each part on its own: what fails is shown in its place.

        Args:
            named: what it may be, a persona or a workflow, with its name as such.

        Raises:
            BadInput: there is no such persona and no such workflow now; names the nearest.
            AdapterError: Prometheus can't say what there is, and nobody else knows of it.
        """
        kind, name = await self._known(named)
        now = self.desk.clock()
        question = Question(subjects=(((kind, name),),), now=now, within=EACH)
        kinds = registry.build(self.clients)
        findings = await asyncio.gather(
            *(_found(pending(spec), kinds[spec.kind].ask(spec, question)) for spec in QUESTIONS[kind]),
            _found(KNOBS, self._knobs(kind, name, now)),
        )
        incidents = await self.desk.aside(lambda: self._incidents(kind, name))
        held = await self.desk.aside(lambda: self._held(kind, name))
        return About(kind=kind, name=name, at=now, findings=tuple(findings), incidents=incidents, fixes=held)

    async def _known(self, named: Mapping[str, str]) -> tuple[str, str]:
        """Which of these there is: its kind and its name."""
        known = Known(self.values, self.desk.clock)
        try:
            names = await asyncio.gather(*(known.names(kind, within=EACH) for kind in named))
        except AdapterError:
            for kind, name in named.items():
                if await self._known_elsewhere(kind, name):
                    return kind, name
            raise
        for (kind, name), of_kind in zip(named.items(), names, strict=True):
            if name in of_kind:
                return kind, name
        name = next(iter(named.values()))
        near = did_you_mean(name, {one for of_kind in names for one in of_kind})
        raise BadInput("nothing_known", f'there is no {" and no ".join(named)} "{name}" now{near}')

    async def _known_elsewhere(self, kind: str, name: str) -> bool:
        """Whether it has an open incident, or knobs."""
        if await self.desk.aside(lambda: self._incidents(kind, name)):
            return True
        try:
            paths = await self.clients.control.resources(within=EACH) if self.clients.control else ()
        except AdapterError:
            return False
        return any(path.split("/")[:2] == [OF_KIND[kind], name] for path in paths)

    async def _knobs(self, kind: str, name: str, now: datetime) -> Finding:
        """The knobs that are not as they are by default, and those that were changed lately."""
        control = configured(self.clients.control, "Hypertool's control API", "hypertool.control_url")
        paths = [path.split("/") for path in await control.resources(within=EACH)]
        own = [path for path in paths if path[:2] in ([OF_KIND[kind], name], ["switching", "cooldown"])]
        knobs = await _read(control, own[:KNOBS_READ])
        changed = tuple(_row(knob) for knob in knobs if _is_changed(knob, now))
        detail = "" if changed else "none"
        left_out = max(0, len(own) - KNOBS_READ)
        return replace(KNOBS, state=FindingState.MEASURED, rows=changed, detail=detail, left_out=left_out)

    def _incidents(self, kind: str, name: str) -> tuple[Incident, ...]:
        with self.desk.database.read() as connection:
            found = listing.page(connection, state=IncidentState.OPEN, limit=OPEN_READ).incidents
        about = (one for one in found if any(alert.labels.get(kind) == name for alert in one.active))
        return tuple(sorted(about, key=lambda incident: incident.severity.rank))

    def _held(self, kind: str, name: str) -> tuple[Fix, ...]:
        with self.desk.database.read() as connection:
            return tuple(fix for fix in fixes.holding(connection) if fix.labels.get(kind) == name)


async def _found(empty: Finding, asking: Awaitable[Finding]) -> Finding:
    answer = await attempt(asking, asyncio.get_running_loop().time() + EACH)
    return failed(empty, answer) if isinstance(answer, AdapterError) else answer


async def _read(control: ControlApi, paths: Sequence[Sequence[str]]) -> tuple[Knob, ...]:
    return tuple(await asyncio.gather(*(control.resource(path, within=EACH) for path in paths)))


def _is_changed(knob: Knob, now: datetime) -> bool:
    lately = knob.changed_at is not None and now - knob.changed_at <= LATELY
    return knob.lease is not None or lately or (knob.default is not None and knob.value != knob.default)


def _row(knob: Knob) -> Row:
    values: dict[str, Scalar] = {
        "value": knob.value,
        "default": knob.default,
        "changed_at": knob.changed_at.timestamp() if knob.changed_at else None,
        "changed_by": knob.changed_by or None,
        "lease_expires_at": knob.lease.expires_at.timestamp()
        if knob.lease and knob.lease.expires_at
        else None,
    }
    return Row(subject=WHOLE, labels={"knob": knob.resource}, values=values)

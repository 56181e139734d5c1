"""What can be read and set of a Hypertool while it runs: its knobs, each with a default and bounds.

`Knobs` is what the control API needs of a Hypertool. `Board` with its `Dial`s is our own; a collector
that keeps its values elsewhere may bring any other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from responder.hypertool.resources import Choices, Range, Value, kind_of


class UnknownResourceError(LookupError):
    """There is no such persona, workflow or stage, or no such kind of knob at all."""


class UnsupportedKnobError(LookupError):
    """The control API has this kind of knob, this collector has none of it."""


@dataclass(frozen=True)
class Lease:
    """Until when a value that a machine set holds, and what it is set back to."""

    id: str
    before: Value
    expires_at: datetime
    incident: str

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "before": self.before,
            "expires_at": self.expires_at.isoformat(),
            "incident": self.incident,
        }


@dataclass(frozen=True)
class Setting:
    """What a knob says of itself. `changed_…` are empty while nobody has changed it since the start."""

    resource: str
    value: Value
    unit: str | None
    default: Value
    bounds: Range | Choices
    changed_at: datetime | None = None
    changed_by: str | None = None
    reason: str | None = None
    lease: Lease | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The answer of the control API."""
        return {
            "resource": self.resource,
            "value": self.value,
            "unit": self.unit,
            "default": self.default,
            **self.bounds.as_json(),
            "changed_at": None if self.changed_at is None else self.changed_at.isoformat(),
            "changed_by": self.changed_by,
            "reason": self.reason,
            "lease": None if self.lease is None else self.lease.as_json(),
            **self.extra,
        }


class Knob(Protocol):
    """One resource that can be read."""

    @property
    def resource(self) -> str:
        """The path below `/control/v1/`."""

    def read(self) -> Setting:
        """What holds now; its lease is none of the knob's business."""


@runtime_checkable
class SettableKnob(Knob, Protocol):
    """One resource that can be set as well."""

    def set(self, value: Value, *, by: str, reason: str) -> Setting:
        """Set it, at once. Raises `OutOfBoundsError` and then changes nothing."""


@runtime_checkable
class Connection(Knob, Protocol):
    """One resource that is a connection, which can be made anew."""

    async def reconnect(self, *, by: str, reason: str) -> Setting:
        """Connect with the credentials of now; answer how that ended. Being refused is no error."""


class Knobs(Protocol):
    """All knobs of one Hypertool."""

    def resources(self) -> Iterable[str]:
        """The resources that work here."""

    def find(self, resource: str) -> Knob:
        """The knob. Raises `UnknownResourceError` or `UnsupportedKnobError`."""


@dataclass
class Dial:
    """A knob whose value lives elsewhere: read by `get`, moved by `put`.

    `get` is asked each time, so a value that is changed past the dial is still told as it is.
    """

    resource: str
    unit: str | None
    default: Value
    bounds: Range | Choices
    get: Callable[[], Value]
    put: Callable[[Any], None]
    now: Callable[[], datetime]
    _changed: tuple[datetime, str, str] | None = None

    def read(self) -> Setting:
        changed_at, changed_by, reason = self._changed or (None, None, None)
        return Setting(
            resource=self.resource,
            value=self.get(),
            unit=self.unit,
            default=self.default,
            bounds=self.bounds,
            changed_at=changed_at,
            changed_by=changed_by,
            reason=reason,
        )

    def set(self, value: Value, *, by: str, reason: str) -> Setting:
        self.bounds.check(value)
        self.put(value)
        self._changed = (self.now(), by, reason)
        return self.read()


class Board:
    """The knobs a Hypertool has, by resource."""

    def __init__(self, knobs: Iterable[Knob]) -> None:
        self._knobs = {knob.resource: knob for knob in knobs}

    def resources(self) -> tuple[str, ...]:
        """The resources that work here."""
        return tuple(self._knobs)

    def find(self, resource: str) -> Knob:
        """The knob. Raises `UnknownResourceError` or `UnsupportedKnobError`."""
        if resource in self._knobs:
            return self._knobs[resource]
        kind = kind_of(resource)
        if kind is None or any(kind.fits(known) for known in self._knobs):
            raise UnknownResourceError(f"there is no {resource}")
        raise UnsupportedKnobError(f"this Hypertool cannot answer for {resource}")

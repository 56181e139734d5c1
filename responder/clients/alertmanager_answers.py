"""What Alertmanager's API v2 answers, read into values of ours.

The states of an alert there are unprocessed, active and suppressed; what suppresses it is what we tell apart.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, TypeAdapter

from responder.domain.alert import Alert, AlertStatus
from responder.domain.report import Silence


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label, as silences and filters have it."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    @property
    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "value": self.value, "isRegex": self.is_regex, "isEqual": self.is_equal}

    def __str__(self) -> str:
        """As a filter is written, for example `persona="a"`."""
        value = self.value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        return f'{self.name}{_OPERATORS[self.is_equal, self.is_regex]}"{value}"'


_OPERATORS: Final = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceOrder:
    """A silence to be made: who wants it and why stands in it."""

    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str

    @property
    def as_json(self) -> dict[str, object]:
        return {
            "matchers": [matcher.as_json for matcher in self.matchers],
            "startsAt": self.starts_at.isoformat(),
            "endsAt": self.ends_at.isoformat(),
            "createdBy": self.created_by,
            "comment": self.comment,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRecord(Silence):
    """A silence with what it matches; `state` is active, pending or expired."""

    state: str
    starts_at: datetime
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The alerts that one receiver is notified of together."""

    receiver: str
    labels: dict[str, str]
    alerts: tuple[Alert, ...]


# Of these there may be tens of thousands: without what a model keeps beside its fields.


@dataclass(slots=True, kw_only=True)
class _State:
    state: str
    silencedBy: list[str] | None = None  # noqa: N815 - Alertmanager's name
    inhibitedBy: list[str] | None = None  # noqa: N815 - Alertmanager's name


@dataclass(slots=True, kw_only=True)
class _Alert:
    fingerprint: str
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: AwareDatetime  # noqa: N815 - Alertmanager's name
    status: _State
    generatorURL: str = ""  # noqa: N815 - Alertmanager's name


@dataclass(slots=True)
class _Receiver:
    name: str


@dataclass(slots=True, kw_only=True)
class _Group:
    receiver: _Receiver
    labels: dict[str, str]
    alerts: list[_Alert]


class _SilenceState(BaseModel):
    state: str


class _Matcher(BaseModel):
    name: str
    value: str
    isRegex: bool  # noqa: N815 - Alertmanager's name
    isEqual: bool = True  # noqa: N815 - Alertmanager's name


class _Silence(BaseModel):
    id: str
    status: _SilenceState
    matchers: list[_Matcher]
    startsAt: AwareDatetime  # noqa: N815 - Alertmanager's name
    endsAt: AwareDatetime  # noqa: N815 - Alertmanager's name
    createdBy: str  # noqa: N815 - Alertmanager's name
    comment: str


class _Created(BaseModel):
    silenceID: str  # noqa: N815 - Alertmanager's name


class _Version(BaseModel):
    version: str


class _Config(BaseModel):
    original: str = ""


class _Status(BaseModel):
    config: _Config = _Config()
    versionInfo: _Version  # noqa: N815 - Alertmanager's name


EXPIRED: Final = "expired"
"""The state of a silence that is over, by itself or because somebody ended it."""
ALERTS: Final = TypeAdapter(list[_Alert])
CREATED: Final = TypeAdapter(_Created)
GROUPS: Final = TypeAdapter(list[_Group])
SILENCE: Final = TypeAdapter(_Silence)
SILENCES: Final = TypeAdapter(list[_Silence])
STATUS: Final = TypeAdapter(_Status)


def alert_of(listed: _Alert) -> Alert:
    """An alert that hasn't ended: it has no end, whatever `endsAt` (when it would time out) says."""
    return Alert(
        fingerprint=listed.fingerprint,
        labels=listed.labels,
        annotations=listed.annotations,
        status=_status(listed.status),
        starts_at=listed.startsAt.astimezone(UTC),
        generator_url=listed.generatorURL,
    )


def group_of(listed: _Group) -> Group:
    return Group(
        receiver=listed.receiver.name,
        labels=listed.labels,
        alerts=tuple(map(alert_of, listed.alerts)),
    )


def silence_of(listed: _Silence) -> SilenceRecord:
    return SilenceRecord(
        id=listed.id,
        created_by=listed.createdBy,
        comment=listed.comment,
        state=listed.status.state,
        starts_at=listed.startsAt.astimezone(UTC),
        ends_at=listed.endsAt.astimezone(UTC),
        matchers=tuple(Matcher(m.name, m.value, m.isRegex, m.isEqual) for m in listed.matchers),
    )


def _status(state: _State) -> AlertStatus:
    if state.silencedBy:
        return AlertStatus.SILENCED
    return AlertStatus.INHIBITED if state.inhibitedBy else AlertStatus.FIRING

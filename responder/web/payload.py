"""Alertmanager's webhook body, payload version 4: read strictly where it matters, unknown keys ignored."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from responder.domain.alert import Alert, AlertStatus, Notification
from responder.domain.clock import instant
from responder.domain.errors import BadInput
from responder.domain.texts import keepable

VERSION: Final = "4"
SHOWN_MISTAKES: Final = 5
NO_END: Final = 1970
"""An end before this year is none: Go's zero time is written while an alert fires."""

MOST_TRUNCATED: Final = 2**31 - 1
"""More than any Alertmanager holds; every database can keep it."""

_ODD_TEXT: Final = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{1,64}")


class Rejected(StrEnum):
    """Why a body can never be understood. Values are metric labels: never rename one."""

    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    WRONG_SHAPE = "wrong_shape"
    WRONG_VERSION = "wrong_version"
    NO_ALERTS = "no_alerts"


def _moment(value: object) -> datetime:
    """To the millisecond: that is what Alertmanager's API says of the same moment."""
    try:
        moment = instant(value) if isinstance(value, str) else _no_moment()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _no_moment() -> datetime:
    raise ValueError("a time is written as text, such as 2026-01-31T12:00:00Z")


def _or_empty(value: object) -> object:
    return {} if value is None else value


def _written_as_one(value: object) -> object:
    """A whole number, which JSON may write as 1 or 1.0; pydantic would take `true` and text for one, too."""
    if isinstance(value, bool | str):
        raise ValueError("a number is written as one")  # noqa: TRY004 - pydantic's way
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Number = Annotated[int, BeforeValidator(_written_as_one)]
Texts = Annotated[dict[str, str], BeforeValidator(_or_empty)]


@dataclass(slots=True, kw_only=True)  # there may be tens of thousands: a model keeps more beside its fields
class _Alert:
    status: Literal["firing", "resolved"]
    labels: Texts = field(default_factory=dict)
    annotations: Texts = field(default_factory=dict)
    starts_at: Annotated[Moment, Field(alias="startsAt")]
    ends_at: Annotated[Moment | None, Field(alias="endsAt")] = None
    generator_url: Annotated[str, Field(alias="generatorURL")] = ""
    fingerprint: str = ""


class _Payload(BaseModel):
    version: Literal["4"]
    receiver: str
    group_key: str = Field(alias="groupKey")
    truncated: Number = Field(default=0, ge=0, le=MOST_TRUNCATED, alias="truncatedAlerts")
    external_url: str = Field(default="", alias="externalURL")
    alerts: list[_Alert] = Field(min_length=1)


_PAYLOAD: Final = TypeAdapter(_Payload)


def read(body: bytes, now: datetime) -> Notification:
    """The notification that a webhook body carries.

    Raises:
        BadInput: it can never be understood; the reason is one of `Rejected`.
    """
    payload = _at_once(body) or _step_by_step(body)
    return Notification(
        receiver=payload.receiver,
        group_key=payload.group_key,
        alerts=_told_apart(tuple(map(_alert, payload.alerts))),
        truncated=payload.truncated,
        external_url=payload.external_url,
        received_at=now,
    )


def _at_once(body: bytes) -> _Payload | None:
    """What nearly every body is: right, and with nothing odd in it."""
    if _ODD_TEXT.search(body):
        return None
    try:
        return _PAYLOAD.validate_json(body)
    except ValidationError:
        return None


def _step_by_step(body: bytes) -> _Payload:
    """The same with care, and with the reason where it can't be.

    Raises:
        BadInput: it can never be understood.
    """
    document = _json(body)
    if not isinstance(document, dict):
        raise BadInput(Rejected.WRONG_SHAPE, "the body is not a JSON object")
    version = document.get("version")
    if version != VERSION:
        raise BadInput(
            Rejected.WRONG_VERSION,
            f"version is {_shown(version)}, not {VERSION!r}: not a webhook of Alertmanager's",
        )
    if document.get("alerts") in ([], None):
        raise BadInput(Rejected.NO_ALERTS, "there are no alerts in it")
    try:
        return _PAYLOAD.validate_python(document)
    except ValidationError as error:
        raise BadInput(Rejected.WRONG_SHAPE, mistakes(error)) from error


def _json(body: bytes) -> object:
    try:
        document = json.loads(body.decode())  # not of bytes: that would let half characters through unescaped
        return keepable(document) if _ODD_TEXT.search(body) else document
    except RecursionError as error:
        raise BadInput(Rejected.TOO_DEEP, "the JSON is nested too deeply") from error
    except ValueError as error:
        raise BadInput(Rejected.NOT_JSON, f"the body is not JSON: {error}"[:200]) from error


def _alert(alert: _Alert) -> Alert:
    over = alert.status == "resolved"
    ends_at = alert.ends_at if alert.ends_at and alert.ends_at.year >= NO_END else None
    return Alert(
        fingerprint=alert.fingerprint if _FINGERPRINT.fullmatch(alert.fingerprint) else _digest(alert.labels),
        labels=alert.labels,
        annotations=alert.annotations,
        status=AlertStatus.RESOLVED if over else AlertStatus.FIRING,
        starts_at=alert.starts_at,
        ends_at=ends_at if over else None,
        generator_url=alert.generator_url,
    )


def _told_apart(alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
    """Alerts of different labels are different ones, also where their sender gives all one fingerprint."""
    labels = {alert.fingerprint: alert.labels for alert in reversed(alerts)}
    if len(labels) == len(alerts):
        return alerts
    return tuple(
        one if labels[one.fingerprint] == one.labels else replace(one, fingerprint=_digest(one.labels))
        for one in alerts
    )


def _digest(labels: Mapping[str, str]) -> str:
    """Stands in where no fingerprint is given: like Alertmanager's it depends on the labels only."""
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()[:16]


def mistakes(error: ValidationError) -> str:
    """The first mistakes of a body, in words, without what was sent."""
    found = error.errors(include_url=False, include_input=False)
    said = [f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}" for mistake in found[:SHOWN_MISTAKES]]
    more = len(found) - len(said)
    return "; ".join(said)[:1000] + (f"; and {more} more" if more > 0 else "")


def _shown(value: object) -> str:
    return repr(value)[:40]

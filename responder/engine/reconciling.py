"""What the comparison concludes: which alerts of an incident changed, which ones were missed. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from responder.domain.alert import RESERVED, Alert, AlertStatus, Notification
from responder.domain.incident import Incident
from responder.engine.ports import Listed
from responder.storage.ways import Way

SAME_START: Final = timedelta(seconds=1)
"""Starts that differ by less are the same: the API says them less exactly than the webhook."""


def differing(
    incident: Incident, listed: Mapping[str, Alert], gone: Collection[str], now: datetime
) -> tuple[Alert, ...]:
    """The incident's alerts as Alertmanager has them, where that differs.

    Args:
        incident: as it was held when Alertmanager was asked.
        listed: what Alertmanager lists, by fingerprint.
        gone: fingerprints that count as over if they aren't listed.
        now: when it was asked.
    """
    found = (
        _as_listed(alert, listed.get(alert.fingerprint), gone, now) for alert in incident.alerts.values()
    )
    return tuple(alert for alert in found if alert is not None)


def absent(incident: Incident, listed: Mapping[str, Alert]) -> frozenset[str]:
    """The fingerprints that the incident holds as not over and Alertmanager doesn't list."""
    return frozenset(alert.fingerprint for alert in incident.active if alert.fingerprint not in listed)


def _as_listed(held: Alert, listed: Alert | None, gone: Collection[str], now: datetime) -> Alert | None:
    if listed is None:
        over = not held.over and held.fingerprint in gone
        return held.with_status(AlertStatus.RESOLVED, ends_at=now) if over else None
    if listed.starts_at - held.starts_at >= SAME_START:
        return listed
    if held.over or held.status is listed.status:
        return None
    return held.with_status(listed.status)


def missed(
    listed: Iterable[Listed],
    held: Collection[str],
    receivers: Collection[str],
    started_before: datetime,
) -> tuple[Listed, ...]:
    """The alerts that should have been sent to us and were not.

    Args:
        listed: what Alertmanager lists.
        held: fingerprints in open incidents.
        receivers: those that send to us.
        started_before: younger ones may still be on their way.
    """
    return tuple(
        one
        for one in listed
        if one.receiver in receivers
        and one.alert.fingerprint not in held
        and one.alert.status is AlertStatus.FIRING
        and one.alert.starts_at < started_before
        and one.alert.name not in RESERVED
    )


def notifications_of(found: Sequence[Listed], ways: Sequence[Way], now: datetime) -> tuple[Notification, ...]:
    """The notifications that would have told of these alerts, each to the group it belongs to."""
    groups: dict[tuple[str, str], list[Alert]] = defaultdict(list)
    for one in found:
        groups[one.receiver, _group_key(one, ways)].append(one.alert)
    return tuple(
        Notification(
            receiver=receiver,
            group_key=group_key,
            alerts=tuple(alerts),
            truncated=0,
            external_url="",
            received_at=now,
        )
        for (receiver, group_key), alerts in groups.items()
    )


def _group_key(one: Listed, ways: Sequence[Way]) -> str:
    """The key that an open incident of the same group came by, else one that stands in for it."""
    suffix = ":" + _written(one.group)
    same = (
        way.group_key
        for way in ways
        if way.receiver == one.receiver
        and way.alert_name == one.alert.name
        and (way.group_key.endswith(suffix) or not one.group)
    )
    return next(same, suffix)


def _written(labels: Mapping[str, str]) -> str:
    """Group labels as Alertmanager writes them at the end of a group key."""
    return "{" + ", ".join(f"{name}={_quoted(value)}" for name, value in sorted(labels.items())) + "}"


def _quoted(value: str) -> str:
    plain = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n").replace("\t", r"\t")
    return f'"{plain}"'

"""Which incident an alert belongs to. Pure (decision: an incident is one episode of one alert name)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from responder.domain.alert import RESERVED, Alert
from responder.domain.incident import Incident, may_reopen


@dataclass(frozen=True, slots=True)
class Routed:
    """Where the alerts of one name go. `fresh` make a new incident together."""

    known: Mapping[str, list[Alert]]
    fresh: list[Alert] = field(default_factory=list)


def by_name(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    """The alerts by their name, without those that are ours."""
    named: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if (name := alert.name) not in RESERVED:
            named[name].append(alert)
    return named


def names_of(alerts: Iterable[Alert]) -> set[str]:
    """Their names, without those that are ours."""
    return {alert.name for alert in alerts} - RESERVED


def route(
    alerts: Sequence[Alert],
    holders: Mapping[str, Incident],
    open_by_way: str | None,
    now: datetime,
    *,
    certain: bool = False,
) -> Routed:
    """Where each alert goes: to the incident that holds it, else the open one of its group, else a new one.

    Only where no incident of the group is open is a closed one opened again: there is one open at a time.

    Args:
        alerts: of one name.
        holders: by fingerprint, the open incident that holds it or the one closed last.
        open_by_way: the open incident of (receiver, group key, alert name), if there is one.
        now: when they were heard of.
        certain: Alertmanager says now that they fire: nothing of it is old news.
    """
    known: dict[str, list[Alert]] = defaultdict(list)
    fresh: list[Alert] = []
    open_one = open_by_way or _reopened(alerts, holders, now, certain=certain)
    for alert in alerts:
        home = _home(alert, holders.get(alert.fingerprint), certain=certain) or open_one
        if home is not None:
            known[home].append(alert)
        else:
            fresh.append(alert)
    newest = _newest(fresh)
    return Routed(known, newest if any(not alert.over for alert in newest) else [])


def _newest(alerts: Iterable[Alert]) -> list[Alert]:
    """Each fingerprint once, with the last word on it: it may fire and be over in one notification."""
    newest: dict[str, Alert] = {}
    for alert in alerts:
        known = newest.setdefault(alert.fingerprint, alert)
        if alert.newer_than(known):
            newest[alert.fingerprint] = alert
    return list(newest.values())


def _home(alert: Alert, holder: Incident | None, *, certain: bool) -> str | None:
    """The incident that holds the alert; a closed one takes old news only, and ignores it."""
    if holder is None:
        return None
    return holder.id if holder.open or alert.over or _old_news(alert, holder, certain=certain) else None


def _reopened(
    alerts: Iterable[Alert], holders: Mapping[str, Incident], now: datetime, *, certain: bool
) -> str | None:
    """The closed incident that is opened again because an alert of it fires again within 30 minutes.

    Of several it is the one closed last: from then on it is the open one of its group, for all of them.
    """
    back = (
        holder
        for alert in alerts
        if (holder := holders.get(alert.fingerprint)) is not None
        and not (holder.open or alert.over or _old_news(alert, holder, certain=certain))
        and may_reopen(holder, now)
    )
    newest = max(back, key=lambda holder: holder.closed_at or holder.opened_at, default=None)
    return None if newest is None else newest.id


def _old_news(alert: Alert, holder: Incident, *, certain: bool) -> bool:
    return not certain and not alert.newer_than(holder.alerts[alert.fingerprint])

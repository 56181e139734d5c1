"""What is due after an incident changed. Pure: the one place that turns changes into orders."""

from collections.abc import Iterable, Sequence

from responder.domain.incident import Absorbed, EventKind, Incident
from responder.engine import orders
from responder.engine.orders import Order


def due(before: Incident | None, absorbed: Absorbed, notifiers: Sequence[str]) -> tuple[Order, ...]:
    """The orders that follow from a change.

    News is investigated first, and told when that is done or after 2 seconds, and so is what a storm deferred
    until now; an end is told once the measure was asked again; everything else is told at once. What a storm
    defers is compared as usual, and nothing else.
    """
    after = absorbed.incident
    comparison = (
        (orders.compare(after.id, after.notice),)
        if after.unsure and (before is None or not before.unsure or absorbed.news)
        else ()
    )
    return (*comparison, *_next(before, absorbed, notifiers))


def _next(before: Incident | None, absorbed: Absorbed, notifiers: Sequence[str]) -> tuple[Order, ...]:
    after = absorbed.incident
    let_go = before is not None and before.deferred and not after.deferred
    if after.open and (before is None or let_go or after.revision > before.revision):
        return () if after.deferred else (orders.investigate(after.id, after.revision, after.severity),)
    if _has(absorbed, EventKind.CLOSED):
        return () if after.deferred else (orders.end(after.id, after.revision, after.notice),)
    if before is not None and after.notice > before.notice:
        return tuple(told(after, notifiers))
    return ()


def told(incident: Incident, notifiers: Sequence[str]) -> Iterable[Order]:
    """Every notifier has to tell the newest notice, unless a storm defers it."""
    if incident.deferred:
        return ()
    return [orders.tell(incident.id, notifier, incident.notice, incident.severity) for notifier in notifiers]


def _has(absorbed: Absorbed, kind: EventKind) -> bool:
    return any(event.kind is kind for event in absorbed.events)

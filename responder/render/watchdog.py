"""A lost watchdog in plain words: the lock screen's line, the lines of its one message, its page. Pure."""

from collections.abc import Iterator
from typing import Final

from responder.domain.alert import WATCHDOG
from responder.domain.units import duration
from responder.domain.watchdog import Loss, LossNotice
from responder.render.limits import cut, safe_url
from responder.render.lines import Line, Part, Span, To, fitted, within
from responder.render.pagerduty import PageWords

LOCK_SCREEN: Final = 150
LOST: Final = "the watchdog stopped coming: alerts may reach nobody"
CHECKS: Final = (
    "Prometheus runs, has the rule loaded, and reaches Alertmanager",
    "Alertmanager runs, has the route, and can deliver to this responder; no silence covers the watchdog",
    "responder doctor sends a test alert the same way, and says where it is lost",
)


def loss_line(notice: LossNotice) -> str:
    """What a phone shows before it is unlocked: at most 150 characters."""
    return cut(_headline(notice.loss), LOCK_SCREEN)


def loss_lines(notice: LossNotice) -> tuple[Line, ...]:
    """The message: at most 30 lines of 45 characters."""
    return fitted([*_lines(notice)])


def loss_page(notice: LossNotice) -> PageWords:
    """The words of the page."""
    lines = loss_lines(notice)
    url = safe_url(notice.list_url)
    return PageWords(
        summary=loss_line(notice),
        group="availability",
        kind=WATCHDOG,
        details={
            "What it means": "\n".join(line.text for line in lines if line.part is Part.IF_NOTHING),
            "Heard": "\n".join(line.text for line in lines if line.part is Part.ABOUT),
            "Check": "\n".join(line.text for line in lines if line.part is Part.CHECK),
        },
        links=((url, "All incidents"),) if url else (),
    )


def _headline(loss: Loss) -> str:
    if not loss.over:
        return f"[critical] {LOST}"
    if loss.came_back:
        return "[over] the watchdog comes again"
    return "[over] the watchdog is not expected any longer"


def _lines(notice: LossNotice) -> Iterator[Line]:
    loss = notice.loss
    yield within(Line(Part.HEADLINE, (_headline(loss),)), 3)
    yield Line(Part.ABOUT, tuple(_heard(loss)))
    if loss.over_at is not None:
        lasted = duration((loss.over_at - loss.lost_at).total_seconds())
        yield Line(Part.ENDING, (f"after {lasted}, at ", loss.over_at), "Over")
    else:
        meaning = "Hypertool's alerts may fire and nobody is told, by this responder or by any other way"
        yield within(Line(Part.IF_NOTHING, (meaning,), "If you do nothing"), 4)
        for check in CHECKS:
            yield within(Line(Part.CHECK, (check,), bullet=True), 4)
    if url := safe_url(notice.list_url):
        yield Line(Part.LINKS, (To("All incidents", url),))


def _heard(loss: Loss) -> Iterator[Span]:
    yield f"{WATCHDOG} fires always; "
    if loss.heard_at is None:
        yield "it has never come, as was noticed at "
    else:
        yield "it last came at "
        yield loss.heard_at
        yield ", as was noticed at "
    yield loss.lost_at

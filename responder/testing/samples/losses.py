"""A lost watchdog: heard before or never, and both ways that it can be over."""

from dataclasses import replace
from datetime import timedelta

from responder.domain.watchdog import Loss, LossNotice
from responder.testing.samples.parts import NOW
from responder.testing.samples.storms import LIST


def lost() -> LossNotice:
    """Noticed a moment ago."""
    loss = Loss(
        id="w4t7c8dg",
        heard_at=NOW - timedelta(minutes=10),
        lost_at=NOW,
        notice=1,
        changed_at=NOW,
    )
    return LossNotice(loss=loss, list_url=LIST)


def never_came() -> LossNotice:
    """Expected, and never heard; with an address that is none."""
    notice = lost()
    return replace(notice, loss=replace(notice.loss, heard_at=None), list_url="javascript:alert(1)")


def came_back() -> LossNotice:
    """Half an hour later."""
    notice = lost()
    over = replace(
        notice.loss,
        over_at=NOW + timedelta(minutes=30),
        came_back=True,
        notice=2,
        changed_at=NOW + timedelta(minutes=30),
    )
    return replace(notice, loss=over)


def not_expected() -> LossNotice:
    """Nobody expects it any longer."""
    notice = came_back()
    return replace(notice, loss=replace(notice.loss, came_back=False))

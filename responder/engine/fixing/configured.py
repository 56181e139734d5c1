"""What the configuration says of fixes, in the terms of gates and moves."""

from datetime import timedelta

from responder.domain.access import May
from responder.engine.fixing.parts import Times
from responder.policy.gates import Limits
from responder.settings import Fixes, Settings


def limits_of(settings: Settings) -> Limits:
    """How far fixes may go."""
    fixes, limits = settings.fixes, settings.fixes.limits
    return Limits(
        mode=fixes.mode,
        auto=frozenset(fixes.auto),
        approvers=_anybody_may_approve(settings),
        in_force=limits.in_force,
        cooldown=timedelta(minutes=limits.cooldown_minutes),
        ceilings=limits.ceilings.model_dump(exclude_none=True),
    )


def times_of(fixes: Fixes) -> Times:
    """How long a proposal may be approved; all else as it comes."""
    return Times(offered=timedelta(minutes=fixes.limits.approval_minutes))


def _anybody_may_approve(settings: Settings) -> bool:
    """By a token of the API, or in Slack."""
    tokens = any(token.may.includes(May.APPROVE) for token in settings.server.tokens)
    return tokens or bool(settings.slack.on and settings.slack.approvers)

"""What the configuration says of fixes, in the terms of gates and moves."""

from datetime import timedelta

from responder.engine.fixing.parts import Times
from responder.policy.gates import Limits
from responder.settings import Fixes


def limits_of(fixes: Fixes) -> Limits:
    """How far fixes may go."""
    limits = fixes.limits
    return Limits(
        mode=fixes.mode,
        auto=frozenset(fixes.auto),
        in_force=limits.in_force,
        cooldown=timedelta(minutes=limits.cooldown_minutes),
        ceilings=limits.ceilings.model_dump(exclude_none=True),
    )


def times_of(fixes: Fixes) -> Times:
    """How long a proposal may be approved; all else as it comes."""
    return Times(offered=timedelta(minutes=fixes.limits.approval_minutes))

"""Which cause it most likely is: the runbook's likelihood times what was measured. Pure.

score = prior x strongest yes for the cause / strongest yes against it

Only the strongest counts on each side: tests of one cause are seldom independent, and ten weak hints must not
outweigh one strong fact. It is an order, never a probability.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from responder.domain.report import Evidence, Likelihood, RankedCause, Ranking, Verdict, Weight
from responder.playbook.model import Cause

PRIOR: Final = {Likelihood.HIGH: 4.0, Likelihood.MEDIUM: 2.0, Likelihood.LOW: 1.0}
STRENGTH: Final = {Weight.STRONG: 8.0, Weight.MODERATE: 3.0, Weight.WEAK: 1.5}
CANT_TELL: Final = 1.5
"""Two causes whose scores are within this factor can't be told apart."""

_ROUNDING: Final = 1e-9


def rank(
    causes: Sequence[Cause], evidence: Mapping[str, Sequence[Evidence]], *, use_evidence: bool = True
) -> Ranking:
    """Order the causes of one alert, the likeliest first; equal scores keep the runbook's order.

    Args:
        causes: in the runbook's order.
        evidence: the answered tests by cause.
        use_evidence: False ranks by the runbook alone, as if nothing had been measured.
    """
    ranked = [_scored(cause, tuple(evidence.get(cause.id, ())) if use_evidence else ()) for cause in causes]
    ranked.sort(key=lambda cause: -cause.score)
    leading = _leading(ranked)
    verdict = _verdict(ranked[:leading])
    told = leading if verdict in (Verdict.CLEAR, Verdict.TIED) else 0
    return Ranking(verdict=verdict, causes=tuple(ranked), leading=told)


def _scored(cause: Cause, evidence: tuple[Evidence, ...]) -> RankedCause:
    speaks_for = _strongest(evidence, supports=True)
    speaks_against = _strongest(evidence, supports=False)
    return RankedCause(
        cause=cause.id,
        title=cause.title,
        likelihood=cause.likelihood,
        score=PRIOR[cause.likelihood] * speaks_for / speaks_against,
        evidence=evidence,
        check=cause.check or "",
        look=cause.look or "",
    )


def _strongest(evidence: Sequence[Evidence], *, supports: bool) -> float:
    counted = (STRENGTH[one.weight] for one in evidence if one.counts and one.supports is supports)
    return max(counted, default=1.0)


def _leading(ranked: Sequence[RankedCause]) -> int:
    """How many of the first can't be told apart from the very first."""
    first = ranked[0].score if ranked else 0.0
    return sum(cause.score * CANT_TELL >= first - _ROUNDING for cause in ranked)


def _verdict(leaders: Sequence[RankedCause]) -> Verdict:
    """A cause that only leads because it is frequent, or because others are ruled out, is not clear."""
    if not leaders:
        return Verdict.NONE
    if not any(cause.said(supports=True) for cause in leaders):
        return Verdict.UNTESTED
    return Verdict.CLEAR if len(leaders) == 1 else Verdict.TIED

"""What calls to models say when those of now are held against those of before. Pure.

Means and shares need a few calls: of fewer nothing is said, which is "not measured". A prompt is repeated
where an earlier call of the window had the same input and the same number of tokens in; the second because
some sites hide all inputs behind one word.
"""

from collections.abc import Callable, Sequence
from typing import Final

from responder.clients.langfuse_answers import Call
from responder.domain.report import Scalar

FEWEST: Final = 3

FIELDS: Final = frozenset(
    {
        *("calls", "calls_before"),
        *("tokens_in_a_call", "tokens_in_a_call_before", "tokens_in_factor"),
        *("tokens_out_a_call", "tokens_out_a_call_before", "tokens_out_factor"),
        *("repeated_share", "repeated_share_before"),
        *("cached_share", "cached_share_before", "cached_share_lost"),
        "prompt_changed",
    }
)

Count = Callable[[Call], float | None]


def compared(now: Sequence[Call], before: Sequence[Call]) -> dict[str, Scalar]:
    """Calls, tokens, repeated prompts and cache of now, beside those of before; None: not measured."""
    tokens_in = _mean(now, _tokens_in), _mean(before, _tokens_in)
    tokens_out = _mean(now, _tokens_out), _mean(before, _tokens_out)
    cached = _cached_share(now), _cached_share(before)
    return {
        "calls": float(len(now)),
        "calls_before": float(len(before)),
        "tokens_in_a_call": tokens_in[0],
        "tokens_in_a_call_before": tokens_in[1],
        "tokens_in_factor": _factor(*tokens_in),
        "tokens_out_a_call": tokens_out[0],
        "tokens_out_a_call_before": tokens_out[1],
        "tokens_out_factor": _factor(*tokens_out),
        "repeated_share": _repeated_share(now),
        "repeated_share_before": _repeated_share(before),
        "cached_share": cached[0],
        "cached_share_before": cached[1],
        "cached_share_lost": None if None in cached else (cached[1] or 0.0) - (cached[0] or 0.0),
        "prompt_changed": _prompt_changed(now, before),
    }


def dearest(calls: Sequence[Call], most: int) -> Sequence[Call]:
    """The most expensive, by cost where any is known, else by tokens; those without either are not dear."""
    by_cost = any(call.cost for call in calls)

    def price(call: Call) -> float:
        return (call.cost or 0.0) if by_cost else call.tokens

    return [call for call in sorted(calls, key=price, reverse=True) if price(call) > 0][:most]


def _tokens_in(call: Call) -> float | None:
    return call.tokens_in


def _tokens_out(call: Call) -> float | None:
    return call.tokens_out


def _mean(calls: Sequence[Call], count: Count) -> float | None:
    found = [value for call in calls if (value := count(call)) is not None]
    return sum(found) / len(found) if len(found) >= FEWEST else None


def _factor(now: float | None, before: float | None) -> float | None:
    return now / before if now is not None and before else None


def _repeated_share(calls: Sequence[Call]) -> float | None:
    inputs = [(call.digest, call.tokens_in) for call in calls if call.digest]
    return 1 - len(set(inputs)) / len(inputs) if len(inputs) >= FEWEST else None


def _cached_share(calls: Sequence[Call]) -> float | None:
    """Of the tokens in; nothing where no call says anything of a cache."""
    if len(calls) < FEWEST or all(call.cached is None for call in calls):
        return None
    tokens = sum(call.tokens_in or 0.0 for call in calls)
    return min(1.0, sum(call.cached or 0.0 for call in calls) / tokens) if tokens else None


def _prompt_changed(now: Sequence[Call], before: Sequence[Call]) -> bool | None:
    """Whether a version of a prompt is in use that was not; nothing where prompts have no versions."""
    used, known = ({call.prompt for call in calls if call.prompt} for calls in (now, before))
    return bool(used - known) if used and known else None

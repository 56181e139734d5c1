"""How long and how often is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Args:
    rounds: how often everything is measured; the median counts.
    alerts: alerts a round, told one after the other.
    idle_seconds: how long a responder at rest is watched, each round.
    load_seconds: how long each side of the intake's comparison is loaded, each round.
    storm: alerts of a storm.
    stored: incidents that a database holds after long use.
    open: incidents that are open while one of them changes.
    """

    rounds: int = 3
    alerts: int = 100
    idle_seconds: float = 20
    load_seconds: float = 5
    storm: int = 5_000
    stored: int = 100_000
    open: int = 10_000

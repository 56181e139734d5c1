"""What actions work with; what isn't configured is None."""

from dataclasses import dataclass
from typing import Final

from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.clients.hypertool import ControlApi, Supervisor
from responder.domain.clock import Clock, system_clock

WITHIN: Final = 5.0
"""Seconds that a far side has for one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What is configured.

    Args:
        http: asks the metrics port.
        control: Hypertool's control API.
        supervisor: of Hypertool's process.
        alertmanager: where silences are made.
        metrics_url: where Hypertool exports its metrics.
        restart_command: a program and its arguments; empty: there is none.
        clock: for a silence's beginning.
    """

    http: Http
    control: ControlApi | None = None
    supervisor: Supervisor | None = None
    alertmanager: Alertmanager | None = None
    metrics_url: str | None = None
    restart_command: tuple[str, ...] = ()
    clock: Clock = system_clock

"""Structured logs: one line an event, a stable action, the domain's own words as context."""

import logging
import sys
from enum import StrEnum
from typing import Final, TextIO

import structlog

from responder.domain.hiding import without_tokens


class Action(StrEnum):
    """What happened. Alerts and tests are built on these: never rename one."""

    STARTED = "started"
    STOPPED = "stopped"
    START_FAILED = "start_failed"
    NOTIFICATION_REJECTED = "notification_rejected"
    NOTIFICATION_REFUSED = "notification_refused"
    INCIDENT_CHANGED = "incident_changed"
    INVESTIGATED = "investigated"
    INVESTIGATION_FAILED = "investigation_failed"
    TOLD = "told"
    TELLING_FAILED = "telling_failed"
    ENDED = "ended"
    ENDING_FAILED = "ending_failed"
    SILENCED = "silenced"
    SILENCE_FAILED = "silence_failed"
    UNSILENCED = "unsilenced"
    COMPARED = "compared"
    COMPARISON_FAILED = "comparison_failed"
    REFRESH_FAILED = "refresh_failed"
    HEALED = "healed"
    CLOCK_SET_BACK = "clock_set_back"
    TAKEN_OVER = "taken_over"
    TELLING_LOST = "telling_lost"
    TIDIED = "tidied"
    TIDYING_FAILED = "tidying_failed"
    CHORE_FAILED = "chore_failed"
    MOVE_FAILED = "move_failed"
    NOT_KEPT = "not_kept"
    FIX_MOVED = "fix_moved"
    FIXES_PAUSED = "fixes_paused"
    FIXES_RESUMED = "fixes_resumed"
    ANNOTATION_FAILED = "annotation_failed"
    AUDIT_FILE_AHEAD = "audit_file_ahead"
    STORM_BEGAN = "storm_began"
    STORM_ENDED = "storm_ended"
    WATCHDOG_LOST = "watchdog_lost"
    WATCHDOG_BACK = "watchdog_back"
    SLACK_REFUSED = "slack_refused"
    SLACK_ANSWER_FAILED = "slack_answer_failed"
    PAGE_EVENT_REFUSED = "page_event_refused"
    PAGE_EVENT_HEARD = "page_event_heard"
    SLACK_NOT_CONNECTED = "slack_not_connected"
    RELOADED = "reloaded"
    RELOAD_FAILED = "reload_failed"


TAMED: Final = {
    "dbos": logging.ERROR,
    "alembic": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "slack_sdk": logging.ERROR,
    "slack_bolt": logging.ERROR,
    "uvicorn.access": logging.WARNING,
}
"""Libraries that say more than an operator wants to know, and from which level on they are heard."""


def get_logger() -> structlog.stdlib.BoundLogger:
    """The one logger; `log.info(Action.TOLD, incident=…, notifier=…)`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger


def configure(level: str = "info", stream: TextIO | None = None, *, for_good: bool = False) -> None:
    """Set up logging once a process; what libraries say by the standard library goes the same way.

    For people in a terminal, else as logfmt, which is what Prometheus and Alertmanager write, too.

    `for_good`: loggers need not look each time whether this was changed, a third of what a line costs.
    """
    target = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    rendering = _for_people() if target.isatty() else _for_machines()
    threshold = logging.getLevelName(level.upper())
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(target),
        cache_logger_on_first_use=for_good,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
            foreign_pre_chain=[*shared, _without_tokens],
        )
    )
    logging.basicConfig(handlers=[handler], level=threshold, force=True)
    for name, loudness in TAMED.items():
        tamed = logging.getLogger(name)
        tamed.handlers.clear()
        tamed.propagate = True
        tamed.setLevel(max(loudness, threshold))


def _without_tokens(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Of what libraries say: Slack's writes whole answers."""
    return {key: without_tokens(value) if isinstance(value, str) else value for key, value in event.items()}


def _for_people() -> list[structlog.typing.Processor]:
    # Rich would show the values of all variables in a traceback: secrets among them, in thousands of lines.
    return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]


def _for_machines() -> list[structlog.typing.Processor]:
    first = ["timestamp", "level", "action"]
    return [
        structlog.processors.EventRenamer("action"),
        structlog.processors.LogfmtRenderer(key_order=first, drop_missing=True),
    ]

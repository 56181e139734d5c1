"""Stored reports, read again."""

from responder.domain.report import Report
from responder.log import Action, get_logger
from responder.playbook.codec import report_from_json
from responder.storage.reports import StoredReport

log = get_logger()


def report_of(stored: StoredReport | None) -> Report | None:
    """What stands in it; None where there is none, or where it is another version's that can't be read."""
    if stored is None:
        return None
    try:
        return report_from_json(stored.body)
    except ValueError as error:
        log.warning(Action.TELLING_FAILED, reason="the stored report can't be read", error=str(error)[:200])
        return None

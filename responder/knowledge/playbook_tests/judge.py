"""What a case expects and the report does not say. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from responder.domain.report import AlertReport, Finding, FindingState, Report, Row, Verdict
from responder.knowledge.playbook_tests.load import Loaded
from responder.knowledge.playbook_tests.model import (
    NOT_MEASURED,
    NOTHING,
    WITHIN,
    AboutAlert,
    Expected,
    FixWanted,
    Near,
)
from responder.playbook.weigh import why_not
from responder.yamldoc import KeyPath

Missed = Iterator[tuple[KeyPath, str]]

NEAR: Final = 0.02
"""How far from a number is near enough, as a share of it: `increase` and `rate` extrapolate."""
RANKING: Final = frozenset({"first", "tied", "verdict", "order", "ruled_out"})
"""The expectations about the ranking, which need an explanation where they are missed."""


def missed(loaded: Loaded, report: Report) -> Missed:
    """Every expectation that is missed: under which key, and what is there instead."""
    expect = loaded.case.expect
    path: KeyPath = (*loaded.path, "expect")
    yield from _about(expect, report.alerts[0], report, path)
    for index, one in enumerate(expect.each):
        yield from _about(one, alert_of(loaded, one.alert, report), report, (*path, "each", index))
    yield from _report(expect, report, loaded, path)


def alert_of(loaded: Loaded, labels: Mapping[str, str], report: Report) -> AlertReport:
    """What the report says of the alert with these labels; the loader knows that there is one."""
    alerts = loaded.case.alerts
    index = next(index for index, alert in enumerate(alerts) if labels.items() <= alert.items())
    return next(alert for alert in report.alerts if alert.fingerprint == str(index))


def _about(expect: AboutAlert, alert: AlertReport, report: Report, path: KeyPath) -> Missed:
    if expect.headline is not None and alert.headline != expect.headline:
        yield (*path, "headline"), f'it says "{alert.headline}", not "{expect.headline}"'
    if expect.measure is not None and (words := _measure(expect.measure, alert)):
        yield (*path, "measure"), words
    findings = {finding.diagnostic: finding for finding in report.findings}
    for name, wanted in expect.findings.items():
        finding = findings[name]
        if words := _finding(wanted, finding, finding.rows_of(alert.subject)):
            yield (*path, "findings", name), words
    yield from _ranking(expect, alert, path)


def _measure(wanted: float | str | Near, alert: AlertReport) -> str:
    reading = alert.reading
    value = reading.value if reading else None
    if value is None:
        why = reading.reason if reading else "it was not asked"
        return "" if wanted == NOT_MEASURED else f"it is not measured ({why}), not {_shown(wanted)}"
    if isinstance(wanted, str):
        return f"it is {_shown(value)}, and was expected not to be measured"
    near = wanted if isinstance(wanted, Near) else Near(value=wanted, within=abs(wanted) * NEAR)
    if abs(value - near.value) <= near.within + _ROUNDING:
        return ""
    return f"it is {_shown(value)}, not {_shown(near.value)} (within {_shown(near.within)})"


def _finding(wanted: Any, finding: Finding, rows: tuple[Row, ...]) -> str:  # noqa: ANN401 - a value or a mapping of them
    measured = finding.state is FindingState.MEASURED
    if wanted == NOT_MEASURED:
        answered = measured and (rows or not finding.rows)  # without any row: that there is nothing
        return f"it is measured: {_rows_shown(rows)}" if answered else ""
    if not measured:
        return f"it is not measured ({why_not(finding)}), not {_shown(wanted)}"
    if wanted == NOTHING:
        return f"there is something: {_rows_shown(rows)}" if rows else ""
    row_wanted = dict(wanted) if isinstance(wanted, Mapping) else {"value": wanted}
    within = row_wanted.pop(WITHIN, None)
    if any(_fits(row_wanted, row, within) for row in rows):
        return ""
    return f"it is {_rows_shown(rows)}, not {_shown(row_wanted if isinstance(wanted, Mapping) else wanted)}"


def _fits(wanted: Mapping[str, Any], row: Row, within: float | None) -> bool:
    has = {**row.labels, **dict(row.subject), **row.values}
    return all(_same(value, has.get(name), within) for name, value in wanted.items())


def _same(wanted: Any, value: Any, within: float | None) -> bool:  # noqa: ANN401 - whatever a row may have
    if not _is_number(wanted) or not _is_number(value):
        return bool(wanted == value) and isinstance(wanted, bool) is isinstance(value, bool)
    allowed = abs(wanted) * NEAR if within is None else within
    return bool(abs(value - wanted) <= allowed + _ROUNDING)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_ROUNDING: Final = 1e-9


def _ranking(expect: AboutAlert, alert: AlertReport, path: KeyPath) -> Missed:
    causes = [cause.cause for cause in alert.ranking.causes]
    leading = list(_leading(expect, alert, path))
    yield from leading or _clear(expect, alert, path)
    come = [cause for cause in causes if cause in expect.order]
    if list(expect.order) != come:
        yield (*path, "order"), f"they come in the order {', '.join(come)}"
    against = {cause.cause for cause in alert.ranking.causes if cause.said(supports=False)}
    for index, name in enumerate(expect.ruled_out):
        if name not in against:
            yield (*path, "ruled_out", index), f'nothing that was measured speaks against "{name}"'


def _leading(expect: AboutAlert, alert: AlertReport, path: KeyPath) -> Missed:
    """Which causes lead."""
    first = next((cause.cause for cause in alert.ranking.causes), "")
    leaders = {cause.cause for cause in alert.ranking.leaders}
    if expect.first and expect.first != first:
        yield (*path, "first"), f'"{first}" comes first, not "{expect.first}"'
    if expect.tied and set(expect.tied) != leaders:
        yield (*path, "tied"), f"these lead: {_list(leaders)}; not {_list(expect.tied)}"


def _clear(expect: AboutAlert, alert: AlertReport, path: KeyPath) -> Missed:
    """How sure it is."""
    verdict, said = _verdict(expect), alert.ranking.verdict
    if verdict and verdict is not said:
        key = "verdict" if expect.verdict else "tied" if expect.tied else "first"
        yield (*path, key), f"the ranking is {_VERDICTS[said]}, not {_VERDICTS[verdict]}"


def _verdict(expect: AboutAlert) -> Verdict | None:
    if expect.verdict:
        return expect.verdict
    return Verdict.TIED if expect.tied else Verdict.CLEAR if expect.first else None


_VERDICTS: Final = {
    Verdict.CLEAR: "clear",
    Verdict.TIED: "tied (the first can't be told apart)",
    Verdict.UNTESTED: "untested (nothing measured speaks for a leading cause)",
    Verdict.NONE: "empty",
}


def _report(expect: Expected, report: Report, loaded: Loaded, path: KeyPath) -> Missed:
    said = {fix.fix: FixWanted.ANSWERS if fix.answers else FixWanted.BUYS_TIME for fix in report.fixes}
    for name, wanted in expect.fixes.items():
        if said[name] is not wanted:
            yield (*path, "fixes", name), f'it is shown as "{said[name]}", not as "{wanted}"'
    causes = {cause.id: cause for cause in loaded.playbook.causes}
    for index, name in enumerate(expect.checks):
        cause = causes[name]
        if f"{cause.title}: {cause.check}" not in report.checks:
            yield (*path, "checks", index), f'the report does not name the manual check of "{name}"'
    changes = [change.text for change in report.changes]
    for index, text in enumerate(expect.changes):
        if text not in changes:
            yield (*path, "changes", index), f"no such change is named; named are: {_list(changes)}"
    if expect.related is not None and set(expect.related) != set(report.related):
        yield (*path, "related"), f"active are: {_list(report.related)}; not {_list(expect.related)}"


def _rows_shown(rows: tuple[Row, ...]) -> str:
    """The rows' values, and what tells them apart."""
    most = 5
    shown = []
    for row in rows[:most]:
        values = {name: value for name, value in row.values.items() if value is not None}
        bare = set(values) == {"value"} and not row.labels
        shown.append(_shown(values["value"] if bare else {**row.labels, **values}))
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return ("; ".join(shown) or "nothing about this alert") + more


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, Near):
        return f"{_shown(value.value)} within {_shown(value.within)}"
    if isinstance(value, str):
        return f'"{value}"'
    return f"{value:.6g}" if _is_number(value) else str(value).lower()


def _list(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in sorted(words)) or "none"

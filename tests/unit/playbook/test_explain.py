"""Findings become a report: the worst first, sentences filled, what can't be said left out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import pytest

from responder.domain.alert import Alert, AlertStatus, Severity
from responder.domain.incident import Incident, opened
from responder.domain.report import (
    Direction,
    Finding,
    FindingState,
    Reading,
    Report,
    Row,
    Scalar,
    SeenBefore,
    Silence,
    Subject,
    Verdict,
)
from responder.domain.units import Unit
from responder.playbook.answers import Answers
from responder.playbook.codec import report_from_json, report_to_json
from responder.playbook.context import Context
from responder.playbook.explain import EXPLAINED, GAINS_OF, explain, explain_unknown
from responder.playbook.model import Playbook

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BLOAT = 'sum by (persona) (a{persona=~"${persona}"}) > bool 1'
EVERYWHERE = Context(
    grafana_url="https://grafana.example.org",
    prometheus_url="https://prometheus.example.org",
    alertmanager_url="https://alertmanager.example.org",
    langfuse_host="https://langfuse.example.org",
    runbook_url="https://runbook.example.org/hypertool",
)


def alert(persona: str, minutes: int = 5, **more: Any) -> Alert:
    parts: dict[str, Any] = {
        "fingerprint": f"fp-{persona}",
        "labels": {"alertname": "A", "severity": "warning", "persona": persona, "component": "hypertool"},
        "annotations": {"summary": f"{persona} is over", "action": "1. Look."},
        "status": AlertStatus.FIRING,
        "starts_at": NOW - timedelta(minutes=minutes),
    }
    return Alert(**{**parts, **more})


def incident(*alerts: Alert) -> Incident:
    return opened("k7m2wq9p", alerts, NOW).incident


def about(persona: str) -> Subject:
    return (("persona", persona),)


def measured(diagnostic: str, *rows: Row, kind: str = "promql", unit: Unit | None = None) -> Finding:
    return Finding(
        diagnostic=diagnostic,
        title=diagnostic.title(),
        kind=kind,
        state=FindingState.MEASURED if rows else FindingState.NO_DATA,
        unit=unit,
        rows=rows,
    )


def row(persona: str, labels: Mapping[str, str] | None = None, **values: Scalar) -> Row:
    return Row(subject=about(persona) if persona else (), labels=labels or {}, values=values)


def reading(value: float | None) -> Reading:
    return Reading(value=value, unit=Unit.TOKENS, threshold=100, direction=Direction.ABOVE, as_of=NOW)


def answers(
    *findings: Finding, readings: Mapping[str, float | None] | None = None, bloated: Sequence[str] = ()
) -> Answers:
    return Answers(
        findings=findings,
        readings={about(name): reading(value) for name, value in (readings or {}).items()},
        evidence={BLOAT: measured("evidence", *(row(name, value=1.0) for name in bloated))},
        made_at=NOW,
        took=0.2,
    )


def report_of(small: Playbook, *alerts: Alert, context: Context | None = None, **parts: Any) -> Report:
    findings = parts.pop("findings", ())
    return explain(small, incident(*alerts), answers(*findings, **parts), context or Context())


BUDGET = measured("budget", row("be", value=2000, at_default=True), kind="control", unit=Unit.TOKENS)


@pytest.mark.parametrize(
    ("findings", "value", "headline"),
    [
        ((BUDGET,), 350.0, "be 250 tokens over 2000"),
        ((), 350.0, "be 250 tokens over"),
        ((BUDGET,), 100.0, "be is over"),  # at the threshold, not beyond
        ((BUDGET,), None, "be is over"),
    ],
)
def test_the_headline_says_as_much_as_is_measured(
    small: Playbook, findings: tuple[Finding, ...], value: float | None, headline: str
) -> None:
    report = report_of(small, alert("be"), findings=findings, readings={"be": value})
    assert report.alerts[0].headline == headline


def test_without_its_label_an_alert_is_told_by_the_playbooks_title(small: Playbook) -> None:
    nameless = alert("be", labels={"alertname": "A"})
    assert report_of(small, nameless).alerts[0].headline == "A title"


@pytest.mark.parametrize(
    ("labels", "value", "reason"),
    [
        ({}, None, "no data; the alert has no label persona"),
        ({"persona": ""}, None, "no data; the alert has no label persona"),
        ({"persona": "be"}, None, "no data"),
        ({}, 350.0, ""),  # without the label there is something to be measured: nothing is missing
    ],
)
def test_what_is_not_measured_for_want_of_a_label_says_which(
    small: Playbook, labels: Mapping[str, str], value: float | None, reason: str
) -> None:
    lacking = alert("be", labels={"alertname": "A", **labels})
    said = reading(value) if value is not None else replace(reading(None), reason="no data")
    found = replace(answers(), readings={small.subject(lacking.labels): said})
    explained = explain(small, incident(lacking), found, Context()).alerts[0].reading
    assert explained is not None
    assert explained.reason == reason


def test_a_sentence_whose_number_is_not_measured_is_left_out(small: Playbook) -> None:
    burn = measured("burn", row("be", value=26.4), unit=Unit.TOKENS_PER_MINUTE)
    assert report_of(small, alert("be"), findings=(burn,)).if_nothing == (
        "At 26.4 tokens a minute it gets worse.",
        "It lasts.",
    )
    assert report_of(small, alert("be")).if_nothing == ("It lasts.",)


def test_the_worst_alert_comes_first(small: Playbook) -> None:
    """Active before resolved, then severity, then how far beyond the threshold, then age."""
    alerts = (
        alert("over", status=AlertStatus.RESOLVED, labels={"alertname": "A", "severity": "critical"}),
        alert("unmeasured-young", 1),
        alert("unmeasured-old", 9),
        alert("little"),
        alert("much"),
        alert("critical", labels={"alertname": "A", "severity": "critical", "persona": "critical"}),
    )
    report = report_of(small, *alerts, readings={"little": 120.0, "much": 400.0, "critical": 101.0})
    assert [one.fingerprint.removeprefix("fp-") for one in report.alerts] == [
        "critical",
        "much",
        "little",
        "unmeasured-old",
        "unmeasured-young",
        "over",
    ]
    assert report.severity is Severity.CRITICAL


def test_each_alert_has_a_ranking_of_its_own(small: Playbook) -> None:
    report = report_of(small, alert("be"), alert("ds"), bloated=["ds"])
    rankings = {one.fingerprint: one.ranking for one in report.alerts}
    assert rankings["fp-ds"].verdict is Verdict.CLEAR
    assert rankings["fp-be"].verdict is Verdict.UNTESTED


def test_evidence_can_be_switched_off(small: Playbook) -> None:
    changed = measured("budget", row("be", value=1, changed_recently=True), kind="control")
    found = answers(changed)
    on = explain(small, incident(alert("be")), found, Context())
    off = explain(small, incident(alert("be")), found, Context(), use_evidence=False)
    assert on.alerts[0].ranking.causes[0].cause == "too-low"
    assert off.alerts[0].ranking.causes[0].cause == "bloat"


def test_a_fix_cures_only_what_it_answers(small: Playbook) -> None:
    changed = measured("budget", row("be", value=1, changed_recently=True), kind="control")
    burn = measured("burn", row("be", value=26.4), unit=Unit.TOKENS_PER_MINUTE)
    cure, silence = report_of(small, alert("be"), findings=(changed, burn)).fixes
    assert (cure.fix, cure.answers, cure.buys) == ("raise", True, "500 last 26.4 tokens a minute")
    assert (silence.answers, silence.buys) == (False, "")
    (time_only, _) = report_of(small, alert("be"), bloated=["be"]).fixes
    assert (time_only.answers, time_only.buys) == (False, "500 tokens")


def test_what_a_fix_gains_is_said_of_each_of_the_worst_alerts(small: Playbook) -> None:
    burn = measured("burn", row("be", value=26.4), row("ds", value=3), unit=Unit.TOKENS_PER_MINUTE)
    report = report_of(small, alert("be"), alert("ds"), alert("qa"), findings=(burn,))
    assert {one.fingerprint: one.gains["raise"] for one in report.alerts} == {
        "fp-be": "500 last 26.4 tokens a minute",
        "fp-ds": "500 last 3 tokens a minute",
        "fp-qa": "500 tokens",
    }
    many = report_of(small, *(alert(f"p{n}") for n in range(2 * GAINS_OF)))
    assert sum(bool(one.gains) for one in many.alerts) == GAINS_OF


def test_checks_are_for_the_leading_cause_and_for_what_was_not_measured(small: Playbook) -> None:
    clear = report_of(small, alert("be"), bloated=["be"])
    assert clear.checks == (
        "Prompt bloat: Read the prompt.",
        "No caching: Look for duplicates.",
        "Look by hand.",
    )


def test_what_changed_is_told_the_newest_first(small: Playbook) -> None:
    minute = timedelta(minutes=1)
    knob = row(
        "be",
        value=1200,
        changed_at=(NOW - 30 * minute).timestamp(),
        changed_by="alice",
        reason="end of quarter",
        at_default=False,
    )
    report = report_of(
        small,
        alert("be"),
        findings=(
            measured("new_modes", row("be", {"chatmode": "autopilot"}, value=5.0)),
            measured("budget", knob, kind="control", unit=Unit.TOKENS),
            measured("process", row("", started_at=(NOW - 5 * minute).timestamp()), kind="control"),
        ),
    )
    assert [(change.at, change.text) for change in report.changes] == [
        (NOW - 5 * minute, "Hypertool was started"),
        (NOW - 30 * minute, "Budget set to 1200 tokens by alice: end of quarter"),
        (None, "chatmode autopilot is new"),
    ]


def test_what_changed_long_ago_is_no_news(small: Playbook) -> None:
    long_ago = (NOW - timedelta(hours=2, seconds=1)).timestamp()
    findings = (
        measured("budget", row("be", value=1, changed_at=long_ago), kind="control"),
        measured("process", row("", started_at=long_ago), kind="control"),
    )
    assert report_of(small, alert("be"), findings=findings).changes == ()


def test_among_several_alerts_a_change_says_whom_it_is_about(small: Playbook) -> None:
    modes = measured("new_modes", row("ds", {"chatmode": "autopilot"}, value=5.0))
    (change,) = report_of(small, alert("be"), alert("ds"), findings=(modes,)).changes
    assert change.text == "ds: chatmode autopilot is new"


def test_leases_in_force_and_related_alerts_are_told(small: Playbook) -> None:
    until = NOW + timedelta(minutes=20)
    leased = row("be", value=2500, leased=True, lease_before=2000, lease_expires_at=until.timestamp())
    findings = (
        measured("budget", leased, kind="control", unit=Unit.TOKENS),
        measured("others", row("be", {"alertname": "B"}, status="firing"), kind="alerts"),
    )
    report = report_of(small, alert("be"), findings=findings)
    (lease,) = report.leases
    assert (lease.resource, lease.value, lease.before) == ("personas/be/budget", 2500, 2000)
    assert lease.expires_at == until
    assert report.related == ("B",)


def test_links_lead_to_what_the_alert_is_about(small: Playbook) -> None:
    links = {link.title: link.url for link in report_of(small, alert("b/e"), context=EVERYWHERE).links}
    start, end = int((NOW - timedelta(minutes=65)).timestamp() * 1000), int(NOW.timestamp() * 1000)
    assert links == {
        "Dashboard": (
            "https://grafana.example.org/d/some-board/some-board"
            f"?from={start}&to={end}&var-persona=b%2Fe&viewPanel=4"
        ),
        "Langfuse": (
            "https://langfuse.example.org/traces?filter=metadata%3BstringObject%3Bpersona%3B%3D%3Bb%252Fe"
        ),
        "Prometheus": (
            "https://prometheus.example.org/graph"
            "?g0.expr=max+by+%28persona%29+%28used%7Bpersona%3D~%22b%2Fe%22%7D%29&g0.tab=0&g0.range_input=1h"
        ),
        "Alertmanager": "https://alertmanager.example.org/#/alerts?filter=%7Balertname%3D%22A%22%7D",
        "Runbook": "https://runbook.example.org/hypertool#a",
    }


def test_an_alert_that_began_in_the_year_1_is_linked_from_the_first_moment(small: Playbook) -> None:
    zero = datetime.min.replace(tzinfo=UTC)
    links = report_of(small, replace(alert("be"), starts_at=zero), context=EVERYWHERE).links
    assert f"?from={int(zero.timestamp() * 1000)}&" in links[0].url


def test_what_is_not_configured_is_not_linked_unless_the_rule_names_it(small: Playbook) -> None:
    assert report_of(small, alert("be")).links == ()
    endless = alert("x" * 2000)
    links = {link.title: link.url for link in report_of(small, endless, context=EVERYWHERE).links}
    assert "Prometheus" not in links
    assert "var-persona" not in links["Dashboard"]
    named = {"runbook": "https://wiki.example.org/a", "dashboard_url": "javascript:alert(1)"}
    (link,) = report_of(small, alert("be", annotations=named)).links
    assert (link.title, link.url) == ("Runbook", "https://wiki.example.org/a")


def test_what_is_known_from_elsewhere_is_passed_on(small: Playbook) -> None:
    seen = SeenBefore(times=2, within_days=30, last_incident="x", last_closed_at=NOW)
    silence = Silence(id="s", created_by="bo", comment="later", ends_at=NOW)
    report = report_of(small, alert("be"), context=Context(seen_before=seen, silences=(silence,)))
    assert (report.seen_before, report.silences) == (seen, (silence,))


def test_an_alert_without_a_playbook_is_told_with_what_it_brought() -> None:
    named = {"summary": "4 % left on /var", "runbook_url": "https://wiki.example.org/disk"}
    alerts = (
        alert("be", annotations=named, labels={"alertname": "Disk", "severity": "critical", "host": "a"}),
        alert("ds", annotations=named, labels={"alertname": "Disk", "severity": "critical", "host": "b"}),
    )
    report = explain_unknown(incident(*alerts), NOW, EVERYWHERE)
    assert (report.title, report.playbook) == ("Disk", "")
    assert report.alerts[0].headline == "4 % left on /var"
    assert report.alerts[0].ranking.verdict is Verdict.NONE
    assert report.labels == {"alertname": "Disk", "severity": "critical"}
    assert [link.title for link in report.links] == ["Alertmanager", "Runbook"]


def test_hostile_label_values_stay_data(small: Playbook) -> None:
    name = 'x{over}{0.__class__}"}\n<!channel>' + "y" * 100_000
    report = report_of(small, alert(name), readings={name: 350.0}, context=EVERYWHERE)
    assert report.alerts[0].headline.startswith('x{over}{0.__class__}"} <!channel>y')
    assert len(report.alerts[0].headline) < 100
    assert report_from_json(report_to_json(report)) == report


def test_a_quantile_is_told_as_the_bucket_it_is(small: Playbook) -> None:
    measure = small.measure.model_copy(update={"buckets": (60.0, 300.0, 600.0), "unit": Unit.SECONDS})
    slow = small.model_copy(update={"measure": measure, "headline": ("takes {value}",)})
    first = report_of(slow, alert("be"), readings={"be": 429.0}).alerts[0]
    assert first.headline == "takes between 5 and 10 min"
    assert first.reading == replace(reading(429.0), words="between 5 and 10 min")


def test_500_alerts_are_explained_in_a_moment(small: Playbook) -> None:
    """Rows are looked up, not searched: 500 alerts, three findings of 1000 rows."""
    names = [f"p{number}" for number in range(500)]
    rows = tuple(row(name, {"chatmode": mode}, value=1.0) for name in names for mode in "ab")
    findings = tuple(measured(name, *rows) for name in ("budget", "burn", "new_modes"))
    started = perf_counter()
    report = report_of(small, *map(alert, names), findings=findings, bloated=names)
    assert len(report.alerts) == 500
    assert perf_counter() - started < 2


def test_of_very_many_alerts_the_worst_are_explained(small: Playbook) -> None:
    """The last of them is the worst; in a report of ten thousand nobody would look for it."""
    names = [f"persona-{number}" for number in range(EXPLAINED + 20)]
    values = {name: 200.0 + number for number, name in enumerate(names)}
    told = report_of(small, *map(alert, names), readings=values)
    assert [one.subject for one in told.alerts] == [about(name) for name in reversed(names[20:])]

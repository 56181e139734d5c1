"""The same incident in the states of its life, and reports that are odd: partial, huge, hostile, unknown."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from responder.domain.alert import Alert, AlertStatus, Severity
from responder.domain.errors import Reason
from responder.domain.incident import IN_A_STORM, Ending, Event, EventKind, IncidentState
from responder.domain.notice import Notice
from responder.domain.report import (
    Answer,
    CameBack,
    Direction,
    Finding,
    FindingState,
    Likelihood,
    Link,
    Permanent,
    RankedCause,
    Report,
    Silence,
    Verdict,
)
from responder.domain.units import Unit
from responder.testing.samples.parts import (
    NOW,
    alert,
    alert_report,
    cause,
    finding,
    incident,
    notice,
    ranking,
    reading,
    report,
    row,
    yes,
)
from responder.testing.samples.seven import token_budget_exceeded

MANY: Final = 500
NASTY: Final = (
    "<!channel> <@U0EVERYONE> *bold* _it_ ~no~ `code` ```block``` & &amp; <https://evil.example|click>\n"
    '"quoted" \\back\\slash {brace} ${persona} $HOME {{ jinja }} {% x %} <script>alert(1)</script> '
    "[link](https://evil.example) [red]rich[/red] :boom: \u202eright-to-left \x07bell \x1b[31mred\x1b[0m"
)
"""A label value that means something in every language we render to."""

LONG: Final = "x" * 100_000


def partial() -> Notice:
    """Told after two seconds: one diagnostic still runs, one failed."""
    whole = token_budget_exceeded()
    findings = (
        Finding(diagnostic="burn", title="Tokens used", kind="promql", state=FindingState.PENDING),
        Finding(
            diagnostic="budget",
            title="Budget",
            kind="control",
            state=FindingState.FAILED,
            reason=Reason.TIMEOUT,
            detail="no answer within 2 s",
        ),
    )
    known = tuple(
        replace(a, ranking=replace(a.ranking, verdict=Verdict.UNTESTED)) for a in _report(whole).alerts
    )
    return replace(
        whole, report=replace(_report(whole), complete=False, findings=findings, alerts=known, if_nothing=())
    )


def not_investigated() -> Notice:
    """The very first message of an incident whose investigation has not answered anything."""
    return replace(token_budget_exceeded(), report=None)


def unmeasured() -> Notice:
    """Prometheus is down: no measure, no evidence."""
    whole = token_budget_exceeded()
    reading_ = reading(None, Unit.TOKENS, 0.0, Direction.BELOW, reason="Prometheus: no connection")
    findings = tuple(
        replace(f, state=FindingState.FAILED, reason=Reason.NO_CONNECTION, rows=())
        for f in _report(whole).findings
    )
    known = tuple(
        replace(
            a,
            headline="backend-engineer is over its token budget",
            reading=reading_,
            ranking=replace(
                a.ranking, verdict=Verdict.UNTESTED, leading=0, causes=tuple(map(_untested, a.ranking.causes))
            ),
        )
        for a in _report(whole).alerts
    )
    return replace(
        whole, report=replace(_report(whole), findings=findings, alerts=known, if_nothing=(), changes=())
    )


def _untested(known: RankedCause) -> RankedCause:
    return replace(known, evidence=tuple(replace(e, answer=Answer.NOT_MEASURED) for e in known.evidence))


def unknown_alert() -> Notice:
    """An alert name without a playbook: labels, annotations and links are all there is."""
    fired = alert("DiskAlmostFull", Severity.WARNING, {"instance": "db-1:9100", "mountpoint": "/var"})
    known = alert_report(
        fired, "DiskAlmostFull db-1:9100 /var", None, ranking(verdict=Verdict.NONE, leading=0)
    )
    found = report(
        "DiskAlmostFull",
        "",
        known,
        playbook="",
        labels=fired.labels,
        annotations={"summary": "4 % left on /var", "runbook": "https://runbook.example.org/disk"},
    )
    return notice(incident(fired), found)


def five_hundred_alerts() -> Notice:
    """A group of 500 alerts, some silenced."""
    fired = [
        alert(
            "TokenBudgetExceeded",
            Severity.CRITICAL,
            {"persona": f"persona-{i:03}"},
            status=AlertStatus.SILENCED if i % 50 == 1 else AlertStatus.FIRING,
        )
        for i in range(MANY)
    ]
    bloat = ranking(cause("Prompt bloat", Likelihood.HIGH, 32.0, yes("tokens per finished stage are up")))
    known = [
        alert_report(
            a,
            f"persona-{i:03} {MANY - i} tokens over 2000",
            reading(float(i - MANY), Unit.TOKENS, 0.0, Direction.BELOW, before=200.0),
            bloat,
            variables=("persona",),
        )
        for i, a in enumerate(fired)
    ]
    rows = [row(k.subject, {}, value=float(MANY - i)) for i, k in enumerate(known)]
    burn = finding("burn", "Tokens used", Unit.TOKENS_PER_MINUTE, rows, query="sum by (persona) (x)")
    return notice(incident(*fired), report("Token budget exceeded", "cost", *known, findings=(burn,)))


def nasty(text: str = NASTY) -> Notice:
    """Every text that comes from outside is hostile."""
    fired = alert("TokenBudgetExceeded", Severity.CRITICAL, {"persona": text, "job": text}, summary=text)
    ranked = ranking(cause(text, Likelihood.HIGH, 32.0, yes(text), check=text, look=text))
    known = alert_report(
        fired,
        f"{text} 250 tokens over 2000",
        reading(-250.0, Unit.TOKENS, 0.0, Direction.BELOW, before=10.0),
        ranked,
        variables=("persona",),
    )
    broken = Finding(
        diagnostic="x", title=text, kind="http", state=FindingState.FAILED, reason=Reason.REFUSED, detail=text
    )
    hit = finding(
        "burn", text, Unit.TOKENS, (row(known.subject, {"chatmode": text}, value=1.0, note=text),), query=text
    )
    found = report(
        text,
        "cost",
        known,
        findings=(hit, broken),
        if_nothing=(text,),
        checks=(text,),
        silences=(Silence(id="1", created_by=text, comment=text, ends_at=NOW + timedelta(hours=1)),),
        links=(Link(title=text, url=f"https://grafana.example.org/?a=b|c>d<e&x={text}"),),
        labels=fired.labels,
        annotations=fired.annotations,
    )
    return notice(incident(fired, taken_by=text), found)


def silenced() -> Notice:
    """Alertmanager holds a silence for it."""
    quiet = _with_status(token_budget_exceeded(), AlertStatus.SILENCED)
    muted = Silence(id="6f0e", created_by="ana", comment="rolling out", ends_at=NOW + timedelta(hours=1))
    return replace(quiet, report=replace(_report(quiet), silences=(muted,)))


def inhibited() -> Notice:
    return _with_status(token_budget_exceeded(), AlertStatus.INHIBITED)


def resolved(ending: Ending | None = Ending.RECOVERED) -> Notice:
    """Closed; `ending` is how, None while that is still being found out."""
    texts = {Ending.RECOVERED: "-250 → 1400 tokens", Ending.GONE: "hypertool stopped reporting at 03:01"}
    over = _with_status(token_budget_exceeded(), AlertStatus.RESOLVED)
    closed = replace(
        over.incident,
        state=IncidentState.CLOSED,
        closed_at=NOW,
        ending=ending,
        ending_text=texts.get(ending, "") if ending else "",
        notice=5,
    )
    gone = (happened(EventKind.ENDED_GONE, 5),) if ending is Ending.GONE else ()
    return replace(over, incident=closed, replies=gone)


def resolved_in_a_storm() -> Notice:
    """Closed before it was investigated."""
    over = resolved(Ending.UNKNOWN)
    closed = replace(over.incident, ending_text=IN_A_STORM, deferred=True)
    return replace(over, incident=closed, report=None)


def came_back() -> Notice:
    whole = token_budget_exceeded()
    return replace(
        whole,
        incident=replace(whole.incident, returns=(NOW,), revision=2, notice=6),
        replies=(happened(EventKind.CAME_BACK, 6),),
    )


def came_back_after_a_lease() -> Notice:
    """A new incident, for the lease of the last one did not cure anything."""
    whole = token_budget_exceeded()
    back = CameBack(
        title="Raise the budget by 500 tokens",
        incident="p3xw8rtn",
        ended_at=NOW - timedelta(minutes=16),
        fires_since=NOW - timedelta(minutes=4),
        url="https://responder.example.org/incidents/p3xw8rtn?until=1&signature=2",
    )
    return replace(whole, report=whole.report and replace(whole.report, came_back=back))


def raised_again_and_again() -> Notice:
    """The budget was raised three times in a week: what would be right for good."""
    whole = token_budget_exceeded()
    daily = (1800.0, 1900.0, 2000.0, 2050.0, 2100.0, 2150.0, 2165.0)
    permanent = Permanent(
        target="personas/backend-engineer/budget",
        about="backend-engineer",
        times=3,
        days=7,
        present=2000.0,
        unit="tokens",
        daily=daily,
        percentile=2160.5,
        value=2600.0,
    )
    return replace(whole, report=whole.report and replace(whole.report, permanent=(permanent,)))


def flapping() -> Notice:
    whole = token_budget_exceeded()
    returns = tuple(NOW - timedelta(minutes=m) for m in (20, 9, 0))
    told = (
        happened(EventKind.CAME_BACK, 4),
        happened(EventKind.CAME_BACK, 6),
        happened(EventKind.FLAPPING, 8),
    )
    about = replace(whole.incident, returns=returns, flapping_since=NOW, revision=4, notice=8)
    return replace(whole, incident=about, replies=told)


def happened(kind: EventKind, seq: int, text: str = "") -> Event:
    return Event(kind=kind, at=NOW, text=text, seq=seq)


def _with_status(whole: Notice, status: AlertStatus) -> Notice:
    """The same notice with all of its alerts in this state, in the incident as in the report."""
    ends: dict[str, Any] = {"ends_at": NOW if status is AlertStatus.RESOLVED else None}

    def turned(known: Alert) -> Alert:
        return replace(known, status=status, **ends)

    alerts = {name: turned(known) for name, known in whole.incident.alerts.items()}
    known = tuple(replace(a, status=status) for a in _report(whole).alerts)
    return replace(
        whole,
        incident=replace(whole.incident, alerts=alerts),
        report=replace(_report(whole), alerts=known),
    )


def _report(of: Notice) -> Report:
    if of.report is None:
        raise ValueError("this sample has no report")
    return of.report

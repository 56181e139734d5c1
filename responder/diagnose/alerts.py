"""The kind `alerts`: which related alerts are active now, as Alertmanager has them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field

from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import Matcher
from responder.clients.alertmanager_filters import narrowing
from responder.diagnose.clients import Clients, configured
from responder.diagnose.kind import Question, finding
from responder.diagnose.rows import about, limited, parts
from responder.domain.alert import Alert
from responder.domain.report import Finding, FindingState, Row, Scalar, Subject
from responder.playbook.diagnostic import Diagnostic
from responder.playbook.model import AlertName


class AlertsSpec(Diagnostic):
    """`since` is in seconds since the epoch, `status` firing, silenced or inhibited."""

    FIELDS: ClassVar[frozenset[str]] = frozenset({"status", "severity", "since"})

    kind: Literal["alerts"]
    names: Annotated[tuple[AlertName, ...], Field(min_length=1, max_length=20)]
    """The alerts that are looked for."""
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """Rows an alert of the incident."""


class AlertsKind:
    """An alert belongs to the alerts of ours whose labels it shares; one without those labels, to all."""

    spec: ClassVar = AlertsSpec

    def __init__(self, alertmanager: Alertmanager | None) -> None:
        self._alertmanager = alertmanager

    @classmethod
    def build(cls, clients: Clients) -> Self:
        return cls(clients.alertmanager)

    async def ask(self, spec: AlertsSpec, question: Question) -> Finding:
        alertmanager = configured(self._alertmanager, "Alertmanager", "alertmanager.url")
        wanted = (Matcher("alertname", "|".join(spec.names), is_regex=True),)
        ours: dict[str, set[str]] = defaultdict(set)
        for name, value in chain.from_iterable(question.subjects):
            ours[name].add(value)
        found = await alertmanager.alerts((*wanted, *narrowing(ours)), within=question.within)
        worst_first = sorted(found, key=lambda alert: (alert.severity.rank, alert.starts_at))
        whom = Whom(question.subjects)
        rows = [row for alert in worst_first if (row := _row(alert, whom))]
        kept, cut = limited(rows, (*question.subjects, *(row.subject for row in rows)), spec.limit)
        return finding(
            spec,
            kept,
            left_out=cut,
            detail="" if kept else "none of them is active",
            state=FindingState.MEASURED,
            query=str(wanted[0]),
            link=alertmanager.alerts_url(wanted),
        )


class Whom:
    """The incident's alerts, by any of their labels: thousands of others are held against them."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = subjects
        self._names = tuple(name for name, _ in subjects[0]) if subjects else ()
        self._parts: dict[tuple[str, ...], frozenset[Subject]] = {}

    def about(self, labels: Mapping[str, str]) -> tuple[Subject, Mapping[str, str]] | None:
        """Whom of them labels are about, as far as they have the same; None: somebody else."""
        names = tuple(name for name in self._names if name in labels)
        if names not in self._parts:
            self._parts[names] = frozenset(parts(self._subjects, names))
        return about(labels, names, self._parts[names])


def _row(alert: Alert, whom: Whom) -> Row | None:
    """The row of one alert, or None where it is about somebody else."""
    place = whom.about(alert.labels)
    if place is None:
        return None
    values: dict[str, Scalar] = {
        "status": str(alert.status),
        "severity": str(alert.severity),
        "since": alert.starts_at.timestamp(),
    }
    return Row(subject=place[0], labels=place[1], values=values)


KIND: Final = AlertsKind

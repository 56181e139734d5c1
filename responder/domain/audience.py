"""Where an incident is told and who is mentioned: by configuration, never by text of an alert. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from responder.domain.alert import Severity
from responder.domain.notice import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What an incident must be: all that is given here."""

    severity: Severity | None = None
    category: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    """One of its alerts has all of them."""

    def fits(self, notice: Notice) -> bool:
        incident = notice.incident
        alerts = incident.active or tuple(incident.alerts.values())
        wanted = self.labels.items()
        return (
            self.severity in {None, incident.severity}
            and self.category in {"", _category(notice)}
            and (not wanted or any(wanted <= alert.labels.items() for alert in alerts))
        )


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """Incidents that are so are told there."""

    when: Condition
    channel: str


@dataclass(frozen=True, slots=True)
class MentionRule:
    """Of incidents that are so these people are told: ids of users and of user groups."""

    when: Condition
    who: tuple[str, ...]


def channel_for(notice: Notice, rules: Sequence[ChannelRule], otherwise: str) -> str:
    """The channel of the first rule that fits."""
    return next((rule.channel for rule in rules if rule.when.fits(notice)), otherwise)


def mentioned(notice: Notice, rules: Sequence[MentionRule]) -> tuple[str, ...]:
    """Everybody named by a rule that fits, each once."""
    return tuple(dict.fromkeys(_named(notice, rules)))


def _named(notice: Notice, rules: Sequence[MentionRule]) -> Iterator[str]:
    for rule in rules:
        if rule.when.fits(notice):
            yield from rule.who


def _category(notice: Notice) -> str:
    """The playbook's; without one what the rule says."""
    if notice.report is not None and notice.report.category:
        return notice.report.category
    labels = (alert.labels.get("category", "") for alert in notice.incident.alerts.values())
    return next(filter(None, labels), "")

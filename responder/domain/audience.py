"""Where an incident is told and who is mentioned: by configuration, never by text of an alert. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from responder.domain.alert import Severity
from responder.domain.notice import Notice
from responder.domain.storm import Member

CATEGORY: Final = "category"
"""The label by which rules say of what category an alert is."""


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
        return self._holds(incident.severity, _category(notice), [alert.labels for alert in alerts])

    def fits_some(self, member: Member) -> bool:
        """The same of incidents that are told together."""
        return self._holds(member.severity, member.labels.get(CATEGORY, ""), [member.labels])

    def _holds(self, severity: Severity, category: str, labels: Sequence[Mapping[str, str]]) -> bool:
        wanted = self.labels.items()
        return (
            self.severity in {None, severity}
            and self.category in {"", category}
            and (not wanted or any(wanted <= one.items() for one in labels))
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


def channels_for(members: Iterable[Member], rules: Sequence[ChannelRule], otherwise: str) -> tuple[str, ...]:
    """Every channel that one of these incidents would be told in, each once."""
    found = (next((rule.channel for rule in rules if rule.when.fits_some(one)), otherwise) for one in members)
    return tuple(dict.fromkeys(found)) or (otherwise,)


def chosen_by(rules: Iterable[ChannelRule]) -> frozenset[str]:
    """The labels that rules look at."""
    return frozenset(
        name for rule in rules for name in (*rule.when.labels, *([CATEGORY] if rule.when.category else []))
    )


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
    labels = (alert.labels.get(CATEGORY, "") for alert in notice.incident.alerts.values())
    return next(filter(None, labels), "")

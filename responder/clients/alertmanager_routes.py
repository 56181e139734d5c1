"""Where an Alertmanager sends an alert, read off the configuration it runs on.

The rules are its own: a child is asked in its order, the first that matches takes the alert unless it says
`continue`, and a route whose children all refuse takes it itself.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from responder.clients.alertmanager_answers import Matcher
from responder.domain.durations import parse_duration
from responder.domain.errors import Reason, Refused

SYSTEM: Final = "Alertmanager"
OURS: Final = "/webhooks/alertmanager"
"""Where we are notified."""
SECRET: Final = "<secret>"  # noqa: S105 - what Alertmanager writes instead of one
EVERY_LABEL: Final = "..."
_MATCHER: Final = re.compile(r'\s*"?([^\s"=~!]+)"?\s*(=~|!~|!=|=)\s*(.*?)\s*', re.DOTALL)
_OPERATORS: Final = {"=": (False, True), "!=": (False, False), "=~": (True, True), "!~": (True, False)}


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that a receiver posts to, empty if it is secret; and whether it hears of the end."""

    url: str
    send_resolved: bool

    @property
    def may_be_ours(self) -> bool:
        """Whether it leads to a responder, or nobody says where."""
        return not self.url or urlsplit(self.url).path.rstrip("/").endswith(OURS)


@dataclass(frozen=True, slots=True)
class Route:
    """One node of the tree."""

    receiver: str
    matchers: tuple[Matcher, ...]
    goes_on: bool
    children: tuple["Route", ...]
    key: str = "{}"
    """The matchers of all routes down to this one, as a group key begins."""
    group_by: tuple[str, ...] = ()
    """The labels that groups are made by; `...` stands for all."""
    group_interval: int = parse_duration("5m")
    repeat_interval: int = parse_duration("4h")
    """In milliseconds: what goes on is told again after the second, at the next turn of the first."""

    def leaves(self, labels: Mapping[str, str]) -> Iterator["Route"]:
        """The routes that take an alert with these labels that has come this far."""
        found = False
        for child in self.children:
            if all(_holds(matcher, labels.get(matcher.name, "")) for matcher in child.matchers):
                found = True
                yield from child.leaves(labels)
                if not child.goes_on:
                    return
        if not found:
            yield self

    def group_key(self, labels: Mapping[str, str]) -> str:
        """What an alert with these labels is grouped by here, as Alertmanager writes it."""
        every = EVERY_LABEL in self.group_by
        group = {name: value for name, value in sorted(labels.items()) if every or name in self.group_by}
        pairs = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in group.items())
        return f"{self.key}:{{{', '.join(pairs)}}}"


@dataclass(frozen=True, slots=True)
class Routing:
    """The whole of it."""

    root: Route
    webhooks: Mapping[str, Sequence[Webhook]] = field(default_factory=dict)
    """By receiver."""
    people: frozenset[str] = frozenset()
    """Receivers that tell anybody in another way than by a webhook."""
    pagers: frozenset[str] = frozenset()
    """Receivers that page by PagerDuty."""

    def receivers(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Who gets an alert with these labels, each once."""
        return tuple(dict.fromkeys(route.receiver for route in self.root.leaves(labels)))

    def repeated(self, labels: Mapping[str, str]) -> timedelta | None:
        """After how long at worst we hear again of an alert that goes on; None: we don't hear of it."""
        ours = [route for route in self.root.leaves(labels) if self._leads_to_us(route)]
        times = [route.repeat_interval + route.group_interval for route in ours]
        return timedelta(milliseconds=min(times)) if times else None

    def _leads_to_us(self, route: Route) -> bool:
        return any(way.may_be_ours for way in self.webhooks.get(route.receiver, ()))

    def page_groups(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """The group keys under which an alert with these labels is paged."""
        leaves = self.root.leaves(labels)
        return tuple(route.group_key(labels) for route in leaves if route.receiver in self.pagers)


def routing_of(configuration: str) -> Routing:
    """The routes and receivers of a configuration.

    Raises:
        Refused: it is none.
    """
    try:
        value = yaml.safe_load(configuration)
        webhooks = {str(one["name"]): tuple(_webhooks(one)) for one in value.get("receivers") or ()}
        receivers = value.get("receivers") or ()
        people = frozenset(str(one["name"]) for one in receivers if _tells_otherwise(one))
        pagers = frozenset(str(one["name"]) for one in receivers if one.get("pagerduty_configs"))
        return Routing(_root(value["route"]), webhooks, people, pagers)
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Refused(SYSTEM, Reason.BAD_ANSWER, "its configuration can't be read") from error


def _root(value: Mapping[str, Any]) -> Route:
    return _route(value, Route("", (), goes_on=False, children=(), key=""))


def _route(value: Mapping[str, Any], above: Route) -> Route:
    """A route with what it inherits from the one above, and its children."""
    matchers = tuple(_matchers(value))
    said = ",".join(map(str, sorted(matchers, key=lambda one: (one.name, one.value))))
    group_by = value.get("group_by")
    here = Route(
        receiver=str(value.get("receiver") or above.receiver),
        matchers=matchers,
        goes_on=bool(value.get("continue")),
        children=(),
        key=f"{above.key}/{{{said}}}" if above.key else f"{{{said}}}",
        group_by=above.group_by if group_by is None else tuple(map(str, group_by)),
        group_interval=_time(value, "group_interval", above.group_interval),
        repeat_interval=_time(value, "repeat_interval", above.repeat_interval),
    )
    return replace(here, children=tuple(_route(child, here) for child in value.get("routes") or ()))


def _time(value: Mapping[str, Any], name: str, inherited: int) -> int:
    return parse_duration(str(value[name])) if value.get(name) is not None else inherited


def _matchers(value: Mapping[str, Any]) -> Iterator[Matcher]:
    for name, wanted in (value.get("match") or {}).items():
        yield Matcher(str(name), str(wanted))
    for name, wanted in (value.get("match_re") or {}).items():
        yield Matcher(str(name), str(wanted), is_regex=True)
    for text in value.get("matchers") or ():
        found = _MATCHER.fullmatch(str(text))
        if found is None:
            raise ValueError(text)
        is_regex, is_equal = _OPERATORS[found[2]]
        yield Matcher(found[1], _unquoted(found[3]), is_regex=is_regex, is_equal=is_equal)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] == '"' == text[-1:] else text


def _webhooks(receiver: Mapping[str, Any]) -> Iterator[Webhook]:
    for one in receiver.get("webhook_configs") or ():
        url = str(one.get("url") or "")
        yield Webhook("" if url == SECRET else url, bool(one.get("send_resolved", True)))


def _tells_otherwise(receiver: Mapping[str, Any]) -> bool:
    ways = (key for key, value in receiver.items() if key.endswith("_configs") and value)
    return any(way != "webhook_configs" for way in ways)


def _holds(matcher: Matcher, value: str) -> bool:
    """Whether a matcher lets a value through; one that only Alertmanager can read does."""
    try:
        same = bool(re.fullmatch(matcher.value, value)) if matcher.is_regex else matcher.value == value
    except re.error:
        return True
    return same is matcher.is_equal

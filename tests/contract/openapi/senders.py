"""What Alertmanager, PagerDuty and Slack send: the required parts are there, the texts in them are odd."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from hypothesis import strategies as st

from responder.domain.page import alertmanager_key, own_key
from responder.render import asks, buttons
from responder.render.answers import SHARE
from responder.slackbot import ask_forms, labels, modal
from responder.slackbot import asks as pressing
from responder.slackbot.commands import COMMAND
from responder.slackbot.deciding import ACTS
from responder.testing.slack.methods import TEAM_ID
from responder.web.pagerduty import KINDS, PING
from tests.contract.openapi.spoilt import ANYTHING, NESTED, TEXT, as_json, bodies, right_or, spoilt

NOBODY: Final = "22222222"
"""An id of an incident or a fix that is not there."""
GROUP: Final = "g"
"""The group key by which the site's incident comes."""
ANN: Final = "U0ANN"
BOB: Final = "U0BOB"
CHANNEL: Final = "C0ALERTS0"
ALERT: Final = "TokenBudgetExceeded"
NAMES: Final = (ALERT, "SlowWorkflowStage", "HighQualityGateFailureRate")


class Site(Protocol):
    """What is there."""

    incident: str
    fix: str
    lease: str
    digest: str


def sometimes(value: Any) -> st.SearchStrategy[Any]:
    """This, or whatever text."""
    return right_or(TEXT, st.just(value))


MOMENT: Final = st.sampled_from(
    [
        "2026-03-02T12:00:00Z",
        "2026-03-02T12:00:00.123456789+02:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
    ]
)
TEXTS: Final = st.dictionaries(st.sampled_from(["severity", "persona", "instance", "summary"]) | TEXT, TEXT)
FIRING: Final = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["firing", "firing", "resolved"]),
        "labels": st.builds(
            lambda name, more: {**more, "alertname": name}, right_or(TEXT, st.sampled_from(NAMES)), TEXTS
        ),
        "startsAt": MOMENT,
    },
    optional={"annotations": TEXTS, "endsAt": MOMENT, "generatorURL": TEXT, "fingerprint": TEXT},
)


def notifications(_: Site) -> st.SearchStrategy[bytes]:
    """Alertmanager's."""
    return bodies(
        st.fixed_dictionaries(
            {
                "version": st.just("4"),
                "receiver": st.just("responder") | TEXT,
                "groupKey": st.just(GROUP) | TEXT,
                "alerts": st.lists(FIRING, min_size=1, max_size=4),
            },
            optional={"truncatedAlerts": st.integers(0, 2**31 - 1), "externalURL": TEXT},
        )
    )


def page_events(site: Site) -> st.SearchStrategy[bytes]:
    """PagerDuty's."""
    keys = st.sampled_from([own_key(site.incident), alertmanager_key(GROUP), own_key(NOBODY)])
    people = st.fixed_dictionaries(
        {
            "id": st.sampled_from(["PADA", "PGRACE"]),
            "type": right_or(TEXT, st.just("user_reference")),
            "summary": TEXT,
        }
    )
    data = st.fixed_dictionaries(
        {
            "id": st.just("P1") | TEXT.filter(bool),
            "incident_key": keys,
            "assignees": st.lists(people, min_size=1, max_size=2),
        },
        optional={
            "resolve_reason": st.none() | st.fixed_dictionaries({"type": sometimes("merge_resolve_reason")})
        },
    )
    kinds = right_or(st.sampled_from([PING, "incident.triggered"]) | TEXT, st.sampled_from(sorted(KINDS)))
    event = st.fixed_dictionaries(
        {"id": TEXT.filter(bool), "event_type": kinds, "occurred_at": MOMENT, "agent": people, "data": data}
    )
    return bodies(st.fixed_dictionaries({"event": event}))


def _by(of: Mapping[str, st.SearchStrategy[Any]]) -> dict[str, st.SearchStrategy[Any]]:
    """Whoever did something in Slack, and in which workspace."""
    user = st.fixed_dictionaries(
        {"id": st.sampled_from([ANN, ANN, BOB])}, optional={"username": TEXT, "team_id": sometimes(TEAM_ID)}
    )
    team = st.fixed_dictionaries({"id": st.just(TEAM_ID)}, optional={"domain": TEXT})
    return {"user": user, "team": team, "trigger_id": TEXT, **of}


def _incident(site: Site) -> st.SearchStrategy[Any]:
    return right_or(TEXT, st.sampled_from([site.incident, site.incident, NOBODY]))


def _kept(right: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """JSON in a text, as we give it to Slack and get it back."""
    return spoilt(right).map(lambda value: as_json(value).decode("utf-8", "surrogatepass"))


def _of_fix(site: Site) -> st.SearchStrategy[str]:
    fixes = st.sampled_from([site.fix, site.lease, NOBODY])
    return _kept(
        st.fixed_dictionaries(
            {"fix": fixes},
            optional={"digest": st.sampled_from([site.digest, "0" * 16]), "extended": st.integers(0, 2)},
        )
    )


def _of_incident(site: Site) -> st.SearchStrategy[str]:
    seen: dict[Any, st.SearchStrategy[Any]] = {
        "revision": st.integers(0, 3),
        "silence": st.just(NOBODY),
        "taken_by": TEXT,
    }
    return _kept(st.fixed_dictionaries({"incident": _incident(site)}, optional=seen))


def _pressed(site: Site) -> st.SearchStrategy[Any]:
    """A button that there is, with what we gave it."""
    of_fix, of_incident = _of_fix(site), _of_incident(site)
    values: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(ACTS, of_fix),
        **dict.fromkeys((*pressing.PRESSED, *ask_forms.FORMS), of_incident),
        buttons.OTHER: _incident(site),
        SHARE: _kept(st.fixed_dictionaries({"id": st.just("0" * 32)})),
    }
    names = right_or(TEXT, st.sampled_from(sorted(values)))
    return names.flatmap(
        lambda name: st.fixed_dictionaries({"action_id": st.just(name), "value": values.get(name, TEXT)})
    )


def clicks(site: Site) -> st.SearchStrategy[bytes]:
    """Buttons that are pressed in Slack."""
    place = {"message_ts": st.just("1770000000.000100"), "thread_ts": st.just("1770000000.000200")}
    right = st.fixed_dictionaries(
        _by(
            {
                "type": st.just("block_actions"),
                "channel": st.just({"id": CHANNEL}),
                "container": st.fixed_dictionaries({}, optional=place),
                "actions": st.lists(_pressed(site), min_size=1, max_size=2),
            }
        ),
        optional={"response_url": TEXT, "message": ANYTHING | NESTED, "state": ANYTHING | NESTED},
    )
    return _as_slack_wraps_it(right)


def _state(site: Site) -> st.SearchStrategy[Any]:
    """What stands in the fields of our forms."""
    chosen = {
        modal.CHOICE: _of_fix(site),
        ask_forms.FOR: right_or(TEXT, st.sampled_from(sorted(ask_forms.DURATIONS))),
        "persona": TEXT,
    }
    written = dict.fromkeys((modal.REASON, ask_forms.WHY, "workflow"), TEXT)
    fields = {
        **{name: _field(name, "selected_option", value.map(_option)) for name, value in chosen.items()},
        **{name: _field(name, "value", value) for name, value in written.items()},
    }
    return st.fixed_dictionaries({"values": st.fixed_dictionaries(fields)})


def _option(value: str) -> dict[str, str]:
    return {"value": value}


def _field(name: str, part: str, value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({name: st.fixed_dictionaries({part: value})})


def submissions(site: Site) -> st.SearchStrategy[bytes]:
    """Forms that are sent off in Slack."""
    names = (modal.CALLBACK, asks.SILENCE, asks.FALSE_ALARM, labels.CALLBACK)
    about = st.fixed_dictionaries({"incident": _incident(site), "channel": st.just(CHANNEL)})
    needed = {"alert": st.sampled_from(NAMES), "channel": st.just(CHANNEL)}
    more: dict[Any, st.SearchStrategy[Any]] = {
        "labels": st.dictionaries(st.just("stage"), TEXT),
        "missing": st.lists(st.sampled_from(["persona", "workflow"])),
        "answer_url": TEXT,
    }
    command = st.fixed_dictionaries(needed, optional=more)

    def view(name: str) -> st.SearchStrategy[Any]:
        kept = _kept(command if name == labels.CALLBACK else about)
        parts = {"callback_id": st.just(name), "private_metadata": kept, "state": _state(site)}
        return st.fixed_dictionaries(parts)

    views = right_or(TEXT, st.sampled_from(names)).flatmap(view)
    return _as_slack_wraps_it(st.fixed_dictionaries(_by({"type": st.just("view_submission"), "view": views})))


def commands(site: Site) -> st.SearchStrategy[bytes]:
    """What is written after `/hypertool` in Slack."""
    incident = f" {site.incident}"
    known = st.sampled_from(
        [
            "", "help", "status", "fixes", "fix", "pause", "pause because", "resume", "share",
            f"incident{incident}", f"fix{incident}", f"silence{incident}", f"silence{incident} 30m why",
            f"unsilence{incident}", f"incident {NOBODY} share", "why data-scientist", "why persona=a",
            f"diagnose {ALERT}", f"diagnose {ALERT} persona=a", f'diagnose {ALERT} persona="a b" share',
            "diagnose SlowWorkflowStage workflow=a",
        ]
    )  # fmt: skip
    text = st.one_of(known, known, st.builds("{} {}".format, known, TEXT), TEXT)
    right = st.fixed_dictionaries(
        {
            "command": right_or(TEXT, st.just(COMMAND)),
            "text": text,
            "team_id": st.just(TEAM_ID),
            "user_id": st.sampled_from([ANN, ANN, BOB]),
            "channel_id": st.just(CHANNEL),
            "trigger_id": TEXT.filter(bool),
        },
        optional={"user_name": TEXT, "response_url": TEXT},
    )
    return spoilt(right).map(_as_form)


def _as_form(fields: Any) -> bytes:
    named = fields if isinstance(fields, dict) else {"payload": fields}
    return urlencode([(_as_bytes(key), _as_bytes(value)) for key, value in named.items()]).encode()


def _as_bytes(value: Any) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else as_json(value)


def _as_slack_wraps_it(right: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """JSON in a form; as it is now and then."""
    sent = bodies(right)
    return right_or(sent, sent.map(lambda body: urlencode({"payload": body}).encode()))


SENDERS: Final[Mapping[str, Callable[[Site], st.SearchStrategy[bytes]]]] = {
    "alertmanager": notifications,
    "pagerduty": page_events,
    "slack's buttons": clicks,
    "slack's forms": submissions,
    "slack's commands": commands,
}

"""Answers to `/hypertool` keep every limit of Slack, and what came from outside is no more than text."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from responder.domain.alert import Severity
from responder.domain.answers import (
    About,
    Answer,
    Diagnosed,
    FarSide,
    FixList,
    OneIncident,
    Paused,
    Plain,
    State,
)
from responder.domain.command import Asked, Command, Verb
from responder.domain.errors import Reason
from responder.domain.fix import BY_RESPONDER, FixState
from responder.domain.notice import Notice
from responder.domain.report import FindingState
from responder.domain.units import Unit
from responder.policy.breaker import Tripped
from responder.render.answers import SHARE, answer, help_message
from responder.render.blocks import BLOCKS_MOST, JSON_LONGEST, SlackMessage
from responder.render.limits import json_size
from responder.testing.fixes import a_lease
from responder.testing.samples import NOTICES, NOW, lives
from responder.testing.samples import parts as make
from responder.testing.samples.fixes import hostile
from responder.testing.slack.check import block_faults

Faults = Callable[[SlackMessage], list[str]]
MEASURED: Final = {"measured_before": -400.0, "measured_after": 100.0}
PERSONA: Final = (("persona", "backend-engineer"),)
EVIL: Final = "<!channel> <@U0ANN> <https://evil.example|here> `x` *b* \u202e"


def asked_of(**changes: Any) -> Asked:
    """What somebody asked."""
    command = Command(verb=Verb.DIAGNOSE, subject="TokenBudgetExceeded", labels={"persona": EVIL}, **changes)
    return Asked(
        id="a" * 32,
        command=command,
        who=f"slack:U0BOB ({EVIL})",
        user="U0BOB",
        channel="C0ALERTS0",
        at=NOW,
        answer_url="",
    )


def about(text: str, rows: int) -> About:
    """Something about a persona whose every label is this text."""
    labels = [{"model": f"{text}{number}", "chatmode": text} for number in range(rows)]
    measured = [make.row(PERSONA, one, value=100.0) for one in labels]
    spend = make.finding("spend", "Tokens used", Unit.TOKENS, measured)
    missing = replace(spend, state=FindingState.FAILED, rows=(), reason=Reason.TIMEOUT, detail=text)
    open_ones = (make.incident(make.alert("A", Severity.CRITICAL, {"persona": text})),)
    return About(kind="persona", name=text, at=NOW, findings=(spend, missing) * 6, incidents=open_ones)


def state(text: str, number: int) -> State:
    """Everything open, in force and broken, in these words."""
    return State(
        at=NOW,
        incidents=tuple(lives.nasty(text) for _ in range(number)),
        more=490,
        fixes=hostile(text),
        breaker=Paused(paused=True, why=text, by=text, since=NOW),
        far_sides=tuple(FarSide(name=f"side {n}", fine=bool(n % 2), said=text) for n in range(6)),
    )


def of_notice(kind: type[Diagnosed | OneIncident], made: Callable[[], Notice]) -> Answer:
    return kind(notice=made())


ANSWERS: Final[dict[str, Callable[[], Answer]]] = {
    "a sentence": lambda: Plain(text=EVIL * 200),
    "about": lambda: about(EVIL, 6),
    "about, long": lambda: about("Ω" * 900, 40),
    "state": lambda: state(EVIL, 10),
    "state, long": lambda: state("Ω" * 900, 10),
    "fixes": lambda: FixList(at=NOW, fixes=hostile(EVIL) * 4, breaker=Paused(paused=False)),
    **{f"diagnosed, {name}": partial(of_notice, Diagnosed, made) for name, made in NOTICES.items()},
    **{f"incident, {name}": partial(of_notice, OneIncident, made) for name, made in NOTICES.items()},
}


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_is_within_slacks_limits(name: str, *, shared: bool, published_faults: Faults) -> None:
    made = answer(ANSWERS[name](), asked_of(shared=shared))
    assert block_faults(list(made.blocks)) == []
    assert published_faults(made) == []
    assert len(made.blocks) <= BLOCKS_MOST
    assert json_size(made.blocks) <= JSON_LONGEST


@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_in_an_answer_is_parsed_or_decides(name: str) -> None:
    """Text is plain or rich, never mrkdwn; the one button shows it to everybody."""
    made = answer(ANSWERS[name](), asked_of())
    told = json.dumps(made.blocks)
    assert '"mrkdwn"' not in told
    assert '"type": "user"' not in told
    assert "evil.example" not in {urlsplit(url).hostname for url in _links(made.blocks)}
    buttons = [one["action_id"] for block in made.blocks for one in _buttons(block)]
    assert set(buttons) <= {SHARE}
    assert "<!channel>" not in made.text


def test_what_holds_is_told_with_what_it_set_and_for_which_incident() -> None:
    """Where the list is long as well as where one persona is asked about."""
    held = a_lease(
        state=FixState.IN_FORCE, verified_at=NOW, expires_at=NOW + timedelta(minutes=50), **MEASURED
    )
    list_, one = FixList(at=NOW, fixes=(held,), breaker=Paused(paused=False)), about("x", 1)
    for found in (list_, replace(one, fixes=(held,))):
        told = "".join(_texts(answer(found, asked_of()).blocks))
        assert "Raise the budget by 500 tokens: 1700 → 2200 tokens until " in told
        assert "works: -400 → 100; personas/data-scientist/budget, incident i1" in told


def test_while_all_are_paused_it_is_told_why_and_how_they_go_on() -> None:
    paused = Paused(paused=True, why=Tripped.IN_A_ROW, by=BY_RESPONDER, since=NOW)
    told = "".join(_texts(answer(FixList(at=NOW, fixes=(), breaker=paused), asked_of()).blocks))
    assert "paused by the responder itself: three in a row failed, did not work" in told
    assert "; /hypertool resume, once that was looked at" in told


def test_the_help_is_within_limits(published_faults: Faults) -> None:
    assert published_faults(help_message([("status", "what is open")])) == []


def _buttons(block: Any) -> list[Any]:
    return list(block["elements"]) if block["type"] == "actions" else []


def _texts(value: object) -> list[str]:
    """All that is written there, in its order."""
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _texts(inner)]
    return []


def _links(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [str(value["url"])] if value.get("type") == "link" else []
        return own + [link for inner in value.values() for link in _links(inner)]
    if isinstance(value, list | tuple):
        return [link for inner in value for link in _links(inner)]
    return []

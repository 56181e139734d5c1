"""The action `silence` against a real Alertmanager: exactly the alert, once, and seen by its comment."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

import pytest

from responder.actions.silence import Silence
from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import EXPIRED, Matcher, SilenceRecord
from responder.clients.http import Http
from responder.domain.clock import system_clock
from responder.domain.fix import Fix, Seen
from responder.policy.target import Value
from responder.testing.fixes import a_one_shot
from responder.testing.servers import alertmanager

pytestmark = pytest.mark.scenario

CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
NASTY = 'quo"te\\back\nline{brace}$ <!channel>'
SOON = 5


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Alertmanager]:
    async with Http() as http, alertmanager(CONFIG, folder=tmp_path) as server:
        yield Alertmanager(http, server.url)


def fix(change_of: str = "f1", *, persona: str = NASTY) -> Fix:
    labels = {"alertname": "TokenBudgetExceeded", "persona": persona, "severity": "critical"}
    return a_one_shot("silence", id=change_of, title="Silence this alert", labels=labels)


async def test_a_silence_is_made_once_for_exactly_the_alert_and_not_again_once_ended(
    client: Alertmanager,
) -> None:
    """One start of the server for all of it."""
    action, mine = Silence(client, system_clock), fix()
    await action.propose("{}", Value(None), None)
    assert (await action.look(mine)).seen is Seen.UNTOUCHED

    made = await action.apply(mine)
    assert (await action.apply(mine)).endswith("is there already")
    (silence,) = await client.silences(within=SOON)
    assert made == f"silence {silence.id}"
    assert set(silence.matchers) == {Matcher(name, value) for name, value in mine.labels.items()}
    assert (silence.created_by, silence.state) == ("ada", "active")
    assert silence.comment == "Silence this alert, for incident i1, approved by ada [fix f1]"
    drift = silence.ends_at - silence.starts_at - mine.lasts  # it begins when it came in
    assert abs(drift) < timedelta(seconds=SOON)
    assert (await action.look(mine)).seen is Seen.OURS

    other = fix("f2")
    assert (await action.look(other)).seen is Seen.UNTOUCHED
    await action.apply(other)
    assert len(await client.silences(within=SOON)) == 2

    await client.expire_silence(silence.id, within=SOON)
    look = await action.look(mine)
    assert look.seen is Seen.CHANGED
    assert "was ended at" in look.text
    assert (await action.look(other)).seen is Seen.OURS


async def test_one_that_begins_by_a_clock_ahead_of_ours_is_there_too(client: Alertmanager) -> None:
    """Its state is pending."""

    def ahead() -> datetime:
        return system_clock() + timedelta(minutes=5)

    action = Silence(client, ahead)
    await action.apply(fix())
    assert (await action.look(fix())).seen is Seen.OURS


async def test_one_that_is_made_late_is_ended_at_once(client: Alertmanager) -> None:
    """By a replica that was frozen after it had looked: also where a person ended the first one since."""
    action = Silence(client, system_clock)
    late = Silence(LooksTooEarly(client.http, client.url), system_clock)
    await action.apply(fix())
    [first] = await client.silences(within=SOON)
    assert await late.apply(fix()) == f"silence {first.id}"
    assert await active(client) == [first.id]
    assert len(await client.silences(within=SOON)) == 2
    await client.expire_silence(first.id, within=SOON)
    await late.apply(fix())
    assert await active(client) == []
    assert (await action.look(fix())).seen is Seen.CHANGED


async def test_what_took_effect_late_is_ended_all_of_it(client: Alertmanager) -> None:
    action = Silence(client, system_clock)
    await action.apply(fix("f2"))
    [other] = await active(client)
    await action.apply(fix())
    await action.undo(fix())
    await action.undo(fix())  # as after an answer that was lost
    assert await active(client) == [other]


@dataclass(frozen=True)
class LooksTooEarly(Alertmanager):
    """Every other look is from before anything was made."""

    turns: Iterator[bool] = field(default_factory=lambda: cycle([True, False]))

    async def silences(self, filters: Sequence[Matcher] = (), *, within: float) -> tuple[SilenceRecord, ...]:
        return () if next(self.turns) else await super().silences(filters, within=within)


async def active(client: Alertmanager) -> list[str]:
    return [one.id for one in await client.silences(within=SOON) if one.state != EXPIRED]


async def test_an_alert_is_silenced_by_its_name_even_if_its_labels_lack_it(client: Alertmanager) -> None:
    action = Silence(client, system_clock)
    await action.apply(replace(fix(), labels={"persona": "a"}))
    (silence,) = await client.silences(within=SOON)
    assert silence.matchers[0] == Matcher("alertname", "TokenBudgetExceeded")

"""The action `silence` against a real Alertmanager: exactly the alert, once, and seen by its comment."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from responder.actions.silence import Silence
from responder.clients.alertmanager import Alertmanager
from responder.clients.alertmanager_answers import Matcher
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


async def test_an_alert_is_silenced_by_its_name_even_if_its_labels_lack_it(client: Alertmanager) -> None:
    action = Silence(client, system_clock)
    await action.apply(replace(fix(), labels={"persona": "a"}))
    (silence,) = await client.silences(within=SOON)
    assert silence.matchers[0] == Matcher("alertname", "TokenBudgetExceeded")

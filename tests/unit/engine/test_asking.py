"""What people ask of an incident: once, with who was first, and a silence that is made whatever fails."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from responder import metrics
from responder.domain.alert import Notification
from responder.domain.errors import Reason, Refused, Unreachable
from responder.domain.incident import EventKind, Incident
from responder.domain.marks import AskedSilence, SilenceState, Tally
from responder.engine.asking import Asking, Heard
from responder.engine.desk import Desk
from responder.engine.orders import Move
from responder.engine.reading import Reading
from responder.engine.silencing import DEADLINE, GIVES_UP_AFTER, LATE, Silenced, Silencing
from responder.engine.sweep import Sweep
from responder.engine.take_in import Taken
from responder.storage import timeline
from responder.storage.leases import Claim
from responder.testing.away import Course
from responder.testing.clock import NOON, ManualClock
from responder.testing.engine import Orders, ScriptedMutes, alert_of, minutes, notification_of

Load = Callable[[str], Incident]
HOUR = timedelta(hours=1)
DOWN = Unreachable("Alertmanager", Reason.TIMEOUT, "no answer")
WRONG = Refused("Alertmanager", Reason.REFUSED, "no")


@pytest.fixture
def asking(desk: Desk) -> Asking:
    return Asking(desk, mutes=True)


@pytest.fixture
def mutes() -> ScriptedMutes:
    return ScriptedMutes()


@pytest.fixture
def silencing(desk: Desk, mutes: ScriptedMutes) -> Silencing:
    return Silencing(desk, mutes)


def happened(desk: Desk, incident: str) -> list[tuple[EventKind, str]]:
    with desk.database.read() as connection:
        return [(event.kind, event.text) for event in timeline.of(connection, incident)][1:]


async def asked_for(asking: Asking, incident: str, load: Load) -> AskedSilence:
    """The silence that ada asked for."""
    await asking.silence(incident, "ada", HOUR, "known")
    silence = load(incident).silence
    assert silence is not None
    return silence


async def test_a_silence_is_recorded_ordered_and_told_before_anything_is_sent(
    asking: Asking, incident: str, orders: Orders, load: Load, desk: Desk
) -> None:
    orders.take()
    silence = await asked_for(asking, incident, load)
    assert (silence.state, silence.by, silence.until) == (SilenceState.ORDERED, "ada", NOON + HOUR)
    moves = [order.move for order in orders.take()]
    assert moves == [Move.TELL, Move.TELL, Move.SILENCE]
    assert happened(desk, incident) == [(EventKind.SILENCE_ASKED, "ada, until 2 Mar 13:00 UTC: known")]


async def test_a_silence_that_is_made_is_told(  # noqa: PLR0913, PLR0917 - fixtures
    asking: Asking, silencing: Silencing, incident: str, orders: Orders, load: Load, desk: Desk
) -> None:
    silence = await asked_for(asking, incident, load)
    orders.take()
    assert await silencing("o", incident, silence.id) is Silenced.MADE
    made = load(incident).silence
    assert made is not None
    assert (made.state, made.made, made.due_at) == (SilenceState.MADE, ("s1",), None)
    assert [order.move for order in orders.take()] == [Move.TELL, Move.TELL]
    assert [kind for kind, _ in happened(desk, incident)] == [EventKind.SILENCE_ASKED, EventKind.SILENCED]
    assert await silencing("o", incident, silence.id) is Silenced.NOT_DUE


@pytest.mark.parametrize(
    ("lost", "outcome"), [("?.", Silenced.MADE), (".xx", Silenced.MADE), (".?", Silenced.NOT_DUE)]
)
async def test_a_silence_is_made_once_though_the_database_goes_away(  # noqa: PLR0913, PLR0917 - a table
    asking: Asking, silencing: Silencing, incident: str, load: Load, mutes: ScriptedMutes, course: Course,
    lost: str, outcome: Silenced,
) -> None:  # fmt: skip
    """Kept unheard, the second try finds it done."""
    silence = await asked_for(asking, incident, load)
    course(lost)
    assert await silencing("o", incident, silence.id) is outcome
    made = load(incident).silence
    assert made is not None
    assert made.state is SilenceState.MADE
    assert len(mutes.asked) == 1


async def test_while_alertmanager_is_away_it_is_tried_again_and_given_up_in_the_end(  # noqa: PLR0913, PLR0917 - fixtures
    asking: Asking,
    silencing: Silencing,
    mutes: ScriptedMutes,
    incident: str,
    orders: Orders,
    load: Load,
    clock: ManualClock,
) -> None:
    mutes.errors = [DOWN, DOWN]
    silence = await asked_for(asking, incident, load)
    orders.take()
    assert await silencing("o1", incident, silence.id) is Silenced.RETRYING
    (again,) = orders.take()
    assert (again.id, again.delay) == (f"silence/{silence.id}/2", 2)
    clock.forward(seconds=GIVES_UP_AFTER.total_seconds())
    assert await silencing("o2", incident, silence.id) is Silenced.FAILED
    failed = load(incident).silence
    assert failed is not None
    assert (failed.state, failed.failure) == (SilenceState.FAILED, "Alertmanager: timeout: no answer")
    assert [order.move for order in orders.take()] == [Move.TELL, Move.TELL]


async def test_what_alertmanager_refuses_is_told_at_once_and_may_be_asked_again(
    asking: Asking, silencing: Silencing, mutes: ScriptedMutes, incident: str, load: Load
) -> None:
    mutes.errors = [WRONG]
    silence = await asked_for(asking, incident, load)
    assert await silencing("o", incident, silence.id) is Silenced.FAILED
    assert (await asking.silence(incident, "bob", HOUR)).heard is Heard.DONE


async def test_an_order_that_was_lost_is_given_again(  # noqa: PLR0913, PLR0917 - fixtures
    asking: Asking, incident: str, orders: Orders, load: Load, desk: Desk, clock: ManualClock
) -> None:
    silence = await asked_for(asking, incident, load)
    orders.take()
    clock.forward(seconds=11)
    Sweep(desk).run()
    assert [order.args for order in orders.take(Move.SILENCE)] == [(incident, silence.id)]


@pytest.mark.parametrize(
    ("lasts", "words"),
    [
        (timedelta(seconds=59), "a silence lasts from 1 minute to 7 days"),
        (timedelta(minutes=1), ""),
        (timedelta(days=7), ""),
        (timedelta(days=7, seconds=1), "a silence lasts from 1 minute to 7 days"),
    ],
)
async def test_a_silence_is_neither_too_short_nor_too_long(
    asking: Asking, incident: str, lasts: timedelta, words: str
) -> None:
    reply = await asking.silence(incident, "ada", lasts)
    assert reply.words == words
    assert reply.heard is (Heard.REFUSED if words else Heard.DONE)


async def test_without_an_alertmanager_nothing_is_silenced(desk: Desk, incident: str) -> None:
    reply = await Asking(desk).silence(incident, "ada", HOUR)
    assert (reply.heard, reply.words) == (
        Heard.REFUSED,
        "no Alertmanager is configured that could silence it",
    )


async def test_the_second_is_told_who_was_first(asking: Asking, incident: str) -> None:
    await asking.silence(incident, "ada", HOUR)
    reply = await asking.silence(incident, "bob", HOUR)
    assert reply.heard is Heard.TOO_LATE
    assert reply.words == "it is being silenced already until 2 Mar 13:00 UTC, by ada"

    await asking.take(incident, "ada", seen="")
    assert (await asking.take(incident, "bob", seen="")).words == "ada has it"
    assert (
        await asking.take(incident, "bob", seen="ada")
    ).heard is Heard.DONE  # taken over, knowing from whom
    assert (await asking.take(incident, "ada")).heard is Heard.DONE

    await asking.investigate(incident, "ada", seen=1)
    reply = await asking.investigate(incident, "bob", seen=1)
    assert reply.heard is Heard.TOO_LATE
    assert reply.words == "it is being investigated anew already, asked for by ada"

    await asking.false_alarm(incident, "ada", "a test")
    reply = await asking.false_alarm(incident, "bob", "no idea")
    assert (reply.heard, reply.words) == (Heard.TOO_LATE, "ada called it a false alarm already")


async def test_when_a_silence_is_over_the_next_may_be_asked_for(
    asking: Asking, incident: str, clock: ManualClock
) -> None:
    await asking.silence(incident, "ada", HOUR)
    clock.forward(seconds=3600)
    assert (await asking.silence(incident, "bob", HOUR)).heard is Heard.DONE


class TestTheEndOfASilenceBeforeItsTime:
    """Recorded before anything is sent, made whatever fails, and told."""

    @pytest.fixture
    async def made(
        self, asking: Asking, silencing: Silencing, incident: str, load: Load, orders: Orders
    ) -> AskedSilence:
        silence = await asked_for(asking, incident, load)
        await silencing("made", incident, silence.id)
        orders.take()
        return silence

    async def test_is_ordered_made_and_told(  # noqa: PLR0913, PLR0917 - fixtures
        self,
        made: AskedSilence,
        asking: Asking,
        silencing: Silencing,
        incident: str,
        orders: Orders,
        load: Load,
        desk: Desk,
    ) -> None:
        assert (await asking.unsilence(incident, "bob", made.id)).heard is Heard.DONE
        [*told, order] = orders.take()
        assert [one.move for one in told] == [Move.TELL, Move.TELL]
        first = f"unsilence/{made.id}/{NOON.timestamp():.3f}"
        assert (order.id, order.args) == (first, (incident, made.id))
        assert await silencing("o", incident, made.id) is Silenced.ENDED
        assert [order.move for order in orders.take()] == [Move.TELL, Move.TELL]
        assert happened(desk, incident)[2:] == [
            (EventKind.SILENCE_END_ASKED, "bob"),
            (EventKind.SILENCE_ENDED, "bob"),
        ]
        assert await silencing("o", incident, made.id) is Silenced.NOT_DUE
        assert (await asking.silence(incident, "ada", HOUR)).heard is Heard.DONE

    async def test_is_tried_again_and_once_it_is_given_up_the_silence_holds(  # noqa: PLR0913, PLR0917 - fixtures
        self,
        made: AskedSilence,
        asking: Asking,
        silencing: Silencing,
        mutes: ScriptedMutes,
        incident: str,
        orders: Orders,
        load: Load,
        clock: ManualClock,
    ) -> None:
        clock.forward(minutes=30)
        await asking.unsilence(incident, "bob")
        orders.take()
        mutes.errors = [DOWN, DOWN]
        assert await silencing("o1", incident, made.id) is Silenced.RETRYING
        assert [order.id.rsplit("/", 1)[1] for order in orders.take()] == ["2"]
        clock.forward(seconds=GIVES_UP_AFTER.total_seconds())
        assert await silencing("o2", incident, made.id) is Silenced.FAILED
        after = load(incident).silence
        assert after is not None
        assert (after.state, after.failure) == (SilenceState.MADE, "Alertmanager: timeout: no answer")
        assert (await asking.unsilence(incident, "bob")).heard is Heard.DONE
        [anew] = orders.take(Move.SILENCE)
        assert anew.id.endswith(f"/{clock().timestamp():.3f}")  # none that was worked on before

    async def test_whose_order_was_lost_is_ordered_again(  # noqa: PLR0913, PLR0917 - fixtures
        self,
        made: AskedSilence,
        asking: Asking,
        incident: str,
        orders: Orders,
        desk: Desk,
        clock: ManualClock,
    ) -> None:
        await asking.unsilence(incident, "bob")
        orders.take()
        clock.forward(seconds=11)
        Sweep(desk).run()
        assert [order.id.split("/")[0] for order in orders.take(Move.SILENCE)] == ["unsilence"]
        assert made.id

    async def test_asked_for_while_it_is_being_made_is_not_undone_by_that(
        self, asking: Asking, desk: Desk, incident: str, load: Load, mutes: ScriptedMutes
    ) -> None:
        """The try that is under way made it; the silence still ends."""
        silence = await asked_for(asking, incident, load)

        class Meanwhile(ScriptedMutes):
            async def mute(self, incident: Incident, silence: AskedSilence) -> tuple[str, ...]:
                await asking.unsilence(incident.id, "bob")
                return await ScriptedMutes.mute(self, incident, silence)

        assert await Silencing(desk, Meanwhile())("o1", incident, silence.id) is Silenced.NOT_DUE
        assert await Silencing(desk, mutes)("o2", incident, silence.id) is Silenced.ENDED

    async def test_is_asked_for_once_and_only_of_the_one_that_was_seen(
        self, made: AskedSilence, asking: Asking, incident: str, clock: ManualClock
    ) -> None:
        reply = await asking.unsilence(incident, "bob", seen="another")
        assert (reply.heard, reply.words) == (Heard.TOO_LATE, "it was silenced anew, by ada")
        await asking.unsilence(incident, "bob", made.id)
        again = await asking.unsilence(incident, "ada", made.id)
        assert again.words == "its silence is being ended already, by bob"
        clock.forward(seconds=3600)
        over = await asking.unsilence(incident, "ada")
        assert over.words == "no silence holds that was asked for here"

    async def test_needs_an_alertmanager(self, desk: Desk, incident: str) -> None:
        assert (await Asking(desk).unsilence(incident, "ada")).heard is Heard.REFUSED


async def test_a_false_alarm_is_kept_and_counted_for_its_alert(
    asking: Asking, incident: str, load: Load, desk: Desk
) -> None:
    counter = metrics.FALSE_ALARMS.labels("A")._value
    before = counter.get()
    await asking.false_alarm(incident, "ada", "the threshold is too low")
    said = load(incident).false_alarm
    assert said is not None
    assert (said.by, said.why) == ("ada", "the threshold is too low")
    assert counter.get() == before + 1
    assert await Reading(desk).tally("A") == Tally(incidents=1, false_alarms=1)
    assert await Reading(desk).tallies() == {"A": Tally(1, 1)}
    assert await Reading(desk).tally("B") == Tally()
    assert happened(desk, incident) == [(EventKind.FALSE_ALARM, "ada: the threshold is too low")]


async def test_what_is_over_can_be_called_a_false_alarm_but_is_neither_muted_nor_investigated(
    asking: Asking, incident: str, take: Callable[[Notification], Taken]
) -> None:
    take(notification_of(alert_of(end=minutes(1)), at=minutes(2)))
    for reply in (await asking.silence(incident, "ada", HOUR), await asking.investigate(incident, "ada")):
        assert (reply.heard, reply.words) == (Heard.TOO_LATE, "the incident is over")
    assert (await asking.false_alarm(incident, "ada", "a test")).heard is Heard.DONE


async def test_of_an_incident_that_is_not_there_nothing_can_be_asked(asking: Asking) -> None:
    assert (await asking.silence("nobody", "ada", HOUR)).heard is Heard.NO_SUCH_INCIDENT


class Overtaken(ScriptedMutes):
    """While this replica sends, it is frozen until another has done the same, or somebody wants it to end."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    async def unmute(self, silence: AskedSilence) -> None:
        await super().unmute(silence)
        await self._meanwhile()


class TestWhatComesLate:
    async def test_of_one_that_another_has_made_is_looked_for_by_whoever_wakes_up(  # noqa: PLR0913, PLR0917 - fixtures
        self, asking: Asking, incident: str, orders: Orders, load: Load, desk: Desk, clock: ManualClock
    ) -> None:
        """At once, and when nothing can arrive any longer; what the other has made stays."""
        silence = await asked_for(asking, incident, load)

        async def meanwhile() -> None:
            clock.forward(seconds=60)
            assert await Silencing(desk, ScriptedMutes())("other", incident, silence.id) is Silenced.MADE

        mutes = Overtaken(meanwhile)
        assert await Silencing(desk, mutes)("frozen", incident, silence.id) is Silenced.NOT_DUE
        looks = orders.take(Move.SILENCE)[1:]
        assert sorted(look.delay for look in looks) == [0, LATE, DEADLINE + LATE]
        assert {look.args for look in looks} == {(incident, silence.id)}
        assert len({look.id for look in looks}) == 3
        for look in looks:
            await Silencing(desk, mutes)(look.id, incident, silence.id)
        assert mutes.tidied == [(silence.id, ("s1",))] * 3
        made = load(incident).silence
        assert made is not None
        assert made.state is SilenceState.MADE

    async def test_of_one_that_was_ended_meanwhile_is_ended_all_of_it(  # noqa: PLR0913, PLR0917 - fixtures
        self, asking: Asking, incident: str, orders: Orders, load: Load, desk: Desk, clock: ManualClock
    ) -> None:
        silence = await asked_for(asking, incident, load)

        async def meanwhile() -> None:
            clock.forward(seconds=60)
            assert (await asking.unsilence(incident, "bob")).heard is Heard.DONE
            assert await Silencing(desk, ScriptedMutes())("other", incident, silence.id) is Silenced.ENDED

        mutes = Overtaken(meanwhile)
        assert await Silencing(desk, mutes)("frozen", incident, silence.id) is Silenced.NOT_DUE
        assert (await asking.silence(incident, "eve", HOUR)).heard is Heard.DONE
        for look in orders.take(Move.SILENCE):
            if "/late/" in look.id:
                await Silencing(desk, mutes)(look.id, incident, silence.id)
        assert mutes.tidied == [(silence.id, ())] * 3

    async def test_is_looked_for_also_if_nobody_wakes_up(
        self, asking: Asking, incident: str, orders: Orders, load: Load, desk: Desk
    ) -> None:
        """The lease of a replica that died was left: what it sent may arrive yet."""
        silence = await asked_for(asking, incident, load)
        orders.take()
        with desk.work() as work:
            Claim(f"silence/{incident}", "o").take(work.connection, NOON, timedelta(seconds=40))
        assert await Silencing(desk, ScriptedMutes())("o", incident, silence.id) is Silenced.MADE
        (look,) = orders.take(Move.SILENCE)
        assert look.delay == DEADLINE + LATE

    async def test_is_looked_for_again_while_alertmanager_is_away(  # noqa: PLR0913, PLR0917 - fixtures
        self, asking: Asking, silencing: Silencing, mutes: ScriptedMutes, incident: str, orders: Orders,
        load: Load, clock: ManualClock,
    ) -> None:  # fmt: skip
        """Not when the silence would be over by itself."""
        silence = await asked_for(asking, incident, load)
        await silencing("o", incident, silence.id)
        orders.take()
        mutes.errors = [DOWN, DOWN]
        assert await silencing("late", incident, silence.id) is Silenced.RETRYING
        assert [look.delay for look in orders.take(Move.SILENCE)] == [LATE]
        clock.forward(seconds=HOUR.total_seconds())
        assert await silencing("later", incident, silence.id) is Silenced.RETRYING
        assert orders.take(Move.SILENCE) == []

"""A budget raised three times in a week, on both databases: what is proposed, and of which numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from responder.clients.prometheus_answers import Course, Samples, Series, Target
from responder.diagnose.registry import specs
from responder.domain.alert import Alert
from responder.domain.errors import Reason, Unreachable
from responder.domain.fix import Change, FixState, proposed
from responder.domain.ids import new_fix_id
from responder.domain.incident import opened
from responder.domain.report import Permanent
from responder.engine.desk import Desk
from responder.engine.fixing.ledger import Ledger
from responder.engine.fixing.permanently import Permanently
from responder.playbook.load import load
from responder.playbook.model import Playbook
from responder.resources import resource_dir
from responder.storage import incidents
from responder.testing.clock import NOON, ManualClock
from responder.testing.engine import alert_of
from responder.testing.fixes import a_lease

DAY: Final = timedelta(days=1)
PERSONA: Final = "data-scientist"
ALERT: Final = alert_of(name="TokenBudgetExceeded", persona=PERSONA)
DAILY: Final = (1800.0, 1900.0, 2000.0, 2050.0, 2100.0, 2150.0, 2170.0)


@dataclass(slots=True)
class Uses:
    """A Prometheus that knows what was used on each day."""

    daily: Sequence[float] = DAILY
    fails: bool = False
    asked: list[tuple[str, datetime, datetime, float]] = field(default_factory=list)

    async def query(self, query: str, *, at: datetime | None = None, within: float) -> Samples:
        raise NotImplementedError

    async def query_range(
        self,
        query: str,
        *,
        start: datetime,
        end: datetime,
        step: float,
        within: float,
    ) -> Course:
        self.asked.append((query, start, end, step))
        if self.fails:
            raise Unreachable("Prometheus", Reason.TIMEOUT, "no answer")
        points = tuple((float(place), value) for place, value in enumerate(self.daily))
        return Course(series=(Series(labels={"persona": PERSONA}, points=points),) if points else ())

    async def targets(self, job: str, *, within: float) -> tuple[Target, ...]:
        raise NotImplementedError

    def graph_url(self, query: str, span: str = "1h") -> str:
        raise NotImplementedError


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load(resource_dir("playbooks"), specs())["TokenBudgetExceeded"]


def applied(desk: Desk, *ages: timedelta, change: Change | None = None) -> None:
    """Keep leases that were applied so long before now."""
    ledger, now = Ledger(desk), desk.clock()
    with desk.work() as work:
        if incidents.load(work.connection, "i1") is None:
            incidents.insert(work.connection, opened("i1", [ALERT], now))
        for age in ages:
            changed = {} if change is None else {"change": change}
            lease = a_lease(
                id=new_fix_id(now), state=FixState.ENDED, applied_at=now - age, due_at=None, **changed
            )
            ledger.keep(work, proposed(lease))


async def found(desk: Desk, playbook: Playbook, uses: Uses | None, *alerts: Alert) -> tuple[Permanent, ...]:
    permanently = Permanently(desk.database, uses, None, desk.clock)
    return await permanently.of(playbook, opened("i2", alerts or [ALERT], desk.clock()).incident)


async def test_three_raises_in_seven_days_propose_the_value_that_would_have_done(
    desk: Desk, clock: ManualClock, playbook: Playbook
) -> None:
    """The seven days that are over, from midnight to midnight UTC: today's use is not a day's."""
    applied(desk, DAY, 3 * DAY, 6 * DAY, 8 * DAY)
    uses = Uses()
    (one,) = await found(desk, playbook, uses)
    assert (one.about, one.times, one.days, one.present) == (PERSONA, 3, 7, 1700)
    assert one.percentile == pytest.approx(2164)
    assert (one.value, one.daily, one.unit) == (2600, DAILY, "tokens")
    ((query, start, end, step),) = uses.asked
    assert 'persona=~"data-scientist"' in query
    assert end == datetime(clock.now.year, clock.now.month, clock.now.day, tzinfo=UTC)
    assert (end - start, step) == (6 * DAY, DAY.total_seconds())


@pytest.mark.parametrize(
    "ages",
    [
        (DAY, 2 * DAY),              # two
        (DAY, 2 * DAY, 7 * DAY),     # the third is a week old
    ],
)  # fmt: skip
async def test_fewer_propose_nothing_and_ask_nothing(
    desk: Desk, playbook: Playbook, ages: tuple[timedelta, ...]
) -> None:
    applied(desk, *ages)
    uses = Uses()
    assert await found(desk, playbook, uses) == ()
    assert uses.asked == []


@pytest.mark.parametrize("uses", [None, Uses(fails=True), Uses(daily=())])
async def test_no_data_is_not_measured_and_never_0(desk: Desk, playbook: Playbook, uses: Uses | None) -> None:
    applied(desk, DAY, 2 * DAY, 3 * DAY)
    (one,) = await found(desk, playbook, uses)
    assert (one.times, one.daily, one.percentile, one.value) == (3, (), None, None)


async def test_it_is_about_the_targets_of_this_incident_only(desk: Desk, playbook: Playbook) -> None:
    other = Change(action="control", target="personas/devops-engineer/budget", before=1800, after=2300)
    lowered = Change(action="control", target="personas/data-scientist/budget", before=2200, after=1700)
    applied(desk, *[DAY] * 3, change=other)
    applied(desk, *[DAY] * 3, change=lowered)
    assert await found(desk, playbook, Uses()) == ()
    devops = alert_of("d", name="TokenBudgetExceeded", persona="devops-engineer", start=NOON)
    assert [one.about for one in await found(desk, playbook, Uses(daily=()), ALERT, devops)] == [
        "devops-engineer"
    ]

"""That dashboards show when a fix was in force: ordered with its moves, tried again, never in their way."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

import pytest

from responder.domain.annotation import Annotation
from responder.domain.errors import AdapterError, Reason, Refused, Unreachable
from responder.domain.fix import FixEnd
from responder.engine.fixing.annotating import ATTEMPTS, Annotated, Annotating
from responder.engine.orders import Order, annotate
from responder.testing.away import Course
from responder.testing.fix_world import World

AWAY: Final = Unreachable("Grafana", Reason.NO_CONNECTION, "nobody there")
FORBIDDEN: Final = Refused("Grafana", Reason.UNAUTHORIZED, "a token of an editor is needed")


@dataclass(slots=True)
class Board:
    """A dashboard that remembers what it was to show, after the errors it is given."""

    errors: list[AdapterError] = field(default_factory=list)
    shown: list[Annotation] = field(default_factory=list)

    async def show(self, annotation: Annotation) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.shown.append(annotation)


@dataclass(slots=True)
class Site:
    """A world with a dashboard; what is ordered for it is made when a test says so."""

    world: World
    board: Board = field(default_factory=Board)

    async def annotated(self, order: Order) -> str:
        move = Annotating(self.world.desk, self.world.parts, self.board)
        fix, revision, attempt = order.args
        return await move(order.id, str(fix), int(revision), int(attempt))

    async def due(self) -> list[Order]:
        await self.world.run(seconds=0)
        ordered, self.world.to_annotate = self.world.to_annotate, []
        return ordered


@pytest.fixture
def site(world: World) -> Site:
    return Site(replace(world, annotates=True))


async def in_force(site: Site) -> Order:
    await site.world.approved()
    await site.world.run(minutes=2)
    (order,) = await site.due()
    return order


async def test_a_fix_is_shown_from_its_application_to_its_end(site: Site) -> None:
    began = await in_force(site)
    assert await site.annotated(began) is Annotated.DONE
    fix = site.world.fix()
    (shown,) = site.board.shown
    assert (shown.tag, shown.begins, shown.ends) == (f"fix:{fix.id}", fix.applied_at, None)
    assert (shown.dashboard, shown.panel) == ("hypertool-persona-overview", 4)
    words = f"2000 → 2500 tokens (incident {site.world.incident}, approved by ann)"
    assert shown.text == f"Raise the budget by 500 tokens: {words}"
    await site.world.run(minutes=70)
    (ended,) = await site.due()
    assert await site.annotated(ended) is Annotated.DONE
    fix = site.world.fix()
    assert (site.board.shown[-1].ends, fix.end) == (fix.ended_at, FixEnd.EXPIRED)
    assert site.board.shown[-1].text.endswith("; expired")


async def test_what_was_never_applied_is_not_shown(site: Site) -> None:
    fix = await site.world.proposed()
    await site.world.people.reject(fix.id, "ann")
    assert await site.due() == []
    assert await site.annotated(annotate(fix.id, 2)) is Annotated.NOT_DUE


async def test_one_that_is_away_is_tried_again_and_the_fix_goes_on(site: Site) -> None:
    site.board.errors = [AWAY, AWAY]
    order = await in_force(site)
    for _ in range(2):
        assert await site.annotated(order) is Annotated.RETRYING
        (order,) = await site.due()
        assert order.delay > 0
    assert await site.annotated(order) is Annotated.DONE
    assert len(site.board.shown) == 1


async def test_it_is_not_tried_for_ever_nor_again_where_it_is_refused(site: Site) -> None:
    site.board.errors = [FORBIDDEN, AWAY]
    order = await in_force(site)
    assert await site.annotated(order) is Annotated.FAILED
    assert await site.annotated(annotate(str(order.args[0]), 4, ATTEMPTS)) is Annotated.FAILED
    assert await site.due() == []


@pytest.mark.parametrize("lost", ["xxx", "?", ".xxx"])
async def test_it_is_taken_up_and_kept_once_the_database_is_back(
    site: Site, course: Course, lost: str
) -> None:
    site.board.errors = [AWAY]
    order = await in_force(site)
    course(lost)
    assert await site.annotated(order) is Annotated.RETRYING
    (again,) = await site.due()
    assert await site.annotated(again) is Annotated.DONE


async def test_while_another_order_of_the_fix_is_under_way_it_waits(site: Site) -> None:
    """Else each would look, find nothing, and make an annotation."""
    order = await in_force(site)
    inner: list[str] = []

    async def show(annotation: Annotation) -> None:
        inner.append(await site.annotated(annotate(str(order.args[0]), 9)))
        site.board.shown.append(annotation)

    busy = Annotating(site.world.desk, site.world.parts, _Showing(show))
    fix, revision, attempt = order.args
    assert await busy(order.id, str(fix), int(revision), int(attempt)) is Annotated.DONE
    assert inner == [Annotated.UNDER_WAY]
    (again,) = await site.due()
    assert await site.annotated(again) is Annotated.DONE


async def test_where_nothing_is_configured_nothing_is_ordered(world: World) -> None:
    await world.approved()
    await world.run(minutes=2)
    assert world.to_annotate == []


@dataclass(slots=True)
class _Showing:
    """An annotator that is a function."""

    call: Callable[[Annotation], Awaitable[None]]

    async def show(self, annotation: Annotation) -> None:
        await self.call(annotation)

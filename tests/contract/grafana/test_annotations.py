"""Annotations on Grafana's panels: one a fix, whatever gets lost on the way."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from responder.clients.grafana import Grafana
from responder.clients.http import Http
from responder.domain.annotation import Annotation
from responder.domain.errors import Reason, Refused, Unreachable
from responder.notify.annotations import GrafanaAnnotations
from responder.testing.clock import NOON
from responder.testing.grafana.model import GrafanaStandIn

BEGUN: Final = Annotation(
    tag="fix:wm4k7p2x",
    tags=("quick fix", "TokenBudgetExceeded"),
    text="Raise the budget by 500 tokens: 2000 → 2500 tokens",
    dashboard="board",
    panel=4,
    begins=NOON,
)
ENDED: Final = replace(
    BEGUN, text=f"{BEGUN.text}; expired", ends=NOON + timedelta(minutes=30, microseconds=5)
)
AT_NOON: Final = int(NOON.timestamp() * 1000)


@pytest.fixture
def shows(grafana: Grafana, stand_in: GrafanaStandIn) -> GrafanaAnnotations:
    stand_in.save({"uid": "board", "title": "Board"}, "", "", overwrite=False)
    return GrafanaAnnotations(grafana)


async def test_a_fix_is_a_region_of_its_panel_from_its_beginning_to_its_end(
    shows: GrafanaAnnotations, stand_in: GrafanaStandIn
) -> None:
    await shows.show(BEGUN)
    (mark,) = stand_in.marks.values()
    assert (mark.dashboard, mark.panel, mark.time, mark.time_end) == ("board", 4, AT_NOON, AT_NOON)
    assert mark.tags == ["fix:wm4k7p2x", "quick fix", "TokenBudgetExceeded"]
    await shows.show(ENDED)
    (mark,) = stand_in.marks.values()
    assert (mark.time, mark.time_end, mark.text) == (AT_NOON, AT_NOON + 30 * 60_000, ENDED.text)


@pytest.mark.parametrize("told", [(BEGUN, BEGUN), (ENDED, ENDED), (BEGUN, ENDED, ENDED)])
async def test_told_again_after_a_lost_answer_it_changes_nothing(
    shows: GrafanaAnnotations, stand_in: GrafanaStandIn, told: tuple[Annotation, ...]
) -> None:
    for one in told:
        await shows.show(one)
    changes = [method for method, _ in stand_in.requests if method != "GET"]
    assert changes == ["POST", "PATCH"][: len(set(told))] if BEGUN in told else ["POST"]
    assert len(stand_in.marks) == 1


async def test_other_fixes_annotations_are_left_alone(
    shows: GrafanaAnnotations, stand_in: GrafanaStandIn
) -> None:
    await shows.show(BEGUN)
    await shows.show(replace(ENDED, tag="fix:another1"))
    assert [mark.time_end - mark.time for mark in stand_in.marks.values()] == [0, 30 * 60_000]


async def test_of_a_whole_dashboard_where_the_playbook_names_no_panel(
    shows: GrafanaAnnotations, stand_in: GrafanaStandIn
) -> None:
    await shows.show(replace(BEGUN, panel=None))
    (mark,) = stand_in.marks.values()
    assert (mark.dashboard, mark.panel) == ("board", 0)


async def test_who_may_only_look_may_not_mark(http: Http, url: str) -> None:
    with pytest.raises(Refused, match="permissions") as error:
        await GrafanaAnnotations(Grafana(http, url, "viewer")).show(BEGUN)
    assert error.value.reason is Reason.UNAUTHORIZED


async def test_one_that_is_away_is_worth_another_try(http: Http) -> None:
    with pytest.raises(Unreachable):
        await GrafanaAnnotations(Grafana(http, "http://127.0.0.1:9", "editor")).show(BEGUN)

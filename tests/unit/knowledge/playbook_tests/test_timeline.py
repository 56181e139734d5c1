"""All cases lie in one Prometheus, and none sees another."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from responder.knowledge.playbook_tests.load import Loaded
from responder.knowledge.playbook_tests.reach import reach, reach_of_playbook
from responder.knowledge.playbook_tests.timeline import FIRST_NOON, placed, write_openmetrics
from responder.playbook.promql import parsed

Suite = Callable[[str], Sequence[Loaded]]

CASES = """\
alert: PersonaStuck
interval: 1h
series: [{series: 'up{job="a"}', values: 1x48}]
cases:
  - name: two days
    alerts: [{persona: a}]
    expect: {first: hanging}
  - name: asked early
    alerts: [{persona: a}]
    at: 1h
    expect: {first: hanging}
  - name: its own series
    alerts: [{persona: a}]
    series: [{series: 'up{job="a"}', values: 0 1}]
    expect: {first: hanging}
  - name: no series
    alerts: [{persona: a}]
    series: [{series: 'up{job="a"}', values: _}]
    expect: {first: hanging}
"""


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("up", 300),
        ("up offset 1h", 3900),
        ("rate(up[5m])", 300),
        ("sum(increase(up[1d] offset 1d)) / sum(up)", 2 * 86400),
        ("max_over_time(rate(up[5m])[6h:1m] offset 1h)", 7 * 3600 + 300),
        ("-(up + 1)", 300),
        ("vector(1) > time()", 0),
    ],
)
def test_how_far_a_query_looks_back_is_read_off_its_syntax(query: str, seconds: float) -> None:
    assert reach(parsed(query)) == seconds


def test_no_case_sees_what_was_there_for_another(suite: Suite) -> None:
    cases = list(placed(suite(CASES)))
    assert [case.loaded.at for case in cases] == [48 * 3600, 3600, 3600, 0]
    assert cases[0].now == FIRST_NOON
    for before, after in pairwise(cases):
        sees_from = after.now - timedelta(
            seconds=max(reach_of_playbook(after.loaded.playbook), after.loaded.at)
        )
        assert sees_from > before.beginning + timedelta(seconds=before.loaded.length)
        assert (after.now.hour, after.now.minute) == (12, 0)


def test_the_past_of_every_case_is_written_at_its_own_time(suite: Suite, tmp_path: Path) -> None:
    cases = list(placed(suite(CASES)))
    assert write_openmetrics(tmp_path / "history", cases) == 49 + 49 + 2
    lines = (tmp_path / "history").read_text().splitlines()
    beginning = cases[2].beginning.timestamp()
    assert lines[-3:] == [
        f'up{{job="a"}} 0.0 {beginning:.3f}',
        f'up{{job="a"}} 1.0 {beginning + 3600:.3f}',
        "# EOF",
    ]

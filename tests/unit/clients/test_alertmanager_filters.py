"""What filters let through, where they can't say all that is wanted."""

from collections.abc import Collection, Mapping

import pytest

from responder.clients.alertmanager_filters import LONGEST, narrowing


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ({"persona": {"b", "a.c"}}, [r'persona=~"a\\.c|b|"']),
        ({"alertname": {"A"}, "persona": {"a"}}, ['alertname=~"A|"', 'persona=~"a|"']),
        ({}, []),
        ({"persona": ()}, ['persona=~""']),
        # what can't be written lets everything through
        ({"with.dots": {"a"}, "persona": {"a"}}, ['persona=~"a|"']),
        ({"persona": {"two\nlines"}}, []),
        ({"persona": {"half of a pair: \ud83d"}}, []),
        # and what would be too long, while what is short still narrows
        ({"persona": {f"{number:04}" for number in range(LONGEST // 5 + 1)}, "team": {"a"}}, ['team=~"a|"']),
    ],
)
def test_filters(values: Mapping[str, Collection[str]], written: list[str]) -> None:
    assert [str(one) for one in narrowing(values)] == written

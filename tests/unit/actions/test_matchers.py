"""What mutes exactly some alerts: the fewest silences, and none that mutes an alert nobody looked at."""

import re
from collections.abc import Mapping
from itertools import product

import pytest

from responder.actions.matchers import VALUES_MOST, Matchers, exact, of_all
from responder.clients.alertmanager_answers import Matcher

NASTY = 'a.b*"c"\\d{1}|e $f^ (g) [h] é\n<!channel>'


def labels(**more: str) -> dict[str, str]:
    return {"alertname": "A", **more}


def mutes(matchers: Matchers, alert: Mapping[str, str]) -> bool:
    """As Alertmanager matches, a missing label being an empty value."""
    values = ((one, alert.get(one.name, "")) for one in matchers)
    return all(re.fullmatch(one.value, v) if one.is_regex else one.value == v for one, v in values)


def test_one_alert_is_matched_by_all_its_labels() -> None:
    assert exact({"persona": NASTY, "alertname": "A"}) == (
        Matcher("alertname", "A"),
        Matcher("persona", NASTY),
    )
    assert of_all([labels(persona="a")]) == (exact(labels(persona="a")),)


def test_alerts_that_differ_in_one_label_share_a_silence() -> None:
    alerts = [labels(persona=name, severity="critical") for name in ("b", "a", NASTY)]
    (matchers,) = of_all(alerts)
    assert all(mutes(matchers, alert) for alert in alerts)
    assert not mutes(matchers, labels(persona="c", severity="critical"))
    assert not mutes(matchers, labels(persona="a", severity="warning"))


@pytest.mark.parametrize(
    "alerts",
    [
        [labels(persona="a", model="x"), labels(persona="b", model="y")],  # (a, y) is no alert of it
        [labels(persona="a"), labels(persona="a", model="x")],  # one lacks a label of the other
    ],
)
def test_alerts_that_differ_in_more_have_a_silence_each(alerts: list[dict[str, str]]) -> None:
    made = of_all(alerts)
    assert set(made) == {exact(alert) for alert in alerts}


def test_nothing_else_is_muted_whatever_the_values() -> None:
    """Every combination of two labels' values that is not one of the alerts stays loud."""
    alerts = [labels(a="1", b="1"), labels(a="2", b="2"), labels(a="1", b="3")]
    made = of_all(alerts)
    for a, b in product("123", repeat=2):
        alert = labels(a=a, b=b)
        assert any(mutes(one, alert) for one in made) is (alert in alerts)


def test_many_values_go_into_several_silences() -> None:
    alerts = [labels(persona=f"p{number}") for number in range(2 * VALUES_MOST + 1)]
    made = of_all(alerts)
    assert len(made) == 3
    assert all(sum(mutes(one, alert) for one in made) == 1 for alert in alerts)


def test_without_alerts_there_is_nothing_to_mute() -> None:
    assert of_all([]) == ()

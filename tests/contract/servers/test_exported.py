"""What the responder's own alerts read of Alertmanager is exported by a real one from its start."""

from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from responder.playbook.promql import matchers_of, parsed, selectors
from responder.resources import resource_dir
from responder.testing.loopback import loopback_client
from responder.testing.servers import alertmanager

pytestmark = pytest.mark.scenario

LONE = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def read() -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """The series of Alertmanager that expressions and next steps read: names, and labels as they match."""
    rules = yaml.safe_load((resource_dir("rules") / "responder.rules.yml").read_text())["groups"][0]["rules"]
    queries = [rule["expr"] for rule in rules]
    lines = [line for rule in rules for line in rule["annotations"]["action"].splitlines()]
    queries += [line.partition(": ")[2] for line in lines if "alertmanager_" in line]
    return {
        (str(one.name), frozenset((matcher.name, matcher.value) for matcher in matchers_of(one)))
        for query in queries
        for one in selectors(parsed(query))
        if str(one.name).startswith("alertmanager_")
    }


async def test_a_fresh_alertmanager_has_every_series_that_is_read(tmp_path: Path) -> None:
    """From zero: a counter that is born with its first failure would hide it."""
    async with alertmanager(LONE, folder=tmp_path) as server, loopback_client() as http:
        text = (await http.get(f"{server.url}/metrics")).text
    exported = {
        (sample.name, frozenset(sample.labels.items()))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert read() <= exported
    assert {name for name, _ in read()} == {"alertmanager_alerts", "alertmanager_notifications_failed_total"}

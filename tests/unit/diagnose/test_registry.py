"""Kinds find themselves: what a playbook may ask is what has a module here."""

from responder.diagnose.clients import Clients
from responder.diagnose.registry import build, specs


def test_a_kind_is_called_as_its_module_and_as_its_playbooks_write_it() -> None:
    assert set(specs()) == {"promql", "targets", "http", "alerts", "control", "langfuse"}
    for name, spec in specs().items():
        assert spec.model_json_schema()["properties"]["kind"]["const"] == name
        assert spec.FIELDS


def test_every_kind_can_be_built_with_nothing_configured() -> None:
    kinds = build(Clients())
    assert {name: kind.spec for name, kind in kinds.items()} == specs()

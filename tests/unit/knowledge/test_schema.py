"""What is made of the models is what is checked in; editors and people are told of every key."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from responder.knowledge.meanings import meaning
from responder.knowledge.playbook_tests.model import Suite
from responder.knowledge.reference import reference
from responder.knowledge.schema import as_text, playbook_schema, reachable, schema_of_tests
from responder.playbook.diagnostic import Diagnostic
from responder.playbook.model import PlaybookHead
from responder.resources import resource_dir

Kinds = Mapping[str, type[Diagnostic]]

DOCS = Path(__file__).parents[3] / "docs"
FOLDER = resource_dir("playbooks")
PLAYBOOKS = sorted(FOLDER.glob("*.yaml"))
TESTS = sorted((FOLDER / "tests").glob("*.yaml"))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_what_is_checked_in_is_what_the_models_say(kinds: Kinds) -> None:
    """If not: make docs."""
    assert read(FOLDER / "playbook.schema.json") == as_text(playbook_schema(kinds))
    assert read(FOLDER / "playbook-tests.schema.json") == as_text(schema_of_tests())
    assert read(DOCS / "playbook-reference.md") == reference(kinds)


@pytest.mark.parametrize(
    ("files", "schema"),
    [(PLAYBOOKS, "playbook.schema.json"), (TESTS, "../playbook-tests.schema.json")],
    ids=["playbooks", "tests"],
)
def test_every_file_names_its_schema_and_is_valid_by_it(files: list[Path], schema: str) -> None:
    assert files
    for path in files:
        assert read(path).partition("\n")[0] == f"# yaml-language-server: $schema={schema}", path.name
        jsonschema.validate(yaml.safe_load(read(path)), json.loads(read(path.parent / schema)))


def wrong(change: Mapping[str, Any]) -> dict[str, Any]:
    return {**yaml.safe_load(read(FOLDER / "token-budget-exceeded.yaml")), **change}


@pytest.mark.parametrize(
    "change",
    [
        {"severty": "critical"},  # a key that is none
        {"severity": "grave"},  # a word that is none
        {"diagnostics": [{"id": "a", "kind": "promql", "title": "A"}]},  # a kind's own key is missing
        {
            "diagnostics": [{"id": "a", "kind": "targets", "title": "A", "job": "a", "query": "up"}]
        },  # another's
        {
            "causes": [
                {"id": "a", "title": "A", "likelihood": "high", "indicator": "a", "for": [{"says": "a"}]}
            ]
        },
    ],
)
def test_an_editor_sees_a_mistake_in_a_key(kinds: Kinds, change: Mapping[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong(change), playbook_schema(kinds))


def test_every_key_says_what_it_means(kinds: Kinds) -> None:
    models = (*reachable(PlaybookHead, *kinds.values()), *reachable(Suite))
    silent = [
        f"{model.__name__}.{name}"
        for model in models
        for name in model.model_fields
        if not meaning(model, name)
    ]
    assert silent == []

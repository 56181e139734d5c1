"""JSON schemas of playbooks and of their tests, made from the models, so that editors complete and check.

A file names its schema in its first line: `# yaml-language-server: $schema=playbook.schema.json`.
"""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from responder.knowledge.meanings import meaning, one_line
from responder.knowledge.playbook_tests.model import Suite
from responder.playbook.load import Kinds
from responder.playbook.model import PlaybookHead

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
PLAYBOOK: Final = "playbook.schema.json"
TESTS: Final = "playbook-tests.schema.json"

Schema = dict[str, Any]


def playbook_schema(kinds: Kinds) -> Schema:
    """The schema of a playbook whose diagnostics are of these kinds."""
    specs = list(kinds.values())
    definitions = _definitions(PlaybookHead, *specs)
    head = definitions.pop(PlaybookHead.__name__)
    head["description"] = "What to ask, what it may mean and what may be done about one alert."
    head["properties"]["diagnostics"] = {
        "description": "What is asked, each by its kind.",
        "type": "array",
        "items": {"oneOf": [{"$ref": f"#/definitions/{spec.__name__}"} for spec in specs]},
    }
    return _whole("A playbook", head, definitions)


def schema_of_tests() -> Schema:
    """The schema of a file of tests."""
    definitions = _definitions(Suite)
    return _whole("Tests of a playbook", definitions.pop(Suite.__name__), definitions)


def as_text(schema: Schema) -> str:
    """The schema as its file has it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _whole(title: str, root: Schema, definitions: Schema) -> Schema:
    return {"$schema": DIALECT, "title": title, **root, "definitions": definitions}


def _definitions(*models: type[BaseModel]) -> Schema:
    """The schemas of all models, and of those inside them, by name; each field says what it means."""
    _, found = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/definitions/{model}"
    )
    definitions: Schema = _plain(found["$defs"])
    for model in reachable(*models):
        for name, info in model.model_fields.items():
            if words := meaning(model, name):
                definitions[model.__name__]["properties"][info.alias or name]["description"] = words
    return definitions


def reachable(*models: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """These models and all inside them, each once."""
    seen: dict[type[BaseModel], None] = {}
    waiting = list(models)
    while waiting:
        model = waiting.pop(0)
        if model not in seen:
            seen[model] = None
            waiting += (inner for info in model.model_fields.values() for inner in _inside(info.annotation))
    return tuple(seen)


def enums(*models: type[BaseModel]) -> tuple[type[Enum], ...]:
    """The vocabularies of these models and of all inside them, each once."""
    annotations = (info.annotation for model in reachable(*models) for info in model.model_fields.values())
    found = (inner for annotation in annotations for inner in _classes(annotation))
    return tuple(dict.fromkeys(inner for inner in found if issubclass(inner, Enum)))


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - whatever can stand behind a colon
    return (inner for inner in _classes(annotation) if issubclass(inner, BaseModel))


def _classes(annotation: Any) -> Iterator[type]:  # noqa: ANN401 - likewise
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _classes(argument)


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Without the titles that pydantic makes of names, and with every description on one line."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    titles = {key for key, item in value.items() if key == "title" and isinstance(item, str)}
    plain = {key: _plain(item) for key, item in value.items() if key not in titles}
    if isinstance(plain.get("description"), str):
        plain["description"] = one_line(plain["description"])
    return plain

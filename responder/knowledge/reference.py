"""The reference page of playbooks and their tests, made from the models: keys, types, defaults, meanings."""

from collections.abc import Container, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from pydantic import TypeAdapter

from responder.knowledge.meanings import meaning_of_word
from responder.knowledge.playbook_tests.model import Suite
from responder.knowledge.schema import Schema, enums, playbook_schema, reachable, schema_of_tests
from responder.playbook.diagnostic import Diagnostic, Slug, Span
from responder.playbook.load import Kinds
from responder.playbook.model import PlaybookHead

INTRODUCTION: Final = """\
# Playbook reference

Made from the models by `make docs`; a test keeps it equal to them. How to write a playbook step by step is in
[writing a playbook](writing-a-playbook.md), how to test one in [testing a playbook](playbook-tests.md).

A *name* is made of small letters, digits, `-` and `_`, and begins with a letter. A *span* is a length of time
as Prometheus writes it: `30s`, `1h`, `1h30m`. A *text* is one line, *lines* may be several. A *value* is a
text, a number, `true` or `false`. A key without a default must be there; a key that is not here is a mistake.

Editors complete and check playbooks whose first line names the schema. It lies beside those that come along;
for others: `responder playbooks schema --output playbook.schema.json`.

    # yaml-language-server: $schema=playbook.schema.json
"""

TITLES: Final = {
    "Measure": "The measure",
    "Step": "A step of the investigation",
    "Cause": "A cause",
    "QueryTest": "A test by a query",
    "FieldTest": "A test by a field",
    "Fix": "A fix",
    "Setting": "The value of a lease",
    "Check": "The check of a fix",
    "UndoWaits": "An undo that waits",
    "Permanent": "A value for good",
    "Links": "Links",
    "Dashboard": "A dashboard",
    "SeriesOfTest": "A series",
    "Case": "A case",
    "Expected": "What is expected",
    "OneAlert": "What is expected of one alert",
    "Near": "A number with its tolerance",
    "Likelihood": "Likelihood of a cause",
    "Weight": "Weight of a test",
    "Op": "Comparison",
    "FixKind": "Kind of fix",
    "FixWanted": "What is said of a fix",
}
"""What a part is called where its class's name is not what people say."""

_NAMED: Final = {
    TypeAdapter(Slug).json_schema()["pattern"]: "name",
    TypeAdapter(Span).json_schema()["pattern"]: "span",
}
_ONE_LINE: Final = 1000
"""Characters beyond which a text may have several lines."""


def reference(kinds: Kinds) -> str:
    """The page, for diagnostics of these kinds."""
    playbook, tests = playbook_schema(kinds), schema_of_tests()
    both = {**playbook["definitions"], **tests["definitions"]}
    specs = {spec.__name__: kind for kind, spec in kinds.items()}
    parts = [INTRODUCTION, _part("A playbook", playbook)]
    parts += (_part(_title(name), both[name]) for name in _parts(PlaybookHead))
    parts += [
        "## Diagnostics\n\nWhat a playbook asks. Every kind has these keys:\n\n"
        + _shared(next(iter(kinds.values())), both)
    ]
    parts += (_kind(kind, both[name], kinds[kind]) for name, kind in specs.items())
    parts += [_part("A file of tests", tests)]
    parts += (_part(_title(name), both[name]) for name in _parts(Suite))
    parts += ["## Words\n", *(_words(found) for found in enums(PlaybookHead, *kinds.values(), Suite))]
    return "\n".join(parts)


def _parts(model: Any) -> list[str]:  # noqa: ANN401 - a class of a model
    """The names of the models inside one."""
    return [inner.__name__ for inner in reachable(model)[1:]]


def _title(name: str) -> str:
    return TITLES.get(name, name)


def _part(title: str, schema: Schema) -> str:
    said = schema.get("description", "")
    return f"## {title}\n\n" + (f"{_cell(said)}\n\n" if said else "") + _table(schema, skip=())


def _shared(spec: type[Diagnostic], both: Schema) -> str:
    """The keys that all kinds have, as any of them has them."""
    schema = both[spec.__name__]
    own = set(schema["properties"]) - set(Diagnostic.model_fields)
    return _table({**schema, "properties": {**schema["properties"], "kind": _KIND}}, skip=own)


_KIND: Final = {
    "type": "string",
    "description": "What kind of question it is; the other keys are the kind's own.",
}


def _kind(kind: str, schema: Schema, spec: type[Diagnostic]) -> str:
    fields = ", ".join(f"`{field}`" for field in sorted(spec.FIELDS))
    said = f"{_cell(schema['description'])}\n\n" if schema.get("description") else ""
    table = _table(schema, skip=Diagnostic.model_fields)
    return f"### kind: {kind}\n\n{said}{table}\nFields of its rows, which tests compare: {fields}.\n"


def _table(schema: Schema, skip: Container[str]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {_type(one)} | {'' if name in required else _default(one)} "
        f"| {_cell(one.get('description', ''))} |"
        for name, one in schema["properties"].items()
        if name not in skip
    ]
    return "\n".join(["| key | type | default | |", "|---|---|---|---|", *rows]) + "\n"


def _default(schema: Schema) -> str:
    """What a key is that isn't there; nothing, an empty list or a part of defaults is `none`."""
    match schema.get("default"):
        case None | [] | {}:
            return "none"
        case bool(value):
            return f"`{str(value).lower()}`"
        case Mapping():
            return "none"
        case value:
            return f"`{value}`"


def _type(schema: Schema) -> str:
    match schema:
        case {"$ref": ref}:
            return _linked(_title(ref.rpartition("/")[2]))
        case {"const": word}:
            return f"`{word}`"
        case {"enum": words}:
            return " or ".join(f"`{word}`" for word in words)
        case {"anyOf": choices} | {"oneOf": choices}:
            return _one_of(choices)
        case {"items": items}:
            return f"list of {_type(items)}"
        case _:
            return _plain(schema)


def _one_of(choices: Sequence[Schema]) -> str:
    """A diagnostic is one of many kinds; what may be any scalar is a value; null is the default."""
    refs = [one.get("$ref", "") for one in choices]
    if all(ref.endswith("Spec") for ref in refs):
        return _linked("Diagnostics")
    types = dict.fromkeys(_type(one) for one in choices if one.get("type") != "null")
    if types.keys() >= _SCALARS:
        types = dict.fromkeys(["value", *(name for name in types if name not in _SCALARS)])
    return " or ".join(types).replace("value or list of value", "value or list of values")


_SCALARS: Final = {"text", "number", "`true` or `false`"}


def _linked(title: str) -> str:
    return f"[{title.lower()}](#{title.lower().replace(' ', '-')})"


def _plain(schema: Schema) -> str:
    match schema.get("type"):
        case "boolean":
            return "`true` or `false`"
        case "object":
            return "mapping"
        case "number" | "integer":
            lowest, highest = schema.get("minimum"), schema.get("maximum")
            return f"number, {lowest} to {highest}" if highest is not None else "number"
        case _ if schema.get("pattern") in _NAMED:
            return _NAMED[schema["pattern"]]
        case _:
            return "lines" if schema.get("maxLength", 0) > _ONE_LINE else "text"


def _words(found: type[Enum]) -> str:
    """A vocabulary: a table where words need more than themselves."""
    heading = f"### {_title(found.__name__)}\n"
    if not any(map(meaning_of_word, found)):
        return "\n".join([heading, ", ".join(f"`{word.value}`" for word in found)]) + "\n"
    rows = [f"| `{word.value}` | {_cell(meaning_of_word(word))} |" for word in found]
    return "\n".join([heading, "| word | |", "|---|---|", *rows]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

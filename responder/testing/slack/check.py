"""Says what is wrong with blocks and metadata, in the words and places that Slack answers with."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from responder.testing.slack import limits
from responder.testing.slack.limits import (
    Chars,
    Choice,
    Fields,
    Flag,
    Many,
    Number,
    OneOf,
    Shape,
    Text,
)

Json = Mapping[str, object] | Sequence[object] | str | int | float | bool | None
Faults = Iterator["Fault"]


class Fault(NamedTuple):
    """One thing Slack would refuse, with the JSON pointer to it."""

    pointer: str
    says: str

    def __str__(self) -> str:
        return f"{self.says} [json-pointer:{self.pointer}]"


def block_faults(
    blocks: object, *, shapes: Mapping[str, Fields] = limits.BLOCKS, most: int = limits.BLOCKS_MOST
) -> list[Fault]:
    """Everything that makes these blocks `invalid_blocks`; an empty list means Slack would take them.

    Args:
        blocks: as they were sent.
        shapes: the blocks that may stand there: by default those of a message.
        most: so many of them.
    """
    if not isinstance(blocks, list):
        return [Fault("/blocks", "must be an array")]
    faults = list(_count(blocks, "/blocks", most, least=0))
    for index, block in enumerate(blocks):
        faults.extend(_block(block, shapes, f"/blocks/{index}"))
    faults.extend(_repeated_ids(blocks))
    faults.extend(_too_much_markdown(blocks))
    faults.extend(_too_many_charts(blocks))
    return faults


def has_too_many_tables(blocks: Sequence[object]) -> bool:
    """Slack answers this one as `invalid_attachments`."""
    kinds = Counter(block.get("type") for block in blocks if isinstance(block, dict))
    return kinds["table"] > limits.TABLES_MOST


def json_length(value: object) -> int:
    """Characters of a value as compact JSON, the way a sender writes it."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def metadata_fault(metadata: object) -> str | None:
    """The error Slack answers metadata with, or None; an empty object takes metadata away."""
    if metadata == {}:
        return None
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        return "invalid_metadata_format"
    kind, payload = metadata["event_type"], metadata["event_payload"]
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        return "invalid_metadata_format"
    if not all(_is_payload_value(value) for value in payload.values()):
        return "invalid_metadata_schema"
    return "metadata_too_large" if json_length(metadata) > limits.METADATA_LONGEST else None


def _is_payload_value(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str | int | float | bool) or _is_flat(item) for item in value)
    return isinstance(value, str | int | float | bool) or _is_flat(value)


def _is_flat(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str | int | float) for item in value.values())


def shape_faults(value: object, shape: Fields, at: str) -> list[Fault]:
    """What is wrong with one object."""
    return list(_fields(value, shape, at))


def _block(block: object, shapes: Mapping[str, Fields], at: str) -> Faults:
    if not isinstance(block, dict):
        yield Fault(at, "must be an object")
    elif (shape := shapes.get(str(block.get("type")))) is None:
        yield Fault(f"{at}/type", f"unsupported type: {block.get('type')}")
    else:
        yield from _fields(block, shape, at)
        yield from _repeated_actions(block, at)
        yield from _courses(block, at)


def _repeated_ids(blocks: Sequence[object]) -> Faults:
    seen: set[object] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id") if isinstance(block, dict) else None
        if name in seen:
            yield Fault(f"/blocks/{index}/block_id", "`block_id` already exists")
        if isinstance(name, str):
            seen.add(name)


def _repeated_actions(block: Mapping[str, object], at: str) -> Faults:
    elements = block.get("elements")
    if block.get("type") != "actions" or not isinstance(elements, list):
        return
    names = [element.get("action_id") for element in elements if isinstance(element, dict)]
    for name, times in Counter(name for name in names if isinstance(name, str)).items():
        if times > 1:
            yield Fault(f"{at}/elements", f"`action_id` {name} already exists")


def _courses(block: Mapping[str, object], at: str) -> Faults:
    """Every series of a chart has a name of its own, and exactly the axis's categories."""
    chart = block.get("chart")
    if block.get("type") != "data_visualization" or not isinstance(chart, dict):
        return
    series, axis = chart.get("series"), chart.get("axis_config")
    if not isinstance(series, list) or not isinstance(axis, dict):
        return
    wanted = axis.get("categories")
    courses = [one for one in series if isinstance(one, dict) and isinstance(one.get("data"), list)]
    if len({str(one.get("name")) for one in courses}) < len(courses):
        yield Fault(f"{at}/chart/series", "series names must be unique")
    for index, one in enumerate(courses):
        labels = [point.get("label") for point in one["data"] if isinstance(point, dict)]
        if labels != wanted or len(set(labels)) < len(labels):
            yield Fault(f"{at}/chart/series/{index}/data", "labels must match axis_config.categories")


def _too_many_charts(blocks: Sequence[object]) -> Faults:
    charts = [one for one in blocks if isinstance(one, dict) and one.get("type") == "data_visualization"]
    if len(charts) > limits.CHARTS_MOST:
        yield Fault("/blocks", f"no more than {limits.CHARTS_MOST} data_visualization blocks allowed")


def _too_much_markdown(blocks: Sequence[object]) -> Faults:
    texts = [
        block.get("text") for block in blocks if isinstance(block, dict) and block.get("type") == "markdown"
    ]
    if sum(len(text) for text in texts if isinstance(text, str)) > limits.MARKDOWN_LONGEST:
        yield Fault("/blocks", f"markdown text must be less than {limits.MARKDOWN_LONGEST + 1} characters")


def _check(value: object, shape: Shape, at: str) -> Faults:
    match shape:
        case Chars():
            yield from _chars(value, shape, at)
        case Flag() | Number() | Choice():
            yield from _scalar(value, shape, at)
        case Text():
            yield from _text(value, shape, at)
        case Many():
            yield from _many(value, shape, at)
        case OneOf():
            yield from _one_of(value, shape, at)
        case Fields():
            yield from _fields(value, shape, at)


def _chars(value: object, shape: Chars, at: str) -> Faults:
    if not isinstance(value, str):
        yield Fault(at, "must be a string")
    elif shape.most is not None and len(value) > shape.most:
        yield Fault(at, f"must be less than {shape.most + 1} characters")
    elif len(value) < shape.least:
        yield Fault(at, f"must be more than {shape.least - 1} characters")


def _scalar(value: object, shape: Flag | Number | Choice, at: str) -> Faults:
    match shape:
        case Flag() if not isinstance(value, bool):
            yield Fault(at, "must be a boolean")
        case Number() if isinstance(value, bool) or not isinstance(value, int | float):
            yield Fault(at, "must be a number")
        case Choice(values) if value not in values:
            yield Fault(at, f"must be one of {', '.join(map(str, values))}")


def _text(value: object, shape: Text, at: str) -> Faults:
    faults = list(_one_of(value, OneOf(shape.kinds), at))
    if faults or not isinstance(value, dict):
        yield from faults
    else:
        yield from _chars(value["text"], Chars(shape.most, least=1), f"{at}/text")


def _many(value: object, shape: Many, at: str) -> Faults:
    if not isinstance(value, list):
        yield Fault(at, "must be an array")
        return
    yield from _count(value, at, shape.most, shape.least)
    for index, item in enumerate(value):
        yield from _check(item, shape.of, f"{at}/{index}")


def _count(items: Sequence[object], at: str, most: int | None, least: int) -> Faults:
    if most is not None and len(items) > most:
        yield Fault(at, f"no more than {most} items allowed")
    if len(items) < least:
        yield Fault(at, f"no less than {least} items allowed")


def _one_of(value: object, shape: OneOf, at: str) -> Faults:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in shape.types:
        yield Fault(f"{at}/type", f"unsupported type: {kind}")
    else:
        yield from _fields(value, NESTED[str(kind)], at)


def _fields(value: object, shape: Fields, at: str) -> Faults:
    if not isinstance(value, dict):
        yield Fault(at, "must be an object")
        return
    known = {**shape.required, **shape.optional}
    for name in shape.required:
        if name not in value:
            yield Fault(at, f"missing required field: {name}")
    for name, item in value.items():
        if name in known:
            yield from _check(item, known[name], f"{at}/{name}")
        elif name != "type":
            yield Fault(at, f"invalid additional property: {name}")
    yield from _alternatives(value, shape, at)


def _alternatives(value: Mapping[str, object], shape: Fields, at: str) -> Faults:
    if shape.exactly_one and sum(name in value for name in shape.exactly_one) != 1:
        yield Fault(at, f"must define exactly one of {_names(shape.exactly_one)}")
    if shape.at_least_one and not any(name in value for name in shape.at_least_one):
        yield Fault(at, f"must define either {_names(shape.at_least_one)}")


def _names(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


NESTED: Final[Mapping[str, Fields]] = {
    **limits.OBJECTS,
    **limits.TEXT_OBJECTS,
    "rich_text": limits.RICH_TEXT,
}
"""Whatever may stand inside a block, by its `type`."""

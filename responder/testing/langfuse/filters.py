"""Which observations a question is about: query parameters, or a filter that takes their place."""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from responder.testing.langfuse.project import Project, Values, parsed

Fits = Callable[[Values], bool]

COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "contains": lambda have, wanted: wanted in have,
    "starts with": lambda have, wanted: have.startswith(wanted),
}


class BadQueryError(ValueError):
    """What Langfuse answers with 400."""


def newest_first(project: Project, params: Mapping[str, str]) -> list[Values]:
    """The observations that are asked for.

    Raises:
        BadQueryError: a parameter can't be read.
    """
    start = end = None
    try:
        if params.get("filter"):
            asked = json.loads(params["filter"])
            conditions = [_condition(project, each) for each in asked]
            start, end = _span(asked)
        else:
            conditions = list(_plain(params))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadQueryError(f"Invalid request data: {error}") from error
    return [one for one in project.newest_first(start, end) if all(fits(one) for fits in conditions)]


def _span(asked: Sequence[Mapping[str, Any]]) -> tuple[datetime | None, datetime | None]:
    """What the conditions on the beginning leave at most, so that not all are looked at."""
    moments = [(one["operator"], parsed(one["value"])) for one in asked if one["column"] == "startTime"]
    starts = [at for compare, at in moments if compare in {">", ">="}]
    ends = [at for compare, at in moments if compare in {"<", "<="}]
    return max(starts, default=None), min(ends, default=None)


def _plain(params: Mapping[str, str]) -> Sequence[Fits]:
    found: list[Fits] = []
    if kind := params.get("type"):
        found.append(lambda one: one["type"] == kind)
    if name := params.get("name"):
        found.append(lambda one: one.get("name") == name)
    if params.get("fromStartTime"):
        start = parsed(params["fromStartTime"])
        found.append(lambda one: parsed(one["startTime"]) >= start)
    if params.get("toStartTime"):
        end = parsed(params["toStartTime"])
        found.append(lambda one: parsed(one["startTime"]) < end)
    return found


def _condition(project: Project, asked: Mapping[str, Any]) -> Fits:
    column, value = asked["column"], asked["value"]
    match asked["type"], column:
        case "datetime", "startTime":
            compare, at = COMPARE[asked["operator"]], parsed(value)
            return lambda one: compare(parsed(one["startTime"]), at)
        case "string", "type" | "name":
            compare = COMPARE[asked["operator"]]
            return lambda one: compare(one.get(column) or "", value)
        case "string", "traceName":
            compare = COMPARE[asked["operator"]]
            return lambda one: compare(project.trace_of(one).get("name") or "", value)
        case "stringObject", "metadata":
            compare, key = COMPARE[asked["operator"]], asked["key"]
            return lambda one: compare(str((one.get("metadata") or {}).get(key, "")), value)
        case "arrayOptions", "traceTags" | "tags" if asked["operator"] == "any of":
            return lambda one: bool(set(value) & set(project.trace_of(one).get("tags") or ()))
        case kind, _:
            raise BadQueryError(f"no filter of the type {kind} on {column}")

"""A report as JSON and back, without loss: how it is stored.

JSON has no infinity and no not-a-number, which Prometheus answers now and then: they are written as
{"#float": "inf"}. Text must be valid Unicode: whoever takes text in from outside sees to that.
"""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from responder.domain.report import Report

_REPORT: Final[TypeAdapter[Report]] = TypeAdapter(Report)
_FLOAT: Final = "#float"


def report_to_json(report: Report) -> str:
    """The report as JSON text."""
    try:
        return _encode(report)
    except ValueError:  # a number that is not finite: seldom, and dear to look for
        return _encode(_marked(report))


def report_from_json(text: str | bytes) -> Report:
    """The report that `report_to_json` wrote.

    Raises:
        ValueError: it is none.
    """
    return _REPORT.validate_python(json.loads(text, object_hook=_restored))


def _encode(value: object) -> str:
    return json.dumps(value, default=_plain, allow_nan=False, check_circular=False, separators=(",", ":"))


def _plain(value: object) -> object:
    """What JSON has no word for, in words that it has."""
    if names := getattr(value, "__dataclass_fields__", None):
        return {name: getattr(value, name) for name in names}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a report has no {type(value).__name__}")


def _marked(value: object) -> object:
    """The same with each number that is not finite written as a text."""
    match value:
        case float() if not math.isfinite(value):
            return {_FLOAT: str(value)}
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {key: _marked(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_marked(inner) for inner in value]
        case _:
            return _marked(_plain(value))


def _restored(value: dict[str, Any]) -> object:
    return float(value[_FLOAT]) if value.keys() == {_FLOAT} else value

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
    return json.dumps(_plain(report), allow_nan=False, separators=(",", ":"))


def report_from_json(text: str | bytes) -> Report:
    """The report that `report_to_json` wrote.

    Raises:
        ValueError: it is none.
    """
    return _REPORT.validate_python(json.loads(text, object_hook=_restored))


def _plain(value: object) -> object:
    if type(value) is str or value is None:  # most of a report
        return value
    if names := getattr(value, "__dataclass_fields__", None):
        return {name: _plain(getattr(value, name)) for name in names}
    return _plain_part(value)


def _plain_part(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return {_FLOAT: str(value)}
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value


def _restored(value: dict[str, Any]) -> object:
    return float(value[_FLOAT]) if value.keys() == {_FLOAT} else value

"""Bodies of requests in the words of OpenAPI."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from responder.domain.durations import UNITS
from responder.web.asks import LONGEST_WRITTEN, Wrong
from responder.web.diagnoses import Ask
from responder.web.fixes import Longer, Shown, Why
from responder.web.payload import MOST_TRUNCATED, VERSION
from responder.web.said import MOST_TEXT

Taken = Mapping[str, Any]


def _json(schema: Mapping[str, Any], *, required: bool = True) -> Taken:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _of(model: type[BaseModel]) -> Taken:
    schema = model.model_json_schema()
    return _json(schema, required=bool(schema.get("required")))


_TEXTS: Final = {"type": ["object", "null"], "additionalProperties": {"type": "string"}}
_ALERT: Final = {
    "type": "object",
    "required": ["status", "startsAt"],
    "properties": {
        "status": {"enum": ["firing", "resolved"]},
        "labels": _TEXTS,
        "annotations": _TEXTS,
        "startsAt": {"type": "string", "format": "date-time"},
        "endsAt": {"type": ["string", "null"], "format": "date-time"},
        "generatorURL": {"type": "string"},
        "fingerprint": {"type": "string"},
    },
}
NOTIFICATION: Final = _json(
    {
        "type": "object",
        "description": "Alertmanager's webhook payload, version 4; what else it has is not looked at.",
        "required": ["version", "receiver", "groupKey", "alerts"],
        "properties": {
            "version": {"const": VERSION},
            "receiver": {"type": "string"},
            "groupKey": {"type": "string"},
            "truncatedAlerts": {"type": "integer", "minimum": 0, "maximum": MOST_TRUNCATED},
            "externalURL": {"type": "string"},
            "alerts": {"type": "array", "minItems": 1, "items": _ALERT},
        },
    }
)
_LASTS: Final = f"^{''.join(f'([0-9]+{unit})?' for unit in UNITS)}$"
_REASON: Final = {"type": "string", "maxLength": MOST_TEXT}


def _silence(name: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "required": [name],
        "additionalProperties": False,
        "properties": {name: schema, "reason": _REASON},
    }


SILENCE: Final = _json(
    {
        "oneOf": [
            _silence("minutes", {"type": "number", "minimum": 1, "maximum": 7 * 24 * 60}),
            _silence(
                "duration",
                {
                    "type": "string",
                    "pattern": _LASTS,
                    "minLength": 2,
                    "maxLength": LONGEST_WRITTEN,
                    "description": "As Prometheus writes it, in falling units; together 1 minute to 7 days.",
                },
            ),
        ]
    }
)
FALSE_ALARM: Final = _of(Wrong)
APPROVAL: Final = _of(Shown)
WHY: Final = _of(Why)
LONGER: Final = _of(Longer)
DIAGNOSE: Final = _of(Ask)
ANY_OBJECT: Final = _json({"type": "object"})
SLACK: Final = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
        "application/json": {"schema": {"type": "object"}},
    },
}

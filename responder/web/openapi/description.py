"""The rows put together to one description."""

from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from responder.web.openapi.answers import ProblemShown, with_odd_numbers
from responder.web.openapi.rows import JSON, ROWS, TEXT, Row
from responder.web.problem import MEDIA_TYPE

OPENAPI: Final = "3.1.0"
COMPONENTS: Final = "#/components/schemas/{model}"

SCHEMES: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "One of server.tokens, which says what it may.",
    },
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "Any name, and the token as the password.",
    },
    "link": {"type": "apiKey", "in": "query", "name": "signature", "description": "Of a link in a message."},
    "pagerduty": {"type": "apiKey", "in": "header", "name": "X-PagerDuty-Signature"},
    "slack": {"type": "apiKey", "in": "header", "name": "X-Slack-Signature"},
}
PROBLEMS: Final = {
    400: "The request is wrong.",
    401: "A valid token, link or signature is needed.",
    403: "The token does not allow it; or there are no tokens, and it comes from elsewhere.",
    404: "There is no such thing.",
    405: "Another method is meant.",
    409: "Nothing was changed: somebody was first, or it can't be; beside `detail` stands how it is now.",
    413: "The body is too large.",
    422: "The body, or the configuration, has mistakes.",
    503: "The database can't be used now.",
}


@cache
def description(version: str) -> dict[str, Any]:
    """The whole interface of a server of this version."""
    models = {row.answer for row in ROWS if isinstance(row.answer, type)} | {ProblemShown}
    _, defined = models_json_schema(
        [(model, "serialization") for model in sorted(models, key=lambda one: one.__name__)],
        by_alias=True,
        ref_template=COMPONENTS,
    )
    paths: dict[str, dict[str, Any]] = {}
    for row in ROWS:
        method, path = row.at.split(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(row)
    return {
        "openapi": OPENAPI,
        "info": {"title": "hypertool-responder", "version": version},
        "paths": paths,
        "components": {"schemas": with_odd_numbers(defined["$defs"]), "securitySchemes": SCHEMES},
    }


def _operation(row: Row) -> dict[str, Any]:
    words = [word.strip("{}") for word in row.at.lower().replace("-/", "").split("/")]
    said: dict[str, Any] = {
        "summary": row.summary,
        "operationId": "_".join(word.strip().replace("-", "_").replace(".", "_") for word in words if word),
        "parameters": list(row.parameters),
        "security": list(row.security),
        "responses": {str(status): answer for status, answer in sorted(_answers(row).items())},
    }
    if row.body is not None:
        said["requestBody"] = row.body
    return said


def _answers(row: Row) -> dict[int, Any]:
    problem = {MEDIA_TYPE: {"schema": _ref(ProblemShown)}}
    said = {status: {"description": PROBLEMS[status], "content": problem} for status in row.problems}
    for status, words in (row.texts or {}).items():
        said[status] = {"description": words, "content": {TEXT: {"schema": {"type": "string"}}}}
    if isinstance(row.answer, type):
        content = {JSON: {"schema": _ref(row.answer)}}
        return said | {row.status: {"description": row.answer.__doc__ or "", "content": content}}
    schema = {} if row.answer == JSON else {"type": "string"}
    return said | {row.status: {"description": row.summary, "content": {row.answer: {"schema": schema}}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": COMPONENTS.format(model=model.__name__)}

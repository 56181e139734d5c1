"""Reads the arguments of a call the way Slack does: from JSON, a form or the query."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request

from responder.testing.slack.model import SlackError

TRUE: Final = frozenset({True, "1", "true", "True"})
LIMIT_MOST: Final = 999


class Arguments:
    """The arguments of one call, each read as what it should be."""

    def __init__(self, values: Mapping[str, Any], token: str | None) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}
        self.token = token or self.text("token")

    def text(self, name: str) -> str | None:
        """A string, or None where it is missing or empty."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise SlackError("invalid_arguments", (f"{name} must be a string",))
        return value or None

    def given_text(self, name: str) -> str | None:
        """A string that may be empty, or None where the argument is missing."""
        return (self.text(name) or "") if name in self._values else None

    def flag(self, name: str) -> bool:
        """Whether the argument is there and true."""
        value = self._values.get(name)
        return isinstance(value, bool | str) and value in TRUE

    def count(self, name: str, default: int) -> int:
        """A number of items from 1 to 999; refuses `invalid_limit`."""
        try:
            number = int(self._values.get(name, default))
        except (TypeError, ValueError) as error:
            raise SlackError("invalid_limit") from error
        if not 1 <= number <= LIMIT_MOST:
            raise SlackError("invalid_limit")
        return number

    def structure(self, name: str, refusal: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """A JSON value, sent as it is or as text in a form; None where it is missing."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as error:
            raise SlackError(refusal) from error


async def read_arguments(request: Request) -> Arguments:
    """The arguments of a request; refuses `invalid_json`, `invalid_post_type`."""
    values: dict[str, Any] = dict(request.query_params)
    if request.method == "POST":
        values |= await _body(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return Arguments(values, token if scheme.lower() == "bearer" else None)


async def _body(request: Request) -> Mapping[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind:
        return {}
    if kind == "application/json":
        return _json_object(await request.body())
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
    raise SlackError("invalid_post_type")


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        values = json.loads(body)
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(values, dict):
        raise SlackError("json_not_object")
    return values

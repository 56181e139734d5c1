"""What a request's body says, for routes that people ask something by."""

from http import HTTPStatus
from typing import Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from responder.domain.texts import keepable
from responder.web.body import read_body
from responder.web.payload import mistakes
from responder.web.problem import Problem

MOST_TEXT: Final = 500
"""Characters of a reason."""


class Body(BaseModel):
    """What a request says. Nobody's name is in it: who asks is known by the token."""

    model_config = ConfigDict(extra="forbid")


Said = TypeVar("Said", bound=Body)


async def said(request: Request, kind: type[Said]) -> Said:
    """What the body says; an empty one says nothing.

    Raises:
        Problem: 413; 422, it can't be understood.
    """
    body = await read_body(request)
    try:
        return kind.model_validate(keepable(kind.model_validate_json(body or b"{}").model_dump()))
    except ValidationError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, mistakes(error), "wrong_shape") from error

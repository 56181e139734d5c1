"""Bodies of requests, read by hand, so that a stranger's is not read at all."""

from http import HTTPStatus
from typing import Final

from fastapi import Request

from responder.web.problem import Problem

MAX_BODY: Final = 1024 * 1024
"""Bytes."""


async def read_body(request: Request, most: int = MAX_BODY) -> bytes:
    """The body.

    Raises:
        Problem: 413, it is larger than `most` bytes.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            detail = f"the body is larger than {most} bytes"
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, "too_large", {"Connection": "close"})
    return bytes(body)

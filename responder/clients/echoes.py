"""What a far side repeats of our credentials is taken out of its answer, before anybody can read it.

Some say which token they refuse, or log a request into their error: their words go into reports, messages and
logs, where whoever reads them would have the token.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import unquote, urlsplit

from responder.domain.hiding import HIDDEN

IN_BODIES: Final = ("routing_key",)
"""Keys of JSON bodies whose values are credentials: PagerDuty's events have no header for theirs."""
SHORTEST: Final = 4
"""Characters; what is shorter would hide words that only look alike."""
SURE: Final = 16
"""Likewise where an answer is no refusal: what it says is data, in which a short password may be a word."""


def masked(answer: bytes, url: str, headers: Mapping[str, str], body: object, *, refused: bool) -> bytes:
    """The answer to a request of this address, with these headers (in lower case) and this JSON body."""
    for secret in _credentials(url, headers, body):
        if len(secret) < (SHORTEST if refused else SURE):
            continue
        for said in (secret, json.dumps(secret)[1:-1]):
            if said.encode() in answer:
                answer = answer.replace(said.encode(), HIDDEN.encode())
    return answer


def _credentials(url: str, headers: Mapping[str, str], body: object) -> Iterator[str]:
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    yield credential.removeprefix("token=")  # as PagerDuty has it
    if scheme == "Basic":
        yield _password(credential)
    if "@" in url and (password := urlsplit(url).password):
        yield password
        yield unquote(password)
    if isinstance(body, Mapping):
        yield from (str(body[key]) for key in IN_BODIES if key in body)


def _password(credential: str) -> str:
    with suppress(binascii.Error, UnicodeDecodeError):
        return base64.b64decode(credential).decode().partition(":")[2]
    return ""

"""What was answered to which idempotency key, so that a repeated order is not carried out twice.

The rules are those of the IETF's draft on the `Idempotency-Key` header: a key stands for one order of one
caller; with another order it is refused (422), and while the first one is being carried out as well (409).
Only what had an effect is remembered: a refused order may be repeated with the same key once it is right.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter

from responder.hypertool.problem import Problem

LIMIT: Final = 500
"""So many answers are remembered; the oldest is forgotten first."""
LONGEST_KEY: Final = 255
KEY: Final = f'^"?([!#-~]([ -~]{{0,{LONGEST_KEY - 2}}}[!#-~])?)"?$'
"""A key: as the draft has it, in quotes, or bare as most send it."""
HEADER: Final = "Idempotency-Key"
REPEATED: Final = {"Idempotent-Replayed": "true"}
"""Says that this answer is that of an earlier request."""

log = logging.getLogger("hypertool.control")


@dataclass(frozen=True)
class Answered:
    """An answer that had an effect, and the digest of what it answered."""

    asked: str
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    def response(self, headers: Mapping[str, str] | None = None) -> JSONResponse:
        return JSONResponse(self.body, self.status, {**self.headers, **(headers or {})})


class Answers(Protocol):
    """Remembers answers by the caller's name and the key."""

    def find(self, caller: str, key: str) -> Answered | None:
        """What was answered, if it is still known."""

    def keep(self, caller: str, key: str, answered: Answered) -> None:
        """Remember it from now on. Never fails: what was done was done."""


@dataclass
class AnswersInMemory:
    """Remembers until the process ends."""

    limit: int = LIMIT
    known: dict[tuple[str, str], Answered] = field(default_factory=dict)

    def find(self, caller: str, key: str) -> Answered | None:
        return self.known.get((caller, key))

    def keep(self, caller: str, key: str, answered: Answered) -> None:
        self.known[caller, key] = answered
        while len(self.known) > self.limit:
            del self.known[next(iter(self.known))]


class AnswersInFile:
    """Remembers over a restart, in a file that is always either the old or the new one, and on the disk.

    Writing takes some milliseconds of the event loop's time, on purpose: nothing may come between a change
    and its record, and changes are rare.

    Args:
        path: nobody else's; its folder is made. A file that can't be read is put aside.
        limit: how many answers are remembered.

    Raises:
        OSError: the file can't be written. Better now than at the first change.
    """

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self._path = path
        self._memory = AnswersInMemory(limit, _read(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._write()

    def find(self, caller: str, key: str) -> Answered | None:
        return self._memory.find(caller, key)

    def keep(self, caller: str, key: str, answered: Answered) -> None:
        self._memory.keep(caller, key, answered)
        try:
            self._write()
        except OSError as error:  # a full disk must not stand in the way of a quick fix
            log.error("%s: an answer is remembered only until the next restart: %s", self._path, error)  # noqa: TRY400 - it is the disk's fault

    def _write(self) -> None:
        rows = [(caller, key, answered) for (caller, key), answered in self._memory.known.items()]
        new = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_ROWS.dump_json(rows))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


_ROWS: Final = TypeAdapter(list[tuple[str, str, Answered]])


def _read(path: Path) -> dict[tuple[str, str], Answered]:
    if not path.exists():
        return {}
    try:
        rows = _ROWS.validate_json(path.read_bytes())
    except ValueError:
        aside = path.with_name(f"{path.name}.unreadable")
        log.error("%s can't be read and is put aside as %s", path, aside)  # noqa: TRY400 - no bug of ours
        path.replace(aside)
        return {}
    return {(caller, key): answered for caller, key, answered in rows}


class Once:
    """Carries out what comes under one key once.

    Args:
        answers: what was answered so far.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._under_way: set[tuple[str, str]] = set()

    async def answer(
        self, request: Request, caller: str, order: object, act: Callable[[], Awaitable[Answered]]
    ) -> Response:
        """Carry it out, or answer what was answered before.

        Raises:
            Problem: the key can't be used for this; or whatever `act` raises, which is not remembered.
        """
        key = _key(request)
        if key is None:
            return (await act()).response()
        known = self._answers.find(caller, key)
        if known is not None:
            if known.asked != digest(request, order):
                raise Problem(422, "Unprocessable Content", f"this {HEADER} was used for another order")
            return known.response(REPEATED)
        return (await self._first(caller, key, act)).response()

    async def _first(self, caller: str, key: str, act: Callable[[], Awaitable[Answered]]) -> Answered:
        if (caller, key) in self._under_way:
            raise Problem(
                409,
                "Conflict",
                "the order with this key is being carried out at this moment",
                headers={"Retry-After": "1"},
            )
        self._under_way.add((caller, key))
        try:
            answered = await act()
            self._answers.keep(caller, key, answered)
        finally:
            self._under_way.discard((caller, key))
        return answered


def digest(request: Request, order: object) -> str:
    """What makes two requests the same order: method, path and what is wanted."""
    text = json.dumps([request.method, request.url.path, order], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _key(request: Request) -> str | None:
    """The idempotency key, if there is one."""
    given = request.headers.get(HEADER)
    if given is None:
        return None
    key = re.match(KEY, given)
    if key is None:
        raise Problem(400, "Bad Request", f"{HEADER} must have 1 to {LONGEST_KEY} characters of ASCII")
    return key[1]

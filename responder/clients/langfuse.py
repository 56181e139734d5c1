"""Reads Langfuse by its public API: https://api.reference.langfuse.com.

Observations can be listed in two ways. The newer one (`/v2/observations`, with a cursor and a choice of
fields) is there on Langfuse Cloud and on servers of version 4; the older one (`/observations`, by pages, rows
with all they have) on servers of version 3. The newer is asked first; where it is not found the older one is,
and what answered is remembered. The metrics API is not used: small plans may ask it only 100 times a day.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final, TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter

from responder.clients.http import MIB, Http, basic, for_people, segment
from responder.clients.langfuse_answers import (
    OBSERVATIONS,
    PROJECTS,
    TRACES,
    Call,
    Calls,
    Observation,
    ObservationPage,
    Trace,
    TracePage,
    digest_of,
    with_digests,
)
from responder.clients.langfuse_marks import Marks
from responder.domain.errors import AdapterError, Reason, Refused

SYSTEM: Final = "Langfuse"
NEWER: Final = "/api/public/v2/observations"
OLDER: Final = "/api/public/observations"
TRACE_LIST: Final = "/api/public/traces"
PROJECT: Final = "/api/public/projects"

LIMIT: Final = 24 * MIB
"""Bytes of an answer: rows of the older list carry whole prompts."""
NEWER_PAGE: Final = 1000
NEWER_PAGES: Final = 5
OLDER_PAGE: Final = 100
OLDER_PAGES: Final = 10
SAMPLE: Final = 200
"""Newest calls whose inputs are read where they have to be asked for."""
AT_ONCE: Final = 4
"""Pages that are asked for side by side."""
BEGAN_BEFORE: Final = timedelta(hours=1)
"""How much older than its calls a trace may be."""

Params = tuple[tuple[str, str], ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time: `start` belongs to it, `end` does not."""

    start: datetime
    end: datetime

    def earlier(self, by: timedelta) -> "Window":
        """The same span so much before."""
        return Window(self.start - by, self.end - by)


class Langfuse:
    """One project in Langfuse, read only.

    Every method raises `Unreachable` (no answer, not in time, its fault, too many questions) or `Refused`;
    `within` is in seconds, for each request.

    Args:
        http: shared by all clients.
        host: its address without a path.
        public_key, secret_key: a pair of keys of the project.
        marks: where its traces say who was at work.
    """

    def __init__(self, http: Http, host: str, public_key: str, secret_key: str, marks: Marks) -> None:
        self._http = http
        self._host = host.rstrip("/")
        self._headers = basic(public_key, secret_key)
        self._ways: tuple[Callable[..., Awaitable[Calls]], ...] = (self._newer, self._older)
        self.marks = marks

    async def project(self, *, within: float) -> str:
        """The name of the project that the keys are of."""
        return (await self._get(PROJECT, (), PROJECTS, within)).data[0].name

    async def calls(
        self, window: Window, only: Mapping[str, str], wanted: Collection[str] = (), *, within: float
    ) -> Calls:
        """The calls to models that began in a window.

        Args:
            window: the span of time.
            only: what calls are marked with that are wanted, to spare Langfuse the others. A hint: an older
                server sends all the same.
            wanted: the marks that are needed besides; where no call has one of them, the traces are asked.
            within: seconds for each request.
        """
        first, second = self._ways
        try:
            return await first(window, only, {*only, *wanted}, within)
        except Refused as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
        found = await second(window, only, {*only, *wanted}, within)
        self._ways = second, first
        return found

    def call_url(self, call: Call) -> str:
        """Where a person sees it; empty where it has no trace, or one whose name can't stand in a path."""
        host, observation = for_people(self._host), urlencode({"observation": call.id})
        try:
            trace = segment(SYSTEM, call.trace)
            project = segment(SYSTEM, call.project) if call.project else ""
        except Refused:
            return ""
        return (
            f"{host}/project/{project}/traces/{trace}?{observation}" if project else f"{host}/trace/{trace}"
        )

    def question(self, window: Window, only: Mapping[str, str]) -> str:
        """The question as it can be pasted into a shell, to the list that answered last."""
        path = NEWER if self._ways[0] == self._newer else OLDER
        where = urlencode(self._asked(window, only))
        return (
            'curl -sS -u "$LANGFUSE_PUBLIC_KEY:$LANGFUSE_SECRET_KEY" '
            f"'{for_people(self._host)}{path}?{where}'"
        )

    async def _newer(
        self, window: Window, only: Mapping[str, str], wanted: Collection[str], within: float
    ) -> Calls:
        """Numbers of many calls, and the inputs of the newest."""
        on_trace = any(self.marks[name].on_trace for name in wanted)
        fields = "basic,metadata,model,usage,prompt" + (",trace_context" if on_trace else "")
        asked = self._asked(window, only)
        inputs = asyncio.create_task(self._inputs(asked, within))
        try:
            rows, complete = await self._by_cursor((*asked, ("fields", fields)), within)
            digests = await inputs
        finally:
            inputs.cancel()
        calls = tuple(row.call(self.marks) for row in rows)
        if isinstance(digests, AdapterError):
            return Calls(calls=calls, complete=complete, warnings=(f"the calls' inputs: {digests}",))
        return Calls(calls=with_digests(calls, digests), complete=complete)

    async def _inputs(self, asked: Params, within: float) -> Mapping[str, str] | AdapterError:
        """What stands for the inputs of the newest calls, by id; without them the rest still counts."""
        params = (*asked, ("fields", "io"), ("limit", str(SAMPLE)))
        try:
            page = await self._get(NEWER, params, OBSERVATIONS, within)
        except AdapterError as error:
            return error
        return {row.id: digest_of(row.input) for row in page.data}

    async def _by_cursor(self, params: Params, within: float) -> tuple[list[Observation], bool]:
        rows: list[Observation] = []
        cursor: str | None = None
        for _ in range(NEWER_PAGES):
            more = (("cursor", cursor),) if cursor else ()
            page = await self._get(NEWER, (*params, ("limit", str(NEWER_PAGE)), *more), OBSERVATIONS, within)
            rows += page.data
            cursor = page.meta.cursor
            if not cursor or not page.data:
                return rows, True
        return rows, False

    async def _older(
        self, window: Window, only: Mapping[str, str], wanted: Collection[str], within: float
    ) -> Calls:
        """Rows with all they have. Where they lack a mark, their traces may have it and are asked as well."""
        asked = self._asked(window, only)
        pages, complete = await self._by_page(OLDER, asked, OBSERVATIONS, within)
        if only and not any(page.data for page in pages):
            pages, complete = await self._by_page(OLDER, self._asked(window, {}), OBSERVATIONS, within)
        rows: list[Observation] = list(chain.from_iterable(page.data for page in pages))
        traces: Mapping[str, Trace] = {}
        if rows and any(not any(map(self.marks[name].read, rows)) for name in wanted):
            traces = await self._traces(window, within)
        calls = tuple(row.call(self.marks, traces.get(row.trace_id or "")) for row in rows)
        return Calls(calls=calls, complete=complete)

    async def _traces(self, window: Window, within: float) -> Mapping[str, Trace]:
        params = (
            ("fromTimestamp", _moment(window.start - BEGAN_BEFORE)),
            ("toTimestamp", _moment(window.end)),
            ("fields", "core"),
        )
        pages, _ = await self._by_page(TRACE_LIST, params, TRACES, within)
        return {trace.id: trace for page in pages for trace in page.data}

    async def _by_page(
        self, path: str, params: Params, shape: TypeAdapter[T], within: float
    ) -> tuple[list[T], bool]:
        """The first page tells how many there are; the others are asked for side by side."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def page(number: int) -> T:
            async with turns:
                where = (("page", str(number)), ("limit", str(OLDER_PAGE)))
                return await self._get(path, (*params, *where), shape, within)

        first = await page(1)
        pages = first.meta.total_pages if isinstance(first, (ObservationPage, TracePage)) else 1
        others = await asyncio.gather(*map(page, range(2, min(pages, OLDER_PAGES) + 1)))
        return [first, *others], pages <= OLDER_PAGES

    def _asked(self, window: Window, only: Mapping[str, str]) -> Params:
        """Which calls. A filter replaces the other conditions, so it has them all; some know no filter."""
        start, end = _moment(window.start), _moment(window.end)
        plain = (("type", "GENERATION"), ("fromStartTime", start), ("toStartTime", end))
        marked = [self.marks[name].condition(value) for name, value in only.items()]
        conditions = [condition for condition in marked if condition]
        if not conditions:
            return plain
        whole = [
            {"type": "string", "column": "type", "operator": "=", "value": "GENERATION"},
            {"type": "datetime", "column": "startTime", "operator": ">=", "value": start},
            {"type": "datetime", "column": "startTime", "operator": "<", "value": end},
            *conditions,
        ]
        return (*plain, ("filter", json.dumps(whole, separators=(",", ":"))))

    async def _get(self, path: str, params: Params, shape: TypeAdapter[T], within: float) -> T:
        answer = await self._http.ask(
            SYSTEM,
            "GET",
            self._host + path,
            within=within,
            limit=LIMIT,
            headers=self._headers,
            params=params,
        )
        # Some megabytes of prompts take the parser a while.
        return await asyncio.to_thread(answer.checked().read, shape)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

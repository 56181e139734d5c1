"""What the lists answer: the newer with a cursor and a choice of fields, the older by pages of whole rows."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

from responder.testing.langfuse.filters import BadQueryError, newest_first
from responder.testing.langfuse.project import PROJECT, Project, Values, as_text, parsed

CORE: Final = ("id", "traceId", "startTime", "endTime", "projectId", "parentObservationId", "type")
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "core": (),
    "basic": ("name", "level", "statusMessage", "version", "environment", "userId", "sessionId"),
    "time": ("completionStartTime", "createdAt", "updatedAt"),
    "io": ("input", "output"),
    "metadata": ("metadata",),
    "model": ("model", "internalModelId", "modelParameters"),
    "usage": ("usageDetails", "costDetails", "totalCost"),
    "prompt": ("promptId", "promptName", "promptVersion"),
    "metrics": ("latency", "timeToFirstToken"),
    "trace_context": ("tags", "release", "traceName"),
}
WHOLE: Final = (*CORE, *(key for group, keys in GROUPS.items() if group != "trace_context" for key in keys))
NEWER_MOST: Final = 1000
OLDER_MOST: Final = 100
METADATA_LONGEST: Final = 200


def newer(project: Project, params: Mapping[str, str]) -> dict[str, Any]:
    """`GET /api/public/v2/observations`. Raises `BadQueryError`."""
    groups = (params.get("fields") or "core,basic").split(",")
    limit = _number(params.get("limit"), 50, NEWER_MOST)
    rows = newest_first(project, params)
    if cursor := params.get("cursor"):
        rows = [one for one in rows if _place(one) < _decoded(cursor)]
    page = rows[:limit]
    meta = {"cursor": _encoded(page[-1])} if len(rows) > limit else {}
    return {"data": [_chosen(project, one, groups) for one in page], "meta": meta}


def older(project: Project, params: Mapping[str, str]) -> dict[str, Any]:
    """`GET /api/public/observations`. Raises `BadQueryError`."""
    return _page([_old(one) for one in newest_first(project, params)], params)


def traces(project: Project, params: Mapping[str, str]) -> dict[str, Any]:
    """`GET /api/public/traces`. Raises `BadQueryError`."""
    try:
        start, end = parsed(params["fromTimestamp"]), parsed(params["toTimestamp"])
        rows = [one for one in project.traces.values() if start <= parsed(one["timestamp"]) < end]
    except (KeyError, ValueError) as error:
        raise BadQueryError(f"Invalid request data: {error}") from error
    return _page([{"tags": [], "metadata": None, **one} for one in rows], params)


def projects(_project: Project, _params: Mapping[str, str]) -> dict[str, Any]:
    """`GET /api/public/projects`: whose keys they are."""
    return {"data": [{"id": PROJECT, "name": "Hypertool"}]}


def _page(rows: list[Values], params: Mapping[str, str]) -> dict[str, Any]:
    limit = _number(params.get("limit"), 50, OLDER_MOST)
    page = _number(params.get("page"), 1, 10**6)
    pages = -(-len(rows) // limit)
    meta = {"page": page, "limit": limit, "totalItems": len(rows), "totalPages": pages}
    return {"data": rows[(page - 1) * limit : page * limit], "meta": meta}


def _number(text: str | None, usual: int, most: int) -> int:
    if not text:
        return usual
    if not text.isdigit() or not 0 < int(text) <= most:
        raise BadQueryError(f"Invalid request data: a number from 1 to {most}, not {text[:20]}")
    return int(text)


def _chosen(project: Project, one: Values, groups: list[str]) -> Values:
    """The fields of these groups; groups that are not known are passed over."""
    keys = {*CORE, *(key for group in groups for key in GROUPS.get(group, ()))}
    row = {key: one.get(key) for key in keys}
    for key in keys & {"input", "output"}:
        row[key] = as_text(one.get(key))
    if "metadata" in keys:
        metadata = one.get("metadata") or {}
        row["metadata"] = {key: _cut(value) for key, value in metadata.items()}
    if "tags" in keys:
        trace = project.trace_of(one)
        row |= {"tags": trace.get("tags") or [], "traceName": trace.get("name")}
    return row


def _cut(value: object) -> object:
    return value[:METADATA_LONGEST] if isinstance(value, str) else value


def _old(one: Values) -> Values:
    """A row of the older list: everything, with the older names beside the newer ones."""
    row = {key: one.get(key) for key in WHOLE}
    used = one.get("usageDetails") or {}
    row["usage"] = {"unit": "TOKENS", "input": used.get("input", 0), "output": used.get("output", 0)}
    row["calculatedTotalCost"] = row.pop("totalCost", None)
    return row


def _place(one: Values) -> tuple[str, str]:
    return parsed(one["startTime"]).astimezone(UTC).isoformat(timespec="microseconds"), str(one["id"])


def _encoded(one: Values) -> str:
    return urlsafe_b64encode("\n".join(_place(one)).encode()).decode()


def _decoded(cursor: str) -> tuple[str, str]:
    try:
        at, _, last = urlsafe_b64decode(cursor).decode().partition("\n")
    except ValueError as error:
        raise BadQueryError("Invalid cursor format") from error
    return at, last

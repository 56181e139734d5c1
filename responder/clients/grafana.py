"""Speaks with a Grafana (9.0 and later) by its HTTP API: folders, dashboards, data sources, annotations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Unpack
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from responder.clients.http import Answer, Content, Http, bearer, for_people, segment
from responder.domain.annotation import Annotation

SYSTEM: Final = "Grafana"
FOLDERS_A_PAGE: Final = 1000
PROMETHEUS: Final = "prometheus"
"""The type of a data source that dashboards can ask."""

Document = Mapping[str, Any]
"""A dashboard as Grafana's own JSON."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of dashboards; the one without a uid is the root."""

    uid: str
    title: str


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data source by both its names, and what it is."""

    uid: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class StoredBoard:
    """A dashboard as a Grafana has it. What is provisioned from a file can't be changed by the API."""

    document: Document
    folder: str
    provisioned: bool


@dataclass(frozen=True, slots=True)
class StoredAnnotation:
    """An annotation as a Grafana has it; one that is a moment ends where it begins."""

    id: int
    ends: datetime


@dataclass(frozen=True, slots=True)
class Grafana:
    """One Grafana, asked with a token, or with the user and password that stand in its address.

    Every method raises `Unreachable` (no answer, not in time, its fault) or `Refused`; `within` is in
    seconds.
    """

    http: Http
    url: str
    token: str | None = None

    async def board(self, uid: str, *, within: float) -> StoredBoard | None:
        """The dashboard of this uid, if there is one that we may see."""
        answer = await self._find(f"/api/dashboards/uid/{segment(SYSTEM, uid)}", within)
        if answer is None:
            return None
        found = answer.read(_BOARD)
        return StoredBoard(found.dashboard, found.meta.folder_uid, found.meta.provisioned)

    async def save(
        self, document: Document, folder: Folder, *, overwrite: bool, message: str, within: float
    ) -> str:
        """Store a dashboard in a folder; answers its address for people.

        Raises:
            Refused: besides the usual, where there is one already that `overwrite` doesn't allow to replace,
                or that is provisioned from a file.
        """
        body = {
            "dashboard": dict(document),
            "folderUid": folder.uid,
            "overwrite": overwrite,
            "message": message,
        }
        answer = await self._send("POST", "/api/dashboards/db", within, json=body)
        place = urlsplit(for_people(self.url))
        return f"{place.scheme}://{place.netloc}{answer.read(_SAVED).url}"

    async def folder(self, uid: str, *, within: float) -> Folder | None:
        """The folder of this uid, if there is one that we may see."""
        answer = await self._find(f"/api/folders/{segment(SYSTEM, uid)}", within)
        return _folder(answer.read(_FOLDER)) if answer else None

    async def folder_titled(self, title: str, *, within: float) -> Folder | None:
        """The folder of this title at the root, if there is one that we may see; case makes no difference."""
        page = 1
        while True:
            params = (("limit", str(FOLDERS_A_PAGE)), ("page", str(page)))
            listed = (await self._send("GET", "/api/folders", within, params=params)).read(_FOLDERS)
            for one in listed:
                if one.title.casefold() == title.casefold():
                    return _folder(one)
            if len(listed) < FOLDERS_A_PAGE:
                return None
            page += 1

    async def create_folder(self, title: str, uid: str = "", *, within: float) -> Folder:
        """Make a folder at the root; without a uid Grafana chooses one."""
        body = {"title": title} | ({"uid": uid} if uid else {})
        answer = await self._send("POST", "/api/folders", within, json=body)
        return _folder(answer.read(_FOLDER))

    async def annotation(self, tag: str, *, within: float) -> StoredAnnotation | None:
        """The annotation that has this tag, if there is one that we may see."""
        params = (("type", "annotation"), ("tags", tag), ("limit", "1"))
        listed = (await self._send("GET", "/api/annotations", within, params=params)).read(_ANNOTATIONS)
        return StoredAnnotation(listed[0].id, _moment(listed[0].timeEnd)) if listed else None

    async def annotate(self, annotation: Annotation, *, within: float) -> None:
        """Make an annotation on a dashboard's panel, or on all of the dashboard."""
        body = {
            "dashboardUID": annotation.dashboard,
            "time": _milliseconds(annotation.begins),
            "tags": [annotation.tag, *annotation.tags],
            "text": annotation.text,
            **({"panelId": annotation.panel} if annotation.panel else {}),
            **({"timeEnd": _milliseconds(annotation.ends)} if annotation.ends else {}),
        }
        await self._send("POST", "/api/annotations", within, json=body)

    async def end_annotation(self, number: int, annotation: Annotation, *, within: float) -> None:
        """Give an annotation that is there its end, and the words that tell of it."""
        ends = {"timeEnd": _milliseconds(annotation.ends)} if annotation.ends else {}
        await self._send(
            "PATCH", f"/api/annotations/{number}", within, json={"text": annotation.text, **ends}
        )

    async def data_source(self, name: str, *, within: float) -> DataSource | None:
        """The data source of this uid or of this name. Asking for it takes more rights than the rest."""
        for way in ("uid", "name"):
            answer = await self._find(f"/api/datasources/{way}/{segment(SYSTEM, name)}", within)
            if answer:
                found = answer.read(_SOURCE)
                return DataSource(found.uid, found.name, found.type)
        return None

    async def _find(self, path: str, within: float) -> Answer | None:
        """An answer; None where Grafana itself says that there is no such thing."""
        answer = await self._ask("GET", path, within)
        if answer.status == httpx.codes.NOT_FOUND and _message(answer):
            return None
        return _good(answer)

    async def _send(self, method: str, path: str, within: float, **content: Unpack[Content]) -> Answer:
        return _good(await self._ask(method, path, within, **content))

    async def _ask(self, method: str, path: str, within: float, **content: Unpack[Content]) -> Answer:
        content["headers"] = bearer(self.token)
        url = f"{self.url.rstrip('/')}{path}"
        return await self.http.ask(SYSTEM, method, url, within=within, **content)


class _Shape(BaseModel):
    model_config = ConfigDict(populate_by_name=True)


class _Meta(_Shape):
    folder_uid: str = Field("", alias="folderUid")
    provisioned: bool = False


class _Board(_Shape):
    dashboard: dict[str, Any]
    meta: _Meta


class _Saved(_Shape):
    url: str


class _Folder(_Shape):
    uid: str
    title: str


class _Source(_Shape):
    uid: str
    name: str
    type: str


class _Annotation(_Shape):
    id: int
    timeEnd: int  # noqa: N815 - Grafana's name


class _Said(_Shape):
    message: str = ""


_BOARD: Final = TypeAdapter(_Board)
_SAVED: Final = TypeAdapter(_Saved)
_FOLDER: Final = TypeAdapter(_Folder)
_FOLDERS: Final = TypeAdapter(list[_Folder])
_SOURCE: Final = TypeAdapter(_Source)
_ANNOTATIONS: Final = TypeAdapter(list[_Annotation])
_SAID: Final = TypeAdapter(_Said)
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _folder(found: _Folder) -> Folder:
    return Folder(found.uid, found.title)


def _good(answer: Answer) -> Answer:
    if answer.good:
        return answer
    raise answer.failure(_message(answer))


def _message(answer: Answer) -> str:
    """What Grafana says in its own words; empty where it isn't Grafana that speaks."""
    return answer.read(_SAID).message if answer.is_json else ""

"""The stand-in as an application: the part of Grafana's HTTP API that deals with dashboards and annotations.

async with serving(create_app(GrafanaStandIn())) as url:
    ...
"""

import base64
import binascii
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse

from responder.testing.grafana.model import (
    Board,
    DataSource,
    Folder,
    GrafanaError,
    GrafanaStandIn,
    Mark,
    Role,
)

VERSION = "11.6.0"


def create_app(grafana: GrafanaStandIn | None = None) -> FastAPI:
    """Grafana, as far as dashboards go.

    Args:
        grafana: its state; a test keeps it to look at. A fresh one by default.
    """
    grafana = GrafanaStandIn() if grafana is None else grafana
    app = FastAPI(title="Stand-in for Grafana", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.grafana = grafana
    app.add_exception_handler(GrafanaError, _refused)
    _add_health(app)
    _add_folders(app, grafana)
    _add_boards(app, grafana)
    _add_data_sources(app, grafana)
    _add_annotations(app, grafana)
    return app


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, GrafanaError):
        raise error
    return JSONResponse(error.body, error.status)


def may(grafana: GrafanaStandIn, role: Role) -> Any:  # noqa: ANN401 - FastAPI's own type is not public
    """Only for those who may this; notes each request."""

    def check(request: Request) -> None:
        grafana.requests.append((request.method, request.url.path))
        given = _role(grafana, request.headers.get("authorization", ""))
        if given is None:
            raise GrafanaError(401, "Invalid API key")
        if given < role:
            raise GrafanaError(403, "You'll need additional permissions to perform this action.")

    return Depends(check)


def _role(grafana: GrafanaStandIn, authorization: str) -> Role | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return grafana.tokens.get(credentials)
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(credentials).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return grafana.users.get((name, password))
    return None


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise GrafanaError(400, "bad request data") from None
    if not isinstance(body, dict):
        raise GrafanaError(400, "bad request data")
    return body


def _add_health(app: FastAPI) -> None:
    @app.get("/api/health")
    def health() -> dict[str, str]:
        return {"commit": "stand-in", "database": "ok", "version": VERSION}


def _add_folders(app: FastAPI, grafana: GrafanaStandIn) -> None:
    viewer, editor = may(grafana, Role.VIEWER), may(grafana, Role.EDITOR)

    @app.get("/api/folders", dependencies=[viewer])
    def folders(limit: int = 1000, page: int = 1) -> list[dict[str, Any]]:
        listed = [_folder(one) for one in grafana.folders.values()]
        return listed[(page - 1) * limit : page * limit]

    @app.get("/api/folders/{uid}", dependencies=[viewer])
    def folder(uid: str) -> dict[str, Any]:
        if uid not in grafana.folders:
            raise GrafanaError(404, "folder not found", "not-found")
        return _folder(grafana.folders[uid])

    @app.post("/api/folders", dependencies=[editor])
    async def add_folder(request: Request) -> dict[str, Any]:
        body = await _body(request)
        return _folder(grafana.add_folder(str(body.get("title", "")), str(body.get("uid") or "")))


def _add_boards(app: FastAPI, grafana: GrafanaStandIn) -> None:
    viewer, editor = may(grafana, Role.VIEWER), may(grafana, Role.EDITOR)

    @app.post("/api/dashboards/db", dependencies=[editor])
    async def save(request: Request) -> dict[str, Any]:
        body = await _body(request)
        document = body.get("dashboard")
        if not isinstance(document, dict):
            raise GrafanaError(400, "bad request data")
        folder, message = str(body.get("folderUid") or ""), str(body.get("message") or "")
        board = grafana.save(document, folder, message, overwrite=bool(body.get("overwrite")))
        named = {"id": board.id, "uid": board.uid, "url": _path(board), "slug": board.slug}
        return {**named, "status": "success", "version": board.version, "folderUid": board.folder}

    @app.get("/api/dashboards/uid/{uid}", dependencies=[viewer])
    def board(uid: str) -> dict[str, Any]:
        found = grafana.board(uid)
        meta = {"slug": found.slug, "url": _path(found), "version": found.version}
        place = {"folderUid": found.folder, "provisioned": found.provisioned}
        return {"meta": {**meta, **place}, "dashboard": found.document}

    @app.get("/api/search", dependencies=[viewer])
    def search(
        query: str = "", folders: Annotated[list[str] | None, Query(alias="folderUIDs")] = None
    ) -> list[dict[str, Any]]:
        return [
            {"id": one.id, "uid": one.uid, "title": one.title, "type": "dash-db", "folderUid": one.folder}
            for one in grafana.found(query, folders or ())
        ]


def _add_data_sources(app: FastAPI, grafana: GrafanaStandIn) -> None:
    admin = may(grafana, Role.ADMIN)

    @app.get("/api/datasources/{way}/{name}", dependencies=[admin])
    def data_source(way: str, name: str) -> dict[str, Any]:
        for one in grafana.data_sources:
            if name == {"uid": one.uid, "name": one.name}.get(way):
                return _source(one)
        raise GrafanaError(404, "Data source not found")


def _add_annotations(app: FastAPI, grafana: GrafanaStandIn) -> None:
    viewer, editor = may(grafana, Role.VIEWER), may(grafana, Role.EDITOR)

    @app.get("/api/annotations", dependencies=[viewer])
    def annotations(
        tags: Annotated[list[str] | None, Query()] = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        return [_mark(one) for one in grafana.marked(tags or (), limit)]

    @app.post("/api/annotations", dependencies=[editor])
    async def add_annotation(request: Request) -> dict[str, Any]:
        return {"message": "Annotation added", "id": grafana.mark(await _body(request)).id}

    @app.patch("/api/annotations/{number}", dependencies=[editor])
    async def change_annotation(number: int, request: Request) -> dict[str, str]:
        grafana.change_mark(number, await _body(request))
        return {"message": "Annotation patched"}


def _mark(mark: Mark) -> dict[str, Any]:
    place = {"dashboardUID": mark.dashboard, "panelId": mark.panel}
    times = {"time": mark.time, "timeEnd": mark.time_end}
    return {"id": mark.id, "alertId": 0, **place, **times, "text": mark.text, "tags": mark.tags, "data": {}}


def _folder(folder: Folder) -> dict[str, Any]:
    return {"id": folder.id, "uid": folder.uid, "title": folder.title, "url": f"/dashboards/f/{folder.uid}"}


def _source(source: DataSource) -> dict[str, Any]:
    return {"id": source.id, "uid": source.uid, "name": source.name, "type": source.type, "access": "proxy"}


def _path(board: Board) -> str:
    return f"/d/{board.uid}/{board.slug}"

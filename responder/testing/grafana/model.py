"""What the stand-in has in store, and what can be done to it, with the refusals Grafana would give."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

TOKEN: Final = "glsa-stand-in"  # noqa: S105 - the stand-in's own, known to everybody
LONGEST_UID: Final = 40

Document = dict[str, Any]


class Role(IntEnum):
    """What somebody may; each may what those before it may."""

    VIEWER = 1
    EDITOR = 2
    ADMIN = 3


class GrafanaError(Exception):
    """A refusal: the status, what is said, and the word in `status` where there is one."""

    def __init__(self, status: int, message: str, word: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message} | ({"status": word} if word else {})


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder at the root."""

    id: int
    uid: str
    title: str


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data source."""

    id: int
    uid: str
    name: str
    type: str


@dataclass(slots=True)
class Board:
    """A dashboard as it was stored; the version rises with each change."""

    id: int
    folder: str
    document: Document
    version: int = 1
    provisioned: bool = False
    messages: list[str] = field(default_factory=list)
    """What was said of each change."""

    @property
    def uid(self) -> str:
        return str(self.document["uid"])

    @property
    def title(self) -> str:
        return str(self.document["title"])

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


@dataclass(slots=True)
class Mark:
    """An annotation; times are in milliseconds since the epoch."""

    id: int
    dashboard: str
    panel: int
    time: int
    time_end: int
    text: str
    tags: list[str]


class GrafanaStandIn:
    """A Grafana in memory.

    Args:
        tokens: what the owner of each may.
        users: the same by name and password.
        data_sources: type by name; the uid is made of the name.
    """

    def __init__(
        self,
        tokens: Mapping[str, Role] | None = None,
        *,
        users: Mapping[tuple[str, str], Role] | None = None,
        data_sources: Mapping[str, str] | None = None,
    ) -> None:
        self.tokens = {TOKEN: Role.ADMIN} if tokens is None else dict(tokens)
        self.users = dict(users or {})
        self.folders: dict[str, Folder] = {}
        self.boards: dict[str, Board] = {}
        kinds = {"Prometheus": "prometheus"} if data_sources is None else data_sources
        self.data_sources = [
            DataSource(number, name.lower().replace(" ", "-"), name, kind)
            for number, (name, kind) in enumerate(kinds.items(), start=1)
        ]
        self.marks: dict[int, Mark] = {}
        self.requests: list[tuple[str, str]] = []
        self._ids = 0

    def add_folder(self, title: str, uid: str = "") -> Folder:
        """A new folder; refuses one of a title or uid that is taken."""
        if not title.strip():
            raise GrafanaError(400, "folder title cannot be empty")
        if title.casefold() == "general":
            raise GrafanaError(400, "folder name cannot be General")
        taken = {one.title.casefold() for one in self.folders.values()}
        if uid in self.folders or title.casefold() in taken:
            raise GrafanaError(409, "a folder with the same name already exists in the current location")
        folder = Folder(self._next(), uid or f"folder-{self._ids}", title)
        self.folders[folder.uid] = folder
        return folder

    def save(self, document: Document, folder: str, message: str, *, overwrite: bool) -> Board:
        """Store a dashboard as `POST /api/dashboards/db` does."""
        title = document.get("title")
        if not isinstance(title, str) or not title.strip():
            raise GrafanaError(400, "Dashboard title cannot be empty", "empty-name")
        uid = document.get("uid") or f"board-{self._ids + 1}"
        if len(uid) > LONGEST_UID:
            raise GrafanaError(400, f"uid too long, max {LONGEST_UID} characters")
        if folder and folder not in self.folders:
            raise GrafanaError(400, "folder not found")
        number = document.get("id")
        if number is not None and number not in {board.id for board in self.boards.values()}:
            raise GrafanaError(404, "dashboard not found")
        self._refuse_taken(uid, title, folder, document.get("version"), overwrite=overwrite)
        return self._store({**document, "uid": uid}, folder, message)

    def _refuse_taken(self, uid: str, title: str, folder: str, version: object, *, overwrite: bool) -> None:
        existing = self.boards.get(uid)
        if existing and existing.provisioned:
            raise GrafanaError(400, "Cannot save provisioned dashboard")
        if overwrite:
            return
        if existing and existing.version != version:
            raise GrafanaError(412, "The dashboard has been changed by someone else", "version-mismatch")
        for one in self.boards.values():
            if one.uid != uid and (one.folder, one.title) == (folder, title):
                said = "A dashboard with the same name in the folder already exists"
                raise GrafanaError(412, said, "name-exists")

    def _store(self, document: Document, folder: str, message: str) -> Board:
        uid = document["uid"]
        board = self.boards.get(uid)
        if board is None:
            board = self.boards[uid] = Board(self._next(), folder, document, version=0)
        board.version += 1
        board.folder = folder
        board.document = {**document, "id": board.id, "version": board.version}
        board.messages.append(message)
        return board

    def board(self, uid: str) -> Board:
        """A dashboard; refuses one that isn't there."""
        if uid not in self.boards:
            raise GrafanaError(404, "Dashboard not found", "not-found")
        return self.boards[uid]

    def found(self, query: str, folders: Iterable[str]) -> list[Board]:
        """The dashboards whose title has that text, in these folders if there are any."""
        wanted = set(folders)
        return [
            board
            for board in self.boards.values()
            if query.lower() in board.title.lower() and (not wanted or board.folder in wanted)
        ]

    def mark(self, body: Document) -> Mark:
        """A new annotation, as `POST /api/annotations` makes it; of an unknown dashboard it is of none."""
        if not body.get("text"):
            raise GrafanaError(400, "Failed to save annotation")
        begins = int(body.get("time") or 0)
        begins, ends = sorted((begins, int(body.get("timeEnd") or begins)))
        dashboard = str(body.get("dashboardUID") or "")
        made = Mark(
            self._next(),
            dashboard if dashboard in self.boards else "",
            int(body.get("panelId") or 0),
            begins,
            ends,
            str(body["text"]),
            [str(tag) for tag in body.get("tags") or ()],
        )
        self.marks[made.id] = made
        return made

    def change_mark(self, number: int, body: Document) -> None:
        """Change what is given, as `PATCH /api/annotations/:id` does."""
        mark = self.marks.get(number)
        if mark is None:
            raise GrafanaError(404, "Annotation not found")
        mark.text = body.get("text") or mark.text
        mark.tags = body.get("tags") or mark.tags
        mark.time = body.get("time") or mark.time
        mark.time_end = body.get("timeEnd") or mark.time_end

    def marked(self, tags: Iterable[str], limit: int) -> list[Mark]:
        """The annotations that have all these tags, the newest first."""
        wanted = set(tags)
        found = [mark for mark in self.marks.values() if wanted <= set(mark.tags)]
        return sorted(found, key=lambda mark: (-mark.time_end, -mark.id))[:limit]

    def _next(self) -> int:
        self._ids += 1
        return self._ids

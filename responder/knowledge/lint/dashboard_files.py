"""Reads of Grafana's dashboards what they ask, and what others may point at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from responder.jsondoc import read_json
from responder.knowledge.lint.reading import document_of, unreadable
from responder.yamldoc import Document, KeyPath

Json = Mapping[str, object]
PROMETHEUS: Final = "prometheus"


@dataclass(frozen=True, slots=True)
class Target:
    """One query of a panel or an annotation, with its legend."""

    path: KeyPath
    query: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a dashboard."""

    name: str
    path: KeyPath
    query: str
    """In Grafana's own words (`label_values(…)`); empty if Prometheus isn't asked."""
    value: str
    """What it is at first, if that is one word."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard, as far as it could be read."""

    document: Document
    uid: str = ""
    panels: Mapping[int, KeyPath] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    targets: tuple[Target, ...] = ()
    twice: tuple[KeyPath, ...] = ()
    """Panels whose id another has."""


def read_dashboards(place: Path) -> list[Dashboard]:
    """A dashboard's file, or all of a folder and those below: `*.json` with panels."""
    if not place.is_dir():
        return [_read(place)]
    files = [_read(path) for path in sorted(place.rglob("*.json"))]
    files = [file for file in files if file.document.problems or _is_dashboard(file.document.value)]
    if not files:
        return [Dashboard(unreadable(str(place), "there is no dashboard in this folder (*.json)"))]
    return files


def _is_dashboard(value: object) -> bool:
    return isinstance(value, dict) and ("panels" in value or "dashboard" in value)


def _read(path: Path) -> Dashboard:
    document = document_of(path, read_json)
    return dashboard_of(document) if isinstance(document.value, dict) else Dashboard(document)


def dashboard_of(document: Document) -> Dashboard:
    """What a document has that is a mapping."""
    value: Json = document.value
    root: KeyPath = ()
    if isinstance(inner := value.get("dashboard"), dict):  # as Grafana's API hands it out
        value, root = inner, ("dashboard",)
    panels: dict[int, KeyPath] = {}
    twice: list[KeyPath] = []
    for path, panel in _panels(value, root):
        number = panel.get("id")
        if isinstance(number, int) and panels.setdefault(number, path) != path:
            twice.append((*path, "id"))
    return Dashboard(
        document,
        uid=str(value.get("uid") or ""),
        panels=panels,
        variables=tuple(_variables(value, root)),
        targets=tuple(_targets(value, root)),
        twice=tuple(twice),
    )


def _panels(value: Json, root: KeyPath) -> Iterator[tuple[KeyPath, Json]]:
    """The panels, those in rows too."""
    for path, panel in _items(value, (*root, "panels"), "panels"):
        yield path, panel
        yield from _panels(panel, path)


def _targets(value: Json, root: KeyPath) -> Iterator[Target]:
    for path, panel in _panels(value, root):
        for at, target in _items(panel, (*path, "targets"), "targets"):
            expression = target.get("expr")
            if isinstance(expression, str) and expression.strip() and _of_prometheus(target, panel):
                yield Target((*at, "expr"), expression, str(target.get("legendFormat") or ""))
    annotations = value.get("annotations")
    if isinstance(annotations, dict):
        for path, one in _items(annotations, (*root, "annotations", "list"), "list"):
            if isinstance(expression := one.get("expr"), str) and expression.strip():
                yield Target((*path, "expr"), expression)


def _of_prometheus(*holders: Json) -> bool:
    """Whether the nearest one that names a kind of data source names Prometheus; none does: it may be."""
    for holder in holders:
        source = holder.get("datasource")
        kind = source.get("type") if isinstance(source, dict) else None
        if isinstance(kind, str):
            return kind == PROMETHEUS
    return True


def _variables(value: Json, root: KeyPath) -> Iterator[Variable]:
    templating = value.get("templating")
    if not isinstance(templating, dict):
        return
    for path, one in _items(templating, (*root, "templating", "list"), "list"):
        query = one.get("query")
        at = (*path, "query")
        if isinstance(query, dict):
            query, at = query.get("query"), (*at, "query")
        asked = one.get("type") == "query" and _of_prometheus(one)
        current = one.get("current")
        first = current.get("value") if isinstance(current, dict) else None
        yield Variable(
            name=str(one.get("name") or ""),
            path=at,
            query=query if asked and isinstance(query, str) else "",
            value=first if isinstance(first, str) and first.isalnum() else "",
        )


def _items(holder: Json, path: KeyPath, key: str) -> Iterator[tuple[KeyPath, Json]]:
    listed = holder.get(key)
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield (*path, index), item

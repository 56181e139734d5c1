"""Asks a Grafana whether the dashboards are there, with the panels that playbooks link to."""

from collections.abc import Iterator, Mapping

from responder.clients.grafana import Grafana, StoredBoard
from responder.domain.errors import Problem
from responder.domain.lint import LintRule
from responder.knowledge.check import Files
from responder.knowledge.lint.dashboard_files import Dashboard, dashboard_of
from responder.knowledge.lint.pointed import Pointed
from responder.knowledge.online.result import There, Told
from responder.playbook.model import Dashboard as Link
from responder.yamldoc import Document

Stored = Mapping[str, StoredBoard | None]
"""By uid; None: it is not there."""


async def told(grafana: Grafana, files: Files, within: float) -> Told:
    """Whether each dashboard is there that is in a file, or that a playbook links to.

    Raises:
        AdapterError: it doesn't answer, or doesn't let us in.
    """
    uids = [one.uid for one in files.dashboards if one.uid] + [link.uid for _, link in _links(files)]
    stored = {uid: await grafana.board(uid, within=within) for uid in dict.fromkeys(uids)}
    there = tuple(There(kind="dashboard", name=uid, there=board is not None) for uid, board in stored.items())
    return Told(there=there, problems=(*_missing(files, stored), *_dead_links(files, stored)))


def _links(files: Files) -> Iterator[tuple[Document, Link]]:
    for one in files.playbooks:
        if one.playbook and (link := one.playbook.links.dashboard):
            yield one.document, link


def _missing(files: Files, stored: Stored) -> Iterator[Problem]:
    for one in files.dashboards:
        if one.uid and stored[one.uid] is None:
            message = f'Grafana has no dashboard "{one.uid}": responder dashboards push'
            yield one.document.problem(("uid",), message, LintRule.DASHBOARD_NOT_THERE)


def _dead_links(files: Files, stored: Stored) -> Iterator[Problem]:
    known = {uid: _read(uid, board) for uid, board in stored.items() if board}
    said_already = {one.uid for one in files.dashboards} - set(known)
    for document, link in _links(files):
        if link.uid in said_already:
            continue
        for said in Pointed(link.uid, link.panel, link.variables).problems(known):
            message = f"in Grafana {said.message}"
            yield document.problem(("links", "dashboard"), message, LintRule.DASHBOARD_NOT_THERE)


def _read(uid: str, board: StoredBoard) -> Dashboard:
    return dashboard_of(Document(uid, "", dict(board.document)))

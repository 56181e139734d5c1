"""Which actions there are, and which can be offered with what is configured."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from responder.actions.registry import kinds, offered
from responder.actions.restart import RestartBySupervisor
from responder.actions.restart_command import RestartByCommand
from responder.actions.tools import Tools
from responder.clients.alertmanager import Alertmanager
from responder.clients.http import Http
from responder.clients.hypertool import ControlApi, Supervisor
from responder.domain.errors import Effect, Reason, Refused
from responder.domain.fix import FixKind
from responder.engine.ports import FixAction
from responder.playbook.actions import ACTIONS
from responder.testing.fixes import a_one_shot

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as http:
        yield http


@pytest.fixture
def clients(http: Http) -> Mapping[str, Any]:
    """Everything that can be configured."""
    return {
        "control": ControlApi(http, NOWHERE),
        "supervisor": Supervisor(http, NOWHERE),
        "alertmanager": Alertmanager(http, NOWHERE),
        "restart_command": ("true",),
    }


def test_what_playbooks_may_name_is_what_there_is() -> None:
    assert set(kinds()) == set(ACTIONS)


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ((), set()),
        (("alertmanager",), {"silence"}),
        (("control",), {"control", "reconnect"}),
        (("supervisor",), {"restart"}),
        (("restart_command",), {"restart"}),
        (("alertmanager", "control", "supervisor"), set(ACTIONS)),
    ],
)
def test_only_what_is_configured_is_offered(
    configured: tuple[str, ...], expected: set[str], clients: Mapping[str, Any], http: Http
) -> None:
    tools = Tools(http=http, **{name: clients[name] for name in configured})
    actions: Mapping[str, FixAction] = offered(tools)
    assert set(actions) == expected


def test_a_supervisor_restarts_rather_than_a_command(clients: Mapping[str, Any], http: Http) -> None:
    assert isinstance(offered(Tools(http=http, **clients))["restart"], RestartBySupervisor)
    commanded = Tools(http=http, restart_command=("true",))
    assert isinstance(offered(commanded)["restart"], RestartByCommand)


async def test_what_is_done_once_is_neither_undone_nor_renewed(
    clients: Mapping[str, Any], http: Http
) -> None:
    """But a silence that took effect late can be ended."""
    for name, action in offered(Tools(http=http, **clients)).items():
        if ACTIONS[name].kind is FixKind.ONE_SHOT:
            for order in [action.renew] if name == "silence" else [action.undo, action.renew]:
                with pytest.raises(Refused, match="done once") as caught:
                    await order(a_one_shot(name))
                assert (caught.value.reason, caught.value.effect) == (Reason.UNSUPPORTED, Effect.NONE)

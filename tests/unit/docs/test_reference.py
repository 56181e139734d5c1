"""What can be named is named in the docs, and what the docs name exists."""

import json
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pydantic import BaseModel
from starlette.routing import Route

import responder.metrics
from responder.app import configured, web_app
from responder.clients.http import Http
from responder.diagnose.failure import Failure
from responder.diagnose.registry import specs
from responder.domain.errors import Reason
from responder.domain.fix import FixEnd, FixMode, FixState, Happened
from responder.domain.marks import SilenceState
from responder.domain.units import Unit
from responder.engine.asking import Heard
from responder.engine.fixing.people import Decided
from responder.log import Action
from responder.notify.console import STORM_TOLD, TOLD, WATCHDOG_TOLD
from responder.playbook.actions import ACTIONS
from responder.playbook.fixes import Check, Permanent, Setting, UndoWaits
from responder.playbook.model import Fix, Op, PlaybookHead
from responder.policy.breaker import Tripped
from responder.policy.gates import Refusal
from responder.settings import Settings
from responder.web.payload import Rejected
from responder.web.webhook import PATH as WEBHOOK

BESIDES = frozenset({TOLD, STORM_TOLD, WATCHDOG_TOLD, "question_broke"})
"""Actions of the log that are no steps of the engine's."""


def table(page: str) -> Iterator[list[str]]:
    """The cells of every row of every table, without backticks."""
    for line in page.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def named(page: str, pattern: str) -> set[str]:
    """What stands in backticks in the first cell of a row and looks like this."""
    first = (cells[0].strip("`") for cells in table(page) if cells[0].startswith("`"))
    return {cell for cell in first if re.fullmatch(pattern, cell)}


def settings_rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    for name, info in model.model_fields.items():
        inner = info.annotation
        key = prefix + name
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from settings_rows(inner, f"{key}.")
        else:
            variable = "RESPONDER_" + key.replace(".", "__").upper()
            yield f"`{key}`", default_words(info.default), f"`{variable}`"


def default_words(default: Any) -> str:
    match default:
        case None | "":
            return "\u2013"
        case Enum():
            return f"`{default.value}`"
        case tuple() | dict():
            return f"`{json.dumps(default)}`"
        case _:
            return f"`{default}`"


def test_every_setting_has_its_row_with_default_and_variable(pages: Any) -> None:
    rows = [tuple(cells[:3]) for cells in table(pages["docs/configuration.md"]) if cells[0].startswith("`")]
    assert rows == list(settings_rows(Settings))


def test_every_metric_has_its_row_with_type_and_labels(pages: Any) -> None:
    families = [one for one in REGISTRY.collect() if one.name.startswith("responder_")]
    names = {one.name + ("_total" if one.type == "counter" else ""): one.type for one in families}
    rows = [cells for cells in table(pages["docs/metrics-and-logs.md"]) if cells[0].startswith("`responder_")]
    assert {cells[0].strip("`"): cells[1] for cells in rows} == names
    labels = {
        cells[0].strip("`").removesuffix("_total"): tuple(re.findall(r"\w+", cells[2])) for cells in rows
    }
    collectors = vars(responder.metrics).values()
    ours = {one._name: one._labelnames for one in collectors if hasattr(one, "_labelnames")}
    assert labels == ours


def test_every_action_of_the_log_has_its_row(pages: Any) -> None:
    log = pages["docs/metrics-and-logs.md"].partition("## Log")[2]
    assert named(log, "[a-z_]+") == {action.value for action in Action} | BESIDES


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("docs/metrics-and-logs.md", Reason),
        ("docs/api.md", Rejected),
        ("docs/quick-fixes.md", FixMode),
        ("docs/quick-fixes.md", FixState),
        ("docs/quick-fixes.md", FixEnd),
        ("docs/quick-fixes.md", Happened),
        ("docs/quick-fixes.md", Refusal),
        ("docs/quick-fixes.md", Tripped),
        ("docs/api.md", Decided),
        ("docs/api.md", Heard),
        ("docs/api.md", SilenceState),
        ("docs/writing-a-playbook.md", Failure),
        ("docs/writing-a-playbook.md", Unit),
        ("docs/writing-a-playbook.md", Op),
    ],
)
def test_every_word_of_a_vocabulary_is_named(pages: Any, page: str, words: type[Enum]) -> None:
    assert [word.value for word in words if f"`{word.value}`" not in pages[page]] == []


def test_every_kind_of_diagnostic_has_its_row_with_its_keys_and_fields(pages: Any) -> None:
    shared = {"id", "kind", "title", "unit"}
    page = pages["docs/writing-a-playbook.md"].partition("## Fixes")[0]
    rows = {cells[0].strip("`"): cells for cells in table(page) if cells[0].startswith("`")}
    assert set(rows) == set(specs())
    for kind, spec in specs().items():
        keys, fields = (set(re.findall(r"`(\w+)`", rows[kind][column])) for column in (2, 3))
        assert set(spec.model_fields) - shared <= keys
        assert fields == spec.FIELDS


def test_every_action_of_a_fix_has_its_row_with_its_kind(pages: Any) -> None:
    page = pages["docs/writing-a-playbook.md"].partition("## Fixes")[2]
    rows = {cells[0].strip("`"): cells[1] for cells in table(page) if cells[0].startswith("`")}
    assert rows == {name: action.kind.value for name, action in ACTIONS.items()}


def test_every_key_of_a_fix_is_named(pages: Any) -> None:
    page = pages["docs/writing-a-playbook.md"].partition("## Fixes")[2]
    models = (Fix, Setting, Check, Permanent, UndoWaits)
    keys = [info.alias or name for model in models for name, info in model.model_fields.items()]
    known = {"id", "title"}  # as everywhere
    assert [key for key in keys if key not in known and f"`{key}`" not in page] == []


def test_every_key_of_a_playbook_is_named(pages: Any) -> None:
    page = pages["docs/writing-a-playbook.md"]
    keys = [(info.alias or name) for name, info in PlaybookHead.model_fields.items()]
    assert [key for key in keys if not re.search(rf"(^|`){key}(:|`)", page, re.MULTILINE)] == []


def routes_of(holder: Any) -> Iterator[Route]:
    """The routes of an application, those of its routers included."""
    for route in holder.routes:
        if isinstance(route, Route):
            yield route
        else:
            yield from routes_of(route.original_router)


async def test_every_route_has_its_row_and_every_row_its_route(pages: Any, tmp_path: Path) -> None:
    settings = Settings(database={"url": f"sqlite:///{tmp_path}/responder.db"})
    async with Http() as http:
        app = web_app(configured(lambda: settings), http, [])
    routes = {
        f"{method} {route.path}" for route in routes_of(app) for method in (route.methods or set()) - {"HEAD"}
    }
    routes.add(f"POST {WEBHOOK}")  # taken in at the door, before there are routes
    assert named(pages["docs/api.md"], "(GET|POST|DELETE) .*") == routes

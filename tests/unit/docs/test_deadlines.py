"""The table of deadlines, retries and backoffs says what the code says, and leaves none out."""

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from responder.settings import Settings

PAGE: Final = "docs/deadlines.md"
PACKAGE: Final = Path(__file__).parents[3] / "responder"
NOT_SERVED: Final = frozenset({"demo", "testing", "knowledge", "cli"})
"""Folders of what is no part of a running server."""
NAMES: Final = ("SECONDS", "WITHIN", "DEADLINE", "TIMEOUT", "PATIENCE", "AFTER", "EVERY", "AGAIN", "INTERVAL")
"""How the name of a time ends."""
UNITS: Final = {"minutes": 60, "days": 86_400, "timeout": 1}
"""Seconds in the unit of a setting, by the end of its key."""

NO_DEADLINES: Final = {
    "clients/langfuse.py BEGAN_BEFORE": "how far a trace is looked for",
    "domain/asked.py LONGEST_SILENCE": "what a person may ask for",
    "domain/asked.py SHORTEST_SILENCE": "likewise",
    "domain/incident.py FLAPS_AFTER": "a count",
    "engine/commands/about.py LATELY": "what an answer shows",
    "engine/commands/known.py RECENT": "what is offered in a form",
    "engine/durable.py UNUSED": "of the durable library's, for what isn't used",
    "metrics.py SECONDS": "the buckets of histograms",
    "engine/fixing/parts.py OFFERED": "what fixes.limits.approval_minutes is by default",
    "engine/reconciling.py SAME_START": "how exactly moments are compared",
    "hypertool/collector.py OWED_FOR": "a part of Hypertool's metrics",
    "hypertool/desk.py LONGEST": "a bound of Hypertool's control API",
    "notify/annotations.py EXACT": "how exactly moments are compared",
    "playbook/links.py BEFORE": "what a dashboard shows",
    "playbook/words.py RECENT": "what a report shows",
    "slackbot/deciding.py LONGER": "what a button asks for",
    "storage/patience.py _INTERVAL": "how often the driver looks whether it was interrupted",
}
"""Times that nobody waits for, with what they are."""


def worth(where: str) -> Any:
    """The value of what the last column names.

    That is a file and a constant, the default of a field (`Config.compare_every`), an item
    (`INTERVALS[chat.update]`), or a setting.
    """
    names = re.findall(r"`([^`]+)`", where)
    if len(names) == 1:
        return _setting(names[0])
    module = import_module("responder." + names[0].removesuffix(".py").replace("/", "."))
    name, _, field = names[1].partition(".")
    if item := re.fullmatch(r"(\w+)\[([\w.]+)\]", names[1]):
        return getattr(module, item[1])[item[2]]
    if not field:
        return getattr(module, name)
    [found] = [one for one in dataclasses.fields(getattr(module, name)) if one.name == field]
    return found.default


def value_words(value: Any, *, tries: bool = False) -> str:
    """As the table says it: "10 s", "5 min", "4 tries", one after the other for a backoff."""
    if isinstance(value, tuple):
        return ", ".join(map(value_words, value))
    if tries:
        return f"{value} tries"
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    for unit, long in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= long and seconds % long == 0:
            return f"{seconds / long:g} {unit}"
    return f"{seconds:g} s"


def moments() -> Iterator[tuple[str, str]]:
    """Every constant of the server that is a time: its file and its name.

    That is a `timedelta`, or numbers whose name or docstring says that they are a time.
    """
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] not in NOT_SERVED:
            body = ast.parse(path.read_text(encoding="utf-8")).body
            for node, after in pairwise([*body, None]):
                if isinstance(node, ast.AnnAssign) and _is_time(node, _docstring(after)):
                    yield str(place), ast.unparse(node.target)


def _is_time(node: ast.AnnAssign, docstring: str) -> bool:
    value = node.value
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) == "timedelta"
    numbers = value.elts if isinstance(value, ast.Tuple) else [value]
    if not all(isinstance(one, ast.Constant) and type(one.value) in (int, float) for one in numbers):
        return False
    return ast.unparse(node.target).endswith(NAMES) or docstring.startswith("Seconds")


def _docstring(node: ast.stmt | None) -> str:
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _setting(key: str) -> float:
    at: Any = Settings.model_construct()
    for part in key.split("."):
        at = getattr(at, part)
    return float(at) * UNITS[key.rpartition(".")[2].rpartition("_")[2]]


def rows(text: str) -> list[Mapping[str, str]]:
    """The table's rows by its columns."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    head, *body = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines)
    return [dict(zip(head, cells, strict=True)) for cells in body]


def test_every_row_says_what_the_code_says(pages: Any) -> None:
    """Who changes a deadline changes its row, too."""
    found = rows(pages[PAGE])
    tried = re.compile("ATTEMPTS|UNDO_FAILS_AFTER")
    said = {row["where"]: row["how long"] for row in found}
    assert said == {where: value_words(worth(where), tries=bool(tried.search(where))) for where in said}
    assert len(said) == len(found) > 100


def test_no_time_of_the_server_is_missing(pages: Any) -> None:
    """A new one gets a row in the page, or says in `NO_DEADLINES` why nobody waits for it."""
    rowed = {row["where"].replace("`", "") for row in rows(pages[PAGE])}
    times = {f"{file} {name}" for file, name in moments()}
    assert times - rowed - NO_DEADLINES.keys() == set()
    assert NO_DEADLINES.keys() <= times


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.05, "0.05 s"),
        (90.0, "90 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(hours=24), "1 d"),
        (timedelta(hours=30), "30 h"),
        ((1.0, 2.0, 300.0), "1 s, 2 s, 5 min"),
    ],
)
def test_a_time_is_said_exactly(value: Any, words: str) -> None:
    assert value_words(value) == words

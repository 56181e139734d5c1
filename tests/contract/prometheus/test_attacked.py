"""Label values that would break out of a query: the real Prometheus says which series they select.

Prometheus has a series for each value. What is substituted must select exactly the series it was filled with:
by Prometheus's own parser and its own regular expressions, not by what we think of them.
"""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from responder.clients.http import Http
from responder.clients.prometheus import Prometheus
from responder.playbook.promql import parsed, substitute
from responder.testing.servers import prometheus

pytestmark = pytest.mark.scenario

NOW: Final = datetime(2026, 1, 10, 12, tzinfo=UTC)
QUERY: Final = 'attacked{victim=~"${victim}"}'
OTHERS: Final = 'attacked{victim!~"${victim}"}'
WITHIN: Final = 30.0
"""Seconds."""

PIECES: Final = (
    *('"', "'", "`", "\\", "\\\\", '\\"', "\n", "\r", "\r\n", "\t", "\0", "\x7f", "\x1b[31m", " ", "\u00a0"),
    *(
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "^",
        "$",
        ".",
        "*",
        "+",
        "?",
        "|",
        "-",
        ",",
        "#",
        "=",
        "~",
        "!",
        "/",
        "&",
    ),
    *(
        ".*",
        ".+",
        "|",
        "||",
        "(?i)",
        "(?s).",
        "[^x]",
        "\\d",
        "\\Q",
        "\\E",
        "\\x41",
        "\\u0041",
        "\\pL",
        "a{2}",
        "$1",
    ),
    *("${victim}", "${1}", "$victim", "{{ $labels.victim }}", "%s", "%00", "__name__", "<!channel>"),
    *('"} or vector(1) #', '"} or attacked{victim!="', '"}) or (attacked', '",victim=~".*', "x\ny"),
    *(
        "é",
        "e\u0301",
        "\u212a",
        "\u017f",
        "ß",
        "İ",
        "\U0001f600",
        "\u202e",
        "\u2028",
        "\ufffd",
        "\ufeff",
        "\uffff",
    ),
)
PLAIN: Final = (
    "backend-engineer",
    "Backend-Engineer",
    "backend-enginee",
    "backend-engineerx",
    "a",
    "A",
    "aa",
    "aaa",
    "k",
    "s",
)


def made(chance: random.Random, number: int) -> list[str]:
    """So many values: each piece alone, and pieces joined; with them what is nearly the same."""
    values = [*PIECES, *PLAIN, "x" * 10_000, ".*" * 2_000, '"' * 5_000, "\\" * 4_999]
    while len(values) < number:
        value = "".join(chance.choices([*PIECES, *PLAIN], k=chance.randint(2, 5)))
        values += [value, chance.choice([value + "x", "x" + value, value[1:], value[:-1], value.swapcase()])]
    return [value for value in dict.fromkeys(values) if value]  # an empty label is none


def history(values: Sequence[str]) -> str:
    """A series of each value, as OpenMetrics has it."""
    escaped = (one.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for one in values)
    at = NOW.timestamp() - 60
    lines = [f'attacked{{victim="{one}"}} {number} {at:.0f}' for number, one in enumerate(escaped)]
    return "\n".join(["# TYPE attacked gauge", *lines, "# EOF\n"])


async def selected(client: Prometheus, query: str, values: Sequence[str]) -> set[str]:
    found = await client.query(substitute(query, {"victim": values}), at=NOW, within=WITHIN)
    assert not found.left_out
    return {sample.labels["victim"] for sample in found.samples}


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as http:
        yield http


async def attack(http: Http, folder: Path, *, seed: int, number: int, rounds: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - must be repeatable
    assert parsed(QUERY)
    values = made(chance, number)
    there, absent = values[: len(values) * 4 // 5], values[len(values) * 4 // 5 :]
    (folder / "history.txt").write_text(history(there), encoding="utf-8", newline="")
    async with prometheus("", folder=folder, history=folder / "history.txt", retention="10y") as server:
        client = Prometheus(http, server.url, series_limit=len(values))
        for one in (*there, *absent):
            assert await selected(client, QUERY, [one]) == {one} & set(there), (seed, one[:60])
        for _ in range(rounds):
            some = chance.sample(values, chance.randint(2, 40))
            assert await selected(client, QUERY, some) == set(some) & set(there), (seed, some)
            assert await selected(client, OTHERS, some) == set(there) - set(some), (seed, some)


async def test_what_is_substituted_selects_exactly_its_series(http: Http, tmp_path: Path) -> None:
    await attack(http, tmp_path, seed=1, number=150, rounds=20)


@pytest.mark.soak
async def test_whatever_is_substituted_selects_exactly_its_series(http: Http, tmp_path: Path) -> None:
    await attack(http, tmp_path, seed=random.randrange(2**32), number=5_000, rounds=1_000)  # noqa: S311 - a failure tells it

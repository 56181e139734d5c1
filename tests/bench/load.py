"""The load generator: `python -m tests.bench.load --port P --path /x` posts new incidents as fast as it may.

Prints one line of JSON: requests answered as wished, seconds it took, and how long each took (milliseconds).
"""

import argparse
import asyncio
import json
from collections.abc import Iterator
from typing import Final

import uvloop

from responder.domain.clock import system_clock
from tests.bench.alerts import PATH, notification
from tests.bench.figures import percentile
from tests.bench.wire import Connection, connected

ALERT: Final = "TokenBudgetExceeded"


def main() -> None:
    """Run for so many seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default=PATH)
    parser.add_argument("--status", type=int, default=202, help="the answer that counts")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--alerts", type=int, default=1, help="in a notification")
    parser.add_argument("--run", default="run", help="makes the incidents new")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_load(parser.parse_args()))))  # noqa: T201 - this is its answer


async def _load(options: argparse.Namespace) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    bodies = _bodies(options.run, options.alerts)
    took: list[float] = []
    begun = loop.time()
    async with asyncio.TaskGroup() as group:
        for _ in range(options.connections):
            group.create_task(_client(options, bodies, begun + options.seconds, took))
    seconds = loop.time() - begun
    return {
        "requests": len(took),
        "seconds": seconds,
        "median": percentile(took, 0.5),
        "p99": percentile(took, 0.99),
    }


async def _client(
    options: argparse.Namespace, bodies: Iterator[bytes], until: float, took: list[float]
) -> None:
    loop = asyncio.get_running_loop()
    async with connected(options.port) as connection:
        while (begun := loop.time()) < until:
            await _post(connection, options, next(bodies))
            took.append((loop.time() - begun) * 1000)


async def _post(connection: Connection, options: argparse.Namespace, body: bytes) -> None:
    status, answer = await connection.post(options.path, body)
    if status != options.status:
        raise SystemExit(f"answered {status}: {answer[:200]!r}")


def _bodies(run: str, alerts: int) -> Iterator[bytes]:
    """One notification after the other, each with alerts of an incident of its own."""
    subjects = [{"persona": f"persona-@-{one}"} for one in range(alerts)]
    template = notification(ALERT, f"{run}-@", subjects, system_clock())
    for one, alert in enumerate(json.loads(template)["alerts"]):
        template = template.replace(alert["fingerprint"].encode(), b"@%08x" % one)
    for number in range(10_000_000):
        yield template.replace(b"@", b"%08x" % number)


if __name__ == "__main__":
    main()

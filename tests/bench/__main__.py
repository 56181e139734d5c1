"""`make bench`: measures on loopback what the product promises, prints it, and stops by itself.

Exit code 1: a share or a count was not reached. Figures in milliseconds or megabytes hang on the machine and
on what else it does: they are shown against their targets and fail nothing.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console

from tests.bench import changing, intake, machine, many, queries, serving, stored, storm
from tests.bench.figures import Figure
from tests.bench.options import Options
from tests.bench.table import shown

Bench = Callable[[Options, Path], Awaitable[list[Figure]]]
BENCHES: Final[Mapping[str, Bench]] = {
    "queries": queries.bench,
    "intake": intake.bench,
    "many": many.bench,
    "serving": serving.bench,
    "storm": storm.bench,
    "stored": stored.bench,
    "changing": changing.bench,
}


def main() -> int:
    """Run the benches that were asked for, all by default."""
    default = Options()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"{', '.join(BENCHES)} (default: all)")
    parser.add_argument("--rounds", type=int, default=default.rounds)
    parser.add_argument("--alerts", type=int, default=default.alerts, help="a round, told one by one")
    parser.add_argument("--idle-seconds", type=float, default=default.idle_seconds)
    parser.add_argument("--load-seconds", type=float, default=default.load_seconds)
    parser.add_argument("--storm", type=int, default=default.storm, help="alerts of a storm")
    parser.add_argument("--stored", type=int, default=default.stored, help="incidents after long use")
    parser.add_argument("--open", type=int, default=default.open, help="incidents open at once")
    asked = vars(parser.parse_args())
    names = asked.pop("benches") or list(BENCHES)
    if unknown := set(names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(names, Options(**asked)))


async def _run(names: list[str], options: Options) -> int:
    console, before = Console(width=None if sys.stdout.isatty() else 120), machine.load_average()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="responder-bench-", dir=machine.folder()) as folder:
        for name in names:
            console.print(f"{name} …")
            figures += await BENCHES[name](options, Path(folder))
    load = {"load average before": before, "and after": machine.load_average()}
    console.print(shown(figures, {**machine.facts(), **load}))
    return int(any(figure.fails for figure in figures))


if __name__ == "__main__":
    sys.exit(main())

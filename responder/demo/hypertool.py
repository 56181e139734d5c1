r"""The reference Hypertool's process.

How to drive it:

1. Write the past and load it, before Prometheus starts. `--live-from` is any moment not in the future:

       python -m responder.demo.hypertool --history past.om --live-from 2026-03-03T09:30:00+00:00 --seed 7 \
           --factor 60 --scrape-interval 0.25 --port 9464
       promtool tsdb create-blocks-from openmetrics past.om DATA_FOLDER

2. Start it with the same `--live-from`, `--seed`, `--factor`, `--variant`, `--every-day` and `--port`, best
   by way of the supervisor, which passes on what stands after `--`, and its own tokens and state folder:

       python -m responder.demo.supervisor --port 9467 --control-token-file token --state-folder state -- \
           --live-from 2026-03-03T09:30:00+00:00 --seed 7 --factor 60 \
           --port 9464 --control-port 9465 --admin-port 9466

   It lives through the eight days first (a second), then catches up with the clock. Its counters go on where
   those of the history end.

3. Play scenarios on the admin port: `POST /demo/scenario {"name": "switching-oscillation"}`, and to end it
   `{"name": null}`. `GET /demo/scenarios` lists them with the alert, labels and causes to expect, `GET
   /demo/state` says what is going on, `POST /demo/port {"port": "hangs"}` (metrics, hangs, stranger, walled,
   closed) says what answers on the metrics port. After `metrics-crashed` the process is gone: `POST
   /demo/start` on the supervisor's port begins a new one, with empty counters and full budgets, as a real one
   would; `POST /control/v1/restart` does so, too, with a token and a reason. A scenario that has `every_day`
   is told by the days before, so it must be named with `--every-day` in 1. and 2.

Prometheus's rules must be those for this factor, with a scrape interval of at most a quarter of their
shortest window (1 m / factor). What is scaled and what is not stands in `responder.demo.simclock`.
"""

import argparse
import asyncio
import logging
import secrets
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from responder.demo.history import Target, write_history
from responder.demo.metrics_port import ProcessMetrics
from responder.demo.reference import ReferenceHypertool
from responder.demo.routine import play_every_day
from responder.demo.scenarios import SCENARIOS
from responder.demo.service import LiveHypertool, admin_app, control_app
from responder.demo.simclock import HISTORY_START, LIVE, SimClock
from responder.demo.tokens import named_tokens, remembered
from responder.demo.tracing import Tracer
from responder.domain.clock import Clock, instant, system_clock
from responder.hypertool import FALLBACK_AFTER, METRICS_PORT, Variant
from responder.testing.loopback import LOOPBACK, serving

DEFAULT_FACTOR: Final = 60.0
LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger("hypertool")


def main(arguments: Sequence[str] | None = None, clock: Clock = system_clock) -> int:
    """Run until told to stop, or write the history. Answers the exit code."""
    options = _parser(clock).parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    for library in ("uvicorn", "httpx"):
        logging.getLogger(library).setLevel(logging.WARNING)
    log.info("seed %d, factor %g, %s collector", options.seed, options.factor, options.variant)
    if options.history is not None:
        return _write_history(options)
    return _run(options, clock)


def _run(options: argparse.Namespace, clock: Clock) -> int:
    code = 0
    try:
        asyncio.run(_live(options, clock))
    except* OSError as taken:
        log.error("cannot listen: %s", "; ".join(map(str, taken.exceptions)))  # noqa: TRY400 - no bug of ours
        code = 1
    return code


def _parser(clock: Clock) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m responder.demo.hypertool", description="A Hypertool to try on."
    )
    parser.add_argument("--host", default=LOOPBACK, help="the address of all three ports")
    parser.add_argument("--port", type=int, default=METRICS_PORT, help="where the metrics are exported")
    parser.add_argument("--control-port", type=int, default=9465, help="where the control API answers")
    parser.add_argument("--admin-port", type=int, default=9466, help="where the demo's own switches are")
    parser.add_argument("--control-token-file", type=Path, help="without one the control API lets nobody in")
    parser.add_argument("--langfuse", help="Langfuse's address; without one nothing is sent there")
    parser.add_argument("--state-folder", type=Path, help="where idempotency keys are kept over a restart")
    parser.add_argument(
        "--fallback-after",
        type=float,
        default=FALLBACK_AFTER.total_seconds(),
        help="seconds from the end of a lease to Hypertool's own fallback",
    )
    parser.add_argument(
        "--factor", type=float, default=DEFAULT_FACTOR, help="simulated seconds a real second"
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="of all noise")
    parser.add_argument("--variant", type=Variant, choices=tuple(Variant), default=Variant.DESIGNED)
    parser.add_argument("--live-from", type=instant, default=clock(), help="when the history ends (RFC 3339)")
    parser.add_argument(
        "--scenario", choices=[one.name for one in SCENARIOS], help="to be played from the start"
    )
    parser.add_argument(
        "--every-day",
        choices=[one.name for one in SCENARIOS if one.every_day],
        help="has been played on each of the days before",
    )
    parser.add_argument("--fresh", action="store_true", help="begin now and empty, with an ordinary day")
    parser.add_argument("--history", type=Path, help="write the past to this file instead of living")
    parser.add_argument("--scrape-interval", type=float, default=0.25, help="seconds, for the history")
    return parser


def _write_history(options: argparse.Namespace) -> int:
    hypertool = _born(options, HISTORY_START)
    target = Target(instance=f"127.0.0.1:{options.port}")
    samples = write_history(options.history, hypertool, target, options.scrape_interval)
    log.info("%d samples of history", samples)
    return 0


def _sim_clock(options: argparse.Namespace) -> SimClock:
    return SimClock(options.live_from, options.factor)


def _born(options: argparse.Namespace, start: float) -> ReferenceHypertool:
    """A Hypertool at this simulated second, which knows what it will go through on the days before live."""
    hypertool = ReferenceHypertool(_sim_clock(options), options.seed, options.variant, start)
    if options.every_day is not None and start == HISTORY_START:
        play_every_day(hypertool, options.every_day)
    return hypertool


def _begin(options: argparse.Namespace, now: datetime) -> ReferenceHypertool:
    """A Hypertool that has lived through the history, or one that begins now."""
    clock = _sim_clock(options)
    start = clock.simulated(now) if options.fresh else HISTORY_START
    hypertool = _born(options, start)
    hypertool.registry.register(ProcessMetrics(clock.moment(start).timestamp()))
    hypertool.advance(LIVE)
    return hypertool


async def _live(options: argparse.Namespace, clock: Clock) -> None:
    stop = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, stop.set)
    live = LiveHypertool(_begin(options, clock()), clock)
    if options.scenario is not None and not options.fresh:
        live.play(options.scenario)
    control = control_app(
        live,
        named_tokens(options.control_token_file),
        remembered(options.state_folder, "hypertool"),
        timedelta(seconds=options.fallback_after),
    )
    async with asyncio.TaskGroup() as tasks:
        background = [tasks.create_task(live.metrics_port.export(options.port, options.host))]
        if options.langfuse:
            tracer = Tracer(live.hypertool.langfuse, live.hypertool.clock.moment, options.langfuse)
            background.append(tasks.create_task(tracer.run()))
        async with (
            serving(control, port=options.control_port, host=options.host),
            serving(admin_app(live), port=options.admin_port, host=options.host),
        ):
            log.info("control API on port %d, switches on port %d", options.control_port, options.admin_port)
            await stop.wait()
        for task in background:
            task.cancel()


if __name__ == "__main__":
    sys.exit(main())

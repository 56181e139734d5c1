"""The reference Hypertool's supervisor: a process of its own that knows how its Hypertool is doing.

    python -m responder.demo.supervisor --port 9467 --control-token-file FILE -- <what the Hypertool is
    started with>

`GET /control/v1/process` (bearer token) answers `{running, pid, started_at, exit_code, log, restart}`: the
last lines of the log, and the exit code once it has ended; a negative one is the signal that ended it.
It restarts nothing by itself: `POST /control/v1/restart` orders it, and is answered at once (202) with the
process as it was before. It is done when the process runs with a later `started_at`. `POST /demo/start`,
which only the demo has, begins a new one where none is running.
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import AwareDatetime, BaseModel

from responder.demo.supervised import RestartState, Supervisor
from responder.demo.tokens import named_tokens, remembered
from responder.domain.clock import system_clock
from responder.hypertool import PREFIX, Answered, Answers, AnswersInMemory, Once, ProblemRoute, bearer, digest
from responder.hypertool.contract import ORDERING, answers, takes
from responder.hypertool.orders import Order, body
from responder.testing.loopback import LOOPBACK, serving

HYPERTOOL: Final = (sys.executable, "-m", "responder.demo.hypertool")
FRESH: Final = "--fresh"

log = logging.getLogger("supervisor")


class RestartShown(BaseModel):
    """The last restart that was ordered."""

    requested_at: AwareDatetime
    requested_by: str
    reason: str
    incident: str | None
    state: RestartState


class ProcessShown(BaseModel):
    """How Hypertool's process is doing."""

    running: bool
    pid: int | None
    started_at: AwareDatetime | None
    exit_code: int | None
    log: list[str]
    restart: RestartShown | None


def supervisor_app(supervisor: Supervisor, tokens: Mapping[str, str], kept: Answers | None = None) -> FastAPI:
    """What the supervisor serves, with its documentation at `/docs`.

    Args:
        supervisor: of the process.
        tokens: bearer tokens by name.
        kept: what was answered to which idempotency key.
    """
    app = FastAPI(
        title="Hypertool's supervisor", description="Tells of Hypertool's process, and restarts it."
    )
    app.include_router(_control(supervisor, tokens, Once(kept or AnswersInMemory())))

    @app.post("/demo/start", include_in_schema=False)
    async def start() -> dict[str, Any]:
        await supervisor.start()
        return supervisor.as_json()

    return app


def _control(supervisor: Supervisor, tokens: Mapping[str, str], once: Once) -> APIRouter:
    caller = bearer(tokens)
    control = APIRouter(
        prefix=PREFIX, route_class=ProblemRoute, dependencies=[Depends(caller)], tags=["supervisor"]
    )

    @control.get("/process", summary="How the process is doing", responses=answers(ProcessShown, (401,)))
    async def process() -> dict[str, Any]:
        return supervisor.as_json()

    @control.post(
        "/restart",
        status_code=202,
        summary="End the process and start another; answers the process before",
        responses=answers(ProcessShown, ORDERING, 202),
        openapi_extra=takes(None, Order),
    )
    async def restart(
        request: Request, by: Annotated[str, Depends(caller)], order: Annotated[Order, Depends(body(Order))]
    ) -> Response:
        wanted = order.model_dump(mode="json")

        async def carry_out() -> Answered:
            before = supervisor.as_json()
            supervisor.restart(by=by, reason=order.reason, incident=order.incident)
            return Answered(
                digest(request, wanted), 202, {**before, "restart": supervisor.as_json()["restart"]}
            )

        return await once.answer(request, by, wanted, carry_out)

    return control


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; the Hypertool ends with it. Answers the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m responder.demo.supervisor", description="Watches a Hypertool."
    )
    parser.add_argument("--host", default=LOOPBACK, help="where the supervisor and its Hypertool listen")
    parser.add_argument("--port", type=int, default=9467)
    parser.add_argument("--control-token-file", type=Path, help="without one the control API lets nobody in")
    parser.add_argument("--state-folder", type=Path, help="where idempotency keys are kept over a restart")
    parser.add_argument("hypertool", nargs="*", help="what the Hypertool is started with, after --")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        asyncio.run(_supervise(options))
    except OSError as taken:
        log.error("cannot listen: %s", taken)  # noqa: TRY400 - no bug of ours
        return 1
    return 0


async def _supervise(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, stop.set)
    supervisor = Supervisor((*HYPERTOOL, *options.hypertool, *_passed_on(options)), system_clock, (FRESH,))
    tokens, kept = named_tokens(options.control_token_file), remembered(options.state_folder, "supervisor")
    app = supervisor_app(supervisor, tokens, kept)
    async with serving(app, port=options.port, host=options.host):
        await supervisor.start()
        try:
            await stop.wait()
        finally:
            await supervisor.restarted()
            await supervisor.stop()


def _passed_on(options: argparse.Namespace) -> list[str]:
    """What the Hypertool is started with as well."""
    both = {"--control-token-file": options.control_token_file, "--state-folder": options.state_folder}
    passed = [word for name, path in both.items() if path is not None for word in (name, str(path))]
    return ["--host", options.host, *passed]


if __name__ == "__main__":
    sys.exit(main())

"""Ends a run when somebody asks for it: Ctrl-C, a request to end, a closed terminal.

The first ask cancels the run, so that everything it started is stopped on the way out; asks that follow are
heard and change nothing, for an impatient second Ctrl-C must not leave servers behind.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

REASONS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):  # noqa: N818 - reads as what it is
    """Somebody ended the run; everything it had started is stopped."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the first of those signals cancel the running task. What was ignored (`nohup`, `&`) stays ignored.

    Raises:
        Interrupted: one came.
    """
    asked: list[signal.Signals] = []
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def ask(reason: signal.Signals) -> None:
        if not asked and task is not None:
            task.cancel()
        asked.append(reason)

    heard = [reason for reason in REASONS if signal.getsignal(reason) is not signal.SIG_IGN]
    for reason in heard:
        loop.add_signal_handler(reason, ask, reason)
    try:
        yield
    except asyncio.CancelledError:
        if not asked:
            raise
        raise Interrupted(asked[0].name) from None
    finally:
        for reason in heard:
            with suppress(RuntimeError):  # the loop may be closing
                loop.remove_signal_handler(reason)

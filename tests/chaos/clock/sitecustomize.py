"""Gives a Python that is started with this folder in PYTHONPATH a clock that can be set.

The file CLOCK says in eight characters by how many seconds it is ahead. The monotonic clock takes no part, as
where a machine's time is set.
"""

import os
import time
from datetime import datetime, tzinfo

from responder.domain import clock

_ahead = os.open(os.environ["CLOCK"], os.O_RDONLY)  # noqa: TID251 - it is the test that says so
_machines = time.time  # noqa: TID251 - what is set


def _time() -> float:
    return _machines() + float(os.pread(_ahead, 8, 0))


class _Datetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # none of this class
        return datetime.fromtimestamp(_time(), tz)


time.time = _time  # noqa: TID251 - the durable engine's
vars(clock)["datetime"] = _Datetime  # everything else's

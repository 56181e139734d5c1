"""Writes every board to the folder, `dashboards/` by default.

python -m tools.dashboards [FOLDER]
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from tools.dashboards.parts import SCHEMA_VERSION
from tools.dashboards.persona import persona_overview
from tools.dashboards.responder import responder
from tools.dashboards.workflow import workflow_performance

BOARDS: Final[Mapping[str, Callable[[], Dashboard]]] = {
    "persona_overview.json": persona_overview,
    "workflow_performance.json": workflow_performance,
    "responder.json": responder,
}


OF_INTERVALS: Final = ("id", "auto", "auto_min", "auto_count")
"""What the SDK writes of every variable, and only variables of another type have."""


def written(board: Dashboard) -> str:
    """A board as it stands in its file."""
    made = board.build()
    made.schema_version = SCHEMA_VERSION
    plain = json.loads(json.dumps(made, cls=JSONEncoder))
    for variable in plain["templating"]["list"]:
        for key in OF_INTERVALS:
            variable.pop(key)
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Write them."""
    folder = Path(arguments[0]) if arguments else Path("dashboards")
    for name, board in BOARDS.items():
        (folder / name).write_text(written(board()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

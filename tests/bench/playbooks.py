"""The playbook that is measured: the shipped one that has the most diagnostics, or five of these.

Five is what a site without a control API and Langfuse gets answers to at once; figures say which it was.
"""

from pathlib import Path
from typing import Any, Final

import yaml

from responder.resources import resource_dir

ALERT: Final = "TokenBudgetExceeded"
FILE: Final = "token-budget-exceeded.yaml"
FIVE: Final = ("burn", "time_of_500", "tokens_a_stage_up", "use_up", "by_chatmode")


FEW: Final = len(FIVE)
ALL: Final = len(
    yaml.safe_load((resource_dir("playbooks") / FILE).read_text(encoding="utf-8"))["diagnostics"]
)


def write_five_diagnostics(folder: Path) -> Path:
    """A folder with that one playbook, with five diagnostics and the causes that they speak for."""
    shipped = yaml.safe_load((resource_dir("playbooks") / FILE).read_text(encoding="utf-8"))
    shipped["diagnostics"] = [one for one in shipped["diagnostics"] if one["id"] in FIVE]
    shipped["headline"] = [line for line in shipped["headline"] if "{budget" not in line]
    shipped["causes"] = [_cut_down(cause) for cause in shipped["causes"]]
    folder.mkdir()
    (folder / FILE).write_text(yaml.safe_dump(shipped, sort_keys=False), encoding="utf-8")
    return folder


def _cut_down(cause: dict[str, Any]) -> dict[str, Any]:
    """The cause, with the evidence that is left."""
    kept: dict[str, Any] = {
        side: [test for test in cause[side] if test.get("finding") in (None, *FIVE)]
        for side in ("for", "against")
        if side in cause
    }
    return {**cause, **kept}

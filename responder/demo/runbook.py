"""The demo's runbook: the product's, with the demo's durations and addresses, so that pasting works."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from responder.demo.faster import Faster
from responder.playbook.general import PLACE, load_general
from responder.resources import resource_dir


def write_general(playbooks: Path, faster: Faster, values: Mapping[str, str]) -> None:
    """Write the general part into a folder of playbooks.

    Args:
        playbooks: the folder.
        faster: how much faster the demo lives.
        values: what the variables of its commands are here; the others stay as they are.
    """
    general = load_general(resource_dir("playbooks"))
    if general is None:
        return
    own = tuple(
        one.model_copy(update={"value": values.get(one.name, one.value)}) for one in general.variables
    )
    here = general.scaled(float(faster.ratio)).model_copy(update={"variables": own})
    path = playbooks / PLACE
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = here.model_dump(mode="json", exclude_none=True)
    path.write_text(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=1000), encoding="utf-8")

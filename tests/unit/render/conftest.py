"""The Block Kit checker that knows Slack's published limits."""

import importlib.util
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from responder.render.blocks import SlackMessage

CHECKER = Path(__file__).parents[2] / "contract" / "slack" / "blockkit" / "blockkit_check.py"

Faults = Callable[[SlackMessage], list[str]]


@pytest.fixture(scope="session")
def published_faults() -> Faults:
    """What the schema made from Slack's own types finds wrong with a message."""
    spec = importlib.util.spec_from_file_location("blockkit_check", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its file open, and stays as it came
        spec.loader.exec_module(module)

    def faults(message: SlackMessage) -> list[str]:
        as_sent = json.loads(json.dumps({"text": message.text, "blocks": message.blocks}))
        found: list[str] = module.check(as_sent)
        return found

    return faults

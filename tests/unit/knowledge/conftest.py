"""The kinds that the product has."""

from collections.abc import Mapping

import pytest

from responder.diagnose.registry import specs
from responder.playbook.diagnostic import Diagnostic


@pytest.fixture(scope="session")
def kinds() -> Mapping[str, type[Diagnostic]]:
    return specs()

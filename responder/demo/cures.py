"""Which quick fix answers the true cause of a scenario, and makes its alert resolve while the cause lasts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from responder.demo.mending import Cure

CURES: Final[Mapping[str, Cure]] = MappingProxyType(
    {
        # However often the two hand over, the cooldown lets one switch through in 5 s.
        "switching-oscillation": Cure(fix="switch-cooldown", natural_end=True),
    }
)
"""By the name of a scenario. The others' fixes buy time or do nothing, as long as the cause lasts."""

"""What was played before must not be taken for evidence."""

from responder.demo.likely import LIKELY
from responder.demo.run import LOOKED_BACK, forgotten_at

BY_NAME = {one.name: one for one in LIKELY}
ENDED = [(BY_NAME["slow-stage-long-completions"], 1000.0)]


def test_another_cause_of_the_same_alert_is_played_once_the_first_is_forgotten() -> None:
    at = forgotten_at(BY_NAME["slow-stage-model-latency"], ENDED, factor=60)
    assert at == 1000.0 + LOOKED_BACK / 60


def test_what_is_about_something_else_waits_for_nothing() -> None:
    assert forgotten_at(BY_NAME["switching-oscillation"], ENDED, factor=60) == float("-inf")
    assert forgotten_at(BY_NAME["slow-stage-model-latency"], [], factor=60) == float("-inf")

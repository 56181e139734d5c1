"""What Slack sends, as it can be kept: no database takes half of a character, PostgreSQL no NUL either."""

import pytest

from responder.slackbot.labels import Kept
from responder.slackbot.payload import cut_down, value_of
from responder.testing.slack.methods import TEAM_ID

BY_ANN = {"user": {"id": "U0ANN"}, "team": {"id": TEAM_ID}}


@pytest.mark.parametrize("odd", ["\0", "\ud800", "\udc00\ud83d"])
def test_what_is_written_into_a_form_can_be_kept(odd: str) -> None:
    values = {"workflow": {"workflow": {"value": f"a{odd}b"}}}
    sent = {**BY_ANN, "type": "view_submission", "view": {"state": {"values": values}}}
    said = cut_down(sent)["view"]["state"]["values"]["workflow"]["workflow"]["value"]
    assert said == "a" + "\ufffd" * len(odd) + "b"


def test_what_a_form_kept_for_us_can_be_kept() -> None:
    kept = value_of(Kept, r'{"alert": "A", "channel": "C0A", "labels": {"persona\u0000": "a\u0000"}}')
    assert kept is not None
    assert kept.labels == {"persona\ufffd": "a\ufffd"}

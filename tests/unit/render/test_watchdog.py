"""What people read of a lost watchdog: within every limit, what it means and what to look at."""

import json
from collections.abc import Callable

import pytest

from responder.domain.watchdog import LossNotice
from responder.render import slack
from responder.render.blocks import SlackMessage
from responder.render.lines import PHONE_LINES
from responder.render.watchdog import loss_line, loss_lines, loss_page
from responder.testing.samples import losses
from responder.testing.slack.check import block_faults

Faults = Callable[[SlackMessage], list[str]]


def text(notice: LossNotice) -> str:
    return "\n".join(line.text for line in loss_lines(notice))


@pytest.mark.parametrize(
    "made",
    [losses.lost, losses.never_came, losses.came_back, losses.not_expected],
    ids=lambda one: one.__name__,
)
def test_every_message_is_within_slacks_limits_and_a_phones(
    made: Callable[[], LossNotice], published_faults: Faults
) -> None:
    message = slack.loss(made())
    assert published_faults(message) == []
    assert block_faults(json.loads(json.dumps(message.blocks))) == []
    assert len(loss_line(made())) <= 150
    assert sum(line.room for line in loss_lines(made())) <= PHONE_LINES
    assert "javascript:" not in json.dumps(message.blocks)


def test_it_says_what_that_means_and_what_to_look_at() -> None:
    said = text(losses.lost())
    assert said.startswith("[critical] the watchdog stopped coming: alerts may reach nobody")
    assert "If you do nothing: Hypertool's alerts may fire and nobody is told" in said
    assert "responder doctor sends a test alert the same way" in said
    assert "All incidents" in said


def test_it_says_when_it_last_came_or_that_it_never_did() -> None:
    assert "ResponderWatchdog fires always; it last came at " in text(losses.lost())
    assert "it has never come" in text(losses.never_came())


def test_at_its_end_it_says_why_and_how_long_that_was() -> None:
    assert text(losses.came_back()).startswith("[over] the watchdog comes again")
    assert "Over: after 30 min, at " in text(losses.came_back())
    assert text(losses.not_expected()).startswith("[over] the watchdog is not expected any longer")
    assert "If you do nothing" not in text(losses.came_back())


def test_a_page_says_the_same_and_leads_nowhere_that_is_no_address() -> None:
    page = loss_page(losses.lost())
    assert page.summary == loss_line(losses.lost())
    assert set(page.details) == {"What it means", "Heard", "Check"}
    assert all(page.details.values())
    assert page.links
    assert loss_page(losses.never_came()).links == ()

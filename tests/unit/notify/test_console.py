"""What somebody who watches the server sees of an incident."""

import io
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from responder.domain.notice import Notice, Receipt
from responder.domain.storm import StormNotice
from responder.domain.watchdog import LossNotice
from responder.notify.console import ConsoleNotifier, LogVoice
from responder.notify.terminal import TerminalVoice
from responder.render.watchdog import loss_line
from responder.testing.samples import lives, losses, seven, storms


class Heard:
    """A voice that writes down what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def full(self, notice: Notice) -> None:
        self.said.append(f"full {notice.incident.state}")

    def change(self, notice: Notice) -> None:
        self.said.append(f"line {notice.incident.state}")

    def storm(self, notice: StormNotice) -> None:
        self.said.append(f"storm {'over' if notice.storm.over else 'on'}")

    def loss(self, notice: LossNotice) -> None:
        self.said.append(f"loss {'over' if notice.loss.over else 'on'}")


async def heard(*notices: Notice) -> list[str]:
    voice, receipt = Heard(), None
    notifier = ConsoleNotifier(voice)
    for notice in notices:
        receipt = await notifier.tell(notice, receipt, sure=True)
    return voice.said


async def test_a_line_at_first_then_the_report_once_it_is_complete_then_lines() -> None:
    life = (lives.not_investigated(), lives.partial(), seven.token_budget_exceeded(), lives.resolved())
    assert await heard(*life) == ["line open", "full open", "line closed"]


async def test_the_report_at_once_where_it_is_complete_at_once() -> None:
    assert await heard(seven.token_budget_exceeded()) == ["full open"]


async def test_a_value_that_moved_is_not_worth_a_line() -> None:
    first = seven.token_budget_exceeded()
    assert first.report is not None
    moved = replace(first, report=replace(first.report, took=9.0))
    assert await heard(first, moved) == ["full open"]


async def test_a_return_and_a_silence_are_worth_a_line() -> None:
    life = (seven.token_budget_exceeded(), lives.came_back(), lives.silenced())
    assert await heard(*life) == ["full open", "line open", "line open"]


async def test_an_empty_receipt_is_nothing_told_yet() -> None:
    voice = Heard()
    await ConsoleNotifier(voice).tell(seven.token_budget_exceeded(), Receipt(), sure=False)
    assert voice.said == ["full open"]


async def test_a_storm_is_worth_a_line_when_it_begins_and_when_it_is_over() -> None:
    voice, receipt = Heard(), None
    notifier = ConsoleNotifier(voice)
    for notice in (storms.storm(), storms.storm(), storms.storm_over()):
        receipt = await notifier.tell_storm(notice, receipt, sure=True)
    assert voice.said == ["storm on", "storm over"]


async def test_a_lost_watchdog_is_worth_a_line_and_so_is_its_end() -> None:
    voice, receipt = Heard(), None
    notifier = ConsoleNotifier(voice)
    for notice in (losses.lost(), losses.lost(), losses.came_back()):
        receipt = await notifier.tell_loss(notice, receipt, sure=True)
    assert voice.said == ["loss on", "loss over"]


def test_the_log_says_of_a_lost_watchdog_what_the_lock_screen_says() -> None:
    events: list[tuple[str, dict[str, object]]] = []

    class Logger:
        def info(self, event: str, **facts: object) -> None:
            events.append((event, facts))

    LogVoice(Logger(), lambda _: "", lambda _: "", loss_line).loss(losses.lost())
    text = "[critical] the watchdog stopped coming: alerts may reach nobody"
    assert events == [("watchdog_told", {"text": text, "loss": "w4t7c8dg", "over": False})]


def test_the_log_has_one_event_with_a_stable_action() -> None:
    events: list[tuple[str, dict[str, object]]] = []

    class Logger:
        def info(self, event: str, **facts: object) -> None:
            events.append((event, facts))

    LogVoice(Logger(), lambda _: "[critical] words", lambda _: "", lambda _: "").full(
        seven.token_budget_exceeded()
    )
    [(action, facts)] = events
    assert action == "incident_told"
    assert facts == {
        "text": "[critical] words",
        "incident": "k7m2wq9p",
        "alert": "TokenBudgetExceeded",
        "state": "open",
        "page": seven.token_budget_exceeded().page_url,
    }


def test_the_terminal_prints_words_and_never_markup() -> None:
    out = io.StringIO()
    voice = TerminalVoice(
        Console(file=out, width=80),
        lambda _: Text("the report"),
        lambda _: "[red]a line[/red]",
        lambda _: "",
        lambda _: "[b]lost[/b]",
    )
    voice.full(seven.token_budget_exceeded())
    voice.change(seven.token_budget_exceeded())
    voice.loss(losses.lost())
    assert out.getvalue() == "the report\n[red]a line[/red]\n[b]lost[/b]\n"

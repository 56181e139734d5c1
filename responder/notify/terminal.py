"""The voice for a person who watches the server in a terminal; loaded only where there is one."""

from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.text import Text

from responder.domain.notice import Notice
from responder.domain.storm import StormNotice
from responder.domain.watchdog import LossNotice


class TerminalVoice:
    """Prints for people.

    Args:
        console: where to.
        report: renders a whole notice.
        line: renders it in one line of plain text.
        storm_line: does so with a storm.
        loss_line: does so with a lost watchdog.
    """

    def __init__(
        self,
        console: Console,
        report: Callable[[Notice], RenderableType],
        line: Callable[[Notice], str],
        storm_line: Callable[[StormNotice], str],
        loss_line: Callable[[LossNotice], str],
    ) -> None:
        self._console = console
        self._report = report
        self._line = line
        self._storm_line = storm_line
        self._loss_line = loss_line

    def full(self, notice: Notice) -> None:
        self._console.print(self._report(notice))

    def change(self, notice: Notice) -> None:
        self._console.print(Text(self._line(notice)))

    def storm(self, notice: StormNotice) -> None:
        self._console.print(Text(self._storm_line(notice)))

    def loss(self, notice: LossNotice) -> None:
        self._console.print(Text(self._loss_line(notice)))

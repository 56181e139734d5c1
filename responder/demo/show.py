"""The demo for people: says what it is doing and where to look, stage by stage.

One line a stage: when, which part of the loop, what it did. Under the last line stands what is waited for,
where the console is a terminal.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.status import Status
from rich.table import Table
from rich.text import Text

from responder.demo.outcome import Outcome, Step
from responder.demo.stage import Stage
from responder.domain.report import Verdict

LINES: Final = {
    Step.PLAYING: ("Hypertool", "something goes wrong"),
    Step.PENDING: ("Prometheus", "sees it: the alert is pending"),
    Step.FIRING: ("Prometheus", "it lasts: the alert fires"),
    Step.INCIDENT: ("Alertmanager", "tells the responder, which opens an incident"),
    Step.EXPLAINED: ("responder", "asks its playbook's questions, ranks the causes"),
    Step.TOLD: ("Slack", "people are told"),
    Step.PROPOSED: ("Slack", "the message offers a quick fix that answers the cause"),
    Step.APPROVED: ("Slack", "Approve was pressed: the quick fix is applied"),
    Step.VERIFIED: ("Prometheus", "measures that it works"),
    Step.ENDING: ("Hypertool", "what went wrong is mended"),
    Step.UNDONE: ("Hypertool", "the lease is over: the knob stands where it stood"),
    Step.RESOLVED: ("Slack", "the same message now says how it ended"),
}
NEXT: Final = {
    Step.PLAYING: "Hypertool's agents work, Prometheus measures",
    Step.PENDING: "the rule wants to see it for a while",
    Step.FIRING: "Alertmanager collects what belongs together",
    Step.INCIDENT: "the playbook is at work",
    Step.EXPLAINED: "Slack is told",
    Step.TOLD: "time to look at both pages; it is mended in a few seconds",
    Step.PROPOSED: "somebody presses Approve",
    Step.APPROVED: "it needs some time to show in what is measured",
    Step.VERIFIED: "the alert resolves, though what went wrong is still so",
    Step.ENDING: "the alert resolves, the responder measures once more",
}
VERDICTS: Final = {
    Verdict.CLEAR: "most likely: {}",
    Verdict.TIED: "can't tell apart: {}",
}
LOUD: Final = (Step.TOLD, Step.RESOLVED)
HOW_TO_SEE_MORE: Final = (
    ('make demo ARGS="--list"', "names what else can go wrong"),
    ('make demo ARGS="--scenario NAME"', "plays one of these"),
    ('make demo ARGS="--all"', "plays one for each of the seven alerts"),
)
INDENT: Final = " " * 2


class Audience:
    """Speaks to whoever watches."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage: Stage | None = None
        self._status: Status | None = None

    def say(self, line: str) -> None:
        """A line about the stage being set."""
        self._print(Text(f"{INDENT}{line}", style="dim"))

    def begin(self, stage: Stage) -> None:
        """Say where everything is."""
        self._stage = stage
        factor = stage.faster.factor
        self._print(
            Text("\nEverything runs, on this machine only. Open the first three in a browser:\n", "bold")
        )
        places = _grid(15, 27)
        places.add_row("What people see", Text(stage.slack, "bold"), "the channel, as Slack shows it")
        places.add_row("Incidents", Text(stage.responder, "bold"), "the responder's own pages")
        places.add_row("Who is woken", stage.pagerduty, "pages with the responder's notes")
        places.add_row("Alertmanager", stage.alertmanager, "")
        places.add_row("Prometheus", f"{stage.prometheus}/alerts", "")
        places.add_row("Hypertool", f"{stage.control}/docs", "its knobs")
        self._print(_indented(places))
        self._print(f"\n{INDENT}Time runs {factor} times faster: a minute takes {60 / factor:.3g} s.")
        token = stage.folder / "your-control-token"
        self._print(Text(f"{INDENT}A token for the knobs is in {token}", "dim"), soft_wrap=True)

    async def step(self, step: Step, outcome: Outcome) -> None:
        """One stage was reached."""
        self._wait_for("")
        if step is Step.PLAYING:
            self._introduce(outcome)
        part, what = LINES[step]
        line = _grid(7, 12)
        when = Text(f"{outcome.seconds[step]:.1f} s", "dim", justify="right")
        line.add_row(when, Text(part, "cyan"), Text(what, "bold" if step in LOUD else ""))
        for detail in self._details(step, outcome):
            line.add_row("", "", detail)
        self._print(_indented(line))
        self._wait_for(NEXT.get(step, ""))

    def end(self, outcome: Outcome) -> None:
        """Say what became of it."""
        self._wait_for("")
        for wrong in outcome.wrong:
            self._print(Text(f"{INDENT}not as expected: {wrong}", "red"))
        if outcome.also_fired:
            self._print(Text(f"{INDENT}Prometheus held besides: {', '.join(outcome.also_fired)}", "dim"))

    def stay(self, outcomes: Sequence[Outcome]) -> None:
        """Say that it goes on, and what else there is."""
        self.summary(outcomes)
        self._print(Text("\nEverything stays up, so look around. Ctrl-C stops it all.\n", "bold"))
        more = _grid(34)
        for command, what in HOW_TO_SEE_MORE:
            more.add_row(command, Text(what, "dim"))
        self._print(_indented(more))

    def striking(self) -> None:
        """Say that everything is being stopped."""
        self._wait_for("")
        self._print(Text("\nstopping everything that was started ...", "dim"))

    def kept(self, folder: Path) -> None:
        """Say where the logs are."""
        self._print(Text(f"the logs are in {folder}", "yellow"), soft_wrap=True)

    def summary(self, outcomes: Sequence[Outcome]) -> None:
        """The report of a whole run."""
        if not outcomes:
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("")
        table.add_column("SCENARIO", no_wrap=True)
        table.add_column("LED BY")
        for column in ("FIRED", "TOLD", "FIXED", "RESOLVED"):
            table.add_column(column, justify="right", no_wrap=True)
        for one in outcomes:
            mark = Text("passed", "green") if one.passed else Text("failed", "red")
            times = [_at(one, step) for step in (Step.FIRING, Step.TOLD, Step.VERIFIED, Step.RESOLVED)]
            table.add_row(mark, one.scenario.name, _causes(one), *times)
        self._print("")
        self._print(table)

    def _introduce(self, outcome: Outcome) -> None:
        self._print("")
        self._print(Rule(Text(outcome.scenario.alert, "bold"), align="left"))
        self._print(Text(f"{outcome.scenario.story}\n", "italic"))

    def _details(self, step: Step, outcome: Outcome) -> Sequence[Text]:
        match step:
            case Step.EXPLAINED:
                words = VERDICTS.get(Verdict(outcome.verdict)) if outcome.verdict else None
                return (Text(words.format(_causes(outcome)) if words else "no cause stands out", "cyan"),)
            case Step.TOLD:
                page = f"{self._stage.responder}/incidents/{outcome.incident}" if self._stage else ""
                return (Text(outcome.message, "reverse"), Text(page, "underline"))
            case Step.PROPOSED if outcome.left_to_people and self._stage:
                return (
                    Text("press Approve yourself, below the message in the channel:", "bold"),
                    Text(self._stage.slack, "underline"),
                )
            case Step.APPROVED:
                return (Text(outcome.fix, "cyan"),)
            case Step.RESOLVED:
                return (Text(outcome.ended, "reverse"),)
            case _:
                return ()

    def _wait_for(self, what: str) -> None:
        """Show what is waited for; an empty text: nothing."""
        with suppress(OSError):
            if self._status:
                self._status.stop()
                self._status = None
            if what and self._console.is_terminal:
                self._status = self._console.status(Text(what, "dim"), spinner="dots")
                self._status.start()

    def _print(self, what: RenderableType, *, soft_wrap: bool = False) -> None:
        with suppress(OSError):  # the terminal is gone: what runs must be stopped all the same
            self._console.print(what, soft_wrap=soft_wrap)


def _grid(*widths: int) -> Table:
    """Columns of these widths, and one more that takes what is left and wraps within itself."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for width in widths:
        grid.add_column(min_width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _indented(what: RenderableType) -> RenderableType:
    return Padding(what, (0, 0, 0, len(INDENT)))


def _causes(outcome: Outcome) -> str:
    return " or ".join(cause.replace("-", " ") for cause in outcome.leaders) or "-"


def _at(outcome: Outcome, step: Step) -> str:
    return f"{outcome.seconds[step]:.1f} s" if step in outcome.seconds else "-"

"""The demo for people: says what it is doing and where to look, stage by stage."""

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from responder.demo.play import Outcome, Step
from responder.demo.stage import Stage

WORDS: Final = {
    Step.PLAYING: "the agents behave differently now",
    Step.PENDING: "Prometheus sees it: the alert is pending",
    Step.FIRING: "the alert fires, Alertmanager is told",
    Step.INCIDENT: "the webhook came in, an incident is open",
    Step.EXPLAINED: "the playbook has run, the causes are ranked",
    Step.TOLD: "people are told",
    Step.ENDING: "the cause is taken away again",
    Step.RESOLVED: "resolved, and the message says so",
}


class Audience:
    """Speaks to whoever watches. Quiet for machines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage: Stage | None = None

    def say(self, line: str) -> None:
        """A line about the stage being set."""
        self._console.print(Text(f"  {line}", style="dim"))

    def begin(self, stage: Stage) -> None:
        """Say where everything is."""
        self._stage = stage
        places = Table(box=None, pad_edge=False, show_header=False)
        places.add_row("What people see", Text(stage.slack, style="bold"), "the channel, as Slack shows it")
        places.add_row("The responder", stage.responder, "its incidents")
        places.add_row("Alertmanager", stage.alertmanager, "")
        places.add_row("Prometheus", f"{stage.prometheus}/alerts", "")
        self._console.print("\n[bold]Everything runs.[/bold] Open these in a browser:\n")
        self._console.print(places)
        factor = stage.faster.factor
        self._console.print(
            f"\nTime runs {factor} times faster: a minute of the rules takes {60 / factor:.0f} s."
        )

    def scenario(self, outcome: Outcome) -> None:
        """Introduce what is going to happen."""
        self._console.rule(Text(outcome.scenario.alert, style="bold"))
        self._console.print(Text(outcome.scenario.story, style="italic"))

    async def step(self, step: Step, outcome: Outcome) -> None:
        """One stage was reached."""
        if step is Step.PLAYING:
            self.scenario(outcome)
        line = Text(f"{outcome.seconds[step]:6.1f} s  ", style="dim")
        line.append(WORDS[step], style="bold" if step in (Step.TOLD, Step.RESOLVED) else "")
        self._console.print(line)
        detail = self._detail(step, outcome)
        if detail:
            self._console.print(Text(f"          {detail}", style="cyan"))

    def _detail(self, step: Step, outcome: Outcome) -> str:
        match step:
            case Step.EXPLAINED:
                return f"{outcome.verdict}: {' or '.join(outcome.leaders) or 'no cause'}"
            case Step.TOLD:
                page = f"{self._stage.responder}/incidents/{outcome.incident}" if self._stage else ""
                return f"{outcome.message}\n          {page}"
            case Step.RESOLVED:
                return outcome.ended
            case _:
                return ""

    def end(self, outcome: Outcome) -> None:
        """Say what became of it."""
        for wrong in outcome.wrong:
            self._console.print(Text(f"    not as expected: {wrong}", style="red"))
        if outcome.also_fired:
            self._console.print(Text(f"    also active: {', '.join(outcome.also_fired)}", style="dim"))

    def stay(self) -> None:
        """Say that it goes on."""
        self._console.print("\nEverything stays up, so look around. Ctrl-C stops it.")

    def summary(self, outcomes: list[Outcome]) -> None:
        """The report of a whole run."""
        table = Table(box=None, pad_edge=False)
        for column in ("", "SCENARIO", "ALERT", "LEADING CAUSE", "FIRED", "TOLD", "RESOLVED"):
            table.add_column(column)
        for one in outcomes:
            mark = Text("passed", style="green") if one.passed else Text("failed", style="red")
            times = [_at(one, step) for step in (Step.FIRING, Step.TOLD, Step.RESOLVED)]
            table.add_row(mark, one.scenario.name, one.scenario.alert, " or ".join(one.leaders), *times)
        self._console.rule()
        self._console.print(table)


def _at(outcome: Outcome, step: Step) -> str:
    return f"{outcome.seconds[step]:.1f} s" if step in outcome.seconds else "-"

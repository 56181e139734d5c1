"""`responder demo`: the whole loop on this machine, for people to see and for machines to check."""

import asyncio
import secrets
from typing import Annotated

import typer
from rich.console import Console

from responder.cli.calls import FOUND_A_PROBLEM, USED_WRONGLY, JsonOption, errors_shown
from responder.cli.output import err, out, print_json
from responder.demo.interrupt import Interrupted
from responder.demo.outcome import Outcome
from responder.demo.processes import DemoFailed
from responder.demo.run import FACTOR, Plan, run
from responder.demo.scenario import Scenario
from responder.demo.scenarios import SCENARIOS, UnknownScenarioError, scenario
from responder.demo.show import Audience
from responder.demo.waiting import NotSeenError
from responder.domain.clock import system_clock
from responder.hypertool import Variant
from responder.testing.binaries import ToolMissing
from responder.testing.servers import ServerFailed

SEEDS = 10_000
USUAL = ("token-budget-prompt-bloat", "switching-oscillation")
"""Played where nothing else is asked for: one that no quick fix cures, and one with a button to press."""


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the last scenario, with a report.")] = False,
    name: Annotated[
        list[str] | None, typer.Option("--scenario", help="Play this one; may be repeated.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Play the first scenario of each alert.")] = False,
    names: Annotated[bool, typer.Option("--list", help="Name the scenarios and end.")] = False,
    seed: Annotated[int | None, typer.Option(help="Of all noise; printed when the demo chooses it.")] = None,
    variant: Annotated[Variant, typer.Option(help="How the collector exports.")] = Variant.DESIGNED,
    factor: Annotated[int, typer.Option(help="How much faster than the field.", min=1, max=120)] = FACTOR,
    json: JsonOption = False,
) -> None:
    """Play the whole loop on this machine, from Hypertool's metrics to the message people read."""
    if names:
        _list(json=json)
        return
    plan = Plan(
        scenarios=_chosen(name or [], everything=everything),
        once=once or json,
        seed=secrets.randbelow(SEEDS) if seed is None else seed,
        variant=variant,
        factor=factor,
        people=not json,
    )
    audience = Audience(Console(stderr=json, highlight=False))  # to look at, in a pipe too
    outcomes = _played(plan, audience)
    if json:
        print_json({"seed": plan.seed, "scenarios": [outcome.as_json() for outcome in outcomes]})
    elif plan.once:
        audience.summary(outcomes)
    if not all(outcome.passed for outcome in outcomes):
        raise typer.Exit(FOUND_A_PROBLEM)


def _played(plan: Plan, audience: Audience) -> list[Outcome]:
    try:
        with errors_shown():
            return asyncio.run(run(plan, audience, system_clock))
    except Interrupted as interrupted:
        err.print(f"stopped by {interrupted} before the end", markup=False)
        raise typer.Exit(FOUND_A_PROBLEM) from interrupted
    except (DemoFailed, ServerFailed, ToolMissing, NotSeenError) as error:
        err.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(FOUND_A_PROBLEM) from error


def _chosen(names: list[str], *, everything: bool) -> list[Scenario]:
    try:
        chosen = [scenario(name) for name in names]
    except UnknownScenarioError as error:
        err.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(USED_WRONGLY) from error
    firsts = {one.alert: one for one in reversed(SCENARIOS)}
    if everything:
        chosen += [one for one in SCENARIOS if firsts[one.alert] is one]
    return chosen or [scenario(one) for one in USUAL]


def _list(*, json: bool) -> None:
    alerts = list(dict.fromkeys(one.alert for one in SCENARIOS))
    scenarios = sorted(SCENARIOS, key=lambda one: alerts.index(one.alert))
    if json:
        print_json([_listed(one) for one in scenarios])
        return
    for one in scenarios:
        causes = " or ".join(one.causes)
        out.print(f"[bold]{one.name}[/bold]  {one.alert}: {causes}\n    {one.story}", highlight=False)


def _listed(one: Scenario) -> dict[str, object]:
    return {"name": one.name, "alert": one.alert, "causes": list(one.causes), "story": one.story}

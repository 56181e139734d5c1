"""`responder fixes`: what a running server proposes and holds, and what a person decides of it."""

import sys
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from responder.cli.calls import USED_WRONGLY, JsonOption
from responder.cli.fix_view import fix_lines, fixes_table, line_row
from responder.cli.output import out, print_json, print_table, short_time
from responder.cli.server import ServerOption, ask, checked_id, fail, order
from responder.domain.fix import BY_RESPONDER, FixMode, FixState
from responder.policy.breaker import words_of

MOST_MINUTES: Final = 24 * 60
PATH: Final = "/api/v1/fixes"

app: Final = typer.Typer(
    help="Quick fixes of a running server: see, approve, stop and undo them.", no_args_is_help=True
)

Fix = Annotated[str, typer.Argument(help="The fix's id.")]
WhyOption = Annotated[str, typer.Option("--why", help="Why, for the audit log.")]
StateOption = Annotated[FixState | None, typer.Option("--state", help="Only those that are.")]


@app.callback()
def fixes() -> None:
    """Quick fixes of a running server: see, approve, stop and undo them."""


@app.command("list")
def list_(
    state: StateOption = None,
    incident: Annotated[str | None, typer.Option(help="Only those of this incident.")] = None,
    limit: Annotated[int, typer.Option(help="So many, the newest.", min=1, max=200)] = 20,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """List quick fixes, the newest first, and say whether they are paused."""
    query = {"state": state and state.value, "incident": checked_id(incident), "limit": limit}
    answer = ask(server, PATH, "fixes", query)
    if json:
        print_json(answer)
        return
    if answer["fixes"]:
        print_table(fixes_table(answer["fixes"]))
    else:
        out.print("no fixes")
    for line in _standing(answer):
        out.print(line, markup=False)


@app.command()
def show(fix: Fix, server: ServerOption = None, json: JsonOption = False) -> None:
    """Show one: what it sets, until when, what that buys and why, what stands against it, and its history."""
    answer = _one(server, fix)
    print_json(answer) if json else _print(answer)


@app.command()
def approve(
    fix: Fix,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask; needed where nobody can answer.")] = False,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Show what would be set, ask, and have it applied: exactly what was shown, else nothing."""
    if not yes and (json or not sys.stdin.isatty()):
        fail("nobody can be asked here: approve with --yes", USED_WRONGLY)
    shown = _one(server, fix)
    if not json:
        _print(shown)
    if shown["state"] == FixState.PROPOSED and shown["refusal"]:
        fail(f"it would be refused: {shown['refusal_text']}")
    if not yes and not typer.confirm("Approve it?"):
        fail("not approved")
    _decide(server, fix, "approve", {"digest": shown["digest"]}, "approved", json=json)


@app.command()
def reject(fix: Fix, why: WhyOption = "", server: ServerOption = None, json: JsonOption = False) -> None:
    """Say no to a proposal."""
    _decide(server, fix, "reject", {"why": why}, "rejected", json=json)


@app.command()
def revert(fix: Fix, why: WhyOption = "", server: ServerOption = None, json: JsonOption = False) -> None:
    """Undo a lease now; only if the value is still the one that it set."""
    _decide(server, fix, "revert", {"why": why}, "is being undone", json=json)


@app.command()
def extend(
    fix: Fix,
    minutes: Annotated[int, typer.Argument(help="So much later.", min=1, max=MOST_MINUTES)],
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Have a lease end later; by exactly this once, whatever becomes of the answer."""
    shown = _one(server, fix)
    body = {"minutes": minutes, "extended": shown["extended"]}
    _decide(server, fix, "extend", body, "extended", json=json)


@app.command()
def pause(why: WhyOption = "", server: ServerOption = None, json: JsonOption = False) -> None:
    """Have no fix applied until somebody resumes; what is in force ends as it should."""
    answer = order(server, f"{PATH}/pause", "paused", {"why": why})
    print_json(answer) if json else out.print(
        "fixes are paused: nothing is applied until `responder fixes resume`"
    )


@app.command()
def resume(server: ServerOption = None, json: JsonOption = False) -> None:
    """Let fixes be applied again; what failed before counts no more."""
    answer = order(server, f"{PATH}/resume", "paused", {})
    print_json(answer) if json else out.print("fixes may be applied again")


def _one(server: str | None, fix: str) -> dict[str, Any]:
    return ask(server, _path(fix), "audit")


def _path(fix: str) -> str:
    """Where it is."""
    return f"{PATH}/{checked_id(fix)}"


def _decide(
    server: str | None, fix: str, decision: str, body: dict[str, Any], said: str, *, json: bool
) -> None:
    """Tell the server; what changed nothing has ended with 1 by then."""
    answer = order(server, f"{_path(fix)}/{decision}", "fix", body)
    now_it_is = answer["fix"]
    if json:
        print_json(answer)
    else:
        extended = now_it_is["state"] == FixState.IN_FORCE
        until = f", until {short_time(now_it_is['until'])} UTC" if extended else ""
        out.print(f"{fix} {said}{until}", markup=False)


def _print(one: dict[str, Any]) -> None:
    for line in fix_lines(one):
        out.print(line, soft_wrap=True)
    history = Table(box=None, pad_edge=False, show_header=False)
    for line in one["audit"]:
        history.add_row(*line_row(line))
    out.print()
    print_table(history)


def _standing(answer: dict[str, Any]) -> list[str]:
    """What keeps fixes from being applied, if anything does."""
    mode, breaker = answer["mode"], answer["breaker"]
    lines = []
    if mode not in {FixMode.APPROVE, FixMode.AUTO}:
        said = f"fixes.mode is {mode}" if mode else "nothing that is configured could be changed"
        lines.append(f"{said}: no fix is proposed")
    if breaker["paused"]:
        since, by = short_time(breaker["since"] or ""), breaker["by"]
        who = "the responder itself" if by == BY_RESPONDER else by
        lines.append(f"fixes are paused since {since} UTC by {who}: {words_of(breaker['why'])}")
        lines.append("when that was looked at: `responder fixes resume`")
    return lines

"""The command `responder`: one small file a command.

Exit codes: 0 fine, 1 found a problem, 2 used wrongly (a mistake in the call or in the configuration).
"""

from typing import Final

import typer

from responder.cli import check, demo, diagnose, doctor, incidents, rules, serve

app: Final = typer.Typer(
    name="responder",
    help="Answers Hypertool's alerts: investigates, explains and tells.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("check")(check.check)
app.command("diagnose")(diagnose.diagnose)
app.command("incidents")(incidents.incidents)
app.command("doctor")(doctor.doctor)
app.add_typer(rules.app, name="rules")


def main() -> None:
    """Run the command line."""
    app()

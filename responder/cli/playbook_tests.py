"""How tests of playbooks ended, in words. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text

from responder.cli.calls import plural
from responder.domain.errors import BadInput, Problem
from responder.knowledge.playbook_tests.coverage import uncovered
from responder.knowledge.playbook_tests.load import Loaded
from responder.knowledge.playbook_tests.run import Outcome
from responder.yamldoc import did_you_mean


def chosen(cases: Sequence[Loaded], wanted: str | None) -> Sequence[Loaded]:
    """The cases with these words in their names; all without any.

    Raises:
        BadInput: there is none.
    """
    found = [one for one in cases if wanted is None or wanted.lower() in one.case.name.lower()]
    if not found:
        names = [one.case.name for one in cases]
        hint = did_you_mean(wanted or "", names, listing=False)
        raise BadInput("no_case", f'no case has "{wanted}" in its name{hint}')
    return found


def case_lines(outcome: Outcome) -> Iterator[Text]:
    """A case that passed in one line; of one that did not, each miss with its place, and why."""
    word, style = ("ok  ", "green") if outcome.passed else ("FAIL", "bold red")
    loaded = outcome.loaded
    yield Text.assemble((word, style), f" {loaded.suite.alert}: {loaded.case.name}")
    for problem in outcome.problems:
        yield Text(f"     {problem}")
    for line in outcome.why:
        yield Text(f"       {line}", style="dim")


def hints(outcomes: Sequence[Outcome], *, whole: bool) -> Iterator[str]:
    """What to do about it; and, of whole files, which causes have no case."""
    if not all(outcome.passed for outcome in outcomes):
        yield "Mend the playbook at the line that is named, or, if it is right, what the case expects."
    for alert, causes in uncovered([outcome.loaded for outcome in outcomes]).items() if whole else ():
        yield f"{alert}: no case expects {', '.join(causes)}"


def summary(outcomes: Sequence[Outcome]) -> str:
    """The last line: 63 cases of 7 playbooks, 2 failed."""
    failed = sum(not outcome.passed for outcome in outcomes)
    alerts = len({outcome.loaded.suite.alert for outcome in outcomes})
    ended = f"{failed} failed" if failed else "all passed"
    return f"{plural(len(outcomes), 'case')} of {plural(alerts, 'playbook')}, {ended}"


def as_json(outcomes: Sequence[Outcome], missed_by_none: Sequence[Problem]) -> dict[str, Any]:
    """All outcomes for machines."""
    return {
        "cases": [_case(outcome) for outcome in outcomes],
        "passed": sum(outcome.passed for outcome in outcomes),
        "failed": sum(not outcome.passed for outcome in outcomes),
        "unproven": [asdict(problem) for problem in missed_by_none],
    }


def _case(outcome: Outcome) -> dict[str, Any]:
    loaded, ranking = outcome.loaded, outcome.report.alerts[0].ranking
    return {
        "alert": loaded.suite.alert,
        "case": loaded.case.name,
        "file": loaded.document.file,
        "line": loaded.document.line(loaded.path),
        "passed": outcome.passed,
        "verdict": ranking.verdict,
        "causes": {cause.cause: cause.score for cause in ranking.causes},
        "problems": [asdict(problem) for problem in outcome.problems],
        "why": list(outcome.why),
    }

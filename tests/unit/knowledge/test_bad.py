"""Every rule of the linter has a folder in `bad/` that breaks it, with what is said beside it.

A folder is named after the rule, and after a dot after its case. It has playbooks, and rules, dashboards
or a configuration where the mistake needs them.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from responder.domain.errors import Problem
from responder.domain.lint import ONLINE, LintRule
from responder.knowledge.check import checked, read_files
from responder.knowledge.lint.configured import problems_of_fixes
from responder.knowledge.lint.said import Facts
from responder.playbook.diagnostic import Diagnostic
from responder.yamldoc import read

Kinds = Mapping[str, type[Diagnostic]]

BAD = Path(__file__).parent / "bad"
FIXTURES = sorted(path for path in BAD.iterdir() if path.is_dir())


def rule_of(fixture: Path) -> str:
    return fixture.name.partition(".")[0]


def problems(fixture: Path, kinds: Kinds) -> tuple[Problem, ...]:
    """All that is said of the folder, as the command has it."""
    rules, dashboards = (
        place if place.is_dir() else None for place in (fixture / "rules", fixture / "dashboards")
    )
    files = read_files(fixture / "playbooks", kinds, rules, dashboards)
    configuration = fixture / "responder.yaml"
    others: list[Problem] = []
    if configuration.exists():
        document = read(configuration, configuration.name)
        fixes = {fix.id for one in files.playbooks if one.playbook for fix in one.playbook.fixes}
        others += problems_of_fixes(document, document.value["fixes"]["auto"], fixes)
    return checked(files, Facts(), others).problems


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_a_mistake_is_told_with_file_line_key_rule_and_what_to_do(fixture: Path, kinds: Kinds) -> None:
    told = problems(fixture, kinds)
    assert [f"{one} [{one.rule}]" for one in told] == (fixture / "expected.txt").read_text().splitlines()
    assert rule_of(fixture) in {one.rule for one in told}


def test_every_rule_that_needs_no_far_side_has_a_fixture() -> None:
    assert {rule_of(fixture) for fixture in FIXTURES} == set(LintRule) - ONLINE

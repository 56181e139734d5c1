"""What the configuration names of the playbooks exists there."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from responder.domain.errors import Problem
from responder.domain.lint import LintRule
from responder.yamldoc import Document, did_you_mean


def problems_of_fixes(document: Document, auto: Sequence[str], fixes: AbstractSet[str]) -> Iterator[Problem]:
    """Fixes that the configuration names and no playbook has.

    Args:
        document: the configuration's file.
        auto: `fixes.auto`.
        fixes: the fixes of all playbooks.
    """
    for index, name in enumerate(auto):
        if name not in fixes:
            message = f'no playbook has a fix "{name}"{did_you_mean(name, fixes)}'
            yield document.problem(("fixes", "auto", index), message, LintRule.UNKNOWN_FIX)

"""What the configuration names of the playbooks exists there."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from responder.domain.errors import Problem
from responder.domain.lint import LintRule
from responder.yamldoc import Document, KeyPath, did_you_mean


def problems_of_fixes(
    document: Document, auto: Sequence[str], commands: Mapping[str, object], fixes: AbstractSet[str]
) -> Iterator[Problem]:
    """Fixes that the configuration names and no playbook has.

    Args:
        document: the configuration's file.
        auto: `fixes.auto`.
        commands: `fixes.commands`.
        fixes: the fixes of all playbooks.
    """
    named: list[tuple[KeyPath, str]] = [(("fixes", "auto", index), name) for index, name in enumerate(auto)]
    named += [(("fixes", "commands", name), name) for name in commands]
    for path, name in named:
        if name not in fixes:
            message = f'no playbook has a fix "{name}"{did_you_mean(name, fixes)}'
            yield document.problem(path, message, LintRule.UNKNOWN_FIX)

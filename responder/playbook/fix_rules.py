"""What must hold of the quick fixes of a playbook: each declares what its action needs, and nothing else."""

from collections.abc import Iterator

from responder.domain.fix import FixKind
from responder.domain.lint import LintRule
from responder.playbook.actions import ACTIONS, Action
from responder.playbook.diagnostic import seconds
from responder.playbook.evidence import answers_yes_or_no
from responder.playbook.model import Fix, Playbook
from responder.playbook.promql import PLACEHOLDER, PromqlError, parsed
from responder.yamldoc import KeyPath, did_you_mean

Said = tuple[KeyPath, str, LintRule]
"""Where a mistake is, what to do about it, and which rule it breaks."""


def problems_of_fixes(playbook: Playbook) -> Iterator[Said]:
    """Every mistake in the fixes that is not one of any query."""
    for index, fix in enumerate(playbook.fixes):
        for path, message, rule in _fix(playbook, fix):
            yield ("fixes", index, *path), message, rule


def _fix(playbook: Playbook, fix: Fix) -> Iterator[Said]:
    action = ACTIONS.get(fix.action) if fix.action else None
    if fix.action is None:
        yield from _described_only(fix)
    elif action is None:
        message = f'there is no action "{fix.action}"{did_you_mean(fix.action, ACTIONS)}'
        yield ("action",), message, LintRule.UNKNOWN_NAME
    else:
        yield from _of_action(fix, action)
    yield from _target(playbook, fix)
    yield from _times(fix)
    yield from _yes_or_no(fix)


def _described_only(fix: Fix) -> Iterator[Said]:
    for key in _given(fix):
        yield (key,), "a fix without an action does nothing: name the action", LintRule.FIX_INCOMPLETE


def _of_action(fix: Fix, action: Action) -> Iterator[Said]:
    given = set(_given(fix))
    if fix.kind is not action.kind:
        yield ("kind",), f"what {fix.action} does is a {action.kind}", LintRule.FIX_INCOMPLETE
    elif fix.kind is FixKind.LEASE:
        for key in sorted({"set", "target"} - given):
            yield (), f"a lease by {fix.action} needs {key}", LintRule.FIX_INCOMPLETE
    else:
        for key in sorted(given - {"target"}):
            yield (key,), "a one-shot sets no value, and is not undone", LintRule.FIX_INCOMPLETE
        if "target" in given and fix.target != action.target:
            only = f"only {action.target}" if action.target else "the alert itself"
            yield ("target",), f"what {fix.action} is done to is {only}", LintRule.FIX_INCOMPLETE


def _given(fix: Fix) -> Iterator[str]:
    """Those of the keys that say what an action does which are there."""
    keys: dict[str, object] = {
        "target": fix.target,
        "set": fix.set_,
        "undo_waits": fix.undo_waits,
        "permanent": fix.permanent,
    }
    return (key for key, value in keys.items() if value is not None)


def _target(playbook: Playbook, fix: Fix) -> Iterator[Said]:
    for name in PLACEHOLDER.findall(fix.target or ""):
        if name not in playbook.variables:
            message = f'"{name}" is not among the variables of this playbook'
            yield ("target",), message + did_you_mean(name, playbook.variables), LintRule.UNKNOWN_VARIABLE


def _times(fix: Fix) -> Iterator[Said]:
    if seconds(fix.check.deadline) < seconds(fix.check.settle):
        message = "the deadline is before the first look, which is after the time to settle"
        yield ("check", "deadline"), message, LintRule.FIX_INCOMPLETE


def _yes_or_no(fix: Fix) -> Iterator[Said]:
    for path, query in fix.tests.items():
        try:
            expression = parsed(query)
        except PromqlError:
            continue  # said already
        if not answers_yes_or_no(expression):
            message = "this answers 1 or 0: compare with bool, for example … > bool 0"
            yield path, message, LintRule.FILTER_AS_EVIDENCE

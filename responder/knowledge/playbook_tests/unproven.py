"""Evidence and answers of fixes that no case would miss: without them every case still comes out as expected.

What was asked is not asked again; only the explaining is done anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from responder.domain.errors import Problem
from responder.knowledge.playbook_tests.load import About
from responder.knowledge.playbook_tests.run import Outcome, judged
from responder.playbook.model import Playbook
from responder.yamldoc import KeyPath

Lesser = Iterator[tuple[KeyPath, str, Playbook]]
"""A playbook without one thing: where that stood, what it said, and what is left."""


def unproven(outcomes: Sequence[Outcome]) -> tuple[Problem, ...]:
    """What could be left out of the playbooks, with its line; of cases that all passed."""
    return tuple(problem for group in _by_playbook(outcomes).values() for problem in _of_playbook(group))


def _by_playbook(outcomes: Sequence[Outcome]) -> Mapping[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.loaded.about.document.file].append(outcome)
    return groups


def _of_playbook(outcomes: Sequence[Outcome]) -> Iterator[Problem]:
    about = outcomes[0].loaded.about
    for path, says, lesser in (*_evidence(about.playbook), *_answers(about.playbook)):
        changed = About(lesser, about.document)
        if all(_passes(outcome, changed) for outcome in outcomes):
            yield about.document.problem(path, f"no case would miss this: {says}")


def _passes(outcome: Outcome, about: About) -> bool:
    return judged(replace(outcome.loaded, about=about), outcome.asked).passed


def _evidence(playbook: Playbook) -> Lesser:
    for index, cause in enumerate(playbook.causes):
        for key, field in (("for", "for_"), ("against", "against")):
            tests = getattr(cause, field)
            for number, test in enumerate(tests):
                lesser = cause.model_copy(update={field: _without(tests, number)})
                causes = _with(playbook.causes, index, lesser)
                left = playbook.model_copy(update={"causes": causes})
                yield ("causes", index, key, number), test.says, left


def _answers(playbook: Playbook) -> Lesser:
    for index, fix in enumerate(playbook.fixes):
        for number, cause in enumerate(fix.answers):
            lesser = fix.model_copy(update={"answers": _without(fix.answers, number)})
            fixes = _with(playbook.fixes, index, lesser)
            left = playbook.model_copy(update={"fixes": fixes})
            yield ("fixes", index, "answers", number), f'"{fix.id}" answers "{cause}"', left


def _without(items: tuple[Any, ...], number: int) -> tuple[Any, ...]:
    return (*items[:number], *items[number + 1 :])


def _with(items: tuple[Any, ...], number: int, item: object) -> tuple[Any, ...]:
    return (*items[:number], item, *items[number + 1 :])

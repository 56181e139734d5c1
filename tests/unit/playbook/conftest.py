"""What the tests of playbooks share: the kinds, the product's playbooks, and a small one to be changed."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from responder.diagnose.registry import specs
from responder.domain.errors import ConfigError, Problem
from responder.playbook.diagnostic import Diagnostic
from responder.playbook.load import load
from responder.playbook.model import Playbook, Playbooks
from responder.resources import resource_dir

SMALL = """\
alert: A
title: A title
severity: warning
category: cost
variables: [persona]
description: What it is.
impact: What it means.
headline: ["{persona} {over} over {budget:n}", "{persona} {over} over", "{persona} is over"]
if_you_do_nothing: ["At {burn} it gets worse.", "It lasts."]
measure:
  {query: 'max by (persona) (used{persona=~"${persona}"})', unit: tokens, threshold: 100, direction: above}
diagnostics:
  - {id: budget, kind: control, title: Budget, resource: "personas/${persona}/budget", unit: tokens}
  - id: burn
    kind: promql
    title: Use
    unit: tokens_per_minute
    query: 60 * sum by (persona) (rate(used{persona=~"${persona}"}[5m]))
  - id: new_modes
    kind: promql
    title: New chatmodes
    change: chatmode {chatmode} is new
    query: sum by (persona, chatmode) (used{persona=~"${persona}"})
  - {id: process, kind: control, title: Process, resource: process}
  - {id: others, kind: alerts, title: Related, names: [B]}
causes:
  - id: bloat
    title: Prompt bloat
    likelihood: high
    indicator: more tokens a stage
    for:
      - says: more tokens a stage
        weight: strong
        query: sum by (persona) (a{persona=~"${persona}"}) > bool 1
    check: Read the prompt.
  - id: no-caching
    title: No caching
    likelihood: medium
    indicator: duplicates
    check: Look for duplicates.
  - id: too-low
    title: Budget too low
    likelihood: low
    indicator: usual use
    for:
      - {says: it was changed, weight: strong, finding: budget, field: changed_recently, op: eq, value: true}
fixes:
  - {id: raise, title: Raise it, kind: lease, answers: [too-low], buys: ["500 last {burn}", "500 tokens"]}
  - {id: silence, title: Silence it, kind: one-shot}
manual_checks: [Look by hand.]
long_term: [Do better.]
prevention: [Watch it.]
related: [B]
links: {dashboard: {uid: some-board, panel: 4, variables: [persona]}, langfuse: true}
"""


@pytest.fixture(scope="session")
def kinds() -> Mapping[str, type[Diagnostic]]:
    """The kinds that the product has."""
    return specs()


@pytest.fixture(scope="session")
def shipped(kinds: Mapping[str, type[Diagnostic]]) -> Playbooks:
    """The playbooks that the product carries."""
    return load(resource_dir("playbooks"), kinds)


@pytest.fixture(scope="session")
def small_text() -> str:
    """A playbook with a bit of everything."""
    return SMALL


@pytest.fixture
def loaded(tmp_path: Path, kinds: Mapping[str, type[Diagnostic]]) -> Callable[[str], Playbook]:
    """Loads the text of one playbook."""

    def of(text: str) -> Playbook:
        (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
        (playbook,) = load(tmp_path, kinds).values()
        return playbook

    return of


@pytest.fixture
def small(loaded: Callable[[str], Playbook]) -> Playbook:
    return loaded(SMALL)


@pytest.fixture
def problems(tmp_path: Path, kinds: Mapping[str, type[Diagnostic]]) -> Callable[..., tuple[Problem, ...]]:
    """What is wrong with a folder of these texts, by file name."""

    def of(**texts: str) -> tuple[Problem, ...]:
        folder = tmp_path / "playbooks"
        folder.mkdir()
        for name, text in texts.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        try:
            load(folder, kinds)
        except ConfigError as error:
            return error.problems
        return ()

    return of

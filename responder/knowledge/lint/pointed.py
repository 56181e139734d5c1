"""What points at a dashboard points at something: rules by address, playbooks by uid."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from responder.domain.lint import LintRule
from responder.knowledge.lint.dashboard_files import Dashboard
from responder.knowledge.lint.said import Said
from responder.yamldoc import did_you_mean

Dashboards = Mapping[str, Dashboard]
"""By uid; empty if none are known."""


@dataclass(frozen=True, slots=True)
class Pointed:
    """A place in a dashboard, with the variables that are given to it."""

    uid: str
    panel: int | None = None
    variables: tuple[str, ...] = ()

    def problems(self, dashboards: Dashboards) -> Iterator[Said]:
        """What of it isn't there."""
        one = dashboards.get(self.uid)
        if one is None:
            message = f'there is no dashboard "{self.uid}"{did_you_mean(self.uid, dashboards)}'
            yield Said(LintRule.UNKNOWN_DASHBOARD, message)
            return
        if self.panel is not None and self.panel not in one.panels:
            there = ", ".join(map(str, sorted(one.panels)))
            message = f"the dashboard has no panel {self.panel} (it has {there or 'none'})"
            yield Said(LintRule.UNKNOWN_PANEL, message)
        names = [variable.name for variable in one.variables]
        for name in self.variables:
            if name not in names:
                message = f'the dashboard has no variable "{name}"{did_you_mean(name, names)}'
                yield Said(LintRule.UNKNOWN_VARIABLE, message)

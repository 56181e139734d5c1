"""Which causes the cases are about."""

from collections.abc import Iterable, Mapping

from responder.knowledge.playbook_tests.load import Loaded


def uncovered(cases: Iterable[Loaded]) -> Mapping[str, tuple[str, ...]]:
    """By alert, the causes of its playbook that no case expects to lead, nor their manual check."""
    covered: dict[str, set[str]] = {}
    causes: dict[str, tuple[str, ...]] = {}
    for loaded in cases:
        expect = loaded.case.expect
        causes[loaded.suite.alert] = tuple(cause.id for cause in loaded.playbook.causes)
        for one in (expect, *expect.each):
            leading = {one.first} if one.first else set()
            covered.setdefault(loaded.suite.alert, set()).update(leading, one.tied)
        covered[loaded.suite.alert].update(expect.checks)
    missing = {
        alert: tuple(cause for cause in all_of_them if cause not in covered[alert])
        for alert, all_of_them in causes.items()
    }
    return {alert: left for alert, left in missing.items() if left}

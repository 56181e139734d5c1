"""What is true of every query, wherever it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from promql_parser import Expr

from responder.domain.lint import LintRule
from responder.knowledge.lint import matching, names, possible, types
from responder.knowledge.lint.said import FILLED, Facts, QueryCheck, Said
from responder.playbook.promql import PLACEHOLDER, PromqlError, parsed

CHECKS: Final[tuple[QueryCheck, ...]] = (
    names.metrics,
    names.labels,
    names.values,
    names.spellings,
    names.groups,
    matching.named,
    types.rates,
    types.quantiles,
    types.windows,
)
_MAKE_IT_SILENT: Final = frozenset({LintRule.UNKNOWN_METRIC, LintRule.UNKNOWN_VALUE, LintRule.ONE_SPELLING})
"""Mistakes because of which there is no answer: to say that as well helps nobody."""


class Use(Enum):
    """What a query is for."""

    ANSWER = auto()
    """A rule's expression, a diagnostic, a panel: it has an answer, now or then."""
    EVIDENCE = auto()
    """A test: it says yes, now or then."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its variables filled by what matches everything."""

    text: str
    use: Use = Use.ANSWER

    def expression(self) -> Expr:
        """The query as it is checked.

        Raises:
            PromqlError: it is no PromQL, or has a variable where none may stand.
        """
        parsed(self.text)
        return parsed(PLACEHOLDER.sub(FILLED, self.text))


def problems_of_query(asked: Asked, facts: Facts) -> Iterator[Said]:
    """What is wrong with a query by what is known of the metrics, each thing once."""
    try:
        expression = asked.expression()
    except PromqlError as error:
        yield Said(LintRule.NOT_PROMQL, str(error))
        return
    said = list(dict.fromkeys(one for check in CHECKS for one in check(expression, facts)))
    mistyped = any(one.rule is LintRule.UNKNOWN_VALUE for one in said)
    yield from (one for one in said if not (mistyped and one.rule is LintRule.ONE_SPELLING))
    if not _MAKE_IT_SILENT & {one.rule for one in said}:
        never = possible.says_yes if asked.use is Use.EVIDENCE else possible.answers
        yield from never(expression, facts)

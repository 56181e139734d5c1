"""What the linter's checks take and answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from promql_parser import Expr

from responder.domain.lint import LintRule
from responder.knowledge.catalogue import Catalogue, carried

SCRAPE_SECONDS: Final = 15.0
"""How often Prometheus scrapes, unless it is said otherwise."""

FILLED: Final = ".*"
"""What stands in for a variable when a query is checked: a value that nothing is known of."""


class Said(NamedTuple):
    """What is wrong with a query: the rule it breaks, and what to do."""

    rule: LintRule
    message: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What queries are held against; `scrape_interval` is in seconds."""

    catalogue: Catalogue = field(default_factory=carried)
    scrape_interval: float = SCRAPE_SECONDS


QueryCheck = Callable[[Expr, Facts], Iterator[Said]]
"""One look at a query that can be parsed."""

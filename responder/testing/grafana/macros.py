"""Fills a panel's query as Grafana does before it asks Prometheus.

From Grafana's documentation of variables in Prometheus queries: several values become an alternation of
regular expressions, and `$__rate_interval` is never shorter than four scrapes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

SCRAPES: Final = 4
_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)")
_SPECIAL: Final = re.compile(r"[$^*{}\[\]'+?.()|\\]")


class UnknownVariableError(LookupError):
    """A query has a variable that neither the dashboard nor Grafana knows."""


def filled(
    expr: str, chosen: Mapping[str, Sequence[str] | None], *, step: float, scrape: float, span: float
) -> str:
    """The query that Prometheus gets.

    Args:
        expr: the panel's query.
        chosen: the values chosen for each variable; None: All, where that is the pattern `.*`.
        step: seconds between two points of the panel.
        scrape: seconds between two scrapes, as the data source says.
        span: seconds that the dashboard shows.

    Raises:
        UnknownVariableError: it has a variable that is not there.
    """
    own = {
        "__interval": _milliseconds(step),
        "__rate_interval": _milliseconds(max(step + scrape, SCRAPES * scrape)),
        "__range": _milliseconds(span),
    }

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name in own:
            return own[name]
        if name not in chosen:
            raise UnknownVariableError(name)
        return _pattern(chosen[name])

    return _VARIABLE.sub(value, expr)


def _pattern(values: Sequence[str] | None) -> str:
    if values is None:
        return ".*"
    quoted = [_SPECIAL.sub(r"\\\\\g<0>", value) for value in values]
    return quoted[0] if len(quoted) == 1 else f"({'|'.join(quoted)})"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms"

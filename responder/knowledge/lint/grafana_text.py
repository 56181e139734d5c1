"""Grafana's variables in a query, replaced by what PromQL can be parsed with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from responder.knowledge.lint.said import FILLED, SCRAPE_SECONDS
from responder.knowledge.lint.types import SCRAPES

_NAME: Final = r"[a-zA-Z_]\w*"
_VARIABLE: Final = re.compile(
    rf"\$\{{(?P<braced>{_NAME})(?:[.:][^}}]*)?\}}|\$(?P<bare>{_NAME})|\[\[(?P<old>{_NAME})(?::\w+)?\]\]"
)
_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`')
_LABEL_VALUES: Final = re.compile(
    rf"\s*label_values\(\s*(?:(?P<of>.+),\s*)?(?P<label>{_NAME})\s*\)\s*", re.DOTALL
)
_QUERY_RESULT: Final = re.compile(r"\s*query_result\((?P<of>.+)\)\s*", re.DOTALL)
_HOUR: Final = 3600
_OTHERS: Final = frozenset({"__from", "__to", "__name", "__dashboard", "__org", "__user", "__timezone"})


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills queries; `values` has what stands outside of strings, by variable."""

    names: frozenset[str]
    values: Mapping[str, str] = field(default_factory=dict)
    scrape_interval: float = SCRAPE_SECONDS

    def filled(self, query: str) -> str:
        """The query with something sensible for each variable; in strings what matches everything."""
        parts: list[str] = []
        end = 0
        for string in _STRING.finditer(query):
            parts += (self._outside(query[end : string.start()]), _VARIABLE.sub(FILLED, string.group()))
            end = string.end()
        return "".join((*parts, self._outside(query[end:])))

    def unknown(self, query: str) -> list[str]:
        """The variables that neither the dashboard nor Grafana has."""
        known = {*self.names, *self._own(), *_OTHERS}
        return [name for name in dict.fromkeys(map(_name, _VARIABLE.finditer(query))) if name not in known]

    def _outside(self, text: str) -> str:
        values = {**self.values, **self._own()}
        return _VARIABLE.sub(lambda found: values.get(_name(found), "1h"), text)

    def _own(self) -> Mapping[str, str]:
        """Grafana's own, at the width and the time range at which least is asked."""
        interval, window = self.scrape_interval, self.scrape_interval * SCRAPES
        return {
            "__interval": f"{interval * 1000:.0f}ms",
            "__interval_ms": f"{interval * 1000:.0f}",
            "__rate_interval": f"{window * 1000:.0f}ms",
            "__rate_interval_ms": f"{window * 1000:.0f}",
            "__range": f"{_HOUR}s",
            "__range_s": f"{_HOUR}",
            "__range_ms": f"{_HOUR * 1000}",
        }


def _name(found: re.Match[str]) -> str:
    return found["braced"] or found["bare"] or found["old"]


def label_values(query: str) -> tuple[str, str] | None:
    """The series (empty: all) and the label of Grafana's `label_values(series, label)`."""
    found = _LABEL_VALUES.fullmatch(query)
    return (found["of"] or "", found["label"]) if found else None


def query_result(query: str) -> str | None:
    """The query in Grafana's `query_result(query)`."""
    found = _QUERY_RESULT.fullmatch(query)
    return found["of"] if found else None

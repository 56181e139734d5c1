"""Reads of a file of Prometheus rules what playbooks must agree with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import promql_parser as ast
from promql_parser import Expr

from responder.domain.errors import Problem
from responder.domain.report import Direction
from responder.knowledge.queries import known
from responder.playbook.labels import Labels, labels_of_answer
from responder.playbook.promql import PromqlError, parsed
from responder.yamldoc import Document, read

_DIRECTIONS = {">": Direction.ABOVE, ">=": Direction.ABOVE, "<": Direction.BELOW, "<=": Direction.BELOW}


@dataclass(frozen=True, slots=True)
class Rule:
    """One alerting rule: its labels, those its alerts keep of the series, and its threshold."""

    name: str
    line: int
    labels: Mapping[str, str]
    keeps: Labels
    threshold: tuple[float, Direction] | None
    """None: it has none that is about more or less, such as `== 0`."""


def read_rules(path: Path) -> tuple[dict[str, Rule], list[Problem]]:
    """The alerting rules of a file by name, and what keeps it from being read."""
    shown_as = f"{path.parent.name}/{path.name}"
    try:
        document = read(path, shown_as)
    except OSError as error:
        return {}, [Problem(shown_as, 0, "", f"it can't be read: {error.strerror}")]
    problems = list(document.problems)
    rules: dict[str, Rule] = {}
    for number, index, item in _alerts(document):
        line = document.line(("groups", number, "rules", index))
        try:
            rules[str(item["alert"])] = _rule(item, line)
        except PromqlError as error:
            problems.append(Problem(shown_as, line, "expr", str(error)))
    return rules, problems


def _alerts(document: Document) -> Iterator[tuple[int, int, Mapping[str, object]]]:
    value = document.value
    groups = value.get("groups") if isinstance(value, dict) else None
    for number, group in enumerate(groups if isinstance(groups, list) else ()):
        for index, item in enumerate(group.get("rules", ()) if isinstance(group, dict) else ()):
            if isinstance(item, dict) and "alert" in item:
                yield number, index, item


def _rule(item: Mapping[str, object], line: int) -> Rule:
    expression = parsed(str(item.get("expr", "")))
    labels = item.get("labels")
    return Rule(
        name=str(item["alert"]),
        line=line,
        labels={str(k): str(v) for k, v in labels.items()} if isinstance(labels, dict) else {},
        keeps=labels_of_answer(expression, known),
        threshold=_threshold(expression),
    )


def _threshold(expression: Expr) -> tuple[float, Direction] | None:
    """The first comparison with a number: by convention that of the measure with its threshold."""
    match expression:
        case ast.ParenExpr():
            return _threshold(expression.expr)
        case ast.BinaryExpr() if str(expression.op) in ("or", "and", "unless"):
            return _threshold(expression.lhs)
        case ast.BinaryExpr() if isinstance(expression.rhs, ast.NumberLiteral):
            direction = _DIRECTIONS.get(str(expression.op))
            return (expression.rhs.val, direction) if direction else None
        case _:
            return None

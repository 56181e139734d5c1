"""Variables in PromQL: `${persona}` stands for the values of that label of all the incident's alerts.

It may stand only as the whole value of a regular-expression matcher, in double quotes:
`metric{persona=~"${persona}"}`. Filling it in is then a matter of quoting, never of pasting: no value can
leave the string it was put in.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import promql_parser
from promql_parser import Expr, Matcher, VectorSelector

PLACEHOLDER: Final = re.compile(r"\$\{([a-z_][a-z0-9_]*)\}")
_QUOTED: Final = re.compile(r'"\$\{([a-z_][a-z0-9_]*)\}"')
_LOOKS_LIKE_ONE: Final = re.compile(r"\$\{(?![0-9]+\})")
"""`${1}` is a group of label_replace."""

_REGEX_META: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")
_STRING_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\ufffd": "\\ufffd"}
)
"""Prometheus takes a literal U+FFFD for broken UTF-8, and a line break for an unfinished string."""


class PromqlError(ValueError):
    """A query that can't be used; the message says why, for its author."""


def variables(query: str) -> frozenset[str]:
    """The names of the variables a query uses."""
    return frozenset(PLACEHOLDER.findall(query))


def parsed(query: str) -> Expr:
    """Parse a query; a variable is taken for a value as good as any other.

    Raises:
        PromqlError: it is no PromQL, or a variable stands where none may.
    """
    marker = _unused_marker(query)
    expression = _parse(_QUOTED.sub(lambda found: f'"{marker}{found[1]}"', query))
    allowed = sum(
        str(matcher.op) in ("MatchOp.Re", "MatchOp.NotRe")
        for matcher in matchers(expression)
        if PLACEHOLDER.fullmatch(matcher.value.replace(marker, "${", 1) + "}")
    )
    if allowed < len(_LOOKS_LIKE_ONE.findall(query)):
        raise PromqlError('a variable may stand only as a matcher\'s whole value: label=~"${name}"')
    return expression


def substitute(query: str, values: Mapping[str, Sequence[str]]) -> str:
    """Fill a checked query's variables with the values that its matchers must match, exactly these.

    Args:
        query: one that `parsed` accepts.
        values: for each variable at least one value; they are untrusted.

    Raises:
        PromqlError: there is no value for a variable.
    """

    def filled(found: re.Match[str]) -> str:
        wanted = values.get(found[1])
        if not wanted:
            raise PromqlError(f"no value for ${{{found[1]}}}")
        return quoted("|".join(map(regex_quoted, dict.fromkeys(wanted))))

    return _QUOTED.sub(filled, query)


def regex_quoted(value: str) -> str:
    """A regular expression (RE2) that matches exactly this text."""
    return _REGEX_META.sub(r"\\\g<0>", value)


def quoted(value: str) -> str:
    """A PromQL string with this text; a lone surrogate, which UTF-8 can't carry, becomes U+FFFD."""
    sound = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return f'"{sound.translate(_STRING_ESCAPES)}"'


def selectors(expression: Expr) -> list[VectorSelector]:
    """All the selectors in a query, from left to right."""
    found: list[VectorSelector] = []

    def visit(node: Expr) -> bool:
        if isinstance(node, VectorSelector):
            found.append(node)
        return True

    promql_parser.walk(expression, pre_visit=visit)
    return found


def matchers_of(selector: VectorSelector) -> list[Matcher]:
    """The matchers of one selector, those joined by `or` too."""
    both = selector.matchers
    return [*both.matchers, *(matcher for group in both.or_matchers for matcher in group)]


def matchers(expression: Expr) -> Iterator[Matcher]:
    """All the matchers in a query."""
    for selector in selectors(expression):
        yield from matchers_of(selector)


def _parse(query: str) -> Expr:
    try:
        return promql_parser.parse(query)
    except ValueError as error:
        raise PromqlError(f"this is no PromQL: {error}") from error


def _unused_marker(query: str) -> str:
    marker = "variable_"
    while marker in query:
        marker += "_"
    return marker

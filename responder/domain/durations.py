"""Prometheus durations (`1h30m`), and how all durations of a file are scaled by one factor.

The demo lives faster than the field: with a factor of 1/20 five minutes become 15 s, everywhere at once: in
rules, playbooks, Prometheus and Alertmanager. The scrape interval is scaled like the rest, so a window keeps
the number of its scrapes. A factor is `new / old`; below 1 it is faster. Results are whole milliseconds, at
least one unless the duration was 0: Prometheus knows nothing shorter. A factor so small that a scrape no
longer fits into its own interval is the caller's mistake.

What is scaled in PromQL: ranges, subquery steps and offsets, and the horizon of `predict_linear`, a number of
seconds. What is not: strings, comments, names, `@` times, and thresholds such as `> 300`. A threshold is
about what Hypertool measured, and the demo observes long stages instead of sleeping through them.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

Document: TypeAlias = Mapping[str, "Document"] | Sequence["Document"] | str | int | float | bool | None

UNITS: Final = {
    "y": 31_536_000_000,
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
"""Milliseconds of each unit, in the order in which Prometheus wants them written."""

_WRITTEN: Final = ("d", "h", "m", "s", "ms")
_DURATION: Final = re.compile("".join(rf"(?:(?P<{unit}>[0-9]+){unit})?" for unit in UNITS))


class Kind(StrEnum):
    """What a piece of PromQL is, as far as scaling cares."""

    STRING = "string"
    COMMENT = "comment"
    NAME = "name"
    DURATION = "duration"
    NUMBER = "number"
    SPACE = "space"
    OTHER = "other"


class Token(NamedTuple):
    """A piece of PromQL; the pieces' texts put together are the query."""

    kind: Kind
    text: str


_TOKEN: Final = re.compile(
    r"""
      (?P<string>  "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*` )
    | (?P<comment> \#[^\n]* )
    | (?P<name>    [A-Za-z_$][\w:$]* )
    | (?P<duration> (?:\d+(?:ms|[smhdwy]))+ (?!\w) )
    | (?P<number>  0[xX][\da-fA-F]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? )
    | (?P<space>   \s+ )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)


def parse_duration(text: str) -> int:
    """Milliseconds of a Prometheus duration such as `1h30m` or `0`.

    Raises:
        ValueError: the text is no duration, or its units are not in falling order.
    """
    if text == "0":
        return 0
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"not a duration: {text!r} (write it like 30s, 5m or 1h30m)")
    return sum(int(count) * UNITS[unit] for unit, count in match.groupdict().items() if count)


def format_duration(milliseconds: int) -> str:
    """A Prometheus duration of that many milliseconds, as short as can be: 90000 is `1m30s`."""
    parts = []
    for unit in _WRITTEN:
        count, milliseconds = divmod(milliseconds, UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def scale_duration(text: str, factor: float | Fraction) -> str:
    """That duration times the factor, in whole milliseconds; at least 1 ms unless it was 0.

    Raises:
        ValueError: the text is no duration, or the factor is not above 0.
    """
    return format_duration(_scaled(parse_duration(text), factor))


def scale_promql(query: str, factor: float | Fraction) -> str:
    """The query with its ranges, steps, offsets and prediction horizons times the factor; all else as it was.

    Raises:
        ValueError: the factor is not above 0.
    """
    tokens = [
        token._replace(text=scale_duration(token.text, factor)) if token.kind is Kind.DURATION else token
        for token in tokenize(query)
    ]
    calls = [at for at, token in enumerate(tokens) if token == Token(Kind.NAME, "predict_linear")]
    for at in reversed(calls):  # the innermost first: what stands before it keeps its place
        if span := _second_argument(tokens, at + 1):
            tokens[span] = _scaled_horizon(tokens[span], factor)
    return "".join(token.text for token in tokens)


def tokenize(query: str) -> list[Token]:
    """The query in pieces; nothing is lost, and text that is no PromQL comes back as `OTHER`."""
    return [Token(Kind(match.lastgroup or Kind.OTHER), match.group()) for match in _TOKEN.finditer(query)]


FIELDS: Final[Mapping[str, Callable[[str, float | Fraction], str]]] = {
    # rules
    "expr": scale_promql,
    "for": scale_duration,
    "interval": scale_duration,
    "keep_firing_for": scale_duration,
    "query_offset": scale_duration,
    # Prometheus
    "scrape_interval": scale_duration,
    "scrape_timeout": scale_duration,
    "evaluation_interval": scale_duration,
    # Alertmanager
    "resolve_timeout": scale_duration,
    "group_wait": scale_duration,
    "group_interval": scale_duration,
    "repeat_interval": scale_duration,
}
"""The keys of rules, Prometheus and Alertmanager that hold a duration or a query, and how each is scaled."""


def scale(
    document: Document,
    factor: float | Fraction,
    fields: Mapping[str, Callable[[str, float | Fraction], str]] = FIELDS,
) -> Document:
    """A copy of a parsed YAML file with every duration in it times the factor.

    Only the string values of the keys in `fields` change, at any depth; annotations and other texts stay.

    Raises:
        ValueError: a value that should be a duration is none, or the factor is not above 0.
    """
    if isinstance(document, str) or not isinstance(document, Mapping | Sequence):
        return document
    if not isinstance(document, Mapping):
        return [scale(item, factor, fields) for item in document]
    return {
        key: fields[key](value, factor)
        if key in fields and isinstance(value, str)
        else scale(value, factor, fields)
        for key, value in document.items()
    }


def _scaled(amount: int, factor: float | Fraction) -> int:
    if not 0 < factor < math.inf:
        raise ValueError(f"a factor must be finite and above 0, not {factor}")
    return max(1, round(amount * Fraction(factor))) if amount else 0


def _second_argument(tokens: Sequence[Token], after: int) -> slice | None:
    """Where the second argument stands of the call whose bracket opens there; None without one."""
    start = None
    for at, depth in _depths(tokens, after):
        if depth == 1 and tokens[at].text == "," and start is None:
            start = at + 1
        elif depth == 0 and tokens[at].text == ")":
            return slice(start, at) if start is not None else None
    return None


def _depths(tokens: Sequence[Token], after: int) -> Iterator[tuple[int, int]]:
    """Each position from there on, with how many brackets are open once it is read."""
    depth = 0
    for at in range(after, len(tokens)):
        if tokens[at].kind is Kind.OTHER:
            depth += (tokens[at].text in "([{") - (tokens[at].text in ")]}")
        yield at, depth


def _scaled_horizon(argument: Sequence[Token], factor: float | Fraction) -> list[Token]:
    """A plain number of seconds is multiplied out; a longer expression is multiplied as it stands."""
    words = [token for token in argument if token.kind not in (Kind.SPACE, Kind.COMMENT)]
    if len(words) == 1 and words[0].kind is Kind.NUMBER:
        seconds = Token(Kind.NUMBER, _seconds(words[0].text, factor))
        return [seconds if token is words[0] else token for token in argument]
    return [Token(Kind.OTHER, " ("), *argument, Token(Kind.OTHER, f") * {float(factor):.12g}")]


def _seconds(text: str, factor: float | Fraction) -> str:
    amount = int(text, 16) if text.lower().startswith("0x") else Fraction(text)
    return format(_scaled(round(amount * 1000), factor) / 1000, ".12g")

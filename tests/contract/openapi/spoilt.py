"""Makes what is right wrong in one place or two, and whatever else anybody could send."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from hypothesis import strategies as st

ODD: Final = st.sampled_from(
    [
        "",
        "\0",
        "\ud83d",
        "\udc00\ud800",
        "a\0b",
        "\u202e",
        "${persona}",
        "<!channel>",
        "9" * 400,
        "x" * 5000,
        "1e999",
        "NaN",
        "../..",
        "'",
    ]
)
TEXT: Final = st.text(st.characters(codec=None), max_size=20) | ODD
SCALAR: Final = st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**301) | st.floats() | TEXT
ANYTHING: Final = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)

CORES: Final = (b"", b'""', rb'"\u0000"', rb'"\ud83d"', b'"\\u0000\\ud800"', b'"\0"', b'"\xed\xa0\xbd"')
"""What lies at the bottom of what is nested deeply."""
OPENS: Final = ((b"[", b"]"), (b'{"a":', b"}"), (b'[{"\\u0000":', b"}]"))
LEVELS: Final = st.sampled_from([20, 100, 190, 200, 250, 500, 900, 1000, 5000]) | st.integers(1, 30_000)
_NESTED: Final = re.compile(rb'"@nested:(\d+):(\d):(\d)@"')
NESTED: Final = st.builds(
    "@nested:{}:{}:{}@".format, LEVELS, st.integers(0, len(OPENS) - 1), st.integers(0, len(CORES) - 1)
)
"""Stands for what is nested more deeply than can be written from values; `as_json` puts it in."""

MISTAKES: Final = st.sampled_from([0, 0, 0, 0, 0, 1, 1, 1, 2])
WRONG: Final = ANYTHING | ODD | NESTED


def right_or(wrong: st.SearchStrategy[Any], *right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What is right, and one time in ten something else."""
    return st.integers(0, 9).flatmap(lambda number: wrong if number == 9 else st.one_of(*right))


@st.composite
def spoilt(draw: st.DrawFn, right: st.SearchStrategy[Any]) -> Any:
    """What is right, mostly with nothing or one thing wrong, and never with more than two."""
    document = deepcopy(draw(right))
    for _ in range(draw(MISTAKES)):
        document = draw(_mistaken(document))
    return document


@st.composite
def _mistaken(draw: st.DrawFn, document: Any) -> Any:
    places = list(_places(document))
    beside = draw(st.booleans())
    if not places:
        return draw(WRONG)
    holder, key = draw(st.sampled_from(places))
    if beside and isinstance(holder, dict):
        holder[draw(TEXT)] = draw(WRONG)
    elif draw(st.booleans()):
        holder[key] = draw(WRONG)
    else:
        del holder[key]
    return document


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Everything in it, as what holds it and by which key or at which position."""
    if not isinstance(document, dict | list):
        return
    for key in list(document) if isinstance(document, dict) else range(len(document)):
        yield document, key
        yield from _places(document[key])


def as_json(value: Any, *, escaped: bool = True) -> bytes:
    """As it is sent; not `escaped` also half characters travel as bytes, which is no UTF-8 then."""
    written = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    return _NESTED.sub(_nested, written)


def _nested(found: re.Match[bytes]) -> bytes:
    levels, how, core = map(int, found.groups())
    opening, closing = OPENS[how]
    return opening * levels + (CORES[core] or (b"" if how == 0 else b"0")) + closing * levels


def bodies(right: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """JSON that is mostly right, and one time in ten whatever else, or no JSON at all."""
    written = st.builds(as_json, spoilt(right), escaped=st.sampled_from([True, True, True, False]))
    return right_or(ANYTHING.map(as_json) | NESTED.map(as_json) | st.binary(max_size=200), written)

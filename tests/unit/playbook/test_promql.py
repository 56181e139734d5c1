"""Variables in PromQL: where they may stand, and that no value gets out of the string it is put in."""

import re

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from promql_parser import Expr

from responder.playbook.promql import (
    PromqlError,
    matchers_of,
    parsed,
    selectors,
    substitute,
    variables,
)

NASTY = (
    *('a"b', "a\\", "\\n", "a\nb", "\r", '"} or vector(1) #', "${persona}", "$1", "`x`", "{}"),
    *("|", ".*", "(?i)x", "", "\u00e9\U0001f600\x00\u2028", "\ufffd"),
)

TWO = 'sum by (persona) (a{persona=~"${persona}",x="y"}) / b{mode!~"${mode}"}'


def shape(expression: Expr) -> list[tuple[str | None, list[tuple[str, str]]]]:
    return [(one.name, [(m.name, str(m.op)) for m in matchers_of(one)]) for one in selectors(expression)]


@pytest.mark.parametrize(
    "query",
    [
        'a{persona=~"${persona}"}',
        'a{persona!~"${persona}"}',
        'a{from_persona=~"${persona}"}',  # the label needn't be the variable's namesake
        'label_replace(a, "b", "${1}", "c", "(.*)")',  # a group, no variable
        'a{b=~"variable_x",c=~"${x}"}',
    ],
)
def test_a_variable_may_be_a_matchers_whole_value(query: str) -> None:
    assert parsed(query)


@pytest.mark.parametrize(
    "query",
    [
        'a{persona="${persona}"}',  # several values can't be equal to one
        "a{persona=~'${persona}'}",  # other quotes, other escapes
        "a{persona=~`${persona}`}",
        'a{persona=~"x-${persona}"}',
        'a{persona=~"${Persona}"}',
        "${metric}",
        "a[${range}]",
        'label_replace(a, "b", "${persona}", "c", "(.*)")',
        'a # "${persona}"',
        "a{b=~'\"${persona}\"'}",
    ],
)
def test_a_variable_anywhere_else_is_refused(query: str) -> None:
    with pytest.raises(PromqlError):
        parsed(query)


def test_what_the_parser_says_is_passed_on() -> None:
    with pytest.raises(PromqlError, match="expected type matrix in call to function 'rate'"):
        parsed("rate(a)")


def test_a_variable_without_a_value_is_refused() -> None:
    with pytest.raises(PromqlError, match="persona"):
        substitute('a{persona=~"${persona}"}', {"persona": []})


def test_the_names_of_variables_are_found() -> None:
    assert variables(TWO) == {"persona", "mode"}


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(NASTY), min_size=1))
def test_any_values_leave_the_query_as_it_was_and_match_exactly_themselves(values: list[str]) -> None:
    """Parsed again it has the same selectors and matchers, and the regular expression matches only these."""
    query = substitute(TWO, {"persona": values, "mode": values[:1]})
    again = promql_parser.parse(query)
    assert shape(again) == shape(parsed(TWO))
    pattern = next(m.value for m in matchers_of(selectors(again)[0]) if m.name == "persona")
    matches = re.compile(pattern).fullmatch
    for value in values:
        assert matches(value)
        for other in (value + "x", "x" + value, value.upper(), value[1:]):
            assert other in values or not matches(other)


def test_a_lone_surrogate_is_asked_for_as_the_replacement_character() -> None:
    """What Go makes of it; UTF-8 can't carry it."""
    assert substitute('a{b=~"${b}"}', {"b": ["\ud800"]}) == 'a{b=~"\\ufffd"}'


def test_values_are_quoted_as_re2_and_promql_want_it() -> None:
    query = substitute('a{b=~"${b}"}', {"b": ['a.b"\\', "c|d\n", 'a.b"\\']})
    assert query == r'a{b=~"a\\.b\"\\\\|c\\|d\n"}'

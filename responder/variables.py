"""Which variable of the environment a mistake in the configuration stands in."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

PREFIX: Final = "RESPONDER_"
BETWEEN: Final = "__"
SEVERAL: Final = ", "

Key = tuple[str, ...]


class Blamed(NamedTuple):
    """The variables that a mistake stands in, and the key within what one says, where it says several."""

    variables: str
    key: str = ""


def to_blame(variables: Mapping[str, str], key: str, message: str, *, filed: bool) -> Blamed | None:
    """The variables that a mistake stands in; None: it stands in the file.

    The environment wins over the file key by key, so of two that give the same it is the variable.

    Args:
        variables: those that are settings, with their values.
        key: what it is about, as it is written: server.tokens[0].name; a section, or nothing for all.
        message: what is wrong, with the names of keys, or with the value in quotes.
        filed: whether the file says anything under this key.
    """
    at = tuple(part for part in re.split(r"[.\[\]]+", key.lower()) if part)
    by_key = {_key_of(variable): variable for variable in variables}
    for length in range(len(at), 0, -1):
        if at[:length] in by_key:
            return Blamed(by_key[at[:length]], _text(at[length:]))
    under = {one[len(at) :]: variable for one, variable in by_key.items() if one[: len(at)] == at}
    named = [variable for one, variable in under.items() if _said(one, variables[variable], message)]
    blamed = named or ([] if filed else [*under.values()])
    return Blamed(SEVERAL.join(sorted(blamed))) if blamed else None


def no_json(variables: Mapping[str, str], value: str) -> str:
    """The variable that has this value, which was to be JSON."""
    return SEVERAL.join(sorted(name for name, given in variables.items() if given == value))


def _text(key: Key) -> str:
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in key).removeprefix(".")


def _key_of(variable: str) -> Key:
    return tuple(variable.upper().removeprefix(PREFIX).lower().split(BETWEEN))


def _said(key: Key, value: str, message: str) -> bool:
    """Whether a message names a key, or quotes its value."""
    name = re.escape(".".join(key))
    quoted = value != "" and f'"{value}"' in message
    return quoted or re.search(rf"(?<![\w.]){name}(?![\w.]*\w)", message) is not None

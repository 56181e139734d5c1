"""What the keys of our files mean: the docstrings below the fields of their models."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


def meaning(model: type[BaseModel], name: str) -> str:
    """What a field means, on one line; empty if nothing is said."""
    info = model.model_fields[name]
    said = info.description or next(
        (words for base in model.__mro__ if (words := _below(base).get(name))), ""
    )
    return one_line(said)


def meaning_of_word(word: Enum) -> str:
    """What a member of an enumeration means, on one line; empty if nothing is said."""
    return one_line(_below(type(word)).get(word.name, ""))


def about(model: type) -> str:
    """What a model itself is: its docstring, without those it inherits."""
    return inspect.cleandoc(model.__dict__.get("__doc__") or "")


def one_line(text: str) -> str:
    return " ".join(text.split())


@cache
def _below(model: type) -> Mapping[str, str]:
    """The docstrings below the fields that a class itself declares."""
    if model.__module__ == "builtins" or not model.__module__.startswith("responder."):
        return {}
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    return dict(_pairs(body.body)) if isinstance(body, ast.ClassDef) else {}


def _pairs(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, words in pairwise(body):
        target = field.target if isinstance(field, ast.AnnAssign) else None
        if isinstance(field, ast.Assign):
            target = field.targets[0] if isinstance(field.targets[0], ast.Name) else None
        constant = words.value if isinstance(words, ast.Expr) else None
        if isinstance(target, ast.Name) and isinstance(constant, ast.Constant):
            yield target.id, str(constant.value)

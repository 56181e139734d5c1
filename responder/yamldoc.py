"""YAML files that know their lines, so that a mistake is shown where it stands.

Used by the settings and by playbooks: `read` a file, validate its value with a pydantic model, and turn what
the model says into problems with file, line, the user's own key, and what to do.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from responder.domain.errors import Problem
from responder.domain.lint import LintRule

KeyPath = tuple[str | int, ...]
"""Where a value stands: ("causes", 1, "for", 0, "query")."""

MERGE_KEYS: Final = "<<"
SECRET: Final = re.compile(r"token|secret|password|key")
"""Keys whose values must not be repeated in an error."""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as plain data, with the line of every key."""

    file: str
    text: str
    value: Any
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    """Syntax errors and keys written twice."""

    def line(self, path: KeyPath) -> int:
        """The line of a key; of the nearest one above it where the key itself is not there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: KeyPath, message: str, rule: str = "") -> Problem:
        return Problem(self.file, self.line(path), key_text(path), message, rule)


def key_text(path: KeyPath) -> str:
    """A key path as its author would write it: causes[1].for[0].query."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read(path: Path, shown_as: str = "") -> Document:
    """Read one YAML file; what is wrong with it is in `problems`, its value is then None.

    Raises:
        OSError: the file can't be read.
    """
    return parse(path.read_text(encoding="utf-8", errors="replace"), shown_as or str(path))


def parse(text: str, file: str) -> Document:
    """Read YAML text; at most one document."""
    try:
        node = _composed(text)
        value = None if node is None else yaml.SafeLoader("").construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = f"this is no YAML: {getattr(error, 'problem', None) or error}"
        problem = Problem(file, line, "", message, LintRule.UNREADABLE)
        return Document(file, text, None, problems=(problem,))
    lines: dict[KeyPath, int] = {}
    problems = [] if node is None else list(_walk(node, (), file, lines))
    return Document(file, text, value, lines, tuple(problems))


def _composed(text: str) -> yaml.Node | None:
    """The nodes of a text: by libyaml, 15 times as fast, and again by PyYAML if it has to complain."""
    try:
        return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader)


def _walk(node: yaml.Node, path: KeyPath, file: str, lines: dict[KeyPath, int]) -> Iterator[Problem]:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, index), file, lines)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines and key.value != MERGE_KEYS:
                message = f"this key stands here twice; the first is in line {lines[here]}"
                yield Problem(file, key.start_mark.line + 1, key_text(here), message)
            lines[here] = key.start_mark.line + 1
            yield from _walk(value, here, file, lines)


def validation_problems(
    document: Document, error: ValidationError, model: type[BaseModel], under: KeyPath = ()
) -> list[Problem]:
    """What a model says against a document, in the words of whoever wrote the file."""
    found = []
    for detail in error.errors(include_url=False, include_context=True):
        path = under + _own_path(detail, document, under, model)
        found.append(document.problem(path, _message(detail, model)))
    return found


def _own_path(detail: ErrorDetails, document: Document, under: KeyPath, model: type[BaseModel]) -> KeyPath:
    """The part of pydantic's location that its author knows: it puts names of union members between."""
    path: KeyPath = ()
    loc = detail["loc"]
    named = detail["type"] in ("missing", "extra_forbidden")  # its last part is that very key
    for index, part in enumerate(loc):
        last = named and index == len(loc) - 1
        if last or (*under, *path, part) in document.lines or part in keys_at(model, loc[:index]):
            path = (*path, part)
    return path


def _message(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, loc, value = detail["type"], detail["loc"], detail.get("input")
    if kind == "missing":
        return "this key is missing"
    if kind == "extra_forbidden":
        return f"there is no such key{did_you_mean(str(loc[-1]), keys_at(model, loc[:-1]))}"
    text = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    text = text[:1].lower() + text[1:]
    if kind in ("value_error", "assertion_error") or isinstance(value, (Mapping, list)):
        return text
    if SECRET.search(str(loc[-1])):
        return text
    hint = ""
    if kind in ("enum", "literal_error"):
        hint = did_you_mean(str(value), re.findall(r"'([^']+)'", text), listing=False)
    return f"{text}, not {shown(value)}{hint}"


def did_you_mean(word: str, known: Iterable[str], *, listing: bool = True) -> str:
    """A hint at the nearest known word, or at all of them if they are few; empty if there is none."""
    choices = sorted(known)
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f' (did you mean "{near[0]}"?)'
    few = 15
    return f" (known are: {', '.join(choices)})" if listing and 0 < len(choices) <= few else ""


def shown(value: object) -> str:
    """A value from a file as an error may show it: short."""
    longest = 60
    text = repr(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def keys_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    """The keys that may stand where `loc` points in a model's document."""
    models = {model}
    for part in loc:
        if isinstance(part, str):
            models = {
                inner
                for one in models
                for name, info in one.model_fields.items()
                if part in (name, info.alias)
                for inner in _models_in(info.annotation)
            } or models
    return {info.alias or name for one in models for name, info in one.model_fields.items()}


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is not None:
        for argument in get_args(annotation):
            yield from _models_in(argument)

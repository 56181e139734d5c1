"""JSON files that know their lines, as `responder.yamldoc` does for YAML.

YAML's parser is no help here: it knows no tabs between tokens and no surrogate pairs, and reads 1e5 as text.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from responder.domain.errors import Problem
from responder.domain.lint import LintRule
from responder.yamldoc import Document, KeyPath, key_text

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_SCALARS: Final = json.JSONDecoder()
DEEPEST: Final = 100
"""Values within values; what nests deeper is no file of ours."""


def read_json(path: Path, shown_as: str) -> Document:
    """Read one JSON file; what is wrong with it is in `problems`, its value is then None.

    Raises:
        OSError: the file can't be read.
    """
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    reader = _Reader(text, shown_as)
    try:
        value = reader.whole()
    except json.JSONDecodeError as error:
        message = f"this is no JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        problem = Problem(shown_as, error.lineno, "", message, LintRule.UNREADABLE)
        return Document(shown_as, text, None, problems=(problem,))
    return Document(shown_as, text, value, reader.lines, tuple(reader.problems))


class _Reader:
    """Reads one text, from one place to the next."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self._counted = (0, 1)

    def whole(self) -> Any:  # noqa: ANN401 - whatever JSON can say
        """The one value of the text."""
        value, end = self.value(self.space(0), ())
        if (rest := self.space(end)) != len(self.text):
            raise json.JSONDecodeError("there is something after its end", self.text, rest)
        return value

    def space(self, at: int) -> int:
        """The next place with something in it."""
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, path: KeyPath) -> tuple[Any, int]:
        """The value that begins here, and where it ends."""
        if len(path) > DEEPEST:
            raise json.JSONDecodeError("it nests too deep", self.text, at)
        self.lines.setdefault(path, self._line(at))
        match self.text[at : at + 1]:
            case "{":
                return self._object(at, path)
            case "[":
                return self._list(at, path)
            case _:
                return _SCALARS.raw_decode(self.text, at)

    def _object(self, at: int, path: KeyPath) -> tuple[dict[str, Any], int]:
        made: dict[str, Any] = {}
        at = self.space(at + 1)
        while self.text[at : at + 1] != "}":
            if self.text[at : at + 1] != '"':
                raise json.JSONDecodeError('a key in double quotes, or a "}", is missing', self.text, at)
            key, end = _SCALARS.raw_decode(self.text, at)
            here = (*path, key)
            if key in made:
                message = f"this key stands here twice; the first is in line {self.lines[here]}"
                line = self._line(at)
                self.problems.append(Problem(self.file, line, key_text(here), message, LintRule.SHAPE))
            self.lines[here] = self._line(at)
            made[key], at = self.value(self._expect(":", end), here)
            at = self._next(at, "}")
        return made, at + 1

    def _list(self, at: int, path: KeyPath) -> tuple[list[Any], int]:
        made: list[Any] = []
        at = self.space(at + 1)
        while self.text[at : at + 1] != "]":
            value, at = self.value(at, (*path, len(made)))
            made.append(value)
            at = self._next(at, "]")
        return made, at + 1

    def _expect(self, mark: str, at: int) -> int:
        at = self.space(at)
        if self.text[at : at + 1] != mark:
            raise json.JSONDecodeError(f'a "{mark}" is missing', self.text, at)
        return self.space(at + 1)

    def _next(self, at: int, closing: str) -> int:
        """After a value: the next one's beginning, or the closing mark."""
        at = self.space(at)
        if self.text[at : at + 1] == closing:
            return at
        after = self._expect(",", at)
        if self.text[after : after + 1] == closing:
            raise json.JSONDecodeError("there is a comma before the end", self.text, at)
        return after

    def _line(self, at: int) -> int:
        """The line of a place that is not before the last one asked for."""
        before, line = self._counted
        line += self.text.count("\n", before, at)
        self._counted = (at, line)
        return line

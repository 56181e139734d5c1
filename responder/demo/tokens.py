"""The tokens of the control API and of the supervisor, and where both keep what they answered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from responder.hypertool import Answers, AnswersInFile, AnswersInMemory

RESPONDER: Final = "responder"
"""Who has a token that stands alone on its line."""


def named_tokens(file: Path | None) -> Mapping[str, str]:
    """The tokens of a file by their names: a line each, `NAME TOKEN`, or the responder's token alone.

    Raises:
        ValueError: a name comes twice, or a line has more than two words.
        OSError: the file can't be read.
    """
    tokens: dict[str, str] = {}
    for words in map(str.split, [] if file is None else file.read_text(encoding="utf-8").splitlines()):
        if not words:
            continue
        name, token, *more = words if len(words) > 1 else (RESPONDER, *words)
        if more or name in tokens:
            raise ValueError(f"{file}: tokens: one line for each name, with one token; see {name}")
        tokens[name] = token
    return tokens


def remembered(folder: Path | None, who: str) -> Answers:
    """Where answers are kept: over a restart if there is a folder."""
    return AnswersInMemory() if folder is None else AnswersInFile(folder / f"{who}-answers.json")

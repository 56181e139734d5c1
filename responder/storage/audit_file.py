"""The audit log as a file of JSON lines: a line a row, in the order of the rows, none lost.

Whoever rotates the file may move it away at any time: it is opened for each portion. How far it goes stands
in its own last line, and beside it in `<name>.position`, which is what is left when it was moved away.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from responder.domain.errors import Reason, Refused
from responder.storage.audit import Line

SYSTEM: Final = "audit.file"
TAIL: Final = 256 * 1024
"""Bytes at the end of the file that are looked at for its last line; a line has some hundred."""


def written_until(path: Path) -> int:
    """The `seq` of the last row that is in the file, or was before it was moved away; 0 if there is none.

    A line that a crash cut short is taken away: its row is written again.

    Raises:
        Refused: it can't be read or changed.
    """
    try:
        return max(_last_line(path), _position(_beside(path)))
    except OSError as error:
        raise Refused(SYSTEM, Reason.REFUSED, str(error)) from error


def append(path: Path, lines: Sequence[Line]) -> None:
    """Write rows to the end of the file, so that they are there whatever happens then.

    Raises:
        Refused: it can't be written to; whether a part of them was is for `written_until` to tell.
    """
    text = "".join(json.dumps(line.document(), ensure_ascii=False) + "\n" for line in lines)
    try:
        with path.open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        _replace(_beside(path), str(lines[-1].seq))
    except OSError as error:
        raise Refused(SYSTEM, Reason.REFUSED, str(error)) from error


def _last_line(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) < len(tail):
            file.truncate(size - len(tail) + len(whole))
    *_, last = [b"", *whole.splitlines()]
    return _seq(last)


def _seq(line: bytes) -> int:
    try:
        read: Any = json.loads(line)
    except ValueError:
        return 0
    seq = read.get("seq") if isinstance(read, dict) else None
    return seq if isinstance(seq, int) else 0


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.position")


def _position(path: Path) -> int:
    text = path.read_text(encoding="ascii").strip() if path.exists() else ""
    return int(text) if text.isdecimal() else 0


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(f"{text}\n", encoding="ascii")
    new.replace(path)

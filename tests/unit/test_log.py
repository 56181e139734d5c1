"""What the log looks like, to people and to machines."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from responder import log
from responder.log import Action

LOADED = """
import sys
from responder.cli import command
command("serve")
unwanted = {"rich", "pygments", "alembic", "slack_bolt"}
print(*sorted(unwanted & {name.partition(".")[0] for name in sys.modules}))
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_for_machines_is_logfmt() -> None:
    """Time, level and action come first; what has spaces or line ends in it is quoted, on one line."""
    stream = io.StringIO()
    log.configure(stream=stream)
    log.get_logger().warning(Action.TOLD, incident="k7m2wq9p", text='two "words"\nand a line')
    line = stream.getvalue()
    assert line.startswith("timestamp=2")
    assert line.endswith(
        'Z level=warning action=told incident=k7m2wq9p text="two \\"words\\"\\nand a line"\n'
    )


def test_what_libraries_say_goes_the_same_way() -> None:
    stream = io.StringIO()
    log.configure(stream=stream)
    logging.getLogger("uvicorn").warning("odd %s", "thing")
    assert 'level=warning action="odd thing"' in stream.getvalue()


def test_a_trace_stays_on_its_line() -> None:
    stream = io.StringIO()
    log.configure(stream=stream)
    log.get_logger().error(Action.MOVE_FAILED, exc_info=ValueError("broken\nin two lines"))
    [line] = stream.getvalue().splitlines()
    assert "action=move_failed" in line
    assert "ValueError: broken\\nin two lines" in line


def test_a_line_for_people_is_laid_out() -> None:
    stream = Terminal()
    log.configure(stream=stream)
    log.get_logger().info(Action.TOLD, incident="k7m2wq9p")
    assert "told" in stream.getvalue()
    assert "action=" not in stream.getvalue()


def test_a_server_carries_nothing_that_only_a_terminal_needs() -> None:
    """Libraries load it where they find it; it would be a twentieth of the memory."""
    ran = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []

"""Keeps a file of JSON lines up with the audit log; what a crash or a full disk left out is written later."""

from dataclasses import dataclass
from pathlib import Path

from responder.domain.errors import ResponderError
from responder.engine.desk import Desk
from responder.log import Action, get_logger
from responder.storage import audit, audit_file

log = get_logger()


@dataclass(slots=True)
class AuditFile:
    """A chore of every few seconds, of each replica for its own file: it reads, and writes what is new."""

    desk: Desk
    path: Path
    _until: int | None = None
    """The last row that was written; None: the file tells."""

    async def run(self) -> int:
        """How many rows were written.

        Raises:
            Refused: the file can't be written to.
            Busy: the database can't be read.
        """
        return await self.desk.aside(self.write)

    def write(self) -> int:
        """The same, off the event loop."""
        number = 0
        while lines := self._new():
            try:
                audit_file.append(self.path, lines)
            except ResponderError:
                self._until = None
                raise
            self._until = lines[-1].seq
            number += len(lines)
        return number

    def _new(self) -> tuple[audit.Line, ...]:
        if self._until is None:
            self._until = audit_file.written_until(self.path)
            self._begin_anew_if_another()
        with self.desk.database.read() as connection:
            return audit.after(connection, self._until)

    def _begin_anew_if_another(self) -> None:
        """A file that is ahead of the log was written for another database."""
        with self.desk.database.read() as connection:
            newest = audit.newest(connection)
        if self._until is not None and self._until > newest:
            log.warning(Action.AUDIT_FILE_AHEAD, file=str(self.path), written=self._until, newest=newest)
            self._until = 0

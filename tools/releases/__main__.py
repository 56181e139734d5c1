"""`python -m tools.releases`: keep a database as the version of now leaves it when it is killed.

To be called once a release, after its last change of tables or orders; a version that is kept already is kept
anew. `tests/durable/test_upgrade.py` upgrades every one of them.
"""

import asyncio
import gzip
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

from responder.testing.postgres import running_postgres
from tools.releases.dump import postgres_dump, sqlite_dump
from tools.releases.story import live

KEPT: Final = Path(__file__).parents[2] / "tests" / "durable" / "releases"


def main() -> None:
    """Live through the story on both databases, and keep what is in them then."""
    folder = KEPT / version("hypertool-responder")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "responder.db"
        dumped = asyncio.run(live(f"sqlite:///{file}", lambda: sqlite_dump(file)))
        keep(folder / "sqlite.sql.gz", dumped)
    with running_postgres() as server, server.database() as url:
        dumped = asyncio.run(live(url, lambda: postgres_dump(url)))
        keep(folder / "postgres.sql.gz", dumped)


def keep(file: Path, text: str) -> None:
    """Write it; the same text makes the same file."""
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()

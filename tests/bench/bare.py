"""What intake is held against: a FastAPI endpoint that does one durable insert a request, and nothing else.

Served by the same settings of the same server. The insert is made right on the event loop, by one
connection that nobody else wants: there is no cheaper way to be durable one request at a time.
"""

import argparse
import asyncio
import sqlite3
from pathlib import Path

import uvicorn
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse


def create_app(database: Path) -> FastAPI:
    """The endpoint `POST /`."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/", status_code=202)
    async def take(request: Request) -> dict[str, int]:
        body = await request.body()
        added = connection.execute("INSERT INTO bodies (body) VALUES (?)", (body.decode(),))
        return {"id": added.lastrowid or 0}

    @app.get("/-/ready")
    async def ready() -> PlainTextResponse:
        return PlainTextResponse("ready\n")

    return app


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    options = parser.parse_args()
    config = uvicorn.Config(
        create_app(options.database),
        port=options.port,
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()

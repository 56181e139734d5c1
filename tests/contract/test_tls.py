"""Whom we trust: a far side whose certificate somebody vouches for, and nobody else."""

import asyncio
import json
import os
import ssl
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from responder.testing.loopback import LOOPBACK

ANSWER = b'{"incidents": [], "cursor": null}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
ASK = """
import asyncio, sys
from responder.clients.http import Http
from responder.domain.errors import AdapterError

async def main():
    async with Http() as http:
        for method in ("GET", "PUT"):
            try:
                print(method, (await http.ask("it", method, sys.argv[1], within=60)).status)
            except AdapterError as error:
                print(method, error)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def address(authority: trustme.CA) -> AsyncIterator[str]:
    """A far side that speaks TLS, and answers everything alike."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOOPBACK).configure_cert(context)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % len(ANSWER) + ANSWER)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, LOOPBACK, 0, ssl=context) as server:
        yield f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}"


async def said(*arguments: str, **environment: str) -> tuple[int | None, str]:
    """Exit code and words of a Python that was called so."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={**os.environ, **environment},  # noqa: TID251 - a child's
        stdout=PIPE,
        stderr=STDOUT,
    )
    words, _ = await process.communicate()
    return process.returncode, words.decode()


async def test_a_far_side_that_nobody_vouches_for_is_not_asked(address: str) -> None:
    _, words = await said("-c", ASK, f"https://{address}/")
    assert words.count("its certificate is not trusted") == 2


async def test_one_that_the_machine_trusts_is(address: str, authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "trusted.pem")
    _, words = await said("-c", ASK, f"https://{address}/", SSL_CERT_FILE=str(tmp_path / "trusted.pem"))
    assert words.split() == ["GET", "200", "PUT", "200"]


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
async def test_the_commands_trust_alike(
    address: str, authority: trustme.CA, tmp_path: Path, scheme: str
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "trusted.pem")
    asked = ("-m", "responder", "incidents", "--json", "--server", f"{scheme}://{address}")
    code, words = await said(*asked)
    assert (code, "certificate verify failed" in words) == (1, True)
    code, words = await said(*asked, SSL_CERT_FILE=str(tmp_path / "trusted.pem"))
    assert (code, json.loads(words)) == (0, json.loads(ANSWER))

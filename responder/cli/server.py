"""Asks a running server: what client commands share."""

import ssl
from typing import Annotated, Any, Final, NoReturn, TypeVar

import httpx
import typer

from responder.cli.calls import FOUND_A_PROBLEM, USED_WRONGLY
from responder.cli.output import err
from responder.domain.ids import is_incident_id
from responder.settings import client_server, client_token

DEFAULT_SERVER: Final = "http://127.0.0.1:8080"
DEADLINE_SECONDS: Final = 10.0

Id = TypeVar("Id", str, str | None)

ServerOption = Annotated[
    str | None,
    typer.Option("--server", help=f"The server to ask; else RESPONDER_SERVER, else {DEFAULT_SERVER}."),
]


def ask(server: str | None, path: str, key: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
    """GET from the running server, or say what is wrong and exit with 1. The answer must have the key."""
    asked = {name: value for name, value in (query or {}).items() if value is not None}
    return _answer(server, "GET", path, key, params=asked)


def order(server: str | None, path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST to the running server, or say what stands against it and exit with 1. As `ask`."""
    return _answer(server, "POST", path, key, json=body)


def server_address(named: str | None, default: str = DEFAULT_SERVER) -> str:
    """The running server that is meant, without a slash at the end."""
    return (named or client_server() or default).rstrip("/")


def checked_id(text: Id) -> Id:
    """The id of a fix or an incident, if one is given; what can be none is not asked for: exit with 2."""
    if text is not None and not is_incident_id(text):  # both are made alike
        where = "`responder fixes list` and `responder incidents` have them"
        fail(f'"{text[:40]}" is no id: {where}', USED_WRONGLY)
    return text


def fail(message: str, code: int = FOUND_A_PROBLEM) -> NoReturn:
    """Say what is wrong, and exit."""
    err.print(message, markup=False, soft_wrap=True)
    raise typer.Exit(code)


def _certificates(base: str) -> ssl.SSLContext | bool:
    """Whom to trust. Without TLS nobody: reading all certificates would take longer than the answer."""
    return True if base.lower().startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _answer(server: str | None, method: str, path: str, key: str, **sent: Any) -> dict[str, Any]:  # noqa: ANN401 - as httpx takes it
    base = server_address(server)
    token = client_token()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        response = httpx.request(
            method, base + path, headers=headers, timeout=DEADLINE_SECONDS, verify=_certificates(base), **sent
        )
        body = response.json()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fail(f"{base} can't be asked: {error or type(error).__name__}; is it running there (--server)?")
    except ValueError:
        fail(f"{base} is no responder: it answered {response.status_code} without JSON")
    if not isinstance(body, dict) or (response.is_success and key not in body):
        fail(f"{base} is no responder: it answered {response.status_code} with JSON of another kind")
    if response.is_error:
        hint = "; set RESPONDER_TOKEN" if response.status_code == httpx.codes.UNAUTHORIZED else ""
        fail(f"{base} answered {response.status_code}: {body.get('detail') or body.get('title')}{hint}")
    return dict(body)

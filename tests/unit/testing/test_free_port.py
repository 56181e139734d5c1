"""A free port stays free until whoever asked for it listens there."""

import socket

import pytest

from responder.testing import free_port as module
from responder.testing.free_port import free_port, is_free

CONNECTIONS = 200


@pytest.mark.skipif(
    module._lowest_that_is_handed_out() <= module.LOWEST, reason="this system hands out every port"
)
def test_no_connection_is_given_a_port_that_was_found_free() -> None:
    """Each connection takes one of the ports that the system hands out; none of these is ever found."""
    with socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS) as server:
        clients = [socket.create_connection(server.getsockname()) for _ in range(CONNECTIONS)]
        taken = {client.getsockname()[1] for client in clients}
        for client in clients:
            client.close()
    found = {free_port() for _ in range(CONNECTIONS)}
    assert max(found) < min(taken)
    assert len(found) > CONNECTIONS * 0.9


def test_where_the_system_hands_out_every_port_any_that_is_free_will_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_lowest_that_is_handed_out", lambda: 1024)
    assert is_free(free_port())


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert not is_free(server.getsockname()[1])

"""Ports that are in use are found, not crashed on."""

import os
import socket
from collections.abc import Iterator
from dataclasses import astuple
from typing import Final

import pytest

from responder.demo import ports
from responder.demo.ports import Ports, free_ports, usual_ports

NAMES: Final = tuple(Ports.__dataclass_fields__)


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> Ports:
    """Usual ports of this test's own: the real ones may be in use on this machine."""
    found = free_ports(usual=False)
    monkeypatch.setattr(ports, "USUAL", found)
    return found


@pytest.fixture
def somebody(usual: Ports) -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", usual.prometheus)) as listener:
        yield listener


def test_each_part_has_a_port_of_its_own() -> None:
    assert len(set(astuple(free_ports(usual=False)))) == len(NAMES)


def test_people_find_everything_where_they_expect_it(usual: Ports) -> None:
    assert free_ports(usual=True) == usual


def test_a_port_that_is_in_use_is_left_to_whoever_uses_it(usual: Ports, somebody: socket.socket) -> None:
    found = free_ports(usual=True)
    moved = [name for name in NAMES if getattr(found, name) != getattr(usual, name)]
    assert moved == ["prometheus"]
    socket.create_server(("127.0.0.1", found.prometheus)).close()


def test_of_two_demos_that_begin_at_the_same_time_one_gets_the_usual_ports() -> None:
    ours = f"\0hypertool-demo-test-{os.getpid()}"  # a demo may run on this machine right now
    with usual_ports(ours) as first, usual_ports(ours) as second:
        assert (first, second) == (True, False)
    with usual_ports(ours) as later:
        assert later

"""As many are waited for as came together before, and not for ever."""

import threading

from responder.engine.gathering import Gathering

LONG = 120.0
"""Seconds: who waits in vain is seen by it."""
SHORT = 0.001


def test_one_alone_waits_for_nobody() -> None:
    Gathering(LONG).wait(lambda: 1)


def test_enough_wait_for_nobody() -> None:
    gathering = Gathering(LONG)
    gathering.took(3)
    gathering.wait(lambda: 3)


def test_too_few_are_gone_on_with_once_enough_came() -> None:
    gathering, waiting = Gathering(LONG), [1]
    gathering.took(3)
    writer = threading.Thread(target=gathering.wait, args=(lambda: waiting[0],), daemon=True)
    writer.start()
    for number in (2, 3):
        assert writer.is_alive()
        waiting[0] = number
        gathering.one_more(number)
    writer.join(LONG / 2)
    assert not writer.is_alive()


def test_too_few_are_gone_on_with_when_the_time_is_over() -> None:
    gathering = Gathering(SHORT)
    gathering.took(3)
    gathering.wait(lambda: 1)


def test_where_fewer_come_fewer_are_waited_for() -> None:
    gathering = Gathering(LONG)
    gathering.took(3)
    gathering.took(1)
    gathering.wait(lambda: 2)
    gathering.took(1)
    gathering.wait(lambda: 1)

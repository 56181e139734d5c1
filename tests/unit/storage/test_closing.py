"""A database that is closed keeps no connection, also not one that somebody still worked with."""

from contextlib import suppress
from sqlite3 import ProgrammingError
from typing import Any

from responder.storage.database import Database


def is_open(driver: Any) -> bool:
    with suppress(AttributeError):
        return not driver.closed  # PostgreSQL's
    try:
        driver.cursor()
    except ProgrammingError:
        return False
    return True


def test_what_is_given_back_after_the_close_is_closed(database_url: str) -> None:
    database = Database(database_url)
    with database.read() as connection:
        driver = connection.connection.dbapi_connection
        database.close()
        assert is_open(driver)
    assert not is_open(driver)

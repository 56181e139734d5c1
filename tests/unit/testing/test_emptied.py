"""What one test leaves in a database of PostgreSQL's, the next one doesn't find."""

import psycopg
import pytest

from responder.storage.tables import metadata
from responder.testing.emptied import Emptied
from responder.testing.postgres import Postgres

pytestmark = pytest.mark.postgres

BEAT = "INSERT INTO responder_heartbeats (executor, at) VALUES ('one', 1)"


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def tables_of(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row[0] for row in found}


def test_rows_and_numbers_are_gone(postgres: Postgres) -> None:
    emptied = Emptied(postgres)
    with emptied.database() as url, psycopg.connect(url) as connection:
        connection.execute(BEAT)
        connection.execute("SELECT nextval(sequencename::regclass) FROM pg_sequences")
        connection.execute("CREATE SCHEMA dbos")
        connection.execute("CREATE TABLE dbos.work (what int)")
        connection.execute("INSERT INTO dbos.work VALUES (1)")
        connection.commit()
    with emptied.database() as again, psycopg.connect(again) as connection:
        for table in (*metadata.tables, "dbos.work"):
            assert connection.execute(f"SELECT FROM {table}".encode()).fetchone() is None
        assert connection.execute("SELECT max(last_value) FROM pg_sequences").fetchone() == (None,)


def test_who_comes_back_to_it_finds_nothing(postgres: Postgres) -> None:
    emptied = Emptied(postgres)
    with emptied.database() as url:
        late = psycopg.connect(url)
    with emptied.database() as again:
        assert name_of(again) != name_of(url)
        with pytest.raises(psycopg.OperationalError):
            late.execute(BEAT)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)


def test_one_whose_tables_were_changed_is_not_used_again(postgres: Postgres) -> None:
    emptied = Emptied(postgres)
    with emptied.database() as url, psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE responder_heartbeats ADD COLUMN more int")
        connection.commit()
    with emptied.database() as again, psycopg.connect(again) as connection:
        found = connection.execute("SELECT 1 FROM information_schema.columns WHERE column_name = 'more'")
        assert found.fetchone() is None
    with emptied.database() as third:
        assert tables_of(third) >= set(metadata.tables)

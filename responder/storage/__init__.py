"""What is kept, on SQLite or PostgreSQL: tables, migrations and the queries on them, one file a topic."""

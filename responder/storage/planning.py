"""Which part of a query is answered first, where the databases would guess wrong.

Before their statistics know that a table grew, both take it for small and may go through all of it: in the
first minute of a storm that would cost more with every incident.
"""

from typing import Any

import sqlalchemy as sa


def first(query: sa.Select[Any]) -> sa.CTE:
    """What the rest of a query begins with: it is worked out on its own."""
    return query.cte().prefix_with("MATERIALIZED")

"""Since when each replica has run: the one that has for longest leads."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0009"
down_revision: Final = "0008"


def upgrade() -> None:
    op.add_column("responder_heartbeats", sa.Column("since", sa.BigInteger(), nullable=True))

"""Which incident grew out of which."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0007"
down_revision: Final = "0006"


def upgrade() -> None:
    op.create_table(
        "responder_growth",
        sa.Column("incident", sa.String(length=32), nullable=False),
        sa.Column("grew_from", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["responder_incidents.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["grew_from"], ["responder_incidents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("incident", "grew_from"),
    )
    op.create_index("ix_responder_growth_grew_from", "responder_growth", ["grew_from"])

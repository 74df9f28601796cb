"""Sessions, their logs, the outbox of events and the viewers' tastes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.String(64), primary_key=True),
        sa.Column("viewer_id", sa.String(64), nullable=False),
        sa.Column("spec", sa.LargeBinary, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at_s", sa.Float, nullable=False),
    )
    op.create_index("ix_sessions_viewer_id", "sessions", ["viewer_id"])
    op.create_table(
        "session_log",
        sa.Column(
            "session_id", sa.String(64), sa.ForeignKey("sessions.session_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("sequence", sa.BigInteger, primary_key=True),
        sa.Column("entry", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.String(64), primary_key=True),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
        sa.Column("accepted_at_s", sa.Float, nullable=False),
        sa.Column("decided", sa.Boolean, nullable=False),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["decided", "accepted_at_s"])
    op.create_table(
        "tastes",
        sa.Column("viewer_id", sa.String(64), primary_key=True),
        sa.Column("taste", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Take the tables away."""
    for table in ("tastes", "outbox", "session_log", "sessions"):
        op.drop_table(table)

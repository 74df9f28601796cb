"""Stories that were made from viewers' premises."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "made_stories",
        sa.Column("story_id", sa.String(64), primary_key=True),
        sa.Column("viewer_id", sa.String(64), nullable=False),
        sa.Column("premise", sa.Text, nullable=False),
        sa.Column("story", sa.Text, nullable=False),
        sa.Column("parts", sa.Text, nullable=False),
        sa.Column("created_at_s", sa.Float, nullable=False),
    )
    op.create_index("ix_made_stories_viewer_id", "made_stories", ["viewer_id"])
    op.create_index("ix_made_stories_created_at_s", "made_stories", ["created_at_s"])


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("made_stories")

"""The store's tables. A change here needs a migration beside it; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", String(64), primary_key=True),
    Column("viewer_id", String(64), nullable=False, index=True),
    Column("spec", LargeBinary, nullable=False),
    Column("token_hash", String(64), nullable=False),
    Column("created_at_s", Float, nullable=False),
)

session_log = Table(
    "session_log",
    metadata,
    Column("session_id", String(64), ForeignKey("sessions.session_id", ondelete="CASCADE"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("entry", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("session_id", String(64), nullable=False),
    Column("event", LargeBinary, nullable=False),
    Column("accepted_at_s", Float, nullable=False),
    Column("decided", Boolean, nullable=False, default=False),
    Index("ix_outbox_waiting", "decided", "accepted_at_s"),
)

tastes = Table(
    "tastes",
    metadata,
    Column("viewer_id", String(64), primary_key=True),
    Column("taste", LargeBinary, nullable=False),
)

made_stories = Table(
    "made_stories",
    metadata,
    Column("story_id", String(64), primary_key=True),
    Column("viewer_id", String(64), nullable=False, index=True),
    Column("premise", Text, nullable=False),
    Column("story", Text, nullable=False),
    Column("parts", Text, nullable=False),
    Column("created_at_s", Float, nullable=False, index=True),
)

holders = Table(
    "holders",
    metadata,
    Column("session_id", String(64), ForeignKey("sessions.session_id", ondelete="CASCADE"), primary_key=True),
    Column("node_url", String(256), nullable=False),
    Column("until_s", Float, nullable=False),
)

"""The store on SQLite or PostgreSQL, through SQLAlchemy; the schema comes from Alembic migrations."""

from services.streaming.adapters.store_sql.store import SqlStore

__all__ = ["SqlStore"]

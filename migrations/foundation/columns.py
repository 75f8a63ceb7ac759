"""The columns that every table of the first revision has."""

import sqlalchemy as sa

TIME = sa.DateTime(timezone=True)


def key() -> list[sa.Column[object]]:
    """The organisation first, then the row."""
    return [sa.Column("organisation_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def made_at() -> sa.Column[object]:
    """When the row was made, by the database's clock."""
    return sa.Column("created_at", TIME, server_default=sa.func.now(), nullable=False)

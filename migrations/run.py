"""Running the migrations: patient with locks that others hold, and quick to give up each single try."""

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from asyncpg import LockNotAvailableError
from sqlalchemy.exc import DBAPIError

TRIES = 5
PAUSE_SECONDS = 1.0

FOLDER = Path(__file__).parent


def upgrade(revision: str = "head") -> None:
    """Bring the schema to a revision; a lock that is not to be had in time is tried for again, a little later."""
    for tries_left in reversed(range(TRIES)):
        try:
            command.upgrade(configuration(), revision)
        except DBAPIError as error:
            if not tries_left or not _is_lock_timeout(error):
                raise
            time.sleep(PAUSE_SECONDS * (TRIES - tries_left))
        else:
            return


def configuration() -> Config:
    """Alembic's configuration, wherever the caller stands."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _is_lock_timeout(error: DBAPIError) -> bool:
    return isinstance(getattr(error.orig, "__cause__", None), LockNotAvailableError)

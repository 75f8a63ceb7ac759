"""The figures of queue and invariants, read from PostgreSQL when somebody looks: true whichever process answers."""

from nexus.core.db import Database
from nexus.core.errors import Unavailable
from nexus.core.health import Gauge
from nexus.jobs import findings, lookout


def queue_figures(db: Database) -> Gauge:
    """What refreshes these gauges. While PostgreSQL is away they stay as they were; its own gauge says so."""

    async def show() -> None:
        try:
            async with db.system() as tx:
                await lookout.show_depth(tx)
                await findings.show(tx)
        except Unavailable:
            return

    return show

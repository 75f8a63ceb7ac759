"""What is to follow a commit follows it, and dies with a rollback."""

import pytest

from nexus.core.db import Database
from tests.house import Person


class ChangedTheirMind(Exception):
    """Somebody goes back on what they did."""


async def test_what_follows_a_commit_is_begun_after_it(db: Database, ann: Person) -> None:
    begun: list[str] = []

    async with db.transaction(ann.organisation_id) as tx:
        tx.afterwards(lambda: begun.append("first"))
        tx.afterwards(lambda: begun.append("second"))
        within = list(begun)

    assert (within, begun) == ([], ["first", "second"])


async def test_what_follows_a_commit_dies_with_a_rollback(db: Database, ann: Person) -> None:
    begun: list[str] = []

    async def change_their_mind() -> None:
        async with db.transaction(ann.organisation_id) as tx:
            tx.afterwards(lambda: begun.append("never"))
            raise ChangedTheirMind

    with pytest.raises(ChangedTheirMind):
        await change_their_mind()

    assert begun == []

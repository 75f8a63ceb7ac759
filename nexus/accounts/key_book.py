"""
Whose an API key is: known before the request's transaction opens, since that is opened in an organisation's name.

The book remembers whose key it was that it once found, so that a key in use costs no look-up. It never remembers what
the key may do: that is read in the statement that opens each request. It also writes down when a key was last used,
beside the requests and not in their way.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

import structlog

from nexus.accounts import api_keys, key_values
from nexus.accounts.api_keys import Whose
from nexus.accounts.key_values import Hashes
from nexus.accounts.standing import UNKNOWN_KEY, PresentedKey
from nexus.core.db import Database
from nexus.core.errors import NotSignedIn

log = structlog.get_logger()

REMEMBERED = 10_000  # keys; about 3 MB
CLOSE_SECONDS = 2


class KeyBook:
    """The keys that this process has met. `keys` are our signing keys, newest first."""

    def __init__(self, db: Database, keys: Sequence[str]) -> None:
        self._db = db
        self._hashes = Hashes(keys)
        self._met: OrderedDict[bytes, Whose] = OrderedDict()
        self._used: dict[Whose, PresentedKey] = {}
        self._writing: asyncio.Task[None] | None = None

    async def find(self, value: str, count_look_up: Callable[[], Awaitable[None]]) -> PresentedKey:
        """
        Whose key this is. Raises NotSignedIn for a value that cannot be one, or that nobody has.

        Anybody can make up well-formed values, so each look-up is counted before it costs PostgreSQL anything.
        """
        if not key_values.is_well_formed(value):
            raise NotSignedIn("malformed", "This API key cannot be read. Copy all of it, as it was shown.")
        hashes = self._hashes.of(value)
        whose = self._met.get(hashes[0])
        if whose is None:
            await count_look_up()
            whose = await self._look_up(hashes)
        self._met.move_to_end(hashes[0])
        return PresentedKey(whose.organisation_id, whose.id, hashes)

    def note_use(self, key: PresentedKey) -> None:
        """Have it written down soon that this key is used."""
        self._used[Whose(key.organisation_id, key.id)] = key
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what is left to be written, within two seconds."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=CLOSE_SECONDS)
            self._writing.cancel()

    async def _look_up(self, hashes: Sequence[bytes]) -> Whose:
        async with self._db.system() as tx:
            whose = await api_keys.find(tx, hashes)
        if whose is None:
            raise NotSignedIn("signature", UNKNOWN_KEY)
        self._met[hashes[0]] = whose
        if len(self._met) > REMEMBERED:
            self._met.popitem(last=False)
        return whose

    async def _write(self) -> None:
        """Write down the uses that are noted, one after the other: never more than one connection is taken."""
        while self._used:
            whose, key = self._used.popitem()
            try:
                async with self._db.transaction(whose.organisation_id) as tx:
                    await api_keys.write_use(tx, whose.organisation_id, whose.id, key.hashes)
            except Exception:
                log.exception("api_key.use_not_written", org_id=str(whose.organisation_id), api_key_id=str(whose.id))

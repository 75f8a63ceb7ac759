"""A wire between the platform's processes and PostgreSQL that counts what goes over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

HEAD = 5  # a message's kind, and its length in four bytes
STARTUP = 4  # the very first has no kind
STATEMENTS, ROUND_TRIPS = b"EQ", b"SQ"  # execute or a simple query; what the server has to answer before it goes on
TLS = (80877103).to_bytes(4, "big")  # the request that may come before the first message, of the same form
PIECE = 1 << 16


@dataclass
class Wire:
    """What has gone over it so far."""

    port: int = 0
    statements: int = 0
    round_trips: int = 0
    sent: int = 0
    received: int = 0

    def read(self) -> tuple[int, int, int, int]:
        """Statements, round trips, and bytes each way."""
        return self.statements, self.round_trips, self.sent, self.received

    def hear(self, waiting: bytearray, *, started: bool) -> bool:
        """Count the whole messages at the beginning of what a client has sent, and take them off."""
        while True:
            head = HEAD if started else STARTUP
            if len(waiting) < head:
                return started
            length = int.from_bytes(waiting[head - 4 : head], "big") + (head - STARTUP)
            if len(waiting) < length:
                return started
            if started:
                self.statements += waiting[0] in STATEMENTS
                self.round_trips += waiting[0] in ROUND_TRIPS
            asks_for_tls = not started and bytes(waiting[4:8]) == TLS
            started = not asks_for_tls
            del waiting[:length]


@asynccontextmanager
async def wire_to(host: str, port: int) -> AsyncIterator[Wire]:
    """A wire to this server."""
    wire = Wire()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(host, port)
        await asyncio.gather(_up(reader, there_writer, wire), _down(there_reader, writer, wire))

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()


async def _up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: Wire) -> None:
    waiting, started = bytearray(), False
    while piece := await reader.read(PIECE):
        wire.sent += len(piece)
        waiting += piece
        started = wire.hear(waiting, started=started)
        writer.write(piece)
    writer.close()


async def _down(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: Wire) -> None:
    while piece := await reader.read(PIECE):
        wire.received += len(piece)
        writer.write(piece)
    writer.close()

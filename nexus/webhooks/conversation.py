"""
One request and its answer over a connection, in HTTP/1.1, with a receiver who may mean harm.

What is read is counted, not trusted: a head has a limit, interim answers included, and so has a body, which is read
only so that the receiver can end its sentence, and thrown away as it comes.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from contextlib import suppress

import h11

from nexus.webhooks.urls import Target

HEAD_BYTES = 16 * 1024
BODY_BYTES = 16 * 1024
PIECE_BYTES = 4 * 1024


class AttemptFailed(Exception):
    """No answer came. `kind` is the class of the failure, one word."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Conversation:
    """A connection on which one request is sent."""

    def __init__(self, target: Target, reader: StreamReader, writer: StreamWriter) -> None:
        self._target = target
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)

    async def send(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a POST. A receiver that has answered and closed before it read all of it has still answered."""
        said = {
            **headers,
            "Host": self._target.host_header,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "Content-Length": str(len(body)),
        }
        request = h11.Request(method="POST", target=self._target.path, headers=list(said.items()))
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            self._writer.write(self._http.send(event) or b"")
        with suppress(OSError):
            await self._writer.drain()

    async def read_status(self) -> int:
        """The status of the answer, or AttemptFailed("protocol")."""
        left = HEAD_BYTES
        try:
            while not isinstance(event := self._http.next_event(), h11.Response):
                if event is h11.NEED_DATA:
                    left -= await self._read_piece()
                elif not isinstance(event, h11.InformationalResponse):
                    raise AttemptFailed("protocol")
                if left < 0:
                    raise AttemptFailed("protocol")
        except (h11.RemoteProtocolError, OSError) as error:
            raise AttemptFailed("protocol") from error
        return int(event.status_code)

    async def hear_out(self, seconds: float) -> None:
        """Let the receiver end its sentence, within limits; whatever goes wrong now changes nothing."""
        with suppress(h11.RemoteProtocolError, OSError):
            async with asyncio.timeout(seconds):
                await self._read_body()

    def end(self) -> None:
        """Hang up at once: a farewell would be one more thing to wait for."""
        self._writer.transport.abort()

    async def _read_body(self) -> None:
        left = BODY_BYTES
        while left > 0:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                left -= await self._read_piece()
            elif not isinstance(event, h11.Data):
                return

    async def _read_piece(self) -> int:
        """Hand the next bytes on to the parser; how many there were."""
        piece = await self._reader.read(PIECE_BYTES)
        self._http.receive_data(piece)
        return len(piece)

"""Requests written by hand, byte for byte, and what comes back."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One answer: its status, its headers in lower case, its body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


async def exchange(url: str, *pieces: bytes, answers: int = 1, seconds: float = 10, head: bool = False) -> list[Answer]:
    """Send these pieces, a moment apart, and read so many answers. `head`: they answer HEAD, and have no body."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(seconds):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.05)
            return [await _read(reader, without_body=head) for _ in range(answers)]
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader, *, without_body: bool) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
    fields = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    status = int(head[0].split()[1])
    length = 0 if without_body else int(fields.get("content-length", "0"))
    body = await reader.readexactly(length)
    if without_body:
        await _nothing_more(reader)
    return Answer(status, fields, body)


async def _nothing_more(reader: asyncio.StreamReader) -> None:
    try:
        async with asyncio.timeout(0.2):
            rest = await reader.read(1)
    except TimeoutError:
        return
    assert rest == b"", "an answer to HEAD has a body"

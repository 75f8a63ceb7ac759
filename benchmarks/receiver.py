"""Somebody who takes every webhook at once: `python -m benchmarks.receiver 127.0.0.1:9000`."""

import asyncio
import sys

HEAD, LENGTH = b"\r\n\r\n", b"content-length:"
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of a connection."""
    try:
        while True:
            head = (await reader.readuntil(HEAD)).lower()
            length = next(line for line in head.split(b"\r\n") if line.startswith(LENGTH))
            await reader.readexactly(int(length.removeprefix(LENGTH)))
            writer.write(TAKEN)
    except asyncio.IncompleteReadError:
        writer.close()


async def main(host: str, port: int) -> None:
    """Listen for ever."""
    async with await asyncio.start_server(take, host, port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*[kind(part) for kind, part in zip((str, int), sys.argv[1].split(":"), strict=True)]))

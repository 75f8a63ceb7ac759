"""
Receivers that mean harm, each on a port of its own, in a process of its own.

`python -m tests.webhooks.hostile N` starts N of each kind, prints `{kind: [port, …]}`, and when its input ends prints
how many bytes each kind got rid of on its worst connection. Plain sockets: no library would say such things.
"""

import gzip
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator

PIECE = 64 * 1024
OK = b"HTTP/1.1 200 OK\r\n"


def drip_head() -> Iterator[bytes]:
    """A head that comes one byte per second."""
    for byte in OK + b"Content-Length: 0\r\n\r\n":
        yield bytes([byte])
        time.sleep(1)


def drip_body() -> Iterator[bytes]:
    """A body that comes one byte per second."""
    yield OK + b"Content-Length: 100\r\n\r\n"
    for _ in range(100):
        yield b"a"
        time.sleep(1)


def endless_headers() -> Iterator[bytes]:
    """Header after header."""
    yield OK
    while True:
        yield b"".join(b"X-%d: %s\r\n" % (number, b"a" * 100) for number in range(500))


def endless_line() -> Iterator[bytes]:
    """A header that does not end."""
    yield OK + b"X: "
    while True:
        yield b"a" * PIECE


def huge_body() -> Iterator[bytes]:
    """A gigabyte."""
    yield OK + b"Content-Length: 1073741824\r\n\r\n"
    for _ in range(1_073_741_824 // PIECE):
        yield b"a" * PIECE


def endless_chunks() -> Iterator[bytes]:
    """Chunk after chunk."""
    yield OK + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"1000\r\n" + b"a" * 4096 + b"\r\n"


def gzip_bomb() -> Iterator[bytes]:
    """A little that becomes very much when it is unpacked."""
    bomb = gzip.compress(bytes(50_000_000))
    yield OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    yield bomb


def interim_flood() -> Iterator[bytes]:
    """Interim answers without an end."""
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100


def silence() -> Iterator[bytes]:
    """Nothing at all, for a long time."""
    time.sleep(60)
    yield b""


def say(*pieces: bytes) -> Callable[[], Iterator[bytes]]:
    """These words, and then the end."""
    return lambda: iter(pieces)


SAYING: dict[str, Callable[[], Iterator[bytes]]] = {
    "drip head": drip_head,
    "drip body": drip_body,
    "endless headers": endless_headers,
    "endless line": endless_line,
    "huge body": huge_body,
    "endless chunks": endless_chunks,
    "gzip bomb": gzip_bomb,
    "interim flood": interim_flood,
    "hang after accept": silence,
    "half headers": say(OK, b"Content-Le"),
    "redirect loop": say(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
    "not HTTP": say(b"SSH-2.0-OpenSSH\r\n\x00\xff" * 100),
    "two lengths": say(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
    "another protocol": say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n"),
    "TLS in plain words": say(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "TLS that hangs": silence,
}
RESET, NO_ACCEPT = "reset", "hang before accept"

got_rid_of: dict[str, int] = {}
fillers: list[socket.socket] = []


def receive(kind: str, listener: socket.socket) -> None:
    """Take whoever comes."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=harm, args=(kind, connection), daemon=True).start()


def harm(kind: str, connection: socket.socket) -> None:
    """Do to one connection what this kind does."""
    sent = 0
    try:
        if kind == RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        connection.recv(PIECE)
        for piece in SAYING[kind]():
            sent += connection.send(piece)
    except OSError:
        return
    finally:
        got_rid_of[kind] = max(sent, got_rid_of.get(kind, 0))
        connection.close()


def start(kind: str) -> int:
    """One receiver; its port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    if kind == NO_ACCEPT:
        listener.listen(0)
        fill(listener, port)
    else:
        listener.listen(64)
        threading.Thread(target=receive, args=(kind, listener), daemon=True).start()
    return port


def fill(listener: socket.socket, port: int) -> None:
    """Let so many wait that nobody more gets a connection."""
    fillers.append(listener)
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)  # noqa: FBT003 - the socket's own way
        waiting.connect_ex(("127.0.0.1", port))
        fillers.append(waiting)


def main() -> None:
    """Start them, say where they are, and at the end what they could do."""
    count = int(sys.argv[1])
    kinds = [*SAYING, RESET, NO_ACCEPT]
    sys.stdout.write(json.dumps({kind: [start(kind) for _ in range(count)] for kind in kinds}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    sys.stdout.write(json.dumps(got_rid_of) + "\n")


if __name__ == "__main__":
    main()

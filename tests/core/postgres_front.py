"""A front before a PostgreSQL server: it ends TLS, as managed databases do, or listens on a socket file."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SSL_REQUEST = struct.pack("!II", 8, 80877103)


@dataclass
class Front:
    """A front that is open. `encrypted` counts the connections that asked for TLS and got it."""

    port: int
    encrypted: int = 0


def make_certificate(folder: Path, name: str) -> Path:
    """A key and a self-signed certificate for a name in one file, which serves as its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    pem = serialization.Encoding.PEM
    written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(written + certificate.public_bytes(pem))
    return path


@contextmanager
def open_front(server_port: int, certificate: Path | None = None, at: Path | None = None) -> Iterator[Front]:
    """Forward to the server on this port of loopback, from another port or from a socket file."""
    listening = socket.socket(socket.AF_INET if at is None else socket.AF_UNIX)
    listening.bind(("127.0.0.1", 0) if at is None else str(at))
    listening.listen()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    front = Front(listening.getsockname()[1] if at is None else 0)
    accepting = threading.Thread(target=_accept, args=(listening, server_port, context, front), daemon=True)
    accepting.start()
    try:
        yield front
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join(5)


def _accept(listening: socket.socket, server_port: int, context: ssl.SSLContext | None, front: Front) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, server_port, context, front), daemon=True).start()


def _serve(client: socket.socket, server_port: int, context: ssl.SSLContext | None, front: Front) -> None:
    with suppress(OSError), closing(client), socket.create_connection(("127.0.0.1", server_port)) as server:
        if context is not None and client.recv(8, socket.MSG_PEEK | socket.MSG_WAITALL) == SSL_REQUEST:
            client.recv(8)
            client.sendall(b"S")
            client = context.wrap_socket(client, server_side=True)  # takes the socket over
            front.encrypted += 1
        with client:
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)

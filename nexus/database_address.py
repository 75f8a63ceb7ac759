"""
Addresses of PostgreSQL, read as libpq reads its connection URIs: https://www.postgresql.org/docs/18/libpq-connect.html.

The driver knows most of libpq's parameters and sends every other one to the server as a setting, and SQLAlchemy hands
each to the driver as an argument that it does not take. So an address is read here, once for every command: what the
driver can do is translated, and what it cannot do is refused by name, never ignored.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")
DEFAULT_CONNECT_SECONDS = 5
MAX_CONNECT_SECONDS = 600
MIN_CONNECT_SECONDS = 2  # libpq takes 1 for 2
MAX_PORT = 65535
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
ENCRYPTED_MODES = MODES[3:]
VERIFYING_MODES = MODES[4:]

_URI = re.compile(
    r"(?:(?P<user>[^:@/]*)(?::(?P<password>[^@/]*))?@)?(?P<hosts>[^/?]*)(?:/(?P<dbname>[^?]*))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]*))?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_NAME = re.compile(r"[a-z_]{1,40}")

# What the driver reads in an address as libpq does.
_OF_THE_DRIVER = frozenset(
    {
        *("host", "port", "user", "password", "dbname", "passfile", "service", "application_name", "options"),
        *("sslmode", "sslnegotiation", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "krbsrvname", "gsslib"),
    }
)
_FILES = ("passfile", "sslcert", "sslkey", "sslcrl", "sslrootcert")

_ARGUMENTS = frozenset({"host", "port", "user", "dbname", "application_name", "options", "target_session_attrs"})
_OF_THE_CONTEXT = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl"})

# What the driver does in one way only: the values that ask for that way.
_ONE_WAY: Mapping[str, frozenset[str]] = {
    "channel_binding": frozenset({"prefer", "disable"}),
    "client_encoding": frozenset({"utf8", "utf-8", "unicode", "auto"}),
    "gssdelegation": frozenset({"0"}),
    "gssencmode": frozenset({"prefer", "disable"}),
    "keepalives": frozenset({"1"}),
    "load_balance_hosts": frozenset({"disable"}),
    "max_protocol_version": frozenset({"3.0", "3.2", "latest"}),
    "min_protocol_version": frozenset({"3.0"}),
    "replication": frozenset({"false", "off", "no", "0"}),
    "sslcertmode": frozenset({"allow"}),
    "sslcompression": frozenset({"0"}),
    "sslsni": frozenset({"1"}),
}
_ADVICE = {
    "channel_binding": "Write channel_binding=prefer, and sslmode=verify-full to verify the server",
    "gssencmode": "Write gssencmode=disable, and sslmode=verify-full for encryption",
    "hostaddr": "Write the address as the host",
    "prepared_statement_cache_size": "Write prepared_statements=off",
    "require_auth": "Leave it out, and write sslmode=verify-full to verify the server",
    "statement_cache_size": "Write prepared_statements=off",
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "sslmode": MODES,
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    "ssl_min_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
    "ssl_max_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
}


class InvalidDatabaseAddress(ValueError):
    """The address cannot be used; the sentence says which part of it, what to write, and no secret."""


@dataclass(frozen=True)
class DatabaseAddress:
    """
    A database address. `parameters` are libpq's, without the password; `connect_seconds` bounds one connection.

    `prepared_statements` is ours: False for a pooler that keeps no statement that was prepared by name.
    """

    parameters: Mapping[str, str]
    password: str | None = field(default=None, repr=False)
    ssl_password: str | None = field(default=None, repr=False)
    connect_seconds: int = DEFAULT_CONNECT_SECONDS
    prepared_statements: bool = True

    @property
    def user(self) -> str | None:
        """The role to connect as."""
        return self.parameters.get("user")

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host, sockets (folders, beginning with a slash) included; empty means the default socket."""
        listed = self.parameters.get("host", "")
        return tuple(listed.split(",")) if listed else ()

    @property
    def ssl_mode(self) -> str:
        """How the connection is encrypted."""
        return self.parameters.get("sslmode", "prefer")

    @property
    def is_encrypted(self) -> bool:
        """Whether nothing is said to this server in the clear."""
        return self.ssl_mode in ENCRYPTED_MODES

    def for_libpq(self) -> str:
        """The address for a program of PostgreSQL's, without the password, which goes into its environment."""
        return f"postgresql://?{urlencode(self.parameters, quote_via=quote, safe='')}"

    def for_driver(self) -> dict[str, Any]:
        """The arguments of `asyncpg.connect`, but for the hosts: see `places`."""
        rest = {name: value for name, value in self.parameters.items() if name not in _ARGUMENTS}
        if self.ssl_password is not None:
            rest["sslpassword"] = self.ssl_password
        given: dict[str, Any] = {
            "user": self.user,
            "password": self.password,
            "database": self.parameters.get("dbname"),
            "timeout": self.connect_seconds,
            "server_settings": self._server_settings(),
        }
        if rest.get("sslrootcert") == "system":
            given["ssl"] = self._context_of_the_system()
            rest = {name: value for name, value in rest.items() if name not in _OF_THE_CONTEXT}
        if rest:
            given["dsn"] = f"postgresql://?{urlencode(rest, quote_via=quote, safe='')}"
        return given

    def places(self) -> list[dict[str, Any]]:
        """The host and port of each server to try, as arguments of `asyncpg.connect`; none of either is the default."""
        ports = [int(port) if port else None for port in self.parameters.get("port", "").split(",")]
        hosts: list[str | None] = [*self.hosts] or [None]
        if len(ports) == 1:
            ports *= len(hosts)
        return [{"host": host or None, "port": port} for host, port in zip(hosts, ports, strict=True)]

    def _server_settings(self) -> dict[str, str]:
        return {name: self.parameters[name] for name in ("application_name", "options") if name in self.parameters}

    def _context_of_the_system(self) -> ssl.SSLContext:
        """Verify the server by the authorities that the system trusts, which the driver has no word for."""
        context = ssl.create_default_context()
        if "sslcert" in self.parameters:
            context.load_cert_chain(
                self.parameters["sslcert"], self.parameters.get("sslkey"), lambda: self.ssl_password or ""
            )
        return context


def read_database_address(url: str) -> DatabaseAddress:
    """Read an address such as `postgresql://nexus_app:…@host/nexus?sslmode=require`. Raises InvalidDatabaseAddress."""
    scheme, found, rest = url.partition("://")
    if scheme not in SCHEMES or not found or not rest:
        raise InvalidDatabaseAddress("Give an address that begins with postgresql://")
    parts = _URI.fullmatch(rest)
    if parts is None:
        raise InvalidDatabaseAddress("Give an address like postgresql://user:password@host:5432/database")
    named = _read_query(parts["query"] or "")
    hosts, ports = _read_hosts(parts["hosts"])
    written = {"user": parts["user"], "password": parts["password"], "dbname": parts["dbname"], "host": hosts}
    parameters = {name: _decode(value) for name, value in written.items() if value} | ({"port": ports} if ports else {})
    parameters |= named
    return _judge(parameters)


def _judge(parameters: dict[str, str]) -> DatabaseAddress:
    """Take what is meant for us out of the parameters, and refuse what cannot be done."""
    _translate(parameters)
    prepared = parameters.pop("prepared_statements", "on")
    if prepared not in ("on", "off"):
        raise InvalidDatabaseAddress("prepared_statements is on or off")
    seconds = _read_seconds(parameters.pop("connect_timeout", ""))
    for name, value in list(parameters.items()):
        _require_supported(name, value)
        if name in _ONE_WAY:
            del parameters[name]
    _require_ports(parameters)
    _require_tls_that_works(parameters)
    password, ssl_password = parameters.pop("password", None), parameters.pop("sslpassword", None)
    return DatabaseAddress(parameters, password, ssl_password, seconds, prepared == "on")


def _translate(parameters: dict[str, str]) -> None:
    """Say in libpq's words what others have words of their own for."""
    mode = parameters.pop("ssl", None)
    if mode is not None:
        parameters.setdefault("sslmode", {"true": "require", "false": "disable"}.get(mode, mode))
    name = parameters.pop("fallback_application_name", None)
    if name is not None:
        parameters.setdefault("application_name", name)
    if parameters.get("sslrootcert") == "system":
        parameters.setdefault("sslmode", "verify-full")


def _require_supported(name: str, value: str) -> None:
    if name in _CHOICES and value not in _CHOICES[name]:
        raise InvalidDatabaseAddress(f"{name} is one of {', '.join(_CHOICES[name])}")
    if name in _OF_THE_DRIVER or value.lower() in _ONE_WAY.get(name, ()):
        return
    if not _NAME.fullmatch(name):
        raise InvalidDatabaseAddress(
            "A parameter after the ? has no name that libpq knows. Write special characters of a password as %XX"
        )
    if name in _ONE_WAY:
        told = f"Write {name}={min(_ONE_WAY[name])}, or leave it out"
    else:
        told = f"Leave it out; a setting of the server's goes into options, as options=-c%20{name}%3D…"
    raise InvalidDatabaseAddress(f"{name} is not supported{_shown(name, value)}. {_ADVICE.get(name, told)}")


def _shown(name: str, value: str) -> str:
    """The value of a parameter that has one of few, which is no secret."""
    return f" as {value}" if name in _ONE_WAY and _NAME.fullmatch(value) else ""


def _require_ports(parameters: Mapping[str, str]) -> None:
    hosts, ports = parameters.get("host", "").split(","), parameters.get("port")
    if ports is None:
        return
    listed = ports.split(",")
    if any(port and not (port.isascii() and port.isdecimal() and 0 < int(port) <= MAX_PORT) for port in listed):
        raise InvalidDatabaseAddress(f"A port is a number from 1 to {MAX_PORT}")
    if len(listed) not in (1, len(hosts)):
        raise InvalidDatabaseAddress(f"There are {len(listed)} ports for {len(hosts)} hosts: give one, or one for each")


def _require_tls_that_works(parameters: Mapping[str, str]) -> None:
    """Refuse what would fail at each connection, or would not verify what it seems to."""
    mode, root = parameters.get("sslmode"), parameters.get("sslrootcert")
    for name in _FILES:
        path = parameters.get(name)
        if path and not (name == "sslrootcert" and path == "system") and not _is_readable(Path(path)):
            raise InvalidDatabaseAddress(f"{name} names a file that cannot be read")
    if root == "system" and mode != "verify-full":
        raise InvalidDatabaseAddress("sslrootcert=system needs sslmode=verify-full")
    if mode in VERIFYING_MODES and not root and not _is_readable(_DEFAULT_ROOT.expanduser()):
        raise InvalidDatabaseAddress(
            f"sslmode={mode} needs an authority: write sslrootcert=system for those that this system trusts, or the"
            " file of yours"
        )
    if parameters.get("sslnegotiation") == "direct" and mode not in ENCRYPTED_MODES:
        raise InvalidDatabaseAddress("sslnegotiation=direct needs sslmode=require, verify-ca or verify-full")


_DEFAULT_ROOT = Path("~/.postgresql/root.crt")


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except (OSError, ValueError):
        return False


def _read_query(query: str) -> dict[str, str]:
    read = {}
    for part in query.split("&") if query else ():
        name, found, value = part.partition("=")
        if not found:
            raise InvalidDatabaseAddress("Each parameter after the ? is written as name=value, with & between two")
        read[_decode(name)] = _decode(value)
    return read


def _read_hosts(written: str) -> tuple[str, str]:
    """The hosts and the ports of an address, each a comma-separated list as in libpq's parameters."""
    if not written:
        return "", ""
    read = [_HOST.fullmatch(one) for one in written.split(",")]
    if any(one is None for one in read):
        raise InvalidDatabaseAddress("Give hosts like db.example.com:5432, [2001:db8::1]:5432 or %2Frun%2Fpostgresql")
    found = [one for one in read if one is not None]
    ports = [one["port"] or "" for one in found]
    return ",".join(one["v6"] or one["name"] for one in found), ",".join(ports) if any(ports) else ""


def _read_seconds(value: str) -> int:
    """How long a connection may take: libpq's zero, which is for ever, is our own bound."""
    if not value:
        return DEFAULT_CONNECT_SECONDS
    if not re.fullmatch(r"\s*-?[0-9]{1,9}\s*", value) or int(value) > MAX_CONNECT_SECONDS:
        raise InvalidDatabaseAddress(f"connect_timeout is a whole number of seconds, {MAX_CONNECT_SECONDS} at the most")
    seconds = int(value)
    return DEFAULT_CONNECT_SECONDS if seconds <= 0 else max(seconds, MIN_CONNECT_SECONDS)


def _decode(value: str) -> str:
    if _BAD_ESCAPE.search(value):
        raise InvalidDatabaseAddress("A % in an address is followed by two hexadecimal digits; itself it is %25")
    return unquote(value)

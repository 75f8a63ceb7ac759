"""The kinds of values that settings have: how each is read, and the sentence about one that is wrong."""

import re
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from nexus.currencies import step_of
from nexus.database_address import InvalidDatabaseAddress, read_database_address
from nexus.hosts import split_address

LAST_PORT = 65535
DAY, WEEK = 86_400, 604_800  # seconds
MAX_COUNT = 1_000_000_000  # what an integer column holds
_LOOPBACK_V4 = re.compile(r"127(\.(0|[1-9][0-9]{0,2})){3}")
REDIS_SCHEMES = ("redis", "rediss", "unix")
# Eight digits are the most that Stripe takes for an amount, and nine are enough for credits.
PACK = re.compile(
    r"([A-Za-z0-9_-]{1,100}):([1-9][0-9]{0,8}):([1-9][0-9]{0,7}):([a-z]{3}):([^:\x00-\x1f]*[^:\s\x00-\x1f])"
)

MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
WEB_PAGE = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[!-~]*)?")


class PackSold(NamedTuple):
    """A pack of credits as the settings name it: `amount` in the currency's smallest unit, such as cents."""

    price_id: str
    credits: int
    amount: int
    currency: str
    name: str


def _postgres_address(value: str) -> str:
    try:
        read_database_address(value)
    except InvalidDatabaseAddress as error:
        raise PydanticCustomError("address", "{sentence}", {"sentence": str(error)}) from None
    return value


def _redis_address(value: SecretStr) -> SecretStr:
    address = _address(value.get_secret_value(), REDIS_SCHEMES)
    try:
        usable = urlsplit(address).port != 0
    except ValueError:
        usable = False
    if not usable:
        raise PydanticCustomError("address", "Give a port from 1 to {port}", {"port": LAST_PORT})
    return SecretStr(address)


def _address(value: str, schemes: tuple[str, ...]) -> str:
    """Take the address of a server, or say what one looks like; never the value: there is a password in it."""
    scheme, found, rest = value.partition("://")
    if scheme not in schemes or not found or not rest:
        raise PydanticCustomError("address", "Give an address that begins with {scheme}://", {"scheme": schemes[0]})
    return value


def _http_address(value: str) -> str:
    """Take the address of a web server, without the slash at its end."""
    address = split_address(value)
    if address is None or address.scheme not in ("http", "https") or address.query or address.fragment:
        raise PydanticCustomError("address", "Give an address that begins with https://")
    return value.rstrip("/")


def read_packs(value: str) -> tuple[PackSold, ...]:
    """The packs of a list such as `price_A1:1000:900:usd:Starter,price_B2:5000:3900:usd:Team`."""
    packs = tuple(_read_pack(part.strip()) for part in value.split(",") if part.strip())
    if len({pack.price_id for pack in packs}) < len(packs):
        raise PydanticCustomError("packs", "Name each price once")
    return packs


def _read_pack(written: str) -> PackSold:
    found = PACK.fullmatch(written)
    if found is None:
        raise PydanticCustomError(
            "packs", "Write each pack as price:credits:amount:currency:name, such as price_A1:1000:900:usd:Starter"
        )
    price_id, credits_, amount, currency, name = found.groups()
    step = step_of(currency)
    if int(amount) % step:
        raise PydanticCustomError(
            "packs", "Stripe charges {currency} in multiples of {step}", {"currency": currency.upper(), "step": step}
        )
    return PackSold(price_id, int(credits_), int(amount), currency, name.strip())


def loopback_pair(value: str) -> str:
    """Take a host and port on loopback, written as `127.0.0.1:9000`, `localhost:9000` or `[::1]:9000`."""
    host, _, port = value.rpartition(":")
    known = {"localhost", "[::1]"}
    if not ((host in known or _LOOPBACK_V4.fullmatch(host)) and port.isdecimal() and 0 < int(port) <= LAST_PORT):
        raise PydanticCustomError("loopback", "Give pairs of host and port on loopback, such as 127.0.0.1:9000")
    return value


def _support_contact(value: str) -> str:
    """Take a mail address or the address of a web page."""
    if MAIL_ADDRESS.fullmatch(value):
        return value
    if not WEB_PAGE.fullmatch(value):
        raise PydanticCustomError(
            "contact", "Give a mail address such as support@example.com, or an address that begins with https://"
        )
    return value


def _dsn(value: str) -> str:
    """Take a DSN of Sentry's, such as https://key@sentry.example.com/7."""
    parts = split_address(value)
    if (
        parts is None
        or parts.scheme not in ("http", "https")
        or not parts.username
        or not parts.path.rpartition("/")[2].isdecimal()
    ):
        raise PydanticCustomError("dsn", "Give a DSN like https://key@sentry.example.com/7")
    return value


Listed = Annotated[tuple[str, ...], NoDecode]
Positive = Annotated[int, Field(gt=0, le=MAX_COUNT)]
Seconds = Annotated[float, Field(ge=0, le=WEEK, allow_inf_nan=False)]
SomeSeconds = Annotated[float, Field(gt=0, le=WEEK, allow_inf_nan=False)]
HttpAddress = Annotated[str, AfterValidator(_http_address)]
PostgresAddress = Annotated[str, AfterValidator(_postgres_address)]
RedisAddress = Annotated[SecretStr, AfterValidator(_redis_address)]
Port = Annotated[int, Field(gt=0, le=LAST_PORT)]
Share = Annotated[float, Field(ge=0, le=1)]
SupportContact = Annotated[str, AfterValidator(_support_contact)]
Dsn = Annotated[str, AfterValidator(_dsn)]

"""
What a command is given: the settings of its process, or the stack that it speaks to; and how it says why it cannot go
on, in a sentence.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from pydantic import ValidationError

    from nexus.config import Settings


SAY = {
    "NEXUS_ENVIRONMENT": "Set it to production; or to development, on a machine that only developers reach.",
    "NEXUS_MIGRATION_DATABASE_URL": "It names a role that may create the other two.",
}


def settings_of_process(process: str) -> "Settings":
    """Read the settings, and log as this process. A wrong setting stops it with a line that names it."""
    import structlog
    from pydantic import ValidationError

    from nexus.config import Settings
    from nexus.core.logging import set_up_logging

    set_up_logging(os.environ.get("NEXUS_LOG_LEVEL", "INFO"), process)
    try:
        return Settings()
    except ValidationError as error:
        structlog.get_logger().critical("process.refused", settings=_wrong(error))
        sys.exit(1)


def run_process(work: Any) -> None:
    """Run a process of the platform to its end; one that may not start says why."""
    import structlog
    import uvloop

    from nexus.core.preflight import NotReady

    try:
        uvloop.run(work)
    except NotReady as why:
        structlog.get_logger().critical("process.refused", reason=str(why))
        sys.exit(1)


class NoPlatform(Exception):
    """The command has no platform to speak to; the sentence says why."""


def running() -> "tuple[Settings, Any]":
    """The settings of the stack that this command speaks to, and the stack if it was found by its data directory."""
    try:
        return find_running()
    except NoPlatform as error:
        stop(str(error))


def find_running() -> "tuple[Settings, Any]":
    """The same for a command that says in its own way that there is none. Raises NoPlatform."""
    import structlog
    from pydantic import ValidationError

    from nexus.config import Settings
    from nexus.local.errors import StackNotRunning
    from nexus.local.run_file import find_stack

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # what is printed is the answer's
    try:
        stack = find_stack(Path(os.environ.get("NEXUS_DATA_DIR", ".nexus")))
        if "NEXUS_DATABASE_URL" not in os.environ:
            os.environ.update(stack.environment)
    except StackNotRunning as error:
        if "NEXUS_DATABASE_URL" not in os.environ:
            raise NoPlatform(str(error)) from None
        stack = None
    try:
        return Settings(), stack
    except ValidationError as error:
        raise NoPlatform("\n".join(_wrong(error))) from None


def database_addresses(*names: str) -> dict[str, str]:
    """The database addresses of the environment. One that is missing or wrong ends the command with a sentence."""
    from nexus.database_address import InvalidDatabaseAddress, read_database_address
    from nexus.production_rules import encrypted_database

    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        stop(f"{' and '.join(missing)} is not set. {SAY.get(missing[0], '.env.example says what it is for.')}")
    addresses = {name: os.environ[name] for name in names}
    for name, url in addresses.items():
        try:
            read_database_address(url)
        except InvalidDatabaseAddress as error:
            stop(f"{name}: {error}")
    if os.environ.get("NEXUS_ENVIRONMENT") == "production":
        refused = [sentence for name, url in addresses.items() if (sentence := encrypted_database(name, url))]
        if refused:
            stop("\n".join(refused))
    return addresses


def _wrong(error: "ValidationError") -> list[str]:
    """What is wrong with the settings, a sentence each, never with the value: it may be a secret."""
    return [
        sentence
        for one in error.errors(include_input=False, include_url=False)
        for sentence in _sentences_of(one["loc"], one["type"], one["msg"], one.get("ctx", {}))
    ]


def _sentences_of(place: tuple[int | str, ...], kind: str, message: str, context: dict[str, Any]) -> list[str]:
    if not place:
        return str(context["error"]).splitlines()
    name = f"NEXUS_{str(place[0]).upper()}"
    if kind == "missing":
        return [f"{name} is not set. {SAY.get(name, '.env.example says what it is for.')}"]
    return [f"{name}: {message}"]


def stop(sentence: str) -> NoReturn:
    """Say why, and end with status 1."""
    click.echo(sentence, err=True)
    sys.exit(1)

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


def running() -> "tuple[Settings, Any]":
    """The settings of the stack that this command speaks to, and the stack if it was found by its data directory."""
    from pydantic import ValidationError

    from nexus.config import Settings
    from nexus.local.errors import StackNotRunning
    from nexus.local.run_file import find_stack

    try:
        stack = find_stack(Path(os.environ.get("NEXUS_DATA_DIR", ".nexus")))
        if "NEXUS_DATABASE_URL" not in os.environ:
            os.environ.update(stack.environment)
    except StackNotRunning as error:
        if "NEXUS_DATABASE_URL" not in os.environ:
            stop(str(error))
        stack = None
    try:
        return Settings(), stack
    except ValidationError as error:
        stop("\n".join(_wrong(error)))


def _wrong(error: "ValidationError") -> list[str]:
    """What is wrong with the settings, a sentence each, never with the value: it may be a secret."""
    return [
        f"NEXUS_{str(one['loc'][0]).upper()}: {one['msg']}" if one["loc"] else str(one["ctx"]["error"])
        for one in error.errors(include_input=False, include_url=False)
    ]


def stop(sentence: str) -> NoReturn:
    """Say why, and end with status 1."""
    click.echo(sentence, err=True)
    sys.exit(1)

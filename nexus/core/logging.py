"""
Logs: one JSON object a line, an event with facts.

The request's or job's facts (`request_id`, `org_id`, `user_id`, `job_id`) are bound once, at the door, and stand on
every line that follows. Secrets and customers' texts are never handed to a logger; an error is told by its type and
place (core/telling.py), and what a library says by its own sentence, without what it put into that.
"""

import logging
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TextIO

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict

from nexus.core.telling import LONGEST, describe, mask, tell

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
ANSWERED = "request.answered"  # the line of every request: its facts are numbers, ids and templates alone
NOT_KNOWN: Mapping[str, None] = dict.fromkeys(("org_id", "user_id", "job_id", "route", "duration_ms", "status"))
NEVER = frozenset(
    {"text", "input", "input_data", "output", "output_data", "prompt", "body", "headers", "cookie"}
    | {"password", "token", "secret", "authorization", "api_key", "email"}
)
WITHHELD = "[withheld]"
TROUBLE = ("error", "critical")

request_scope: ContextVar[Mapping[str, Any] | None] = ContextVar("request_scope", default=None)
reporters: list[Callable[[EventDict, BaseException | None], None]] = []


class _IntoStructlog(logging.Handler):
    """Lets libraries that use the standard logging write the same JSON lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the sentence in the library's code, without its arguments: a value in it may be a customer's."""
        sentence = describe(record.msg) if isinstance(record.msg, BaseException) else str(record.msg)
        logger = structlog.get_logger()
        first_line = sentence.partition("\n")[0][:LONGEST]
        logger.log(record.levelno, "library.said", logger=record.name, message=first_line, exc_info=record.exc_info)


def set_up_logging(level: str, process: str) -> None:
    """Write JSON lines to standard output, each naming the process it comes from."""
    number = logging.getLevelNamesMapping()[level.upper() if level.upper() in LEVELS else "INFO"]

    def name_process(_logger: object, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            name_process,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _complete,
            _hand_on,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_IntoStructlog()]
    root.setLevel(max(number, logging.WARNING))
    warnings.showwarning = _log_warning
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _complete(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Let the facts that every line has stand on this one too, and what no line may have on none."""
    complete = {**NOT_KNOWN, **event}
    if event["event"] == ANSWERED:
        return complete
    scope = request_scope.get()
    if complete["route"] is None and scope is not None:
        complete["route"] = getattr(scope.get("route"), "path", None)
    for name in complete.keys() & NEVER:
        complete[name] = WITHHELD
    return complete


def _hand_on(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Tell the error, and let those know of trouble who asked for it."""
    error = _error_of(event.pop("exc_info", None))
    if reporters and event["level"] in TROUBLE:
        for report in reporters:
            report(event, error)
    if error is not None:
        event["exception"] = tell(error)
    return event


def _error_of(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _dump(event: Any, **_: object) -> bytes:
    line = to_json(event, fallback=describe_value)
    return line if event["event"] == ANSWERED else mask(line)


def describe_value(value: object) -> str:
    """Write down what JSON does not know: an error by its name, anything else as it says of itself."""
    return describe(value) if isinstance(value, BaseException) else str(value)[:LONGEST]


def _log_warning(  # noqa: PLR0913, PLR0917 - as the standard library calls it
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Say which kind of warning came from where; its words may quote what was worked on."""
    del message, file, line
    structlog.get_logger().warning("library.warned", kind=category.__name__, place=f"{filename}:{lineno}")


def _log_uncaught(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    structlog.get_logger().critical("process.broke", exc_info=error)


def _log_uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    structlog.get_logger().critical("thread.broke", exc_info=told.exc_value)

"""
Logs: one JSON object a line, an event with facts.

The request's or job's facts (`request_id`, `org_id`, `user_id`, `job_id`, `route`) are bound once, at the door, and
stand on every line that follows. Secrets and customers' texts are never handed to a logger.
"""

import logging
import sys
from typing import Any

import structlog
from pydantic_core import to_json

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class _IntoStructlog(logging.Handler):
    """Lets libraries that use the standard logging write the same JSON lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a library's record on, with its traceback."""
        logger = structlog.get_logger()
        logger.log(
            record.levelno, "library.said", logger=record.name, message=record.getMessage(), exc_info=record.exc_info
        )


def set_up_logging(level: str, process: str) -> None:
    """Write JSON lines to standard output, each naming the process it comes from."""
    number = logging.getLevelNamesMapping()[level.upper() if level.upper() in LEVELS else "INFO"]

    def name_process(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event.setdefault("process", process)
        return event

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            name_process,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_IntoStructlog()]
    root.setLevel(max(number, logging.WARNING))


def _dump(event: Any, **_: object) -> bytes:
    return to_json(event, fallback=str)

"""What a process is watched with, from its first moment to its last: reports of errors, and traces."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import structlog

from nexus.core import logging, tracing
from nexus.core.preflight import NotReady

log = structlog.get_logger()


@dataclass(frozen=True)
class Watch:
    """Where errors and traces go; nowhere unless it is said."""

    environment: str
    sentry_dsn: str | None = None
    otlp_endpoint: str | None = None
    trace_share: float = 0.0


@contextmanager
def watched(watch: Watch, process: str) -> Iterator[None]:
    """Watch this process. What is still to be sent at its end has a second."""
    with ExitStack() as ending:
        if watch.sentry_dsn is not None:
            from nexus.core.sentry import Reporter

            reporter = Reporter(watch.sentry_dsn, watch.environment, process)
            logging.reporters.append(reporter)
            ending.callback(reporter.close)
            ending.callback(logging.reporters.remove, reporter)
        if watch.otlp_endpoint is not None:
            from nexus.core.spans import Spans

            spans = Spans(watch.otlp_endpoint, watch.trace_share, watch.environment, process)
            tracing.begin(spans)
            ending.callback(spans.close)
            ending.callback(tracing.end)
        try:
            yield
        except NotReady:
            raise
        except Exception:
            log.critical("process.broke", exc_info=True)
            raise SystemExit(1) from None

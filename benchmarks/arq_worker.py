"""ARQ's own worker with a job that does nothing: what claim and completion are measured against."""

import asyncio
import sys
from contextlib import suppress
from typing import Any

import uvloop
from arq.connections import RedisSettings
from arq.worker import Worker, func


async def nothing(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
    """Do nothing."""
    del ctx, args, kwargs


async def main(url: str) -> None:
    """Work until told to stop."""
    worker = Worker(
        functions=[func(nothing, name="nothing", keep_result=0)],
        queue_name="bench",
        redis_settings=RedisSettings.from_dsn(url),
        max_jobs=16,
        poll_delay=0.02,
        keep_result=0,
        log_results=False,
    )
    await worker.async_run()


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        uvloop.run(main(sys.argv[1]))

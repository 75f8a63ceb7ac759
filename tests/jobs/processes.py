"""The product's API and worker as processes, with the scripted job types: `python -m tests.jobs.processes worker`."""

import os
import sys

import uvloop

from nexus.app import serve
from nexus.config import Settings
from nexus.core.logging import set_up_logging
from nexus.worker import work
from tests.jobs.scripted import catalogue


def main(kind: str, port: str = "0") -> None:
    """Run one process."""
    set_up_logging("INFO", kind)
    settings = Settings()
    known = catalogue(old="KNOWS_NOTHING_NEWER" in os.environ)
    if kind == "worker":
        uvloop.run(work(settings, known))
    else:
        uvloop.run(serve(settings, "127.0.0.1", int(port), known))


if __name__ == "__main__":
    main(*sys.argv[1:])

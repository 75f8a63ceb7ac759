"""
The processes of a chaos run: the product's own roots, with the job types and the provider of `script.py`.

    python -m tests.chaos.processes worker
    python -m tests.chaos.processes api --port 8000
    python -m tests.chaos.processes stack <folder> <api port> <identity provider's port>
"""

import os
import sys
from functools import partial
from pathlib import Path

import structlog
import uvloop

from nexus.ai.breaker import Breaker
from nexus.ai.panel import Panel
from nexus.app import serve
from nexus.config import Settings
from nexus.core.logging import set_up_logging
from nexus.core.preflight import NotReady
from nexus.local.stack import Options, Programs
from nexus.local.supervisor import run_stack
from nexus.worker import work
from tests.chaos.script import CATALOGUE, ScriptedModel

CALLS = "CHAOS_CALLS"  # the folder where the provider counts its calls
API_PROCESSES, WORKERS = 2, 3


def main(kind: str, *arguments: str) -> int:
    """Run one process until it is told to stop; its exit status."""
    if kind == "stack":
        return _run_stack(*arguments)
    set_up_logging(os.environ.get("NEXUS_LOG_LEVEL", "INFO"), kind)
    try:
        if kind == "worker":
            uvloop.run(work(Settings(), CATALOGUE, _panel()))
        else:
            uvloop.run(serve(Settings(), "127.0.0.1", int(arguments[-1]), CATALOGUE))
    except NotReady as why:
        structlog.get_logger().critical("process.refused", reason=str(why))
        return 1
    return 0


def _panel() -> Panel:
    """The scripted provider alone. Its failures belong to single texts, so they say nothing about the next one."""
    patient = partial(Breaker, most_failures=sys.maxsize)
    return Panel([ScriptedModel(Path(os.environ[CALLS]))], then_offline=False, breaker=patient)


def _run_stack(folder: str, api: str, idp: str) -> int:
    program = (sys.executable, "-m", "tests.chaos.processes")
    options = Options(
        data_dir=Path(folder),
        api_port=int(api),
        idp_port=int(idp),
        api_replicas=API_PROCESSES,
        workers=WORKERS,
        web=False,
    )
    return run_stack(options, Programs(api=(*program, "api"), worker=(*program, "worker")))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

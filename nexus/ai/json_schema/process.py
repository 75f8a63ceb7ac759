"""
The process beside the API and the workers that judges large schemas: `python -m nexus.ai.json_schema.process`.

It reads one request a line from its standard input and answers each with a line, until its input ends. A request takes
at most CPU_SECONDS of computing and MEMORY_BYTES more than the process has when it starts: beyond that it ends, in
whatever library it is, and whoever asked sees that.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path

from nexus.ai.json_schema.refused import SchemaRefused
from nexus.ai.json_schema.validation import check_schema, find_error

CPU_SECONDS = 1.0
MEMORY_BYTES = 128 * 1024 * 1024
NICE = 5  # whoever waits for an answer of the process beside goes first
EXAMPLE = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^a$"}}}


def main() -> None:
    """Answer requests until there are no more."""
    os.nice(NICE)
    find_error(EXAMPLE, {"a": "a"})  # loads the libraries
    _limit_memory()
    _write({"ready": True})
    for line in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # its signal ends the process, in the middle of anything
        answer = _answer(line)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write(answer)


def _answer(line: bytes) -> dict[str, object]:
    request = json.loads(line)
    try:
        if "data" not in request:
            check_schema(request["schema"])
            return {}
        return {"error": find_error(request["schema"], request["data"])}
    except SchemaRefused as refused:
        return {"refused": str(refused)}


def _write(answer: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


def _limit_memory() -> None:
    """Bound the address space, where the system tells how much of it there is."""
    status = Path("/proc/self/statm")
    if status.exists():
        size = int(status.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY_BYTES,) * 2)


if __name__ == "__main__":
    main()

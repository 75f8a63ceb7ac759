"""
`make dev`: the web application with hot reload, against a stack that runs.

It stands beside the stack's own, on another port, and shares its API, its people and its sign-in.
"""

import argparse
import os
import sys
from pathlib import Path

from nexus.local.errors import LocalError
from nexus.local.ports import LOOPBACK, Wanted, require_free
from nexus.local.run_file import RunningStack, find_stack
from nexus.local.stack import WEB, Options
from nexus.local.web import node, web_environment

PORT = 3100
NEXT = WEB / "node_modules" / "next" / "dist" / "bin" / "next"


def environment_in_development(stack: RunningStack, data_dir: Path, port: int) -> dict[str, str]:
    """What the stack's own application is given, for another port and for development."""
    options = Options(data_dir=data_dir, web_port=port)
    settings = stack.environment | {"NEXUS_WEB_URL": f"http://{LOOPBACK}:{port}"}
    return web_environment(options, settings) | {"BACKEND_URL": stack.api, "NODE_ENV": "development"}


def main() -> None:
    """Become `next dev`, or say what is missing."""
    arguments = argparse.ArgumentParser(prog="nexus.local.web_dev", description=__doc__)
    arguments.add_argument("--port", type=int, default=PORT)
    port = arguments.parse_args().port
    data_dir = Path(os.environ.get("NEXUS_DATA_DIR", ".nexus")).absolute()
    try:
        stack = find_stack(data_dir)
        require_free([Wanted(port, "web application in development", "--port")])
        command = [node(), str(NEXT), "dev", str(WEB), "-H", LOOPBACK, "-p", str(port)]
    except LocalError as error:
        sys.exit(str(error))
    os.execve(command[0], command, environment_in_development(stack, data_dir, port))  # noqa: S606 - it is to be replaced


if __name__ == "__main__":
    main()

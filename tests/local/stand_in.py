"""Tiny children for the supervisor's tests. Run as a script: `stand_in.py KIND [--port N] [...]`."""

import http.server
import json
import os
import signal
import sys
import time


class _Healthy(http.server.BaseHTTPRequestHandler):
    """Answers 200 on every path, with the settings it was given."""

    prefix = "NEXUS_"

    def do_GET(self) -> None:
        """Show the settings."""
        shown = {name: value for name, value in os.environ.items() if name.startswith(self.prefix)}
        body = json.dumps(shown).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve() -> None:
    """Listen where `--port` says until a signal comes."""
    port = int(sys.argv[sys.argv.index("--port") + 1])
    http.server.HTTPServer.allow_reuse_address = True
    http.server.HTTPServer(("127.0.0.1", port), _Healthy).serve_forever()


class _HealthyPage(_Healthy):
    """Answers with its whole environment."""

    prefix = ""


def serve_pages() -> None:
    """Listen where `PORT` says, and tell people so, until a signal comes."""
    sys.stdout.write("A page is served.\n")
    sys.stdout.flush()
    http.server.HTTPServer.allow_reuse_address = True
    http.server.HTTPServer((os.environ["HOSTNAME"], int(os.environ["PORT"])), _HealthyPage).serve_forever()


def migrate() -> None:
    """Say what was given, and succeed."""
    sys.stdout.write(f"Migrated as {os.environ['NEXUS_MIGRATION_DATABASE_URL'].partition('@')[2]}.\n")


def fail() -> None:
    """End as a program with a wrong setting does."""
    raise ValueError("NEXUS_SECRET_KEYS: give at least one key")


def wait() -> None:
    """Live until a signal comes."""
    sys.stdout.write(json.dumps({"event": "worker.started"}) + "\n")
    sys.stdout.flush()
    signal.pause()


def cling() -> None:
    """Live on whatever signal comes."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdout.write(json.dumps({"event": "worker.started"}) + "\n")
    sys.stdout.flush()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    kinds = {"api": serve, "web": serve_pages, "migrate": migrate, "worker": wait}
    (kinds | {"fail": fail, "stubborn-worker": cling})[sys.argv[1]]()

"""
What `nexus up` does: starts a stack on this machine, step by step, watches over it, and stops all of it.

Nothing is started before every port is known to be free, and nothing is left when this returns.
"""

import os
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import TypeVar

from nexus.local import leftovers
from nexus.local.children import Child, PlainProgram, Program, WebProgram
from nexus.local.console import Console
from nexus.local.errors import LocalError
from nexus.local.interrupts import Interrupted, Interrupts
from nexus.local.output import json_line, open_log
from nexus.local.ports import require_free
from nexus.local.postgres import EmbeddedPostgres
from nexus.local.redis import EmbeddedRedis
from nexus.local.run_file import Pids, Run, only_stack_on, remove_run, write_run
from nexus.local.stack import (
    ISSUER,
    MIGRATION_URL,
    REDIS_URL,
    Options,
    Programs,
    Settings,
    environment_of,
    needs_postgres,
    of_worker,
    settings_of_caller,
    settings_of_stack,
    wanted_ports,
    without_migration,
)
from nexus.local.watch import Watch
from nexus.local.web import web_application, web_command

ENV_FILE = Path(".env")
Value = TypeVar("Value")
DEFAULT_DATA_DIR = Path(".nexus")
WORK_SECONDS, SERVER_SECONDS = 10, 5  # to finish the work in hand; to shut a server down


def run_stack(options: Options, programs: Programs | None = None) -> int:
    """Run a stack until it is asked to stop; the exit status of `nexus up`. Only the main thread may."""
    options = replace(options, data_dir=options.data_dir.absolute())
    console = Console()
    try:
        with only_stack_on(options.data_dir):
            return Supervisor(options, programs or Programs(), console).run()
    except LocalError as error:
        console.fail(error)
        return 1


class Supervisor:
    """One run of a stack."""

    def __init__(self, options: Options, programs: Programs, console: Console) -> None:
        self._options = options
        self._programs = programs
        self._console = console
        self._interrupts = Interrupts()
        self._watch = Watch(self._interrupts, console, self._log, self._tell)
        self._log_file = open_log(options.log_dir / "supervisor.log")
        self._settings: Settings = {}
        self._is_up = False

    def run(self) -> int:
        """Start, watch, stop. Raise LocalError if a step of the start failed; everything is stopped then too."""
        try:
            self._start()
            self._watch.tend()
        except Interrupted:
            pass
        except LocalError as error:
            if not self._interrupts.times_asked:  # what Ctrl-C ended has not failed
                self._log("error", "stack.failed", error=str(error))
                raise
        finally:
            self._stop()
        return 0

    def _start(self) -> None:
        began = time.monotonic()
        given = settings_of_caller(os.environ, ENV_FILE)
        web = self._web_command()
        leftovers.take_down(self._options.data_dir)
        require_free(wanted_ports(self._options, given))
        self._start_servers(given)
        identity_provider = self._launch_identity_provider(given)
        self._migrate()
        self._start_programs(identity_provider, web)
        self._is_up = True
        self._tell()
        self._log("info", "stack.started", seconds=round(time.monotonic() - began, 2))
        self._say_how_to_go_on(time.monotonic() - began)

    def _start_servers(self, given: Settings) -> None:
        """Start PostgreSQL and Redis, as far as the caller has not named others."""
        options = self._options
        postgres = EmbeddedPostgres(options.data_dir, options.log_dir) if needs_postgres(given) else None
        redis = EmbeddedRedis(options.data_dir, options.log_dir) if REDIS_URL not in given else None
        self._settings = settings_of_stack(options, given, postgres, redis)
        if redis is not None:
            self._watch.launch(redis)
            self._await(redis, f"{redis.product} {redis.version}", f"127.0.0.1:{redis.port}")
        if postgres is not None:
            self._watch.launch(postgres)
            self._await(postgres, f"PostgreSQL {postgres.version}", f"127.0.0.1:{postgres.port}")

    def _launch_identity_provider(self, given: Settings) -> WebProgram | None:
        """Start the development identity provider, unless the caller names an issuer."""
        if ISSUER in given:
            return None
        port = self._options.idp_port
        command = (*self._programs.identity_provider, "--port", str(port), "--data-dir", str(self._options.data_dir))
        child = self._web_program("idp", command, port, "/.well-known/openid-configuration")
        self._watch.launch(child)
        return child

    def _migrate(self) -> None:
        environment = environment_of(self._settings)
        migration = PlainProgram("migrate", self._programs.migrate, environment, self._options.log_dir)
        seconds = self._watch.run_to_end(migration)
        self._console.step("Migrations", "up to date", seconds)

    def _start_programs(self, identity_provider: WebProgram | None, web: tuple[str, ...]) -> None:
        """Start the API, the workers and the web application side by side, and wait for all of them."""
        api = [self._api(number, port) for number, port in enumerate(self._options.api_ports)]
        workers = [self._worker(number) for number in range(self._options.workers)]
        pages = [web_application(self._options, self._settings, web)] if web else []
        for child in (*api, *workers, *pages):
            self._watch.launch(child)
        if identity_provider is not None:
            self._await(identity_provider, "Identity provider", identity_provider.url)
        for one in api:
            self._await(one, _title("API", one.name, len(api)), one.url)
        for worker in workers:
            self._await(worker, _title("Worker", worker.name, len(workers)), f"pid {worker.process.pid}")
        for page in pages:
            self._await(page, "Web application", page.url)

    def _api(self, number: int, port: int) -> WebProgram:
        return self._web_program(f"api-{number}", (*self._programs.api, "--port", str(port)), port, "/health")

    def _worker(self, number: int) -> Program:
        environment = environment_of(of_worker(number, without_migration(self._settings)))
        return Program(f"worker-{number}", self._programs.worker, environment, self._options.log_dir)

    def _web_command(self) -> tuple[str, ...]:
        """How the web application is run; nothing where it is not wanted. Raise LocalError before anything starts."""
        return (self._programs.web or web_command()) if self._options.web else ()

    def _web_program(self, name: str, command: tuple[str, ...], port: int, path: str) -> WebProgram:
        environment = environment_of(without_migration(self._settings))
        return WebProgram(name, command, environment, self._options.log_dir, port=port, path=path)

    def _await(self, child: Child, name: str, where: str) -> None:
        seconds = self._watch.wait_until_ready(child)
        self._console.step(name, where, seconds)

    def _tell(self) -> None:
        """Write down what lives: for the next start always, for other commands once the stack is up."""
        processes = {child.name: child.process.pid for child in self._watch.children}
        leftovers.write_down(self._options.data_dir, (pid for name, pid in processes.items() if name != "postgres"))
        if self._is_up:
            write_run(self._options.data_dir, self._describe(processes), without_migration(self._settings))

    def _describe(self, processes: dict[str, int]) -> Run:
        urls = {child.name: child.url for child in self._watch.children if isinstance(child, WebProgram)}
        return Run(
            api=_numbered("api", urls),
            web=urls.get("web"),
            idp=urls.get("idp"),
            database_url=self._settings[MIGRATION_URL],
            redis_url=self._settings[REDIS_URL],
            pids=_pids(processes),
            log_dir=str(self._options.log_dir),
        )

    def _say_how_to_go_on(self, seconds: float) -> None:
        options, say = self._options, self._console.say
        folder = "" if options.data_dir == DEFAULT_DATA_DIR.absolute() else f"NEXUS_DATA_DIR={options.data_dir} "
        web = f"open {self._settings['NEXUS_WEB_URL']}   " if options.web else ""
        api = f"API: http://127.0.0.1:{options.api_port}"
        say(f"\nNexus runs after {seconds:.1f} s: {web}{api}   Logs: {options.log_dir}")
        say("Try in another terminal:")
        say(f"  {folder}make demo")
        say(f"  {folder}{_own_command()} run summarize --file README.md --email ann@acme.test")
        say("Ctrl-C stops everything.")

    def _stop(self) -> None:
        """Stop what works first, then what it works with. Nothing is left."""
        remove_run(self._options.data_dir)
        servers = {child.name: child for child in self._watch.children if child.name in ("idp", "redis", "postgres")}
        self._watch.stop([child for child in self._watch.children if child.name not in servers], WORK_SECONDS)
        for name in ("idp", "redis", "postgres"):
            if name in servers:
                self._watch.stop([servers[name]], SERVER_SECONDS)
        leftovers.forget(self._options.data_dir)
        self._log("info", "stack.stopped")
        if self._watch.children:
            self._console.say("Everything is stopped.")

    def _log(self, level: str, event: str, **facts: object) -> None:
        os.write(self._log_file, json_line(level, event, process="supervisor", **facts))


def _title(kind: str, name: str, count: int) -> str:
    """A child's name for people: numbered when there are several."""
    return kind if count == 1 else f"{kind} {name.rpartition('-')[2]}"


def _numbered(kind: str, named: dict[str, Value]) -> list[Value]:
    """The values of `api-0`, `api-1` and so on, in this order, which is the order of their launch."""
    return [value for name, value in named.items() if name.startswith(f"{kind}-")]


def _own_command() -> str:
    """How this program was called, so that the next command can be copied as it is printed."""
    return "nexus" if which("nexus") else os.path.relpath(sys.argv[0])


def _pids(processes: dict[str, int]) -> Pids:
    single: Iterable[str] = ("postgres", "redis", "idp", "web")
    pids: Pids = {name: processes.get(name) for name in single}
    return pids | {"api": _numbered("api", processes), "worker": _numbered("worker", processes)}

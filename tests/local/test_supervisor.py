"""What `nexus up` does, with real servers and stand-ins for the product's own processes."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import asyncpg
import httpx
import pytest

from nexus.local.errors import StackNotRunning
from nexus.local.live_processes import started_at
from nexus.local.run_file import find_stack
from nexus.local.watch import Pauses
from tests.local.running import SERVERS_OF_THE_CALLER, StackProcess, eventually, lives, read_or_nothing


def test_it_starts_everything_and_tells_where(stack: StackProcess) -> None:
    process = stack.start_and_wait({"api_replicas": 2, "workers": 2})

    run, pids = stack.run(), stack.pids()
    assert set(run) == {"api", "web", "idp", "database_url", "redis_url", "pids", "log_dir"}
    assert set(pids) == {"postgres", "redis", "idp", "api-0", "api-1", "worker-0", "worker-1"}
    assert all(lives(pid) for pid in pids.values())
    assert run["web"] is None
    assert (stack.data_dir / "run.json").stat().st_mode & 0o777 == 0o600
    printed = stack.stop(process)
    assert all(step in printed for step in ("PostgreSQL 18.4", "Migrations", "API 1", "Worker 1", "make demo"))
    assert "Valkey " in printed or "Redis " in printed  # whichever this machine has


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_order_leaves_no_process_and_no_run_file(stack: StackProcess, number: signal.Signals) -> None:
    process = stack.start_and_wait()
    pids = stack.pids()

    stack.stop(process, number)

    assert process.returncode == 0
    assert [name for name, pid in pids.items() if lives(pid)] == []
    assert not (stack.data_dir / "run.json").exists()


def test_a_second_ctrl_c_does_not_wait_for_a_stubborn_child(stack: StackProcess) -> None:
    process = stack.start_and_wait(kinds={"worker": "stubborn-worker"}, settings=SERVERS_OF_THE_CALLER)
    pids = stack.pids()
    assert eventually(lambda: "started" in read_or_nothing(stack.data_dir / "logs" / "worker-0.log"))
    began = time.monotonic()

    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert lives(pids["worker-0"])
    stack.stop(process, signal.SIGINT)

    assert (process.returncode, time.monotonic() - began < 5) == (0, True)
    assert [name for name, pid in pids.items() if lives(pid)] == []


async def test_a_dead_child_is_replaced_within_a_second_and_the_run_file_says_so(stack: StackProcess) -> None:
    process = stack.start_and_wait()
    before, addresses = stack.pids(), [stack.run()[name] for name in ("api", "idp", "database_url", "redis_url")]

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: all(pid != before[name] and lives(pid) for name, pid in stack.pids().items()), 2)
    assert [stack.run()[name] for name in ("api", "idp", "database_url", "redis_url")] == addresses
    assert eventually(lambda: "ready" in read_or_nothing(stack.data_dir / "postgres" / "data" / "postmaster.pid"))
    connection = await asyncpg.connect(str(stack.run()["database_url"]))
    assert await connection.fetchval("SELECT current_database()") == "nexus"
    await connection.close()
    assert "postgres runs again" in stack.stop(process)


def test_a_child_that_keeps_dying_is_started_again_less_and_less_often() -> None:
    pauses = Pauses()

    waited = [pauses.after(lived_seconds=1) for _ in range(7)]

    assert waited == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert [pauses.after(lived_seconds=30), pauses.after(lived_seconds=1)] == [0.2, 0.4]


def test_a_start_after_the_supervisor_was_killed_finds_the_data_and_free_ports(stack: StackProcess) -> None:
    first = stack.start_and_wait()
    pids = stack.pids()

    first.kill()
    first.wait()
    began = time.monotonic()
    second = stack.start_and_wait()

    assert time.monotonic() - began < 10
    assert [name for name, pid in pids.items() if lives(pid)] == []
    stack.stop(second)
    assert second.returncode == 0


def test_a_stubborn_leftover_of_a_killed_supervisor_is_ended(stack: StackProcess) -> None:
    first = stack.start_and_wait(kinds={"worker": "stubborn-worker"}, settings=SERVERS_OF_THE_CALLER)
    left = stack.pids()["worker-0"]
    assert eventually(lambda: "started" in read_or_nothing(stack.data_dir / "logs" / "worker-0.log"))
    first.kill()
    first.wait()
    assert lives(left)

    second = stack.start_and_wait(settings=SERVERS_OF_THE_CALLER)

    assert not lives(left)
    stack.stop(second)


def test_an_innocent_process_with_an_old_number_is_not_ended(stack: StackProcess) -> None:
    with subprocess.Popen(["sleep", "60"]) as innocent:  # noqa: S607 - any program will do
        started = started_at(innocent.pid)
        assert started is not None
        (stack.data_dir / "children.json").write_text(json.dumps({str(innocent.pid): started - 100}))

        process = stack.start_and_wait(settings=SERVERS_OF_THE_CALLER)

        assert innocent.poll() is None
        innocent.kill()
    stack.stop(process)


@pytest.mark.parametrize(("option", "flag"), [("api_port", "--api-port"), ("idp_port", "--idp-port")])
def test_a_port_in_use_is_named_before_anything_starts(stack: StackProcess, option: str, flag: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]

        process = stack.start({option: port})
        printed = process.communicate(timeout=20)[0]

    assert process.returncode == 1
    assert all(words in printed for words in (f"Port {port}", f"pid {os.getpid()}", flag))
    assert not (stack.data_dir / "postgres").exists()
    assert "✓" not in printed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"api_port": 70_000}, "70000 (API) is not a port"),
        ({"api_port": 20_000, "idp_port": 20_001, "api_replicas": 2}, "Port 20001 is wanted twice: for API 1"),
    ],
)
def test_ports_that_cannot_be_are_named(stack: StackProcess, options: dict[str, object], said: str) -> None:
    process = stack.start(options)

    assert said in process.communicate(timeout=20)[0]
    assert process.returncode == 1


def test_a_second_stack_on_the_same_folder_is_refused_while_one_lives(stack: StackProcess) -> None:
    first = stack.start_and_wait(settings=SERVERS_OF_THE_CALLER)

    second = stack.start({"api_port": 1, "idp_port": 2})
    printed = second.communicate(timeout=20)[0]

    assert second.returncode == 1
    assert f"pid {first.pid}" in printed
    assert httpx.get(f"{find_stack(stack.data_dir).api}/health").status_code == 200
    stack.stop(first)


@pytest.mark.parametrize(("program", "name"), [("migrate", "migrate"), ("api", "api-0")])
def test_a_step_that_fails_says_why_and_stops_everything(stack: StackProcess, program: str, name: str) -> None:
    process = stack.start(kinds={program: "fail"})

    printed = process.communicate(timeout=20)[0]

    assert process.returncode == 1
    assert f"{name} ended with status 1" in printed
    assert "NEXUS_SECRET_KEYS: give at least one key" in printed
    assert str(stack.data_dir / "logs" / f"{name}.log") in printed
    assert not (stack.data_dir / "postgres" / "data" / "postmaster.pid").exists()
    assert not (stack.data_dir / "run.json").exists()


def test_what_a_program_prints_without_a_log_becomes_json_lines(stack: StackProcess) -> None:
    stack.start(kinds={"migrate": "fail"}, settings=SERVERS_OF_THE_CALLER).communicate(timeout=20)

    lines = [json.loads(line) for line in (stack.data_dir / "logs" / "migrate.log").read_text().splitlines()]

    assert {(line["level"], line["event"], line["process"]) for line in lines} == {
        ("error", "process.output", "migrate")
    }
    assert lines[-1]["line"].startswith("ValueError")


def test_every_log_is_json_lines(stack: StackProcess) -> None:
    stack.stop(stack.start_and_wait())

    logs = {path.name: path.read_text().splitlines() for path in (stack.data_dir / "logs").iterdir()}

    assert {"supervisor.log", "redis.log", "postgres.json", "api-0.log", "worker-0.log", "idp.log"} <= set(logs)
    assert all(isinstance(json.loads(line), dict) for lines in logs.values() for line in lines)


def test_children_get_the_settings_and_the_callers_win(stack: StackProcess) -> None:
    (stack.data_dir / ".env").write_text("NEXUS_RATE_LIMIT=7\nNEXUS_LOG_LEVEL=WARNING\n")
    process = stack.start_and_wait({"api_replicas": 2}, settings={"NEXUS_LOG_LEVEL": "DEBUG"})

    given = httpx.get(f"{find_stack(stack.data_dir).api}/health").json()

    assert (given["NEXUS_RATE_LIMIT"], given["NEXUS_LOG_LEVEL"]) == ("7", "DEBUG")
    assert (given["NEXUS_API_REPLICAS"], given["NEXUS_ENVIRONMENT"]) == ("2", "development")
    assert given["NEXUS_GOOGLE_ISSUER"] == stack.run()["idp"]
    assert given["NEXUS_DATABASE_URL"].startswith("postgresql://nexus_app:")
    assert len(given["NEXUS_SECRET_KEYS"]) >= 48
    assert "NEXUS_MIGRATION_DATABASE_URL" not in given
    assert find_stack(stack.data_dir).environment == given
    stack.stop(process)


def test_a_part_of_another_database_is_refused(stack: StackProcess) -> None:
    process = stack.start(settings={"NEXUS_DATABASE_URL": "postgresql://nexus_app@db/nexus"})

    printed = process.communicate(timeout=20)[0]

    assert process.returncode == 1
    assert "NEXUS_SYSTEM_DATABASE_URL and NEXUS_MIGRATION_DATABASE_URL is not set" in printed


def test_servers_and_an_issuer_of_the_caller_are_used_instead_of_ours(stack: StackProcess) -> None:
    process = stack.start_and_wait(
        settings={**SERVERS_OF_THE_CALLER, "NEXUS_GOOGLE_ISSUER": "https://accounts.google.com"}
    )

    assert set(stack.pids()) == {"api-0", "worker-0"}
    assert (stack.run()["idp"], stack.run()["redis_url"]) == (None, "redis://cache/0")
    assert find_stack(stack.data_dir).environment["NEXUS_DATABASE_URL"] == "postgresql://nexus_app@db/nexus"
    stack.stop(process)
    assert not (stack.data_dir / "postgres").exists()


def test_without_a_running_stack_there_is_a_sentence_that_says_what_to_do(stack: StackProcess) -> None:
    first = stack.start_and_wait(settings=SERVERS_OF_THE_CALLER)
    first.kill()
    first.wait()

    with pytest.raises(StackNotRunning, match="nexus up"):
        find_stack(stack.data_dir)
    with pytest.raises(StackNotRunning, match="nexus up"):
        find_stack(Path("/nonexistent"))

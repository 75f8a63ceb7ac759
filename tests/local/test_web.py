"""What `nexus up` does with the web application; a stand-in plays its build."""

import json
import os
import signal
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from nexus.local.errors import ToolMissing
from nexus.local.ports import free_port
from nexus.local.web import node, web_command
from tests.local.running import StackProcess, eventually, lives, read_or_nothing

SENTRY = "http://public@127.0.0.1:9/7"
STRIPE = "http://127.0.0.1:9500"
SHORTEST_SECRET = 43  # characters: 32 bytes in base64


@pytest.fixture
def with_web(stack: StackProcess) -> StackProcess:
    """A stack that serves the web application too."""
    stack.options |= {"web": True, "web_port": free_port()}
    return stack


def environment_of(stack: StackProcess) -> dict[str, str]:
    """What the application was given; the stand-in shows it."""
    shown: dict[str, str] = httpx.get(str(stack.run()["web"])).json()
    return shown


def test_it_is_served_told_in_the_run_file_and_printed_first(with_web: StackProcess) -> None:
    process = with_web.start_and_wait()

    run = with_web.run()
    address = f"http://127.0.0.1:{with_web.options['web_port']}"
    assert run["web"] == address
    assert lives(with_web.pids()["web"])
    printed = with_web.stop(process)
    last = next(line for line in printed.splitlines() if line.startswith("Nexus runs"))
    assert last.index(f"open {address}") < last.index("API: ")


def test_it_is_given_what_it_needs_and_no_secret_of_the_rest(with_web: StackProcess) -> None:
    settings = {"NEXUS_GEMINI_API_KEY": "key-of-gemini", "NEXUS_STRIPE_API_BASE": STRIPE, "NEXUS_SENTRY_DSN": SENTRY}
    with_web.start_and_wait(settings=settings)
    given, run = environment_of(with_web), with_web.run()

    assert [name for name in given if name.startswith("NEXUS_")] == []
    secrets = json.loads((with_web.data_dir / "secrets.json").read_text())
    known = {name for name, value in secrets.items() if value in given.values()}
    assert known == {"google_client_secret", "web_client_secret", "web_session_key"}
    assert (given["BACKEND_URL"], given["OIDC_ISSUER"]) == (run["api"][0], run["idp"])  # type: ignore[index]  # a list
    assert given["NEXTAUTH_URL"] == run["web"]
    assert given["STRIPE_API_BASE"] == STRIPE
    assert (given["SENTRY_DSN"], given["SENTRY_ENVIRONMENT"]) == (SENTRY, "development")
    assert given["HOSTNAME"] == "127.0.0.1"
    assert "key-of-gemini" not in given.values()


def test_its_key_is_long_private_and_outlives_the_stack(with_web: StackProcess) -> None:
    process = with_web.start_and_wait()
    first = environment_of(with_web)["NEXTAUTH_SECRET"]
    with_web.stop(process)
    with_web.start_and_wait()

    assert environment_of(with_web)["NEXTAUTH_SECRET"] == first
    assert len(first) >= SHORTEST_SECRET
    assert stat.S_IMODE((with_web.data_dir / "secrets.json").stat().st_mode) == 0o600


def test_the_api_believes_the_web_application_on_whose_behalf_it_asks(with_web: StackProcess) -> None:
    process = with_web.start_and_wait()
    api = str(with_web.run()["api"][0])  # type: ignore[index]  # a list
    assert httpx.get(api).json()["NEXUS_TRUSTED_PROXIES"] == "127.0.0.1"
    with_web.stop(process)

    with_web.start_and_wait({"web": False})
    assert "NEXUS_TRUSTED_PROXIES" not in httpx.get(api).json()


def test_it_is_started_again_when_it_dies(with_web: StackProcess) -> None:
    with_web.start_and_wait()
    before = with_web.pids()["web"]
    os.kill(before, signal.SIGKILL)

    assert eventually(lambda: with_web.pids()["web"] != before and lives(with_web.pids()["web"]))
    assert eventually(lambda: _answers(str(with_web.run()["web"])))


def test_what_it_tells_people_becomes_json_lines(with_web: StackProcess) -> None:
    with_web.start_and_wait()
    log = with_web.data_dir / "logs" / "web.log"

    assert eventually(lambda: "A page is served." in read_or_nothing(log))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"level": "info", "process": "web"}.items() <= lines[0].items()


def test_one_that_does_not_start_stops_the_stack_with_its_own_words(with_web: StackProcess) -> None:
    process = with_web.start(kinds={"web": "fail"})

    printed = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "give at least one key" in printed


def test_without_a_build_or_without_node_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "node").touch(mode=0o700)
    found = node("no_such_package", path=str(tmp_path))
    assert found == str(tmp_path / "node")
    with pytest.raises(ToolMissing, match=r"not built.*`make up`.*--no-web"):
        web_command(tmp_path / "server.js", found)
    with pytest.raises(ToolMissing, match=r"Node\.js.*`make up`.*--no-web"):
        node("no_such_package", path=str(tmp_path / "nowhere"))


def test_what_is_started_is_node_and_nothing_that_starts_it() -> None:
    """Whoever is killed instead of it would leave it behind, with its port."""
    with subprocess.Popen([node(), "-p", "process.pid"], stdout=subprocess.PIPE, text=True) as process:
        said, _ = process.communicate(timeout=30)

    assert int(said) == process.pid


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).is_success
    except httpx.TransportError:
        return False

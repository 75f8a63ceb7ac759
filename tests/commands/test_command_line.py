"""What every command has in common, and what `nexus check` says."""

import json
import re

import pytest

from tests.commands.conftest import Terminal
from tests.house import nexus

MANY = r"(0|[2-9]|\d\d+)"
NUMBERS = re.compile(rf"(1 organisation|{MANY} organisations); (1 job|{MANY} jobs) pending, \d+ running\.")
INVARIANTS = [f"I{number}" for number in range(1, 10)]


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_commands_by_what_they_are_for(option: str) -> None:
    told = nexus(option, environment={}).stdout

    assert re.findall(r"^(\w+):$", told, re.MULTILINE) == ["Options", "Run", "Jobs", "Operate", "Develop"]


@pytest.mark.parametrize("command", ["up", "run", "job", "cancel", "check", "migrate"])
def test_h_is_help_everywhere(command: str) -> None:
    assert nexus(command, "-h", environment={}).stdout.startswith(f"Usage: python -m nexus.cli {command}")


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"nexus \d+\.\d+\.\d+\n", nexus("--version", environment={}).stdout)


async def test_check_says_what_holds_with_its_numbers_in_english(terminal: Terminal) -> None:
    done = await terminal.nexus("check")

    assert done.status == 0, done.told
    *told, numbers = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in told] == [f"✓ {name}" for name in INVARIANTS]
    assert all(len(line.split("  ")[1].split()) > 4 for line in told)
    assert NUMBERS.fullmatch(numbers)


@pytest.mark.parametrize(
    "environment",
    [
        {"NEXUS_DATA_DIR": "nowhere"},
        {"NEXUS_DATABASE_URL": "postgresql://a@127.0.0.1:9/n"},
        {
            "NEXUS_ENVIRONMENT": "development",
            "NEXUS_DATABASE_URL": "postgresql://nexus_app:a@127.0.0.1:9/n",
            "NEXUS_SYSTEM_DATABASE_URL": "postgresql://nexus_system:a@127.0.0.1:9/n",
            "NEXUS_REDIS_URL": "redis://127.0.0.1:9",
            "NEXUS_SECRET_KEYS": "a key of a test that is long enough",
            "NEXUS_GOOGLE_CLIENT_ID": "nexus",
            "NEXUS_GOOGLE_CLIENT_SECRET": "nexus",
        },
    ],
    ids=["no stack", "settings that are wrong", "a database that does not answer"],
)
async def test_check_ends_with_2_where_nothing_could_be_checked_and_says_so_in_json(
    terminal: Terminal, environment: dict[str, str]
) -> None:
    away = {"NEXUS_DATA_DIR": "nowhere", **environment}

    plain, as_json = (
        await terminal.nexus("check", environment=away),
        await terminal.nexus("check", "--json", environment=away),
    )

    assert (plain.status, as_json.status) == (2, 2), plain.told + as_json.told
    told = json.loads(as_json.stdout)
    assert (told["ok"], told["checks"]) == (False, [])
    assert told["error"] in plain.stderr
    assert "Traceback" not in plain.told + as_json.told

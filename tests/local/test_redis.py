"""Embedded Redis: whom it lets in, what it keeps, what it logs."""

import json
import re
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from nexus.local.redis import EmbeddedRedis


def test_its_password_opens_it_and_another_does_not(redis: EmbeddedRedis) -> None:
    with Redis.from_url(redis.url) as client, Redis(port=redis.port, password="guessed") as stranger:
        assert client.ping() is True
        with pytest.raises(AuthenticationError):
            stranger.ping()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("save", ""),
        ("appendonly", "no"),
        ("maxmemory", str(128 * 1024 * 1024)),
        ("maxmemory-policy", "volatile-lru"),
        ("bind", "127.0.0.1"),
    ],
)
def test_it_is_a_cache_on_loopback_that_keeps_nothing_on_disk(redis: EmbeddedRedis, setting: str, value: str) -> None:
    with Redis.from_url(redis.url) as client:
        assert client.config_get(setting) == {setting: value}


def test_no_list_of_processes_shows_the_password(redis: EmbeddedRedis, data_dir: Path) -> None:
    password = json.loads((data_dir / "secrets.json").read_text())["redis"]

    assert password in redis.url
    assert password not in str(redis.process.args)


def test_a_restart_keeps_the_address(redis: EmbeddedRedis) -> None:
    before = redis.url

    redis.stop()
    redis.start()

    with Redis.from_url(before) as client:
        assert client.ping() is True


def test_its_log_is_json_lines(redis: EmbeddedRedis) -> None:
    redis.stop()

    lines = [json.loads(line) for line in redis.log.read_text().splitlines()]

    assert {"timestamp", "level", "event", "process", "message"} <= lines[-1].keys()
    assert any("Ready to accept connections" in line["message"] for line in lines)
    assert {line["level"] for line in lines} <= {"debug", "info", "warning"}


def test_a_start_shows_the_name_and_version_of_the_server_that_really_runs(redis: EmbeddedRedis) -> None:
    with Redis.from_url(redis.url) as client:
        server = client.info("server")

    is_valkey = server.get("server_name") == "valkey"
    assert redis.product == ("Valkey" if is_valkey else "Redis")
    assert redis.version == server["valkey_version" if is_valkey else "redis_version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", redis.version)

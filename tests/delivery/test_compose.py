"""What the containers of `compose.yaml` are given, and whom they reach."""

import re
import subprocess
import time
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import ValidationError
from redis import AuthenticationError, Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from nexus.config import Settings
from nexus.local.ports import free_port
from nexus.local.redis import find_program
from tests.delivery.compose import NotSet, compose_file, environment_of, interpolate
from tests.house import ROOT

BACK_END = ("api", "worker", "migrate")
DERIVED = {  # what the file says itself, since it knows better than an `.env`
    *("NEXUS_ENVIRONMENT", "NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL", "NEXUS_REDIS_URL"),
    "NEXUS_MIGRATION_DATABASE_URL",  # for the migration alone
}
OF_OTHERS = (
    "POSTGRES_PASSWORD",
    "NEXUS_REDIS_PASSWORD",
    "NEXTAUTH_SECRET",
    "NEXUS_APP_PASSWORD",
    "NEXUS_SYSTEM_PASSWORD",
)
IMAGE = re.compile(r"[a-z0-9][\w./-]*:(?!latest)[\w][\w.-]*(@sha256:[0-9a-f]{64})?")
FROM = re.compile(r"^FROM (\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def made() -> str:
    """What `deploy/make-env` writes, with the OAuth client filled in."""
    done = subprocess.run(
        [ROOT / "deploy" / "make-env"],
        env={
            "PATH": "/usr/bin:/bin",
            "NEXUS_GOOGLE_CLIENT_ID": "1234-nexus.apps.googleusercontent.com",
            "NEXUS_GOOGLE_CLIENT_SECRET": "a-secret-of-google-0123456789",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("service", ["api", "worker"])
def test_each_setting_of_the_example_reaches_the_container(made: str, service: str) -> None:
    names = dotenv_values(ROOT / ".env.example").keys()
    written = {name: f"value-of-{name}" for name in names}
    env_file = made + "".join(f"{name}={value}\n" for name, value in written.items())

    given = environment_of(service, env_file)

    assert [name for name in names if name not in DERIVED and given.get(name) != written[name]] == []
    assert (given["NEXUS_ENVIRONMENT"], given["NEXUS_MIGRATION_DATABASE_URL"]) == ("production", "")


@pytest.mark.parametrize("service", BACK_END)
def test_no_container_of_ours_is_given_a_secret_that_is_for_others(made: str, service: str) -> None:
    given = environment_of(service, made)

    assert {name: given.get(name, "") for name in OF_OTHERS} == dict.fromkeys(OF_OTHERS, "")


def test_only_the_migration_is_the_superuser(made: str) -> None:
    password = dotenv_values(stream=StringIO(made))["POSTGRES_PASSWORD"] or ""

    assert password in environment_of("migrate", made)["NEXUS_MIGRATION_DATABASE_URL"]
    for service in ("api", "worker", "web", "redis"):
        assert password not in " ".join(environment_of(service, made).values())


@pytest.mark.parametrize("service", BACK_END)
def test_production_starts_with_what_the_script_writes(
    made: str, service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment_of(service, made).items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert settings.environment == "production"
    assert settings.redis_url.get_secret_value().startswith("redis://:")


def test_production_does_not_start_before_the_oauth_client_is_filled_in(
    made: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    unfilled = re.sub(r"(NEXUS_GOOGLE_CLIENT_\w+)=.*", r"\1=to-be-filled-in", made)
    for name, value in environment_of("api", unfilled).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=r"NEXUS_GOOGLE_CLIENT_ID: .*\n.*NEXUS_GOOGLE_CLIENT_SECRET: "):
        Settings()


@pytest.mark.parametrize(
    "name", ["POSTGRES_PASSWORD", "NEXUS_REDIS_PASSWORD", "NEXUS_SECRET_KEYS", "NEXUS_METRICS_TOKEN"]
)
def test_a_value_that_is_missing_stops_it_with_its_name(made: str, name: str) -> None:
    without = re.sub(rf"^{name}=.*$", "", made, flags=re.MULTILINE)

    with pytest.raises(NotSet, match=name):
        _ = [environment_of(service, without) for service in ("postgres", "redis", *BACK_END)]


def test_the_web_application_reaches_neither_database_nor_redis() -> None:
    services = compose_file()["services"]
    networks = {name: set(one["networks"]) for name, one in services.items()}

    assert networks["web"].isdisjoint(networks["postgres"] | networks["redis"])
    assert networks["postgres"] == networks["redis"] == {"data"}
    assert compose_file()["networks"]["data"] == {"internal": True}
    assert all("data" in networks[name] for name in BACK_END)
    assert "data" not in networks["web"]
    assert networks["api"] & networks["web"]


def test_redis_wants_a_password_that_stands_on_no_command_line(made: str) -> None:
    redis = compose_file()["services"]["redis"]
    password = environment_of("redis", made)["REDIS_PASSWORD"]

    assert len(password) == 64
    assert interpolate(redis["command"][-1], {"REDIS_PASSWORD": "in the clear"}).count("in the clear") == 0
    assert f":{password}@redis" in environment_of("api", made)["NEXUS_REDIS_URL"]


def test_redis_starts_by_its_command_and_answers_nobody_without_the_password(tmp_path: Path) -> None:
    port = free_port()
    program = find_program()
    (tmp_path / "redis-server").symlink_to(program)
    shell, option, script = compose_file()["services"]["redis"]["command"]
    here = interpolate(script, {}).replace('save ""', f'save ""\nport {port}\nbind 127.0.0.1')
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "REDIS_PASSWORD": "a-password-of-tests"}
    with subprocess.Popen([shell, option, here], env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        try:
            assert _answers(port, "a-password-of-tests")
            with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
                stranger.ping()
        finally:
            server.terminate()
            server.wait(5)


def _answers(port: int, password: str) -> bool:
    last = time.monotonic() + 10
    while time.monotonic() < last:
        with suppress(RedisConnectionError), Redis(port=port, password=password) as client:
            return bool(client.ping())
        time.sleep(0.05)
    return False


def test_api_and_web_believe_the_proxies_of_their_own_network_unless_others_are_named(made: str) -> None:
    network = compose_file()["networks"]["front"]["ipam"]["config"][0]

    assert environment_of("api", made)["NEXUS_TRUSTED_PROXIES"] == network["subnet"]
    assert environment_of("web", made)["TRUSTED_PROXIES"] == network["gateway"]
    named = f"{made}NEXUS_TRUSTED_PROXIES=10.0.0.9\n"
    assert environment_of("api", named)["NEXUS_TRUSTED_PROXIES"] == "10.0.0.9"
    assert environment_of("web", named)["TRUSTED_PROXIES"] == "10.0.0.9"


def test_every_service_that_answers_says_whether_it_is_healthy_and_none_of_ours_writes_to_its_image() -> None:
    services = compose_file()["services"]

    assert all("healthcheck" in services[name] for name in ("postgres", "redis", "api", "web"))
    assert all(services[name]["read_only"] for name in ("redis", "web", *BACK_END))


def test_every_image_is_named_by_a_version_or_by_its_digest() -> None:
    described = compose_file()["services"].values()
    named = [one["image"] for one in described if "build" not in one]
    named += [step for path in ("Dockerfile", "web/Dockerfile") for step in FROM.findall((ROOT / path).read_text())]
    named += re.findall(r"name: ([a-z].*)", (ROOT / "deploy" / "cloudbuild.yaml").read_text())

    assert len(named) > 8
    assert [one for one in named if not IMAGE.fullmatch(one)] == []

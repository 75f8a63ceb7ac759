"""A setting that is wrong stops the process before it does anything, with a sentence that names it, never its value."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from nexus.config import Settings
from tests.house import ROOT, nexus

SECRET = "hunter2"
VARIED = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT"
GOOD = {
    "NEXUS_ENVIRONMENT": "development",
    "NEXUS_DATABASE_URL": f"postgresql://nexus_app:{SECRET}@db/nexus",
    "NEXUS_SYSTEM_DATABASE_URL": f"postgresql://nexus_system:{SECRET}@db/nexus",
    "NEXUS_REDIS_URL": f"redis://:{SECRET}@redis",
    "NEXUS_SECRET_KEYS": f"{SECRET}-{VARIED}",
    "NEXUS_GOOGLE_CLIENT_ID": "nexus",
    "NEXUS_GOOGLE_CLIENT_SECRET": f"{SECRET}-of-google",
}
SELLING = {
    "NEXUS_STRIPE_API_KEY": f"sk_live_{SECRET}",
    "NEXUS_STRIPE_WEBHOOK_SECRET": f"whsec_{SECRET}-{'k' * 32}",
    "NEXUS_WEB_URL": "https://app.example",
}
EARNEST = {**GOOD, **SELLING, "NEXUS_ENVIRONMENT": "production", "NEXUS_METRICS_TOKEN": f"{VARIED}-{SECRET}"}
HUGE = "9" * 30
KEPT = ("INPUT", "OUTPUT", "IDEMPOTENCY", "DELIVERY", "STRIPE_EVENT", "SESSION", "AUDIT")

WRONG = {
    "ENVIRONMENT": [SECRET, "staging"],
    "LOG_LEVEL": [SECRET],
    "API_REPLICAS": [SECRET, "0", "-1", "1.5", HUGE],
    "DATABASE_URL": [SECRET, f"sqlite:///{SECRET}", f"mysql://{SECRET}@db", "postgresql://", ""],
    "SYSTEM_DATABASE_URL": [SECRET, ""],
    "REDIS_URL": [SECRET, f"http://{SECRET}", "", f"redis://:{SECRET}@redis:99999", "redis://redis:0"],
    "SECRET_KEYS": [SECRET, "", ",", f"{'k' * 32},{SECRET}"],
    "GOOGLE_CLIENT_ID": [""],
    "GOOGLE_CLIENT_SECRET": [""],
    "ACCESS_TOKEN_SECONDS": [SECRET, "0", "901"],
    "REFRESH_TOKEN_DAYS": [SECRET, "0", "-30", "3650", "1000000000", HUGE],
    "SIGNUP_CREDITS": [SECRET, "-1", "10000000000", HUGE],
    "RATE_LIMIT": [SECRET, "0", "-1", "10000000000", HUGE],
    "RATE_WINDOW_SECONDS": ["0", "-1", "1000000000", HUGE],
    "WEB_RATE_LIMIT": ["0", "-1", "10000000000", HUGE],
    "STATUS_RATE_LIMIT": ["0", "-1", "10000000000", HUGE],
    "ADDRESS_RATE_LIMIT": ["-1", "10000000000", HUGE],
    "CACHE_SECONDS": ["0", "-1", "1000000000", HUGE],
    **{f"KEEP_{kind}_DAYS": ["-1", "36501", HUGE, "1.5", "nan"] for kind in KEPT},
    "TRACE_SHARE": ["-0.1", "1.1", "nan", "inf"],
    "WORKER_METRICS_PORT": ["0", "-1", "65536", HUGE],
    "GEMINI_BASE_URL": [SECRET, f"ftp://{SECRET}.example", "https://", f"https://a.example\\@{SECRET}.example"],
    "OPENAI_BASE_URL": [SECRET, f"ftp://{SECRET}.example", "https://", "https://a.example:99999/v1"],
    "SMTP_URL": [SECRET, f"http://{SECRET}", "smtp://", f"smtps://a:{SECRET}@mail.example:99999"],
    "TRUSTED_PROXIES": [SECRET, "*", "10.0.0.1,*", "proxy.example", "10.0.0.1/8"],
    "JOB_ATTEMPTS": [SECRET, "0", "-1", "1000000000", HUGE],
    "JOB_RETRY_SECONDS": [SECRET, "-1", "inf", "nan", "1e9"],
    "JOB_LEASE_SECONDS": [SECRET, "0", "-1", "1e9"],
    "JOB_HEARTBEAT_SECONDS": [SECRET, "16"],
    "JOB_DEADLINE_SECONDS": [SECRET, "0", "inf", "1e9"],
    "SWEEP_SECONDS": [SECRET, "0", "1e9"],
    "STRIPE_API_BASE": [SECRET, f"ftp://{SECRET}", "https://", f"https://a.example?{SECRET}", "http://["],
    "STRIPE_PACKS": [
        SECRET,
        f"price_A:10:900:usd:{SECRET},price_A:20:1800:usd:{SECRET}",
        *("price_A:10:900:usd", "price_A:0:900:usd:Small", "price_A:10:0:usd:Free", "price_A:10:-9:usd:Odd"),
        *("price_A:10:9.00:usd:Odd", "price_A:10:900:USD:Odd", "price_A:10:900:usd: ", "price A:10:900:usd:Odd"),
        *("price_A:10000000000:900:usd:Huge", "price_A:10:900000000:usd:Dear", "price_A:10:900:usd:a:b"),
    ],
    "SUPPORT_CONTACT": [SECRET, "nobody", "a@b", "javascript:alert(1)", "mailto:a@b.test", "https://a b.test"],
    "WEB_URL": [SECRET, "app.example"],
    "WEBHOOK_ALLOWED_HOSTS": [
        *[SECRET, f"{SECRET}:80", "10.0.0.1:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536"],
        *[
            "localhost:80,example.com:443",
            "127.1:80",
            "127.00.0.1:80",
            "http://127.0.0.1:80",
            "localhost.:80",
            "[::]:80",
        ],
        *["127.0.0.1.example.com:443", "127.0.0.1:¹"],
    ],
    "WEBHOOK_RETRY_SECONDS": [f"5,{SECRET}", "5,-25", "inf", "5,1e9", ",".join(["1"] * 21)],
}
SECRETS = ["DATABASE_URL", "SYSTEM_DATABASE_URL", "REDIS_URL", "SECRET_KEYS", "GOOGLE_CLIENT_SECRET"]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read no `.env` of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


def _read(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Settings:
    """The settings of a process with this environment."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def _refused(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> str:
    """What is said of settings that are refused, without what was given: the command line leaves it out too."""
    with pytest.raises(ValidationError) as refused:
        _read(monkeypatch, environment)
    said = refused.value.errors(include_input=False, include_url=False)
    return "\n".join(f"{'_'.join(map(str, one['loc'])).upper()} {one['msg']}" for one in said)


async def test_good_settings_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(monkeypatch, GOOD)

    assert (settings.signup_credits, settings.rate_limit, settings.access_token_seconds) == (100, 100, 900)
    assert (settings.job_attempts, settings.job_retry_seconds, settings.webhook_retry_seconds) == (3, 5, (5, 25, 125))


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
async def test_a_wrong_setting_is_refused_by_name_and_never_by_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    said = _refused(monkeypatch, {**GOOD, f"NEXUS_{name}": value})

    assert name in said
    assert SECRET not in said


@pytest.mark.parametrize(("command", "status"), [("api", 1), ("worker", 1), ("check", 2)])
async def test_a_process_that_was_not_told_its_environment_refuses_in_one_sentence(
    tmp_path: Path, command: str, status: int
) -> None:
    untold = {key: value for key, value in EARNEST.items() if key != "NEXUS_ENVIRONMENT"}

    done = nexus(command, environment={**untold, "PYTHONPATH": str(ROOT)}, status=status, folder=tmp_path)

    said = done.stdout + done.stderr
    assert (said.count("NEXUS_ENVIRONMENT is not set."), "Traceback" in said) == (1, False)


@pytest.mark.parametrize("name", SECRETS)
async def test_a_secret_has_no_default(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    without = {key: value for key, value in EARNEST.items() if key != f"NEXUS_{name}"}

    said = _refused(monkeypatch, without)

    assert said == f"{name} Field required"


async def test_no_secret_is_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(monkeypatch, EARNEST)

    assert SECRET not in f"{settings!r} {settings}"


@pytest.mark.parametrize("name", ["SIGNUP_CREDITS", "GOOGLE_ISSUER", "GEMINI_API_KEY", "TRUSTED_PROXIES", "LOG_LEVEL"])
async def test_an_empty_setting_is_one_that_was_not_given(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    without = _read(monkeypatch, GOOD)

    empty = _read(monkeypatch, {f"NEXUS_{name}": ""})

    assert empty == without


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("SECRET_KEYS", f" {'a' * 32} , {'b' * 32},", ["a" * 32, "b" * 32]),
        ("TRUSTED_PROXIES", "10.0.0.1, 10.1.0.0/16", ["10.0.0.1/32", "10.1.0.0/16"]),
        ("WEBHOOK_RETRY_SECONDS", "1, 2.5", [1, 2.5]),
        ("STRIPE_WEBHOOK_SECRET", "whsec_new, whsec_old", ["whsec_new", "whsec_old"]),
        (
            "STRIPE_PACKS",
            "price_A1:1000:900:usd:Starter, price_B2:5000:3900:eur: For teams ,",
            [("price_A1", 1000, 900, "usd", "Starter"), ("price_B2", 5000, 3900, "eur", "For teams")],
        ),
        ("WEBHOOK_ALLOWED_HOSTS", "127.0.0.1:9000, [::1]:1", ["127.0.0.1:9000", "[::1]:1"]),
    ],
)
async def test_a_list_is_written_with_commas(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, read: list[Any]
) -> None:
    settings = _read(monkeypatch, {**GOOD, f"NEXUS_{name}": value})

    found = getattr(settings, name.lower())
    plain = [one.get_secret_value() if hasattr(one, "get_secret_value") else one for one in found]
    assert [str(one) if name == "TRUSTED_PROXIES" else one for one in plain] == read


async def test_a_log_level_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(monkeypatch, {**GOOD, "NEXUS_LOG_LEVEL": "warning"})

    assert settings.log_level == "WARNING"


@pytest.mark.parametrize("command", ["api", "worker"])
async def test_a_process_with_wrong_settings_ends_with_a_line_that_names_each_and_shows_no_value(
    tmp_path: Path, command: str
) -> None:
    wrong = {**EARNEST, "NEXUS_REDIS_URL": SECRET, "NEXUS_SECRET_KEYS": "", "NEXUS_RATE_LIMIT": SECRET}

    done = nexus(command, environment={**wrong, "PYTHONPATH": str(ROOT)}, status=1, folder=tmp_path)

    said = done.stdout + done.stderr
    assert all(f"NEXUS_{name}" in said for name in ("REDIS_URL", "SECRET_KEYS", "RATE_LIMIT"))
    assert (SECRET in said, "Traceback" in said) == (False, False)

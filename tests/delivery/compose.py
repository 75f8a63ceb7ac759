"""What containers are given by `compose.yaml`: read as the Compose specification says, without an engine."""

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

import yaml
from dotenv import dotenv_values

from tests.house import ROOT

VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>[A-Z_]+)(?:(?P<operator>:?[-?])(?P<rest>[^}]*))?\})")


class NotSet(Exception):
    """A variable that the file asks for is missing; compose stops with its name."""


def compose_file() -> Any:
    """The file as it stands."""
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def environment_of(service: str, env_file: str) -> dict[str, str]:
    """The environment of a service's container, with this text as `.env` beside the file. Raises NotSet."""
    known = {name: value or "" for name, value in dotenv_values(stream=StringIO(env_file)).items()}
    described = compose_file()["services"][service]
    from_file = known if ".env" in described.get("env_file", []) else {}
    given = {name: interpolate(str(value), known) for name, value in described.get("environment", {}).items()}
    return {**from_file, **given}


def interpolate(value: str, known: Mapping[str, str]) -> str:
    """A value with its variables filled in."""

    def fill(found: "re.Match[str]") -> str:
        name, operator, rest = found["name"], found["operator"] or "", found["rest"] or ""
        if name is None:
            return "$"
        held = known.get(name)
        if held or (held is not None and ":" not in operator):
            return held or ""
        if operator.endswith("?"):
            raise NotSet(f"{name} {rest}")
        return rest

    return VARIABLE.sub(fill, value)

"""
What a release is made of, as a CycloneDX 1.6 document: every locked package with its version, hashes and licence.

    python -m tests.delivery.sbom requirements/runtime.txt sbom.json
"""

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any
from uuid import uuid4

PACKAGE = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ ;]+)(?: ; ([^\\]+?))? \\$")
HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})(?: \\)?$")
PRODUCT = {"type": "application", "name": "nexusapi"}


class NotLocked(Exception):
    """A line of the file names no exact version with a hash."""


def describe(requirements: str) -> dict[str, Any]:
    """The document of a locked requirements file. Raises NotLocked."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid4()}",
        "version": 1,
        "metadata": {"timestamp": datetime.now(UTC).isoformat(), "component": PRODUCT},
        "components": list(_components(requirements.splitlines())),
    }


def _components(lines: list[str]) -> Iterator[dict[str, Any]]:
    found: dict[str, Any] | None = None
    for line in lines:
        package, digest = PACKAGE.match(line), HASH.match(line)
        if package:
            if found is not None:
                yield found
            found = _component(package[1], package[2], package[3])
        elif digest and found is not None:
            found["hashes"].append({"alg": "SHA-256", "content": digest[1]})
        elif line.strip() and not line.lstrip().startswith("#"):
            raise NotLocked(line)
    if found is not None:
        yield found


def _component(name: str, version: str, where: str | None) -> dict[str, Any]:
    purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
    component: dict[str, Any] = {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}
    licence = _licence(name)
    if licence:
        component["licenses"] = [{"license": {"name": licence}}]
    if where:
        component["properties"] = [{"name": "environment", "value": where.strip()}]
    return component | {"hashes": []}


def _licence(name: str) -> str | None:
    """What the installed package says of its own licence, in a line; None where it is not installed."""
    try:
        said: Any = metadata(name)  # a message, whose methods the types leave out
    except PackageNotFoundError:
        return None
    kinds = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or [] if one.startswith("License ::")]
    written = said.get("License-Expression") or " AND ".join(kinds) or said.get("License") or ""
    return str(written).splitlines()[0][:200] if written else None


def main(source: str, target: str) -> int:
    """Write the document."""
    document = describe(Path(source).read_text(encoding="utf-8"))
    Path(target).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(document['components'])} packages in {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))

"""What is in a backup: a page beside the file, written last. A file without its page was not finished."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from nexus.kept.errors import CannotKeep
from nexus.local.private_files import write_private

PIECE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """A backup: when, of which revision and server, how many rows of each table, and the hash of the file."""

    taken_at: str
    revision: str
    server_major: int
    rows: Mapping[str, int]
    bytes: int
    sha256: str


def page_of(backup: Path) -> Path:
    """Where the page of a backup lies."""
    return backup.with_name(f"{backup.name}.json")


def write(backup: Path, manifest: Manifest) -> None:
    """Say that a backup is complete."""
    write_private(page_of(backup), json.dumps(asdict(manifest), indent=2) + "\n")


def read(backup: Path) -> Manifest:
    """The page of a backup, once its file was found to be the one that it speaks of. Raises CannotKeep."""
    try:
        manifest = Manifest(**json.loads(page_of(backup).read_text(encoding="utf-8")))
        measured = measure(backup)
    except (OSError, ValueError, TypeError) as error:
        raise CannotKeep(
            f"{backup} is no complete backup: its page {page_of(backup).name} is written last, and cannot be read"
            f" ({type(error).__name__}). Take another one."
        ) from None
    if measured != (manifest.bytes, manifest.sha256):
        raise CannotKeep(f"{backup} is not the file that was written: its hash is another one. Take another backup.")
    return manifest


def measure(path: Path) -> tuple[int, str]:
    """How many bytes a file has, and their SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return path.stat().st_size, digest.hexdigest()

"""Folders and files that only their owner may read. A file is replaced whole or not at all."""

import os
import tempfile
from pathlib import Path

OWNER_ONLY_FOLDER = 0o700


def make_private_folder(folder: Path) -> None:
    """Make a folder with mode 0700; an existing one of ours is narrowed to it."""
    folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    if folder.stat().st_uid == os.geteuid():
        folder.chmod(OWNER_ONLY_FOLDER)


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600. Readers see the old text or the new one, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

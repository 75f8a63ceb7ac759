"""
The children of a supervisor that was killed: written down while they live, taken down at the next start.

A number is not enough to know a process by, because systems use numbers again: its time of start is kept too.
"""

import json
import signal
from collections.abc import Iterable
from pathlib import Path

from nexus.local.live_processes import end, started_at
from nexus.local.private_files import write_private

FILE_NAME = "children.json"
SAME_START_SECONDS = 2.0  # systems tell it from a clock that may be corrected
TERM_SECONDS, KILL_SECONDS = 3.0, 3.0


def write_down(data_dir: Path, pids: Iterable[int]) -> None:
    """Remember which processes are ours."""
    known = {str(pid): started for pid in pids if (started := started_at(pid)) is not None}
    write_private(data_dir / FILE_NAME, json.dumps(known))


def forget(data_dir: Path) -> None:
    """Nothing of ours is left."""
    (data_dir / FILE_NAME).unlink(missing_ok=True)


def take_down(data_dir: Path) -> int:
    """End what an earlier supervisor left behind; how many processes that were."""
    left = [pid for pid, started in _read(data_dir).items() if _is_same(pid, started)]
    stubborn = end(left, signal.SIGTERM, TERM_SECONDS)
    if stubborn:
        end(stubborn, signal.SIGKILL, KILL_SECONDS)
    forget(data_dir)
    return len(left)


def _is_same(pid: int, started: float) -> bool:
    now = started_at(pid)
    return now is not None and abs(now - started) <= SAME_START_SECONDS


def _read(data_dir: Path) -> dict[int, float]:
    try:
        kept = json.loads((data_dir / FILE_NAME).read_text(encoding="utf-8"))
        return {int(pid): float(started) for pid, started in kept.items()}
    except (OSError, ValueError, AttributeError):
        return {}

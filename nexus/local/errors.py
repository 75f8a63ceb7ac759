"""
What can go wrong on this machine, each with what to do about it.

    LocalError              a step of `nexus up` failed
    ├── ToolMissing         a program that it needs is not installed
    ├── ServerTooOld        a server is below the version floor
    ├── PortTaken           another process listens where we must
    ├── DataDirTaken        another stack lives on the same data directory
    └── StackNotRunning     a command looked for a running stack and found none
"""

from collections.abc import Sequence
from pathlib import Path


class LocalError(Exception):
    """Says the problem in one sentence and the remedy in another; `said` is what the step said last, `log` its log."""

    def __init__(self, problem: str, remedy: str, said: Sequence[str] = (), log: Path | None = None) -> None:
        super().__init__(" ".join((problem, *said, remedy)))
        self.problem = problem
        self.remedy = remedy
        self.said = tuple(said)
        self.log = log


class ToolMissing(LocalError):
    """A program that the stack needs is not installed."""


class ServerTooOld(LocalError):
    """A server is older than the oldest version without known holes."""

    def __init__(self, name: str, found: str, floor: str) -> None:
        super().__init__(
            f"{name} {found} is too old: {floor} is the oldest that is accepted.",
            "Upgrade it (`make up` installs the locked version).",
        )
        self.found = found
        self.floor = floor


class PortTaken(LocalError):
    """Another process listens on a port that the stack must have."""


class DataDirTaken(LocalError):
    """Another stack lives on this data directory."""


class StackNotRunning(LocalError):
    """No stack runs on this data directory."""

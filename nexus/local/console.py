"""What `nexus up` tells the person who started it: one line for each step, and what to do when one fails."""

from contextlib import suppress

import click

from nexus.local.errors import LocalError


class Console:
    """Prints to the terminal; colours only there. A closed pipe stops the words, not the stack."""

    def step(self, name: str, detail: str, seconds: float) -> None:
        """Say that a step is done and how long it took."""
        self._print(f"{click.style('✓', fg='green')} {name:<26} {detail:<28} {seconds:4.1f} s")

    def warn(self, text: str) -> None:
        """Say that something is not as it should be, and goes on."""
        self._print(f"{click.style('!', fg='yellow')} {text}")

    def fail(self, error: LocalError) -> None:
        """Say what failed, what it said last, where its log is and what to do."""
        self._print(f"{click.style('✗', fg='red')} {error.problem}")
        for line in error.said:
            self._print(f"    {line}")
        if error.log is not None:
            self._print(f"  Log: {error.log}")
        self._print(f"  {error.remedy}")

    def say(self, text: str = "") -> None:
        """Say a line."""
        self._print(text)

    @staticmethod
    def _print(text: str) -> None:
        with suppress(OSError, UnicodeEncodeError):
            click.echo(text)

"""
Who may open an operation in another way than by the first: said by the check that lets them pass.

The framework names every scheme that an operation's dependencies read. Which of a scheme's scopes it needs, or that a
scheme does not open it at all, is said here.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

Function = TypeVar("Function", bound=Callable[..., Any])
Schema = dict[str, Any]

MARK = "opened_by"


def opened_by(scheme: str, scope: str | None) -> Callable[[Function], Function]:
    """Say which scope of a scheme passes this check; None: the scheme does not pass it at all."""

    def say(function: Function) -> Function:
        vars(function)[MARK] = (scheme, scope)
        return function

    return say


def say_scopes(operation: Schema, dependant: Dependant) -> None:
    """Name the scopes in an operation's security, and take out the schemes that do not open it."""
    if "security" not in operation:
        return
    marked = dict(_marks(dependant))
    kept = [one for one in operation["security"] if not any(marked.get(scheme, "") is None for scheme in one)]
    operation["security"] = [
        {scheme: [str(marked[scheme])] if scheme in marked else scopes for scheme, scopes in one.items()}
        for one in kept
    ]


def _marks(dependant: Dependant) -> Iterator[tuple[str, str | None]]:
    if hasattr(dependant.call, MARK):
        yield getattr(dependant.call, MARK)
    for inner in dependant.dependencies:
        yield from _marks(inner)

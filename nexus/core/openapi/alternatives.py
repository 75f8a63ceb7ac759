"""
How an operation is opened: said by the check that lets callers pass, and written into the description of the API.

The check reads the request itself. A framework's security dependency would be solved anew for every request, only to
describe what is the same for all.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

Function = TypeVar("Function", bound=Callable[..., Any])
Schema = dict[str, Any]

SIGNED = "signed_by"
OPENED = "opened_by"


def signed_by(schemes: Mapping[str, Schema]) -> Callable[[Function], Function]:
    """Say by which schemes callers may sign, in the order of preference (OpenAPI 3.1, section 4.8.27)."""
    return _say(SIGNED, schemes)


def opened_by(scheme: str, scope: str | None) -> Callable[[Function], Function]:
    """Say which scope of a scheme passes this check; None: the scheme does not pass it at all."""
    return _say(OPENED, (scheme, scope))


def say_security(operation: Schema, dependant: Dependant) -> Mapping[str, Schema]:
    """Write into an operation which schemes open it, and with which scopes. What these schemes are is given back."""
    schemes: Mapping[str, Schema] = next(_said(SIGNED, dependant), {})
    scopes = dict(_said(OPENED, dependant))
    opening = [name for name in schemes if scopes.get(name, "") is not None]
    if opening:
        operation["security"] = [{name: [str(scopes[name])] if name in scopes else []} for name in opening]
    return schemes


def _say(what: str, said: object) -> Callable[[Function], Function]:
    def say(function: Function) -> Function:
        vars(function)[what] = said
        return function

    return say


def _said(what: str, dependant: Dependant) -> Iterator[Any]:
    if hasattr(dependant.call, what):
        yield getattr(dependant.call, what)
    for inner in dependant.dependencies:
        yield from _said(what, inner)

"""How a route gets what the root built: by its type, from the application it belongs to."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import FastAPI, Request

Part = TypeVar("Part")


def hand_down(app: FastAPI, *parts: Any) -> None:
    """Give the application its parts, beside those that it has."""
    app.state.parts = getattr(app.state, "parts", {}) | {type(part): part for part in parts}


def part(kind: type[Part]) -> Callable[[Request], Awaitable[Part]]:
    """A dependency that finds the part of this type."""

    async def find(request: Request) -> Part:
        return part_of(request, kind)

    return find


def part_of(request: Request, kind: type[Part]) -> Part:
    """The part of this type. On the way of every request this is cheaper than a dependency."""
    found: Part = request.app.state.parts[kind]
    return found

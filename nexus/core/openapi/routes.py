"""The paths of the description: for programs the document, whole and per version, and for people the same as a page."""

from collections.abc import Awaitable, Callable, Iterable

from fastapi import APIRouter, Request, Response
from pydantic_core import to_json

from nexus.core.openapi.document import version_of
from nexus.core.openapi.page import POLICY, render


def description_routes(versions: Iterable[str]) -> APIRouter:
    """The paths of the description. What they answer is made when it is first asked for, and kept."""
    router, kept = APIRouter(include_in_schema=False), dict[str, bytes]()

    @router.get("/openapi.json")
    async def read_description(request: Request) -> Response:
        """The whole document."""
        if "" not in kept:
            kept[""] = to_json(request.app.openapi())
        return Response(kept[""], media_type="application/json")

    @router.get("/docs")
    async def read_reference(request: Request) -> Response:
        """The whole document as a page."""
        if "docs" not in kept:
            kept["docs"] = render(request.app.openapi()).encode()
        return Response(kept["docs"], media_type="text/html", headers={"Content-Security-Policy": POLICY})

    for version in versions:
        router.add_api_route(f"/{version}/openapi.json", _document_of(version, kept), name=f"describe_{version}")
    return router


def _document_of(version: str, kept: dict[str, bytes]) -> Callable[[Request], Awaitable[Response]]:
    async def read_description_of_version(request: Request) -> Response:
        """What the document says of one version."""
        if version not in kept:
            kept[version] = to_json(version_of(request.app.openapi(), version))
        return Response(kept[version], media_type="application/json")

    return read_description_of_version

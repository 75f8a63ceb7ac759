"""
Hints for generators of clients: how a list is read to its end, and which answers are worth another try.

OpenAPI has no words of its own for either. These are the extensions that generators read most.
"""

from typing import Any

Schema = dict[str, Any]

PAGINATION: Schema = {
    "x-speakeasy-pagination": {
        "type": "cursor",
        "inputs": [
            {"name": "cursor", "in": "parameters", "type": "cursor"},
            {"name": "limit", "in": "parameters", "type": "limit"},
        ],
        "outputs": {"results": "$.items", "nextCursor": "$.next_cursor"},
    },
    "x-fern-pagination": {
        "cursor": "$request.cursor",
        "next_cursor": "$response.next_cursor",
        "results": "$response.items",
    },
}
# Nothing has been done by a request that gets one of these, and `Retry-After` says when to send it again.
RETRIES: Schema = {
    "x-speakeasy-retries": {
        "strategy": "backoff",
        "backoff": {"initialInterval": 500, "maxInterval": 60_000, "maxElapsedTime": 300_000, "exponent": 2},
        "statusCodes": ["429", "503"],
        "retryConnectionErrors": False,
    }
}


def add_pagination(operation: Schema, shapes: dict[str, Schema]) -> None:
    """Add the hint to an operation that takes a cursor and answers with a page."""
    takes_cursor = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", []))
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    shape = shapes.get(content.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
    if takes_cursor and "next_cursor" in shape.get("properties", {}):
        operation |= PAGINATION

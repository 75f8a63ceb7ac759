"""How long the parts that run beside the event loop's own work take over a hostile schema, in processor time."""

import json
from collections.abc import Iterator
from contextlib import suppress
from time import thread_time
from typing import Any

from nexus.ai.json_schema.bounds import check_bounds, check_values
from nexus.ai.json_schema.refused import SchemaRefused
from nexus.job_types.extract import ExtractInput
from tests.hostile.inputs import hostile_requests
from tests.job_types.test_hostile_schemas import hostile_schemas

LONGEST_SECONDS = 0.02
TRIES = 3


def schemas() -> Iterator[dict[str, Any]]:
    """Every kind of hostile schema, some of each."""
    yield from hostile_schemas(130)
    yield from (request.body["schema"] for request in hostile_requests(7, 1_100) if request.path == "/extract")


def least_seconds(schema: dict[str, Any]) -> float:
    """What reading a body with this schema and checking its bounds takes, at the best of a few tries."""
    body, seconds = json.dumps({"text": "A.", "schema": schema}).encode(), []
    for _ in range(TRIES):
        started = thread_time()
        asked = ExtractInput.model_validate(json.loads(body))
        with suppress(SchemaRefused):
            check_values(asked.schema_)
            check_bounds(asked.schema_)
        seconds.append(thread_time() - started)
    return min(seconds)


def test_reading_a_hostile_schema_and_checking_its_bounds_takes_milliseconds() -> None:
    seconds, slowest = max((least_seconds(schema), json.dumps(schema)) for schema in schemas())

    assert seconds < LONGEST_SECONDS, slowest[:500]

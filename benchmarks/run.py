"""`make bench`: measures, prints the table, and writes it with the machine and the date to benchmarks/RESULTS.md."""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil
import uvloop

from benchmarks import caching, costs, footprint, growth, limiting, stack, submitting, webhooks, working
from benchmarks.setting import Row, gather

ORGANISATIONS = 100
RESULTS = Path(__file__).parent / "RESULTS.md"
MEASUREMENTS = (
    submitting.against_bare,
    submitting.while_workers_are_busy,
    caching.cached_answers,
    limiting.limiter,
    working.submit_to_result,
    working.pick_up,
    working.against_arq,
    webhooks.deliveries,
    webhooks.first_attempt,
    footprint.longest_text,
    footprint.memory,
    costs.costs,
    growth.growth,
)


async def main(wanted: list[str]) -> None:
    """Measure everything in one run, on one stack; or only what these modules measure, and then write nothing."""
    measurements = [one for one in MEASUREMENTS if not wanted or one.__module__.rpartition(".")[2] in wanted]
    rows: list[Row] = []
    with stack.running() as running:
        crowd = await gather(running, ORGANISATIONS)
        for measure in measurements:
            found = await measure(crowd)
            rows += found
            _show(found)
    if not wanted:
        _write(rows)


def _show(rows: list[Row]) -> None:
    for name, value, note in rows:
        print(f"{name:<40} {value:>14}   {note}", flush=True)


def _write(rows: list[Row]) -> None:
    gigabytes = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores, {gigabytes:.0f} GiB, Python {platform.python_version()}"
    table = "\n".join(f"| {name} | {value} | {note} |" for name, value, note in rows)
    RESULTS.write_text(
        f"# The last `make bench`\n\n{datetime.now(UTC):%Y-%m-%d}, {machine}, everything on this one machine, client"
        " included.\nMedians of several rounds in one run. The ratios are what counts: absolute times belong to the"
        f" machine.\n\n| what | figure | |\n| --- | --- | --- |\n{table}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:]))

"""How fast an answer comes that is kept already: its latency, and its rate against the bare route's."""

from statistics import median

from benchmarks import load
from benchmarks.setting import BODY, CONNECTIONS, Crowd, Row
from benchmarks.submitting import bare_process, rate, ratio

ROUNDS = 5
SAMPLES = 4000
ORGANISATIONS = 20


async def cached_answers(crowd: Crowd) -> list[Row]:
    """The same text again and again, after it was answered once in each organisation."""
    repeats, nothing = crowd.repeats(ORGANISATIONS), load.post("/nothing", BODY)
    await load.run(crowd.stack.api, repeats, connections=CONNECTIONS, seconds=60, most=ORGANISATIONS * 10)
    await crowd.until_idle()
    found = await load.run(crowd.stack.api, repeats, connections=CONNECTIONS, seconds=60, most=SAMPLES)
    assert found.statuses[200] > 0.99 * SAMPLES, found.statuses
    hits, empties = [], []
    with bare_process(crowd.stack) as url:
        for _ in range(ROUNDS):
            empties.append(await rate(url, lambda _: nothing))
            hits.append(await rate(crowd.stack.api, repeats))
    note = f"{len(found.latencies)} samples, {CONNECTIONS} connections"
    return [
        ("cached answer p50", f"{found.percentile(0.50):.1f} ms", note),
        ("cached answer p99", f"{found.percentile(0.99):.1f} ms", "under 25 ms"),
        ("cached answers", f"{median(hits):.0f} /s", f"{ORGANISATIONS} organisations"),
        ("ratio: cached answer to bare route", f"{ratio(hits, empties):.3f}", "at least 0.08, aim 0.15"),
    ]

"""Gate A2.3: three attempts five seconds apart, visible in the log; then failed with `attempt_count` 3."""

from tests.ai.gemini_server import GeminiServer, fails
from tests.gates.whole_stack import WholeStack, settled

DELAY, WITHIN = 5, 1


async def test_gate_a2_3_a_job_goes_through_three_attempts_five_seconds_apart_and_then_has_failed(
    stack: WholeStack, gemini: GeminiServer
) -> None:
    async with stack.somebody() as ann:
        gemini.forget()
        gemini.script(*[fails(503, "UNAVAILABLE")] * 3)

        accepted = (await ann.api.post("/summarize", json={"text": "It will fail three times."})).json()
        job = await settled(ann, accepted["job_id"])

        assert (job["status"], job["attempt_count"], job["error_code"]) == ("failed", 3, "model_unavailable")
        log = stack.told("worker-0", accepted["job_id"])
        started = [event["at"] for event in log if event["event"] == "job.attempt_started"]
        ended = [event["at"] for event in log if event["event"] in ("job.attempt_failed", "job.failed")]
        assert [event["attempt"] for event in log if event["event"] == "job.attempt_started"] == [1, 2, 3]
        pauses = [(start - end).total_seconds() for start, end in zip(started[1:], ended, strict=False)]
        print(f"seconds between an attempt's end and the next one's start: {pauses}")  # noqa: T201 - figures of the gate
        assert len(pauses) == 2
        assert all(abs(pause - DELAY) <= WITHIN for pause in pauses)
        assert [event["level"] for event in log if event["event"] == "job.failed"] == ["error"]
        assert len(gemini.asked) == 3

import { describe, expect, test } from "vitest";

import { costOf, costPhrase, entryName, nounOf, refundSentence, statusOf, verbOf, wordsForJob } from "@/features/jobs/job-words";

test("a job type has one verb and one noun; one that is new to us goes by its own name", () => {
  expect(["summarize", "analyze", "extract", "translate"].map(verbOf)).toEqual(["Summarise", "Analyse", "Extract data", "translate"]);
  expect(["summarize", "analyze", "extract", "translate"].map(nounOf)).toEqual(["Summary", "Analysis", "Extracted data", "translate"]);
});

test("a job that somebody cancelled did not fail", () => {
  expect(statusOf({ status: "failed", error_code: "cancelled" })).toBe("cancelled");
  expect(statusOf({ status: "failed", error_code: "model_refused" })).toBe("failed");
});

test.each([
  [{ cost: 10, cached: false, refunded: false }, { amount: 10, note: null }, "10 credits"],
  [{ cost: 10, cached: false, refunded: true }, { amount: 10, note: "refunded" }, "10 credits, refunded"],
  [{ cost: 0, cached: true, refunded: false }, { amount: 0, note: "cached" }, "0 credits, answered from the cache"],
  [{ cost: 0, cached: false, refunded: true }, { amount: 0, note: null }, "0 credits"],
])("the cost of %j is the same in a table and in a phrase", (job, cell, phrase) => {
  expect(costOf(job)).toEqual(cell);
  expect(costPhrase(job)).toBe(phrase);
});

test("a refund is said in the past once it is made, and not at all where nothing was paid", () => {
  expect(refundSentence({ cost: 10, refunded: true })).toBe("10 credits refunded.");
  expect(refundSentence({ cost: 10, refunded: false })).toBe("The refund of 10 credits is on its way.");
  expect(refundSentence({ cost: 0, refunded: true })).toBe("");
});

test.each([
  ["Job: summarize", "Summary"],
  ["Refund: summarize", "Summary, refunded"],
  ["Job: extract", "Extracted data"],
  ["Job: translate", "translate"],
  ["Job: what somebody wrote", "Job: what somebody wrote"],
])("the ledger's %s is called %s", (description, name) => {
  expect(entryName({ description, job_id: "0190c1d2-0000-7000-8000-0000000000f1" })).toBe(name);
});

test("an entry that is no job's keeps its words", () => {
  expect(entryName({ description: "Refund: summarize", job_id: null })).toBe("Refund: summarize");
});

describe("a job that failed", () => {
  const failed = { error_code: "model_refused", error_message: "raw", refunded: true, cost: 10 };

  test("says why, and that the credits came back", () => {
    expect(wordsForJob(failed)).toEqual({
      title: "Failed",
      reason: "The language model will not work on this text. Change the text, then run it again.",
      refund: "10 credits refunded.",
    });
  });

  test("of an unknown reason says what the API says", () => {
    expect(wordsForJob({ ...failed, error_code: "new_code", error_message: "It rained." }).reason).toBe("It rained.");
  });

  test("that is not refunded yet says so, and one that cost nothing too", () => {
    expect(wordsForJob({ ...failed, refunded: false }).refund).toBe("The refund of 10 credits is on its way.");
    expect(wordsForJob({ ...failed, cost: 0 }).refund).toBe("It cost nothing.");
  });

  test("because somebody cancelled it is called that", () => {
    expect(wordsForJob({ ...failed, error_code: "cancelled" }).title).toBe("Cancelled");
  });
});

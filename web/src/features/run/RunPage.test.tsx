import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";

import { RunPage } from "@/features/run/RunPage";
import { openOrders } from "@/hooks/draft";
import { expectAccessible } from "@/test/accessible";
import { type Answer, serveApi } from "@/test/api";
import { ann, show } from "@/test/show";
import { live, ownTime } from "@/test/time";
import { BALANCE, job, JOB_ID, page } from "@/test/values";

const api = serveApi();
ownTime();

const TYPES = page(
  [
    ["summarize", 10, true],
    ["analyze", 25, true],
    ["extract", 15, false],
  ].map(([name, price, available]) => ({ name, price, available, description: "", input_schema: {}, output_schema: {} })),
);
const ACCEPTED = { job_id: JOB_ID, status: "pending", cost: 10, cached: false, output_data: null };
const JOB = `GET /v1/jobs/${JOB_ID}`;
const ANALYSIS = {
  language: "de",
  word_count: 41,
  sentence_count: 4,
  topics: ["bridge"],
  sentiment: { label: "negative", score: -0.136 },
  readability: { score: 89.1, formula: "flesch-reading-ease", reason: null },
  key_sentences: ["The old bridge was closed."],
};

beforeEach(() => {
  api.answer("GET /v1/credits", BALANCE);
  api.answer("GET /v1/job-types", TYPES);
  api.answer("GET /v1/billing/packs", { ...page([PACK]), configured: true, support_contact: null });
  api.say("POST /v1/summarize", () => ({ status: 202, body: ACCEPTED }));
  api.answer(JOB, job("running"));
});

const PACK = { id: "price_a", name: "Starter", credits: 1000, amount: 900, currency: "usd", amount_decimal: "9.00", amount_exponent: 2 };
const textField = () => screen.getByRole("textbox", { name: "Text" });
const summarise = () => screen.getByRole("button", { name: /^Summarise/ });
const submissions = () => api.asked("POST /v1/summarize");

async function opened(shown: Parameters<typeof show>[1] = {}) {
  const view = show(<RunPage />, shown);
  await waitFor(() => expect(summarise()).toHaveAccessibleName("Summarise (10 credits)"));
  return view;
}

function write(text: string) {
  fireEvent.change(textField(), { target: { value: text } });
}

async function asked(shown: Parameters<typeof show>[1] = {}) {
  const view = await opened(shown);
  write("A text.");
  fireEvent.click(summarise());
  return view;
}

test("nothing was run yet: prices from the API, the limit, and what is not available says why", async () => {
  const { container } = await opened();

  expect(screen.getByText("Nothing was run yet")).toBeVisible();
  expect(screen.getByRole("button", { name: "Analyse (25 credits)" })).toBeVisible();
  expect(screen.getByText("0 of 50,000 characters")).toBeVisible();
  expect(screen.getByRole("button", { name: "Extract data" })).toHaveAccessibleDescription(/needs a language model/);
  await expectAccessible(container);
});

test("from the click to the result, without a reload: sending, queued, running, done", async () => {
  api.answer(JOB, job("pending", { attempt_count: 0 }));
  const { container } = await asked();
  await waitFor(() => expect(screen.getByText("Pending", { selector: "p.font-medium" })).toBeVisible());
  expect(JSON.parse(submissions()[0]?.body ?? "")).toEqual({ text: "A text." });

  api.answer(JOB, job("running"));
  await live(2500);
  expect(screen.getByText("Running", { selector: "p.font-medium" })).toBeVisible();
  expect(container.querySelector("svg.animate-spin")).not.toBeNull();
  await expectAccessible(container);

  api.answer(JOB, job("completed", { model: "offline:lexrank", completed_at: "2026-11-20T13:59:02.500000Z" }));
  await live(2500);
  const result = screen.getByRole("region", { name: "Summary" });
  expect(result).toHaveTextContent(/Cost10 credits.*Took2\.5 s.*Modeloffline:lexrank.*Short\./);
  expect(within(result).getByRole("link", { name: "Open the job" })).toHaveAttribute("href", `/acme.test/jobs/${JOB_ID}`);
  expect(screen.getByText(/^Done\. Summary: 10 credits/)).toHaveAttribute("role", "status");
  await expectAccessible(container);

  const looks = api.asked(JOB).length;
  await live(10_000);
  expect(api.asked(JOB)).toHaveLength(looks);
});

test("a cached answer cost nothing; v2 tells what remains; output that looks like markup is text", async () => {
  api.answer("POST /v2/summarize", { ...ACCEPTED, status: "completed", cost: 0, cached: true, credits_remaining: 80 });
  api.answer(JOB, job("completed", { cost: 0, cached: true, output_data: { summary: "<b id=bad>Bold</b>" } }));
  const { container } = await opened();
  const person = userEvent.setup({ advanceTimers: (milliseconds) => vi.advanceTimersByTime(milliseconds) });
  act(() => screen.getByRole("combobox", { name: "API version" }).focus());
  await person.keyboard("{Enter}");
  await person.click(await screen.findByRole("option", { name: /v2/ }));
  write("A text.");
  fireEvent.click(summarise());

  const result = await screen.findByRole("region", { name: "Summary" });
  expect(result).toHaveTextContent("0 credits, answered from the cache");
  expect(result).toHaveTextContent("Credits remaining80");
  expect(result).toHaveTextContent("<b id=bad>Bold</b>");
  expect(container.querySelector("#bad")).toBeNull();
});

test("an analysis is to be read; an output of another shape is shown as it is", async () => {
  api.answer(JOB, job("completed", { job_type: "analyze", cost: 25, output_data: ANALYSIS }));
  const { unmount, container } = await opened({ search: `?job=${JOB_ID}` });
  const result = await screen.findByRole("region", { name: "Analysis" });
  expect(result).toHaveTextContent(/bridge.*Negative.*−0\.14.*89easy to read.*The old bridge was closed\..*41 words in 4 sentences, German/);
  fireEvent.click(within(result).getByRole("tab", { name: "JSON" }));
  expect(await within(result).findByRole("region", { name: "the output as JSON" })).toHaveTextContent('"word_count": 41');
  await expectAccessible(container);
  unmount();

  api.answer(JOB, job("completed", { job_type: "analyze", output_data: { topics: "none" } }));
  await opened({ search: `?job=${JOB_ID}` });
  expect(await screen.findByText("There is no other view of this kind of output.")).toBeVisible();
});

test("a job that failed says why, gives the credits back, and runs again as a new job", async () => {
  api.answer(JOB, job("failed"));
  const { container } = await opened({ search: `?job=${JOB_ID}` });

  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent(/Failed.*did not answer.*10 credits refunded\./);
  await expectAccessible(container);
  fireEvent.click(within(alert).getByRole("button", { name: "Run again (10 credits)" }));
  await waitFor(() => expect(submissions()).toHaveLength(1));
  expect(JSON.parse(submissions()[0]?.body ?? "")).toEqual({ text: "A text." });
});

test.each([
  ["admin", "Buy credits"],
  ["member", "Ask an admin of your organisation for credits."],
] as const)("too few credits are said to an %s before the click, and the refusal in words", async (role, way) => {
  api.answer("GET /v1/credits", { ...BALANCE, balance: 8 });
  api.refuse("POST /v1/summarize", 402, "insufficient_credits", { needed: 10, available: 8 });
  await opened({ role });
  await waitFor(() => expect(summarise()).toHaveAccessibleDescription(expect.stringMatching(new RegExp(`Summarise needs 10 credits, you have 8\\..*${way}`))));

  write("A text.");
  fireEvent.click(summarise());
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("You need 10 credits, you have 8");
  expect(within(alert).queryByRole("link", { name: "Buy credits" }) !== null).toBe(role === "admin");
  expect(textField()).toHaveValue("A text.");
});

test("where nothing is sold, too few credits lead to the operator and to no dead end", async () => {
  api.answer("GET /v1/credits", { ...BALANCE, balance: 8 });
  api.answer("GET /v1/billing/packs", { ...page([]), configured: false, support_contact: "support@example.com" });
  api.refuse("POST /v1/summarize", 402, "insufficient_credits", { needed: 10, available: 8 });
  const { container } = await opened();
  await waitFor(() => expect(summarise()).toHaveAccessibleDescription(expect.stringContaining("Ask support@example.com for credits.")));
  write("A text.");
  fireEvent.click(summarise());

  expect(await screen.findByRole("alert")).toHaveTextContent("Ask support@example.com for credits.");
  expect(screen.queryByText(/buy/i)).toBeNull();
  await expectAccessible(container);
});

test("why something cannot be asked for stands beside its button, not in a tip", async () => {
  await opened();
  const button = screen.getByRole("button", { name: "Extract data" });

  const reason = screen.getByText(/needs a language model/);
  expect(reason).toBeVisible();
  expect(reason).toHaveTextContent(/^Extract data: /);
  expect(button).toHaveAccessibleDescription(reason.textContent);
  expect(button).not.toHaveAttribute("data-tip");
});

test("at a 429 it counts down, the buttons wait, and it goes on by itself with the same key", async () => {
  api.refuse("POST /v1/summarize", 429, "rate_limited", { retry_after: 3 }, { "Retry-After": "3" });
  await asked();
  expect(await screen.findByRole("alert")).toHaveTextContent(/Too many requests.*Retrying in \d seconds?/);
  expect(summarise()).toHaveAttribute("aria-disabled", "true");

  api.say("POST /v1/summarize", () => ({ status: 202, body: ACCEPTED }));
  await live(4000);
  expect(await screen.findByText("Running", { selector: "p.font-medium" })).toBeVisible();
  const keys = submissions().map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
  expect(screen.queryByText(/first try|first time/)).toBeNull();
});

test("an answer that never came: the text stays, the same key again, and whether it had been accepted", async () => {
  await opened();
  write("A text.");
  api.away(true);
  fireEvent.click(summarise());
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent(/Can't reach the server.*Whether it was accepted is not known yet\. Your text is kept\./);
  expect(textField()).toHaveValue("A text.");

  api.away(false);
  api.say("POST /v1/summarize", () => ({ status: 202, body: ACCEPTED, headers: { "Idempotency-Replayed": "true" } }));
  fireEvent.click(within(alert).getByRole("button", { name: "Retry" }));
  expect(await screen.findByText("It had been accepted the first time. It was done and charged once.")).toBeVisible();
  const keys = submissions().map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(1);
});

test("asking for the same again after an answer that never came is the same order", async () => {
  await opened();
  write("A text.");
  api.away(true);
  fireEvent.click(summarise());
  await screen.findByRole("alert");
  api.away(false);
  fireEvent.click(summarise());
  await screen.findByText("The first try had not arrived. It was accepted now.");
  expect(new Set(submissions().map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
});

test("an order is kept from the moment it is sent: a reload before the answer finds it", async () => {
  let answer: (given: Answer) => void = () => undefined;
  api.say("POST /v1/summarize", () => new Promise<Answer>((done) => (answer = done)));
  await opened();
  write("A text.");
  fireEvent.click(summarise());
  await waitFor(() => expect(submissions()).toHaveLength(1));

  expect(openOrders.read(ann().organisation.id)).toMatchObject({ kind: "summarize", key: submissions()[0]?.headers["idempotency-key"] });
  answer({ status: 202, body: ACCEPTED });
  await screen.findByText("Running", { selector: "p.font-medium" });
  expect(openOrders.read(ann().organisation.id)).toBeNull();
});

test("the page is left before the answer: on return the text is there, and the order can be sent again with its key", async () => {
  await opened();
  write("A text.");
  api.away(true);
  fireEvent.click(summarise());
  await screen.findByRole("alert");
  const first = submissions()[0]?.headers["idempotency-key"];
  cleanup();

  api.away(false);
  await opened();
  expect(textField()).toHaveValue("A text.");
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("The last request was not answered before you left the page");
  fireEvent.click(within(alert).getByRole("button", { name: "Retry" }));
  await waitFor(() => expect(submissions().at(-1)?.headers["idempotency-key"]).toBe(first));
  expect(await screen.findByText("The first try had not arrived. It was accepted now.")).toBeVisible();
});

test("two clicks are one order, and another text is another order", async () => {
  const { container } = await opened();
  write("A text.");
  act(() => {
    summarise().click();
    summarise().click();
  });
  await screen.findByText("Running", { selector: "p.font-medium" });
  expect(submissions()).toHaveLength(1);

  write("Another text.");
  fireEvent.click(summarise());
  await waitFor(() => expect(submissions()).toHaveLength(2));
  const keys = submissions().map(({ headers }) => headers["idempotency-key"]);
  expect(keys[0]).not.toBe(keys[1]);
  await waitFor(() => expect(container.querySelector("[aria-busy]")).toBeNull());
});

test("nothing is sent without a text, with one that is too long, or where the API says what is wrong with it", async () => {
  await opened();
  fireEvent.keyDown(textField(), { key: "Enter", ctrlKey: true });
  expect(await screen.findByText("Enter a text first.")).toBeVisible();
  expect(textField()).toHaveFocus();

  write("x".repeat(50_001));
  fireEvent.click(summarise());
  expect(await screen.findByText("Make it shorter by 1 character.")).toBeVisible();
  expect(submissions()).toHaveLength(0);

  api.refuse("POST /v1/summarize", 422, "invalid_request", { errors: [{ field: "text", message: "Remove the NUL characters." }] });
  write("A text.");
  fireEvent.keyDown(textField(), { key: "Enter", metaKey: true });
  await waitFor(() => expect(textField()).toHaveAccessibleDescription(expect.stringContaining("Remove the NUL characters.")));
});

test("a job of nobody's is not found; while the API is away the last that is known stays", async () => {
  const other = "0190c1d2-0000-7000-8000-0000000000f9";
  const { unmount } = await opened({ search: `?job=${other}` });
  expect(await screen.findByRole("alert")).toHaveTextContent("Not found");
  unmount();

  await opened({ search: `?job=${JOB_ID}` });
  await screen.findByText("Running", { selector: "p.font-medium" });
  api.away(true);
  await live(3000);
  expect(screen.getByText(/Can't reach the server\. Last updated/)).toBeVisible();
  expect(screen.getByText("Running", { selector: "p.font-medium" })).toBeVisible();
});

test("prices that cannot be read say so, and nothing is sent without them", async () => {
  api.refuse("GET /v1/job-types", 500, "internal_error");
  show(<RunPage />);
  await live(3000);
  expect(screen.getByText("Something went wrong on our side")).toBeVisible();
  write("A text.");
  fireEvent.click(summarise());
  fireEvent.keyDown(textField(), { key: "Enter", ctrlKey: true });
  await live(1000);
  expect(submissions()).toHaveLength(0);
});

test("extraction takes a schema where it is available", async () => {
  api.answer("GET /v1/job-types", page(TYPES.items.map((type) => ({ ...type, available: true }))));
  api.say("POST /v1/extract", () => ({ status: 202, body: { ...ACCEPTED, cost: 15 } }));
  const { container } = await opened();
  write("Ms Vogt ordered 12 chairs.");
  fireEvent.click(screen.getByRole("button", { name: "Extract data" }));
  const run = screen.getByRole("button", { name: "Extract data (15 credits)" });
  fireEvent.click(run);
  expect(await screen.findByText("Enter a JSON Schema first.")).toBeVisible();
  const field = screen.getByRole("textbox", { name: "JSON Schema" });
  expect(field).toHaveFocus();
  fireEvent.change(field, { target: { value: "[1" } });
  fireEvent.click(run);
  expect(await screen.findByText(/This is not JSON/)).toBeVisible();
  await expectAccessible(container);

  fireEvent.change(field, { target: { value: '{"type": "object"}' } });
  fireEvent.click(run);
  await waitFor(() => expect(api.asked("POST /v1/extract")).toHaveLength(1));
  expect(JSON.parse(api.asked("POST /v1/extract")[0]?.body ?? "")).toEqual({ text: "Ms Vogt ordered 12 chairs.", schema: { type: "object" } });
});

test("a job that was asked for is found again when somebody comes back, until it is cleared", async () => {
  await asked();
  await screen.findByText("Running", { selector: "p.font-medium" });
  cleanup();

  await opened();
  expect(await screen.findByText("Running", { selector: "p.font-medium" })).toBeVisible();
  act(() => screen.getByRole("button", { name: "Clear" }).click());
  expect(await screen.findByText("Nothing was run yet")).toBeVisible();
  expect(textField()).toHaveValue("A text.");
});

import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";

import { JobDetail } from "@/features/jobs/JobDetail";
import { JobsPage } from "@/features/jobs/JobsPage";
import { drafts } from "@/hooks/draft";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { ann, show } from "@/test/show";
import { live, ownTime } from "@/test/time";
import { job, JOB_ID, page } from "@/test/values";

const api = serveApi();
ownTime();

const LIST = "GET /v1/jobs";
const ONE = `GET /v1/jobs/${JOB_ID}`;
const OTHER_ID = "0190c1d2-0000-7000-8000-0000000000f2";
const table = () => screen.findByRole("table", { name: "Jobs" });
const timeline = () => screen.findByRole("list", { name: "Timeline" });

beforeEach(() => {
  api.answer("GET /v1/credits", { balance: 80, debt: 0, as_of: "2026-11-20T14:00:00Z" });
  api.answer("GET /v1/job-types", page([{ name: "summarize", price: 10, available: true, description: "", input_schema: {}, output_schema: {} }]));
});

test("the list tells kind, status, cost and duration, and leads to each job", async () => {
  const done = job("completed", { completed_at: "2026-11-20T13:59:02.500000Z" });
  const cached = job("completed", { id: OTHER_ID, cached: true, cost: 0 });
  const cancelled = job("failed", { id: OTHER_ID.replace("f2", "f3"), error_code: "cancelled" });
  api.answer(LIST, page([done, cached, cancelled]));
  const { container } = show(<JobsPage />);

  const rows = within(await table()).getAllByRole("row");
  expect(rows[1]).toHaveTextContent(/Summary.*Completed.*10.*2\.5 s/);
  expect(rows[2]).toHaveTextContent(/cached0/);
  expect(rows[3]).toHaveTextContent(/Cancelled.*refunded10/);
  expect(within(rows[1] as HTMLElement).getByRole("link")).toHaveAttribute("href", `/acme.test/jobs/${JOB_ID}`);
  await expectAccessible(container);
});

test("filters stand in the address and are asked for; none yet and none match are told apart", async () => {
  api.answer(LIST, page([]));
  const view = show(<JobsPage />);
  expect(await screen.findByText("No jobs yet")).toBeVisible();
  await expectAccessible(view.container);
  cleanup();

  const onUrlUpdate = vi.fn();
  show(<JobsPage />, { search: "?status=failed&type=summarize", onUrlUpdate });
  expect(await screen.findByText("No job matches")).toBeVisible();
  expect(Object.fromEntries(api.asked(LIST).at(-1)?.search ?? [])).toMatchObject({ status: "failed", job_type: "summarize" });
  fireEvent.click(screen.getByRole("button", { name: "Show all jobs" }));
  expect(await screen.findByText("No jobs yet")).toBeVisible();
  await waitFor(() => expect(onUrlUpdate).toHaveBeenLastCalledWith(expect.objectContaining({ queryString: "" })));

  const person = userEvent.setup({ advanceTimers: (milliseconds) => vi.advanceTimersByTime(milliseconds) });
  act(() => screen.getByRole("combobox", { name: "Status" }).focus());
  await person.keyboard("{Enter}");
  await person.click(await screen.findByRole("option", { name: "Running" }));
  await waitFor(() => expect(onUrlUpdate).toHaveBeenLastCalledWith(expect.objectContaining({ queryString: "?status=running" })));
});

test("a filter that makes no sense is none", async () => {
  api.answer(LIST, page([]));
  show(<JobsPage />, { search: "?status=odd&type=%00" });
  expect(await screen.findByText("No jobs yet")).toBeVisible();
  expect(api.asked(LIST)[0]?.search.has("status")).toBe(false);
});

test("a row that runs is looked at by itself, never by the list, and no more once it has ended", async () => {
  api.answer(LIST, page([job("running"), job("completed", { id: OTHER_ID })]));
  api.answer(ONE, job("running"));
  show(<JobsPage />);
  await live(5000);
  expect(within(await table()).getByText("Running")).toBeVisible();
  expect(api.asked(ONE).length).toBeGreaterThanOrEqual(2);

  api.answer(ONE, job("completed"));
  await live(3000);
  expect(within(await table()).getAllByText("Completed")).toHaveLength(2);
  const looks = api.asked(ONE).length;
  await live(10_000);
  expect(api.asked(ONE)).toHaveLength(looks);
  expect(api.asked(LIST)).toHaveLength(1);
  expect(api.asked(`GET /v1/jobs/${OTHER_ID}`)).toHaveLength(0);
});

test("twenty rows that run make one look a second, not ten", async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `0190c1d2-0000-7000-8000-0000000001${String(index).padStart(2, "0")}`);
  api.answer(LIST, page(ids.map((id) => job("pending", { id }))));
  ids.forEach((id) => api.answer(`GET /v1/jobs/${id}`, job("pending", { id })));
  show(<JobsPage />);
  await table();
  await live(41_000);
  const looks = ids.flatMap((id) => api.asked(`GET /v1/jobs/${id}`));
  expect(looks.length).toBeGreaterThanOrEqual(20);
  expect(looks.length).toBeLessThanOrEqual(41);
});

test("the next page follows the cursor", async () => {
  api.say(LIST, ({ search }) => ({ body: search.get("cursor") ? page([job("failed", { id: OTHER_ID })]) : page([job("completed")], "next") }));
  show(<JobsPage />);
  fireEvent.click(await screen.findByRole("button", { name: "Load more" }));
  await waitFor(async () => expect(within(await table()).getAllByRole("row")).toHaveLength(3));
});

test.each([
  [500, "internal_error", "Something went wrong on our side"],
  [429, "rate_limited", "Too many requests"],
  [403, "not_allowed", "You may not do this"],
])("a list that is refused with %s says so", async (status, code, words) => {
  api.refuse(LIST, status, code);
  const { container } = show(<JobsPage />);
  await live(3000);
  expect(screen.getByText(words)).toBeVisible();
  await expectAccessible(container);
});

test("a job that is done: each step with its time, what went in, what came out", async () => {
  api.answer(
    ONE,
    job("completed", {
      attempt_count: 2,
      started_at: "2026-11-20T13:59:05.000000Z",
      completed_at: "2026-11-20T13:59:06.500000Z",
      input_data: { text: "<script>bad()</script>" },
      model: "offline:lexrank",
    }),
  );
  const { container } = show(<JobDetail id={JOB_ID} />);

  expect(await timeline()).toHaveTextContent(/Accepted.*10 credits taken.*Attempt 2 of 3 began.*5\.0 s later.*Completed.*1\.5 s later/);
  expect(screen.getByRole("region", { name: "Cost and attempts" })).toHaveTextContent(/Cost10 credits.*Took6\.5 s.*Modeloffline:lexrank.*Attempts2 of 3/);
  expect(screen.getByRole("region", { name: "The text" })).toHaveTextContent("<script>bad()</script>");
  expect(container.querySelector("script")).toBeNull();
  expect(screen.getByText("Short.")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Cancel job" })).toBeNull();
  await expectAccessible(container);
});

test("a job that failed tells why and when the credits came back", async () => {
  api.answer(ONE, job("failed", { failed_at: "2026-11-20T13:59:30.000000Z" }));
  const { container } = show(<JobDetail id={JOB_ID} />);
  expect(await screen.findByRole("alert")).toHaveTextContent(/did not answer.*10 credits refunded/);
  expect(await timeline()).toHaveTextContent(/Failed.*Refunded.*10 credits/);
  await expectAccessible(container);
});

test("a job that waits for its next attempt says when", async () => {
  api.answer(ONE, job("pending", { attempt_count: 1, next_attempt_at: "2026-11-20T14:00:05.000000Z", started_at: "2026-11-20T13:59:59.000000Z" }));
  show(<JobDetail id={JOB_ID} />);
  expect(await timeline()).toHaveTextContent(/Work began.*Attempt 2 of 3 is due.*Attempt 1 did not succeed/);
  expect(screen.getByText("Waiting for attempt 2 of 3", { selector: "p.font-medium" })).toBeVisible();
});

test("a job that runs can be cancelled after a question, and is shown as cancelled", async () => {
  api.answer(ONE, job("running"));
  show(<JobDetail id={JOB_ID} />);
  fireEvent.click(await screen.findByRole("button", { name: "Cancel job" }));
  const dialog = await screen.findByRole("alertdialog");
  expect(dialog).toHaveTextContent("its 10 credits are refunded");
  expect(api.asked(`POST /v1/jobs/${JOB_ID}/cancel`)).toHaveLength(0);

  const cancelled = job("failed", { error_code: "cancelled", failed_at: "2026-11-20T13:59:30.000000Z" });
  api.answer(`POST /v1/jobs/${JOB_ID}/cancel`, cancelled);
  api.answer(ONE, cancelled);
  fireEvent.click(within(dialog).getByRole("button", { name: "Cancel the job" }));
  expect(await screen.findByText("This job was cancelled.")).toBeVisible();
  expect((await screen.findAllByText("Job cancelled"))[0]).toBeVisible();
});

test("a job that ends while somebody decides is not cancelled, and is shown as it is", async () => {
  api.answer(ONE, job("running"));
  show(<JobDetail id={JOB_ID} />);
  fireEvent.click(await screen.findByRole("button", { name: "Cancel job" }));
  api.refuse(`POST /v1/jobs/${JOB_ID}/cancel`, 409, "job_is_settled", { job_status: "completed" });
  api.answer(ONE, job("completed"));
  fireEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Cancel the job" }));
  expect(await screen.findByText("Short.")).toBeVisible();
});

test("run again puts the input on the Run page, and what stood there can be brought back", async () => {
  const owner = ann().organisation.id;
  drafts.write(owner, { ...drafts.nothing, text: "Mine." });
  api.answer(ONE, job("failed"));
  show(<JobDetail id={JOB_ID} />);
  const link = await screen.findByRole("link", { name: "Run again" });
  expect(link).toHaveAttribute("href", "/acme.test/playground");
  link.addEventListener("click", (event) => event.preventDefault());
  fireEvent.click(link);
  expect(drafts.read(owner)).toMatchObject({ text: "A text.", kind: "summarize", before: { text: "Mine." } });
});

test("unknown and foreign ids show one and the same page; what cannot be read says so", async () => {
  const { container } = show(<JobDetail id={OTHER_ID} />);
  expect(await screen.findByText("There is nothing here")).toBeVisible();
  expect(container).not.toHaveTextContent(OTHER_ID);
  cleanup();

  api.away(true);
  show(<JobDetail id={JOB_ID} />);
  expect(await screen.findByText("Can't reach the server")).toBeVisible();
});

import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";

import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { serveApi } from "@/test/api";
import { show } from "@/test/show";

const api = serveApi();
const ROUTE = "POST /v1/summarize";
const ACCEPTED = { job_id: "0190c1d2-0000-7000-8000-0000000000f1", status: "pending", cost: 10, cached: false, output_data: null };

function Form({ onDone }: { onDone?: () => void }) {
  const [text, setText] = useState("");
  const { run, words, fields } = useChange({
    send: (input: { text: string }, key) => call(v1.submitSummarize({ body: input, headers: { "Idempotency-Key": key } })),
    ...(onDone && { onDone }),
  });
  return (
    <>
      <input aria-label="Text" value={text} onChange={(event) => setText(event.target.value)} />
      <button onClick={() => run({ text })}>Send</button>
      <p>{words?.title}</p>
      <p>{fields.text}</p>
    </>
  );
}

const keys = () => api.asked(ROUTE).map((one) => one.headers["idempotency-key"]);
const send = () => userEvent.click(screen.getByRole("button", { name: "Send" }));

afterEach(() => void vi.restoreAllMocks());

test("what is sent again after a broken connection has the same key, and what was entered is still there", async () => {
  show(<Form />);
  await userEvent.type(screen.getByLabelText("Text"), "one");
  api.away(true);
  await send();
  await screen.findByText("Can't reach the server");
  expect(screen.getByLabelText("Text")).toHaveValue("one");

  api.away(false);
  api.say(ROUTE, () => ({ status: 202, body: ACCEPTED }));
  await send();
  await waitFor(() => expect(screen.queryByText("Can't reach the server")).toBeNull());

  expect(keys()).toHaveLength(2);
  expect(keys()[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys()[1]).toBe(keys()[0]);
});

test("a failure for want of a network goes when the network is back, and any other stays", async () => {
  const comesBack = () => act(() => void window.dispatchEvent(new Event("online")));
  const network = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false); // as a browser says it; the line is cut, too
  show(<Form />);
  await userEvent.type(screen.getByLabelText("Text"), "one");
  api.away(true);
  await send();
  await screen.findByText("Can't reach the server");
  network.mockReturnValue(true);
  api.away(false);
  comesBack();
  await waitFor(() => expect(screen.queryByText("Can't reach the server")).toBeNull());
  expect(screen.getByLabelText("Text")).toHaveValue("one");

  api.refuse(ROUTE, 402, "insufficient_credits", { needed: 10, available: 0 });
  await send();
  await screen.findByText("You need 10 credits, you have 0");
  comesBack();
  await new Promise((done) => setTimeout(done, 100));
  expect(screen.getByText("You need 10 credits, you have 0")).toBeVisible();
});

test("another text is another request", async () => {
  show(<Form />);
  api.refuse(ROUTE, 402, "insufficient_credits", { needed: 10, available: 0 });
  await send();
  await screen.findByText("You need 10 credits, you have 0");
  await userEvent.type(screen.getByLabelText("Text"), "one");
  await send();
  await waitFor(() => expect(keys()).toHaveLength(2));

  expect(keys()[1]).not.toBe(keys()[0]);
});

test("the same text after an answer is a new request", async () => {
  const done = vi.fn();
  show(<Form onDone={done} />);
  api.say(ROUTE, () => ({ status: 202, body: ACCEPTED }));
  await send();
  await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
  await send();
  await waitFor(() => expect(done).toHaveBeenCalledTimes(2));

  expect(keys()[1]).not.toBe(keys()[0]);
});

test("nothing is sent twice by itself", async () => {
  show(<Form />);
  api.refuse(ROUTE, 500, "internal_error");
  await send();
  await screen.findByText("Something went wrong on our side");
  await new Promise((done) => setTimeout(done, 1500));

  expect(keys()).toHaveLength(1);
});

test("what is wrong stands beside its field", async () => {
  show(<Form />);
  api.refuse(ROUTE, 422, "invalid_request", { errors: [{ field: "text", message: "Say something." }] });
  await send();

  expect(await screen.findByText("Say something.")).toBeVisible();
});

test("a session that is over leads to sign-in", async () => {
  const leave = vi.fn();
  show(<Form />, { onSignedOut: leave });
  api.refuse(ROUTE, 401, "not_signed_in");
  await send();

  await waitFor(() => expect(leave).toHaveBeenCalledTimes(1));
});

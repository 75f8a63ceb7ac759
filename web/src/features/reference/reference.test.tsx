import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { expect, test, vi } from "vitest";

import { resolved } from "@/features/reference/document";
import { ENTRIES } from "@/features/reference/entries";
import { ErrorsPage } from "@/features/reference/ErrorsPage";
import { OperationPage } from "@/features/reference/OperationPage";
import { findOperation, type Operation, OPERATIONS } from "@/features/reference/operations";
import { Overview } from "@/features/reference/Overview";
import { pythonOf, samplesOf } from "@/features/reference/samples";
import { findEntries } from "@/features/reference/search";
import { ShapePage } from "@/features/reference/ShapePage";
import { ERRORS, fieldsOf, kindOf, SHAPES } from "@/features/reference/shapes";
import { Sidebar } from "@/features/reference/Sidebar";
import { expectAccessible } from "@/test/accessible";
import { show } from "@/test/show";

const API = "https://api.acme.test";
const user = userEvent.setup();

function operation(id: string): Operation {
  const found = findOperation(id);
  if (!found) throw new Error(`There is no ${id}.`);
  return found;
}

test("every operation of every version is there, each with a summary, an answer and samples", () => {
  expect(OPERATIONS.map(({ path }) => path)).toEqual(expect.arrayContaining(["/v1/summarize", "/v2/summarize", "/v1/webhooks/{webhook_id}"]));
  for (const one of OPERATIONS) {
    expect(one.summary, one.id).not.toBe("");
    expect(one.answers.length, one.id).toBeGreaterThan(0);
    for (const { code } of samplesOf(one, API)) expect(code, one.id).not.toMatch(/[{]\w+_id[}]|undefined/);
  }
  expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
});

test("every shape that is named leads somewhere", () => {
  const named = OPERATIONS.flatMap(({ body, answers, output }) => [body?.schema, output, ...answers.map(({ schema }) => schema)]);
  const within = Object.values(SHAPES).flatMap(fieldsOf).flatMap(({ kind }) => kind);
  const all = [...named.flatMap((schema) => (schema ? kindOf(schema) : [])), ...within].flatMap(({ shape }) => shape ?? []);

  expect(all.filter((name) => !(name in SHAPES))).toEqual([]);
});

test("every code that an operation names is explained among the errors", () => {
  const explained = new Set(ERRORS.map(({ code }) => code));

  expect(OPERATIONS.flatMap(({ refusals }) => refusals.map(({ code }) => code)).filter((code) => code && !explained.has(code))).toEqual([]);
});

test("a sample names this platform's own address, the key, and the body", () => {
  const [curl, python, typescript] = samplesOf(operation("create_api_key"), API).map(({ code }) => code);

  expect(curl).toContain(`curl -X POST "${API}/v1/api-keys"`);
  expect(curl).toContain('-H "Authorization: Bearer $NEXUS_API_KEY"');
  expect(python).toContain("requests.post(");
  expect(python).toContain('"name": "nightly import"');
  expect(typescript).toContain('method: "POST"');
});

test("a quote in an example ends no word of the shell, and JSON becomes Python", () => {
  const one = { ...operation("create_api_key"), body: { schema: {}, example: { name: "it's" } } };

  expect(samplesOf(one, API)[0]?.code).toContain(`-d '{"name":"it'\\''s"}'`);
  expect(pythonOf({ a: null, b: [true, false], c: {} })).toBe('{\n    "a": None,\n    "b": [True, False],\n    "c": {},\n}');
});

test("an operation says who may, what goes in, what comes out, and what may go wrong", async () => {
  const { container } = show(<OperationPage operation={operation("create_webhook")} api={API} />);

  expect(screen.getByText("Signed in, no key")).toBeVisible();
  expect(screen.getByRole("list", { name: "Fields of Body" })).toHaveTextContent(/url.*uri.*required/);
  expect(screen.getByRole("link", { name: "too_many_webhooks" })).toHaveAttribute("href", "/docs/errors#too_many_webhooks");
  expect(screen.getAllByRole("link", { name: "WebhookAsked" })[0]).toHaveAttribute("href", "/docs/shapes/WebhookAsked");
  await user.click(within(screen.getByRole("figure", { name: "Request" })).getByRole("button", { name: "Python" }));
  expect(screen.getByRole("figure", { name: "Request" })).toHaveTextContent(`"${API}/v1/webhooks"`);
  await expectAccessible(container);
});

test.each(OPERATIONS.map(({ id }) => id))("the page of %s can be drawn", (id) => {
  show(<OperationPage operation={operation(id)} api={API} />);

  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent(operation(id).summary);
});

test("a shape shows its fields and an example, and an enumeration its values", async () => {
  const { container, unmount } = show(<ShapePage name="ApiKey" schema={SHAPES.ApiKey ?? {}} />);
  expect(screen.getByRole("list", { name: "Fields of ApiKey" })).toHaveTextContent(/scopes.*list of Scope/);
  await expectAccessible(container);
  unmount();

  show(<ShapePage name="Scope" schema={resolved({ $ref: "#/components/schemas/Scope" })} />);
  expect(screen.getByText('"read" or "jobs" or "admin"')).toBeVisible();
});

test("the errors and the overview are readable by everyone", async () => {
  const { container, unmount } = show(<ErrorsPage />);
  expect(screen.getByText("insufficient_credits")).toBeVisible();
  await expectAccessible(container);
  unmount();

  const { container: overview } = show(<Overview api={API} />);
  expect(screen.getByRole("link", { name: "Make an API key" })).toHaveAttribute("href", "/docs/create_api_key");
  expect(screen.getByRole("link", { name: "the whole document" })).toHaveAttribute("href", `${API}/openapi.json`);
  await expectAccessible(overview);
});

test("the search finds operations by path and words, shapes and errors by name", () => {
  const found = (asked: string) => findEntries(ENTRIES, asked).map(({ href }) => href);

  expect(found("POST webhooks rotate")).toEqual(["/docs/rotate_webhook_secret"]);
  expect(found("insufficient_cred")).toEqual(["/docs/errors#insufficient_credits"]);
  expect(found("shape delivery")).toEqual(expect.arrayContaining(["/docs/shapes/Delivery"]));
  expect(found("no such thing")).toEqual([]);
});

test("Enter opens the first that is found; nothing found is said", async () => {
  const push = vi.fn();
  const { container } = show(
    <AppRouterContext value={{ push } as never}>
      <Sidebar entries={ENTRIES} />
    </AppRouterContext>,
    { pathname: "/docs/create_api_key" },
  );
  expect(screen.getByRole("link", { current: "page" })).toHaveTextContent("Make an API key");
  await expectAccessible(container);

  await user.type(screen.getByRole("searchbox"), "rotate api{Enter}");
  expect(push).toHaveBeenCalledWith("/docs/rotate_api_key");
  await user.clear(screen.getByRole("searchbox"));
  await user.type(screen.getByRole("searchbox"), "zzz");
  expect(screen.getByText("Nothing is called that.")).toBeVisible();
});

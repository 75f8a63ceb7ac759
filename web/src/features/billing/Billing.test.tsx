import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, test } from "vitest";

import { Billing } from "@/features/billing/Billing";
import { checkoutAddress } from "@/features/billing/checkout-address";
import { keepCheckout } from "@/features/billing/kept-checkout";
import { isPurchaseOf, STOP_LOOKING_AFTER } from "@/hooks/billing";
import { expectAccessible } from "@/test/accessible";
import { serveApi } from "@/test/api";
import { ann, show } from "@/test/show";
import { leap, live, ownTime } from "@/test/time";
import { BALANCE, entry, JOB_ID, page } from "@/test/values";

const api = serveApi();
ownTime();

const PACKS = {
  ...page([
    { id: "price_a", name: "Starter", credits: 1000, amount: 900, currency: "usd", amount_decimal: "9.00", amount_exponent: 2 },
    { id: "price_b", name: "Team", credits: 5000, amount: 3900, currency: "eur", amount_decimal: "39.00", amount_exponent: 2 },
  ]),
  configured: true,
  support_contact: null as string | null,
};
const NOTHING_SOLD = { ...PACKS, items: [], configured: false };
const PURCHASE = { ...entry(3, 1000), type: "purchase", description: "Purchase: Starter", balance_after: 1080 };
const region = (name: string) => screen.getByRole("region", { name });
const begun = { seq: 2, at: Date.now(), credits: 1000 };

beforeEach(() => {
  api.answer("GET /v1/credits", BALANCE);
  api.answer("GET /v1/billing/packs", PACKS);
  api.answer("GET /v1/credits/transactions", page([{ ...entry(2), job_id: JOB_ID }, entry(1, 100)]));
});

async function shown(search = "", role: "admin" | "member" = "admin") {
  const view = show(<Billing stripeBase={null} />, { search, role });
  await waitFor(() => expect(screen.queryByText(/^Loading:/)).toBeNull());
  return view;
}

test("the balance, what is sold, and every entry with its reason and the balance after it", async () => {
  const { container } = await shown();

  expect(region("Balance")).toHaveTextContent(/80credits/);
  expect(region("Buy credits")).toHaveTextContent(/1,000 credits\$9\.00.*5,000 credits€39\.00/);
  const rows = within(screen.getByRole("table", { name: "Ledger" })).getAllByRole("row");
  expect(rows[1]).toHaveTextContent(/Entry 2.*Spent.*−10.*98/);
  expect(within(rows[1] as HTMLElement).getByRole("link")).toHaveAttribute("href", `/acme.test/jobs/${JOB_ID}`);
  await expectAccessible(container);
});

test("a member reads the balance and the ledger, and is offered nothing to buy", async () => {
  api.answer("GET /v1/credits", { ...BALANCE, balance: 0 });
  const { container } = await shown("", "member");

  expect(region("Balance")).toHaveTextContent("Ask an admin");
  expect(region("Ledger")).toBeVisible();
  expect(screen.queryByRole("region", { name: "Buy credits" })).toBeNull();
  expect(api.asked("GET /v1/billing/packs")).toHaveLength(0);
  await expectAccessible(container);
});

test("what is owed is said", async () => {
  api.answer("GET /v1/credits", { ...BALANCE, balance: 0, debt: 40 });
  await shown();

  expect(region("Balance")).toHaveTextContent("40 credits owed");
});

test("the ledger goes on page by page", async () => {
  api.say("GET /v1/credits/transactions", ({ search }) => ({ body: search.get("cursor") ? page([entry(1, 100)]) : page([entry(2)], "c1") }));
  await shown();
  await userEvent.click(screen.getByRole("button", { name: "Load more" }));

  await waitFor(() => expect(within(region("Ledger")).getAllByRole("row")).toHaveLength(1 + 2));
  expect(screen.queryByRole("button", { name: "Load more" })).toBeNull();
});

test("the ledger calls a job, and its refund, what every other page calls it", async () => {
  const spent = { ...entry(2), job_id: JOB_ID, description: "Job: summarize" };
  const refunded = { ...entry(3, 10), type: "refund", job_id: JOB_ID, description: "Refund: summarize" };
  api.answer("GET /v1/credits/transactions", page([refunded, spent]));
  await shown();

  const links = within(screen.getByRole("table", { name: "Ledger" })).getAllByRole("link");
  expect(links.map((link) => link.textContent)).toEqual(["Summary, refunded", "Summary"]);
});

test("an empty ledger says what would stand there", async () => {
  api.answer("GET /v1/credits/transactions", page([]));
  await shown();

  expect(screen.getByText("No entries yet")).toBeVisible();
});

test("a price in forint has the two decimals that Stripe counts it with", async () => {
  const pack = { id: "price_hu", name: "Budapest", credits: 1000, amount: 99_900, currency: "huf", amount_decimal: "999.00", amount_exponent: 2 };
  api.answer("GET /v1/billing/packs", { ...PACKS, items: [pack] });
  await shown();

  expect(region("Buy credits")).toHaveTextContent(/HUF\s999\.00/);
});

test.each([
  ["support@example.com", "Ask support@example.com for credits.", "mailto:support@example.com"],
  ["https://example.com/help", "Ask https://example.com/help for credits.", "https://example.com/help"],
  [null, "Ask the operator of this platform for credits.", null],
])("where nothing is sold, and the contact is %s, it says whom to ask", async (support_contact, says, href) => {
  api.answer("GET /v1/billing/packs", { ...NOTHING_SOLD, support_contact });
  const { container } = await shown();

  expect(region("Add credits")).toHaveTextContent(says);
  if (href) expect(within(region("Add credits")).getByRole("link")).toHaveAttribute("href", href);
  expect(screen.queryByText(/buy/i)).toBeNull();
  expect(region("Ledger")).toBeVisible();
  await expectAccessible(container);
});

test("an API that refuses where nothing is sold is understood as well", async () => {
  api.refuse("GET /v1/billing/packs", 503, "billing_not_configured", { retry_after: 60 });
  await shown();

  expect(region("Add credits")).toHaveTextContent("Ask the operator of this platform for credits.");
});

describe("a checkout", () => {
  const buy = async () => userEvent.click(screen.getByRole("button", { name: "Buy Starter: 1,000 credits" }));

  test("that Stripe will not open says so, and can be tried again with the same key", async () => {
    api.refuse("POST /v1/billing/checkout", 503, "stripe_unavailable", { retry_after: 5 });
    await shown();
    await buy();
    expect(await screen.findByRole("alert")).toHaveTextContent("The API's sentence for stripe_unavailable.");
    await buy();

    await waitFor(() => expect(api.asked("POST /v1/billing/checkout")).toHaveLength(2));
    const [first, second] = api.asked("POST /v1/billing/checkout");
    expect(JSON.parse(first?.body ?? "")).toEqual({ pack_id: "price_a" });
    expect(second?.headers["idempotency-key"]).toBe(first?.headers["idempotency-key"]);
  });

  test.each(["javascript:alert(1)", "http://elsewhere.test/pay", "http://127.0.0.1:9/pay"])("at %s is not gone to", async (url) => {
    api.say("POST /v1/billing/checkout", () => ({ status: 201, body: { url } }));
    await shown();
    await buy();

    expect(await screen.findByRole("alert")).toHaveTextContent("makes no sense");
    expect(sessionStorage.getItem(`nexus:kept:checkout:${ann().organisation.id}`)).toBeNull();
  });

  test("is gone to where it is https, or the Stripe of this machine", () => {
    expect(checkoutAddress("https://checkout.stripe.com/c/pay/cs_1", null)).toBe("https://checkout.stripe.com/c/pay/cs_1");
    expect(checkoutAddress("http://127.0.0.1:9500/pay/1", "http://127.0.0.1:9500")).toContain("/pay/1");
    for (const [address, base] of [
      ["http://127.0.0.1:9501/pay/1", "http://127.0.0.1:9500"],
      ["http://stripe.test/pay/1", "http://stripe.test"],
      ["pay/1", null],
    ] as const)
      expect(() => checkoutAddress(address, base)).toThrow();
  });
});

describe("whoever comes back from Stripe", () => {
  test("waits until the purchase is in the ledger, and then reads a new balance", async () => {
    keepCheckout(ann().organisation.id, begun);
    const { container } = await shown("?checkout=paid");
    expect(screen.getByText("Confirming payment…")).toBeVisible();
    await live(5000);
    expect(screen.getByText("Confirming payment…")).toBeVisible();
    expect(api.asked("GET /v1/credits/transactions").length).toBeGreaterThanOrEqual(3);

    api.answer("GET /v1/credits", { ...BALANCE, balance: 1080 });
    api.answer("GET /v1/credits/transactions", page([PURCHASE, entry(2), entry(1, 100)]));
    await live(3000);

    expect(await screen.findByText("1,000 credits were added")).toBeVisible();
    await waitFor(() => expect(region("Balance")).toHaveTextContent("1,080"));
    expect(region("Ledger")).toHaveTextContent("Purchase: Starter");
    await expectAccessible(container);
    await userEvent.click(screen.getByRole("button", { name: "Dismiss" }));
    await waitFor(() => expect(screen.queryByText("1,000 credits were added")).toBeNull());
  });

  test("is not told that they have paid while the API is away", async () => {
    keepCheckout(ann().organisation.id, begun);
    await shown("?checkout=paid");
    api.away(true);
    await live(3000);

    expect(await screen.findByText("Can't reach the server. We keep looking.")).toBeVisible();
    expect(screen.getByText("Confirming payment…")).toBeVisible();
  });

  test("is told after five minutes that it is late, that they need not pay again, and may look again", async () => {
    keepCheckout(ann().organisation.id, begun);
    await shown("?checkout=paid");
    await leap(STOP_LOOKING_AFTER + 1000);
    await live(6000);
    expect(screen.getByText("The payment is not confirmed yet")).toBeVisible();
    expect(screen.getByText(/need not pay again/)).toBeVisible();

    api.answer("GET /v1/credits/transactions", page([PURCHASE]));
    await userEvent.click(screen.getByRole("button", { name: "Look again" }));
    await live(6000);

    expect(await screen.findByText("1,000 credits were added")).toBeVisible();
  });

  test("without having paid is told that nothing was charged", async () => {
    const { container } = await shown("?checkout=cancelled");

    expect(screen.getByText("Nothing was bought or charged.", { exact: false })).toBeVisible();
    await expectAccessible(container);
  });

  test("an address says nothing else", async () => {
    await shown("?checkout=whatever");

    expect(screen.queryByText(/payment|cancelled/i, { selector: "p.font-medium" })).toBeNull();
  });
});

test("a purchase is told from an older one, from another amount and from other entries", () => {
  const [now, old] = [Date.parse(PURCHASE.created_at) + 60_000, Date.parse(PURCHASE.created_at) + 3_600_000];
  const purchase = PURCHASE as Parameters<typeof isPurchaseOf>[0];

  expect(isPurchaseOf(purchase, { seq: 2, at: now, credits: 1000 })).toBe(true);
  expect(isPurchaseOf(purchase, { seq: 3, at: now, credits: 1000 })).toBe(false);
  expect(isPurchaseOf(purchase, { seq: 2, at: now, credits: 5000 })).toBe(false);
  expect(isPurchaseOf({ ...purchase, type: "grant" }, { seq: 2, at: now, credits: 1000 })).toBe(false);
  expect(isPurchaseOf(purchase, { seq: null, at: now, credits: null })).toBe(true);
  expect(isPurchaseOf(purchase, { seq: null, at: old, credits: null })).toBe(false);
});

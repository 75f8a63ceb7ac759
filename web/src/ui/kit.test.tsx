import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, test, vi } from "vitest";

import { expectAccessible } from "@/test/accessible";
import { show } from "@/test/show";
import { Status } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { Checkbox, Switch } from "@/ui/Choice";
import { CodeSample } from "@/ui/CodeSample";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Countdown } from "@/ui/Countdown";
import { DataTable } from "@/ui/DataTable";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { Menu, MenuItem } from "@/ui/Menu";
import { Meter } from "@/ui/Meter";
import { PageHeader } from "@/ui/PageHeader";
import { SecretOnce } from "@/ui/SecretOnce";
import { Select } from "@/ui/Select";
import { Tabs } from "@/ui/Tabs";
import { Textarea } from "@/ui/Textarea";
import { Time } from "@/ui/Time";
import { useToast } from "@/ui/Toast";

describe("a button", () => {
  test("under way takes no second click, and keeps the focus", async () => {
    const press = vi.fn();
    const { container } = show(
      <Button loading onClick={press}>
        Send
      </Button>,
    );
    const button = screen.getByRole("button", { name: "Send" });
    await userEvent.tab();
    await userEvent.click(button);

    expect(press).not.toHaveBeenCalled();
    expect(button).toHaveFocus();
    expect(button).toHaveAttribute("aria-busy", "true");
    await expectAccessible(container);
  });

  test("that cannot be used says why, and does nothing, not even in a form", async () => {
    const submit = vi.fn((event: React.FormEvent) => event.preventDefault());
    show(
      <form onSubmit={submit}>
        <Button type="submit" disabledReason="There are no credits.">
          Run
        </Button>
      </form>,
    );
    const button = screen.getByRole("button", { name: "Run" });
    await userEvent.click(button);

    expect(submit).not.toHaveBeenCalled();
    expect(button).toHaveAccessibleDescription("There are no credits.");
    expect(button).not.toBeDisabled();
    expect(screen.getByText("There are no credits.")).toBeVisible(); // to whoever has pressed it, with a finger too
  });
});

describe("a field", () => {
  test("names its control and reads out what is wrong", async () => {
    const { container } = show(
      <Field label="Name" hint="As people know it." error="Too long.">
        <Input />
      </Field>,
    );
    const input = screen.getByRole("textbox", { name: "Name" });

    await waitFor(() => expect(input).toHaveAccessibleDescription(expect.stringContaining("Too long.")));
    expect(input).toHaveAccessibleDescription(expect.stringContaining("As people know it."));
    expect(input).toBeInvalid();
    await expectAccessible(container);
  });

  test("of text counts characters as the API does, and says how many are too many", async () => {
    const { container } = show(
      <Field label="Text">
        <Textarea value="né👍🏽" limit={3} onChange={() => undefined} />
      </Field>,
    );
    const area = screen.getByRole("textbox", { name: "Text" });

    expect(screen.getByText("1 character too many")).toBeVisible();
    expect(area).toHaveAttribute("aria-invalid", "true");
    expect(area).toHaveAccessibleDescription(expect.stringContaining("1 character too many"));
    await expectAccessible(container);
  });

  test("with a choice is used with the keyboard alone", async () => {
    function Choose() {
      const [role, setRole] = useState<"admin" | "member">("member");
      const options = [
        { value: "member", label: "Member" },
        { value: "admin", label: "Admin" },
      ] as const;
      return (
        <Field label="Role">
          <Select options={options} value={role} onChange={setRole} />
        </Field>
      );
    }
    show(<Choose />);
    const box = screen.getByRole("combobox", { name: "Role" });
    expect(box).toHaveTextContent("Member");
    box.focus();
    await userEvent.keyboard("{Enter}");
    await userEvent.click(await screen.findByRole("option", { name: "Admin" }));

    await waitFor(() => expect(box).toHaveTextContent("Admin"));
  });
});

describe("a dialog", () => {
  test("takes the focus, closes with Escape, and gives the focus back", async () => {
    show(
      <Dialog title="Invite" trigger={<Button>Invite people</Button>}>
        <Input aria-label="E-mail" />
      </Dialog>,
    );
    const opener = screen.getByRole("button", { name: "Invite people" });
    await userEvent.click(opener);
    const dialog = await screen.findByRole("dialog", { name: "Invite" });
    await waitFor(() => expect(dialog).toContainElement(document.activeElement as HTMLElement));
    await expectAccessible(document.body);

    await userEvent.keyboard("{Escape}");

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await waitFor(() => expect(opener).toHaveFocus());
  });

  test("with a secret is not closed by accident", async () => {
    show(
      <Dialog title="Your key" open dismissible={false}>
        <SecretOnce name="API key" value="a-value" />
      </Dialog>,
    );
    const dialog = await screen.findByRole("dialog", { name: "Your key" });
    await userEvent.keyboard("{Escape}");

    expect(dialog).toBeVisible();
    expect(within(dialog).queryByRole("button", { name: "Close" })).toBeNull();
  });

  test("that asks for a name does nothing before it was typed", async () => {
    const confirm = vi.fn();
    show(
      <ConfirmDialog open onOpenChange={() => undefined} title="Delete Acme?" action="Delete" typed="Acme" onConfirm={confirm}>
        It cannot be undone.
      </ConfirmDialog>,
    );
    const dialog = await screen.findByRole("alertdialog", { name: "Delete Acme?" });
    await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    await userEvent.type(within(dialog).getByRole("textbox"), "Acm{Enter}");
    expect(confirm).not.toHaveBeenCalled();
    await expectAccessible(document.body);

    await userEvent.type(within(dialog).getByRole("textbox"), "e{Enter}");

    expect(confirm).toHaveBeenCalledTimes(1);
  });
});

test("a menu is opened and used with the keyboard alone", async () => {
  const pick = vi.fn();
  show(
    <Menu trigger={<IconButton label="Actions for ann">…</IconButton>}>
      <MenuItem onSelect={pick}>Remove</MenuItem>
    </Menu>,
  );
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  await screen.findByRole("menuitem", { name: "Remove" });
  await expectAccessible(document.body);
  await userEvent.keyboard("{ArrowDown}{Enter}");

  await waitFor(() => expect(pick).toHaveBeenCalledTimes(1));
});

describe("a table", () => {
  const rows = [{ id: "a", name: "First", cost: 10 }];
  const columns = [
    { head: "Name", cell: (row: (typeof rows)[0]) => row.name },
    { head: "Cost", numeric: true, cell: (row: (typeof rows)[0]) => row.cost },
  ];

  test("is one for a screen reader, however it is laid out, and each row leads somewhere", async () => {
    const { container } = show(<DataTable caption="Things" columns={columns} rows={rows} keyOf={(row) => row.id} hrefOf={(row) => `/x/${row.id}`} />);

    const table = screen.getByRole("table", { name: "Things" });
    expect(within(table).getAllByRole("columnheader").map((head) => head.textContent)).toEqual(["Name", "Cost"]);
    expect(within(table).getByRole("link", { name: "First" })).toHaveAttribute("href", "/x/a");
    await expectAccessible(container);
  });

  test("goes on where there is more", async () => {
    const load = vi.fn();
    const more = { hasMore: true, isLoadingMore: false, failure: null, load };
    show(<DataTable caption="Things" columns={columns} rows={rows} keyOf={(row) => row.id} more={more} />);
    await userEvent.click(screen.getByRole("button", { name: "Load more" }));

    expect(load).toHaveBeenCalledTimes(1);
  });
});

test("a secret is copied, and it is said that it was", async () => {
  const user = userEvent.setup();
  const { container } = show(<SecretOnce name="API key" value="a-value" />);
  await user.click(screen.getByRole("button", { name: "Copy the API key" }));

  expect(await navigator.clipboard.readText()).toBe("a-value");
  expect(screen.getAllByRole("status").some((one) => one.textContent === "Copied")).toBe(true);
  await expectAccessible(container);
});

test("a time is local, and UTC on focus", async () => {
  show(<Time at="2026-11-20T14:02:11.000000Z" />);

  expect(document.querySelector("time")).toHaveAttribute("datetime", "2026-11-20T14:02:11.000000Z");
  expect(document.querySelector("time")).toHaveAccessibleDescription("2026-11-20 14:02:11 UTC");
});

test("a toast says what was done", async () => {
  function Save() {
    const toast = useToast();
    return <button onClick={() => toast.done("Key revoked")}>Revoke</button>;
  }
  show(<Save />);
  fireEvent.click(screen.getByRole("button", { name: "Revoke" }));

  expect((await screen.findAllByText("Key revoked"))[0]).toBeInTheDocument();
});

test("two toasts in one tick both show", async () => {
  function Both() {
    const toast = useToast();
    const both = () => {
      toast.done("Key revoked");
      toast.failed({ title: "Webhook not saved", detail: "Try again." });
    };
    return <button onClick={both}>Both</button>;
  }
  show(<Both />);
  fireEvent.click(screen.getByRole("button", { name: "Both" }));

  expect((await screen.findAllByText("Webhook not saved"))[0]).toBeInTheDocument();
  expect(screen.getAllByText("Key revoked")[0]).toBeInTheDocument();
});

test("a wait is told in minutes, and that it ends by itself only where it does", () => {
  const { rerender } = show(<Countdown seconds={776} onDone={() => undefined} />);
  expect(screen.getAllByText("Retrying in 13 minutes")).toHaveLength(2);

  rerender(<Countdown seconds={776} />);
  expect(screen.getAllByText("Try again in 13 minutes")).toHaveLength(2);
});

test("a status that is new to us is shown as it is", () => {
  show(<Status of="paused" />);

  expect(screen.getByText("paused")).toBeVisible();
});

test("the rest of the kit has names and roles", async () => {
  const { container } = show(
    <main>
      <PageHeader title="Keys" crumbs={[{ label: "Settings", href: "/x" }]} />
      <Tabs label="Views" tabs={[{ name: "one", label: "One", content: "First" }, { name: "two", label: "Two", content: "Second" }]} />
      <Checkbox checked onChange={() => undefined} label="Read" hint="Look only." />
      <Switch checked={false} onChange={() => undefined} label="Enabled" />
      <Meter label="Left" value={57} max={100} says="57 of 100" />
      <CodeSample label="First call" samples={[{ language: "curl", code: "curl x" }, { language: "Python", code: "import x" }]} />
    </main>,
  );

  expect(screen.getByRole("checkbox", { name: /Read/ })).toBeChecked();
  expect(screen.getByRole("switch", { name: /Enabled/ })).not.toBeChecked();
  await userEvent.click(screen.getByRole("tab", { name: "Two" }));
  expect(screen.getByRole("tabpanel")).toHaveTextContent("Second");
  await userEvent.click(screen.getByRole("button", { name: "Python" }));
  expect(screen.getByText("import x")).toBeVisible();
  await expectAccessible(container);
});

import { act, fireEvent, render, screen } from "@testing-library/react";
import { PathnameContext, SearchParamsContext } from "next/dist/shared/lib/hooks-client-context.shared-runtime";
import { beforeEach, expect, test } from "vitest";

import { NavigationProgress } from "@/ui/NavigationProgress";

function page(path: string) {
  return (
    <PathnameContext.Provider value={path}>
      <SearchParamsContext.Provider value={new URLSearchParams()}>
        <NavigationProgress />
        <a href="/acme.test/jobs">Jobs</a>
        <a href="https://elsewhere.test/">Elsewhere</a>
        <a href="/file.csv" download>
          Download
        </a>
      </SearchParamsContext.Provider>
    </PathnameContext.Provider>
  );
}

beforeEach(() => {
  // jsdom does not navigate; the application's router prevents the browser from doing so.
  document.addEventListener("click", (event) => event.preventDefault());
});

test("a click on a link shows the line at once, and the new page takes it away", () => {
  const { rerender } = render(page("/acme.test"));
  expect(screen.queryByRole("status")).toBeNull();

  fireEvent.click(screen.getByText("Jobs"));
  expect(screen.getByRole("status")).toHaveTextContent("Loading the page");

  act(() => rerender(page("/acme.test/jobs")));
  expect(screen.queryByRole("status")).toBeNull();
});

test.each(["Elsewhere", "Download"])("a link that leads to no page of ours shows none: %s", (name) => {
  render(page("/acme.test"));

  fireEvent.click(screen.getByText(name));

  expect(screen.queryByRole("status")).toBeNull();
});

test("a link that is opened in another tab shows none", () => {
  render(page("/acme.test"));

  fireEvent.click(screen.getByText("Jobs"), { ctrlKey: true });

  expect(screen.queryByRole("status")).toBeNull();
});

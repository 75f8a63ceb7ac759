/** Show a component inside what the shell gives to every page, as somebody. */
import { render } from "@testing-library/react";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { PathnameContext } from "next/dist/shared/lib/hooks-client-context.shared-runtime";
import { NuqsTestingAdapter, type OnUrlUpdateFunction } from "nuqs/adapters/testing";
import type { ReactNode } from "react";
import { vi } from "vitest";

import { type Me, MeProvider } from "@/hooks/me";
import { DataProvider } from "@/lib/query";
import { BannerProvider, BannerSlot } from "@/ui/Banner";
import { ToastProvider } from "@/ui/Toast";

interface Shown {
  role?: "admin" | "member";
  pathname?: string;
  /** The address's search: "?action=member.removed". */
  search?: string;
  onUrlUpdate?: OnUrlUpdateFunction;
  router?: ReturnType<typeof newRouter>;
  onSignedOut?: () => void;
}

/** Where a page asks to go. */
export function newRouter() {
  return { bfcacheId: "", push: vi.fn(), replace: vi.fn(), refresh: vi.fn(), prefetch: vi.fn(), back: vi.fn(), forward: vi.fn() };
}

const NOWHERE = newRouter();

/** ann of acme.test. */
export function ann(role: "admin" | "member" = "admin"): Me {
  return {
    user: { id: "0190c1d2-0000-7000-8000-000000000001", email: "ann@acme.test", name: "Ann", role },
    organisation: { id: "0190c1d2-0000-7000-8000-0000000000aa", name: "Acme", domain: "acme.test" },
  };
}

export function Around({ role = "admin", pathname = "/acme.test", search = "", onUrlUpdate, router = NOWHERE, onSignedOut = () => undefined, children }: Shown & { children: ReactNode }) {
  return (
    <AppRouterContext value={router}>
      <PathnameContext value={pathname}>
        <NuqsTestingAdapter searchParams={search} hasMemory {...(onUrlUpdate && { onUrlUpdate })}>
          <MeProvider me={ann(role)}>
            <DataProvider onSignedOut={onSignedOut}>
              <ToastProvider>
                <BannerProvider>
                  <BannerSlot />
                  {children}
                </BannerProvider>
              </ToastProvider>
            </DataProvider>
          </MeProvider>
        </NuqsTestingAdapter>
      </PathnameContext>
    </AppRouterContext>
  );
}

export function show(content: ReactNode, shown: Shown = {}) {
  return render(<Around {...shown}>{content}</Around>);
}

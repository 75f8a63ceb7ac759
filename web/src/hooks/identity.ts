"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef } from "react";

import { asApiError, kindOf } from "@/lib/failure";
import { readIdentity } from "@/lib/session";

/** Have the frame of every page show who somebody is by now. What cannot be read now stays as it was. */
export function useReadAnew(): () => Promise<void> {
  const { refresh } = useRouter();
  return useCallback(async () => {
    await readIdentity().then(refresh, () => undefined);
  }, [refresh]);
}

/** When the API refuses what only admins may read, our own word that somebody is one is out of date: ask once. */
export function useRoleCheck(): void {
  const memory = useQueryClient();
  const readAnew = useReadAnew();
  const hasAsked = useRef(false);
  useEffect(
    () =>
      memory.getQueryCache().subscribe((event) => {
        if (hasAsked.current || event.type !== "updated" || event.action.type !== "error") return;
        if (kindOf(asApiError(event.action.error)) !== "forbidden") return;
        hasAsked.current = true;
        void readAnew();
      }),
    [memory, readAnew],
  );
}

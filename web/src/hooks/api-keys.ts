"use client";

/** The organisation's API keys: the list, and what an admin does with one. */
import { useMore } from "@/hooks/more";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";

export type ApiKey = Awaited<ReturnType<typeof listKeys>>["items"][number];
export type KeyWithValue = Awaited<ReturnType<typeof createKey>>;
export type Scope = ApiKey["scopes"][number];

export interface WantedKey {
  name: string;
  scopes: Scope[];
  expires_at: string | null;
}

export const keyKeys = { all: ["api-keys"] as const };

const MOST = 50; // keys of an organisation
const ASKER = { doing: "manage API keys" };

function listKeys(cursor: string | undefined, signal: AbortSignal) {
  return call(v1.listApiKeys({ query: { limit: MOST, cursor }, signal }));
}

function createKey(body: WantedKey, key: string) {
  return call(v1.createApiKey({ body, headers: { "Idempotency-Key": key } }));
}

/** The keys that were not revoked, newest first. */
export function useApiKeys() {
  return useMore({ queryKey: keyKeys.all, read: listKeys });
}

/** Make one. The answer holds its value, this once. */
export function useCreateKey(onDone: (made: KeyWithValue) => void) {
  return useChange({ send: createKey, refresh: [keyKeys.all], onDone, asker: ASKER });
}

/** Give one a new value; the old one holds for so many seconds beside it. */
export function useRotateKey(id: string, onDone: (made: KeyWithValue) => void) {
  return useChange({
    send: (overlap_seconds: number, key) =>
      call(v1.rotateApiKey({ path: { api_key_id: id }, body: { overlap_seconds }, headers: { "Idempotency-Key": key } })),
    refresh: [keyKeys.all],
    onDone,
    asker: ASKER,
  });
}

/** End one, at its next request. */
export function useRevokeKey(id: string, onDone: () => void) {
  return useChange({
    send: () => call(v1.revokeApiKey({ path: { api_key_id: id } })),
    refresh: [keyKeys.all],
    onDone,
    asker: ASKER,
  });
}

"use client";

import { useEffect, useEffectEvent, useSyncExternalStore } from "react";

function subscribe(tell: () => void): () => void {
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  return () => {
    window.removeEventListener("online", tell);
    window.removeEventListener("offline", tell);
  };
}

/** Do something as soon as the browser has a network again. */
export function useWhenOnline(work: () => void): void {
  const back = useEffectEvent(work);
  useEffect(() => {
    const listen = () => back();
    window.addEventListener("online", listen);
    return () => window.removeEventListener("online", listen);
  }, []);
}

/** Whether the browser has a network at all. On the server: yes. */
export function useOnline(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => navigator.onLine,
    () => true,
  );
}

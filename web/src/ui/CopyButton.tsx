"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

import { Button, IconButton } from "@/ui/Button";

interface CopyButtonProps {
  text: string;
  /** Its name: "Copy the key". */
  label?: string;
  /** With words beside the icon. */
  wide?: boolean;
  onCopied?: () => void;
}

/** Copies a text, and says for two seconds that it did, or that the browser would not. */
export function CopyButton({ text, label = "Copy", wide = false, onCopied }: CopyButtonProps) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
      onCopied?.();
    } catch {
      setState("refused"); // an insecure origin, or the person said no
    }
  };
  const says = { idle: label, copied: "Copied", refused: "Select and copy it by hand" }[state];
  const icon = state === "copied" ? <Check aria-hidden className="text-good" /> : <Copy aria-hidden />;
  return (
    <>
      {wide ? (
        <Button size="sm" onClick={() => void copy()}>
          {icon}
          {says}
        </Button>
      ) : (
        <IconButton label={says} onClick={() => void copy()} className="size-6 [&_svg]:size-3.5">
          {icon}
        </IconButton>
      )}
      <span role="status" className="sr-only">
        {state === "idle" ? "" : says}
      </span>
    </>
  );
}

"use client";

import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import Link from "next/link";
import { type ComponentProps, type MouseEvent, useId, useState } from "react";

import { cn } from "@/ui/cn";
import { Tooltip } from "@/ui/Tooltip";

const look = cva(
  "relative inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none " +
    "transition-colors aria-disabled:cursor-not-allowed aria-disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      kind: {
        primary: "border-transparent bg-accent-solid text-white not-aria-disabled:hover:bg-accent-solid-hover",
        plain: "border-edge/60 bg-surface text-ink not-aria-disabled:hover:bg-hover",
        quiet: "border-transparent bg-transparent text-muted not-aria-disabled:hover:bg-hover not-aria-disabled:hover:text-ink",
        danger: "border-transparent bg-bad-solid text-white not-aria-disabled:hover:bg-bad-solid-hover",
      },
      size: {
        md: "h-9 px-3.5 text-base",
        sm: "h-8 px-2.5 text-sm",
        icon: "size-8 p-0",
      },
    },
    defaultVariants: { kind: "plain", size: "md" },
  },
);

type Look = VariantProps<typeof look>;

interface ButtonProps extends Omit<ComponentProps<"button">, "disabled">, Look {
  /** Work is under way: a spinner, and clicks do nothing. The button keeps its place, its width and the focus. */
  loading?: boolean | undefined;
  /** Why it cannot be used now. It stays focusable, says why to a screen reader, and beside itself to whoever presses it. */
  disabledReason?: string | undefined;
  /** The id of an element that says why already: then the button does not. For a reason that lasts. */
  reasonId?: string | undefined;
}

/** A button. It is never `disabled` in the browser's sense, which would drop the focus and explain nothing. */
export function Button(props: ButtonProps) {
  const { kind, size, className, loading = false, disabledReason, reasonId, onClick, children, type = "button", ...rest } = props;
  const [shownReason, setShownReason] = useState<string>();
  const ownId = useId();
  const isOff = loading || Boolean(disabledReason);
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (!isOff) return onClick?.(event);
    event.preventDefault();
    setShownReason(disabledReason);
  };
  const described = disabledReason ? [rest["aria-describedby"], reasonId ?? ownId].filter(Boolean).join(" ") : rest["aria-describedby"];
  const button = (
    <button
      type={type}
      className={cn(look({ kind, size }), className)}
      aria-disabled={isOff || undefined}
      aria-busy={loading || undefined}
      onClick={press}
      {...rest}
      aria-describedby={described}
    >
      {loading && <LoaderCircle aria-hidden className="absolute animate-spin" />}
      <span className={cn("inline-flex items-center gap-1.5", loading && "opacity-0")}>{children}</span>
    </button>
  );
  return (
    <>
      {button}
      {disabledReason && !reasonId && (
        <span id={ownId} hidden={shownReason !== disabledReason} className="self-center text-sm text-muted">
          {disabledReason}
        </span>
      )}
    </>
  );
}

/** A link that looks like a button: for going somewhere. */
export function ButtonLink({ kind, size, className, ...rest }: ComponentProps<typeof Link> & Look) {
  return <Link prefetch={false} className={cn(look({ kind, size }), className)} {...rest} />;
}

/** A button of one icon; `label` is its name and its tooltip. */
export function IconButton({ label, children, kind = "quiet", ...rest }: Omit<ButtonProps, "size"> & { label: string }) {
  const button = (
    <Button kind={kind} size="icon" aria-label={label} {...rest}>
      {children}
    </Button>
  );
  return (
    <Tooltip says={label} isName>
      {button}
    </Tooltip>
  );
}

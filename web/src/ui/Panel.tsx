"use client";

import type { ReactNode } from "react";

import type { Reading } from "@/hooks/reading";
import { type Asker, wordsFor } from "@/lib/failures";
import { Card } from "@/ui/Card";
import { cn } from "@/ui/cn";
import { FailureBlock, StaleLine } from "@/ui/FailureBlock";
import { SlowNotice } from "@/ui/SlowNotice";

interface PanelProps<Value> {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  padded?: boolean;
  className?: string;
  reading: Reading<Value>;
  asker?: Asker;
  /** Grey shapes where the content will be, so that nothing jumps. */
  skeleton: ReactNode;
  /** Shown in place of the content when there is nothing yet: an `Empty`. */
  empty?: ReactNode;
  isEmpty?: (value: Value) => boolean;
  children: (value: Value) => ReactNode;
}

/** A card that reads something, in each of its states. It fails alone: its neighbours stay. */
export function Panel<Value>({ reading, asker, skeleton, empty, isEmpty, children, padded = true, ...card }: PanelProps<Value>) {
  return (
    <Card padded={false} {...card}>
      <div className={cn("flex min-h-0 min-w-0 flex-1 flex-col", padded && "px-4 pb-4")}>
        <ReadingBody reading={reading} asker={asker} skeleton={skeleton} empty={empty} isEmpty={isEmpty} title={card.title} flush={!padded}>
          {children}
        </ReadingBody>
      </div>
    </Card>
  );
}

interface ReadingBodyProps<Value> extends Pick<PanelProps<Value>, "reading" | "skeleton" | "empty" | "children"> {
  title: string;
  asker?: Asker | undefined;
  isEmpty?: ((value: Value) => boolean) | undefined;
  flush?: boolean;
}

/** The states alone, for what is not a card: loading, failed, empty, and good, perhaps old. */
export function ReadingBody<Value>({ reading, title, asker, skeleton, empty, isEmpty, flush = false, children }: ReadingBodyProps<Value>) {
  const { known, failure, isLoading, retry } = reading;
  if (known) {
    return (
      <>
        {failure && <StaleLine words={wordsFor(failure, asker)} asOf={known.asOf} onRetry={retry} flush={flush} />}
        {empty && isEmpty?.(known.value) ? empty : children(known.value)}
      </>
    );
  }
  if (isLoading || !failure)
    return (
      <div role="status">
        <span className="sr-only">Loading: {title}</span>
        <SlowNotice className="pb-2" />
        <div aria-hidden>{skeleton}</div>
      </div>
    );
  return <FailureBlock words={wordsFor(failure, asker)} onRetry={retry} />;
}

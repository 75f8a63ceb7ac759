"use client";

import { ChevronDown } from "lucide-react";
import { type ReactNode, useId, useState } from "react";

import { verbOf } from "@/features/jobs/job-words";
import { useCredits } from "@/hooks/credits";
import { type Draft, type Kind, KINDS } from "@/hooks/draft";
import type { useJobTypes } from "@/hooks/jobs";
import type { Submission } from "@/hooks/run";
import { kindOf } from "@/lib/failure";
import { wordsFor } from "@/lib/failures";
import { count } from "@/lib/format";
import { NO_MODEL, NO_PRICES, wordsForPrice } from "@/lib/order-failures";
import { Button } from "@/ui/Button";
import { cn } from "@/ui/cn";
import { FailureNote } from "@/ui/FailureBlock";
import { GetCredits } from "@/ui/GetCredits";

type Types = ReturnType<typeof useJobTypes>;
type Offered = NonNullable<Types["known"]>["value"][number];

interface OrderButtonsProps {
  types: Types;
  draft: Draft;
  submission: Submission;
  onSubmit: (kind: Kind) => void;
  /** The field for what is to be extracted. */
  schema: ReactNode;
}

/** What can be done with the text, with its price. Too few credits are said before the click. */
export function OrderButtons({ types, draft, submission, onSubmit, schema }: OrderButtonsProps) {
  const [isExtracting, setExtracting] = useState(false);
  const [noteId, reasonsId] = [useId(), useId()];
  const offered = (kind: Kind) => types.known?.value.find(({ name }) => name === kind);
  const extract = offered("extract");
  const reasonOf = (kind: Kind) => (submission.sending === kind ? undefined : reasonAgainst(types, offered(kind), submission));
  const kinds = KINDS.filter((kind) => kind !== "extract" || extract);
  const reasons = [...new Set(kinds.flatMap((kind) => reasonOf(kind) ?? []))];
  const idOf = (reason: string) => `${reasonsId}${reasons.indexOf(reason)}`;
  const button = (kind: Kind, look: "primary" | "plain") => {
    const reason = reasonOf(kind);
    return (
      <Button
        kind={look}
        loading={submission.sending === kind}
        {...(reason === undefined ? { "aria-describedby": noteId } : { disabledReason: reason, reasonId: idOf(reason) })}
        {...(draft.kind === kind && { "aria-keyshortcuts": "Control+Enter Meta+Enter" })}
        onClick={() => onSubmit(kind)}
      >
        {labelOf(kind, offered(kind))}
      </Button>
    );
  };
  return (
    <div className="flex flex-col gap-3">
      {types.failure && !types.known && <FailureNote words={wordsFor(types.failure)} onRetry={types.retry} />}
      <div className="flex flex-wrap items-center gap-2">
        {button("summarize", "primary")}
        {button("analyze", "plain")}
        {extract && (
          <Button
            kind="plain"
            aria-expanded={isExtracting}
            {...(!extract.available && { disabledReason: NO_MODEL, reasonId: idOf(reasonOf("extract") ?? "") })}
            onClick={() => setExtracting(!isExtracting)}
          >
            Extract data
            <ChevronDown aria-hidden className={isExtracting ? "rotate-180" : ""} />
          </Button>
        )}
      </div>
      {/* Who touches a screen has no pointer to rest on a button. The other reasons pass, and are on the page already. */}
      {reasons.map((reason) => {
        const off = kinds.filter((kind) => reasonOf(kind) === reason);
        return (
          <p key={reason} id={idOf(reason)} className={cn("text-sm text-muted", reason !== NO_MODEL && "sr-only")}>
            {off.length < kinds.length && `${off.map(verbOf).join(", ")}: `}
            {reason}
          </p>
        );
      })}
      {isExtracting && extract?.available && (
        <div className="flex flex-col items-start gap-3 rounded-md border border-line p-3 *:first:w-full">
          {schema}
          {button("extract", "plain")}
        </div>
      )}
      <PriceNotes id={noteId} types={types} isExtracting={isExtracting} />
      <p className="text-sm text-muted max-sm:hidden">Ctrl-Enter (⌘-Enter on a Mac) runs {verbOf(draft.kind)}.</p>
    </div>
  );
}

function labelOf(kind: Kind, offered: Offered | undefined): string {
  return offered ? `${verbOf(kind)} (${count(offered.price, "credit")})` : verbOf(kind);
}

function reasonAgainst(types: Types, offered: Offered | undefined, { failure, isSending }: Submission): string | undefined {
  if (isSending) return "Another request is under way.";
  if (types.isLoading) return "Loading the prices.";
  if (!types.known) return NO_PRICES;
  if (!offered?.available) return NO_MODEL;
  return failure !== null && kindOf(failure) === "rate_limited" ? wordsFor(failure).title : undefined;
}

/** What cannot be paid with the balance that is known. */
function PriceNotes({ id, types, isExtracting }: { id: string; types: Types; isExtracting: boolean }) {
  const { known } = useCredits();
  const shown = KINDS.filter((kind) => kind !== "extract" || isExtracting);
  const offered = shown.map((kind) => types.known?.value.find(({ name, available }) => available && name === kind));
  const notes = known ? offered.map((kind) => kind && wordsForPrice(verbOf(kind.name), kind.price, known.value.balance)).filter((note) => note !== undefined) : [];
  return (
    <div id={id} className="text-sm text-warn empty:hidden">
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      {notes.length > 0 && <GetCredits />}
    </div>
  );
}

"use client";

import { useState } from "react";

import { type Attempt, type Delivery, useDeliveryBody } from "@/hooks/webhooks";
import { wordsForAttempt } from "@/lib/failures-deliveries";
import { count } from "@/lib/format";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { type Column, DataTable } from "@/ui/DataTable";
import { ReadingBody } from "@/ui/Panel";
import { Skeleton } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";

const SHOWN = 4000; // characters of a body until more is asked for

const COLUMNS: readonly Column<Attempt>[] = [
  { head: "Attempt", numeric: true, cell: (attempt) => <AttemptNumber attempt={attempt} /> },
  { head: "At", cell: (attempt) => <Time at={attempt.at} /> },
  { head: "Status", numeric: true, cell: (attempt) => attempt.status_code ?? "—" },
  { head: "Took", numeric: true, cell: (attempt) => <span className="whitespace-nowrap">{count(attempt.latency_ms)} ms</span> },
  { head: "Outcome", cell: (attempt) => <AttemptOutcome attempt={attempt} /> },
];

/** Every attempt at a delivery, and the body that each of them sends. */
export function DeliveryDetails({ delivery }: { delivery: Delivery }) {
  return (
    <div className="flex flex-col gap-4 border-t border-line bg-sunken py-3">
      {delivery.attempts.length === 0 ? (
        <p className="px-4 text-sm text-muted">It was not tried yet.</p>
      ) : (
        <DataTable caption="Attempts" columns={COLUMNS} rows={delivery.attempts} keyOf={(attempt) => String(attempt.attempt)} />
      )}
      <div className="flex flex-col gap-2 px-4">
        <p className="flex flex-wrap items-center gap-1 text-sm text-muted">
          Event <code className="font-mono text-xs break-all">{delivery.event_id}</code>
          <CopyButton text={delivery.event_id} label="Copy the event's id" />
          <span>happened</span> <Time at={delivery.created_at} />
        </p>
        <Body id={delivery.id} />
      </div>
    </div>
  );
}

function AttemptNumber({ attempt }: { attempt: Attempt }) {
  return (
    <>
      <span className="sm:hidden">Attempt </span>
      {attempt.attempt}
    </>
  );
}

function AttemptOutcome({ attempt }: { attempt: Attempt }) {
  const { isGood, short, detail } = wordsForAttempt(attempt);
  return (
    <div className="py-1">
      <p className={isGood ? "text-good" : "text-bad"}>{isGood ? "Taken" : short}</p>
      {detail && <p className="text-sm text-muted">{detail}</p>}
    </div>
  );
}

function Body({ id }: { id: string }) {
  return (
    <ReadingBody reading={useDeliveryBody(id)} title="Body" skeleton={<Skeleton className="h-24" />}>
      {(body) => <BodyText body={body} />}
    </ReadingBody>
  );
}

/** The body as text, and never as anything that a browser would read: it holds what people sent. */
function BodyText({ body }: { body: string }) {
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && body.length > SHOWN;
  return (
    <figure aria-label="Body" className="overflow-hidden rounded-md border border-line bg-surface">
      <figcaption className="flex h-9 items-center justify-between border-b border-line pr-1.5 pl-3 text-sm text-muted">
        Body, as it is sent
        <CopyButton text={body} label="Copy the body" />
      </figcaption>
      <pre dir="ltr" tabIndex={0} aria-label="Body, as it is sent" className="max-h-80 overflow-auto p-3 font-mono text-xs leading-5 break-all whitespace-pre-wrap">
        {isCut ? `${body.slice(0, SHOWN)}…` : body}
      </pre>
      {isCut && (
        <div className="border-t border-line p-2">
          <Button size="sm" onClick={() => setWhole(true)}>
            Show all {count(body.length, "character")}
          </Button>
        </div>
      )}
    </figure>
  );
}

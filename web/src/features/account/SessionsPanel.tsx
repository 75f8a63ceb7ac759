"use client";

import { useState } from "react";

import { SignOutEverywhere } from "@/features/account/SignOutEverywhere";
import { signOut } from "@/features/sign-in/session";
import { type Session, sessionKeys, useSessions } from "@/hooks/sessions";
import { call, v1 } from "@/lib/api";
import { useChange } from "@/lib/change";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { type Column, DataTable } from "@/ui/DataTable";
import { FailureNote } from "@/ui/FailureBlock";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";
import { useToast } from "@/ui/Toast";

const CLIENTS: Readonly<Record<string, string>> = { web: "This web application", api: "A program" };

/** Where one is signed in, and how to end that. */
export function SessionsPanel() {
  const reading = useSessions();
  const [ending, setEnding] = useState<Session | null>(null);
  return (
    <Panel
      title="Sessions"
      note="Where you are signed in."
      padded={false}
      actions={<SignOutEverywhere />}
      reading={reading}
      skeleton={<SkeletonRows rows={3} />}
    >
      {(rows) => (
        <>
          <DataTable caption="Sessions" columns={columnsFor(setEnding)} rows={rows} keyOf={(session) => session.id} more={reading.more} />
          {ending && <EndDialog session={ending} onClose={() => setEnding(null)} />}
        </>
      )}
    </Panel>
  );
}

function columnsFor(end: (session: Session) => void): readonly Column<Session>[] {
  return [
    { head: "Where", grows: true, cell: (session) => <Where session={session} /> },
    { head: "Since", cell: (session) => <Time at={session.started_at} /> },
    { head: "Last renewed", cell: (session) => <Time at={session.last_used_at} relative /> },
    { head: "Ends", cell: (session) => <Time at={session.expires_at} relative /> },
    {
      head: "End it",
      numeric: true,
      aside: true,
      cell: (session) => (
        <Button size="sm" aria-label={session.current ? "Sign out here" : `End the session that began ${session.started_at}`} onClick={() => end(session)}>
          {session.current ? "Sign out" : "End"}
        </Button>
      ),
    },
  ];
}

function Where({ session: { client, current } }: { session: Session }) {
  return (
    <span className="inline-flex items-center gap-2">
      {CLIENTS[client] ?? client}
      {current && <Badge tone="good">This one</Badge>}
    </span>
  );
}

function EndDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const toast = useToast();
  const { run, isRunning, words } = useChange({
    send: () => (session.current ? signOut() : call(v1.endSession({ path: { session_id: session.id } })).then(() => undefined)),
    refresh: session.current ? [] : [sessionKeys.all],
    onDone: () => {
      if (session.current) return;
      onClose();
      toast.done("The session is ended");
    },
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={session.current ? "Sign out here?" : "End this session?"}
      action={session.current ? "Sign out" : "End session"}
      danger={!session.current}
      onConfirm={() => run()}
      isRunning={isRunning}
    >
      <div className="flex flex-col gap-3">
        <p>{session.current ? "You can sign in again at any time." : "Whoever uses it is signed out at their next request. If that was you, sign in again there."}</p>
        {words && <FailureNote words={words} onRetry={() => run()} />}
      </div>
    </ConfirmDialog>
  );
}

"use client";

import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";

import { CreateKey } from "@/features/api-keys/CreateKey";
import { IfLeaked } from "@/features/api-keys/IfLeaked";
import { KeyTable } from "@/features/api-keys/KeyTable";
import { firstCall } from "@/features/api-keys/samples";
import { useApiKeys } from "@/hooks/api-keys";
import { useMe } from "@/hooks/me";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { CodeSample } from "@/ui/CodeSample";
import { Empty } from "@/ui/Empty";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";

/** The organisation's keys. `api` is where its programs reach the API. */
export function ApiKeys({ api }: { api: string }) {
  const { isAdmin } = useMe();
  const [isMaking, setMaking] = useState(false);
  const reading = useApiKeys();
  const make = (
    <Button kind="primary" onClick={() => setMaking(true)}>
      <Plus aria-hidden />
      New key
    </Button>
  );
  const hasKeys = (reading.known?.value.length ?? 0) > 0;
  return (
    <>
      <PageHeader title="API keys" note="For programs that call the API by themselves" actions={isAdmin && hasKeys && make} />
      <Panel
        title="Keys"
        note="At most 50. Their values are not kept here, so nobody can look one up."
        padded={false}
        reading={reading}
        asker={{ doing: "see and make API keys" }}
        skeleton={<SkeletonRows rows={3} />}
        isEmpty={(keys) => keys.length === 0}
        empty={
          <Empty icon={<KeyRound aria-hidden />} title="No keys yet" action={make}>
            A key lets a program of yours call the API. It is shown once, when you make it.
          </Empty>
        }
      >
        {(keys) => <KeyTable keys={keys} api={api} more={reading.more} />}
      </Panel>
      {isAdmin && (
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <Card title="Use a key" note="Its requests count in your organisation's limit like all others.">
            <CodeSample label="A first call" samples={firstCall(api)} />
          </Card>
          <IfLeaked />
        </div>
      )}
      <CreateKey api={api} open={isMaking} onOpenChange={setMaking} />
    </>
  );
}

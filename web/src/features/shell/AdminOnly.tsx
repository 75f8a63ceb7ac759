"use client";

import type { ReactNode } from "react";

import { useRoleCheck } from "@/hooks/identity";
import { useMe } from "@/hooks/me";
import { ApiError } from "@/lib/api";
import { wordsFor } from "@/lib/failures";
import { Card } from "@/ui/Card";
import { FailureBlock } from "@/ui/FailureBlock";

interface AdminOnlyProps {
  /** To complete "Only admins can …": "see who is in". */
  doing: string;
  children: ReactNode;
}

/** What an admin alone may see. Nothing is asked of the API for anybody else; it would refuse. */
export function AdminOnly({ doing, children }: AdminOnlyProps) {
  const { isAdmin } = useMe();
  useRoleCheck();
  if (isAdmin) return children;
  return (
    <Card>
      <FailureBlock words={wordsFor(new ApiError("not_allowed", 403, ""), { doing })} />
    </Card>
  );
}

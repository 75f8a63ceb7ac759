import type { Metadata } from "next";

import { Members } from "@/features/team/Members";

export const metadata: Metadata = { title: "Members" };

export default function MembersPage() {
  return <Members />;
}

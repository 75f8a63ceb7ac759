import type { Metadata } from "next";

import { JobDetail } from "@/features/jobs/JobDetail";

export const metadata: Metadata = { title: "Job" };

type Props = { params: Promise<{ id: string }> };

export default async function JobPage({ params }: Props) {
  return <JobDetail id={(await params).id} />;
}

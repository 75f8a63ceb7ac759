"use client";

import type { ReactNode } from "react";

import { zAnalyzeOutput, zExtractOutput, zSummarizeOutput } from "@/api/generated/v1/zod.gen";
import { AnalysisView } from "@/features/jobs/AnalysisView";
import { JsonView } from "@/features/jobs/JsonView";
import { CopyButton } from "@/ui/CopyButton";
import { Tabs } from "@/ui/Tabs";

type Output = Record<string, unknown>;

/** What came out of a job: to be read, and as the API gave it. */
export function OutputView({ jobType, output }: { jobType: string; output: Output }) {
  const json = <JsonView value={output} label="the output as JSON" />;
  const readable = readableOf(jobType, output);
  if (readable === undefined)
    return (
      <div className="flex flex-col gap-2">
        <p className="text-sm text-muted">There is no other view of this kind of output.</p>
        {json}
      </div>
    );
  return (
    <Tabs
      label="Views of the output"
      tabs={[
        { name: "readable", label: "Result", content: readable },
        { name: "json", label: "JSON", content: json },
      ]}
    />
  );
}

/** Undefined where the output has not the shape that its kind promises. */
function readableOf(jobType: string, output: Output): ReactNode | undefined {
  if (jobType === "summarize") {
    const summary = zSummarizeOutput.safeParse(output).data?.summary;
    return summary === undefined ? undefined : <Summary text={summary} />;
  }
  if (jobType === "analyze") {
    const analysis = zAnalyzeOutput.safeParse(output).data;
    return analysis && <AnalysisView analysis={analysis} />;
  }
  if (jobType === "extract") {
    const found = zExtractOutput.safeParse(output).data;
    return found && <JsonView value={found.data} label="the extracted data" />;
  }
  return undefined;
}

/** Text, whatever it looks like: nothing in it is markup. */
function Summary({ text }: { text: string }) {
  return (
    <div className="flex flex-col items-start gap-3">
      <p dir="auto" className="w-full text-lg [unicode-bidi:plaintext] wrap-anywhere whitespace-pre-wrap">
        {text}
      </p>
      <CopyButton wide text={text} label="Copy the summary" />
    </div>
  );
}

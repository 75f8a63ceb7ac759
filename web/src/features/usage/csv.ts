/** The days as a file: numbers and dates only, so no spreadsheet can take a cell for a formula. */
import type { UsageDay } from "@/features/dashboard/SpendChart";

const HEAD = "date,spent,refunded,net,jobs,complete";

/** RFC 4180, a line for each day. The last day is today, which is not over. */
export function csvOf(days: readonly UsageDay[]): string {
  const lines = days.map(({ date, spent, refunded, jobs }, index) => {
    const isOver = index < days.length - 1;
    return [date, spent, refunded, spent - refunded, jobs, isOver ? "yes" : "no"].join(",");
  });
  return [HEAD, ...lines, ""].join("\r\n");
}

/** "usage-acme.test-2026-11-14-to-2026-11-20.csv". */
export function csvName(slug: string, days: readonly UsageDay[]): string {
  return `usage-${slug}-${days[0]?.date}-to-${days.at(-1)?.date}.csv`;
}

/** Have the browser save a text as a file. */
export function saveText(text: string, name: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // once the browser has begun to read it
}

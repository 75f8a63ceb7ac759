/** Log lines as JSON, one each, without secrets: whoever calls says what is written, field by field. */
export function log(level: "info" | "warning" | "error", event: string, facts: Record<string, unknown> = {}): void {
  const line = { timestamp: new Date().toISOString(), level, event, process: "web", ...facts };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

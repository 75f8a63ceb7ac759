// @vitest-environment node
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

import { samplesOf } from "@/features/run/samples";

const AWKWARD = `It's "quoted" \\ $HOME \`id\` ‘x’ \n é👍`;
const code = (language: string, input: Parameters<typeof samplesOf>[2]) =>
  samplesOf("summarize", "v2", input).find((sample) => sample.language === language)?.code ?? "";

test("a shell passes the text on unchanged, whatever stands in it", () => {
  const [first = ""] = code("curl", { text: AWKWARD }).split("\n\n#");
  const script = `curl() { for one in "$@"; do last=$one; done; printf %s "$last"; }\n${first.replace("$(uuidgen)", "key")}`;
  expect(JSON.parse(execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }))).toEqual({ text: AWKWARD });
  expect(first).toContain("/v2/summarize");
});

test("Python reads the same values", () => {
  const sample = code("Python", { text: AWKWARD, schema: { deep: [true, null, 1.5, { no: false }] } });
  const literal = /json=(.*),\n/.exec(sample)?.[1] ?? "";
  const said = execFileSync("python3", ["-c", `import json,sys; print(json.dumps(eval(sys.argv[1])))`, literal], { encoding: "utf8" });
  expect(JSON.parse(said)).toEqual({ text: AWKWARD, schema: { deep: [true, null, 1.5, { no: false }] } });
});

test("a long text is cut between characters, and none is stood in for", () => {
  expect(code("TypeScript", { text: "👍".repeat(500) })).toContain(`"${"👍".repeat(160)}…"`);
  expect(code("TypeScript", { text: "  " })).toContain('{"text":"The text"}');
});

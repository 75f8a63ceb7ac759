// The debugging exercise: puts each of three bugs into a copy of this application, and shows that the tests meant for
// it turn red there, and are green without it. The tree itself is never touched. docs/debugging.md tells the rest.
//
//     node debugging/exercise.mjs             all three
//     node debugging/exercise.mjs 2           one of them
//     node debugging/exercise.mjs --keep 2    the same, and leaves the copy with the bug in it, to look at
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const WEB = join(import.meta.dirname, "..");
const COPIED = ["src", "scripts", "package.json", "tsconfig.json", "openapi-ts.config.ts", "vitest.config.mts", "vitest.setup.ts"];
const FAILED_IN_VITEST = 1;

const BUGS = [
  {
    id: 1,
    symptom: "the token is sent in the wrong header format: 401, and a blank page instead of sign-in",
    tests: {
      "src/server/gateway.test.ts": ["goes to the API with the token, under one request id, and comes back"],
      "src/features/dashboard/Dashboard.test.tsx": ["a session that is over leads to sign-in"],
    },
  },
  {
    id: 2,
    symptom: "the balance comes as a string: the chart is wrong, and nothing says so",
    tests: {
      "src/hooks/credits.test.tsx": ["a balance that is a string is refused, and the last good one stays"],
      "src/features/dashboard/Dashboard.test.tsx": [
        "a balance that is a string is said to make no sense, and the rest of the page stays",
        "a day's figure that is a string is not drawn",
      ],
    },
  },
  {
    id: 3,
    symptom: "polling goes on after the job has ended",
    tests: {
      "src/hooks/jobs.test.tsx": [
        "a job is looked at every two seconds until it is completed, and never after",
        "a failed job is looked at no more either",
      ],
    },
  },
];

/** A copy of the application: its sources, with the packages and the API's description of the tree. */
function copy() {
  const folder = mkdtempSync(join(tmpdir(), "nexus-debugging-"));
  for (const name of COPIED) cpSync(join(WEB, name), join(folder, "web", name), { recursive: true });
  symlinkSync(join(WEB, "node_modules"), join(folder, "web", "node_modules"));
  symlinkSync(join(WEB, "..", "docs"), join(folder, "docs"));
  return folder;
}

function apply(copied, id, ...options) {
  const patch = join(import.meta.dirname, `bug-${id}.patch`);
  execFileSync("git", ["apply", ...options, patch], { cwd: join(copied, "web"), stdio: ["ignore", "inherit", "inherit"] });
}

/** How each of these tests ended in the copy: `passed`, `failed`, or what vitest calls it otherwise. */
function run(copied, bugs) {
  const cwd = join(copied, "web");
  execFileSync("npm", ["run", "--silent", "gen"], { cwd, stdio: ["ignore", "ignore", "inherit"] });
  const wanted = bugs.flatMap((bug) => Object.entries(bug.tests).flatMap(([file, names]) => names.map((name) => ({ bug: bug.id, file, name }))));
  const files = [...new Set(wanted.map(({ file }) => file))];
  const names = wanted.map(({ name }) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const report = join(copied, "report.json");
  const vitest = join(cwd, "node_modules", "vitest", "vitest.mjs");
  const args = [vitest, "run", "--reporter=json", `--outputFile=${report}`, "-t", `(${names})$`, ...files];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  if (status !== 0 && status !== FAILED_IN_VITEST) throw new Error(`vitest ended with ${status}:\n${stderr}`);
  const ended = JSON.parse(readFileSync(report, "utf8")).testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => [`${file} ${fullName}`, status]),
  );
  return wanted.map((test) => ({ ...test, status: ended.find(([name]) => name.includes(`${test.file} `) && name.endsWith(` ${test.name}`))?.[1] ?? "not found" }));
}

function tell({ name, status }, meant) {
  console.log(`  ${status === meant ? "✓" : "✗"} ${status.padEnd(6)}  ${name}`);
}

function exercise(copied, bugs) {
  console.log("Without a bug");
  const before = run(copied, bugs);
  before.forEach((test) => tell(test, "passed"));
  const after = bugs.flatMap((bug) => {
    console.log(`Bug ${bug.id}: ${bug.symptom}`);
    apply(copied, bug.id);
    const ended = run(copied, [bug]);
    ended.forEach((test) => tell(test, "failed"));
    if (!values.keep) apply(copied, bug.id, "--reverse");
    return ended;
  });
  return before.every(({ status }) => status === "passed") && after.every(({ status }) => status === "failed");
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { keep: { type: "boolean" } } });
const chosen = positionals.length ? BUGS.filter(({ id }) => positionals.includes(String(id))) : BUGS;
if (chosen.length === 0 || (values.keep && chosen.length !== 1)) {
  console.error("Name a bug: 1, 2 or 3.");
  process.exit(2);
}
const copied = copy();
try {
  process.exitCode = exercise(copied, chosen) ? 0 : 1;
} finally {
  if (values.keep) console.log(`The copy with the bug is ${join(copied, "web")}.`);
  else rmSync(copied, { recursive: true, force: true });
}

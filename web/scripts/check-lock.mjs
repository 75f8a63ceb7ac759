// Refuses a lock that another machine could not install from: `npm` leaves out what its registry does not have for a
// foreign platform, without a word, and `npm ci` then fails there.
import { readFileSync } from "node:fs";

const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
const packages = lock.packages;

/** Whether a package that lies at `from` finds `name`, as Node looks for it: in each node_modules upwards. */
function found(from, name) {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf("node_modules/") - 1))) {
    if (`${place ? `${place}/` : ""}node_modules/${name}` in packages) return true;
    if (!place) return false;
  }
}

const wrong = [];
for (const [place, one] of Object.entries(packages)) {
  if (one.resolved && !one.link) wrong.push(`${place} names a registry`);
  const optionalPeers = one.peerDependenciesMeta ?? {};
  const peers = Object.keys(one.peerDependencies ?? {}).filter((name) => !optionalPeers[name]?.optional);
  const named = [
    ...Object.keys({ ...one.dependencies, ...one.optionalDependencies, ...(place ? {} : one.devDependencies) }),
    ...peers,
  ];
  for (const name of named) if (!found(place, name)) wrong.push(`${name}, which ${place || "package.json"} wants, is missing`);
}

if (wrong.length) {
  console.error(`package-lock.json is not complete:\n  ${wrong.join("\n  ")}`);
  process.exit(1);
}
console.log(`package-lock.json is complete: ${Object.keys(packages).length - 1} packages.`);

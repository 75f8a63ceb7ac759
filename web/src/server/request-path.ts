/** Paths that cannot be decoded: Next.js answers them with 500, though only the address is wrong. */

const NOT_FOUND = "/_next/data/not-found"; // no file of the build has this name, so the answer is our page with 404

/** The address to serve for a requested one, such as `/acme.test/jobs?limit=5`. */
export function servablePath(url: string): string {
  const [path = ""] = url.split("?", 1);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return NOT_FOUND;
  }
}

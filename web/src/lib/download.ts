/** A file of the API's, read by the page, so that a refusal is said in words and not saved as a file. */
import { client } from "@/api/generated/v1/client.gen";
import { call } from "@/lib/api";

/** Read a file and hand it to the browser under this name. It is held in memory meanwhile. */
export async function download(path: string, query: Record<string, string | undefined>, name: string): Promise<void> {
  const file = await call(client.get<{ 200: Blob }>({ url: path, query, parseAs: "blob" }));
  const address = URL.createObjectURL(file);
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // a browser may ask where to, and read it only then
}

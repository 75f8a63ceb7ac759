/**
 * Whose request this is, by network address.
 *
 * The peer's own address is written into each request by `instrumentation.ts`, over whatever the request claims. Only
 * a proxy that is named in TRUSTED_PROXIES is believed when it says on whose behalf it asks (X-Forwarded-For).
 */
import { BlockList, isIP } from "node:net";

export const PEER = "x-nexus-peer";
const IPV4_IN_IPV6 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** The address of the browser; null where it is not known. `proxies` are addresses or networks. */
export function clientAddress(headers: Headers, proxies: readonly string[]): string | null {
  const peer = plain(headers.get(PEER) ?? "");
  if (!isIP(peer)) return null;
  const trusted = listOf(proxies);
  const passedOn = (headers.get("x-forwarded-for") ?? "").split(",").map(plain);
  let address = peer;
  while (passedOn.length && contains(trusted, address)) {
    const before = passedOn.pop() ?? "";
    if (!isIP(before)) break;
    address = before;
  }
  return address;
}

function listOf(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const one of proxies) {
    const [network = "", bits] = one.split("/");
    const family = isIP(network) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(bits), family);
  }
  return list;
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function plain(address: string): string {
  return address.trim().replace(IPV4_IN_IPV6, "");
}

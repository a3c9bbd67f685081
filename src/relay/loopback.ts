import { lookup } from "node:dns/promises";
import { BlockList, isIPv6 } from "node:net";
import { CatnixError } from "../errors/catnix-error.js";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * The loopback address that `host` names.
 * @returns an address, so that what was checked is what is listened on
 * @throws CatnixError RELAY_SIGNS_LOOPBACK_ONLY where the name has any other address, or none
 */
export async function requireLoopback(host: string): Promise<string> {
  const found = await lookup(host, { all: true }).catch(() => []);
  const isLoopback = found.every(({ address }) => loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4"));
  if (found[0] === undefined || !isLoopback) throw new CatnixError("RELAY_SIGNS_LOOPBACK_ONLY", { host });
  return found[0].address;
}

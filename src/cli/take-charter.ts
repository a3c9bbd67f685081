import { isHex } from "../encoding/hex.js";
import { readSmallFile } from "../files/read-file.js";
import { type Charter, MAX_CHARTER_SIZE, parseCharter } from "../members/charter.js";
import { readCharter } from "../members/read-charter.js";
import type { Context } from "./context.js";

/**
 * The charter that somebody named.
 * @param given a file, or 64 hex digits: an address on Swarm
 * @throws CatnixError CHARTER_INVALID, FILE_UNREADABLE, SWARM_NOT_FOUND and what else Swarm throws
 */
export async function takeCharter(context: Context, given: string): Promise<Charter> {
  if (isHex(given, 32)) return context.wait("the charter", readCharter(context.store(), given));
  return parseCharter(await readSmallFile(given, MAX_CHARTER_SIZE), given);
}

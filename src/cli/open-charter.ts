import { isCatnixError } from "../errors/catnix-error.js";
import type { Charter } from "../members/charter.js";
import { NO_CHARTER, readCharter } from "../members/read-charter.js";
import type { Context } from "./context.js";

/**
 * The charter that a council names, for the names of its members: undefined where there is none, and where it cannot be had,
 * which is said on standard error. Who decides is the chain's to say and needs no charter.
 * @param address 64 hex digits
 */
export async function openCharter(context: Context, address: string): Promise<Charter | undefined> {
  if (address === NO_CHARTER) return undefined;
  try {
    return await context.wait("the charter", readCharter(context.store(), address, { signal: context.signal }));
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    context.note(`the charter ${address} cannot be read: ${error.message}`);
    return undefined;
  }
}

/** What charters call a member; the first that names it counts. */
export function findMember(
  address: string,
  ...charters: (Charter | undefined)[]
): Charter["members"][number] | undefined {
  for (const charter of charters) {
    const found = charter?.members.find((member) => member.address === address);
    if (found) return found;
  }
  return undefined;
}

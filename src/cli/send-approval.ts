import { requireRegistry } from "../config/load.js";
import { announceApproval } from "../members/announce.js";
import type { SignedBatch } from "../members/signed-batch.js";
import type { Context } from "./context.js";
import { type OwnedKey, statementsOf } from "./owned-key.js";
import { preparePostage } from "./prepare-postage.js";

/**
 * Puts a member's approval on Swarm, where `catnix batch collect` finds it.
 * @returns address of the owned chunk, 64 hex digits
 * @throws CatnixError of postage and uploads
 */
export async function sendApproval(context: Context, { key }: OwnedKey, signed: SignedBatch): Promise<string> {
  await preparePostage(context);
  const sending = announceApproval(statementsOf(context), key, requireRegistry(context.config), signed, {
    signal: context.signal,
  });
  return context.wait("the Swarm node, for the approval", sending);
}

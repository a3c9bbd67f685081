import { isDeepStrictEqual } from "node:util";
import type { FollowedMember, MemberSignaturesWriter } from "../index/member-signatures.js";
import type { Charter } from "../members/charter.js";
import { NO_CHARTER, readCharter } from "../members/read-charter.js";
import type { Registry } from "../registry/registry.js";
import type { ContentStore } from "../swarm/content-store.js";

/**
 * Takes in whose Nix signatures are passed on: members of the present council for whom its charter names a Nix key. Whatever
 * an endpoint says of the council, no more comes of it than signatures by keys that nobody trusts.
 * @returns whether something changed
 * @throws CatnixError CHARTER_INVALID, `SWARM_…`, RPC_UNAVAILABLE, RPC_ANSWER_INVALID, DATABASE_FAILED: what was, stays
 */
export async function followCharter(
  registry: Registry,
  store: ContentStore,
  signatures: MemberSignaturesWriter,
  signal: AbortSignal,
): Promise<boolean> {
  const { charter, members } = await registry.council();
  signal.throwIfAborted();
  const followed = charter === NO_CHARTER ? [] : listFollowed(await readCharter(store, charter, { signal }), members);
  const before = signatures.charter() ?? NO_CHARTER;
  if (before === charter && isDeepStrictEqual(byAddress(signatures.members()), byAddress(followed))) return false;
  signatures.setMembers(charter, followed);
  return true;
}

function listFollowed({ members }: Charter, council: readonly string[]): FollowedMember[] {
  return members.flatMap(({ address, name, ownedKey, nixKeys: { copied, rebuilt } }) => {
    const keys = [copied, rebuilt].filter((key) => key !== undefined).sort();
    return keys.length > 0 && council.includes(address) ? [{ address, name, ownedKey, keys }] : [];
  });
}

function byAddress(members: readonly FollowedMember[]): Map<string, FollowedMember> {
  return new Map(members.map((member) => [member.address, member]));
}

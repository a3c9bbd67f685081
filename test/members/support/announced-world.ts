import { SigningKey, Wallet } from "ethers";
import { type Batch, BATCH_TYPES, domainOf, type RegistryId, toTypedBatch } from "../../../src/cat/batch.js";
import type { CollectFrom } from "../../../src/consortium/collect-approvals.js";
import { type Charter, formatCharter } from "../../../src/members/charter.js";
import { NO_ATTESTATION, type SignedBatch } from "../../../src/members/signed-batch.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { changeCouncil } from "../../support/submit-acts.js";
import type { RegistryWorld } from "../../support/registry-world.js";
import { wellKnownKey } from "../../support/well-known-key.js";
import { sampleCharter, sampleMember } from "./sample-charter.js";

/** Accounts 1, 2 and 3 of the registry world; their owned keys are those of the accounts 21, 22 and 23. */
export const MEMBERS = { alice: 1, bob: 2, carol: 3 } as const;
export type MemberName = keyof typeof MEMBERS;

export const walletOf = (name: MemberName) => new Wallet(wellKnownKey(MEMBERS[name]));
export const ownedKeyOf = (name: MemberName) => new SigningKey(wellKnownKey(MEMBERS[name] + 20));
export const charterOfMembers = (): Charter =>
  sampleCharter(Object.entries(MEMBERS).map(([name, at]) => sampleMember(name, at)));

/** Publishes a charter of the three members and lets the council name it. */
export async function nameCharter(world: RegistryWorld, charter = charterOfMembers()): Promise<CollectFrom> {
  const { address } = await world.store.write(formatCharter(charter));
  await changeCouncil(world, { charter: address });
  const { members } = await world.registry.council();
  // Through the proxy, whose faults are Swarm's; no second attempts, so that a fault is one.
  const store = new BeeStore({ url: world.swarmProxy.url, batchId: "0".repeat(64), retries: 0 });
  return { registry: world.registry, charter, members, stores: { owned: store, content: store } };
}

/** A member's signature of a batch. */
export async function signFor(registry: RegistryId, name: MemberName, batch: Batch): Promise<SignedBatch> {
  const signature = await walletOf(name).signTypedData(domainOf(registry), BATCH_TYPES, toTypedBatch(batch));
  return { batch, signature, attestation: NO_ATTESTATION };
}

/** The same for the world's registry. */
export const signAs = (world: RegistryWorld, name: MemberName, batch: Batch) => signFor(world.registry.id, name, batch);

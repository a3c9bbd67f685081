import {
  id,
  keccak256,
  SigningKey,
  computeAddress,
  toUtf8Bytes,
  ZeroAddress,
  ZeroHash,
  type TypedDataDomain,
} from "ethers";
import type { CatRegistry } from "../../../src/registry/contract-types/CatRegistry.js";
import {
  approve,
  ascending,
  hashBatch,
  hashCouncil,
  hashRetirement,
  registryDomain,
  signatoryOf,
  type Approval,
  type Batch,
  type Council,
  type Retirement,
  type Signatory,
} from "./acts.js";
import { ethers } from "./network.js";

/** An account with a key that is known to the test alone; it needs no ether. */
export function makeAccount(name: string): Signatory & { key: SigningKey } {
  const key = new SigningKey(keccak256(toUtf8Bytes(`catnix test key of ${name}`)));
  return { key, ...signatoryOf(key, computeAddress(key)) };
}

export function makeAccounts(count: number): Signatory[] {
  return ascending(Array.from({ length: count }, (_, i) => makeAccount(`member ${i}`)));
}

export interface Founding {
  members: readonly Signatory[];
  publishThreshold: number;
  councilThreshold: number;
  guardian: string;
  charter: string;
}

/** A deployed registry and what a test needs to act on it. */
export interface Deployed extends Founding {
  registry: CatRegistry;
  domain: TypedDataDomain;
}

export async function deployRegistry(founding: Partial<Founding> = {}): Promise<Deployed> {
  const members = ascending(founding.members ?? makeAccounts(3));
  const publishThreshold = founding.publishThreshold ?? 2;
  const councilThreshold = founding.councilThreshold ?? publishThreshold;
  const guardian = founding.guardian ?? ZeroAddress;
  const charter = founding.charter ?? id("charter");
  const registry = await ethers.deployContract("CatRegistry", [
    members.map((member) => member.address),
    publishThreshold,
    councilThreshold,
    guardian,
    charter,
  ]);
  const { chainId } = await ethers.provider.getNetwork();
  const domain = registryDomain(chainId, await registry.getAddress());
  return { registry, domain, members, publishThreshold, councilThreshold, guardian, charter };
}

/** A fixture: five members; a batch needs two, other acts three. The first signer is the guardian. */
export async function threeOfFive(): Promise<Deployed> {
  const [guardian] = await ethers.getSigners();
  const members = makeAccounts(5);
  return await deployRegistry({ members, publishThreshold: 2, councilThreshold: 3, guardian: guardian!.address });
}

/** Where the next act belongs, good for an hour. */
async function nextPlace({ registry }: Deployed): Promise<{ seq: bigint; parent: string; deadline: bigint }> {
  const { head, seq } = await registry.state();
  const block = await ethers.provider.getBlock("latest");
  return { seq: seq + 1n, parent: head, deadline: BigInt(block!.timestamp) + 3600n };
}

/** The next batch, with anything that a test wants otherwise. */
export async function draftBatch(deployed: Deployed, changes: Partial<Batch> = {}): Promise<Batch> {
  const place = await nextPlace(deployed);
  const { depth } = await deployed.registry.state();
  const [root, delta] = [id(`root ${place.seq}`), id(`delta ${place.seq}`)];
  return { ...place, root, depth, delta, rows: 1n, pack: ZeroHash, ...changes };
}

/** A change of the council that changes nothing, with anything that a test wants otherwise. */
export async function draftCouncil(deployed: Deployed, changes: Partial<Council> = {}): Promise<Council> {
  const { members, publishThreshold, councilThreshold, guardian, charter } = await deployed.registry.council();
  const same = { members: [...members], publishThreshold, councilThreshold, guardian, charter };
  return { ...(await nextPlace(deployed)), ...same, ...changes };
}

export async function draftRetirement(deployed: Deployed, changes: Partial<Retirement> = {}): Promise<Retirement> {
  return { ...(await nextPlace(deployed)), successorChainId: 0n, successor: ZeroAddress, ...changes };
}

/** The approvals of the first members that make the threshold, or of `signatories`. */
export function approveBatch(deployed: Deployed, batch: Batch, signatories?: readonly Signatory[]): Approval[] {
  const who = signatories ?? deployed.members.slice(0, deployed.publishThreshold);
  return approve(hashBatch(deployed.domain, batch), who);
}

/** Publishes the next batch; returns it. */
export async function publishBatch(deployed: Deployed, changes: Partial<Batch> = {}): Promise<Batch> {
  const batch = await draftBatch(deployed, changes);
  await (await deployed.registry.publish(batch, approveBatch(deployed, batch))).wait();
  return batch;
}

/** The approvals over a change of the council; as many as it needs where none are named. */
export function approveCouncil(deployed: Deployed, council: Council, signatories?: readonly Signatory[]): Approval[] {
  const who = signatories ?? deployed.members.slice(0, deployed.councilThreshold);
  return approve(hashCouncil(deployed.domain, council), who);
}

export function approveRetirement(
  deployed: Deployed,
  retirement: Retirement,
  signatories?: readonly Signatory[],
): Approval[] {
  const who = signatories ?? deployed.members.slice(0, deployed.councilThreshold);
  return approve(hashRetirement(deployed.domain, retirement), who);
}

/** Retires the registry; returns the act. */
export async function retireRegistry(deployed: Deployed, changes: Partial<Retirement> = {}): Promise<Retirement> {
  const retirement = await draftRetirement(deployed, changes);
  await (await deployed.registry.retire(retirement, approveRetirement(deployed, retirement))).wait();
  return retirement;
}

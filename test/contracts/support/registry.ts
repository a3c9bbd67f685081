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
  registryDomain,
  signatoryOf,
  type Approval,
  type Batch,
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

/** The next batch, with anything that a test wants otherwise. */
export async function draftBatch({ registry }: Deployed, changes: Partial<Batch> = {}): Promise<Batch> {
  const { head, seq, depth } = await registry.state();
  const block = await ethers.provider.getBlock("latest");
  return {
    seq: seq + 1n,
    parent: head,
    root: id(`root ${seq + 1n}`),
    depth,
    delta: id(`delta ${seq + 1n}`),
    rows: 1n,
    pack: ZeroHash,
    deadline: BigInt(block!.timestamp) + 3600n,
    ...changes,
  };
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

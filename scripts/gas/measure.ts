import type { ContractTransactionResponse, TransactionReceipt } from "ethers";
import { id } from "ethers";
import type { Batch, Council, Signatory } from "../../test/contracts/support/acts.js";
import { draftRows, sampleDelta } from "../../test/contracts/support/delta.js";
import { ethers } from "../../test/contracts/support/network.js";
import { ReferenceCat, sampleRow, type CatRow } from "../../test/contracts/support/reference-cat.js";
import {
  approveBatch,
  approveCouncil,
  approveRetirement,
  deployRegistry,
  draftBatch,
  draftCouncil,
  draftRetirement,
  makeAccount,
  makeAccounts,
  type Deployed,
} from "../../test/contracts/support/registry.js";

/** One line of the table. */
export interface Figure {
  readonly call: string;
  readonly gas: bigint;
}

/** What a batch's transaction cannot cost less than, by part. */
export interface Floor {
  readonly parts: readonly (readonly [what: string, gas: bigint])[];
  readonly gas: bigint;
}

/** Far away, and the same at every run: it is part of what is signed, and a signature's bytes cost gas by their kind. */
const DEADLINE = 4_000_000_000n;

const QUORUMS = [
  [1, 1],
  [2, 3],
  [3, 15],
  [5, 32],
] as const;
const REASON = "the builder's key was stolen on Friday; see the incident page"; // 61 bytes

async function receiptOf(sending: Promise<ContractTransactionResponse>): Promise<TransactionReceipt> {
  return (await (await sending).wait())!;
}

async function gasOf(sending: Promise<ContractTransactionResponse>): Promise<bigint> {
  return (await receiptOf(sending)).gasUsed;
}

async function found(publishThreshold: number, size: number, councilThreshold = publishThreshold): Promise<Deployed> {
  const [guardian] = await ethers.getSigners();
  const members = makeAccounts(size);
  return deployRegistry({ members, publishThreshold, councilThreshold, guardian: guardian!.address });
}

async function publish(deployed: Deployed, changes: Partial<Batch> = {}): Promise<TransactionReceipt> {
  const batch = await draftBatch(deployed, { pack: id("pack"), deadline: DEADLINE, ...changes });
  return receiptOf(deployed.registry.publish(batch, approveBatch(deployed, batch)));
}

/** A second batch, once every slot that it writes has been written. */
async function publishSteadily(deployed: Deployed): Promise<TransactionReceipt> {
  await publish(deployed, { depth: 11, rows: 1000n });
  return publish(deployed, { depth: 11, rows: 1000n });
}

async function publishRows(deployed: Deployed, rows: readonly CatRow[]): Promise<bigint> {
  const batch = await draftRows(deployed, rows, { pack: id("pack"), deadline: DEADLINE });
  return gasOf(deployed.registry.publishRows(batch, [...rows], approveBatch(deployed, batch)));
}

async function measureRecords(): Promise<Figure[]> {
  const deployed = await found(1, 1);
  const signer = (await ethers.getSigners())[0]!;
  const figures: Figure[] = [];
  for (const depth of [0, 7, 14]) {
    const first = sampleRow(`depth ${depth}`, (await deployed.registry.state()).seq + 1n);
    const newer = { ...first, seq: first.seq + 1n, swarmId: id("newer") };
    const proofs = [first, newer].map((row) => {
      const cat = new ReferenceCat([row], depth);
      return { row, cat, ...cat.prove(row.nixId) };
    });
    const record = ({ row, slot, siblings }: (typeof proofs)[number]) =>
      gasOf(deployed.registry.record(row, row.seq, slot, siblings));
    const [old, next] = [proofs[0]!, proofs[1]!];
    await publish(deployed, { depth, root: old.cat.root });
    figures.push({ call: `\`record\`, depth ${depth}: first`, gas: await record(old) });
    await publish(deployed, { depth, root: next.cat.root });
    figures.push({ call: `\`record\`, depth ${depth}: again, of a later batch`, gas: await record(next) });
    figures.push({ call: `\`record\`, depth ${depth}: again, the same`, gas: await record(next) });
    const asked = await deployed.registry.isApproved.populateTransaction(next.row, next.row.seq, next.slot, [
      ...next.siblings,
    ]);
    const receipt = await (await signer.sendTransaction(asked)).wait();
    figures.push({ call: `\`isApproved\`, depth ${depth}, as a transaction`, gas: receipt!.gasUsed });
  }
  return figures;
}

async function measureCouncils(): Promise<Figure[]> {
  const change = async (deployed: Deployed, by: readonly Signatory[], changes: Partial<Council>) => {
    const council = await draftCouncil(deployed, { deadline: DEADLINE, ...changes });
    return gasOf(deployed.registry.changeCouncil(council, approveCouncil(deployed, council, by)));
  };
  const addresses = (list: readonly Signatory[]) =>
    list.map(({ address }) => address).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const small = await found(2, 3);
  const guardian = await change(small, small.members.slice(0, 2), { guardian: makeAccount("guardian").address });
  const middle = await found(3, 15, 8);
  const joiner = makeAccount("joiner");
  const swap = await change(middle, [...middle.members.slice(0, 8), joiner], {
    members: addresses([...middle.members.slice(1), joiner]),
  });
  const large = await found(5, 32, 17);
  const next = Array.from({ length: 32 }, (_, i) => makeAccount(`next ${i}`));
  const rotate = await change(large, [...large.members.slice(0, 17), ...next], { members: addresses(next) });
  return [
    { call: "`changeCouncil`, 2 of 3: another guardian", gas: guardian },
    { call: "`changeCouncil`, 8 of 15: one joins, one leaves", gas: swap },
    { call: "`changeCouncil`, 17 of 32: all 32 rotate", gas: rotate },
  ];
}

async function measureAlarms(): Promise<Figure[]> {
  const deployed = await found(1, 1);
  const { registry } = deployed;
  await publish(deployed);
  await registry.withdrawBuild(id("before"), REASON);
  const batch = await gasOf(registry.withdrawBatch(1, REASON));
  const build = await gasOf(registry.withdrawBuild(id("a build"), REASON));
  await publish(deployed);
  const again = await gasOf(registry.withdrawBuild(id("a build"), REASON));
  return [
    { call: "`withdrawBatch`, a reason of 61 bytes", gas: batch },
    { call: "`withdrawBuild`, a reason of 61 bytes", gas: build },
    { call: "`withdrawBuild`, again after another act", gas: again },
  ];
}

async function measureRetirement(): Promise<Figure> {
  const deployed = await found(3, 15, 8);
  const successor = { successorChainId: 100n, successor: makeAccount("successor").address };
  const retirement = await draftRetirement(deployed, { ...successor, deadline: DEADLINE });
  const gas = await gasOf(deployed.registry.retire(retirement, approveRetirement(deployed, retirement)));
  return { call: "`retire`, 8 of 15", gas };
}

/** Runs every call of the table, in its order, each on registries of its own. */
export async function measureAll(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [, size] of QUORUMS) {
    const { registry } = await found(1, size);
    const { gasUsed } = (await registry.deploymentTransaction()!.wait())!;
    // Rounded: the code ends with a hash of the source, comments included.
    const gas = ((gasUsed + 500n) / 1000n) * 1000n;
    figures.push({ call: `deployment, ${size} ${size === 1 ? "member" : "members"}, about`, gas });
  }
  for (const [threshold, size] of QUORUMS) {
    const { gasUsed } = await publishSteadily(await found(threshold, size));
    figures.push({ call: `\`publish\`, ${threshold} of ${size}`, gas: gasUsed });
  }
  for (const count of [1, 10, 64]) {
    const deployed = await found(3, 15);
    await publish(deployed);
    const gas = await publishRows(deployed, sampleDelta(count, 2n));
    figures.push({ call: `\`publishRows\`, 3 of 15, ${count} new ${count === 1 ? "row" : "rows"}`, gas });
    const again = await publishRows(deployed, sampleDelta(count, 3n));
    figures.push({ call: `\`publishRows\`, 3 of 15, the same ${count} again`, gas: again });
  }
  figures.push(...(await measureRecords()), ...(await measureCouncils()), ...(await measureAlarms()));
  figures.push(await measureRetirement());
  return figures;
}

/** What a batch of 3 of 15 at steady state costs at the very least, by the EVM's own prices (EIP-2028, 2929, 2200). */
export async function measureFloor(): Promise<Floor> {
  const receipt = await publishSteadily(await found(3, 15));
  const { data } = await receipt.getTransaction();
  const bytes = Buffer.from(data.slice(2), "hex");
  const zeros = bytes.filter((byte) => byte === 0).length;
  const log = receipt.logs[0]!;
  const parts = [
    ["the transaction", 21_000n],
    [`calldata: ${bytes.length - zeros} bytes at 16, ${zeros} zeros at 4`, BigInt(16 * bytes.length - 12 * zeros)],
    ["three `ecrecover` at 3,000", 9_000n],
    ["three members looked up, cold, at 2,100", 6_300n],
    ["three slots changed (`head`, `root`, the packed one), cold, at 5,000", 15_000n],
    [`the event: three topics, ${(log.data.length - 2) / 2} bytes`, BigInt(4 * 375 + 4 * (log.data.length - 2))],
  ] as const;
  return { parts, gas: parts.reduce((sum, [, gas]) => sum + gas, 0n) };
}

/** Bytes of the deployed code. */
export async function measureCode(): Promise<number> {
  const code = await (await found(1, 1)).registry.getDeployedCode();
  return (code!.length - 2) / 2;
}

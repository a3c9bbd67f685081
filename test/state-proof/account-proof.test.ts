import { createMerkleProof, createMPT } from "@ethereumjs/mpt";
import { expect } from "chai";
import { encodeRlp, getBytes, hexlify, keccak256, toBeHex } from "ethers";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { verifyAccountProof } from "../../src/state-proof/account-proof.js";
import { codeOf } from "../support/code-of.js";

const address = `0x${"c0".repeat(20)}`;
const codeHash = keccak256("0x6001");
const stored = new Map([
  [2n, "0x1234"],
  [3n, `0x${"ff".repeat(32)}`],
  [4n, "0x05"],
]);

/** A state with a hundred accounts, one of which stores something, as a node has it. */
async function makeState(account?: (storageHash: string) => Parameters<typeof encodeRlp>[0], word?: string) {
  const storage = await createMPT({ useKeyHashing: true });
  for (const [slot, value] of stored) await storage.put(getBytes(toBeHex(slot, 32)), getBytes(encodeRlp(value)));
  for (let slot = 100; slot < 140; slot++) await storage.put(getBytes(toBeHex(slot, 32)), getBytes("0x01"));
  if (word !== undefined) await storage.put(getBytes(toBeHex(2, 32)), getBytes(word));
  const storageHash = hexlify(storage.root());
  const state = await createMPT({ useKeyHashing: true });
  for (let i = 1; i < 100; i++) await state.put(getBytes(toBeHex(i, 20)), getBytes("0xc0"));
  const make = account ?? ((hash: string) => ["0x01", "0x", hash, codeHash]);
  await state.put(getBytes(address), getBytes(encodeRlp(make(storageHash))));
  const stateRoot = hexlify(state.root());
  const proofOf = async (trie: typeof state, key: string) =>
    (await createMerkleProof(trie, getBytes(key))).map((node) => hexlify(node));
  const answer = async (of: string, slots: readonly bigint[]) => ({
    accountProof: await proofOf(state, of),
    storageProof: await Promise.all(slots.map(async (slot) => ({ proof: await proofOf(storage, toBeHex(slot, 32)) }))),
  });
  return { stateRoot, storageHash, answer };
}

describe("account proof", () => {
  it("gives the account's hashes and its words, and proves what is not there", async () => {
    const { stateRoot, storageHash, answer } = await makeState();
    const slots = [2n, 3n, 4n, 5n, 2n ** 255n];
    const proved = verifyAccountProof(await answer(address, slots), { stateRoot, address, slots });
    expect(proved).to.deep.equal({ codeHash, storageHash, values: [0x1234n, 2n ** 256n - 1n, 5n, 0n, 0n] });
    const nobody = `0x${"dd".repeat(20)}`;
    const none = verifyAccountProof(await answer(nobody, []), { stateRoot, address: nobody, slots: [] });
    expect(none).to.equal(undefined);
  });

  it("does not look at what the answer claims beside its nodes, and takes either case", async () => {
    const { stateRoot, answer } = await makeState();
    const question = { stateRoot, address, slots: [2n] };
    const honest = await answer(address, [2n]);
    const upper = {
      accountProof: honest.accountProof.map((node) => `0x${node.slice(2).toUpperCase()}`),
      storageProof: honest.storageProof.map(({ proof }) => ({ proof, key: "0x9", value: "0x77" })),
      codeHash: "0x00",
      balance: 5,
    };
    expect(verifyAccountProof(upper, question)).to.deep.equal(verifyAccountProof(honest, question));
  });

  it("is refused with any byte of any node changed", async () => {
    const { stateRoot, answer } = await makeState();
    const question = { stateRoot, address, slots: [3n] };
    const honest = await answer(address, [3n]);
    const change = (nodes: readonly string[], at: number, byte: number) => {
      const bytes = getBytes(nodes[at]!);
      bytes[byte]! ^= 1 << (byte % 8);
      return nodes.with(at, hexlify(bytes));
    };
    let tried = 0;
    const storageNodes = honest.storageProof[0]!.proof;
    for (const [nodes, put] of [
      [honest.accountProof, (changed: string[]) => ({ ...honest, accountProof: changed })],
      [storageNodes, (changed: string[]) => ({ ...honest, storageProof: [{ proof: changed }] })],
    ] as const)
      for (const [at, node] of nodes.entries())
        for (let byte = 0; byte < node.length / 2 - 1; byte++, tried++) {
          const lie = put(change(nodes, at, byte));
          let refused = false;
          try {
            verifyAccountProof(lie, question);
          } catch (error) {
            refused = isCatnixError(error, "STATE_PROOF_INVALID");
          }
          if (!refused) expect.fail(`node ${at}, byte ${byte}`);
        }
    expect(tried).to.be.greaterThan(1000);
  });

  it("is refused where it is of another account, state, slot or number of slots", async () => {
    const { stateRoot, answer } = await makeState();
    const honest = await answer(address, [2n, 3n]);
    const other = toBeHex(5, 20);
    const questions = [
      { stateRoot, address: other, slots: [2n, 3n] },
      { stateRoot: keccak256("0x"), address, slots: [2n, 3n] },
      { stateRoot, address, slots: [3n, 2n] },
      { stateRoot, address, slots: [2n, 4n] },
      { stateRoot, address, slots: [2n] },
      { stateRoot, address, slots: [2n, 3n, 4n] },
    ];
    for (const question of questions)
      expect(await codeOf(() => verifyAccountProof(honest, question))).to.equal("STATE_PROOF_INVALID");
    expect(await codeOf(() => verifyAccountProof(honest, { stateRoot, address, slots: [2n, 3n] }))).to.equal(undefined);
  });

  it("is refused where it is none at all", async () => {
    const question = { stateRoot: keccak256("0x"), address, slots: [] };
    const nodes = (node: unknown) => ({ accountProof: [node], storageProof: [] });
    const large = `0x${"00".repeat(1025)}`;
    const many = { accountProof: Array.from({ length: 66 }, () => "0x80"), storageProof: [] };
    for (const none of [
      null,
      undefined,
      5,
      "0x",
      [],
      {},
      nodes("0x"),
      nodes("0x1"),
      nodes(5),
      nodes("80"),
      nodes(large),
      many,
    ])
      expect(await codeOf(() => verifyAccountProof(none, question))).to.equal("STATE_PROOF_INVALID");
  });

  it("is refused where the trie holds what is no account, or no word", async () => {
    const accounts: Parameters<typeof makeState>[] = [
      [() => "0x646f67"],
      [(hash) => ["0x01", "0x", hash]],
      [(hash) => ["0x01", "0x", hash, codeHash, "0x"]],
      [() => ["0x01", "0x", "0x12", codeHash]],
      [(hash) => ["0x01", "0x", hash, [codeHash]]],
      [undefined, encodeRlp(["0x05"])],
      [undefined, encodeRlp("0x0005")],
      [undefined, encodeRlp(`0x${"11".repeat(33)}`)],
      [undefined, "0x8211"],
    ];
    for (const args of accounts) {
      const { stateRoot, answer } = await makeState(...args);
      const question = { stateRoot, address, slots: [2n] };
      const honest = await answer(address, [2n]);
      expect(await codeOf(() => verifyAccountProof(honest, question)), String(args)).to.equal("STATE_PROOF_INVALID");
    }
  });

  it("reads a zero that is stored, as anvil stores it, as nothing", async () => {
    const { stateRoot, answer } = await makeState(undefined, "0x80");
    const proved = verifyAccountProof(await answer(address, [2n]), { stateRoot, address, slots: [2n] });
    expect(proved!.values).to.deep.equal([0n]);
  });
});

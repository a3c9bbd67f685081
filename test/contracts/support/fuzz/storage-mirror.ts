import { createMPT, type MerklePatriciaTrie } from "@ethereumjs/mpt";
import { AbiCoder, encodeRlp, getBytes, hexlify, keccak256, toBeArray, toBeHex } from "ethers";
import type { RegistryModel } from "./model.js";

const abi = AbiCoder.defaultAbiCoder();
const keys = new Map<string, string>();

/** The slot of a mapping's value. */
function mappedSlot(type: string, key: string | bigint, slot: bigint): string {
  const name = `${type} ${key} ${slot}`;
  let found = keys.get(name);
  if (found === undefined) keys.set(name, (found = keccak256(abi.encode([type, "uint256"], [key, slot]))));
  return found;
}

const slotAfter = (slot: string, offset: bigint): string => toBeHex(BigInt(slot) + offset, 32);

/** Every slot that is not zero, by the table in the head of CatRegistry.sol. */
function slotsOf(model: RegistryModel): Map<string, bigint> {
  const { council } = model;
  const slots = new Map<string, bigint>();
  const set = (slot: bigint | string, value: bigint): void => {
    if (value !== 0n) slots.set(typeof slot === "string" ? slot : toBeHex(slot, 32), value);
  };
  set(2n, BigInt(model.head));
  set(3n, BigInt(model.root));
  const thresholds = (council.publishThreshold << 136n) | (council.councilThreshold << 144n);
  const retired = model.retired ? 1n << 152n : 0n;
  set(4n, model.seq | (model.time << 64n) | (model.depth << 128n) | thresholds | retired);
  set(5n, BigInt(model.alarmHead));
  set(6n, model.alarms | (BigInt(council.guardian) << 64n));
  set(7n, BigInt(council.charter));
  set(8n, BigInt(council.members.length));
  const first = keccak256(toBeHex(8n, 32));
  for (const [i, member] of council.members.entries()) {
    set(slotAfter(first, BigInt(i)), BigInt(member));
    set(mappedSlot("address", member, 9n), 1n);
  }
  for (const seq of model.withdrawnBatches) set(mappedSlot("uint64", seq, 10n), 1n);
  for (const [swarmId, through] of model.withdrawnThrough) set(mappedSlot("bytes32", swarmId, 11n), through);
  for (const [nixId, { swarmId, seq }] of model.mappings) {
    const slot = mappedSlot("bytes20", nixId, 12n);
    set(slot, BigInt(swarmId));
    set(slotAfter(slot, 1n), seq);
  }
  set(13n, model.successorChainId);
  set(14n, BigInt(model.successor));
  return slots;
}

/**
 * The registry's storage as the model has it, kept as the trie whose root is the account's `storageHash`: where the two are
 * equal, every slot is what the table says, and no other slot holds anything.
 */
export class StorageMirror {
  readonly #trie: MerklePatriciaTrie;
  #slots = new Map<string, bigint>();

  private constructor(trie: MerklePatriciaTrie) {
    this.#trie = trie;
  }

  static async create(): Promise<StorageMirror> {
    return new StorageMirror(await createMPT({ useKeyHashing: true }));
  }

  /** The trie's root for the model's state, 0x-hex. */
  async hash(model: RegistryModel): Promise<string> {
    const slots = slotsOf(model);
    for (const slot of this.#slots.keys()) if (!slots.has(slot)) await this.#trie.del(getBytes(slot));
    for (const [slot, value] of slots) {
      if (this.#slots.get(slot) === value) continue;
      await this.#trie.put(getBytes(slot), getBytes(encodeRlp(toBeArray(value))));
    }
    this.#slots = slots;
    return hexlify(this.#trie.root());
  }
}
